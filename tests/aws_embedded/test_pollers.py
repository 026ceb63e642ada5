"""Messages and schedules reach the functions of an app as they would in AWS."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from chalice.app import Chalice, Cron, Rate

from sandbox.aws.pollers import NeverEmpty, Pollers, UnknownSchedule

NOTIFICHE = "govpay-test-notifiche"
GIORNALE = "govpay-test-giornale"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Recorder:
    """An app whose consumer keeps what it gets and fails on what it is told to."""

    def __init__(self) -> None:
        self.app = Chalice(app_name="prova")
        self.events: list[dict[str, Any]] = []
        self.ticks: list[dict[str, Any]] = []
        self.fails_on: set[str] = set()
        self.seen = threading.Event()

        @self.app.on_sqs_message(queue=NOTIFICHE, batch_size=1)
        def notifiche_consumer(event: Any) -> None:
            self.events.append(event.to_dict())
            self.seen.set()
            if {record.body for record in event} & self.fails_on:
                raise RuntimeError("l'ente non risponde")

        @self.app.schedule(Rate(1, unit=Rate.MINUTES))
        def riaccoda_notifiche(event: Any) -> None:
            self.ticks.append(event.to_dict())
            self.seen.set()

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for event in self.events for record in event["Records"]]


@pytest.fixture
def recorder(aws: Any) -> Recorder:
    return Recorder()


def send(body: str, *, queue: str = NOTIFICHE, delay: int = 0) -> None:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    attributes = {"origine": {"DataType": "String", "StringValue": "prova"}}
    sqs.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=delay, MessageAttributes=attributes)


def waiting(queue: str) -> int:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sum(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=COUNTS)["Attributes"].values())


COUNTS = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible")]


class TestDrain:
    def test_hands_over_the_event_of_lambda_and_deletes_the_message(self, recorder: Recorder) -> None:
        send(json.dumps({"id": "n1"}))

        drained = Pollers(recorder.app).drain()

        (record,) = recorder.events[0]["Records"]
        assert (drained.handled, drained.failures, waiting(NOTIFICHE)) == (1, (), 0)
        assert json.loads(record["body"]) == {"id": "n1"}
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"].endswith(f":{NOTIFICHE}")
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert record["messageAttributes"]["origine"]["stringValue"] == "prova"

    def test_follows_messages_from_queue_to_queue(self, recorder: Recorder) -> None:
        @recorder.app.on_sqs_message(queue=GIORNALE, batch_size=1)
        def giornale_consumer(_event: Any) -> None:
            send("dal giornale")

        send("x", queue=GIORNALE)
        send("y", queue=GIORNALE)

        drained = Pollers(recorder.app).drain()

        assert drained.handled == 4
        assert recorder.bodies == ["dal giornale", "dal giornale"]

    def test_moves_what_always_fails_to_the_dead_letters(self, recorder: Recorder) -> None:
        recorder.fails_on = {"veleno"}
        send("veleno")
        send("buono")

        drained = Pollers(recorder.app).drain()

        assert recorder.bodies.count("veleno") == len(drained.failures) == 5
        assert recorder.bodies.count("buono") == drained.handled == 1
        assert (waiting(NOTIFICHE), waiting(f"{NOTIFICHE}-scarti")) == (0, 1)

    def test_retries_what_failed_once(self, recorder: Recorder) -> None:
        recorder.fails_on = {"m"}
        pollers = Pollers(recorder.app)
        send("m")
        pollers._receive(pollers._sources[0], wait=0)
        assert waiting(NOTIFICHE) == 1
        recorder.fails_on = set()

        drained = pollers.drain()

        counts = [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in recorder.events]
        assert (drained.handled, counts, waiting(f"{NOTIFICHE}-scarti")) == (1, ["1", "2"], 0)

    def test_lets_a_failed_message_rest_for_its_visibility_time(self, recorder: Recorder) -> None:
        recorder.fails_on = {"m"}
        pollers = Pollers(recorder.app)
        send("m")

        receives = [pollers._receive(pollers._sources[0], wait=0) for _ in range(2)]

        assert [len(failed) for _well, failed in receives] == [1, 0]

    def test_takes_delayed_messages_only_if_asked(self, recorder: Recorder) -> None:
        send("tardi", delay=900)
        pollers = Pollers(recorder.app)

        assert pollers.drain(delayed=False).handled == 0
        assert pollers.drain().handled == 1

    def test_gives_up_on_a_queue_that_refills_itself(self, recorder: Recorder) -> None:
        @recorder.app.on_sqs_message(queue=GIORNALE, batch_size=1)
        def giornale_consumer(_event: Any) -> None:
            send("ancora", queue=GIORNALE)

        send("ancora", queue=GIORNALE)

        with pytest.raises(NeverEmpty):
            Pollers(recorder.app).drain(most=20)

    def test_gives_back_only_the_failures_a_batch_reports(self, recorder: Recorder) -> None:
        @recorder.app.on_sqs_message(queue=GIORNALE, batch_size=10)
        def giornale_consumer(event: Any) -> dict[str, Any]:
            bad = [r["messageId"] for r in event.to_dict()["Records"] if r["body"] == "cattivo"]
            return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}

        for body in ("buono", "cattivo", "buono"):
            send(body, queue=GIORNALE)

        drained = Pollers(recorder.app).drain()

        assert drained.handled == 2
        assert waiting(f"{GIORNALE}-scarti") == 1


class TestSchedules:
    def test_get_the_event_of_eventbridge(self, recorder: Recorder) -> None:
        Pollers(recorder.app).run_schedule("riaccoda_notifiche", now=NOW)

        (tick,) = recorder.ticks
        assert tick["detail-type"] == "Scheduled Event"
        assert (tick["source"], tick["time"], tick["detail"]) == ("aws.events", "2026-11-24T12:00:00Z", {})
        assert tick["resources"][0].endswith(":rule/riaccoda_notifiche")

    def test_that_are_no_rate_are_refused(self, recorder: Recorder) -> None:
        @recorder.app.schedule(Cron(0, 5, "*", "*", "?", "*"))
        def notte(_event: Any) -> None: ...

        with pytest.raises(UnknownSchedule, match="notte"):
            Pollers(recorder.app)


class TestStarted:
    def test_consumes_by_itself_until_stopped(self, recorder: Recorder) -> None:
        with Pollers(recorder.app) as pollers:
            send("n1")
            assert recorder.seen.wait(timeout=10)
            pollers.drain()

        send("dopo")
        assert recorder.bodies == ["n1"]
        assert waiting(NOTIFICHE) == 1

    def test_keeps_schedules_as_fast_as_asked(self, recorder: Recorder) -> None:
        with Pollers(recorder.app, speed=600):
            assert recorder.seen.wait(timeout=10)

        assert recorder.ticks
