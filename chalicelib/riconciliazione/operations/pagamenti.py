"""The payments of an incasso of a flow, collected or given back in batches; after a crash it goes on where it was."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import commit
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.model import ChiaveRiscossione
from chalicelib.rest import log
from chalicelib.riconciliazione.esiti import RigaIncassata
from chalicelib.riconciliazione.model import ChiaveFlusso, Incasso, Rendicontazione
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules.incasso import moved
from chalicelib.riconciliazione.states import Esito, StatoIncasso

# In the request itself; more than that is for the queue.
RIGHE_SUBITO = 300
_BATCH = 100
_BATCHES_A_SAVE = 5
_RIGHE_A_MESSAGGIO = 20_000
_ABANDONED_AFTER = timedelta(minutes=5)
_REQUEUED_MAX = 500

_Step = Callable[[list[ChiaveRiscossione]], None]


def begin_payments(incasso: Incasso, *, now: datetime) -> Incasso:
    """Collect the payments of an incasso that has just claimed its flow: at once if they are few, else by the queue."""
    if incasso.stato is not StatoIncasso.IN_ELABORAZIONE:
        return incasso
    done = _go_on(incasso, now=now, most=RIGHE_SUBITO)
    if done.stato is StatoIncasso.IN_ELABORAZIONE:
        send_incasso(incasso.id_dominio, incasso.id_incasso)
    return done


def send_incasso(id_dominio: str, id_incasso: str) -> None:
    queues.send(Queue.INCASSI, {"idDominio": id_dominio, "idIncasso": id_incasso})


def complete_incasso(*, id_dominio: str, id_incasso: str, now: datetime) -> None:
    """Go on with the payments of an incasso; one that is done, or reversed, is left alone.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    incasso = incassi.get(id_dominio, id_incasso)
    if incasso is None or incasso.stato is not StatoIncasso.IN_ELABORAZIONE:
        return
    if _go_on(incasso, now=now, most=_RIGHE_A_MESSAGGIO).stato is StatoIncasso.IN_ELABORAZIONE:
        send_incasso(id_dominio, id_incasso)


def requeue_incassi(*, now: datetime) -> int:
    """Send a message for each incasso that a crash left in the middle; give their number."""
    sent = 0
    for id_dominio, id_incasso in incassi.to_complete(before=now - _ABANDONED_AFTER, most=_REQUEUED_MAX):
        send_incasso(id_dominio, id_incasso)
        sent += 1
    return sent


def _go_on(incasso: Incasso, *, now: datetime, most: int) -> Incasso:
    if incasso.flusso is None:
        msg = f"l'incasso {incasso.id_incasso} non ha un flusso da applicare"
        raise ValueError(msg)

    def collect(chiavi: list[ChiaveRiscossione]) -> None:
        pagamenti.collect_riscossioni(chiavi, id_incasso=incasso.id_incasso, now=now)

    current, left = _given_back(incasso, now=now), most
    for saved, (last, count) in enumerate(each_batch(incasso.flusso, collect, after=current.applicato), 1):
        left -= count
        if saved % _BATCHES_A_SAVE == 0 or left <= 0:
            current = saved_progress(replace(current, applicato=last))
        if left <= 0:
            return current
    done = saved_progress(moved(current, StatoIncasso.ACQUISITO))
    log.info("incasso applicato", id_dominio=done.id_dominio, chiave=done.id_incasso)
    return done


def _given_back(incasso: Incasso, *, now: datetime) -> Incasso:
    """Give back what only older revisions of the flow report, before what the new one reports is collected.

    A row may have another key in the new revision (no index where SOAP had none): what is given back so is collected
    again, which is why this comes first and is closed by a save.
    """
    flusso = incasso.flusso
    if flusso is None or not incasso.precedenti:
        return incasso
    for precedente in incasso.precedenti:
        rows = flussi.rows(precedente)
        while chunk := dict(islice(rows, _BATCH)):
            still = {_collected(row) for row in flussi.rows_at(flusso, chunk).values()}
            gone = [key for row in chunk.values() if (key := _collected(row)) is not None and key not in still]
            if gone:
                pagamenti.release_riscossioni(gone, id_incasso=incasso.id_incasso, now=now)
    return saved_progress(replace(incasso, precedenti=()))


def saved_progress(incasso: Incasso) -> Incasso:
    commit([incassi.write(incasso)])
    return incasso.next_version()


def each_batch(flusso: ChiaveFlusso, step: _Step, *, after: str | None = None) -> Iterable[tuple[str, int]]:
    """Do a step for a hundred rows at a time; give, after each, the key of the last row and how many they were."""
    batch: list[ChiaveRiscossione] = []
    count = 0
    for key, rendicontazione in flussi.rows(flusso, after=after):
        count += 1
        chiave = _collected(rendicontazione)
        if chiave is not None:
            batch.append(chiave)
        if count == _BATCH:
            step(batch)
            yield key, count
            batch, count = [], 0
    if batch:
        step(batch)
        yield key, count


def collected_by(flusso: ChiaveFlusso, *, most: int | None = None) -> tuple[RigaIncassata, ...]:
    """Give iuv, amount and payment of the rows of a flow, of so many at most."""
    return tuple(riga_of(row) for _, row in flussi.rows(flusso, most=most))


def riga_of(rendicontazione: Rendicontazione) -> RigaIncassata:
    return rendicontazione.riga.iuv, rendicontazione.riga.importo, _collected(rendicontazione)


def _collected(rendicontazione: Rendicontazione) -> ChiaveRiscossione | None:
    """Give the payment that a row collects: not one that it revokes, which an earlier flow has collected."""
    return None if rendicontazione.riga.esito == Esito.REVOCATO else rendicontazione.riscossione
