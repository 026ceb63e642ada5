"""The money of a ricevuta: one riscossione a voce, and what it makes of the position."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import move
from chalicelib.kernel.rome_time import start_of_day
from chalicelib.pagamenti.model import Ricevuta, Riscossione, Rpp, TipoRiscossione, Transazione, VocePagata
from chalicelib.pagamenti.states import RISCOSSIONE_MOVES, StatoRiscossione
from chalicelib.pendenze.model import Bollo, PagamentoEseguito, Pendenza, VocePendenza
from chalicelib.pendenze.states import MOVES, PAGATI, StatoPendenza, StatoVoce

_BOLLO = "BD"


class Anomalia(StrEnum):
    """Why money needs a person's eye; `descrizione` is what the person reads."""

    PAGAMENTO_DUPLICATO = "PAGAMENTO_DUPLICATO"
    IMPORTO_DIVERSO = "IMPORTO_DIVERSO"
    VOCE_SCONOSCIUTA = "VOCE_SCONOSCIUTA"
    POSIZIONE_SCONOSCIUTA = "POSIZIONE_SCONOSCIUTA"
    RISCOSSIONE_DUPLICATA = "RISCOSSIONE_DUPLICATA"
    BOLLO_NON_CONFORME = "BOLLO_NON_CONFORME"

    @property
    def descrizione(self) -> str:
        return _DESCRIZIONI[self]


_DESCRIZIONI = {
    Anomalia.PAGAMENTO_DUPLICATO: "La pendenza era già pagata: verificare se rimborsare il pagamento.",
    Anomalia.IMPORTO_DIVERSO: "L'importo pagato non è quello dovuto.",
    Anomalia.VOCE_SCONOSCIUTA: "La voce pagata non è fra quelle della pendenza.",
    Anomalia.POSIZIONE_SCONOSCIUTA: "Nessuna pendenza è nota per questo pagamento.",
    Anomalia.RISCOSSIONE_DUPLICATA: "Una riscossione con lo stesso IUR e indice era già stata acquisita.",
    Anomalia.BOLLO_NON_CONFORME: "La marca da bollo non è per il documento indicato nella richiesta.",
}


def riscossioni_of(
    transazione: Transazione, ricevuta: Ricevuta, attempt: Rpp | None, *, intermediati: frozenset[str], now: datetime
) -> tuple[Riscossione, ...]:
    """Give the riscossioni to write: one for each voce with money, and those stored that now show an anomaly."""
    if not ricevuta.esito.is_positivo:
        return ()
    stored = {(riscossione.iur, riscossione.indice): riscossione for riscossione in transazione.riscossioni}
    found = []
    for voce in ricevuta.voci:
        known = stored.get((voce.iur, voce.indice))
        if not voce.importo:
            continue
        if known is not None and known.has_ricevuta:
            found.append(_repeated(known))
            continue
        told = _riscossione(transazione.posizione, ricevuta, attempt, voce, intermediati=intermediati, now=now)
        if _was_collected_before(transazione, ricevuta):
            told = replace(told, anomalie=tuple(dict.fromkeys((*told.anomalie, Anomalia.PAGAMENTO_DUPLICATO))))
        found.append(told if known is None else _completed(known, told))
    return tuple(found)


def _was_collected_before(transazione: Transazione, ricevuta: Ricevuta) -> bool:
    """Tell whether a position was loaded after its payment: it says that it is owed, and its money is here already."""
    ids = {voce.iur for voce in ricevuta.voci}
    earlier = (riscossione for riscossione in transazione.riscossioni if riscossione.iur not in ids)
    return transazione.posizione is not None and any(r.id_pendenza is None for r in earlier)


def _completed(known: Riscossione, told: Riscossione) -> Riscossione:
    """Give what a flow reported first, with what its ricevuta says now: the same money, not more of it."""
    # The position is paid by this very money.
    anomalie = [anomalia for anomalia in told.anomalie if anomalia != Anomalia.PAGAMENTO_DUPLICATO]
    stato = known.stato
    if stato is StatoRiscossione.PAGATO_SENZA_RPT:
        stato = move(RISCOSSIONE_MOVES, stato, StatoRiscossione.RISCOSSA)
    return replace(
        told,
        stato=stato,
        acquisita=known.acquisita,
        anomalie=tuple(dict.fromkeys((*known.anomalie, *anomalie))),
        id_incasso=known.id_incasso,
        versione=known.versione,
    )


def _repeated(stored: Riscossione) -> Riscossione:
    return replace(stored, anomalie=tuple(dict.fromkeys((*stored.anomalie, Anomalia.RISCOSSIONE_DUPLICATA))))


def _riscossione(
    pendenza: Pendenza | None,
    ricevuta: Ricevuta,
    attempt: Rpp | None,
    voce: VocePagata,
    *,
    intermediati: frozenset[str],
    now: datetime,
) -> Riscossione:
    dovuta = _voce_dovuta(pendenza, attempt, voce)
    is_bollo = voce.tipo_allegato == _BOLLO or (dovuta is not None and dovuta.bollo is not None)
    return Riscossione(
        id_dominio=ricevuta.id_dominio,
        iuv=ricevuta.iuv,
        iur=voce.iur,
        indice=voce.indice,
        importo=voce.importo,
        data=voce.data,
        acquisita=now,
        ccp=ricevuta.ccp,
        tipo=TipoRiscossione.MBT if is_bollo else _tipo(pendenza, ricevuta, voce, intermediati),
        id_dominio_beneficiario=None if voce.id_dominio == ricevuta.id_dominio else voce.id_dominio,
        id_a2a=None if pendenza is None else pendenza.id_a2a,
        id_pendenza=None if pendenza is None else pendenza.id_pendenza,
        id_tipo_pendenza=None if pendenza is None else pendenza.id_tipo_pendenza,
        id_voce=None if dovuta is None else dovuta.id_voce,
        commissioni=voce.commissioni_psp,
        tipo_allegato=voce.tipo_allegato,
        allegato=voce.allegato,
        anomalie=tuple(_anomalie(pendenza, dovuta, voce, ricevuta)),
    )


def _tipo(
    pendenza: Pendenza | None, ricevuta: Ricevuta, voce: VocePagata, intermediati: frozenset[str]
) -> TipoRiscossione:
    """Tell whose money it is: ours to follow, of an ente that a notice of ours also serves, or of a notice of others."""
    if voce.id_dominio in intermediati:
        return TipoRiscossione.ENTRATA
    if pendenza is not None or ricevuta.id_dominio in intermediati:
        return TipoRiscossione.ENTRATA_PA_NON_INTERMEDIATA
    return TipoRiscossione.ALTRO_INTERMEDIARIO


def _voce_dovuta(pendenza: Pendenza | None, attempt: Rpp | None, pagata: VocePagata) -> VocePendenza | None:
    """Find the voce of the pendenza by its place in the request: the wire carries no id of ours."""
    if pendenza is None or attempt is None:
        return None
    id_voce = next((voce.id_voce for voce in attempt.voci if voce.indice == pagata.indice), None)
    return next((voce for voce in pendenza.voci if voce.id_voce == id_voce), None)


def _is_missing(pendenza: Pendenza, dovuta: VocePendenza, ricevuta: Ricevuta) -> bool:
    """Tell whether a voce is still to come of the very payment that the pendenza was paid by: two RPT, one ccp."""
    pagamento = pendenza.pagamento
    return pagamento is not None and pagamento.ccp == ricevuta.ccp and dovuta.stato is StatoVoce.NON_ESEGUITO


def _anomalie(
    pendenza: Pendenza | None, dovuta: VocePendenza | None, pagata: VocePagata, ricevuta: Ricevuta
) -> list[Anomalia]:
    if pendenza is None:
        return [Anomalia.POSIZIONE_SCONOSCIUTA]
    found = []
    if pendenza.stato in PAGATI and not (dovuta is not None and _is_missing(pendenza, dovuta, ricevuta)):
        found.append(Anomalia.PAGAMENTO_DUPLICATO)
    if dovuta is None:
        found.append(Anomalia.VOCE_SCONOSCIUTA)
    elif dovuta.importo != pagata.importo:
        found.append(Anomalia.IMPORTO_DIVERSO)
    if dovuta is not None and dovuta.bollo is not None and not _is_for(dovuta.bollo, pagata):
        found.append(Anomalia.BOLLO_NON_CONFORME)
    return found


def _is_for(bollo: Bollo, pagata: VocePagata) -> bool:
    """Tell whether the marca da bollo that came is for the document it was asked for: the digests are one."""
    return pagata.impronta_bollo is not None and pagata.impronta_bollo.rstrip("=") == bollo.hash_documento.rstrip("=")


def settle(pendenza: Pendenza, ricevuta: Ricevuta, riscossioni: Sequence[Riscossione], *, now: datetime) -> Pendenza:
    """Give the pendenza with that money, some at least. What was paid before keeps its outcome, and is flagged."""
    new = [riscossione for riscossione in riscossioni if riscossione.versione == 0]
    pagato = Importo.total([pendenza.importo_pagato, *(riscossione.importo for riscossione in new)])
    anomalo = pendenza.anomalo or any(riscossione.anomalie for riscossione in riscossioni)
    if pendenza.stato in PAGATI and _only_completes(riscossioni):
        pagamento = _pagamento(ricevuta)
        return replace(pendenza, descrizione_stato=None, anomalo=anomalo, pagamento=pagamento, aggiornata=now)
    if pendenza.stato in PAGATI and _completes(pendenza, ricevuta, new):
        return replace(_completed_by(pendenza, new, now=now), anomalo=anomalo, importo_pagato=pagato)
    if pendenza.stato in PAGATI:
        return replace(pendenza, anomalo=True, importo_pagato=pagato, aggiornata=now)
    voci = tuple(_settled(voce, new) for voce in pendenza.voci)
    done = all(voce.stato is not StatoVoce.NON_ESEGUITO for voce in voci)
    outcome = StatoPendenza.ESEGUITO if done else StatoPendenza.PARZIALMENTE_ESEGUITO
    return replace(
        pendenza,
        stato=move(MOVES, pendenza.stato, outcome),
        descrizione_stato=None,
        annullata=None,
        anomalo=anomalo,
        voci=voci,
        pagamento=_pagamento(ricevuta),
        importo_pagato=pagato,
        aggiornata=now,
    )


def _completes(pendenza: Pendenza, ricevuta: Ricevuta, new: Sequence[Riscossione]) -> bool:
    """Tell whether it is the ricevuta of the other ente of one payment: all its money is of voci that miss theirs."""
    missing = {voce.id_voce for voce in pendenza.voci if _is_missing(pendenza, voce, ricevuta)}
    return bool(new) and {riscossione.id_voce for riscossione in new} <= missing


def _completed_by(pendenza: Pendenza, new: Sequence[Riscossione], *, now: datetime) -> Pendenza:
    voci = tuple(_settled(voce, new) if voce.stato is StatoVoce.NON_ESEGUITO else voce for voce in pendenza.voci)
    done = all(voce.stato is not StatoVoce.NON_ESEGUITO for voce in voci)
    stato, pagamento = pendenza.stato, pendenza.pagamento
    if done and stato is StatoPendenza.PARZIALMENTE_ESEGUITO:
        stato = move(MOVES, stato, StatoPendenza.ESEGUITO)
    if pagamento is not None:
        importo = Importo.total([pagamento.importo, *(riscossione.importo for riscossione in new)])
        pagamento = replace(pagamento, importo=importo)
    return replace(pendenza, stato=stato, voci=voci, pagamento=pagamento, aggiornata=now)


def _only_completes(riscossioni: Sequence[Riscossione]) -> bool:
    """Tell whether a ricevuta brings no new money: a flow had reported all of it."""
    return all(
        riscossione.versione and Anomalia.RISCOSSIONE_DUPLICATA not in riscossione.anomalie
        for riscossione in riscossioni
    )


def _settled(voce: VocePendenza, riscossioni: Sequence[Riscossione]) -> VocePendenza:
    paid = next((riscossione for riscossione in riscossioni if riscossione.id_voce == voce.id_voce), None)
    if paid is None:
        # A voce of zero was not asked for (rules/attivazione.py): there is nothing of it to wait for.
        return voce if voce.importo else replace(voce, stato=StatoVoce.ESEGUITO)
    return replace(voce, stato=StatoVoce.ANOMALO if paid.importo != voce.importo else StatoVoce.ESEGUITO)


def _pagamento(ricevuta: Ricevuta) -> PagamentoEseguito:
    first = next(voce for voce in ricevuta.voci if voce.importo)
    return PagamentoEseguito(
        iuv=ricevuta.iuv,
        iur=first.iur,
        ccp=ricevuta.ccp,
        data=ricevuta.data_pagamento or start_of_day(first.data),
        importo=ricevuta.importo,
    )
