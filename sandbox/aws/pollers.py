"""What calls the functions in AWS: SQS event source mappings and EventBridge schedules.

Messages become the event that Lambda would get. A handler that returns has its messages deleted, but for those named
in `batchItemFailures`; one that raises has them back when the visibility time-out is over, until the queue's maximum
of receives moves them to the dead-letter queue.
"""

import logging
import math
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import boto3
from chalice.app import Chalice, ScheduledEventConfig, SQSEventConfig
from chalice.local import LambdaContext

from sandbox.aws.contents import make_visible

_log = logging.getLogger(__name__)
_ACCOUNT = "123456789012"
_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_MOST = 10_000
_DEFAULT_TIMEOUT = 60


class UnknownSchedule(ValueError):
    """A schedule that is no rate()."""


class NeverEmpty(RuntimeError):
    """The handlers put messages in faster than they take them out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What a drain did: messages that went well, receives that failed, and why."""

    handled: int
    failures: tuple[tuple[str, Exception], ...]


@dataclass(slots=True)
class _Source:
    """One queue and its function."""

    name: str
    queue: str
    batch_size: int
    arn: str
    url: str
    visibility: int
    turn: Any = field(default_factory=threading.Lock)


class Pollers:
    """Call the consumers and schedules of an app. Alone it only drains; start() makes it work by itself.

    :param speed: schedules come, and failed messages come back, this many times sooner than in AWS
    :param timeouts: seconds a function may take, by name, as its context tells it; nothing interrupts it
    :raises UnknownSchedule: for a cron(), which none of our schedules is
    """

    def __init__(self, app: Chalice, *, speed: float = 1.0, timeouts: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._speed = speed
        self._timeouts = timeouts or {}
        self._sqs = boto3.client("sqs")
        self._sources = [self._source(e) for e in app.event_sources if isinstance(e, SQSEventConfig)]
        self._schedules = {e.name: period(e) for e in app.event_sources if isinstance(e, ScheduledEventConfig)}
        self._threads: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._free = threading.Event()
        self._free.set()

    def _source(self, event_source: Any) -> _Source:
        queue = event_source.queue or event_source.queue_arn.rpartition(":")[2]
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", "VisibilityTimeout"])
        return _Source(
            name=event_source.name,
            queue=queue,
            batch_size=min(event_source.batch_size, 10),
            arn=attributes["Attributes"]["QueueArn"],
            url=url,
            visibility=int(attributes["Attributes"]["VisibilityTimeout"]),
        )

    # --- by itself

    def start(self) -> Self:
        """Consume and keep the schedules in threads of their own, until stop()."""
        self._stopped.clear()
        for source in self._sources:
            self._spawn(source.name, self._consume, source)
        for name, seconds in self._schedules.items():
            self._spawn(name, self._keep, name, seconds / self._speed)
        return self

    def stop(self) -> None:
        """Stop after the messages in hand."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=10)
        self._threads.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self, name: str, target: Any, *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _consume(self, source: _Source) -> None:
        while not self._stopped.is_set():
            if self._free.wait(timeout=1):
                with source.turn:
                    self._receive(source, wait=1)

    def _keep(self, name: str, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            try:
                self.run_schedule(name)
            except Exception:  # noqa: BLE001 - as in Lambda: logged, and the next tick comes anyway
                _log.exception("schedule %s failed", name)

    # --- on demand

    def drain(self, *, delayed: bool = True, most: int = _MOST) -> Drained:
        """Handle messages, one after the other, until every queue is empty or its messages are dead letters.

        Failed messages come back at once, and so do delayed ones unless `delayed` is false. Queues that have no
        consumer in the app, dead-letter queues among them, are left as they are.

        :raises NeverEmpty: after `most` receives
        """
        handled, failures = 0, list[tuple[str, Exception]]()
        self._free.clear()
        try:
            for well, failed in self._rounds(delayed=delayed):
                handled += well
                failures += failed
                if handled + len(failures) > most:
                    raise NeverEmpty(f"{most} messages and still some left")
        finally:
            self._free.set()
        return Drained(handled=handled, failures=tuple(failures))

    def _rounds(self, *, delayed: bool) -> Iterator[tuple[int, list[tuple[str, Exception]]]]:
        """Give what each receive did, until a round over all queues finds nothing."""
        while True:
            found = False
            for source in self._sources:
                with source.turn:
                    while True:
                        make_visible(source.queue, delayed=delayed)
                        well, failed = self._receive(source, wait=0)
                        if not well and not failed:
                            break
                        found = True
                        yield well, failed
            if not found:
                return

    def run_schedule(self, name: str, *, now: datetime | None = None) -> Any:
        """Call a scheduled function once, now, with the event of EventBridge; what it raises is raised."""
        return self._call(name, scheduled_event(name, now=now or datetime.now(UTC), region=self._region))

    @property
    def _region(self) -> str:
        region: str = self._sqs.meta.region_name
        return region

    def _call(self, name: str, event: dict[str, Any]) -> Any:
        timeout = self._timeouts.get(name, _DEFAULT_TIMEOUT)
        return self._app.handler_map[name](event, LambdaContext(name, 512, max_runtime_ms=timeout * 1000))

    def _receive(self, source: _Source, *, wait: int) -> tuple[int, list[tuple[str, Exception]]]:
        """Receive one batch and hand it over; give how many went well and what failed."""
        messages = self._sqs.receive_message(
            QueueUrl=source.url,
            MaxNumberOfMessages=source.batch_size,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return 0, []
        event = {"Records": [record(message, arn=source.arn, region=self._region) for message in messages]}
        failed = self._hand_over(source, event)
        for message in messages:
            self._settle(source, message, failed=message["MessageId"] in failed)
        return len(messages) - len(failed), [(source.queue, error) for error in failed.values()]

    def _hand_over(self, source: _Source, event: dict[str, Any]) -> dict[str, Exception]:
        """Call the consumer; give the ids of the messages that failed."""
        ids = [entry["messageId"] for entry in event["Records"]]
        try:
            answer = self._call(source.name, event)
        except Exception as error:  # noqa: BLE001 - as in Lambda: logged, and the queue tries again
            _log.exception("%s failed", source.name)
            return dict.fromkeys(ids, error)
        failures = answer.get("batchItemFailures", []) if isinstance(answer, dict) else []
        return {one["itemIdentifier"]: Reported(one["itemIdentifier"]) for one in failures}

    def _settle(self, source: _Source, message: dict[str, Any], *, failed: bool) -> None:
        receipt = {"QueueUrl": source.url, "ReceiptHandle": message["ReceiptHandle"]}
        if not failed:
            self._sqs.delete_message(**receipt)
        elif self._speed != 1:
            seconds = math.ceil(source.visibility / self._speed)
            self._sqs.change_message_visibility(**receipt, VisibilityTimeout=seconds)


class Reported(Exception):
    """A message named in batchItemFailures: the consumer told of the failure instead of raising it."""


def period(event_source: Any) -> int:
    """Give the seconds of a rate().

    :raises UnknownSchedule: for anything else
    """
    expression = event_source.schedule_expression
    text = expression if isinstance(expression, str) else expression.to_string()
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text)
    if found is None:
        raise UnknownSchedule(f"{event_source.name}: {text}")
    return int(found[1]) * _SECONDS[found[2]]


def record(message: dict[str, Any], *, arn: str, region: str) -> dict[str, Any]:
    """Give a received message as Lambda gives it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "dataType": value["DataType"],
                "stringValue": value.get("StringValue"),
                "binaryValue": value.get("BinaryValue"),
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": region,
    }


def scheduled_event(name: str, *, now: datetime, region: str) -> dict[str, Any]:
    """Give the event of an EventBridge schedule."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": _ACCOUNT,
        "time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [f"arn:aws:events:{region}:{_ACCOUNT}:rule/{name}"],
        "detail": {},
    }
