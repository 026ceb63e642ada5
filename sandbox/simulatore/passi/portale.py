"""What a payer does by the portal: carts, paid or given up at Checkout and at the WISP."""

from urllib.parse import urlsplit

from sandbox import sample
from sandbox.api_client import PAGAMENTO
from sandbox.bench import events
from sandbox.checkout.checkout import Stato as StatoCarrelloCheckout
from sandbox.nodo.carrelli import StatoCarrello
from sandbox.nodo.model import Ricevuta
from sandbox.nodo.spedizione import Partenza, Quando
from sandbox.simulatore.mondo import Api
from sandbox.simulatore.passi.psp import Psp
from sandbox.wisp.wisp import Azione

PERSE = Partenza(Quando.PERSE)


class Portale(Psp):
    def carrello(self) -> None:
        """Begin a payment of a portal, and once more if nobody knows what became of it."""
        note = [una for una in self.pendenze if una.numero_avviso is not None]
        scelte = self.caso.sample(note, min(len(note), self.caso.randint(1, 3)))
        if not scelte:
            return
        corpo = {
            "pendenze": [{"idA2A": sample.ID_A2A, "idPendenza": una.id_pendenza} for una in scelte],
            "urlRitorno": "https://portale.example/esito",
        }
        api = Api(self.processo, PAGAMENTO, sample.PORTALE_PRINCIPAL, sample.PORTALE_PASSWORD)
        chiave = f"s-{self.passo}"
        for _ in range(self.caso.randint(1, 2)):
            stato, _ = api.chiama("POST", f"/pagamenti?idSessionePortale={chiave}", corpo)
            if stato == 201:
                return

    def al_carrello(self) -> None:
        """What a payer does before a cart: choose, pay, refuse, give up, come back."""
        self.caso.choice([self._a_checkout, self._al_wisp])()

    def _a_checkout(self) -> None:
        carrelli = [
            uno
            for uno in self.mondo.checkout.tutti()
            if uno.stato in {StatoCarrelloCheckout.APERTO, StatoCarrelloCheckout.ATTIVATO}
        ]
        if not carrelli:
            return
        carrello = self.mondo.checkout.uno(self.caso.choice(carrelli).id)
        if carrello is None:
            return
        azione = self.caso.choice(["attiva", "paga", "paga", "paga", "annulla", "rifiuta"])
        if azione == "attiva":
            self.mondo.checkout.attiva(carrello)
            return
        if azione == "paga":
            self.mondo.checkout.paga(carrello, PERSE)
            for ricevuta in carrello.ricevute:
                self._spedita(ricevuta)
        else:
            (self.mondo.checkout.annulla if azione == "annulla" else self.mondo.checkout.rifiuta)(carrello)
        if self.caso.random() < 0.7:
            self._torna(carrello.ritorno)

    def _al_wisp(self) -> None:
        aperti = [uno for uno in self.mondo.nodo.carrelli.tutti() if uno.stato is StatoCarrello.APERTO]
        if not aperti:
            return
        carrello = self.caso.choice(aperti)
        if self.caso.random() < 0.6:
            self.mondo.wisp.sceglie(carrello, "BSNDIT2T")
        if self.caso.random() < 0.2:
            return
        prima = len(self.mondo.nodo.consegne.tutte())
        url = self.mondo.wisp.conclude(carrello, self.caso.choice([*Azione, Azione.PAGA]), PERSE)
        for ricevuta in self.mondo.nodo.consegne.tutte()[prima:]:
            self._spedita(ricevuta)
        if url is not None and self.caso.random() < 0.7:
            self._torna(url)

    def _spedita(self, ricevuta: Ricevuta) -> None:
        quando = self.caso.choice(["subito", "subito", "dopo", "persa"])
        if quando == "subito":
            self.mondo.nodo.consegne.consegna(ricevuta)
        self.parte(ricevuta, quando)

    def _torna(self, url: str) -> None:
        dove = urlsplit(url)
        self.processo.chiama(events.Request(method="GET", url=f"{dove.path}?{dove.query}"))
