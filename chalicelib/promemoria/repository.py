"""Promemoria ↔ item; every write conditional, but for that of a due date, which may come again."""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import Condition, Write, absent_or_version, commit
from chalicelib.kernel.rome_time import rome_day
from chalicelib.promemoria.model import Promemoria
from chalicelib.promemoria.rules import RESPIRO
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem

SHARDS = tuple(f"da-spedire#{number}" for number in range(4))
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
    """Give the keys of what is due in a shard, the longest waiting first."""
    found = PromemoriaItem.per_prossima.query(
        shard, PromemoriaItem.prossima <= instant_text(now), limit=limit, page_size=limit
    )
    return [item.pk for item in found]


def is_due_at_once(item: PromemoriaItem) -> bool:
    """Tell whether a new promemoria is to be sent now, and not on the morning of a day to come."""
    created = datetime.fromisoformat(item.creata.partition("#")[0])
    return item.prossima is not None and item.prossima <= instant_text(created + RESPIRO)


def get_all(chiavi: list[str]) -> Iterator[Promemoria]:
    """Give these promemoria, in no order; those that are gone are left out."""
    for item in PromemoriaItem.batch_get(chiavi):
        yield _from_item(item)


def instant_text(data: datetime) -> str:
    return data.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _to_item(promemoria: Promemoria) -> PromemoriaItem:
    chiave = promemoria.chiave
    is_to_send = promemoria.stato is StatoPromemoria.DA_SPEDIRE
    return PromemoriaItem(
        pk=chiave,
        versione=promemoria.versione,
        stato=promemoria.stato,
        tipo=promemoria.tipo,
        da_spedire=SHARDS[zlib.crc32(chiave.encode()) % len(SHARDS)] if is_to_send else None,
        prossima=instant_text(promemoria.prossima) if is_to_send else None,
        giorno=rome_day(promemoria.creata).isoformat(),
        creata=f"{instant_text(promemoria.creata)}#{chiave}",
        documento=encode(promemoria),
    )


def _from_item(item: PromemoriaItem) -> Promemoria:
    return replace(decode(Promemoria, item.documento or "{}"), versione=int(item.versione))
