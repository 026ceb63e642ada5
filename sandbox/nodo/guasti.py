"""Faults switched on by name: how GovPay behaves when whom it calls does not."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

IRRAGGIUNGIBILE = "nodo-irraggiungibile"
LENTA = "risposta-lenta"
MALFORMATA = "risposta-malformata"
RISPOSTA_PERSA = "risposta-persa"
CARRELLO_RIFIUTATO = "carrello-rifiutato"
RICEVUTA_PERSA = "ricevuta-persa"
NOMI = {
    IRRAGGIUNGIBILE: "il Nodo chiude la connessione senza elaborare",
    LENTA: "il Nodo risponde dopo 40 secondi",
    MALFORMATA: "il Nodo risponde con XML troncato",
    RISPOSTA_PERSA: "il Nodo elabora, poi chiude la connessione senza rispondere",
    CARRELLO_RIFIUTATO: "il Nodo rifiuta il carrello per la prima delle sue RPT (PPT_SEMANTICA)",
    RICEVUTA_PERSA: "la ricevuta o la RT non parte: resta da inviare, o da chiedere con nodoChiediCopiaRT",
    "PPT_…": "il Nodo risponde con quel fault (ad esempio PPT_SYSTEM_ERROR, PPT_RPT_DUPLICATA)",
}
PPT = re.compile(r"PPT_[A-Z_]{3,60}")
SECONDI_LENTA = 40.0
SEMPRE = 1_000_000
# What the Nodo sends: only the fault of deliveries touches it, and that one touches nothing else.
CONSEGNE = frozenset({"paaInviaRT", "paSendRT", "paSendRTV2"})
_SOLTANTO = {RICEVUTA_PERSA: CONSEGNE, CARRELLO_RIFIUTATO: frozenset({"nodoInviaCarrelloRPT"})}


class GuastoSconosciuto(ValueError):
    def __init__(self, nome: str, nomi: Mapping[str, str]) -> None:
        super().__init__(f"Guasto sconosciuto: {nome[:60]}. I nomi ammessi sono {', '.join(nomi)}.")


@dataclass(slots=True)
class Guasto:
    """`operazione` None is every operation; `volte` is how many more requests it spoils."""

    nome: str
    operazione: str | None = None
    volte: int = SEMPRE

    def tocca(self, operazione: str) -> bool:
        if self.operazione not in (None, operazione):
            return False
        soltanto = _SOLTANTO.get(self.nome)
        return operazione not in CONSEGNE if soltanto is None else operazione in soltanto


class Guasti:
    """The faults of one simulator: those of `nomi`, and those that `altri` fits."""

    def __init__(self, nomi: Mapping[str, str] | None = None, altri: re.Pattern[str] | None = None) -> None:
        self.nomi = NOMI if nomi is None else nomi
        self._altri = PPT if nomi is None else altri
        self._attivi: list[Guasto] = []
        self._lock = threading.Lock()

    def accendi(self, nome: str, *, operazione: str | None = None, volte: int = SEMPRE) -> None:
        """Switch a fault on, for the next `volte` requests.

        :raises GuastoSconosciuto:
        """
        if nome not in self.nomi and (self._altri is None or not self._altri.fullmatch(nome)):
            raise GuastoSconosciuto(nome, self.nomi)
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
                if guasto.tocca(operazione):
                    guasto.volte -= 1
                    if guasto.volte == 0:
                        self._attivi.remove(guasto)
                    return guasto.nome
        return None
