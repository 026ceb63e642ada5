"""The process that consumes, for `rendicontazione`: as a Lambda it has the app and its AWS clients, and no AWS within.

Consumes the messages of a queue until there are none, and prints what that took. Delays of messages are not waited for:
the clock that the steps are given goes on by two seconds a message instead. As SQS does, a message whose step meets a
conflict is given again, five times in all: a write whose answer was lost is made again by the client, and finds itself.
"""

import json
import re
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.client import BaseClient

_Client: Any = BaseClient
_PASSO = timedelta(seconds=2)
_MESSAGES_MAX = 10_000
_RECEIVED_MAX = 5  # maxReceiveCount


def main(coda: str, giorno: str) -> None:
    import app  # noqa: F401 - wires the ports
    from chalicelib.aws.clients import client
    from chalicelib.aws.queues import Queue, queue_name

    calls, written = _counted()
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name(Queue(coda)))["QueueUrl"]
    handle, now = _handler(coda), datetime.fromisoformat(giorno).replace(tzinfo=UTC)
    longest, messages, before = 0.0, 0, 0
    began = cpu = 0.0
    while messages < _MESSAGES_MAX:
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ())
        if not found:
            break
        if messages == 0:
            # What a process that has begun to work holds is there whatever it works on.
            before, began, cpu = _peak(), time.perf_counter(), time.process_time()
            calls.clear()
            written.clear()
        started = time.perf_counter()
        ricevi(handle, json.loads(found[0]["Body"]), now=now)
        longest = max(longest, time.perf_counter() - started)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        now, messages = now + _PASSO, messages + 1
    for not_ours in ("ReceiveMessage", "DeleteMessage"):  # Lambda's own
        calls.pop(not_ours, None)
    figures = {
        "messages": messages,
        "longest": longest,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "grown_mb": (_peak() - before) / 1024,
        "calls": dict(calls),
        "most_written": max(written, default=0),
    }
    print(json.dumps(figures))


def ricevi(handle: Callable[..., object], message: Mapping[str, Any], *, now: datetime) -> None:
    """Give a message to its step, again while that meets a conflict, as often as the queue receives it.

    :raises WriteConflict: the last time
    """
    from chalicelib.aws.transactions import WriteConflict

    for received in range(1, _RECEIVED_MAX + 1):
        try:
            handle(message, now=now)
        except WriteConflict as conflict:
            if received == _RECEIVED_MAX:
                raise
            print(f"conflitto ({conflict}): il messaggio torna, volta {received + 1}", file=sys.stderr)
        else:
            return


def _handler(coda: str) -> Any:
    from chalicelib.riconciliazione import operations as riconciliazione
    from chalicelib.riconciliazione.importazione import operations as importazione

    if coda == "tracciati":
        from chalicelib.tracciati.operations.consegna import handle

        return handle
    return riconciliazione.acquire_step if coda == "flussi" else importazione.handle


def _counted() -> tuple[Counter[str], set[int]]:
    """Count the calls of every client, and how many items the transactions had."""
    calls, written = Counter[str](), set[int]()
    original = _Client._make_api_call

    def counted(client: Any, operation: str, params: Any) -> Any:
        calls[operation] += 1
        if operation == "TransactWriteItems":
            written.add(len(params["TransactItems"]))
        return original(client, operation, {**params, "DelaySeconds": 0} if operation == "SendMessage" else params)

    _Client._make_api_call = counted
    return calls, written


def _peak() -> int:
    """Give the most memory that this process has held, in kB."""
    status = Path(
        "/proc/self/status"
    )  # the peak of getrusage is, on Linux, also that of the process that began this one
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+)", status.read_text(encoding="utf-8"))
        if found is not None:
            return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(*sys.argv[1:])
