"""What the gestionale keeps: its pendenze, the scripts, the notifiche that arrived."""

import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from sandbox.gestionale.copioni import Copione, Verifica


@dataclass(frozen=True, slots=True, kw_only=True)
class PendenzaNota:
    """A pendenza as the gestionale holds it; `dati` is the body loaded into GovPay."""

    id_a2a: str
    id_pendenza: str
    id_dominio: str
    iuv: str
    numero_avviso: str
    dati: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Notifica:
    """A notifica of GovPay. The same one again (same ccp, kind and outcome) only counts: `arrivi`."""

    id_dominio: str
    iuv: str
    ccp: str
    tipo: str
    esito: str | None
    importo: Importo | None
    corpo: dict[str, Any] = field(repr=False)
    quando: datetime = field(default_factory=lambda: datetime.now(UTC))
    numero: int = 0
    arrivi: int = 1

    @property
    def chiave(self) -> tuple[str, str, str, str, str | None]:
        return (self.id_dominio, self.iuv, self.ccp, self.tipo, self.esito)


class Archivio:
    def __init__(self) -> None:
        self._pendenze: dict[tuple[str, str], PendenzaNota] = {}
        self._copioni: dict[str, Copione] = {}
        self._generale = Copione()
        self._notifiche: list[Notifica] = []
        self._lock = threading.Lock()

    # -- pendenze ----------------------------------------------------------------------------------------------------

    def registra(self, pendenza: PendenzaNota) -> None:
        with self._lock:
            self._pendenze[pendenza.id_a2a, pendenza.id_pendenza] = pendenza

    def by_id(self, id_a2a: str, id_pendenza: str) -> PendenzaNota | None:
        with self._lock:
            return self._pendenze.get((id_a2a, id_pendenza))

    def by_iuv(self, id_dominio: str, iuv: str) -> PendenzaNota | None:
        """Find by IUV, or by numero avviso: the second version of the API asks so."""
        with self._lock:
            for one in self._pendenze.values():
                if one.id_dominio == id_dominio and iuv in (one.iuv, one.numero_avviso):
                    return one
        return None

    # -- scripts -----------------------------------------------------------------------------------------------------

    def scrivi(self, copione: Copione, *, id_pendenza: str | None = None) -> None:
        """Set what is answered about a pendenza, or about all that have no script of their own."""
        with self._lock:
            if id_pendenza is None:
                self._generale = copione
            else:
                self._copioni[id_pendenza] = copione

    def copione(self, id_pendenza: str | None) -> Copione:
        with self._lock:
            return self._copioni.get(id_pendenza or "", self._generale)

    def risposta_notifica(self, id_pendenza: str | None) -> int:
        """Give the status of the next answer to a notifica, and count it."""
        with self._lock:
            copione = self._copioni.get(id_pendenza or "", self._generale)
            if copione.volte == 0:
                return 201
            usato = replace(copione, volte=copione.volte - 1)
            if id_pendenza in self._copioni:
                self._copioni[id_pendenza] = usato
            else:
                self._generale = usato
            return copione.notifica

    # -- notifiche ---------------------------------------------------------------------------------------------------

    def accogli(self, nuova: Notifica) -> Notifica:
        """Keep a notifica once, however many times it arrives."""
        with self._lock:
            for one in self._notifiche:
                if one.chiave == nuova.chiave:
                    one.arrivi += 1
                    return one
            nuova.numero = len(self._notifiche) + 1
            self._notifiche.append(nuova)
            return nuova

    def notifiche(self, *, iuv: str | None = None) -> list[Notifica]:
        with self._lock:
            return [one for one in self._notifiche if iuv in (None, one.iuv)]

    def dimentica_notifiche(self) -> None:
        with self._lock:
            self._notifiche.clear()


def pagamento(id_dominio: str, iuv: str, corpo: dict[str, Any]) -> Notifica:
    """Read the body of POST /pagamenti/{idDominio}/{iuv}; the ccp is only inside rt and rpt."""
    rt, rpt = _oggetto(corpo, "rt"), _oggetto(corpo, "rpt")
    pagato, dovuto = _oggetto(rt, "datiPagamento"), _oggetto(rpt, "datiVersamento")
    ccp = pagato.get("codiceContestoPagamento") or pagato.get("CodiceContestoPagamento")
    importo = pagato.get("importoTotalePagato", dovuto.get("importoTotaleDaVersare"))
    return Notifica(
        id_dominio=id_dominio,
        iuv=iuv,
        ccp=str(ccp or dovuto.get("codiceContestoPagamento") or "?"),
        tipo="RICEVUTA" if rt else "ATTIVAZIONE",
        esito=None if not rt else str(pagato.get("codiceEsitoPagamento", "?")),
        importo=None if importo is None else Importo.parse(str(importo)),
        corpo=corpo,
    )


def annullamento(id_dominio: str, iuv: str, ccp: str, corpo: dict[str, Any]) -> Notifica:
    """Read the body of POST /pagamenti/{idDominio}/{iuv}/{ccp}/annulla."""
    return Notifica(id_dominio=id_dominio, iuv=iuv, ccp=ccp, tipo="ANNULLAMENTO", esito=None, importo=None, corpo=corpo)


def _oggetto(corpo: dict[str, Any], nome: str) -> dict[str, Any]:
    valore = corpo.get(nome)
    return valore if isinstance(valore, dict) else {}


def pendenza_verificata(nota: PendenzaNota, copione: Copione) -> dict[str, Any]:
    """Make the answer to a verifica (pendenzaVerificata of API Ente v1)."""
    risposta = {
        "idA2A": nota.id_a2a,
        "idPendenza": nota.id_pendenza,
        "stato": "NON_ESEGUITA",
        "numeroAvviso": nota.numero_avviso,
        **nota.dati,
    }
    if copione.verifica in (Verifica.SCADUTA, Verifica.ANNULLATA, Verifica.SCONOSCIUTA, Verifica.DUPLICATA):
        return risposta | {"stato": copione.verifica.value, "descrizioneStato": "Risposta del gestionale di prova"}
    if copione.data_validita is not None:
        risposta["dataValidita"] = copione.data_validita
    if copione.data_scadenza is not None:
        risposta["dataScadenza"] = copione.data_scadenza
    if copione.verifica is Verifica.IMPORTO and copione.importo is not None:
        risposta["importo"] = copione.importo
        risposta["voci"] = _voci(nota.dati["voci"], copione.importo)
    return risposta


def _voci(voci: list[dict[str, Any]], importo: Importo) -> list[dict[str, Any]]:
    """Let the first voce take the difference, so that they add up."""
    altre = Importo.total(Importo.parse(str(voce["importo"])) for voce in voci[1:])
    return [{**voci[0], "importo": importo - altre}, *voci[1:]]
