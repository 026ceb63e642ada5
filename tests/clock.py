"""The instant at which the tests stand: a Tuesday morning in Rome, far from the ends of day, month and year."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def ticking() -> Callable[[], datetime]:
    """Give a clock that is a millisecond further each time it is asked: what comes later in a test is later."""
    asked = count()
    return lambda: NOW + timedelta(milliseconds=next(asked))
