"""Many of what one step of ours wrote: the same items, with another number where they had a marker."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from moto.dynamodb.models.dynamo_type import DynamoType

from sandbox.aws import veloce
from sandbox.bench.tables import table

MARCA = "900000000"  # in the keys and the text of the original; a copy has its own number there, as long


class Stampo:
    """What is written between `prima` and the first copy is the original. Reads and fills moto's own tables."""

    def __init__(self, *nomi: str) -> None:
        self._tabelle = [table(f"govpay-bench-{nome}") for nome in nomi]
        self._prima = {(id(one), chiave) for one in self._tabelle for chiave in _chiavi(one)}

    def riempi(self, quanti: int, *, solo: str = "") -> None:
        """Make so many copies of the original, numbered from 1; with `solo` of its items with that range key only."""
        for tabella in self._tabelle:
            nuovi = [
                item
                for chiave in list(_chiavi(tabella))
                if (id(tabella), chiave) not in self._prima and MARCA in chiave[0] and chiave[1].startswith(solo)
                for item in [_item(tabella, *chiave)]
            ]
            for item in nuovi:
                marcati = [name for name, value in item.attrs.items() if MARCA in str(value.value)]
                for numero in range(1, quanti + 1):
                    _metti(tabella, _copia(item, marcati, f"{numero:0{len(MARCA)}d}"))
            tabella._veloce_indexes = None
            veloce.indexes_of(tabella)

    @contextmanager
    def provvisorio(self) -> Iterator[Self]:
        """Take the copies away again."""
        before = [{chiave: _contenuto(stored) for chiave, stored in one.items.items()} for one in self._tabelle]
        yield self
        for tabella, items in zip(self._tabelle, before, strict=True):
            tabella.items.clear()
            tabella.items.update(items)
            tabella._veloce_indexes = None
            veloce.indexes_of(tabella)


def _contenuto(stored: Any) -> Any:
    return dict(stored) if isinstance(stored, dict) else stored


def _chiavi(tabella: Any) -> Iterator[tuple[str, str]]:
    for hash_value, stored in tabella.items.items():
        if tabella.has_range_key:
            yield from ((hash_value.value, range_value.value) for range_value in stored)
        else:
            yield hash_value.value, ""


def _item(tabella: Any, hash_value: str, range_value: str) -> Any:
    return tabella.get_item(
        DynamoType({"S": hash_value}), DynamoType({"S": range_value}) if tabella.has_range_key else None
    )


def _copia(item: Any, marcati: list[str], numero: str) -> Any:
    from sandbox.bench.flatness import _shallow, set_text

    copied = _shallow(item)
    for name in marcati:
        set_text(copied, name, item.attrs[name].value.replace(MARCA, numero))
    copied.hash_key = DynamoType({"S": item.hash_key.value.replace(MARCA, numero)})
    if item.range_key is not None:
        copied.range_key = DynamoType({"S": item.range_key.value.replace(MARCA, numero)})
    return copied


def _metti(tabella: Any, item: Any) -> None:
    if tabella.has_range_key:
        tabella.items.setdefault(item.hash_key, {})[item.range_key] = item
    else:
        tabella.items[item.hash_key] = item
