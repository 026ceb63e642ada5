"""What the portal does with API Pagamento, and what it remembers of each visit.

Who a visitor is stands in for SPID or CIE: nobody is authenticated in a sandbox.
"""

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.kernel.importo import Importo
from sandbox.api_client import Api, ApiRifiuta

IN_CORSO = "IN_CORSO"
ESEGUITO = "ESEGUITO"
MAX_PENDENZE = 5  # of one payment, GovPay 3.1 API 3.2
_PER_PAGINA = "100"
_PDF = "application/pdf"


class NonDelVisitatore(Exception):
    """What was asked for belongs to another visit."""


@dataclass(slots=True, kw_only=True)
class Visita:
    """A visit of somebody: identified, or not. `pagamenti` are those begun in it."""

    token: str
    codice_fiscale: str | None = None
    pagamenti: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posizione:
    """A pendenza to be paid, as API Pagamento lists it."""

    id_a2a: str
    id_pendenza: str
    id_dominio: str
    ente: str
    causale: str
    importo: Importo
    numero_avviso: str | None
    scadenza: str | None

    @property
    def chiave(self) -> str:
        return f"{self.id_a2a}/{self.id_pendenza}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ricevuta:
    """A ricevuta of a payment: the key under which API Pagamento prints it."""

    id_dominio: str
    iuv: str
    ccp: str
    causale: str
    importo: Importo

    @property
    def path(self) -> str:
        return f"/{self.id_dominio}/{self.iuv}/{self.ccp}"


class Portale:
    """Calls API Pagamento with the utenza of the portal. `nomi` are the citizens known by codice fiscale."""

    def __init__(self, api: Api, *, enti: Mapping[str, str], nomi: Mapping[str, str]) -> None:
        self.enti = enti
        self.nomi = nomi
        self.url = ""  # where it is reached, set by the server
        self._api = api
        self._visite: dict[str, Visita] = {}
        self._lock = threading.Lock()

    # -- visits ------------------------------------------------------------------------------------------------------

    def visita(self, token: str | None) -> Visita | None:
        with self._lock:
            return self._visite.get(token or "")

    def apre(self, codice_fiscale: str | None = None) -> Visita:
        visita = Visita(token=secrets.token_urlsafe(24), codice_fiscale=codice_fiscale)
        with self._lock:
            self._visite[visita.token] = visita
        return visita

    # -- what is due -------------------------------------------------------------------------------------------------

    def posizioni(self, codice_fiscale: str) -> list[Posizione]:
        """List what a citizen may pay, at all the enti.

        :raises ApiRifiuta:
        """
        lista = self._api.get(
            "/pendenze", idDebitore=codice_fiscale, stato="NON_ESEGUITA", risultatiPerPagina=_PER_PAGINA
        )
        return [_posizione(one) for one in lista["risultati"]]

    def avviso(self, id_dominio: str, numero_avviso: str) -> dict[str, Any]:
        """Ask what a notice is for.

        :raises ApiRifiuta:
        """
        avviso: dict[str, Any] = self._api.get(f"/avvisi/{id_dominio}/{numero_avviso}")
        return avviso

    def avviso_pdf(self, visita: Visita, id_dominio: str, numero_avviso: str) -> bytes:
        """Print a notice of the visitor's own.

        :raises NonDelVisitatore:
        :raises ApiRifiuta:
        """
        sue = self.posizioni(visita.codice_fiscale) if visita.codice_fiscale else []
        if (id_dominio, numero_avviso) not in {(one.id_dominio, one.numero_avviso) for one in sue}:
            raise NonDelVisitatore
        return self._api.file(f"/avvisi/{id_dominio}/{numero_avviso}", _PDF)

    # -- paying ------------------------------------------------------------------------------------------------------

    def paga(self, visita: Visita, voci: Sequence[Mapping[str, str]], *, chiave: str) -> str:
        """Begin a payment and give where the payer goes; the same `chiave` again begins nothing new.

        :raises ApiRifiuta:
        """
        versante = self._versante(visita.codice_fiscale)
        creato = self._api.post(
            "/pagamenti",
            {
                "pendenze": [dict(voce) for voce in voci],
                "urlRitorno": f"{self.url}/esito",
                "autenticazioneSoggetto": "USR" if versante else "N/A",
                **({"soggettoVersante": versante} if versante else {}),
            },
            idSessionePortale=chiave,
        )
        visita.pagamenti.append(str(creato["id"]))
        return str(creato["redirect"])

    def pagamento(self, visita: Visita, id_pagamento: str) -> dict[str, Any]:
        """Read a payment of this visit.

        :raises NonDelVisitatore:
        :raises ApiRifiuta:
        """
        if id_pagamento not in visita.pagamenti:
            raise NonDelVisitatore
        pagamento: dict[str, Any] = self._api.get(f"/pagamenti/{id_pagamento}")
        return pagamento

    def ricevuta_pdf(self, visita: Visita, id_pagamento: str, path: str) -> bytes:
        """Print a ricevuta of a payment of this visit.

        :raises NonDelVisitatore:
        :raises ApiRifiuta:
        """
        sue = ricevute_of(self.pagamento(visita, id_pagamento))
        if path not in {one.path for one in sue}:
            raise NonDelVisitatore
        return self._api.file(f"/rpp{path}/rt", _PDF)

    def _versante(self, codice_fiscale: str | None) -> dict[str, str] | None:
        if codice_fiscale is None:
            return None
        nome = self.nomi.get(codice_fiscale, codice_fiscale)
        return {"tipo": "F", "identificativo": codice_fiscale, "anagrafica": nome}


def _posizione(dati: Mapping[str, Any]) -> Posizione:
    return Posizione(
        id_a2a=str(dati["idA2A"]),
        id_pendenza=str(dati["idPendenza"]),
        id_dominio=str(dati["dominio"]["idDominio"]),
        ente=str(dati["dominio"]["ragioneSociale"]),
        causale=str(dati.get("causale") or dati.get("nome") or dati["idPendenza"]),
        importo=Importo.parse(str(dati["importo"])),
        numero_avviso=dati.get("numeroAvviso"),
        scadenza=dati.get("dataScadenza"),
    )


def pagate_of(pagamento: Mapping[str, Any]) -> list[tuple[Posizione, str]]:
    """Give the pendenze of a payment, each with its stato."""
    return [(_posizione(one), str(one["stato"])) for one in pagamento.get("pendenze", ())]


def ricevute_of(pagamento: Mapping[str, Any]) -> list[Ricevuta]:
    """Give the positive ricevute of a payment."""
    return [_ricevuta(one) for one in pagamento.get("rpp", ()) if _is_pagata(one)]


def _is_pagata(rpp: Mapping[str, Any]) -> bool:
    rt = rpp.get("rt")
    return rt is not None and rt["datiPagamento"]["codiceEsitoPagamento"] not in {"1", "3"}


def _ricevuta(rpp: Mapping[str, Any]) -> Ricevuta:
    rt = rpp["rt"]
    dati = rt["datiPagamento"]
    singoli = dati.get("datiSingoloPagamento") or [{}]
    return Ricevuta(
        id_dominio=str(rt["dominio"]["identificativoDominio"]),
        iuv=str(dati["identificativoUnivocoVersamento"]),
        ccp=str(dati.get("CodiceContestoPagamento") or dati["codiceContestoPagamento"]),
        causale=str(singoli[0].get("causaleVersamento", "")),
        importo=Importo.parse(str(dati["importoTotalePagato"])),
    )


def perche(rifiuto: ApiRifiuta) -> str:
    """Give what a citizen is told of a refusal."""
    dettaglio = rifiuto.fault.get("dettaglio") or rifiuto.fault.get("descrizione")
    return str(dettaglio or "Il servizio di pagamento non è disponibile: riprovare più tardi.")
