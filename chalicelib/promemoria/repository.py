"""Promemoria ↔ item; every write conditional, but for that of a due date, which may come again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.outbox import creation_keys, due_in, instant_text, shard_of
from chalicelib.aws.transactions import Condition, Write, absent_or_version, commit
from chalicelib.promemoria.model import Promemoria
from chalicelib.promemoria.rules import RESPIRO
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem

# A due date that was moved away and back is reminded of again: nothing that is stored keeps the pendenza from its write.
_ALWAYS = Condition("attribute_exists(pk) OR attribute_not_exists(pk)")


def find(chiave: str) -> Promemoria | None:
    """Give a promemoria, read consistently."""
    try:
        item = PromemoriaItem.get(chiave, consistent_read=True)
    except DoesNotExist:
        return None
    return _from_item(item)


def write_of(promemoria: Promemoria) -> Write:
    """Give the write of a promemoria read at `versione` (0: a new one), which it moves on by one."""
    is_new_date = promemoria.scadenza is not None and promemoria.versione == 0
    condition = _ALWAYS if is_new_date else absent_or_version(promemoria.versione or None)
    return Write(item=_to_item(promemoria.next_version()), condition=condition, name=f"promemoria {promemoria.tipo}")


def save(promemoria: Promemoria) -> Promemoria:
    """Store a promemoria and give it as it is stored.

    :raises WriteConflict: if somebody else was at it
    """
    commit([write_of(promemoria)])
    return promemoria.next_version()


def due(shard: str, *, now: datetime, limit: int) -> list[str]:
    return due_in(PromemoriaItem, shard, now=now, limit=limit)


def is_due_at_once(item: PromemoriaItem) -> bool:
    """Tell whether a new promemoria is to be sent now, and not on the morning of a day to come."""
    created = datetime.fromisoformat(item.creata.partition("#")[0])
    return item.prossima is not None and item.prossima <= instant_text(created + RESPIRO)


def get_all(chiavi: list[str]) -> Iterator[Promemoria]:
    """Give these promemoria, in no order; those that are gone are left out."""
    for item in PromemoriaItem.batch_get(chiavi):
        yield _from_item(item)


def _to_item(promemoria: Promemoria) -> PromemoriaItem:
    chiave = promemoria.chiave
    is_to_send = promemoria.stato is StatoPromemoria.DA_SPEDIRE
    return PromemoriaItem(
        pk=chiave,
        versione=promemoria.versione,
        stato=promemoria.stato,
        tipo=promemoria.tipo,
        da_spedire=shard_of(chiave) if is_to_send else None,
        prossima=instant_text(promemoria.prossima) if is_to_send else None,
        **creation_keys(chiave, promemoria.creata),
        documento=encode(promemoria),
    )


def _from_item(item: PromemoriaItem) -> Promemoria:
    return replace(decode(Promemoria, item.documento or "{}"), versione=int(item.versione))
