"""What an incasso, its storno, and a flow that reports money without ricevuta make of riscossioni and position. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import move
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.kernel.rome_time import start_of_day
from chalicelib.pagamenti.model import SENZA_CCP, Riscossione, TipoRiscossione, Transazione
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import RISCOSSIONE_MOVES, StatoRiscossione
from chalicelib.pendenze.model import PagamentoEseguito, Pendenza, VocePendenza
from chalicelib.pendenze.states import MOVES, PAGATI, StatoPendenza, StatoVoce

SENZA_RPT = "Pagata senza RPT, come riferito dal flusso di rendicontazione."


class PendenzaSconosciuta(Unprocessable):
    """A flow reports money of an IUV that no pendenza has."""

    codice = "007111"


class PendenzaConPiuVoci(Unprocessable):
    """A flow reports money without RPT of a pendenza of several voci: whose it is cannot be told."""

    codice = "007114"


@dataclass(frozen=True, slots=True, kw_only=True)
class Riferita:
    """Money as a row of a flow reports it."""

    iur: str
    indice: int
    importo: Importo
    data: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Mossa:
    """The riscossioni that change, and the position where it changes with them."""

    riscossioni: tuple[Riscossione, ...] = ()
    pendenza: Pendenza | None = None


def collect(riscossioni: Sequence[Riscossione], pendenza: Pendenza | None, *, id_incasso: str, now: datetime) -> Mossa:
    """Give what an incasso moves of one IUV; what is collected already stays whose it is."""
    moved = tuple(
        replace(r, stato=move(RISCOSSIONE_MOVES, r.stato, StatoRiscossione.INCASSATA), id_incasso=id_incasso)
        for r in riscossioni
        if r.stato is not StatoRiscossione.INCASSATA
    )
    if not moved or pendenza is None:
        return Mossa(riscossioni=moved)
    return Mossa(riscossioni=moved, pendenza=credited(pendenza, moved, now=now))


def credited(pendenza: Pendenza, collected: Sequence[Riscossione], *, now: datetime) -> Pendenza:
    """Give the pendenza with money of its own that an incasso has just been found to hold."""
    ids = {r.id_voce for r in collected}
    voci = tuple(replace(v, incassata=True) if v.id_voce in ids else v for v in pendenza.voci)
    importo = pendenza.importo_incassato + Importo.total(r.importo for r in collected)
    stato = pendenza.stato
    if stato in PAGATI and stato is not StatoPendenza.INCASSATO and _all_collected(pendenza, voci):
        stato = move(MOVES, stato, StatoPendenza.INCASSATO)
    return replace(pendenza, stato=stato, voci=voci, importo_incassato=importo, aggiornata=now)


def _all_collected(pendenza: Pendenza, voci: Sequence[VocePendenza]) -> bool:
    """Tell whether all that the ente is owed is in its account.

    What goes to another ente is that one's to collect; a marca da bollo is never credited, nor in a flow (SACI).
    """
    due = [voce for voce in voci if voce.bollo is None and voce.importo]
    own = [voce for voce in due if voce.id_dominio in {None, pendenza.id_dominio}]
    return all(voce.incassata for voce in own or due)


def release(riscossioni: Sequence[Riscossione], pendenza: Pendenza | None, *, id_incasso: str, now: datetime) -> Mossa:
    """Give what the storno of an incasso moves back of one IUV: its own riscossioni only."""
    moved = tuple(
        replace(r, stato=move(RISCOSSIONE_MOVES, r.stato, _before_incasso(r)), id_incasso=None)
        for r in riscossioni
        if r.stato is StatoRiscossione.INCASSATA and r.id_incasso == id_incasso
    )
    if not moved or pendenza is None:
        return Mossa(riscossioni=moved)
    ids = {r.id_voce for r in moved}
    voci = tuple(replace(v, incassata=False) if v.id_voce in ids else v for v in pendenza.voci)
    importo = pendenza.importo_incassato - Importo.total(r.importo for r in moved)
    stato = pendenza.stato
    if stato is StatoPendenza.INCASSATO:
        done = all(voce.stato is not StatoVoce.NON_ESEGUITO for voce in voci)
        stato = move(MOVES, stato, StatoPendenza.ESEGUITO if done else StatoPendenza.PARZIALMENTE_ESEGUITO)
    return Mossa(
        riscossioni=moved,
        pendenza=replace(pendenza, stato=stato, voci=voci, importo_incassato=importo, aggiornata=now),
    )


def _before_incasso(riscossione: Riscossione) -> StatoRiscossione:
    return StatoRiscossione.RISCOSSA if riscossione.has_ricevuta else StatoRiscossione.PAGATO_SENZA_RPT


def paid_without_rpt(transazione: Transazione, riferita: Riferita, *, now: datetime) -> Mossa:
    """Give the riscossione of money that only a flow tells of, and the position that it pays (esiti 4, 8, 9).

    Nothing, where the riscossione is known: a ricevuta came first, or the row was read before.

    :raises PendenzaSconosciuta: 007111
    :raises PendenzaConPiuVoci: 007114
    """
    if any((r.iur, r.indice) == (riferita.iur, riferita.indice) for r in transazione.riscossioni):
        return Mossa()
    pendenza = transazione.posizione
    if pendenza is None:
        raise PendenzaSconosciuta(f"Nessuna pendenza ha lo iuv {transazione.iuv}.")
    if len(pendenza.voci) > 1:
        raise PendenzaConPiuVoci(f"La pendenza dello iuv {transazione.iuv} ha {len(pendenza.voci)} voci.")
    (voce,) = pendenza.voci
    riscossione = _riscossione(transazione, pendenza, voce, riferita, now=now)
    return Mossa(riscossioni=(riscossione,), pendenza=_paid(pendenza, voce, riscossione, now=now))


def _riscossione(
    transazione: Transazione, pendenza: Pendenza, voce: VocePendenza, riferita: Riferita, *, now: datetime
) -> Riscossione:
    found = []
    if pendenza.stato in PAGATI:
        found.append(Anomalia.PAGAMENTO_DUPLICATO)
    if voce.importo != riferita.importo:
        found.append(Anomalia.IMPORTO_DIVERSO)
    return Riscossione(
        id_dominio=transazione.id_dominio,
        iuv=transazione.iuv,
        iur=riferita.iur,
        indice=riferita.indice,
        importo=riferita.importo,
        data=riferita.data,
        acquisita=now,
        ccp=SENZA_CCP,
        tipo=TipoRiscossione.MBT if voce.bollo is not None else TipoRiscossione.ENTRATA,
        stato=StatoRiscossione.PAGATO_SENZA_RPT,
        id_a2a=pendenza.id_a2a,
        id_pendenza=pendenza.id_pendenza,
        id_tipo_pendenza=pendenza.id_tipo_pendenza,
        id_voce=voce.id_voce,
        anomalie=tuple(found),
    )


def _paid(pendenza: Pendenza, voce: VocePendenza, riscossione: Riscossione, *, now: datetime) -> Pendenza:
    pagato = pendenza.importo_pagato + riscossione.importo
    if pendenza.stato in PAGATI:
        return replace(pendenza, anomalo=True, importo_pagato=pagato, aggiornata=now)
    stato_voce = StatoVoce.ANOMALO if riscossione.anomalie else StatoVoce.ESEGUITO
    return replace(
        pendenza,
        stato=move(MOVES, pendenza.stato, StatoPendenza.ESEGUITO),
        descrizione_stato=SENZA_RPT,
        annullata=None,
        anomalo=pendenza.anomalo or bool(riscossione.anomalie),
        voci=(replace(voce, stato=stato_voce),),
        pagamento=PagamentoEseguito(
            iuv=riscossione.iuv,
            iur=riscossione.iur,
            ccp=riscossione.ccp,
            data=start_of_day(riscossione.data),
            importo=riscossione.importo,
        ),
        importo_pagato=pagato,
        aggiornata=now,
    )
