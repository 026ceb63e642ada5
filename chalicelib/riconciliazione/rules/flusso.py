"""A flow as a whole: what its rows add up to, and which revision of it holds (GovPay 3.1 API 4.10)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.machine import move
from chalicelib.riconciliazione.model import (
    Avanzamento,
    ChiaveFlusso,
    Conteggio,
    Flusso,
    Rendicontazione,
    Segnalazione,
    Testata,
)
from chalicelib.riconciliazione.states import FLUSSO_MOVES, Anomalia, StatoFlusso, StatoRendicontazione

_PSP_DA = 10  # the date before the PSP in an idFlusso: yyyy-MM-dd


def psp_of(id_flusso: str) -> str:
    """Give the PSP that the name of a flow carries: from the eleventh character to the next dash."""
    return id_flusso[_PSP_DA:].partition("-")[0]


def counted(conteggio: Conteggio, rendicontazioni: Iterable[Rendicontazione]) -> Conteggio:
    for rendicontazione in rendicontazioni:
        stato = rendicontazione.stato
        conteggio = Conteggio(
            righe=conteggio.righe + 1,
            anomale=conteggio.anomale + (stato is StatoRendicontazione.ANOMALA),
            altri=conteggio.altri + (stato is StatoRendicontazione.ALTRO_INTERMEDIARIO),
            multiple=conteggio.multiple + any(s.codice is Anomalia.PIU_PAGAMENTI for s in rendicontazione.segnalazioni),
            somma=conteggio.somma + rendicontazione.riga.importo,
        )
    return conteggio


def concluded(
    avanzamento: Avanzamento, testata: Testata, *, before: Flusso | None, others: Sequence[Flusso], now: datetime
) -> tuple[Flusso, tuple[Flusso, ...]]:
    """Give the flow as it is once all its rows are written, and the other revisions that it makes obsolete.

    `before` is what was stored of this very revision, if it was examined before; `others` are the other revisions.
    What an incasso has claimed stays claimed, whatever revision comes.
    """
    segnalazioni = _segnalazioni(avanzamento, testata)
    anomalo = bool(segnalazioni or avanzamento.conteggio.anomale)
    stato = StatoFlusso.ANOMALA if anomalo else StatoFlusso.ACCETTATA
    if before is not None and before.stato is not stato:
        stato = move(FLUSSO_MOVES, before.stato, stato)
    flusso = Flusso(
        chiave=avanzamento.chiave,
        formato=avanzamento.formato,
        stato=stato,
        acquisito=now if before is None else before.acquisito,
        originale=avanzamento.parti,
        id_stazione=avanzamento.id_stazione,
        testata=testata,
        conteggio=avanzamento.conteggio,
        segnalazioni=segnalazioni,
        pubblicato=avanzamento.pubblicato,
        id_incasso=None if before is None else before.id_incasso,
        versione=0 if before is None else before.versione,
    )
    return superseding(flusso, others)


def rejected(
    avanzamento: Avanzamento, motivo: str, *, before: Flusso | None, others: Sequence[Flusso], now: datetime
) -> Flusso:
    """Give a flow that cannot be read, with the reason. It replaces nothing."""
    newer = any(_is_newer(other, avanzamento.chiave) for other in _same_psp(others, avanzamento.chiave))
    return Flusso(
        chiave=avanzamento.chiave,
        formato=avanzamento.formato,
        stato=StatoFlusso.RIFIUTATA,
        acquisito=now if before is None else before.acquisito,
        originale=avanzamento.parti,
        id_stazione=avanzamento.id_stazione,
        testata=avanzamento.testata,
        motivo=motivo,
        obsoleto=newer,
        pubblicato=avanzamento.pubblicato,
        versione=0 if before is None else before.versione,
    )


def superseding(flusso: Flusso, others: Sequence[Flusso]) -> tuple[Flusso, tuple[Flusso, ...]]:
    """Let the newest revision of one PSP hold: give the flow, obsolete or not, and those that it makes obsolete.

    One that could not be read makes none obsolete, and is no longer asked for once a newer one was read.
    """
    same = _same_psp(others, flusso.chiave)
    readable = [one for one in same if one.stato is not StatoFlusso.RIFIUTATA]
    obsoleto = any(_is_newer(other, flusso.chiave) for other in readable)
    claimed = next((other.id_incasso for other in readable if other.id_incasso is not None), flusso.id_incasso)
    older = () if obsoleto else (one for one in same if not one.obsoleto and not _is_newer(one, flusso.chiave))
    passed = tuple(replace(one, obsoleto=True) for one in older)
    return replace(flusso, obsoleto=obsoleto, id_incasso=claimed), passed


def _same_psp(flussi: Sequence[Flusso], chiave: ChiaveFlusso) -> list[Flusso]:
    return [f for f in flussi if f.chiave.id_psp == chiave.id_psp and f.chiave != chiave]


def _is_newer(flusso: Flusso, than: ChiaveFlusso) -> bool:
    return order_of(flusso.chiave) > order_of(than)


def order_of(chiave: ChiaveFlusso) -> tuple[int, datetime]:
    """Give what revisions are ordered by: REST counts them, SOAP dates them."""
    return chiave.revisione, chiave.data_ora


def _segnalazioni(avanzamento: Avanzamento, testata: Testata) -> tuple[Segnalazione, ...]:
    found = []
    if avanzamento.conteggio.somma != testata.importo:
        words = f"Somma delle righe {avanzamento.conteggio.somma}, totale della testata {testata.importo}."
        found.append(Segnalazione(codice=Anomalia.TOTALE_DIVERSO, dettaglio=words))
    if avanzamento.conteggio.righe != testata.numero:
        words = f"Righe {avanzamento.conteggio.righe}, numero della testata {testata.numero}."
        found.append(Segnalazione(codice=Anomalia.NUMERO_DIVERSO, dettaglio=words))
    if avanzamento.conteggio.multiple:
        words = f"Righe con più pagamenti {avanzamento.conteggio.multiple}."
        found.append(Segnalazione(codice=Anomalia.PIU_PAGAMENTI, dettaglio=words))
    if testata.id_dominio != avanzamento.chiave.id_dominio:
        words = f"Dominio del flusso {testata.id_dominio}, dominio richiesto {avanzamento.chiave.id_dominio}."
        found.append(Segnalazione(codice=Anomalia.DOMINIO_DIVERSO, dettaglio=words))
    return tuple(found)
