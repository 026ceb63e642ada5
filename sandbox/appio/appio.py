"""App IO itself: who is on it, who lets this service write, and what was written to whom."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.kernel.ids import new_hex
from sandbox.appio.richiesta import Testo
from sandbox.nodo.guasti import Guasti

IRRAGGIUNGIBILE, LENTA, PERSA = "app-io-irraggiungibile", "risposta-lenta", "risposta-persa"
TROPPE, ERRORE = "troppe-richieste", "errore-interno"
GUASTI = {
    IRRAGGIUNGIBILE: "App IO chiude la connessione senza elaborare",
    LENTA: "App IO elabora, e risponde dopo 12 secondi",
    PERSA: "App IO elabora, poi chiude la connessione senza rispondere",
    TROPPE: "App IO risponde 429, con Retry-After",
    ERRORE: "App IO risponde 500",
}
SECONDI_LENTA = 12.0
RIPROVA_DOPO = 5  # seconds, in Retry-After


class Iscrizione(StrEnum):
    AMMETTE = "AMMETTE"
    NON_AMMETTE = "NON_AMMETTE"
    ASSENTE = "ASSENTE"


ISCRIZIONI = {
    Iscrizione.AMMETTE: "è su App IO e riceve i messaggi di questo servizio",
    Iscrizione.NON_AMMETTE: "è su App IO, ma ha disattivato questo servizio",
    Iscrizione.ASSENTE: "non è su App IO",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaggio:
    id: str
    quando: datetime
    testo: Testo


class AppIo:
    """`chiave` is the subscription key of the service, None asking nothing. `attesa` sleeps: slow answers wait by it.

    A citizen of whom `iscritti` says nothing is not on App IO.
    """

    def __init__(
        self,
        *,
        chiave: str | None = None,
        iscritti: Mapping[str, Iscrizione] | None = None,
        attesa: Callable[[float], None] = time.sleep,
    ) -> None:
        self.chiave = chiave
        self.attesa = attesa
        self.guasti = Guasti(GUASTI)
        self._iscritti = dict(iscritti or {})
        self._messaggi: list[Messaggio] = []
        self._lock = threading.Lock()

    def iscrizione(self, codice_fiscale: str) -> Iscrizione:
        with self._lock:
            return self._iscritti.get(codice_fiscale, Iscrizione.ASSENTE)

    def iscritti(self) -> dict[str, Iscrizione]:
        with self._lock:
            return dict(self._iscritti)

    def iscrive(self, codice_fiscale: str, iscrizione: Iscrizione) -> None:
        with self._lock:
            self._iscritti[codice_fiscale] = iscrizione

    def riceve(self, testo: Testo) -> Messaggio:
        """Take a message in charge. As the true one, it does not look whether it has had the same before."""
        messaggio = Messaggio(id=new_hex()[:26].upper(), quando=datetime.now(UTC), testo=testo)
        with self._lock:
            self._messaggi.append(messaggio)
        return messaggio

    def messaggi(self) -> list[Messaggio]:
        """Give all messages, the oldest first."""
        with self._lock:
            return list(self._messaggi)

    def messaggio(self, codice_fiscale: str, id_messaggio: str) -> Messaggio | None:
        return next(
            (m for m in self.messaggi() if (m.testo.codice_fiscale, m.id) == (codice_fiscale, id_messaggio)), None
        )
