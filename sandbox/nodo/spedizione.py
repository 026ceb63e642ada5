"""When the receipts of a payment made in a browser go: before the payer is back, after, or never by themselves."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from sandbox.nodo.model import Ricevuta
from sandbox.nodo.nodo import Nodo
from sandbox.web.server import HttpError

MAX_RITARDO = 600.0


class Quando(StrEnum):
    SUBITO = "subito"
    DOPO = "dopo"
    PERSE = "perse"


SPIEGAZIONI = {
    Quando.SUBITO: "subito, prima del ritorno al portale",
    Quando.DOPO: "dopo il ritorno al portale, passati i secondi indicati",
    Quando.PERSE: "mai: restano da reinviare dalla pagina del Nodo",
}


@dataclass(frozen=True, slots=True)
class Partenza:
    """When receipts go; `ritardo` in seconds counts for DOPO.

    :raises ValueError: a ritardo out of 0-600
    """

    quando: Quando = Quando.SUBITO
    ritardo: float = 2.0

    def __post_init__(self) -> None:
        if not 0 <= self.ritardo <= MAX_RITARDO:
            raise ValueError(f"ritardo: da 0 a {MAX_RITARDO:.0f} secondi.")

    @classmethod
    def from_form(cls, dati: Mapping[str, Any]) -> Self:
        """Read {ricevute, ritardo}.

        :raises HttpError: 400
        """
        try:
            return cls(Quando(dati.get("ricevute", Quando.SUBITO)), float(dati.get("ritardo", 2)))
        except (ValueError, TypeError):
            raise HttpError(400, f"ricevute: una fra {', '.join(Quando)}; ritardo: da 0 a 600 secondi.") from None


SUBITO = Partenza()


class Spedizione:
    """Delivers through a Nodo what it has kept. `attesa` sleeps: late receipts wait by it."""

    def __init__(self, nodo: Nodo, *, attesa: Callable[[float], None] = time.sleep) -> None:
        self._nodo = nodo
        self._attesa = attesa

    def spedisce(self, ricevute: Sequence[Ricevuta], partenza: Partenza) -> None:
        """Deliver receipts, in their order; with DOPO it returns before they go."""
        match partenza.quando:
            case Quando.SUBITO:
                self._consegna(ricevute)
            case Quando.DOPO:
                threading.Thread(target=self._piu_tardi, args=(ricevute, partenza.ritardo), daemon=True).start()
            case Quando.PERSE:
                return

    def _piu_tardi(self, ricevute: Sequence[Ricevuta], ritardo: float) -> None:
        self._attesa(ritardo)
        self._consegna(ricevute)

    def _consegna(self, ricevute: Sequence[Ricevuta]) -> None:
        for ricevuta in ricevute:
            self._nodo.consegna_ora(ricevuta)
