"""Faults of the Nodo, switched on by name: how GovPay behaves when the Nodo does not."""

import re
import threading
from dataclasses import dataclass

IRRAGGIUNGIBILE = "nodo-irraggiungibile"
LENTA = "risposta-lenta"
MALFORMATA = "risposta-malformata"
NOMI = {
    IRRAGGIUNGIBILE: "il Nodo chiude la connessione senza rispondere",
    LENTA: "il Nodo risponde dopo 40 secondi",
    MALFORMATA: "il Nodo risponde con XML troncato",
    "PPT_…": "il Nodo risponde con quel fault (ad esempio PPT_SYSTEM_ERROR, PPT_RPT_DUPLICATA)",
}
_PPT = re.compile(r"PPT_[A-Z_]{3,60}")
SECONDI_LENTA = 40.0
SEMPRE = 1_000_000


class GuastoSconosciuto(ValueError):
    def __init__(self, nome: str) -> None:
        super().__init__(f"Guasto sconosciuto: {nome[:60]}. I nomi ammessi sono {', '.join(NOMI)}.")


@dataclass(slots=True)
class Guasto:
    """`operazione` None is every operation; `volte` is how many more requests it spoils."""

    nome: str
    operazione: str | None = None
    volte: int = SEMPRE


class Guasti:
    def __init__(self) -> None:
        self._attivi: list[Guasto] = []
        self._lock = threading.Lock()

    def accendi(self, nome: str, *, operazione: str | None = None, volte: int = SEMPRE) -> None:
        """Switch a fault on, for the next `volte` requests.

        :raises GuastoSconosciuto:
        """
        if nome not in NOMI and not _PPT.fullmatch(nome):
            raise GuastoSconosciuto(nome)
        with self._lock:
            self._attivi.append(Guasto(nome, operazione, volte))

    def spegni(self) -> None:
        with self._lock:
            self._attivi.clear()

    def attivi(self) -> list[Guasto]:
        with self._lock:
            return list(self._attivi)

    def prossimo(self, operazione: str) -> str | None:
        """Give the name of the fault that this request meets, and count it."""
        with self._lock:
            for guasto in self._attivi:
                if guasto.operazione in (None, operazione):
                    guasto.volte -= 1
                    if guasto.volte == 0:
                        self._attivi.remove(guasto)
                    return guasto.nome
        return None
