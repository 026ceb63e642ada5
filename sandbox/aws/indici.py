"""Sorted indexes over the items of a moto table: the primary key and every global secondary index."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType

_Entry = tuple[tuple[Any, ...], Any]


def _order(entry: _Entry) -> tuple[Any, ...]:
    return entry[0]


@dataclass(slots=True)
class _Index:
    """The partitions of one index. Entries of a partition are sorted by `sort_names`, the table's key last."""

    hash_name: str
    range_name: str | None
    sort_names: tuple[str, ...]
    partitions: dict[Any, list[_Entry]] = field(default_factory=dict)

    def key_of(self, item: Any) -> tuple[Any, tuple[Any, ...]] | None:
        """Give partition and sort key; None for an item that the index does not hold."""
        attributes = item.attrs
        if self.hash_name not in attributes or any(name not in attributes for name in self.sort_names):
            return None
        return attributes[self.hash_name], tuple(attributes[name].cast_value for name in self.sort_names)


class Indexes:
    """The indexes of one table. Whoever changes an item removes it before and adds it after.

    Adding in order and reading cost the logarithm of the partition; adding out of order moves pointers of the
    partition, a millisecond at a million.
    """

    def __init__(self, table: Any) -> None:
        self._items = table.items
        key_names = tuple(table.table_key_attrs)
        self._indexes: dict[str | None, _Index] = {
            None: _Index(table.hash_key_attr, table.range_key_attr, key_names[1:] or key_names)
        }
        for index in table.all_indexes():
            names = index.schema_key_attrs
            range_name = names[1] if len(names) > 1 else None
            if [key["KeyType"] for key in index.schema].count("HASH") == 1 and len(names) <= 2:
                sort_names = tuple(dict.fromkeys((*names[1:], *key_names)))
                self._indexes[index.name] = _Index(names[0], range_name, sort_names)
        self._declared = [index.name for index in table.all_indexes()]
        self._fill(table)

    @property
    def names(self) -> Sequence[str | None]:
        return tuple(self._indexes)

    def fit(self, table: Any) -> bool:
        """Tell whether these are still the indexes of the table."""
        return self._items is table.items and self._declared == [index.name for index in table.all_indexes()]

    def hash_name(self, index_name: str) -> str:
        return self._indexes[index_name].hash_name

    def may_start_at(self, index_name: str | None, key: dict[str, Any]) -> bool:
        """Tell whether a key names what the last item of a page of this index has."""
        index = self._indexes[index_name]
        return key.keys() == {index.hash_name, *index.sort_names, *self._indexes[None].sort_names}

    def _fill(self, table: Any) -> None:
        for stored in self._items.values():
            for item in stored.values() if table.range_key_attr else (stored,):
                for index in self._indexes.values():
                    if (key := index.key_of(item)) is not None:
                        index.partitions.setdefault(key[0], []).append((key[1], item))
        for index in self._indexes.values():
            for entries in index.partitions.values():
                entries.sort(key=_order)

    def add(self, item: Any) -> None:
        for index in self._indexes.values():
            if (key := index.key_of(item)) is None:
                continue
            entries = index.partitions.setdefault(key[0], [])
            if not entries or entries[-1][0] < key[1]:
                entries.append((key[1], item))
                continue
            place = bisect_left(entries, key[1], key=_order)
            if entries[place][0] == key[1]:
                entries[place] = (key[1], item)
            else:
                insort(entries, (key[1], item), key=_order)

    def remove(self, item: Any) -> None:
        for index in self._indexes.values():
            if (key := index.key_of(item)) is None or key[0] not in index.partitions:
                continue
            entries = index.partitions[key[0]]
            place = bisect_left(entries, key[1], key=_order)
            if place < len(entries) and entries[place][0] == key[1]:
                del entries[place]
            if not entries:
                del index.partitions[key[0]]

    def slice(
        self,
        index_name: str | None,
        hash_value: Any,
        *,
        comparison: str | None,
        operands: Sequence[Any],
        after: dict[str, Any] | None,
        forward: bool,
    ) -> Iterator[Any]:
        """Give the items of a partition whose range key compares, in the order asked, after the key given."""
        index = self._indexes[index_name]
        entries = index.partitions.get(hash_value, [])
        low, high = _bounds(entries, comparison, [operand.cast_value for operand in operands])
        if after is not None:
            start = tuple(_cast(after[name]) for name in index.sort_names)
            if forward:
                low = max(low, bisect_right(entries, start, key=_order))
            else:
                high = min(high, bisect_left(entries, start, key=_order))
        places = range(low, high) if forward else range(high - 1, low - 1, -1)
        return (entries[place][1] for place in places)


def _cast(value: Any) -> Any:
    return DynamoType(value).cast_value


def _bounds(entries: list[_Entry], comparison: str | None, operands: list[Any]) -> tuple[int, int]:
    """Give the places of the first entry that compares and of the first after it that does not."""
    if comparison is None:
        return 0, len(entries)
    first = operands[0]

    def below(value: Any) -> int:
        return bisect_left(entries, value, key=_range_value)

    def through(value: Any) -> int:
        return bisect_right(entries, value, key=_range_value)

    bounds: dict[str, Callable[[], tuple[int, int]]] = {
        "EQ": lambda: (below(first), through(first)),
        "LT": lambda: (0, below(first)),
        "LE": lambda: (0, through(first)),
        "GT": lambda: (through(first), len(entries)),
        "GE": lambda: (below(first), len(entries)),
        "BETWEEN": lambda: (below(first), through(operands[1])),
        "BEGINS_WITH": lambda: (below(first), below(first + "\U0010ffff")),
    }
    return bounds[_WORDS.get(comparison, comparison)]()


_WORDS = {"=": "EQ", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}


def _range_value(entry: _Entry) -> Any:
    return entry[0][0]
