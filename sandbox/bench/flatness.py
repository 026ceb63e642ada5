"""The same operation among few pendenze and among many: calls and units must be the same.

The tables are filled where they are, with copies of a pendenza that the API made: other keys, same bytes.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

from sandbox.aws import veloce
from sandbox.bench import events, meter
from sandbox.bench.meter import Meter
from sandbox.bench.operations import OPERATIONS, Operation, list_request
from sandbox.bench.tables import MotoStore, table
from sandbox.bench.world import Carico, Handle, World
from tests import builders_anagrafica as comune

SIZES, LARGE_SIZES = (1_000, 10_000), (1_000, 100_000, 1_000_000)
# Names of the operations that are asked of each size; the list is asked with totals too, whose count is bounded.
_FLAT = ("paVerifyPaymentNotice", "GET pendenza", "GET pendenze, no totals", "GET pendenze, page of 25")
COUNTED = "GET pendenze, page of 25"
_PENDENZE, _TRANSAZIONI = "govpay-bench-pendenze", "govpay-bench-transazioni"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What an operation asks of AWS when there are so many pendenze, or of what it lists."""

    operation: str
    pendenze: int
    calls: str
    items_read: int
    read_units: float
    write_units: float

    @property
    def figures(self) -> tuple[str, int, float, float]:
        return self.calls, self.items_read, self.read_units, self.write_units


def measure(world: World, sizes: Sequence[int]) -> Sequence[Level]:
    """Measure at each size, in growing order.

    The pages are those of a dominio that has all of them: newest first, in one year.
    """
    levels = list[Level]()
    filler = _Filler(world.load())
    for size in sizes:
        filler.fill(size)
        levels += [level(one.name, _handle(world, one), size) for one in OPERATIONS if one.name in _FLAT]
    return levels


def grown(levels: Sequence[Level]) -> Sequence[str]:
    """Name the operations that do not cost the same at every size; the counted list may, up to its bound."""
    names = dict.fromkeys(level.operation for level in levels if level.operation != COUNTED)
    return [name for name in names if len({level.figures for level in levels if level.operation == name}) > 1]


def level(operation: str, handle: Handle, size: int) -> Level:
    """Count what an operation asks of AWS, caches warm."""
    events.require_good(handle())
    with Meter(MotoStore()) as counted:
        answer = handle()
    events.require_good(answer)
    cost = meter.total(counted.calls)
    return Level(
        operation=operation,
        pendenze=size,
        calls=meter.by_kind(counted.calls),
        items_read=cost.items_read,
        read_units=cost.read_units,
        write_units=cost.write_units,
    )


def _handle(world: World, operation: Operation) -> Handle:
    if operation.name.startswith("GET pendenze"):
        return world.handle(list_request(world, totals=operation.name == COUNTED))
    return operation.prepare(world)


class _Filler:
    """Puts copies of a pendenza into moto's tables, sharing what is the same: a million of them fit in memory."""

    def __init__(self, carico: Carico) -> None:
        self._pendenza = _stored(_PENDENZE, f"{comune.A2A_COMUNE}#{carico.id_pendenza}")
        self._posizione = _stored(_TRANSAZIONI, f"{carico.id_dominio}#{carico.iuv}", "posizione")
        self._there = 0

    def fill(self, size: int) -> None:
        """Have so many copies in the tables."""
        pendenze, transazioni = table(_PENDENZE), table(_TRANSAZIONI)
        for number in range(self._there, size):
            pendenza = self._copy(self._pendenza, number)
            pendenze.items[pendenza.hash_key] = pendenza
            posizione = self._copy_of_posizione(number)
            transazioni.items[posizione.hash_key] = {posizione.range_key: posizione}
        self._there = size
        pendenze._veloce_indexes = transazioni._veloce_indexes = None
        for filled in (pendenze, transazioni):
            veloce.indexes_of(filled)

    def _copy(self, item: Any, number: int) -> Any:
        """Give a pendenza like the one loaded, a little older and with a number of its own."""
        old = item.attrs["idPendenza"].value
        new = f"COPY-{number:0{len(old) - 5}d}"
        copied = _shallow(item)
        set_text(copied, "idPendenza", new)
        set_text(copied, "pk", item.attrs["pk"].value.replace(old, new))
        copied.hash_key = copied.attrs["pk"]
        moment, _, _ = item.attrs["caricata"].value.partition("#")
        moment = f"{moment[:-8]}{number % 1_000_000:06d}Z"[: len(moment)]
        set_text(copied, "caricata", f"{moment}#{copied.hash_key.value}")
        iuv = item.attrs["iuv"].value
        set_text(copied, "iuv", f"{number:0{len(iuv)}d}")
        return copied

    def _copy_of_posizione(self, number: int) -> Any:
        copied = _shallow(self._posizione)
        dominio, _, iuv = self._posizione.attrs["pk"].value.partition("#")
        set_text(copied, "pk", f"{dominio}#{number:0{len(iuv)}d}")
        copied.hash_key = copied.attrs["pk"]
        return copied


def _stored(name: str, hash_value: str, range_value: str | None = None) -> Any:
    found = table(name).get_item(
        DynamoType({"S": hash_value}), None if range_value is None else DynamoType({"S": range_value})
    )
    if found is None:
        raise LookupError(hash_value)
    return found


def _shallow(item: Any) -> Any:
    """Copy an item, not its values: moto replaces values, it does not change them."""
    copied = copy.copy(item)
    copied.attrs = type(item.attrs)()
    # Not by moto's own way in, which measures the whole item at each attribute: nine tenths of filling a table.
    dict.update(copied.attrs, item.attrs)
    return copied


def set_text(item: Any, name: str, text: str) -> None:
    dict.__setitem__(item.attrs, name, DynamoType({"S": text}))
