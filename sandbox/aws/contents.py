"""The contents of the embedded AWS, seen from within: what no AWS API offers, and tests and the demo need.

Works where moto runs in this process, behind `mock_aws` or as the server.
"""

from collections.abc import Iterator
from typing import Any

import moto

from sandbox.aws.veloce import dynamodb_lock, sqs_lock


def make_visible(queue_name: str, *, delayed: bool = True) -> int:
    """Let the failed messages of a queue, and the delayed ones, be received now, and count them.

    Time passes for no one else.
    """
    released = 0
    with sqs_lock:
        for queue in _queues(queue_name):
            for message in queue._messages:
                if not message.visible or (delayed and message.delayed):
                    message.visible_at = 0.0
                    message.delayed_until = 0.0 if delayed else message.delayed_until
                    released += 1
        sqs_lock.notify_all()
    return released


def _queues(name: str) -> Iterator[Any]:
    return (backend.queues[name] for backend in backends("sqs") if name in backend.queues)


def empty_everything() -> None:
    """Empty every table, queue and bucket, and keep them: what a test leaves is not found by the next.

    The secrets of SSM go too.
    """
    with dynamodb_lock:
        for backend in backends("dynamodb"):
            for table in backend.tables.values():
                table.items.clear()
                table._veloce_indexes = None
    with sqs_lock:
        for backend in backends("sqs"):
            for queue in backend.queues.values():
                queue._messages, queue._pending_messages = [], set()
                queue.deleted_messages.clear()
    for backend in backends("s3"):
        for bucket in backend.buckets.values():
            bucket.keys.clear()
    for backend in backends("ssm"):
        backend._parameters.clear()


def backends(service: str) -> Iterator[Any]:
    """Give what moto holds of a service, one a region."""
    moto_backends: Any = moto.backends
    for account in moto_backends.get_backend(service).values():
        yield from account.values()
