"""Milliseconds of CPU to print an avviso, a documento, a ricevuta."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from statistics import median

from chalicelib.avvisi.model import Avviso, DestinatarioStampa, Documento, EnteStampa, Parte
from chalicelib.avvisi.pdf import render_avviso, render_documento
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.ricevuta_pdf import RicevutaStampa, SoggettoStampa, VoceStampa, render_ricevuta

_RATE = 6
_ENTE = EnteStampa(
    nome="Comune di Esempio", settore="Ufficio Tributi", cbill="AB123", sito="comune.example", telefono="06 1234567"
)
_POSTALE = replace(
    _ENTE, conto_postale="000000123456", intestatario="Comune di Esempio", autorizzazione_poste="AUT. 1234"
)
_DEBITORE = DestinatarioStampa(
    nome="Mario Rossi", codice_fiscale="RSSMRA80A01H501U", indirizzo=("Via Garibaldi 12", "00100 Esempio (RM)")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    name: str
    ms: float
    kilobytes: float


def measure(repetitions: int = 9) -> Sequence[Paper]:
    documento = Documento(parti=tuple(Parte(avviso=_avviso(n), numero_rata=n) for n in range(1, _RATE + 1)))
    postale = replace(_avviso(1), ente=_POSTALE)
    ricevuta = _ricevuta()
    return (
        _measure("avviso", repetitions, lambda: render_avviso(_avviso(1))),
        _measure("avviso with bollettino postale", repetitions, lambda: render_avviso(postale)),
        _measure(f"documento of {_RATE} rate", repetitions, lambda: render_documento(documento)),
        _measure("ricevuta", repetitions, lambda: render_ricevuta(ricevuta)),
    )


def _measure(name: str, repetitions: int, render: Callable[[], bytes]) -> Paper:
    size = len(render())  # fonts are registered once a process
    taken = []
    for _ in range(repetitions):
        started = time.process_time()
        render()
        taken.append((time.process_time() - started) * 1000)
    return Paper(name=name, ms=median(taken), kilobytes=size / 1000)


def _avviso(number: int) -> Avviso:
    base = int(f"301{number:013d}")
    return Avviso(
        numero_avviso=f"{base}{base % 93:02d}",
        id_dominio="80012000826",
        ente=_ENTE,
        destinatario=_DEBITORE,
        oggetto="TARI 2026, utenza 00012345",
        importo=Importo(15_050),
        entro_il=date(2026, 12, 31),
    )


def _ricevuta() -> RicevutaStampa:
    return RicevutaStampa(
        ente_nome="Comune di Esempio",
        ente_codice_fiscale="80012000826",
        ente_indirizzo=("Piazza del Municipio 1", "00100 Esempio (RM)"),
        oggetto="TARI 2026, utenza 00012345",
        importo=Importo(15_050),
        esito="Eseguito",
        psp_nome="Banca Sandbox S.p.A.",
        psp_codice="BSNDIT2T",
        iuv="01000000000000123",
        identificativo="0" * 32,
        data_operazione=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        data_applicativa=date(2026, 11, 24),
        debitore=SoggettoStampa(nome="Mario Rossi", codice_fiscale="RSSMRA80A01H501U"),
        voci=(VoceStampa(causale="TARI 2026", importo=Importo(15_050)),),
    )
