"""The outside of pagamenti: a Nodo that answers as told, an ente that knows what it was given."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from chalicelib.anagrafica.model import Applicazione
from chalicelib.notifiche.operations import Outbox
from chalicelib.pagamenti.model import Ricevuta, Rpp
from chalicelib.pagamenti.ports import EnteIrraggiungibile, EsitoInvio, Ports, RispostaInvio
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

    def _answer(self, question: str) -> dict[str, Any] | None:
        self.asked.append(question)
        if self.silence:
            raise EnteIrraggiungibile("nessuna risposta entro il tempo massimo")
        return self.answer


class DocumentiFinti:
    def rpt(self, rpp: Rpp) -> bytes:
        return f"<RPT>{rpp.ccp}</RPT>".encode()

    def rt(self, ricevuta: Ricevuta, rpp: Rpp) -> bytes:
        return f"<RT>{ricevuta.ccp}</RT>".encode()


@contextmanager
def ports(*, ente: EnteFinto | None = None, nodo: NodoFinto | None = None):
    """Join the ports of pagamenti: the real outbox, and doubles of what is outside of AWS."""
    with (
        patch.object(Ports, "verifica", ente or EnteFinto(), create=True),
        patch.object(Ports, "nodo", nodo or NodoFinto(), create=True),
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
