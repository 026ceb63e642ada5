"""Receipts and their delivery: once by itself, again on demand, never more often than the Nodo would."""

import threading

from sandbox.nodo.model import Ricevuta, Rifiuto, StatoRicevuta

MAX_INVII = 48  # SANP 3: one an hour for two days
_GIA_RICEVUTA = frozenset({"PAA_RECEIPT_DUPLICATA", "PAA_RT_DUPLICATA"})


class Consegne:
    def __init__(self) -> None:
        self._ricevute: list[Ricevuta] = []
        self._lock = threading.Lock()

    def consegna(self, ricevuta: Ricevuta) -> None:
        """Send a receipt, whatever became of it before; `esito` and `stato` tell how it went."""
        self.tiene(ricevuta)
        ricevuta.invii += 1
        try:
            ricevuta.consegna()
        except Rifiuto as rifiuto:
            ricevuta.esito = rifiuto.originale or rifiuto.codice
            if ricevuta.esito in _GIA_RICEVUTA:
                ricevuta.stato = StatoRicevuta.CONSEGNATA
            elif rifiuto.originale is not None:
                ricevuta.stato = StatoRicevuta.RIFIUTATA
            return
        ricevuta.esito = "OK"
        ricevuta.stato = StatoRicevuta.CONSEGNATA

    def tiene(self, ricevuta: Ricevuta) -> None:
        """Keep a receipt without sending it: it is lost, until `reinvia`."""
        with self._lock:
            if ricevuta not in self._ricevute:
                self._ricevute.append(ricevuta)

    def reinvia(self) -> list[Ricevuta]:
        """Send again what was not taken in, and give what was sent."""
        da_inviare = [
            one for one in self.tutte() if one.stato is not StatoRicevuta.CONSEGNATA and one.invii < MAX_INVII
        ]
        for ricevuta in da_inviare:
            self.consegna(ricevuta)
        return da_inviare

    def tutte(self) -> list[Ricevuta]:
        with self._lock:
            return list(self._ricevute)
