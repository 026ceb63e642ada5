"""What anagrafica needs from contexts above it, as functions; wiring joins them."""

from __future__ import annotations  # wiring imports this file at every cold start, and nothing else for its sake

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.kernel.refusals import FieldError


def _nothing(*_: Any) -> list[Any]:
    return []


class Ports:
    """What wiring joins. `wrong_dettagli` tells what is wrong in what a tipo pendenza (its id, its JSON) keeps for others."""

    wrong_dettagli: Callable[[str, Mapping[str, Any]], Iterable[FieldError]] = staticmethod(_nothing)
