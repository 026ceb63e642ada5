"""What every DynamoDB table shares: prefix, client, a version on every item.

An item is its keys, the attributes its indexes need, and `documento`: the aggregate as JSON text (aws/codec.py).
What is not a key or an index is not an attribute: adding a field to an aggregate changes no table.
"""

from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import TableConnection
from pynamodb.models import Model

from chalicelib.aws.clients import client
from chalicelib.settings import settings


def table_name(name: str) -> str:
    return f"{settings().prefix}{name}"


class BaseMeta:
    """What the Meta of every table has in common: nothing yet; region, time-outs and retries are of the client."""


class BaseTable(Model):
    """An item with a version. Repositories write it through aws/transactions.py only."""

    versione = NumberAttribute(default=1)
    documento = UnicodeAttribute(null=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Have all tables share one client: pynamodb makes one a table, each with its own start and its own sockets."""
        connection = super()._get_connection()
        if connection.connection._client is None:  # noqa: SLF001 - pynamodb takes no client by any public way
            connection.connection._client = client("dynamodb")  # noqa: SLF001
        return connection


def tables(shape: type[BaseTable] = BaseTable) -> list[type[BaseTable]]:
    """Give every table that was imported; what only tables share has no Meta and is none."""
    found: list[type[BaseTable]] = []
    for table in shape.__subclasses__():
        found += [table] if hasattr(table, "Meta") else tables(table)
    return found


def raw_client(table: type[Model]) -> Any:
    """Give the botocore client that pynamodb uses for the table."""
    return table._get_connection().connection.client  # noqa: SLF001 - pynamodb offers no public way to its client
