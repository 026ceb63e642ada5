"""The name of every queue; send(), after the commit."""

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.settings import settings


class Queue(StrEnum):
    """Consumers are in app.py; retries and dead-letter queues in infra/queues.yaml."""

    NOTIFICHE = "notifiche"
    GIORNALE = "giornale"
    NODO_RPT = "nodo-rpt"
    RICEVUTE = "ricevute"
    FLUSSI = "flussi"
    INCASSI = "incassi"
    GIORNALE_DI_CASSA = "giornale-di-cassa"
    RECUPERO = "recupero"
    TRACCIATI = "tracciati"
    PROMEMORIA = "promemoria"


def queue_name(queue: Queue) -> str:
    return f"{settings().prefix}{queue}"


@lru_cache(maxsize=16)
def _url(queue: Queue) -> str:
    url: str = client("sqs").get_queue_url(QueueName=queue_name(queue))["QueueUrl"]
    return url


def send(queue: Queue, message: Mapping[str, Any], *, delay_seconds: int = 0) -> None:
    """Send one message, at most 256 kB; it may be delivered more than once."""
    client("sqs").send_message(
        QueueUrl=_url(queue),
        MessageBody=json.dumps(message, separators=(",", ":"), ensure_ascii=False),
        DelaySeconds=delay_seconds,
    )
