"""Paying a notice, as a PSP does it well and as PSPs do it at times."""

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from sandbox.nodo.model import Posizione, Protocollo, Ricevuta, Rifiuto
from sandbox.nodo.nodo import Nodo
from sandbox.psp.codici import Codice

MAX_RITARDO = 600.0


class Comportamento(StrEnum):
    PAGA = "paga"
    RIFIUTA = "rifiuta"
    RITARDA = "ritarda"
    DOPPIO_INVIO = "doppio-invio"
    OK_DOPO_KO = "ok-dopo-ko"
    STAND_IN = "stand-in"
    SECONDO_PAGAMENTO = "secondo-pagamento"
    RICEVUTA_V2 = "ricevuta-v2"


SPIEGAZIONI = {
    Comportamento.PAGA: "paga: la ricevuta arriva subito",
    Comportamento.RIFIUTA: "rifiuta: il pagamento non riesce",
    Comportamento.RITARDA: "ritarda: paga, ma la ricevuta parte dopo alcuni secondi",
    Comportamento.DOPPIO_INVIO: "doppio invio: la stessa ricevuta arriva due volte",
    Comportamento.OK_DOPO_KO: "ok dopo ko: il pagamento fallisce, poi risulta riuscito",
    Comportamento.STAND_IN: "stand-in: paga senza interrogare l'ente",
    Comportamento.SECONDO_PAGAMENTO: "secondo pagamento: l'avviso è pagato due volte davvero",
    Comportamento.RICEVUTA_V2: "ricevuta V2: attiva con paGetPayment, ricevuta con paSendRTV2",
}


class EsitoPagamento(StrEnum):
    PAGATO = "PAGATO"
    NON_PAGATO = "NON_PAGATO"
    RIFIUTATO = "RIFIUTATO"  # the ente or the Nodo would not have it paid
    IN_ATTESA = "IN_ATTESA"


@dataclass(slots=True, kw_only=True)
class Pagamento:
    """One visit to the counter: what was asked, what came of it."""

    numero: int
    id_dominio: str
    numero_avviso: str
    protocollo: Protocollo
    comportamento: Comportamento
    quando: datetime
    esito: EsitoPagamento = EsitoPagamento.IN_ATTESA
    importo: Importo | None = None
    posizione: Posizione | None = None
    iuv: str | None = None
    token: list[str] = field(default_factory=list)
    ricevute: list[Ricevuta] = field(default_factory=list)
    # What each delivery was answered: a receipt sent twice has two answers.
    risposte: list[str] = field(default_factory=list)
    rifiuto: Rifiuto | None = None


class Psp:
    """Pays through a Nodo. `attesa` sleeps: the late receipt waits by it."""

    def __init__(self, nodo: Nodo, *, attesa: Callable[[float], None] = time.sleep) -> None:
        self.nodo = nodo
        self._attesa = attesa
        self._numeri = itertools.count(1)
        self._pagamenti: dict[int, Pagamento] = {}
        self._lock = threading.Lock()

    def verifica(self, codice: Codice, *, protocollo: Protocollo) -> Posizione:
        """Ask what is due.

        :raises Rifiuto:
        """
        return self.nodo.verifica(
            id_dominio=codice.id_dominio, numero_avviso=codice.numero_avviso, protocollo=protocollo
        )

    def paga(
        self,
        numero_avviso: str,
        id_dominio: str,
        protocollo: str = "V2",
        esito: str = "ok",
        comportamento: str = "paga",
        *,
        importo: Importo | None = None,
        ritardo: float = 5.0,
    ) -> Pagamento:
        """Pay a notice, and give what came of it: refusals are in the answer, not raised.

        `esito` "ko" is `comportamento` "rifiuta". `importo` is that of the QR code: only Stand-In pays it unasked.

        :raises ValueError: a protocollo, esito or comportamento that does not exist, a ritardo out of 0-600
        """
        if esito not in ("ok", "ko"):
            raise ValueError("esito: ok o ko.")
        if not 0 <= ritardo <= MAX_RITARDO:
            raise ValueError(f"ritardo: da 0 a {MAX_RITARDO:.0f} secondi.")
        come = Comportamento.RIFIUTA if esito == "ko" else Comportamento(comportamento)
        pagamento = Pagamento(
            numero=next(self._numeri),
            id_dominio=id_dominio,
            numero_avviso=numero_avviso,
            protocollo=Protocollo(protocollo),
            comportamento=come,
            quando=datetime.now(UTC),
            importo=importo,
        )
        with self._lock:
            self._pagamenti[pagamento.numero] = pagamento
        try:
            self._esegue(pagamento, ritardo)
        except Rifiuto as rifiuto:
            pagamento.rifiuto = rifiuto
            pagamento.esito = EsitoPagamento.RIFIUTATO
        return pagamento

    def pagamenti(self) -> list[Pagamento]:
        with self._lock:
            return list(self._pagamenti.values())

    def uno(self, numero: int) -> Pagamento | None:
        with self._lock:
            return self._pagamenti.get(numero)

    # -- the ways of paying ------------------------------------------------------------------------------------------

    def _esegue(self, pagamento: Pagamento, ritardo: float) -> None:
        match pagamento.comportamento:
            case Comportamento.STAND_IN:
                self._stand_in(pagamento)
            case Comportamento.SECONDO_PAGAMENTO:
                self._due_volte(pagamento)
            case Comportamento.RITARDA:
                token = self._apre(pagamento)
                threading.Thread(target=self._piu_tardi, args=(pagamento, token, ritardo), daemon=True).start()
            case Comportamento.RIFIUTA:
                self._annulla(pagamento, self._apre(pagamento))
                pagamento.esito = EsitoPagamento.NON_PAGATO
            case Comportamento.OK_DOPO_KO:
                token = self._apre(pagamento)
                self._annulla(pagamento, token)
                self._chiude(pagamento, token)
            case Comportamento.DOPPIO_INVIO:
                ricevuta = self._chiude(pagamento, self._apre(pagamento))
                self.nodo.consegne.consegna(ricevuta)
                pagamento.risposte.append(ricevuta.esito or "")
            case Comportamento.RICEVUTA_V2:
                pagamento.protocollo = Protocollo.V1
                self._chiude(pagamento, self._apre(pagamento), versione=Protocollo.V2)
            case Comportamento.PAGA:
                self._chiude(pagamento, self._apre(pagamento))

    def _apre(self, pagamento: Pagamento) -> str:
        codice = Codice(numero_avviso=pagamento.numero_avviso, id_dominio=pagamento.id_dominio)
        posizione = self.verifica(codice, protocollo=pagamento.protocollo)
        pagamento.posizione = posizione
        pagamento.importo, pagamento.iuv = posizione.importo, posizione.iuv
        tentativo = self.nodo.attiva(
            id_dominio=pagamento.id_dominio,
            numero_avviso=pagamento.numero_avviso,
            protocollo=pagamento.protocollo,
            importo=posizione.importo,
        )
        pagamento.importo = tentativo.importo
        pagamento.token.append(tentativo.token)
        return tentativo.token

    def _chiude(self, pagamento: Pagamento, token: str, *, versione: Protocollo | None = None) -> Ricevuta:
        ricevuta = self.nodo.paga(token, versione=versione)
        pagamento.ricevute.append(ricevuta)
        pagamento.risposte.append(ricevuta.esito or "")
        pagamento.esito = EsitoPagamento.PAGATO
        return ricevuta

    def _annulla(self, pagamento: Pagamento, token: str) -> None:
        ricevuta = self.nodo.annulla(token)
        if ricevuta is not None:
            pagamento.ricevute.append(ricevuta)
            pagamento.risposte.append(ricevuta.esito or "")

    def _piu_tardi(self, pagamento: Pagamento, token: str, ritardo: float) -> None:
        self._attesa(ritardo)
        try:
            self._chiude(pagamento, token)
        except Rifiuto as rifiuto:
            pagamento.rifiuto = rifiuto
            pagamento.esito = EsitoPagamento.RIFIUTATO

    def _due_volte(self, pagamento: Pagamento) -> None:
        """Two tokens on one notice: the first runs out, the second is paid, then the first turns out paid too."""
        primo = self._apre(pagamento)
        self.nodo.scade(primo)
        secondo = self._apre(pagamento)
        self._chiude(pagamento, secondo)
        self._chiude(pagamento, primo)

    def _stand_in(self, pagamento: Pagamento) -> None:
        if pagamento.importo is None:
            raise Rifiuto("PPT_SEMANTICA", "In Stand-In l'importo è quello del QR code: indicarlo.")
        ricevuta = self.nodo.stand_in(
            id_dominio=pagamento.id_dominio,
            numero_avviso=pagamento.numero_avviso,
            importo=pagamento.importo,
            causale="Pagamento in Stand-In",
        )
        pagamento.iuv = ricevuta.iuv
        pagamento.token.append(ricevuta.token)
        pagamento.ricevute.append(ricevuta)
        pagamento.risposte.append(ricevuta.esito or "")
        pagamento.esito = EsitoPagamento.PAGATO
