"""What the payer of a cart of RPT does, and what the Nodo tells GovPay of it: an RT for each RPT, and a return."""

import time
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlencode

from chalicelib.kernel.importo import Importo
from sandbox.nodo.archivio import RptTenuta
from sandbox.nodo.carrelli import CarrelloRpt, StatoCarrello
from sandbox.nodo.model import Ricevuta
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.spedizione import SUBITO, Partenza, Spedizione

PSP = {
    "BSNDIT2T": "Banca Sandbox, carta di credito",
    "PSTSBX01": "Poste Sandbox, conto corrente",
    "APPSBX01": "App Sandbox, telefono",
}


class Azione(StrEnum):
    PAGA = "paga"
    RIFIUTA = "rifiuta"
    ANNULLA = "annulla"
    DIFFERISCE = "differisce"
    KO_POI_OK = "ko-poi-ok"


SPIEGAZIONI = {
    Azione.PAGA: "paga: RT con esito 0, ritorno con esito OK",
    Azione.RIFIUTA: "rifiuta: RT con esito 1, ritorno con esito ERROR",
    Azione.DIFFERISCE: "differisce: ritorno con esito DIFFERITO, RT con esito 0",
    Azione.KO_POI_OK: "ko poi ok: RT con esito 1, poi con esito 0 per gli stessi IUV e CCP",
}
_PAGANO = frozenset({Azione.PAGA, Azione.DIFFERISCE, Azione.KO_POI_OK})
_RITORNI = {Azione.PAGA: "OK", Azione.KO_POI_OK: "OK", Azione.DIFFERISCE: "DIFFERITO"}


class Wisp:
    """Shows and ends the carts of a Nodo. `attesa` sleeps: late RT wait by it."""

    def __init__(self, nodo: Nodo, *, attesa: Callable[[float], None] = time.sleep) -> None:
        self.nodo = nodo
        self._spedizione = Spedizione(nodo, attesa=attesa)

    def sceglie(self, carrello: CarrelloRpt, psp: str) -> None:
        """Let the payer choose a PSP: from now on it has the RPT.

        :raises ValueError: no such PSP
        """
        if psp not in PSP:
            raise ValueError(f"psp: uno fra {', '.join(PSP)}.")
        if carrello.psp is None:
            for tenuta in self.rpt(carrello):
                tenuta.segna("RPT_INVIATA_A_PSP", self.nodo.now())
                tenuta.segna("RPT_ACCETTATA_PSP", self.nodo.now())
        carrello.psp = psp

    def conclude(self, carrello: CarrelloRpt, azione: Azione, partenza: Partenza = SUBITO) -> str | None:
        """End a cart, and give where the payer goes back; None when it was ended before."""
        stato = StatoCarrello.PAGATO if azione in _PAGANO else StatoCarrello.NON_PAGATO
        if not self.nodo.carrelli.chiude(carrello.id_session, stato):
            return None
        esiti = [False, True] if azione is Azione.KO_POI_OK else [azione in _PAGANO]
        rt = [one for positiva in esiti for one in self._rt(carrello, positiva=positiva)]
        self._spedizione.spedisce(rt, partenza)
        return self.ritorno(carrello, _RITORNI.get(azione, "ERROR"))

    def ritorno(self, carrello: CarrelloRpt, esito: str) -> str:
        """Give the Endpoint Redirect of the stazione with the session (SANP 2)."""
        stazione = self.nodo.anagrafica.stazioni[carrello.id_stazione]
        dominio = {} if carrello.id_dominio is None else {"idDominio": carrello.id_dominio}
        return f"{stazione.url_ritorno}?{urlencode({**dominio, 'idSession': carrello.id_session, 'esito': esito})}"

    def rpt(self, carrello: CarrelloRpt) -> list[RptTenuta]:
        tenute = (self.nodo.archivio.una(chiave) for chiave in carrello.chiavi)
        return [tenuta for tenuta in tenute if tenuta is not None]

    def totale(self, carrello: CarrelloRpt) -> Importo:
        return Importo.total(one.rpt.dati_versamento.importo_totale_da_versare for one in self.rpt(carrello))

    def _rt(self, carrello: CarrelloRpt, *, positiva: bool) -> list[Ricevuta]:
        return [self.nodo.esita_rpt(chiave, positiva=positiva, consegna=False) for chiave in carrello.chiavi]
