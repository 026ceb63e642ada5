"""A block is done: counted once, whoever does it and however often."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel import clock
from chalicelib.tracciati import repository, rules
from chalicelib.tracciati.model import Tracciato
from chalicelib.tracciati.repository import BloccoFatto
from chalicelib.tracciati.states import Fase

MAX_ATTEMPTS = 12
_WAIT_MS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Conteggi:
    """What a block adds to the counts of its tracciato."""

    eseguite: int = 0
    fallite: int = 0
    avvisi: int = 0
    stampati: int = 0
    non_stampati: int = 0


NIENTE = Conteggi()


def block_done(tracciato: Tracciato, fase: Fase, blocco: int, conteggi: Conteggi, *, now: datetime) -> Tracciato | None:
    """Count a block, and move the tracciato on if it was the last of its phase; None if it was counted before.

    :raises WriteConflict: if others count theirs faster than we can: the queue delivers it again
    """
    for attempt in range(1, MAX_ATTEMPTS + 1):
        after = _counted(tracciato, conteggi, now=now)
        is_last = after.fatti >= len(after.blocks_of(fase))
        if is_last:
            after = rules.advanced(after, now=now)
        mark = repository.blocco_write(tracciato.id, fase, blocco, BloccoFatto(is_last=is_last))
        try:
            return repository.save(after, [mark])
        except WriteConflict as conflict:
            if attempt == MAX_ATTEMPTS:
                raise
            again, fatto = repository.with_block(tracciato.id, fase, blocco)
            if fatto is not None:
                return None
            if again is None or again.fase is not fase:
                raise conflict from None
            tracciato = again
            _wait(attempt)
    raise AssertionError("unreachable")


def _counted(tracciato: Tracciato, conteggi: Conteggi, *, now: datetime) -> Tracciato:
    return replace(
        tracciato,
        fatti=tracciato.fatti + 1,
        eseguite=tracciato.eseguite + conteggi.eseguite,
        fallite=tracciato.fallite + conteggi.fallite,
        avvisi=tracciato.avvisi + conteggi.avvisi,
        stampati=tracciato.stampati + conteggi.stampati,
        non_stampati=tracciato.non_stampati + conteggi.non_stampati,
        aggiornato=now,
    )


def _wait(attempt: int) -> None:
    """Let those go first who count theirs now: some milliseconds, never the same for two of us."""
    clock.pause(secrets.randbelow(_WAIT_MS * attempt) / 1000)
