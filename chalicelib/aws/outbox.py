"""What outboxes share: what is to be sent lies in shards by when it is due, and is listed by the month of its cause.

An outbox is a table of its own (`notifiche`, `promemoria`), pk being the natural key of what is sent, which begins with
`idDominio#`. Its indexes:
  da-spedire   daSpedire = da-spedire#0..3, prossima       what is due or will be, in four shards
  per-mese     mese (Italian month of creation), creata    what was made in a month
A month, not a day: at any moment all writes go to one partition either way, and a list of thirty days is two queries.
da-spedire is sparse: the attribute goes with the sending, and the item leaves the index.
"""

import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from chalicelib.aws.base_table import BaseTable
from chalicelib.aws.listing import Listing, Range
from chalicelib.kernel.rome_time import end_of_day, rome_day, start_of_day
from chalicelib.kernel.utenze import Utenza

SHARDS = tuple(f"da-spedire#{number}" for number in range(4))
# Of each shard, at each run of the schedule (a minute).
MAX_PER_SHARD = 100
# Spread over the minute before the next run, so that a receiver coming back is not met by all of them at once.
_SPREAD_SECONDS = 45
_LAST = "\U0010ffff"


class DaSpedire(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "da-spedire"
        projection = KeysOnlyProjection()

    da_spedire = UnicodeAttribute(hash_key=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(range_key=True)


class PerMese(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = "per-mese"
        projection = IncludeProjection(["stato", "tipo"])

    mese = UnicodeAttribute(hash_key=True)
    creata = UnicodeAttribute(range_key=True)


class OutboxTable(BaseTable):
    """An item of an outbox; each table has it under a Meta of its own."""

    pk = UnicodeAttribute(hash_key=True)
    stato = UnicodeAttribute()
    tipo = UnicodeAttribute()
    da_spedire = UnicodeAttribute(null=True, attr_name="daSpedire")
    prossima = UnicodeAttribute(null=True)
    mese = UnicodeAttribute()
    creata = UnicodeAttribute()

    per_prossima = DaSpedire()
    per_mese = PerMese()


@dataclass(frozen=True, slots=True, kw_only=True)
class Giorni:
    """What a list is asked by: the Italian days of creation, the latest first, one after the other; instants in them."""

    giorni: tuple[date, ...]
    da: datetime | None = None
    a: datetime | None = None


def instant_text(data: datetime) -> str:
    """Write an instant so that texts sort as instants do: UTC, milliseconds."""
    return data.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shard_of(chiave: str) -> str:
    return SHARDS[zlib.crc32(chiave.encode()) % len(SHARDS)]


def creation_keys(chiave: str, creata: datetime) -> dict[str, Any]:
    """Give the attributes by which an item is found in the month it was made."""
    return {"mese": mese_of(rome_day(creata)), "creata": f"{instant_text(creata)}#{chiave}"}


def mese_of(giorno: date) -> str:
    return f"{giorno:%Y-%m}"


def made_between(da: datetime | None, a: datetime | None) -> Range:
    """Give the bounds of `creata` for what was made between two instants, both inclusive."""
    return Range(da=instant_text(da) if da else None, a=instant_text(a) + _LAST if a else None)


def due_in(table: type[OutboxTable], shard: str, *, now: datetime, limit: int) -> list[str]:
    """Give the keys of what is due in a shard, the longest waiting first."""
    found = table.per_prossima.query(shard, table.prossima <= instant_text(now), limit=limit, page_size=limit)
    return [item.pk for item in found]


def requeue(due: Callable[[str], Iterable[str]], enqueue: Callable[[str, int], object]) -> int:
    """Enqueue what `due` gives of each shard, each after so many seconds; give how many."""
    chiavi = [chiave for shard in SHARDS for chiave in due(shard)]
    for number, chiave in enumerate(chiavi):
        enqueue(chiave, number * _SPREAD_SECONDS // len(chiavi))
    return len(chiavi)


def listing_of(
    table: type[OutboxTable],
    giorni: Giorni,
    *,
    utenza: Utenza,
    id_dominio: str | None,
    stati: Sequence[str],
    tipo: str | None,
) -> Listing | None:
    """Give the walk over what was made on some days for the caller's domini, None where it may see nothing of them.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    """
    utenza.require_any_dominio()
    domini = utenza.domini
    if id_dominio is not None and id_dominio not in domini:
        return None
    of = [id_dominio] if id_dominio else [] if domini.tutti else sorted(domini.ids)
    conditions: list[Condition] = []
    if stati:
        conditions.append(table.stato.is_in(*stati))
    if tipo is not None:
        conditions.append(table.tipo == tipo)
    if of:
        conditions.append(reduce(or_, (table.pk.startswith(f"{one}#") for one in of)))
    return Listing(
        index=table.per_mese,
        partitions=list(dict.fromkeys(mese_of(giorno) for giorno in giorni.giorni)),
        bounds=_bounds(giorni),
        matching=reduce(and_, conditions) if conditions else None,
    )


def _bounds(giorni: Giorni) -> Range:
    """Give the instants asked for, and where none is the edge of the days: a month has others."""
    if not giorni.giorni:
        return made_between(giorni.da, giorni.a)
    return made_between(giorni.da or start_of_day(giorni.giorni[-1]), giorni.a or end_of_day(giorni.giorni[0]))
