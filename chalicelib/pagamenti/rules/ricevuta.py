"""What a ricevuta does: to its attempt, to the money, to the position. A real payment is never refused nor lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.kernel.machine import move
from chalicelib.kernel.oblio import ANONIMO
from chalicelib.kernel.refusals import Conflict, NotFound, Unprocessable
from chalicelib.pagamenti.model import CCP_IN_ATTESA, EsitoPagamento, Formato, Ricevuta, Riscossione, Rpp, Transazione
from chalicelib.pagamenti.rules.riscossioni import riscossioni_of, settle
from chalicelib.pagamenti.rules.verifica import DominioErrato, RifiutoPagoPa
from chalicelib.pagamenti.states import MOVES, PENDENTI, StatoRpp
from chalicelib.pendenze.model import Pendenza, Soggetto

_IUR_ASSENTE = frozenset({"n/a", "0"})


class RptSconosciuta(RifiutoPagoPa, NotFound):
    codice = "PAA_RPT_SCONOSCIUTA"
    codice_pagopa = "PAA_RPT_SCONOSCIUTA"


class RtDuplicata(RifiutoPagoPa, Conflict):
    codice = "PAA_RT_DUPLICATA"
    codice_pagopa = "PAA_RT_DUPLICATA"


class ReceiptDuplicata(RifiutoPagoPa, Conflict):
    codice = "PAA_RECEIPT_DUPLICATA"
    codice_pagopa = "PAA_RECEIPT_DUPLICATA"


class RtNonConforme(RifiutoPagoPa, Unprocessable):
    """An RT that does not answer its RPT; `differenze` are all of them."""

    codice = "PAA_SEMANTICA"
    codice_pagopa = "PAA_SEMANTICA"

    def __init__(self, differenze: tuple[str, ...]) -> None:
        self.differenze = differenze
        super().__init__("La ricevuta non corrisponde alla richiesta: " + "; ".join(differenze) + ".")


@dataclass(frozen=True, slots=True, kw_only=True)
class EsitoAcquisizione:
    """All that a ricevuta changes.

    `rpp` is the attempt as it becomes, `replaced` what was stored of it under another ccp; both are None where the
    position is not ours. `pendenza` is None where no position changes.
    """

    ricevuta: Ricevuta
    rpp: Rpp | None = None
    replaced: Rpp | None = None
    riscossioni: tuple[Riscossione, ...] = ()
    pendenza: Pendenza | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nostri:
    """Which of the enti named in a ricevuta are registered with us, and of those, whose money we follow."""

    censiti: frozenset[str]
    intermediati: frozenset[str]


Rebuild = Callable[[Pendenza, Ricevuta], Rpp]


def acquire(
    transazione: Transazione, ricevuta: Ricevuta, *, nostri: Nostri, rebuild: Rebuild, now: datetime
) -> EsitoAcquisizione:
    """Decide what a ricevuta changes. `rebuild` makes the attempt of a ricevuta that had none.

    :raises RptSconosciuta: an RT without its RPT
    :raises RtDuplicata: the outcome of that RPT is known
    :raises ReceiptDuplicata: that receipt is known, from whichever version of the primitive
    :raises RtNonConforme: an RT that does not answer its RPT
    :raises DominioErrato: a receipt in which neither the position nor a beneficiary is ours
    """
    stored = transazione.ricevuta_of(ricevuta.id_ricevuta)
    if ricevuta.formato is Formato.RPT:
        replaced: Rpp | None = _require_rpt(transazione, ricevuta)
    else:
        replaced = _attempt_of_receipt(transazione, ricevuta, stored, nostri)
    ricevuta = replace(ricevuta, versione=stored.versione if stored is not None else 0)
    pendenza = transazione.posizione
    attempt = replaced
    if attempt is None and pendenza is not None:
        attempt = _of_cart(transazione, rebuild(pendenza, ricevuta), ricevuta)
    riscossioni = riscossioni_of(transazione, ricevuta, attempt, intermediati=nostri.intermediati, now=now)
    settled = None
    if pendenza is not None and riscossioni:
        settled = settle(pendenza, ricevuta, riscossioni, now=now)
    return EsitoAcquisizione(
        ricevuta=ricevuta,
        rpp=None if attempt is None else _accepted(attempt, ricevuta, now=now),
        replaced=replaced,
        riscossioni=riscossioni,
        pendenza=settled,
    )


def _require_rpt(transazione: Transazione, ricevuta: Ricevuta) -> Rpp:
    rpp = transazione.rpp_of(ricevuta.ccp)
    if rpp is None or rpp.ccp == CCP_IN_ATTESA:
        raise RptSconosciuta(f"Nessuna RPT per dominio {ricevuta.id_dominio}, iuv {ricevuta.iuv}, ccp {ricevuta.ccp}.")
    if _is_known(rpp.esito if rpp.stato is StatoRpp.RT_ACCETTATA_PA else None, ricevuta):
        raise RtDuplicata(f"La RT per iuv {ricevuta.iuv}, ccp {ricevuta.ccp} è già stata acquisita.")
    differenze = differences(rpp, ricevuta)
    if differenze:
        raise RtNonConforme(differenze)
    return rpp


def _is_known(esito: EsitoPagamento | None, ricevuta: Ricevuta) -> bool:
    """Tell whether an outcome stands already: a KO stands until an OK comes (the bridge sends both, in that order)."""
    return esito is not None and (esito.is_positivo or not ricevuta.esito.is_positivo)


def _attempt_of_receipt(
    transazione: Transazione, ricevuta: Ricevuta, stored: Ricevuta | None, nostri: Nostri
) -> Rpp | None:
    """Find the attempt that a receipt closes: the one with its token, or the one that waits for a token."""
    if _is_known(None if stored is None else stored.esito, ricevuta):
        raise ReceiptDuplicata(f"La ricevuta {ricevuta.id_ricevuta} è già stata acquisita.")
    if transazione.posizione is None:
        if not nostri.censiti:
            raise DominioErrato("Nella ricevuta né l'ente dell'avviso né alcun beneficiario è censito.")
        return None
    return (
        transazione.rpp_of(ricevuta.id_ricevuta)
        or _attempt_of_cart(transazione, ricevuta)
        or transazione.rpp_of(CCP_IN_ATTESA)
    )


def _attempt_of_cart(transazione: Transazione, ricevuta: Ricevuta) -> Rpp | None:
    """Find the attempt of a portal's cart: by idCart, which comes back as paymentNote (SANP 3.x).

    The note may be missing in a receipt. Then it is the attempt that the Nodo asked for in a cart, if it is the only
    one, and no PSP asked for the position by itself.
    """
    of_carts = [rpp for rpp in transazione.rpp if rpp.ccp == rpp.id_pagamento and rpp.formato is not Formato.RPT]
    if ricevuta.payment_note is not None:
        return next((rpp for rpp in of_carts if rpp.ccp == ricevuta.payment_note), None)
    asked = [rpp for rpp in of_carts if rpp.payment_note is not None and rpp.stato in PENDENTI]
    return asked[0] if len(asked) == 1 and transazione.rpp_of(CCP_IN_ATTESA) is None else None


def _of_cart(transazione: Transazione, attempt: Rpp, ricevuta: Ricevuta) -> Rpp:
    """Give a rebuilt attempt to the session of a portal that its receipt names, if that has tried to pay before."""
    note = ricevuta.payment_note
    known = next((rpp for rpp in transazione.rpp if note is not None and rpp.id_pagamento == note), None)
    if known is None:
        return attempt
    return replace(attempt, id_pagamento=known.id_pagamento, id_a2a_portale=known.id_a2a_portale, modello=known.modello)


def _accepted(attempt: Rpp, ricevuta: Ricevuta, *, now: datetime) -> Rpp:
    # Under another ccp it is another item: its versions start again.
    versione = attempt.versione if attempt.ccp == ricevuta.ccp else 0
    return replace(
        attempt,
        ccp=ricevuta.ccp,
        stato=move(MOVES, attempt.stato, StatoRpp.RT_ACCETTATA_PA),
        descrizione_stato=None,
        esito=ricevuta.esito,
        prossima_verifica=None,
        abbandonata=None,
        aggiornata=now,
        versione=versione,
    )


def refuse(rpp: Rpp, motivo: str, *, now: datetime) -> Rpp:
    """Give the attempt whose ricevuta was refused; what was accepted before stays accepted."""
    if rpp.stato is StatoRpp.RT_ACCETTATA_PA:
        return rpp
    if rpp.stato is StatoRpp.RT_RIFIUTATA_PA and rpp.descrizione_stato == motivo:
        return rpp
    stato = move(MOVES, rpp.stato, StatoRpp.RT_RIFIUTATA_PA)
    return replace(rpp, stato=stato, descrizione_stato=motivo, aggiornata=now)


def differences(rpp: Rpp, rt: Ricevuta) -> tuple[str, ...]:
    """List where an RT does not answer its RPT (SANP 2.x, RT 6.2). Amounts that differ from the voci are no reason."""
    return tuple(words for check in (_different_key, _different_money, _different_items) for words in check(rpp, rt))


def _different_key(rpp: Rpp, rt: Ricevuta) -> list[str]:
    pairs = [
        ("riferimentoMessaggioRichiesta", rpp.id_messaggio, rt.riferimento_messaggio),
        ("enteBeneficiario", rpp.ente.id_dominio, rt.ente.id_dominio),
    ]
    if rpp.pagatore.identificativo != ANONIMO:  # one who was forgotten may have paid before
        pairs.append(("soggettoPagatore", _codice(rpp.pagatore), _codice(rt.pagatore)))
    return [f"{name} non è quello della richiesta" for name, asked, answered in pairs if asked != answered]


def _codice(soggetto: Soggetto) -> str:
    """Give the codice as it goes over the wire: sixteen characters at most (RPT 6.2)."""
    return soggetto.identificativo[:16].upper()


def _different_money(_rpp: Rpp, rt: Ricevuta) -> list[str]:
    total = sum(voce.importo.cents for voce in rt.voci)
    found = []
    if total != rt.importo.cents:
        found.append("importoTotalePagato non è la somma degli importi singoli")
    if rt.esito.is_positivo and not rt.importo:
        found.append("l'esito è positivo e l'importo totale è zero")
    if not rt.esito.is_positivo and rt.importo:
        found.append("l'esito è negativo e l'importo totale non è zero")
    if rt.esito is EsitoPagamento.ESEGUITO and any(not voce.importo for voce in rt.voci):
        found.append("l'esito è eseguito e un importo singolo è zero")
    return found


def _different_items(rpp: Rpp, rt: Ricevuta) -> list[str]:
    found = []
    if rt.esito.is_positivo and len(rt.voci) != len(rpp.voci):
        found.append(f"i pagamenti singoli sono {len(rt.voci)}, quelli richiesti {len(rpp.voci)}")
    # A zero needs no IUR ("n/a", or "0" of the bridge); money does, or the flow that reports it cannot be matched.
    found += [
        f"identificativoUnivocoRiscossione manca nel pagamento singolo {voce.indice}"
        for voce in rt.voci
        if voce.importo and voce.iur in _IUR_ASSENTE
    ]
    return found
