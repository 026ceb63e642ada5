"""What time it is, and how a short while passes: the two things that whoever makes time stand still replaces here.

Only the edges ask for the time, once a request or message, and hand the instant on as `now`. Call both through the
module, as `clock.now()` and `clock.pause(…)`: a name imported from it would not be replaced.
"""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """Give the instant, in UTC."""
    return datetime.now(UTC)


def pause(seconds: float) -> None:
    """Wait before a repetition: fractions of a second, never longer than a caller may be kept waiting."""
    time.sleep(seconds)
