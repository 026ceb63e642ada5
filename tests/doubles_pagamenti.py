"""The outside of pagamenti: a Nodo that answers as told, an ente that knows what it was given."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from chalicelib.anagrafica.model import Applicazione
from chalicelib.notifiche.operations import Outbox
from chalicelib.pagamenti.model import Ricevuta, Rpp
from chalicelib.pagamenti.ports import EnteIrraggiungibile, EsitoInvio, Pendenti, Ports, RispostaInvio
from chalicelib.pagamenti.recupero.model import EsitoCopia, EsitoStato, RispostaCopia, RispostaStato
from tests.builders_pagamenti import A2A, DOMINIO, NAV


@dataclass
class NodoFinto:
    risposta: RispostaInvio = field(default_factory=lambda: RispostaInvio(esito=EsitoInvio.ACCETTATA))
    sent: list[Rpp] = field(default_factory=list)

    def invia_rpt(self, rpp: Rpp, *, now: Any) -> RispostaInvio:
        self.sent.append(rpp)
        return self.risposta


@dataclass
class EnteFinto:
    """Knows one pendenza; None is a 404, an exception is its silence."""

    answer: dict[str, Any] | None = None
    silence: bool = False
    asked: list[str] = field(default_factory=list)

    def by_avviso(self, applicazione: Applicazione, *, id_dominio: str, iuv: str, now: Any) -> dict[str, Any] | None:
        return self._answer(f"avviso {id_dominio} {iuv}")

    def by_pendenza(
        self, applicazione: Applicazione, *, id_pendenza: str, now: Any, **_about: Any
    ) -> dict[str, Any] | None:
        return self._answer(f"pendenza {id_pendenza}")

    def by_form(
        self, applicazione: Applicazione, *, id_dominio: str, id_tipo_pendenza: str, dati: Any, now: Any
    ) -> dict[str, Any] | None:
        return self._answer(f"form {id_dominio} {id_tipo_pendenza} {dati}")

    def _answer(self, question: str) -> dict[str, Any] | None:
        self.asked.append(question)
        if self.silence:
            raise EnteIrraggiungibile("nessuna risposta entro il tempo massimo")
        return self.answer


@dataclass
class DomandeFinte:
    """The Nodo that is asked: by default it never had the RPT. `meanwhile` happens before it answers."""

    risposta: RispostaStato = field(
        default_factory=lambda: RispostaStato(esito=EsitoStato.SCONOSCIUTA, fault_code="PPT_RPT_SCONOSCIUTA")
    )
    copia: RispostaCopia = field(default_factory=lambda: RispostaCopia(esito=EsitoCopia.ASSENTE))
    lista: Pendenti = field(default_factory=Pendenti)
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[Rpp], None] = lambda _rpp: None

    def stato(self, rpp: Rpp, *, now: Any) -> RispostaStato:
        self.asked.append(f"stato {rpp.ccp}")
        self.meanwhile(rpp)
        return self.risposta

    def copia_rt(self, rpp: Rpp, *, now: Any) -> RispostaCopia:
        self.asked.append(f"copia {rpp.ccp}")
        return self.copia

    def pendenti(self, *, da: Any, a: Any, **_where: Any) -> Pendenti:
        self.asked.append(f"pendenti {da:%Y-%m-%d} {a:%Y-%m-%d}")
        return self.lista


@dataclass
class RicevuteFinte:
    """Biz-Events; without a key nothing is searched."""

    risposta: RispostaCopia = field(default_factory=lambda: RispostaCopia(esito=EsitoCopia.ASSENTE))
    key: str | None = "chiave"
    asked: list[str] = field(default_factory=list)

    def chiave(self, id_stazione: str) -> str | None:
        return self.key

    def recupera(self, *, iur: str, **_about: Any) -> RispostaCopia:
        self.asked.append(iur)
        return self.risposta


class DocumentiFinti:
    def rpt(self, rpp: Rpp) -> bytes:
        return f"<RPT>{rpp.ccp}</RPT>".encode()

    def rt(self, ricevuta: Ricevuta, rpp: Rpp) -> bytes:
        return f"<RT>{ricevuta.ccp}</RT>".encode()


@contextmanager
def ports(
    *,
    ente: EnteFinto | None = None,
    nodo: NodoFinto | None = None,
    domande: DomandeFinte | None = None,
    ricevute: RicevuteFinte | None = None,
):
    """Join the ports of pagamenti: the real outbox, and doubles of what is outside of AWS."""
    with (
        patch.object(Ports, "verifica", ente or EnteFinto(), create=True),
        patch.object(Ports, "nodo", nodo or NodoFinto(), create=True),
        patch.object(Ports, "domande", domande or DomandeFinte(), create=True),
        patch.object(Ports, "ricevute", ricevute or RicevuteFinte(key=None), create=True),
        patch.object(Ports, "outbox", Outbox(), create=True),
        patch.object(Ports, "documenti", DocumentiFinti(), create=True),
    ):
        yield


def verificata(**other: Any) -> dict[str, Any]:
    """Give what the ente answers of a pendenza to be paid (API Ente, pendenzaVerificata)."""
    return {
        "idA2A": A2A,
        "idPendenza": "TARI-2026-0001",
        "stato": "NON_ESEGUITA",
        "idDominio": DOMINIO,
        "causale": "Tassa sui rifiuti 2026",
        "soggettoPagatore": {"tipo": "F", "identificativo": "RSSMRA80A01H501U", "anagrafica": "Mario Rossi"},
        "importo": "100.50",
        "numeroAvviso": NAV,
        "voci": [
            {"idVocePendenza": "voce-1", "importo": "100.50", "descrizione": "Tassa sui rifiuti", "codEntrata": "TARI"}
        ],
        **other,
    }
