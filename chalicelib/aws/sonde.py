"""How much waits in the queues: two calls a queue, once their addresses are known."""

from dataclasses import dataclass
from functools import lru_cache

from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name

SCARTI = "scarti"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profondita:
    """Messages that wait in a queue, and those that it gave up (its dead letters). Approximate, as SQS counts."""

    in_attesa: int
    scarti: int


def profondita(queue: Queue) -> Profondita:
    name = queue_name(queue)
    return Profondita(in_attesa=_messages(name), scarti=_messages(f"{name}-{SCARTI}"))


def _messages(name: str) -> int:
    found = client("sqs").get_queue_attributes(QueueUrl=_url(name), AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


@lru_cache(maxsize=64)
def _url(name: str) -> str:
    url: str = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url
