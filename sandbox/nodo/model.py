"""What the Nodo knows: who is registered, what is being paid, which receipts it has delivered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.pa_get_payment import PaymentPa
from chalicelib.nodo.messages.pa_get_payment_v2 import PaymentPaV2
from chalicelib.nodo.messages.rpt import Rpt


class Protocollo(StrEnum):
    """How the Nodo speaks to the stazione: RPT and RT, paGetPayment and paSendRT, paGetPaymentV2 and paSendRTV2."""

    CLASSICO = "classico"
    V1 = "V1"
    V2 = "V2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stazione:
    """`url_ritorno` is where the WISP sends the payer back: the Endpoint Redirect of the stazione."""

    id_stazione: str
    id_intermediario: str
    password: str
    url_ritorno: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ente:
    """An ente creditore as registered at pagoPA: `stazioni` are those that speak for it, by protocol.

    `iban` are those registered, none meaning that nothing is checked.
    """

    id_dominio: str
    denominazione: str
    stazioni: Mapping[Protocollo, str]
    iban: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Psp:
    id_psp: str = "BSNDIT2T"
    ragione_sociale: str = "Banca Sandbox S.p.A."
    codice_fiscale: str = "00998877665"
    id_intermediario: str = "00998877665"
    id_canale: str = "00998877665_07"


# Three that everybody pays by: each sends its own flows, and makes its own credits.
PSP_NOTI = (
    Psp(),
    Psp(
        id_psp="PSTSBX21",
        ragione_sociale="Poste Sandbox S.p.A.",
        codice_fiscale="00887766554",
        id_intermediario="00887766554",
        id_canale="00887766554_01",
    ),
    Psp(
        id_psp="ABI99988",
        ragione_sociale="Istituto di Pagamento Sandbox",
        codice_fiscale="00776655443",
        id_intermediario="00776655443",
        id_canale="00776655443_02",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anagrafica:
    """Stazioni and enti by their id."""

    stazioni: Mapping[str, Stazione]
    enti: Mapping[str, Ente]


class Rifiuto(Exception):
    """What the PSP is told when a payment cannot go on: a code of the Nodo and, behind it, that of the ente."""

    def __init__(
        self, codice: str, descrizione: str, *, originale: str | None = None, dettaglio: str | None = None
    ) -> None:
        self.codice = codice
        self.descrizione = descrizione
        self.originale = originale
        self.dettaglio = dettaglio
        super().__init__(" - ".join(part for part in (originale or codice, descrizione, dettaglio) if part))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posizione:
    """What the ente answers when asked whether a notice may be paid."""

    id_dominio: str
    numero_avviso: str
    iuv: str
    protocollo: Protocollo
    importo: Importo
    causale: str
    ente: str
    ufficio: str | None = None
    scadenza: date | None = None


class StatoTentativo(StrEnum):
    ATTIVO = "ATTIVO"
    PAGATO = "PAGATO"
    NON_PAGATO = "NON_PAGATO"
    SCADUTO = "SCADUTO"


@dataclass(slots=True, kw_only=True)
class Tentativo:
    """A payment begun: `token` is the payment token, or the ccp of the classic protocol.

    `dati` is what the ente answered to paGetPayment; `rpt` what it sent to nodoInviaRPT. One of them makes the receipt.
    `nota` is the idCart of Checkout (paymentNote).
    """

    token: str
    id_dominio: str
    numero_avviso: str
    iuv: str
    protocollo: Protocollo
    importo: Importo
    aperto_il: datetime
    stato: StatoTentativo = StatoTentativo.ATTIVO
    dati: PaymentPa | PaymentPaV2 | None = None
    rpt: Rpt | None = None
    nota: str | None = None
    stand_in: bool = False


class StatoRicevuta(StrEnum):
    DA_INVIARE = "DA_INVIARE"
    CONSEGNATA = "CONSEGNATA"
    RIFIUTATA = "RIFIUTATA"


@dataclass(slots=True, kw_only=True)
class Ricevuta:
    """A receipt and what became of it. `esito` is the last answer: OK, or the fault code; `consegna` sends it."""

    id_ricevuta: str
    token: str
    id_dominio: str
    iuv: str
    operazione: str
    positiva: bool
    importo: Importo
    consegna: Callable[[], None] = field(repr=False)
    stato: StatoRicevuta = StatoRicevuta.DA_INVIARE
    invii: int = 0
    esito: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scambio:
    """A message and its answer, as they went over the wire."""

    numero: int
    quando: datetime
    verso: str  # "GovPay" or "Nodo": who was called
    operazione: str
    esito: str
    millisecondi: int
    richiesta: bytes = field(repr=False)
    risposta: bytes = field(repr=False)
