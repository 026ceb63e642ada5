"""Aggregates as JSON text and back: frozen dataclasses in, the same dataclasses out."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")
_adapters: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(shape: type[T]) -> TypeAdapter[T]:
    # Building one costs some milliseconds: only for the shapes that this process really meets.
    if shape not in _adapters:
        _adapters[shape] = TypeAdapter(shape)
    return _adapters[shape]


def encode(value: Any) -> str:
    """Write a dataclass as JSON text; defaults are left out."""
    return _adapter(type(value)).dump_json(value, exclude_defaults=True).decode()


def decode(shape: type[T], text: str) -> T:
    """Read what `encode` wrote. Fields unknown to this release are ignored, so that a newer one may be rolled back."""
    return _adapter(shape).validate_json(text)
