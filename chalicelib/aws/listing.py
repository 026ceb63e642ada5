"""Lists over an index, page by page, at a cost that does not grow with the table.

GovPay numbers pages and wants totals. A page is found by a cursor in O(page); by its number alone in O(pages before
it), keys only, up to `MAX_SKIP`. A request evaluates `MAX_EVALUATED` items in `MAX_QUERIES` queries and no more: a page
that reaches the bound comes back short, with the cursor that goes on; a count stops there, and at `MAX_COUNT`
(`maxRisultati` of the contract).
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex

from chalicelib.kernel.refusals import ParametroNonValido

MAX_COUNT = 10_000
MAX_SKIP = 10_000
MAX_EVALUATED = 20_000
MAX_QUERIES = 500
_QUERY_MAX = 1000
# Where a filter leaves items out, or partitions are merged, what a query gives is not what the page takes.
_QUERY_FILTERED = 200

Tier = str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """The bounds of the range key, both inclusive; None where open."""

    da: str | None = None
    a: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A query over some partitions of an index, in the order given (years, newest first).

    A tuple among `partitions` is read as one, merged by the range key, which must then be unique in all of them.
    `key_names` are the keys of the table.
    """

    index: GlobalSecondaryIndex[Any]
    partitions: Sequence[Tier]
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
    start = _read_cursor(listing, cursor) if cursor else _Position(0)
    walk = _Walk(listing, start, query_size=min(skip + size + 1, _QUERY_MAX))
    found: list[Any] = []
    last = start
    try:
        for item in walk:
            if len(found) == skip + size:
                return Page(items=tuple(found[skip:]), cursor=_write_cursor(listing, last))
            found.append(item)
            last = walk.position
    except _BudgetSpent:
        return Page(items=tuple(found[skip:]), cursor=_cursor_after_budget(walk, start))
    return Page(items=tuple(found[skip:]), cursor=None)


def count(listing: Listing) -> int:
    """Count the matching items, up to MAX_COUNT and as far as one request evaluates."""
    total, budget = 0, _Budget()
    for tier in listing.partitions:
        for partition in (tier,) if isinstance(tier, str) else tier:
            last = None
            while budget.is_left and total < MAX_COUNT:
                page = _count(listing, partition, last, size=budget.most(MAX_COUNT - total, listing.matching))
                budget.spend(page)
                total += page["Count"]
                last = page.get("LastEvaluatedKey")
                if last is None:
                    break
    return min(total, MAX_COUNT)


class _BudgetSpent(Exception):
    """The request has evaluated as much as one may."""


@dataclass(slots=True)
class _Budget:
    queries: int = 0
    evaluated: int = 0

    @property
    def is_left(self) -> bool:
        return self.queries < MAX_QUERIES and self.evaluated < MAX_EVALUATED

    def most(self, wanted: int, matching: Condition | None) -> int:
        """Give how many items a query may evaluate to find those wanted: just these, where no filter leaves any out."""
        left = MAX_EVALUATED - self.evaluated
        return left if matching is not None else min(wanted, left)

    def spend(self, page: dict[str, Any]) -> None:
        self.queries += 1
        self.evaluated += page["ScannedCount"]


@dataclass(frozen=True, slots=True)
class _Position:
    """How far a walk has come: the tier, and the key of the last item evaluated in it."""

    tier: int
    key: dict[str, str] | None = None


@dataclass(slots=True)
class _Walk:
    """One pass over a listing. `position` is that of the item given last, or of what was evaluated in vain since."""

    listing: Listing
    position: _Position
    query_size: int
    budget: _Budget = field(default_factory=_Budget)

    def __iter__(self) -> Iterator[Any]:
        first = self.position
        for number, tier in enumerate(self.listing.partitions[first.tier :], first.tier):
            if number > first.tier:
                self.position = _Position(number)
            yield from self._partition(tier) if isinstance(tier, str) else self._merged(tier)

    def _partition(self, partition: str) -> Iterator[Any]:
        start, names = self.position, _key_names(self.listing)
        last = _start_key(self.listing, partition, start.key) if start.key else None
        size = self.query_size if self.listing.matching is None else max(self.query_size, _QUERY_FILTERED)
        for page in self._pages(partition, _bounds(self.listing), last, size):
            for raw in page["Items"]:
                self.position = _Position(start.tier, {name: raw[name]["S"] for name in names})
                yield _model_of(self.listing, raw)
            if "LastEvaluatedKey" in page:
                key = page["LastEvaluatedKey"]
                self.position = _Position(start.tier, {name: key[name]["S"] for name in names})

    def _merged(self, partitions: tuple[str, ...]) -> Iterator[Any]:
        start, name = self.position, _range_of(self.listing.index).attr_name
        condition = _beyond(self.listing, start.key[name]) if start.key else _bounds(self.listing)
        size = min(self.query_size, _QUERY_FILTERED)
        sources = [
            (raw for page in self._pages(partition, condition, None, size) for raw in page["Items"])
            for partition in partitions
        ]
        for raw in merge(*sources, key=lambda raw: raw[name]["S"], reverse=not self.listing.forward):
            self.position = _Position(start.tier, {name: raw[name]["S"]})
            yield _model_of(self.listing, raw)

    def _pages(
        self, partition: str, condition: Condition | None, last: dict[str, Any] | None, size: int
    ) -> Iterator[dict[str, Any]]:
        while True:
            if not self.budget.is_left:
                raise _BudgetSpent
            page = _query(self.listing, partition, condition, last, size=size)
            self.budget.spend(page)
            yield page
            last = page.get("LastEvaluatedKey")
            if last is None:
                return


def _cursor_after_budget(walk: _Walk, start: _Position) -> str:
    """Give the cursor that goes on from where the budget ended.

    :raises ParametroNonValido: 100001, if nothing was gained: many partitions merged, and next to nothing in them
    """
    if walk.position == start:
        raise ParametroNonValido(
            "filtri: la ricerca esamina troppi elementi senza trovarne; restringere l'intervallo di date o "
            "indicare idDominio, idA2A o idDebitore."
        )
    return _write_cursor(walk.listing, walk.position)


def _query(
    listing: Listing, partition: str, condition: Condition | None, last: dict[str, Any] | None, *, size: int
) -> dict[str, Any]:
    """Read one page of one partition, as DynamoDB gives it."""
    results = listing.index.query(
        partition,
        condition,
        filter_condition=listing.matching,
        scan_index_forward=listing.forward,
        last_evaluated_key=last,
        page_size=size,
    )
    page: dict[str, Any] = next(results.page_iter)
    return page


def _count(listing: Listing, partition: str, last: dict[str, Any] | None, *, size: int) -> dict[str, Any]:
    """Count in one page of one partition, as DynamoDB gives it: a million bytes, or `size` items, and none comes back."""
    index = listing.index
    page: dict[str, Any] = index._model._get_connection().query(  # noqa: SLF001 - pynamodb counts without saying of how many
        partition,
        range_key_condition=_bounds(listing),
        filter_condition=listing.matching,
        # A listing may walk a table itself, by its own key.
        index_name=getattr(index.Meta, "index_name", None),
        exclusive_start_key=last,
        limit=size,
        select="COUNT",
    )
    return page


def _model_of(listing: Listing, raw: dict[str, Any]) -> Any:
    return listing.index._model.from_raw_data(raw)  # noqa: SLF001 - pynamodb offers no public way to its model


def _bounds(listing: Listing) -> Condition | None:
    return _between(_range_of(listing.index), listing.bounds.da, listing.bounds.a)


def _beyond(listing: Listing, key: str) -> Condition | None:
    """Give the bounds that are left after the item of that range key."""
    if listing.forward:
        # The least text that sorts after it.
        return _between(_range_of(listing.index), key + "\0", listing.bounds.a)
    # Nothing sorts right before a text: one character less is near enough, as keys end in an id of printable ones.
    return _between(_range_of(listing.index), listing.bounds.da, key[:-1] + chr(ord(key[-1]) - 1) + "\U0010ffff")


def _between(attribute: Attribute[Any], da: str | None, a: str | None) -> Condition | None:
    if da is not None and a is not None:
        return attribute.between(da, a)
    if da is not None:
        return attribute >= da
    return attribute <= a if a is not None else None


def _hash_of(index: GlobalSecondaryIndex[Any]) -> Attribute[Any]:
    return next(a for a in index.Meta.attributes.values() if a.is_hash_key)


def _range_of(index: GlobalSecondaryIndex[Any]) -> Attribute[Any]:
    return next(a for a in index.Meta.attributes.values() if a.is_range_key)


def _key_names(listing: Listing) -> tuple[str, ...]:
    return (*listing.key_names, _range_of(listing.index).attr_name)


def _start_key(listing: Listing, partition: str, key: dict[str, str]) -> dict[str, Any]:
    return {
        _hash_of(listing.index).attr_name: {"S": partition},
        **{name: {"S": value} for name, value in key.items()},
    }


def _label(tier: Tier) -> str:
    return tier if isinstance(tier, str) else tier[0]


def _write_cursor(listing: Listing, position: _Position) -> str:
    content = {"p": _label(listing.partitions[position.tier]), "k": position.key}
    text = json.dumps(content, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(listing: Listing, cursor: str) -> _Position:
    """Read a cursor. It moves within the partitions and bounds the caller may see, so it needs no signature."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        content = json.loads(base64.urlsafe_b64decode(padded.encode()))
        label, key = content["p"], content["k"]
        number = [_label(tier) for tier in listing.partitions].index(label)
        return _Position(number, _checked_key(listing, number, key) if key is not None else None)
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ParametroNonValido("cursore: non valido; ripartire dalla prima pagina.") from error


def _checked_key(listing: Listing, number: int, key: dict[str, str]) -> dict[str, str]:
    range_name = _range_of(listing.index).attr_name
    names = _key_names(listing) if isinstance(listing.partitions[number], str) else (range_name,)
    found = {name: key[name] for name in names}
    bounds = listing.bounds
    is_text = all(isinstance(value, str) and value for value in found.values())
    if not is_text or not (bounds.da or "") <= found[range_name] <= (bounds.a or found[range_name]):
        raise ValueError(key)
    return found
