"""Second step: every movement gets its outcome; credits first, then storni and regularisations.

What was done is skipped when it is tried again: a movement with an outcome is not worked on, a registration that a crash
left unsaid is found by its id.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.rome_time import rome_day
from chalicelib.riconciliazione.importazione import repository
from chalicelib.riconciliazione.importazione.model import Classe, Giornale, MovimentoCassa, RigaGiornale
from chalicelib.riconciliazione.importazione.operations.credito import save_outcome, try_credito
from chalicelib.riconciliazione.importazione.operations.seguiti import regolarizza, storna

MOVIMENTI_A_MESSAGGIO = 1000
# A credit of a large flow takes many calls: they end a message before its Lambda would (300 seconds).
SECONDI_A_MESSAGGIO = 120.0
_BATCH = 50

_Step = Callable[[MovimentoCassa], None]


def work(giornale: Giornale, *, now: datetime) -> tuple[Giornale, bool]:
    """Work on as many movements as a message may; tell whether that was the last.

    :raises WriteConflict: if others write the same faster than we can
    """
    oggi, left, latest = rome_day(now), MOVIMENTI_A_MESSAGGIO, time.monotonic() + SECONDI_A_MESSAGGIO

    def credito(cassa: MovimentoCassa) -> None:
        if cassa.esito is None:
            save_outcome(cassa, try_credito(cassa, oggi=oggi, now=now), now=now)

    def seguito(cassa: MovimentoCassa) -> None:
        if cassa.classe is Classe.REGOLARIZZAZIONE:
            regolarizza(cassa)
        elif cassa.esito is None:
            storna(cassa, now=now)

    while giornale.elaborate < giornale.lette:
        if left <= 0 or time.monotonic() > latest:
            return giornale, False
        righe = _next(giornale, giornale.elaborate)
        _each(giornale, [riga for riga in righe if riga.classe is Classe.CREDITO], credito)
        giornale = repository.save_giornale(replace(giornale, elaborate=righe[-1].numero))
        left -= len(righe)
    while giornale.seguiti and giornale.seguite < giornale.lette:
        if left <= 0 or time.monotonic() > latest:
            return giornale, False
        righe = _next(giornale, giornale.seguite)
        _each(giornale, [r for r in righe if r.classe in {Classe.STORNO, Classe.REGOLARIZZAZIONE}], seguito)
        giornale = repository.save_giornale(replace(giornale, seguite=righe[-1].numero))
        left -= len(righe)
    return giornale, True


def _next(giornale: Giornale, dopo: int) -> list[RigaGiornale]:
    righe = list(repository.righe(giornale, dopo=dopo, most=_BATCH))
    if not righe:
        msg = f"il giornale {giornale.id_giornale} ha {giornale.lette} righe lette e non la {dopo + 1}"
        raise LookupError(msg)
    return righe


def _each(giornale: Giornale, righe: Sequence[RigaGiornale], step: _Step) -> None:
    ids = [riga.id_movimento for riga in righe if riga.id_movimento is not None]
    found = repository.movimenti(giornale.id_dominio, ids) if ids else {}
    for id_movimento in ids:
        step(found[id_movimento])
