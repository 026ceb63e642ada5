"""Plan a notifica with its cause, deliver it, try again, give it back to operators."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore
from chalicelib.aws.outbox import MAX_PER_SHARD, requeue
from chalicelib.aws.queues import Queue, send
from chalicelib.aws.transactions import Write, WriteConflict
from chalicelib.kernel.machine import IllegalMove
from chalicelib.kernel.refusals import Conflict
from chalicelib.notifiche import repository, rules
from chalicelib.notifiche.model import Esito, Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.rest import json_text, log

_MAX_CONFLICTS = 3


class NotificaNonRispedibile(Conflict):
    codice = "409"


class Ente(Protocol):
    """Tells the ente (`ente.EnteClient`). Never raises for what the ente does."""

    def notify(self, connettore: Connettore, notifica: Notifica, corpo: bytes, *, now: datetime) -> Esito: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Elenco:
    """A page of notifiche and the cursor of the next, None on the last."""

    notifiche: tuple[Notifica, ...]
    cursor: str | None


class Outbox:
    """Plans notifiche in the transaction of their cause and enqueues them after it (`pagamenti.ports.Outbox`)."""

    def writes(self, fatti: Sequence[DaNotificare], *, now: datetime) -> list[Write]:
        """Give the outbox items to write with the cause: none for an applicazione without connector.

        The body is written now: it must be the same at each attempt, and what it tells changes meanwhile (a riscossione
        becomes INCASSATA). No AWS call is made but for an ANNULLAMENTO, which looks for its activation, and for a body
        too big for an item.
        """
        told = (fatto for fatto in fatti if rules.is_told(anagrafica.applicazione(fatto.rpp.id_a2a)))
        return [repository.write_of(notifica) for fatto in told for notifica in _planned(fatto, now)]

    def publish(self, writes: Sequence[Write]) -> None:
        """Enqueue what was committed and is to be sent."""
        for write in writes:
            item = write.item
            if isinstance(item, NotificaItem) and item.stato == StatoSpedizione.DA_SPEDIRE:
                _enqueue(item.pk)


def deliver(chiave: str, *, now: datetime, ente: Ente | None = None) -> None:
    """Make one attempt to deliver a notifica, if one is due. A repeated message does nothing.

    The notifica is taken by a conditional write before the ente is called, so of two consumers one calls. A crash in
    between leaves it taken until `rules.IN_CONSEGNA` has passed; then it is due again.
    """
    prima = repository.find(chiave)
    if prima is None or not rules.is_due(prima, now=now):
        return
    applicazione = anagrafica.applicazione(prima.id_a2a)
    connettore = applicazione.servizio_integrazione if applicazione else None
    try:
        if connettore is None:
            repository.save(rules.cancel(prima, now=now))
            return
        if rules.is_spent(prima, now=now):
            _log(repository.save(rules.give_up(prima, now=now)))
            return
        presa = repository.save(rules.take(prima, now=now))
    except WriteConflict:
        # Another consumer of a duplicated message was faster: the attempt is its own.
        return
    esito = (ente or _ente()).notify(connettore, presa, repository.corpo_of(presa), now=now)
    _conclude(prima, presa, esito, now)


def requeue_due(*, now: datetime, limit: int = MAX_PER_SHARD) -> int:
    """Enqueue what is due: retries, and what a crash left unpublished; at most `limit` a shard. Gives how many."""
    quanti = requeue(
        lambda shard: repository.due(shard, now=now, limit=limit),
        lambda chiave, seconds: send(Queue.NOTIFICHE, {"chiave": chiave}, delay_seconds=seconds),
    )
    if quanti:
        log.info("notifiche riaccodate", quanti=quanti)
    return quanti


def replay(chiave: str, *, now: datetime) -> Notifica:
    """Send anew a notifica that was given up, or cancelled for want of a connector.

    :raises NotificaNotFound: 404000
    :raises NotificaNonRispedibile: 409, if it was sent, is still being tried, or was cancelled with its opposite
    :raises WriteConflict: 409
    """
    notifica = repository.get(chiave)
    try:
        ripresa = repository.save(rules.replay(notifica, now=now))
    except IllegalMove as error:
        raise NotificaNonRispedibile(
            f"La notifica è nello stato {notifica.stato}: si rispediscono solo quelle fallite, "
            "o annullate perché l'applicazione non aveva un servizio di integrazione."
        ) from error
    _enqueue(chiave)
    return ripresa


def fallite(*, size: int = 25, cursor: str | None = None) -> Elenco:
    """Give what was given up after thirty days, the latest first.

    :raises ParametroNonValido: 100001, if the cursor is not one of ours
    """
    page = repository.page_of_fallite(size=size, cursor=cursor)
    return _elenco([item.pk for item in page.items], page.cursor)


def send_now(*, now: datetime) -> int:
    """Enqueue what is due, and send anew what was given up, at most MAX_PER_SHARD; give how many.

    One that somebody else moves meanwhile is theirs.
    """
    sent = requeue_due(now=now)
    for notifica in fallite(size=MAX_PER_SHARD).notifiche:
        try:
            replay(notifica.chiave, now=now)
        except (NotificaNonRispedibile, WriteConflict):
            continue
        sent += 1
    return sent


def _enqueue(chiave: str) -> None:
    try:
        send(Queue.NOTIFICHE, {"chiave": chiave})
    except (BotoCoreError, ClientError) as error:
        # The cause is committed: failing now would have it repeated. The schedule finds the item within minutes.
        log.error("notifica non accodata", notifica=chiave, errore=type(error).__name__)


def _planned(fatto: DaNotificare, now: datetime) -> list[Notifica]:
    notifica = repository.with_corpo(rules.plan(fatto, _corpo(fatto), now=now))
    if fatto.tipo is not TipoNotifica.ANNULLAMENTO:
        return [notifica]
    attivazione = repository.find(rules.chiave_attivazione(fatto.rpp))
    if attivazione is None or not rules.are_cancelling(attivazione, now=now):
        return [notifica]
    # Both are kept, to show that nothing was to be told. If the activation is taken before the commit, the commit
    # fails, and its caller plans again from what is then true.
    return [rules.elide(attivazione, now=now), rules.elide(notifica, now=now)]


def _corpo(fatto: DaNotificare) -> bytes:
    from chalicelib.pagamenti import schemas

    if fatto.tipo in {TipoNotifica.ANNULLAMENTO, TipoNotifica.FALLIMENTO}:
        return json_text.write(rules.corpo_annullamento(fatto.rpp)).encode()
    rpp, ricevuta = fatto.rpp, fatto.ricevuta
    body = {
        "idA2A": rpp.id_a2a,
        "idPendenza": rpp.id_pendenza,
        "rpt": schemas.rpt_json(rpp),
        "rt": schemas.rt_json(ricevuta, rpp) if ricevuta else None,
        "riscossioni": [schemas.riscossione_json(r) for r in fatto.riscossioni] if ricevuta else None,
    }
    return json_text.write(body).encode()


def _conclude(prima: Notifica, presa: Notifica, esito: Esito, now: datetime) -> None:
    caso = random.uniform(-1, 1)  # noqa: S311 - spreads retries, guards nothing
    conclusa = rules.concluded(prima, presa, esito, now=now, caso=caso)
    for _ in range(_MAX_CONFLICTS):
        try:
            _log(repository.save(conclusa))
        except WriteConflict:
            # The hold had ended and another attempt has begun. What the ente took is taken; a failure is the other's.
            current = repository.get(presa.chiave)
            if not esito.accolta or current.stato is not StatoSpedizione.DA_SPEDIRE:
                return
            conclusa = rules.concluded(current, current, esito, now=now, caso=caso)
        else:
            return


def _log(notifica: Notifica) -> None:
    write = log.error if notifica.stato is StatoSpedizione.FALLITA else log.info
    write(
        "notifica",
        notifica=notifica.chiave,
        stato=notifica.stato.value,
        tentativo=notifica.tentativi,
        id_a2a=notifica.id_a2a,
        esito=notifica.descrizione_stato,
        prossima=notifica.prossima.isoformat() if notifica.stato is StatoSpedizione.DA_SPEDIRE else None,
    )


def _elenco(chiavi: list[str], cursor: str | None) -> Elenco:
    found = {notifica.chiave: notifica for notifica in repository.get_all(chiavi)}
    ordered = tuple(replace(found[chiave], corpo=b"") for chiave in chiavi if chiave in found)
    return Elenco(notifiche=ordered, cursor=cursor)


@lru_cache(maxsize=1)
def _ente() -> Ente:
    from chalicelib.giornale.operations import record
    from chalicelib.notifiche.ente import EnteClient

    return EnteClient(recorder=record)
