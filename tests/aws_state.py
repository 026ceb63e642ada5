"""The state of the embedded AWS: kept, put back, and told to the last attribute."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from chalicelib.settings import settings


def _tables() -> dict[str, Any]:
    return {
        name: table
        for regions in dynamodb_backends.values()
        for backend in regions.values()
        for name, table in backend.tables.items()
    }


def _queues() -> dict[str, Any]:
    return {
        name: queue
        for regions in sqs_backends.values()
        for backend in regions.values()
        for name, queue in backend.queues.items()
    }


def _buckets() -> dict[str, Any]:
    return {
        name: bucket
        for regions in s3_backends.values()
        for backend in regions.values()
        for name, bucket in backend.buckets.items()
    }


@dataclass(frozen=True)
class Snapshot:
    """What was stored at a moment. Items are never changed in place, so that to keep the references is enough."""

    tables: dict[str, Any]
    queues: dict[str, list[Any]]

    @classmethod
    def take(cls) -> "Snapshot":
        tables = {name: _copied(table.items) for name, table in _tables().items()}
        return cls(tables, {name: list(queue._messages) for name, queue in _queues().items()})

    def restore(self) -> None:
        """Put tables and queues back; buckets are emptied."""
        for name, table in _tables().items():
            table.items = _copied(self.tables[name])
        for name, queue in _queues().items():
            queue._messages[:] = self.queues[name]
            queue._pending_messages.clear()
            queue.deleted_messages.clear()
        for bucket in _buckets().values():
            bucket.keys.clear()


def _copied(items: Any) -> Any:
    return defaultdict(dict, {key: dict(value) if isinstance(value, dict) else value for key, value in items.items()})


def items_of(*, but: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Give all items of all tables, but of those whose name ends so."""
    return {
        name: sorted(str(sorted(item.to_json()["Attributes"].items())) for item in table.all_items())
        for name, table in _tables().items()
        if not name.endswith(tuple(but))
    }


def messages_of(queue_name: str) -> list[Any]:
    """Give the bodies of the messages in that queue of this stage."""
    queue = _queues()[f"{settings().prefix}{queue_name}"]
    return [json.loads(message.body) for message in queue._messages]


def count_of(table_name: str) -> int:
    return len(list(_tables()[f"{settings().prefix}{table_name}"].all_items()))


@contextmanager
def another_stage_gone_after(stage: str) -> Iterator[None]:
    """Take away afterwards the tables, queues and buckets of another stage: embedded AWS outlives a test."""
    try:
        yield
    finally:
        for backends, kind in ((dynamodb_backends, "tables"), (sqs_backends, "queues"), (s3_backends, "buckets")):
            for backend in (backend for regions in backends.values() for backend in regions.values()):
                kept = {name: one for name, one in getattr(backend, kind).items() if f"govpay-{stage}-" not in name}
                setattr(backend, kind, kept)
