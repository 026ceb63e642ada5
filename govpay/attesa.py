"""Wait for what the consumers do, telling how far it is."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_OGNI = 1.0
MINUTI = 15


def finche(guarda: Callable[[], tuple[T, bool]], *, minuti: float = MINUTI, ogni: float = _OGNI) -> tuple[T, bool]:
    """Look until it is done, or the minutes are over; give what was seen last, and whether it is done."""
    deadline = time.monotonic() + minuti * 60
    while True:
        visto, concluso = guarda()
        if concluso or time.monotonic() >= deadline:
            return visto, concluso
        time.sleep(ogni)
