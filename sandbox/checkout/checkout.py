"""Carts and what becomes of them: activated, paid, refused, left."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from sandbox.checkout.richiesta import Avviso, Richiesta
from sandbox.nodo.guasti import Guasti
from sandbox.nodo.model import Protocollo, Ricevuta, Rifiuto, Tentativo
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.spedizione import SUBITO, Partenza, Spedizione

VITA_CARRELLO = timedelta(minutes=30)
IRRAGGIUNGIBILE, LENTA, PERSA = "checkout-irraggiungibile", "risposta-lenta", "risposta-persa"
NON_VALIDA, ERRORE = "richiesta-non-valida", "errore-interno"
GUASTI = {
    IRRAGGIUNGIBILE: "Checkout chiude la connessione senza elaborare",
    LENTA: "Checkout crea il carrello, e risponde dopo 20 secondi",
    PERSA: "Checkout crea il carrello, poi chiude la connessione senza rispondere",
    NON_VALIDA: "Checkout risponde 400",
    ERRORE: "Checkout risponde 500",
}
SECONDI_LENTA = 20.0


class Stato(StrEnum):
    APERTO = "APERTO"
    ATTIVATO = "ATTIVATO"  # paGetPaymentV2 was answered for every notice
    PAGATO = "PAGATO"
    RIFIUTATO = "RIFIUTATO"
    ANNULLATO = "ANNULLATO"
    NON_PAGABILE = "NON_PAGABILE"  # a notice could not be activated: `rifiuto` says why
    SCADUTO = "SCADUTO"


_VIVI = frozenset({Stato.APERTO, Stato.ATTIVATO})


@dataclass(slots=True, kw_only=True)
class Carrello:
    id: str
    richiesta: Richiesta
    creato_il: datetime
    stato: Stato = Stato.APERTO
    tentativi: list[Tentativo] = field(default_factory=list)
    ricevute: list[Ricevuta] = field(default_factory=list)
    rifiuto: Rifiuto | None = None
    # Held while the enti are asked: whoever wants to pay meanwhile waits for all of them.
    attivazione: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def totale(self) -> Importo:
        """What is to be paid: as the enti answered, once they did."""
        return Importo.total(one.importo for one in self.tentativi or self.richiesta.avvisi)

    @property
    def ritorno(self) -> str:
        """Where the payer goes back from a cart in this state."""
        ritorni = self.richiesta.ritorni
        return {Stato.PAGATO: ritorni.ok, Stato.ANNULLATO: ritorni.annullo}.get(self.stato, ritorni.errore)


class Checkout:
    """Pays carts through a Nodo. `chiave` is the subscription key asked of the ente, None asking nothing."""

    def __init__(self, nodo: Nodo, *, chiave: str | None = None, attesa: Callable[[float], None] = time.sleep) -> None:
        self.nodo = nodo
        self.chiave = chiave
        self.attesa = attesa
        self.guasti = Guasti(GUASTI)
        self._spedizione = Spedizione(nodo, attesa=attesa)
        self._carrelli: dict[str, Carrello] = {}
        self._lock = threading.Lock()

    def apre(self, richiesta: Richiesta) -> Carrello:
        """Make a cart; the same idCart again is another one."""
        carrello = Carrello(id=str(uuid.uuid4()), richiesta=richiesta, creato_il=self.nodo.now())
        with self._lock:
            self._carrelli[carrello.id] = carrello
        return carrello

    def uno(self, id_carrello: str) -> Carrello | None:
        """Give a cart, its time run out if it is so."""
        with self._lock:
            carrello = self._carrelli.get(id_carrello)
            if carrello and carrello.stato in _VIVI and carrello.creato_il + VITA_CARRELLO < self.nodo.now():
                carrello.stato = Stato.SCADUTO
            return carrello

    def tutti(self) -> list[Carrello]:
        with self._lock:
            return list(self._carrelli.values())

    def attiva(self, carrello: Carrello) -> None:
        """Ask the ente of every notice for its data, once; one that cannot be paid ends the whole cart."""
        with carrello.attivazione:
            if not self._passa(carrello, {Stato.APERTO}, Stato.ATTIVATO):
                return
            try:
                for avviso in carrello.richiesta.avvisi:
                    carrello.tentativi.append(self._tentativo(avviso, carrello.richiesta.id_cart))
            except Rifiuto as rifiuto:
                carrello.rifiuto = rifiuto
                self._libera(carrello)
                self._passa(carrello, _VIVI, Stato.NON_PAGABILE)

    def _tentativo(self, avviso: Avviso, id_cart: str | None) -> Tentativo:
        return self.nodo.attiva(
            id_dominio=avviso.id_dominio,
            numero_avviso=avviso.numero_avviso,
            protocollo=Protocollo.V2,
            importo=avviso.importo,
            nota=id_cart,
        )

    def paga(self, carrello: Carrello, partenza: Partenza = SUBITO) -> bool:
        """Pay all of the cart and send its receipts as asked; False when it could not be paid, or was ended before."""
        self.attiva(carrello)
        if not self._passa(carrello, {Stato.ATTIVATO}, Stato.PAGATO):
            return False
        carrello.ricevute += [self.nodo.paga(one.token, consegna=False) for one in carrello.tentativi]
        self._spedizione.spedisce(carrello.ricevute, partenza)
        return True

    def rifiuta(self, carrello: Carrello) -> bool:
        """End a cart that the payer's bank would not pay: no receipt is sent (SANP 3)."""
        return self._chiude(carrello, Stato.RIFIUTATO)

    def annulla(self, carrello: Carrello) -> bool:
        """End a cart that the payer gave up."""
        return self._chiude(carrello, Stato.ANNULLATO)

    def _chiude(self, carrello: Carrello, stato: Stato) -> bool:
        if not self._passa(carrello, _VIVI, stato):
            return False
        self._libera(carrello)
        return True

    def _libera(self, carrello: Carrello) -> None:
        for tentativo in carrello.tentativi:
            self.nodo.annulla(tentativo.token)

    def _passa(self, carrello: Carrello, da: set[Stato] | frozenset[Stato], a: Stato) -> bool:
        with self._lock:
            if carrello.stato not in da:
                return False
            carrello.stato = a
            return True
