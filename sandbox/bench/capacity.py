"""What one DynamoDB call consumes, from the items it touched before and after it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.bench.units import Index, Item, index_units, item_size, read_units, write_units

_WRITES = {"Put": "Item", "Delete": "Key", "Update": "Key", "ConditionCheck": "Key"}
_SINGLE = {"PutItem": "Item", "DeleteItem": "Key", "UpdateItem": "Key"}


class Store(Protocol):
    """The tables as they are now, read without a call."""

    def key_names(self, table: str) -> tuple[str, ...]: ...

    def item(self, table: str, key: Item) -> Item | None: ...

    def indexes(self, table: str) -> tuple[Index, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Items and request units; `index_units` are part of `write_units`."""

    items_read: int = 0
    items_written: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    index_units: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            items_read=self.items_read + other.items_read,
            items_written=self.items_written + other.items_written,
            read_units=self.read_units + other.read_units,
            write_units=self.write_units + other.write_units,
            index_units=self.index_units + other.index_units,
        )


class WholeTableRead(RuntimeError):
    """A Scan: nothing of ours reads a whole table."""


Again = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Touched:
    table: str
    key: Item
    before: Item | None


class Metered:
    """One call, seen from before it is made. `cost` is asked after it."""

    def __init__(self, store: Store, operation: str, params: Mapping[str, Any]) -> None:
        if operation in {"Scan", "ExecuteStatement"}:
            raise WholeTableRead(operation)
        self._store, self._operation, self._params = store, operation, params
        self._writes = [
            _Touched(table, key, store.item(table, key)) for table, key in _written(store, operation, params)
        ]

    def cost(self, response: Mapping[str, Any] | None, again: Again) -> Cost:
        """Give the cost. `response` None: the call failed, and cost the same but wrote nothing.

        `again` makes a query once more, unmetered: to see the items that a filter or a count left out.
        """
        if self._writes:
            return self._of_writes(wrote=response is not None)
        if response is None:
            return Cost(read_units=0.5)
        match self._operation:
            case "Query":
                return self._of_query(response, again)
            case "GetItem":
                consistent = self._params.get("ConsistentRead", False)
                return self._of_get(self._params["TableName"], self._params["Key"], consistent=consistent)
            case "BatchGetItem":
                return sum((self._of_batch(t, part) for t, part in self._params["RequestItems"].items()), Cost())
            case "TransactGetItems":
                gets = [one["Get"] for one in self._params["TransactItems"]]
                return sum((self._of_get(g["TableName"], g["Key"], transactional=True) for g in gets), Cost())
        return Cost()

    def _of_writes(self, *, wrote: bool) -> Cost:
        transactional = self._operation == "TransactWriteItems"
        total = Cost()
        for touched in self._writes:
            after = self._store.item(touched.table, touched.key)
            table = write_units(touched.before, after, transactional=transactional)
            index = sum(index_units(one, touched.before, after) for one in self._store.indexes(touched.table))
            changed = int(wrote and touched.before != after)
            total += Cost(items_written=changed, write_units=table + index, index_units=index)
        return total

    def _of_query(self, response: Mapping[str, Any], again: Again) -> Cost:
        items = response.get("Items", [])
        if {"FilterExpression", "ProjectionExpression", "Select"} & self._params.keys():
            items = again(_unfiltered(self._params))["Items"]
        index = next((i for i in self._indexes() if i.name == self._params.get("IndexName")), None)
        entries = items if index is None else [index.entry(item) or item for item in items]
        size = sum(item_size(entry) for entry in entries)
        consistent = self._params.get("ConsistentRead", False)
        return Cost(items_read=len(items), read_units=read_units(size, consistent=consistent))

    def _indexes(self) -> tuple[Index, ...]:
        return self._store.indexes(self._params["TableName"])

    def _of_batch(self, table: str, part: Mapping[str, Any]) -> Cost:
        consistent = part.get("ConsistentRead", False)
        return sum((self._of_get(table, key, consistent=consistent) for key in part["Keys"]), Cost())

    def _of_get(self, table: str, key: Item, *, consistent: bool = False, transactional: bool = False) -> Cost:
        item = self._store.item(table, key)
        size = item_size(item) if item else 0
        units = read_units(size, consistent=consistent, transactional=transactional)
        return Cost(items_read=int(item is not None), read_units=units)


def _written(store: Store, operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, Item]]:
    """Give table and key of every item that a call may write or check."""
    if operation in _SINGLE:
        yield params["TableName"], _key(store, params["TableName"], params[_SINGLE[operation]])
    elif operation == "TransactWriteItems":
        for one in params["TransactItems"]:
            ((kind, body),) = one.items()
            yield body["TableName"], _key(store, body["TableName"], body[_WRITES[kind]])
    elif operation == "BatchWriteItem":
        for table, requests in params["RequestItems"].items():
            for request in requests:
                ((kind, body),) = request.items()
                yield table, _key(store, table, body["Item" if kind == "PutRequest" else "Key"])


def _key(store: Store, table: str, values: Item) -> Item:
    return {name: values[name] for name in store.key_names(table)}


def _unfiltered(params: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same query without what hides items, and without the names that only that used."""
    hidden = {"FilterExpression", "ProjectionExpression", "Select"}
    kept = {name: value for name, value in params.items() if name not in hidden}
    condition = kept["KeyConditionExpression"]
    for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
        used = {name: value for name, value in kept.pop(names, {}).items() if _uses(condition, name)}
        if used:
            kept[names] = used
    return kept


def _uses(expression: str, name: str) -> bool:
    words = "".join(c if c.isalnum() or c in "_#:" else " " for c in expression).split()
    return name in words
