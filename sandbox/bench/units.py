"""DynamoDB's published arithmetic: bytes of an item, read and write request units.

Sizes are those of throughput: names and values, without the hundred bytes that storage is charged for. Items are in
the wire form, `{"pk": {"S": "…"}}`.
"""

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

READ_BLOCK, WRITE_BLOCK = 4096, 1024
_NUMBER_MAX = 21
_CONTAINER, _ELEMENT = 3, 1


def item_size(item: Item) -> int:
    """Give the bytes of an item: UTF-8 names and values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Give the bytes of one value."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return number_size(content)
        case "B":
            # moto keeps bytes as base64 text.
            return len(content) if isinstance(content, bytes) else len(base64.b64decode(content))
        case "NULL" | "BOOL":
            return 1
        case "SS" | "NS" | "BS":
            return sum(value_size({kind[0]: one}) for one in content)
        case "L":
            return _CONTAINER + sum(_ELEMENT + value_size(one) for one in content)
        case "M":
            return _CONTAINER + sum(_ELEMENT + len(key.encode()) + value_size(one) for key, one in content.items())
        case _:
            raise ValueError(kind)


def number_size(text: str) -> int:
    """Give the bytes of a number: one for two significant digits, one more, and one for the sign."""
    digits = text.lower().partition("e")[0].lstrip("+-").replace(".", "").strip("0")
    return min(_NUMBER_MAX, math.ceil(len(digits) / 2) + 1 + text.startswith("-"))


def read_units(size: int, *, consistent: bool = False, transactional: bool = False) -> float:
    """Give the units of reading so many bytes at once: one for 4 kB, half when eventually consistent, twice in a
    transaction. What is not there costs as the least item.
    """
    blocks = max(1, math.ceil(size / READ_BLOCK))
    return blocks * (2.0 if transactional else 1.0 if consistent else 0.5)


def write_units(before: Item | None, after: Item | None, *, transactional: bool = False) -> float:
    """Give the units of a write of the table: one for a kB of the larger of the two items, twice in a transaction."""
    size = max(item_size(item) if item else 0 for item in (before, after))
    return _blocks(size) * (2.0 if transactional else 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A global secondary index. `projected` are the attributes its entries have, None for all."""

    name: str
    keys: tuple[str, ...]
    projected: frozenset[str] | None

    def entry(self, item: Item | None) -> Item | None:
        """Give what the index holds of an item; None for one that lacks its keys."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return {name: value for name, value in item.items() if self.projected is None or name in self.projected}


def index_units(index: Index, before: Item | None, after: Item | None) -> float:
    """Give the units that a write costs in an index.

    Nothing changed in the entry: none. A new, removed or changed entry: one write. A key changed: a removal and a
    write. Indexes follow after the transaction, so nothing is doubled here.
    """
    old, new = index.entry(before), index.entry(after)
    if old == new:
        return 0.0
    if old is not None and new is not None and any(old[key] != new[key] for key in index.keys):
        return float(_blocks(item_size(old)) + _blocks(item_size(new)))
    return write_units(old, new)


def _blocks(size: int) -> int:
    return max(1, math.ceil(size / WRITE_BLOCK))
