"""A process of GovPay, as Lambda would run one of many: the API on a port, the consumers of all queues, the schedules.

    python -m tests.concurrency.funzione LOG

prints its address, and ends when its standard input does. The environment says where AWS is, as in AWS. What it sends
to a queue arrives twice, half of the times: SQS delivers at least once.
"""

import random
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.client import BaseClient

_TWICE = 0.5
_SPEED = 30.0  # a message that failed is back, and a schedule of a minute comes, after two seconds


def main() -> None:
    from app import app
    from sandbox.aws.gateway import Gateway
    from sandbox.aws.pollers import Pollers
    from sandbox.world import redirect_log

    with (
        redirect_log(Path(sys.argv[1])),
        mock.patch.object(BaseClient, "_make_api_call", _at_least_once),
        Gateway(app) as gateway,
        Pollers(app, speed=_SPEED),
    ):
        sys.stdout.write(f"{gateway.url}\n")
        sys.stdout.flush()
        sys.stdin.read()


_call = vars(BaseClient)["_make_api_call"]


def _at_least_once(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
    if operation == "SendMessage" and random.random() < _TWICE:  # noqa: S311 - a game
        _call(client, operation, dict(parameters))
    return _call(client, operation, parameters)


if __name__ == "__main__":
    main()
