"""How a tracciato goes on: what follows a phase, what its states and counts are, what its id is."""

import hashlib
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.machine import move
from chalicelib.tracciati.model import Tracciato
from chalicelib.tracciati.states import MOVES, Fase, StatoTracciato

# What JSON numbers carry exactly everywhere: 52 bits.
_ID_DIGITS = 13


def id_of(*parts: str) -> int:
    """Give the id that these make: the same for the same, and never two alike but by a chance of 1 in 10^15."""
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return int(digest[:_ID_DIGITS], 16) + 1


def next_fase(tracciato: Tracciato) -> Fase:
    """Give the phase after one whose blocks are all done."""
    after = list(Fase)[list(Fase).index(tracciato.fase) + 1]
    if after is Fase.INSERIMENTI and not tracciato.blocchi:
        return Fase.ESITI
    if after is Fase.ANNULLAMENTI and not tracciato.con_annullamenti:
        after = Fase.STAMPA
    return Fase.ESITI if after is Fase.STAMPA and not (tracciato.stampa and tracciato.avvisi) else after


def advanced(tracciato: Tracciato, *, now: datetime) -> Tracciato:
    """Give the tracciato at the beginning of its next phase."""
    fase = next_fase(tracciato)
    stato = tracciato.stato
    if fase is Fase.STAMPA:
        stato = move(MOVES, stato, StatoTracciato.ELABORAZIONE_STAMPA)
    return replace(tracciato, fase=fase, stato=stato, fatti=0, aggiornato=now)


def concluded(tracciato: Tracciato, *, now: datetime) -> Tracciato:
    """Give the tracciato with all its rows done.

    :raises IllegalMove:
    """
    final = StatoTracciato.ESEGUITO_CON_ERRORI if tracciato.fallite else StatoTracciato.ESEGUITO
    descrizione = None
    if tracciato.fallite:
        descrizione = f"{tracciato.fallite} operazioni su {tracciato.righe} non eseguite: il perché è nell'esito"
    return replace(tracciato, stato=move(MOVES, tracciato.stato, final), descrizione=descrizione, aggiornato=now)


def refused(tracciato: Tracciato, motivo: str, *, now: datetime) -> Tracciato:
    """Give the tracciato SCARTATO: nothing of it is loaded.

    :raises IllegalMove:
    """
    stato = move(MOVES, tracciato.stato, StatoTracciato.SCARTATO)
    return replace(tracciato, stato=stato, descrizione=motivo, aggiornato=now)
