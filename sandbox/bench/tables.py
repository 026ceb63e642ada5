"""The tables of the embedded AWS, read where they are: in this process, without a call."""

from functools import lru_cache
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from sandbox.aws.template import REGION
from sandbox.bench.units import Index, Item


def table(name: str) -> Any:
    """Give moto's own table."""
    for regions in dynamodb_backends.values():
        if REGION in regions and name in regions[REGION].tables:
            return regions[REGION].tables[name]
    raise LookupError(name)


class MotoStore:
    """Implements capacity.Store."""

    def key_names(self, name: str) -> tuple[str, ...]:
        return tuple(table(name).table_key_attrs)

    def item(self, name: str, key: Item) -> Item | None:
        stored = table(name)
        values = [DynamoType(dict(key[attribute])) for attribute in stored.table_key_attrs]
        found = stored.get_item(*values) if len(values) > 1 else stored.get_item(values[0], None)
        if found is None:
            return None
        item: Item = found.to_json()["Attributes"]
        return item

    def indexes(self, name: str) -> tuple[Index, ...]:
        return _indexes(name)


@lru_cache(maxsize=64)
def _indexes(name: str) -> tuple[Index, ...]:
    stored = table(name)
    return tuple(
        Index(
            name=index.name,
            keys=tuple(index.schema_key_attrs),
            projected=_projected(index.projection, (*index.schema_key_attrs, *stored.table_key_attrs)),
        )
        for index in stored.global_indexes
    )


def _projected(projection: dict[str, Any], keys: tuple[str, ...]) -> frozenset[str] | None:
    if projection.get("ProjectionType", "ALL") == "ALL":
        return None
    return frozenset((*projection.get("NonKeyAttributes", ()), *keys))
