"""From a payable position to an attempt: what each primitive can carry, and the data frozen in the request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Unprocessable
from chalicelib.kernel.rome_time import rome_day
from chalicelib.pagamenti.model import (
    CCP_IN_ATTESA,
    CanalePsp,
    Ente,
    Formato,
    ModelloPagamento,
    Rpp,
    Transazione,
    VoceRichiesta,
)
from chalicelib.pagamenti.rules.verifica import RifiutoPagoPa
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.model import Pendenza, Soggetto, VocePendenza

_CAUSALE_LENGTH = 140
_OF_CART = frozenset({StatoRpp.RPT_ATTIVATA, StatoRpp.RPT_ACCETTATA_NODO})
ANONIMO = "ANONIMO"


class NonAttivabile(RifiutoPagoPa, Unprocessable):
    """The primitive cannot carry what the position holds (several voci, a marca da bollo)."""

    codice = "SEMANTICA"
    codice_pagopa = "PAA_SEMANTICA"


class ImportoNonValido(RifiutoPagoPa, Unprocessable):
    codice = "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO"
    codice_pagopa = "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO"


class PagamentoInCorso(RifiutoPagoPa, Unprocessable):
    """The same ccp was activated with other data."""

    codice = "PAG_014"
    codice_pagopa = "PAA_PAGAMENTO_IN_CORSO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditore:
    """What an attempt names of the ente: itself, the stazione that serves it, the BIC of its accounts by IBAN."""

    ente: Ente
    id_stazione: str
    bic: Mapping[str, str]


def require_carried_by_classic(pendenza: Pendenza) -> None:
    """Check that paaVerificaRPT and paaAttivaRPT can carry the position: one voce, no bollo (SANP 2.x).

    :raises NonAttivabile: PAA_SEMANTICA
    """
    if len(pendenza.voci) != 1:
        raise NonAttivabile("La pendenza ha più voci: è pagabile soltanto con le primitive SANP 3.x.")
    if pendenza.is_multibeneficiario:
        raise NonAttivabile("La pendenza è a favore di un altro ente: è pagabile soltanto con le primitive SANP 3.x.")
    if pendenza.voci[0].bollo is not None:
        raise NonAttivabile("La pendenza contiene una marca da bollo telematica: non è pagabile presso un PSP.")


def require_carried_by(formato: Formato, pendenza: Pendenza) -> None:
    """Check that the primitive of that format can carry the position: paGetPayment has no place for a bollo.

    :raises NonAttivabile: PAA_SEMANTICA
    """
    if formato is Formato.RPT:
        require_carried_by_classic(pendenza)
    if formato is Formato.V1 and any(voce.bollo is not None for voce in pendenza.voci):
        raise NonAttivabile("La pendenza contiene una marca da bollo telematica: è pagabile con paGetPaymentV2.")


def activate_classic(
    pendenza: Pendenza,
    creditore: Creditore,
    *,
    ccp: str,
    canale: CanalePsp,
    importo: Importo,
    versante: Soggetto | None,
    pagatore: Soggetto | None,
    id_messaggio: str,
    now: datetime,
) -> Rpp:
    """Make the attempt that a PSP asked for with paaAttivaRPT.

    :raises NonAttivabile: PAA_SEMANTICA
    :raises ImportoNonValido: if the PSP collects another amount than what is due
    """
    require_carried_by_classic(pendenza)
    if importo != pendenza.importo:
        raise ImportoNonValido(f"L'importo dovuto è {pendenza.importo}, quello indicato dal PSP è {importo}.")
    attempt = new_attempt(pendenza, creditore, formato=Formato.RPT, ccp=ccp, id_messaggio=id_messaggio, now=now)
    debitore = _debitore(pendenza.soggetto_pagatore, pagatore)
    return replace(attempt, psp=canale, pagatore=debitore, versante=_versante(versante, debitore))


def _debitore(of_pendenza: Soggetto, of_psp: Soggetto | None) -> Soggetto:
    """Give the debtor of the pendenza; whom the PSP names only counts where the ente names nobody."""
    return of_psp if of_psp is not None and of_pendenza.identificativo == ANONIMO else of_pendenza


def _versante(versante: Soggetto | None, debitore: Soggetto) -> Soggetto | None:
    """Leave out a versante who is the debtor (RPT 6.2)."""
    if versante is None or versante.identificativo == debitore.identificativo:
        return None
    return versante


def same_activation(existing: Rpp, asked: Rpp) -> bool:
    """Tell whether a repeated activation asks for what was activated."""
    return (existing.formato, existing.psp, existing.importo, existing.versante, existing.pagatore) == (
        asked.formato,
        asked.psp,
        asked.importo,
        asked.versante,
        asked.pagatore,
    )


def refresh_waiting(
    waiting: Rpp | None,
    pendenza: Pendenza,
    creditore: Creditore,
    *,
    formato: Formato,
    payment_note: str | None,
    id_messaggio: str,
    now: datetime,
) -> Rpp:
    """Make the one attempt that waits for its ricevuta, or bring it up to date: each get asks for what is due now.

    The attempt of a portal's cart keeps what the portal asked. That the Nodo asks for it shows that Checkout took it.

    :raises NonAttivabile: PAA_SEMANTICA
    """
    require_carried_by(formato, pendenza)
    fresh = replace(
        new_attempt(pendenza, creditore, formato=formato, ccp=CCP_IN_ATTESA, id_messaggio=id_messaggio, now=now),
        payment_note=payment_note,
    )
    if waiting is None:
        return fresh
    fresh = replace(fresh, creata=waiting.creata, id_messaggio=waiting.id_messaggio, versione=waiting.versione)
    if waiting.id_pagamento is None:
        return fresh
    return replace(
        waiting,
        formato=formato,
        stato=StatoRpp.RPT_ACCETTATA_NODO,
        aggiornata=now,
        id_stazione=fresh.id_stazione,
        importo=fresh.importo,
        voci=fresh.voci,
        causale=fresh.causale,
        payment_note=payment_note,
    )


def asks_the_same(stored: Rpp, fresh: Rpp) -> bool:
    """Tell whether an attempt that another get has just stored asks for what this one would store."""
    return fresh == replace(
        stored,
        creata=fresh.creata,
        aggiornata=fresh.aggiornata,
        id_messaggio=fresh.id_messaggio,
        versione=fresh.versione,
    )


def waiting_attempt(transazione: Transazione, payment_note: str | None) -> Rpp | None:
    """Give the attempt that a get brings up to date: that of the cart its paymentNote names, or that of any PSP."""
    of_cart = None if payment_note is None else transazione.rpp_of(payment_note)
    if of_cart is not None and of_cart.id_pagamento == payment_note and of_cart.stato in _OF_CART:
        return of_cart
    return transazione.rpp_of(CCP_IN_ATTESA)


def new_attempt(
    pendenza: Pendenza, creditore: Creditore, *, formato: Formato, ccp: str, id_messaggio: str, now: datetime
) -> Rpp:
    """Make an attempt to pay all that is due, as the pendenza stands."""
    iuv = pendenza.iuv or ""
    return Rpp(
        id_dominio=pendenza.id_dominio,
        iuv=iuv,
        ccp=ccp,
        formato=formato,
        modello=ModelloPagamento.PSP,
        stato=StatoRpp.RPT_ATTIVATA,
        creata=now,
        aggiornata=now,
        id_messaggio=id_messaggio,
        id_a2a=pendenza.id_a2a,
        id_pendenza=pendenza.id_pendenza,
        id_tipo_pendenza=pendenza.id_tipo_pendenza,
        id_stazione=creditore.id_stazione,
        ente=creditore.ente,
        pagatore=pendenza.soggetto_pagatore,
        importo=pendenza.importo,
        voci=_voci_richieste(pendenza, creditore),
        numero_avviso=pendenza.numero_avviso,
        causale=pendenza.causale,
        data_esecuzione=rome_day(now),
    )


def _voci_richieste(pendenza: Pendenza, creditore: Creditore) -> tuple[VoceRichiesta, ...]:
    """Give what is asked: pagoPA carries no transfer of nothing, so a voce of zero is left out."""
    due = (voce for voce in pendenza.voci if voce.importo)
    return tuple(_voce_richiesta(voce, indice, pendenza, creditore) for indice, voce in enumerate(due, 1))


def _voce_richiesta(voce: VocePendenza, indice: int, pendenza: Pendenza, creditore: Creditore) -> VoceRichiesta:
    return VoceRichiesta(
        indice=indice,
        id_voce=voce.id_voce,
        id_dominio=voce.id_dominio or pendenza.id_dominio,
        importo=voce.importo,
        causale=causale_versamento(
            iuv=pendenza.iuv or "", importo=voce.importo, testo=voce.descrizione_causale_rpt or voce.descrizione
        ),
        dati_specifici_riscossione=voce.dati_specifici_riscossione,
        iban_accredito=voce.iban_accredito,
        bic_accredito=creditore.bic.get(voce.iban_accredito or ""),
        iban_appoggio=voce.iban_appoggio,
        bic_appoggio=creditore.bic.get(voce.iban_appoggio or ""),
        bollo=voce.bollo,
    )


def causale_versamento(*, iuv: str, importo: Importo, testo: str) -> str:
    """Write the causale by which the bank's movement is found again, cut at 140 (SACI; GovPay 3.1 API 4.7).

    The importo is always written, and an RF code unbroken, as GovPay does.
    """
    kind = "RFS" if iuv.startswith("RF") else "RFB"
    return f"/{kind}/{iuv}/{importo}/TXT/{testo}"[:_CAUSALE_LENGTH]
