"""The clock and the chance of a history: whatever the product takes from the world comes from a seed."""

import random
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from unittest import mock

from chalicelib.kernel import clock

INIZIO = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class Orologio:
    """Moved by hand: nobody waits for it."""

    def __init__(self) -> None:
        self.adesso = INIZIO

    def secondi(self) -> float:
        return (self.adesso - INIZIO).total_seconds()

    def avanza(self, **quanto: float) -> None:
        self.adesso += timedelta(**quanto)

    def fino_a(self, secondi: float) -> None:
        # A microsecond more: seconds are rounded on their way.
        self.adesso = max(self.adesso, INIZIO + timedelta(seconds=secondi, microseconds=1))


class Caso:
    """The generators of the product, seeded. Ids are drawn from another stream than faults: a fault changes no id."""

    def __init__(self) -> None:
        self.ids = random.Random(0)  # noqa: S311 - a game

    def semina(self, seme: str) -> None:
        """Begin anew, by a name: that of a step of a history, whose ids are then its own."""
        self.ids.seed(f"ids-{seme}")
        random.seed(f"globale-{seme}")

    def uuid4(self) -> uuid.UUID:
        return uuid.UUID(int=self.ids.getrandbits(128), version=4)

    def token_bytes(self, nbytes: int = 32) -> bytes:
        return self.ids.randbytes(nbytes)

    def token_hex(self, nbytes: int = 32) -> str:
        return self.token_bytes(nbytes).hex()


@contextmanager
def governati(orologio: Orologio, caso: Caso) -> Iterator[None]:
    """Let the product know no other time and no other chance while the block runs.

    `time.monotonic` stands still: a cache ends with its process, at a crash, and not when the machine is slow.
    """

    with ExitStack() as stack:
        dorme = lambda secondi: orologio.avanza(seconds=secondi)  # noqa: E731
        for oggetto, nome, valore in (
            (clock, "now", lambda: orologio.adesso),
            (clock, "pause", dorme),
            (time, "sleep", dorme),
            (time, "monotonic", lambda: 1000.0),
            (uuid, "uuid4", caso.uuid4),
            (secrets, "token_hex", caso.token_hex),
            (secrets, "token_bytes", caso.token_bytes),
            (secrets, "randbits", caso.ids.getrandbits),
            (secrets, "randbelow", caso.ids.randrange),
        ):
            stack.enter_context(mock.patch.object(oggetto, nome, valore))
        yield
