"""AWS clients: one a service a process, with time-outs; that of DynamoDB is pynamodb's too (base_table)."""

from functools import lru_cache
from typing import Any

import botocore
import botocore.session
from botocore.config import Config

# A request path answers the Nodo within two seconds: a hung call must fail while there is time to answer.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=4,
    retries={"total_max_attempts": 2, "mode": "standard"},
    max_pool_connections=10,
    tcp_keepalive=True,
    # What botocore writes of itself at each call, and its look through our parameters, took a tenth of a call.
    user_agent=f"govpay Botocore/{botocore.__version__}",
    parameter_validation=False,
)
# A write under a condition may be made again as often as it takes.
_DYNAMODB = _CONFIG.merge(Config(retries={"total_max_attempts": 4, "mode": "standard"}))


@lru_cache(maxsize=1)
def _session() -> Any:
    return botocore.session.get_session()


@lru_cache(maxsize=8)
def client(service: str) -> Any:
    """Give the client of a service (`dynamodb`, `sqs`, `s3`, `ssm`)."""
    return _session().create_client(service, config=_DYNAMODB if service == "dynamodb" else _CONFIG)
