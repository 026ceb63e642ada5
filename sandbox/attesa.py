"""Waiting for what GovPay does off the path of its answers."""

import time
from collections.abc import Callable

_SECONDI, _OGNI = 20.0, 0.2


def finche(vero: Callable[[], bool], *, secondi: float = _SECONDI) -> bool:
    """Wait until something is true, at most so long; tell whether it is. What comes later is for the checks to miss."""
    deadline = time.monotonic() + secondi
    while not (is_true := vero()) and time.monotonic() < deadline:
        time.sleep(_OGNI)
    return is_true
