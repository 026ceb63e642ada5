"""Lists over an index, page by page, at a cost that does not grow with the table.

GovPay numbers pages and wants totals. A page is found by a cursor in O(page); by its number alone in O(pages before
it), keys only, up to a bound. Totals stop counting at `MAX_COUNT` (`maxRisultati` of the contract).
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex

from chalicelib.kernel.refusals import ParametroNonValido

MAX_COUNT = 10_000
MAX_SKIP = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The bounds of the range key, both inclusive; None where open."""

    da: str | None = None
    a: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A query over some partitions of an index, in the order given (months, newest first)."""

    index: GlobalSecondaryIndex[Any]
    partitions: Sequence[str]
    bounds: Range = Range()
    matching: Condition | None = None
    forward: bool = False
    key_names: tuple[str, ...] = ("pk",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The items of a page (as the index projects them) and the cursor of the next, None on the last."""

    items: tuple[Any, ...]
    cursor: str | None


def read_page(listing: Listing, *, size: int, page: int = 1, cursor: str | None = None) -> Page:
    """Read one page.

    :raises ParametroNonValido: 100001, if the cursor is not one of ours or the page lies beyond the bound
    """
    skip = 0 if cursor else (page - 1) * size
    if skip > MAX_SKIP:
        raise ParametroNonValido(f"pagina: oltre i primi {MAX_SKIP} risultati si prosegue con prossimiRisultati.")
    start, last_key = _read_cursor(listing, cursor) if cursor else (0, None)
    found: list[tuple[int, Any]] = []
    for numbered in _walk(listing, start, last_key, page_size=min(skip + size + 1, 1000)):
        if len(found) == skip + size:
            return Page(items=_items(found[skip:]), cursor=_write_cursor(listing, *found[-1]))
        found.append(numbered)
    return Page(items=_items(found[skip:]), cursor=None)


def _items(found: Sequence[tuple[int, Any]]) -> tuple[Any, ...]:
    return tuple(item for _, item in found)


def count(listing: Listing) -> int:
    """Count the matching items, up to MAX_COUNT."""
    total = 0
    for partition in listing.partitions:
        total += listing.index.count(
            partition, _range_condition(listing), filter_condition=listing.matching, limit=MAX_COUNT - total
        )
        if total >= MAX_COUNT:
            return MAX_COUNT
    return total


def _walk(
    listing: Listing, start: int, last_key: dict[str, Any] | None, *, page_size: int
) -> Iterator[tuple[int, Any]]:
    for number, partition in enumerate(listing.partitions[start:], start):
        results = listing.index.query(
            partition,
            _range_condition(listing),
            filter_condition=listing.matching,
            scan_index_forward=listing.forward,
            last_evaluated_key=last_key if number == start else None,
            page_size=page_size,
        )
        for item in results:
            yield number, item


def _range_condition(listing: Listing) -> Condition | None:
    da, a = listing.bounds.da, listing.bounds.a
    attribute = _keys_of(listing.index)[1]
    if da is not None and a is not None:
        return attribute.between(da, a)
    if da is not None:
        return attribute >= da
    return attribute <= a if a is not None else None


def _keys_of(index: GlobalSecondaryIndex[Any]) -> tuple[Attribute[Any], Attribute[Any]]:
    """Give the hash and the range attribute of an index."""
    attributes = index.Meta.attributes.values()
    return next(a for a in attributes if a.is_hash_key), next(a for a in attributes if a.is_range_key)


def _write_cursor(listing: Listing, partition: int, item: Any) -> str:
    values = item.to_dynamodb_dict()
    key = {name: values[name]["S"] for name in _key_names(listing)}
    text = json.dumps({"p": listing.partitions[partition], "k": key}, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(listing: Listing, cursor: str) -> tuple[int, dict[str, Any]]:
    """Read a cursor. It moves within the partitions the caller may see and nowhere else, so it needs no signature."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.urlsafe_b64decode(padded.encode()))
        partition, key = content["p"], content["k"]
        number = list(listing.partitions).index(partition)
        last = {name: {"S": str(key[name])} for name in _key_names(listing)}
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise ParametroNonValido("cursore: non valido; ripartire dalla prima pagina.") from error
    return number, {_keys_of(listing.index)[0].attr_name: {"S": partition}, **last}


def _key_names(listing: Listing) -> tuple[str, ...]:
    return (*listing.key_names, _keys_of(listing.index)[1].attr_name)
