"""What pagamenti needs from outside: the ente, the Nodo, the outbox of notifiche. Joined by wiring."""

from __future__ import annotations  # wiring imports this file at every cold start, and no model for its sake

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from chalicelib.anagrafica.model import Applicazione
    from chalicelib.aws.transactions import Write
    from chalicelib.pagamenti.model import DaNotificare, Ricevuta, Rpp
    from chalicelib.pagamenti.recupero.model import RispostaCopia, RispostaStato
    from chalicelib.pagamenti.sessioni.model import Carrello

__all__ = [
    "Carrelli",
    "Documenti",
    "Domande",
    "EnteIrraggiungibile",
    "EsitoInvio",
    "Nodo",
    "Outbox",
    "Pendenti",
    "Ports",
    "Ricevute",
    "RispostaCarrello",
    "RispostaInvio",
    "Verifica",
]


class EnteIrraggiungibile(Exception):
    """The ente did not answer in time, or answered what its contract does not allow. `motivo` is Italian."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


class Verifica(Protocol):
    """Asks the ente's API for a pendenza (API Ente). Gives the JSON of PendenzaVerificata, None for 404."""

    def by_avviso(
        self, applicazione: Applicazione, *, id_dominio: str, iuv: str, now: datetime
    ) -> dict[str, Any] | None:
        """Ask for the pendenza of a notice.

        :raises EnteIrraggiungibile: within the time budget
        """
        ...

    def by_pendenza(
        self,
        applicazione: Applicazione,
        *,
        id_pendenza: str,
        now: datetime,
        id_dominio: str | None = None,
        iuv: str | None = None,
    ) -> dict[str, Any] | None:
        """Ask for a pendenza by its id; dominio and IUV are those under which the giornale tells of it.

        :raises EnteIrraggiungibile: within the time budget
        """
        ...

    def by_form(
        self, applicazione: Applicazione, *, id_dominio: str, id_tipo_pendenza: str, dati: Any, now: datetime
    ) -> dict[str, Any] | None:
        """Send the data of a form, and give the pendenza that the ente makes of them.

        :raises EnteIrraggiungibile: within the time budget
        """
        ...


class Outbox(Protocol):
    """Plans notifications in the transaction of their cause, and sends them on after the commit."""

    def writes(self, fatti: Sequence[DaNotificare], *, now: datetime) -> list[Write]:
        """Give the outbox items to write with the cause: none for an applicazione without connector."""
        ...

    def publish(self, writes: Sequence[Write]) -> None:
        """Enqueue what was committed. A crash before it costs only time: a schedule does it again."""
        ...


class EsitoInvio(StrEnum):
    ACCETTATA = "ACCETTATA"
    RIFIUTATA = "RIFIUTATA"
    SCONOSCIUTO = "SCONOSCIUTO"  # time-out, or a fault after which the Nodo may have taken it: ask, do not guess


@dataclass(frozen=True, slots=True, kw_only=True)
class RispostaInvio:
    esito: EsitoInvio
    fault_code: str | None = None
    descrizione: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RispostaCarrello:
    """What pagoPA said of a cart: where the payer goes (`redirect`), and the session that comes back with them.

    Without `fault_code` a refusal is that pagoPA could not be reached: nothing was delivered.
    """

    esito: EsitoInvio
    redirect: str | None = None
    id_session: str | None = None
    fault_code: str | None = None
    descrizione: str | None = None


class Carrelli(Protocol):
    """Hands a cart over to pagoPA, by one of the two ways (pagamenti.sessioni.model.Canale)."""

    def invia(self, carrello: Carrello, *, ripetuto: bool, now: datetime) -> RispostaCarrello:
        """Hand the cart over; `ripetuto`: it may have been delivered before. It never raises for what pagoPA does."""
        ...


class Nodo(Protocol):
    """Sends what the Nodo must have from us (classic)."""

    def invia_rpt(self, rpp: Rpp, *, now: datetime) -> RispostaInvio: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Pendenti:
    """RPTs that the Nodo holds without RT, by (dominio, iuv, ccp); `motivo` is why they could not be listed."""

    chiavi: tuple[tuple[str, str, str], ...] = ()
    motivo: str | None = None


class Domande(Protocol):
    """Asks the Nodo what became of what it has from us (classic). It never raises for what the Nodo does."""

    def stato(self, rpp: Rpp, *, now: datetime) -> RispostaStato:
        """Ask for the state of an RPT: nodoChiediStatoRPT."""
        ...

    def copia_rt(self, rpp: Rpp, *, now: datetime) -> RispostaCopia:
        """Ask for the RT of an RPT, and acquire it as one that was sent to us: nodoChiediCopiaRT."""
        ...

    def pendenti(
        self, *, id_dominio: str, id_stazione: str, da: datetime, a: datetime, most: int, now: datetime
    ) -> Pendenti:
        """List the RPTs without RT of an ente that the Nodo took in that time: nodoChiediListaPendentiRPT."""
        ...


class Ricevute(Protocol):
    """Asks pagoPA for the receipt of a payment that only a flow reports (Biz-Events, SANP 3.x)."""

    def chiave(self, id_stazione: str) -> str | None:
        """Give the name under which the calls of a stazione are counted; None where it may make none."""
        ...

    def recupera(self, *, id_dominio: str, iuv: str, iur: str, id_stazione: str, now: datetime) -> RispostaCopia:
        """Ask for a receipt, and acquire it as one that was sent to us. It never raises for what pagoPA does."""
        ...


class Documenti(Protocol):
    """Writes an attempt and a ricevuta as the documents of AgID: RPT and RT 6.2."""

    def rpt(self, rpp: Rpp) -> bytes: ...

    def rt(self, ricevuta: Ricevuta, rpp: Rpp) -> bytes: ...


class Ports:
    """What wiring joins. `credito_in_attesa` is told dominio and iuv of a ricevuta that a credit of the bank waits for."""

    verifica: Verifica
    outbox: Outbox
    nodo: Nodo
    domande: Domande
    ricevute: Ricevute
    documenti: Documenti
    wisp: Carrelli
    checkout: Carrelli
    credito_in_attesa: Callable[[str, str], None] | None = None
