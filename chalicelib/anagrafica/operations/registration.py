"""What every registration does: read, complete, check, write on condition, and again if somebody was faster."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic.alias_generators import to_camel

from chalicelib.anagrafica import repository, snapshot
from chalicelib.anagrafica.model import Connettore, ConnettoreFtp
from chalicelib.anagrafica.repository import Stored
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError, Semantica

T = TypeVar("T")
# What a secret reads as; sent back, it stands for the secret that is stored.
MASK = "********"
_ATTEMPTS = 3
# What the contract calls a field by another name than ours.
_WIRE_NAMES = {
    "servizio_pagopa": "servizioPagoPa",
    "key_store_password": "ksPassword",
    "key_password": "ksPKeyPasswd",
    "trust_store_password": "tsPassword",
    "lettura": "ftp_lettura",
    "scrittura": "ftp_scrittura",
}


class SemanticaAnagrafica(Semantica):
    """References to what does not exist, or values that do not go together: all of them."""

    codice = "SEMANTICA"

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors) + ".")


def refuse_if(errors: Iterable[FieldError]) -> None:
    """Refuse if anything is wrong, telling all of it.

    :raises SemanticaAnagrafica: SEMANTICA
    """
    found = tuple(errors)
    if found:
        raise SemanticaAnagrafica(found)


def register(
    thing: T,
    *,
    complete: Callable[[T, T | None], T] = lambda new, _: new,
    beside: Callable[[T, Stored[T] | None], Iterable[Write]] = lambda _, __: (),
    partitions: Iterable[str],
    se: Precondition = NESSUNA,
) -> bool:
    """Write a thing in the place of what is stored; tell whether there was nothing.

    `complete` makes what is written of what came and what is stored; `beside` the writes that go with it. A
    registration replaces the whole, so the last of two at once stands: it is tried again on what the other left.

    :raises PreconditionFailed: 412, if what is stored is not what `se` asks for
    :raises WriteConflict: 409, if others kept being faster
    """
    for attempt in range(_ATTEMPTS):
        stored = repository.find_like(thing)
        se.check(stored.versione if stored else None)
        new = with_secrets(complete(thing, stored.value if stored else None), stored.value if stored else None)
        try:
            commit([repository.write_of(new, stored), *beside(new, stored)])
        except WriteConflict:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            snapshot.forget(*partitions)
            return stored is None
    raise AssertionError


def with_secrets(new: T, old: Any) -> T:
    """Put the stored secret wherever the mask came back.

    A secret goes only where it went before: with another address it must be said again, or whoever may change the
    address could have it sent to themselves.

    :raises SemanticaAnagrafica: SEMANTICA, where there is no secret that the mask could stand for
    """
    missing: list[FieldError] = []
    whole: T = _unmasked(new, old, "", missing)
    refuse_if(missing)
    return whole


def _unmasked(new: Any, old: Any, path: str, missing: list[FieldError]) -> Any:
    if new == MASK:
        if not isinstance(old, str) or old == MASK:
            missing.append(FieldError(path, "non c'è un valore da conservare: indicarlo per intero"))
        return old
    if is_dataclass(new) and not isinstance(new, type):
        if old is not None and _address(new) != _address(old):
            old = None
        values = {f.name: getattr(new, f.name) for f in fields(new)}
        whole = {
            name: _unmasked(value, getattr(old, name, None), _below(path, name), missing)
            for name, value in values.items()
        }
        return replace(new, **{name: value for name, value in whole.items() if value is not values[name]})
    if isinstance(new, Mapping):
        before = old if isinstance(old, Mapping) else {}
        return {key: _unmasked(value, before.get(key), _below(path, str(key)), missing) for key, value in new.items()}
    return new


def _address(thing: Any) -> tuple[Any, ...]:
    """Give where the secrets of a thing are sent: nothing, for what has no address of its own."""
    match thing:
        case Connettore():
            parts = urlsplit(thing.url)
            return parts.scheme, parts.hostname, parts.port, thing.auth.url_token
        case ConnettoreFtp():
            return thing.host, thing.porta
    return ()


def _below(path: str, name: str) -> str:
    return f"{path}.{_WIRE_NAMES.get(name) or to_camel(name)}".lstrip(".")
