"""The messages of the Nodo, kept as they went: the last five hundred."""

import itertools
import threading
from collections import deque
from datetime import UTC, datetime

from sandbox.nodo.model import Scambio

MAX = 500


class Registro:
    def __init__(self) -> None:
        self._scambi: deque[Scambio] = deque(maxlen=MAX)
        self._numeri = itertools.count(1)
        self._lock = threading.Lock()

    def annota(
        self, *, verso: str, operazione: str, esito: str, millisecondi: int, richiesta: bytes, risposta: bytes
    ) -> None:
        with self._lock:
            self._scambi.append(
                Scambio(
                    numero=next(self._numeri),
                    quando=datetime.now(UTC),
                    verso=verso,
                    operazione=operazione,
                    esito=esito,
                    millisecondi=millisecondi,
                    richiesta=richiesta,
                    risposta=risposta,
                )
            )

    def tutti(self) -> list[Scambio]:
        with self._lock:
            return list(self._scambi)

    def uno(self, numero: int) -> Scambio | None:
        return next((scambio for scambio in self.tutti() if scambio.numero == numero), None)
