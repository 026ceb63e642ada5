"""AWS clients: one a service a process, with time-outs. botocore, because pynamodb has loaded it already."""

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config

# A request path answers the Nodo within two seconds: a hung call must fail while there is time to answer.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=4,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=10,
    tcp_keepalive=True,
)


@lru_cache(maxsize=1)
def _session() -> Any:
    return botocore.session.get_session()


@lru_cache(maxsize=8)
def client(service: str) -> Any:
    """Give the client of a service (`sqs`, `s3`, `ssm`)."""
    return _session().create_client(service, config=_CONFIG)
