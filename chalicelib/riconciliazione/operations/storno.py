"""The bank takes a credit back: its payments are given back, then its flow is free. Nothing is deleted."""

from dataclasses import replace
from datetime import datetime

from chalicelib.aws.transactions import Write, commit
from chalicelib.kernel.refusals import NotFound
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import ChiaveRiscossione
from chalicelib.rest import log
from chalicelib.riconciliazione.model import Incasso
from chalicelib.riconciliazione.operations.pagamenti import complete_incasso, each_batch, saved_progress
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules.incasso import moved
from chalicelib.riconciliazione.states import StatoIncasso

_MESSAGES_MAX = 100


class IncassoNotFound(NotFound):
    codice = "404000"


def storna_incasso(
    *, id_dominio: str, id_incasso: str, motivo: str, utenza: Utenza | None = None, now: datetime
) -> Incasso:
    """Reverse an incasso: STORNATO, its payments RISCOSSE, its flow free for another. Repeated, it changes nothing.

    What was being collected is collected first, so that nothing is given back before it is there.

    :raises NotAllowed: 403000
    :raises IncassoNotFound: 404000
    :raises WriteConflict: if others write the same; it goes on when it is asked for again
    """
    if utenza is not None:
        utenza.require_dominio(id_dominio)
    complete_in_full(id_dominio, id_incasso, now=now)
    incasso = incassi.get(id_dominio, id_incasso)
    if incasso is None:
        raise IncassoNotFound(f"L'incasso {id_incasso} del dominio {id_dominio} non esiste.")
    if incasso.stato is StatoIncasso.STORNATO:
        return incasso
    if incasso.stato is not StatoIncasso.IN_STORNO:
        begun = moved(incasso, StatoIncasso.IN_STORNO)
        incasso = saved_progress(replace(begun, motivo_storno=motivo, stornato=now))
    _release(incasso, now=now)
    done = moved(incasso, StatoIncasso.STORNATO)
    commit(
        [
            incassi.write(done),
            *incassi.causale_write(done, delete=True),
            incassi.history_write(done, now=now),
            *_freed(done),
        ]
    )
    log.info("incasso stornato", id_dominio=id_dominio, chiave=id_incasso)
    return done.next_version()


def resume_incasso(*, id_dominio: str, id_incasso: str, now: datetime) -> None:
    """Go on with what was begun of an incasso: its payments, or its storno. One that is done is left alone.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    incasso = incassi.get(id_dominio, id_incasso)
    if incasso is not None and incasso.stato is StatoIncasso.IN_STORNO:
        storna_incasso(id_dominio=id_dominio, id_incasso=id_incasso, motivo=incasso.motivo_storno or "", now=now)
    else:
        complete_incasso(id_dominio=id_dominio, id_incasso=id_incasso, now=now)


def complete_in_full(id_dominio: str, id_incasso: str, *, now: datetime) -> None:
    """Finish what was begun, however many messages it would take: a person or the bank waits for it."""
    for _ in range(_MESSAGES_MAX):
        incasso = incassi.get(id_dominio, id_incasso)
        if incasso is None or incasso.stato is not StatoIncasso.IN_ELABORAZIONE:
            return
        complete_incasso(id_dominio=id_dominio, id_incasso=id_incasso, now=now)


def _release(incasso: Incasso, *, now: datetime) -> None:
    def release(chiavi: list[ChiaveRiscossione]) -> None:
        pagamenti.release_riscossioni(chiavi, id_incasso=incasso.id_incasso, now=now)

    if incasso.riscossione is not None:
        release([incasso.riscossione])
    elif incasso.flusso is not None:
        for revisione in (incasso.flusso, *incasso.precedenti):
            for _ in each_batch(revisione, release):
                continue


def _freed(incasso: Incasso) -> list[Write]:
    if incasso.flusso is None:
        return []
    revisions = flussi.revisions(incasso.id_dominio, incasso.flusso.id_flusso)
    return [
        flussi.flusso_write(replace(revision, id_incasso=None, da_verificare=None))
        for revision in revisions
        if revision.id_incasso == incasso.id_incasso
    ]
