"""What every DynamoDB table shares: prefix, time-outs, a version on every item.

An item is its keys, the attributes its indexes need, and `documento`: the aggregate as JSON text (aws/codec.py).
What is not a key or an index is not an attribute: adding a field to an aggregate changes no table.
"""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.settings import settings


def table_name(name: str) -> str:
    return f"{settings().prefix}{name}"


class BaseMeta:
    """Time-outs in seconds; retries by botocore, few: a queue retries better than a request."""

    connect_timeout_seconds = 1
    read_timeout_seconds = 4
    max_retry_attempts = 3
    max_pool_connections = 10


class BaseTable(Model):
    """An item with a version. Repositories write it through aws/transactions.py only."""

    versione = NumberAttribute(default=1)
    documento = UnicodeAttribute(null=True)


def raw_client(table: type[Model]) -> Any:
    """Give the botocore client that pynamodb made for the table, so that there is one in the process."""
    return table._get_connection().connection.client  # noqa: SLF001 - pynamodb offers no public way to its client
