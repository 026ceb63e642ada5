"""May this position be paid now? The refusals, in the order in which the Nodo must hear them (PROTOCOLS 3.1)."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from chalicelib.kernel.refusals import EnteNonRisponde, Refusal, Unprocessable
from chalicelib.kernel.rome_time import as_rome, is_decorsa
from chalicelib.pagamenti.model import Ricevuta
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import PAGATI, StatoPendenza


class RifiutoPagoPa(Refusal):
    """A refusal that pagoPA hears too: `codice_pagopa` is the PAA_ code of its fault, `codice` that of the REST APIs."""

    codice_pagopa: ClassVar[str]


class DominioErrato(RifiutoPagoPa, Unprocessable):
    """Not an ente of ours, or a ricevuta in which nothing is ours."""

    codice = "DOM_000"
    codice_pagopa = "PAA_ID_DOMINIO_ERRATO"


class PagamentoSconosciuto(RifiutoPagoPa, Unprocessable):
    codice = "VER_011"
    codice_pagopa = "PAA_PAGAMENTO_SCONOSCIUTO"


class PagamentoAnnullato(RifiutoPagoPa, Unprocessable):
    codice = "VER_013"
    codice_pagopa = "PAA_PAGAMENTO_ANNULLATO"


class PagamentoDuplicato(RifiutoPagoPa, Unprocessable):
    codice = "VER_012"
    codice_pagopa = "PAA_PAGAMENTO_DUPLICATO"


class PagamentoScaduto(RifiutoPagoPa, Unprocessable):
    codice = "VER_010"
    codice_pagopa = "PAA_PAGAMENTO_SCADUTO"


class NienteDaPagare(RifiutoPagoPa, Unprocessable):
    """A position of zero: pagoPA carries no payment of nothing."""

    codice = "SEMANTICA"
    codice_pagopa = "PAA_SEMANTICA"


class EnteNonDisponibile(RifiutoPagoPa, EnteNonRisponde):
    """The ente had to be asked, and did not answer as its contract says; nothing is known of the position."""

    codice = "VER_014"
    codice_pagopa = "PAA_SYSTEM_ERROR"
    status = 422
    categoria = "OPERAZIONE"


class StatoVerificato(StrEnum):
    """What the ente answers of a position (API Ente, statoPendenzaVerificata)."""

    NON_ESEGUITA = "NON_ESEGUITA"
    ANNULLATA = "ANNULLATA"
    SCADUTA = "SCADUTA"
    DUPLICATA = "DUPLICATA"
    SCONOSCIUTA = "SCONOSCIUTA"


def require_pagabile(pendenza: Pendenza, *, now: datetime) -> None:
    """Check that a position of ours may be paid; the due day itself is good.

    :raises PagamentoAnnullato: if it was cancelled
    :raises PagamentoDuplicato: if it was paid; the words name the day and the IUR of the payment
    :raises PagamentoScaduto: if the due date has passed
    """
    if pendenza.stato is StatoPendenza.ANNULLATO:
        raise PagamentoAnnullato("La pendenza è stata annullata dall'ente creditore: rivolgersi all'ente.")
    if pendenza.stato in PAGATI:
        raise PagamentoDuplicato(_gia_pagata(pendenza))
    if is_decorsa(pendenza.data_scadenza, now=now):
        raise PagamentoScaduto(f"La pendenza è scaduta il {pendenza.data_scadenza:%d/%m/%Y}: rivolgersi all'ente.")


def require_due(pendenza: Pendenza) -> None:
    """Check that there is something to pay.

    :raises NienteDaPagare: PAA_SEMANTICA
    """
    if not pendenza.importo:
        raise NienteDaPagare("L'importo della pendenza è zero: non c'è nulla da pagare.")


def require_not_collected(ricevute: Iterable[Ricevuta]) -> None:
    """Check that no money was collected on an IUV whose position was not known when its ricevuta came.

    :raises PagamentoDuplicato: naming the day and the id of the ricevuta
    """
    for ricevuta in ricevute:
        if ricevuta.esito.is_positivo:
            raise PagamentoDuplicato(
                f"Per l'avviso è stata acquisita il {as_rome(ricevuta.ricevuta):%d/%m/%Y} la ricevuta di un pagamento "
                f"con identificativo univoco di riscossione {ricevuta.voci[0].iur}."
            )


def _gia_pagata(pendenza: Pendenza) -> str:
    pagamento = pendenza.pagamento
    if pagamento is None:
        return "La pendenza risulta già pagata."
    giorno = as_rome(pagamento.data).strftime("%d/%m/%Y")
    return f"La pendenza risulta già pagata il {giorno} con identificativo univoco di riscossione {pagamento.iur}."


def must_be_refreshed(pendenza: Pendenza, *, now: datetime) -> bool:
    """Tell whether the ente must be asked for the amount of today: dataValidita has passed (GovPay 3.1 API 4.7)."""
    return is_decorsa(pendenza.data_validita, now=now)


def require_non_eseguita(stato: str, *, descrizione: str | None = None) -> None:
    """Check what the ente answered of a position.

    :raises PagamentoAnnullato: VER_013
    :raises PagamentoDuplicato: VER_012
    :raises PagamentoScaduto: VER_010
    :raises PagamentoSconosciuto: VER_011
    :raises EnteNonDisponibile: VER_014, if it is none of the states of its contract
    """
    motivo = f" ({descrizione})" if descrizione else ""
    match stato:
        case StatoVerificato.NON_ESEGUITA:
            return
        case StatoVerificato.ANNULLATA:
            raise PagamentoAnnullato(f"L'ente creditore dichiara annullata la pendenza{motivo}.")
        case StatoVerificato.DUPLICATA:
            raise PagamentoDuplicato(f"L'ente creditore dichiara già pagata la pendenza{motivo}.")
        case StatoVerificato.SCADUTA:
            raise PagamentoScaduto(f"L'ente creditore dichiara scaduta la pendenza{motivo}.")
        case StatoVerificato.SCONOSCIUTA:
            raise PagamentoSconosciuto(f"L'ente creditore non conosce la pendenza{motivo}.")
    raise EnteNonDisponibile(f"La verifica dell'ente creditore ha risposto con uno stato non previsto: {stato[:35]!r}.")
