"""A payment that a portal started: what was asked, the attempts in the cart, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import EsitoPagamento, RiferimentiPortale, Rpp
from chalicelib.pagamenti.sessioni.states import APERTI, StatoSessione
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.model import Nota, NuovaPendenza, Soggetto


class Canale(StrEnum):
    """By which way the cart goes to pagoPA: chosen by the version of the stazione."""

    CHECKOUT = "CHECKOUT"  # V2: POST /carts (SANP 3.x)
    WISP = "WISP"  # V1: nodoInviaCarrelloRPT (SANP 2.x)


class EsitoRitorno(StrEnum):
    """The esito in the URL with which the payer comes back: navigation, never proof.

    ANNULLATO is Checkout's only, and is ERROR to the portal: its contract knows no other word for it.
    """

    OK = "OK"
    ERROR = "ERROR"
    DIFFERITO = "DIFFERITO"
    ANNULLATO = "ANNULLATO"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContoAddebito:
    iban: str
    bic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PerRiferimento:
    """A pendenza in the archive, by its id."""

    id_a2a: str
    id_pendenza: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PerAvviso:
    """A pendenza by its notice; `id_debitore`, if given, must be that of its debtor."""

    id_dominio: str
    numero_avviso: str
    id_debitore: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completa:
    """A pendenza known to the portal, whole."""

    id_a2a: str
    id_pendenza: str
    nuova: NuovaPendenza


@dataclass(frozen=True, slots=True, kw_only=True)
class Spontanea:
    """A pendenza that the data of a form make (v2 of the contract, PagamentoSpontaneo)."""

    id_dominio: str
    id_tipo_pendenza: str
    dati: Any


VoceCarrello = PerRiferimento | PerAvviso | Completa | Spontanea


@dataclass(frozen=True, slots=True, kw_only=True)
class RichiestaPagamento:
    """What a portal asks: 1..5 pendenze, and how they are to be paid (GovPay 3.1 API 3.2, pagamentoPost)."""

    pendenze: tuple[VoceCarrello, ...]
    url_ritorno: str | None = None
    conto_addebito: ContoAddebito | None = None
    data_esecuzione: date | None = None
    credenziali_pagatore: str | None = None
    versante: Soggetto | None = None
    autenticazione: str | None = None
    lingua: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tentativo:
    """An attempt of the cart as the session remembers it: its key, and how far it came."""

    id_dominio: str
    iuv: str
    ccp: str
    id_a2a: str
    id_pendenza: str
    id_tipo_pendenza: str
    importo: Importo
    debitore: str
    stato: StatoRpp = StatoRpp.RPT_ATTIVATA
    esito: EsitoPagamento | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.id_dominio, self.iuv, self.ccp


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessione:
    """A payment that a portal started. `id` is also the cart's (idCart, identificativoCarrello) and the ccp.

    `id_carrello` is in its place where a pendenza in favour of two enti goes to the WISP. `id_session` is the one that
    comes back with the payer: ours at Checkout, the Nodo's at the WISP; `segreto` is what the returns of Checkout are
    signed with. `id_a2a` is None where nobody was authenticated. `url_ritorno` is as the portal gave it.
    `in_invio_fino` is how long the request that is handing the cart over may take; `prossima_verifica` is from when on
    pagoPA must be asked what became of a session that is still open. Times are UTC.
    """

    id: str
    stato: StatoSessione
    canale: Canale
    creata: datetime
    aggiornata: datetime
    id_stazione: str
    nome: str
    importo: Importo
    tentativi: tuple[Tentativo, ...]
    id_a2a: str | None = None
    anonima: bool = False
    id_sessione_portale: str | None = None
    id_session: str | None = None
    segreto: str | None = None
    id_carrello: str | None = None
    redirect: str | None = None
    url_ritorno: str | None = None
    conto_addebito: ContoAddebito | None = None
    data_esecuzione: date | None = None
    credenziali_pagatore: str | None = None
    versante: Soggetto | None = None
    autenticazione: str | None = None
    lingua: str | None = None
    descrizione_stato: str | None = None
    esito_ritorno: EsitoRitorno | None = None
    in_invio_fino: datetime | None = None
    prossima_verifica: datetime | None = None
    verifiche: int = 0
    fault_code: str | None = None
    verificato: bool = False
    note: tuple[Nota, ...] = ()
    versione: int = 0

    @property
    def is_aperta(self) -> bool:
        """Tell whether a payment may still come of it."""
        return self.stato in APERTI

    @property
    def location(self) -> str:
        return f"/pagamenti/{self.id}"

    @property
    def nome_carrello(self) -> str:
        return self.id_carrello or self.id

    @property
    def is_lasciata(self) -> bool:
        """Tell whether the payer gave it up at Checkout, by a return that is surely ours."""
        gave_up = self.esito_ritorno in {EsitoRitorno.ANNULLATO, EsitoRitorno.ERROR}
        return gave_up and self.segreto is not None

    @property
    def riferimenti(self) -> RiferimentiPortale:
        return RiferimentiPortale(
            id_carrello=self.nome_carrello, id_session=self.id_session, id_sessione_portale=self.id_sessione_portale
        )

    def next_version(self) -> "Sessione":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotenza:
    """By what a repeated request is known: a key of its caller's, and the hash of its body.

    With `rigida` (header Idempotency-Key) another body under the same key is refused; an idSessionePortale says
    nothing about another body.
    """

    chiave: str
    impronta: str
    rigida: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prenotazione:
    """Which session a repeated request belongs to, as stored."""

    chiave: str
    impronta: str
    id: str
    scade: datetime
    versione: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrello:
    """What goes to pagoPA: the session, its attempts and pendenze in one order; `denominazioni` by dominio.

    `url_connector` is where the payer comes back at Checkout, without its query.
    """

    sessione: Sessione
    rpp: tuple[Rpp, ...]
    denominazioni: Mapping[str, str]
    url_connector: str
