"""Make moto 5.2.5 true under threads, and its cost that of what is touched.

As it comes, moto copies every table of a transaction, puts the copies back on failure (undoing the writes of other
threads), lets two threads interleave, sorts the whole table for each query, and looks each value of an answer through
for every type. Here: one request at a time a service, transactions that copy the items they touch, sorted indexes for
queries, and values written by the type they have.

What stays as in moto: ClientRequestToken has no effect and TransactionConflict never comes, because transactions run
one after the other.

The patches are on moto's classes, so they hold for `mock_aws` in process and for the moto server alike. They use
private names: the version is pinned, and tests/aws_embedded fails when the race or the cost returns.
"""

import copy
import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import moto
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb import models
from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import RESULT_SIZE_LIMIT, SecondaryIndex, Table
from moto.dynamodb.responses import DynamoHandler
from moto.sqs.models import Queue
from moto.sqs.responses import SQSResponse

from sandbox.aws.indici import Indexes

MOTO = "5.2.5"
# What is patched, without the types that say it may not be.
_Backend: Any = DynamoDBBackend
_Table: Any = Table
_Queue: Any = Queue
_Index: Any = SecondaryIndex
_Json: Any = BaseJSONSerializer
_models: Any = models
dynamodb_lock = threading.RLock()
sqs_lock = threading.Condition(threading.RLock())


class WrongMoto(RuntimeError):
    """The patches were written for another version."""


def install() -> None:
    """Patch moto, once a process; calling again does nothing.

    :raises WrongMoto: if moto is not the version the patches were written for
    """
    if moto.__version__ != MOTO:
        raise WrongMoto(f"moto {moto.__version__}; the patches are for {MOTO}: read them again, then move the pin")
    if getattr(_Table, "_veloce", False):
        return
    _Table._veloce = True
    _one_request_at_a_time(DynamoHandler, dynamodb_lock)
    _one_request_at_a_time(SQSResponse, sqs_lock)
    _Queue.wait_for_messages = _wait_for_messages
    _Queue.add_message = _add_message(_Queue.add_message)
    _keep_indexes()
    _touch_only_what_is_named()
    _write_only_what_is_there()


def _one_request_at_a_time(handler: Any, lock: Any) -> None:
    """Hold the lock from parsing to serialising: what moto serialises are the live items."""
    call_action = handler.call_action

    @functools.wraps(call_action)
    def locked(self: Any) -> Any:
        with lock:
            return call_action(self)

    handler.call_action = locked


def _wait_for_messages(queue: Any, timeout: int) -> None:
    """Wait for a long poll, letting the other requests pass meanwhile."""
    with sqs_lock:
        sqs_lock.wait_for(lambda: queue.messages, timeout=timeout)


def _add_message(add_message: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(add_message)
    def added(self: Any, message: Any) -> None:
        with sqs_lock:
            add_message(self, message)
            sqs_lock.notify_all()

    return added


# --- answers


def _write_only_what_is_there() -> None:
    """Write a value by the type it has: moto looks each value through for all ten types, under each of their names."""
    write = BaseJSONSerializer._serialize_type_structure

    @functools.wraps(write)
    def written(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name != "AttributeValue" or type(value) is not dict or not key:
            write(self, serialized, value, shape, key)
            return
        kept: dict[str, Any] = {}
        for kind, content in value.items():
            if kind in {"S", "N"} and type(content) is str:
                kept[kind] = content
            else:
                self._serialize_structure_member(kept, value, shape.members[kind], kind)
        self._default_serialize(serialized, kept, shape, key)

    _Json._serialize_type_structure = written


# --- transactions


class _SharedTables:
    """The `copy` module as DynamoDBBackend sees it: a table is not copied, its touched items have been kept."""

    @staticmethod
    def deepcopy(value: Any, *arguments: Any) -> Any:
        return value if isinstance(value, Table) else copy.deepcopy(value, *arguments)


def _touch_only_what_is_named() -> None:
    _models.copy = _SharedTables
    transact, update = DynamoDBBackend.transact_write_items, DynamoDBBackend.update_item

    @functools.wraps(transact)
    def transact_write_items(self: Any, transact_items: list[dict[str, Any]]) -> None:
        with dynamodb_lock, _Undo([_touched(self, item) for item in transact_items]):
            transact(self, transact_items)

    @functools.wraps(update)
    def update_item(self: Any, table_name: str, key: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        with dynamodb_lock:
            touched = _key_in(self, table_name, key)
            # moto changes the stored item in place, and leaves half an update when an expression fails midway.
            with _Undo([touched]), _Reindexed(touched):
                item = update(self, table_name, key, *args, **kwargs)
                _refuse_wrong_index_keys(self.get_table(table_name), item.to_json()["Attributes"])
                return item

    _Backend.transact_write_items = transact_write_items
    _Backend.update_item = update_item


_Touched = tuple[Any, Any, Any] | None


def _touched(backend: Any, item: dict[str, Any]) -> _Touched:
    operation, body = next(iter(item.items()))
    if operation == "ConditionCheck":
        return None
    return _key_in(backend, body.get("TableName", ""), body.get("Item" if operation == "Put" else "Key", {}))


def _key_in(backend: Any, table_name: str, values: dict[str, Any]) -> _Touched:
    """Give table, hash and range value; None for a request that moto will refuse by itself."""
    table = backend.tables.get(table_name)
    if table is None or any(name not in values for name in table.table_key_attrs):
        return None
    range_value = DynamoType(values[table.range_key_attr]) if table.range_key_attr else None
    return table, DynamoType(values[table.hash_key_attr]), range_value


class _Undo:
    """Put the items back as they were if the block raises."""

    def __init__(self, touched: Sequence[_Touched]) -> None:
        self._before = [(one, copy.deepcopy(one[0].get_item(one[1], one[2]))) for one in touched if one is not None]

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        for (table, hash_value, range_value), item in reversed(self._before):
            _store(table, hash_value, range_value, item)


def _store(table: Any, hash_value: Any, range_value: Any, item: Any) -> None:
    """Make `item` the stored one, None for none, without what a write of a client would check."""
    with _Reindexed((table, hash_value, range_value)):
        if item is None and range_value is None:
            table.items.pop(hash_value, None)
        elif item is None:
            table.items[hash_value].pop(range_value, None)
        elif range_value is None:
            table.items[hash_value] = item
        else:
            table.items[hash_value][range_value] = item


# --- indexes


def indexes_of(table: Any) -> Indexes:
    """Give the sorted indexes of a table, built when first asked for."""
    indexes: Indexes | None = getattr(table, "_veloce_indexes", None)
    if indexes is None or not indexes.fit(table):
        indexes = table._veloce_indexes = Indexes(table)
    return indexes


class _Reindexed:
    """Take the item out of the indexes before the block, and put what is stored after it in."""

    def __init__(self, touched: _Touched) -> None:
        self._touched = touched

    def __enter__(self) -> None:
        if self._touched is not None:
            table, hash_value, range_value = self._touched
            if (item := table.get_item(hash_value, range_value)) is not None:
                indexes_of(table).remove(item)

    def __exit__(self, *_error: object) -> None:
        if self._touched is not None:
            table, hash_value, range_value = self._touched
            if (item := table.get_item(hash_value, range_value)) is not None:
                indexes_of(table).add(item)


def _keep_indexes() -> None:
    put, delete, query, all_items = Table.put_item, Table.delete_item, Table.query, Table.all_items

    @functools.wraps(put)
    def put_item(self: Any, item_attrs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        with dynamodb_lock:
            _refuse_wrong_index_keys(self, item_attrs)
            present = all(name in item_attrs for name in self.table_key_attrs)
            hash_value = DynamoType(item_attrs[self.hash_key_attr]) if present else None
            range_value = DynamoType(item_attrs[self.range_key_attr]) if present and self.range_key_attr else None
            with _Reindexed((self, hash_value, range_value) if present else None):
                return put(self, item_attrs, *args, **kwargs)

    @functools.wraps(delete)
    def delete_item(self: Any, hash_key: Any, range_key: Any) -> Any:
        with dynamodb_lock, _Reindexed((self, hash_key, range_key)):
            return delete(self, hash_key, range_key)

    @functools.wraps(query)
    def narrowed_query(self: Any, *args: Any, **kwargs: Any) -> Any:
        with dynamodb_lock:
            self._veloce_candidates = _candidates(self, *args, **kwargs)
            try:
                return query(self, *args, **kwargs)
            finally:
                self._veloce_candidates = None

    @functools.wraps(all_items)
    def narrowed_items(self: Any) -> list[Any]:
        candidates: list[Any] | None = getattr(self, "_veloce_candidates", None)
        return all_items(self) if candidates is None else candidates

    _Table.put_item, _Table.delete_item = put_item, delete_item
    _Table.query, _Table.all_items = narrowed_query, narrowed_items
    _Index.project = _project


def _project(index: Any, item: Any) -> Any:
    """Leave in an item, which moto has copied for the answer, what the index holds: moto parses paths for each name."""
    if index.projection and index.projection.get("ProjectionType", "ALL") != "ALL":
        held = {*index.table_key_attrs, *index.schema_key_attrs, *index.projection.get("NonKeyAttributes", ())}
        for name in item.attrs.keys() - held:
            del item.attrs[name]
    return item


def _refuse_wrong_index_keys(table: Any, item_attrs: dict[str, Any]) -> None:
    """Refuse, as DynamoDB does and moto does not, an index key that is empty or of another type than declared."""
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in table.attr}
    for index in table.global_indexes:
        for name in index.schema_key_attrs:
            (kind, value), *_ = item_attrs.get(name, {types[name]: None}).items()
            if kind != types[name] or value == "":
                raise MockValidationException(
                    "One or more parameter values were invalid: the value of key attribute "
                    f"{name} of index {index.name} must be a non-empty {types[name]}"
                )


def _candidates(  # noqa: PLR0917 - the signature of Table.query
    table: Any,
    hash_key: Any,
    range_comparison: str | None,
    range_objs: list[Any],
    limit: int | None,
    exclusive_start_key: dict[str, Any] | None,
    scan_index_forward: bool,
    _projection: Any,
    index_name: str | None = None,
    _consistent: bool = False,
    _filter: Any = None,
    hash_key_conditions: Sequence[tuple[str, Any]] | None = None,
    range_key_conditions: Any = None,
    **filters: Any,
) -> list[Any] | None:
    """Give the items that the query will look at, in order; None for the rare forms left to moto whole."""
    indexes = indexes_of(table)
    if filters or index_name not in indexes.names or (range_key_conditions and len(range_key_conditions) > 1):
        return None
    value = dict(hash_key_conditions or []).get(indexes.hash_name(index_name), hash_key) if index_name else hash_key
    if value is None:
        return None
    if exclusive_start_key is not None and not indexes.may_start_at(index_name, exclusive_start_key):
        raise MockValidationException("The provided starting key is invalid")
    found = indexes.slice(
        index_name,
        value,
        comparison=range_comparison,
        operands=range_objs,
        after=exclusive_start_key,
        forward=scan_index_forward is not False,
    )
    candidates = list(_one_page_and_one(found, limit))
    if any(table.get_item(item.hash_key, item.range_key) is not item for item in candidates):
        # The table was emptied or filled behind our back, as tests do: build again from what is there.
        table._veloce_indexes = None
        return None
    return candidates


def _one_page_and_one(items: Iterator[Any], limit: int | None) -> Iterator[Any]:
    """Give what fills a page of the answer, and one more by which moto knows that there is a next page."""
    size = 0
    for number, item in enumerate(items):
        yield item
        if limit is not None and number >= limit:
            return
        size += item.size()
        if size > RESULT_SIZE_LIMIT:
            return
