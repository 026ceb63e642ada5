"""When to ask, what to believe of the answer, when to stop. Pure. By GovPay 3.1 API 4.8 and SANP 2.x."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.kernel.machine import move
from chalicelib.kernel.rome_time import as_rome
from chalicelib.pagamenti.model import Formato, ModelloPagamento, Rpp, TipoNotifica
from chalicelib.pagamenti.recupero.model import (
    EsitoStato,
    Mossa,
    Ricerca,
    RispostaCopia,
    RispostaStato,
    StatoRicerca,
)
from chalicelib.pagamenti.sessioni.model import EsitoRitorno, Sessione
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import CHIUSI_AL_NODO, CON_RT, FALLITI, MOVES, SENZA_PSP, VERIFICABILI, StatoRpp

# An activation whose RPT a crash left unsent is found after this; one whose RPT was sent, when its RT is late.
INVIO_ATTESO = timedelta(minutes=2)
RT_ATTESA = timedelta(minutes=35)
# Then after n squared minutes, at most a day: so many times are two months (GovPay 3.1 API 4.8).
ATTESA_MASSIMA = timedelta(days=1)
MAX_VERIFICHE = 84
# Of what no PSP has had, half a day; of what the payer says was paid at Checkout, a week: by then a flow tells of it.
MAX_SENZA_PSP, MAX_CON_RITORNO = 12, 30
# As long a request or an RPT may be on its way: until then it proves nothing that the Nodo does not know it.
IN_VIAGGIO = timedelta(minutes=5)
# As long the RPT of an activation is worth sending.
RINVIO = timedelta(days=1)
_MAX_MOTIVO = 255
# Biz-Events: ten calls in sixty minutes for a subscription key, and only for what a flow reports (SANP 3.x).
CHIAMATE, FINESTRA = 10, timedelta(minutes=60)
MAX_RICERCHE = 10
RICERCA_CONSERVATA = timedelta(days=120)
_ANNULLATA_WORDS = "La pendenza è stata pagata con un altro tentativo o al di fuori di questo pagamento."
_SCADUTA_WORDS = "Il pagatore non ha completato il pagamento."


def attesa(verifiche: int) -> timedelta:
    """Give the wait after so many questions: n squared minutes, a day at most."""
    return min(timedelta(minutes=(verifiche + 1) ** 2), ATTESA_MASSIMA)


def words_of(motivo: str, *, verifiche: int, limite: int, prossima: datetime) -> str:
    """Say why the outcome is not known, and when it is asked for again, in the Italian time."""
    tail = f" Verifica {verifiche} di {limite}; prossima dopo il {as_rome(prossima):%d/%m/%Y %H:%M}."
    return motivo[: _MAX_MOTIVO - len(tail)].rstrip(".") + "." + tail


def limite(rpp: Rpp, sessione: Sessione | None) -> int:
    """Give how often it is worth asking, by how likely it is that somebody has paid."""
    paid_by_word = sessione is not None and sessione.esito_ritorno in {EsitoRitorno.OK, EsitoRitorno.DIFFERITO}
    if rpp.formato is not Formato.RPT:
        return _limite_checkout(rpp, sessione, paid_by_word=paid_by_word)
    if sessione is not None and rpp.stato in SENZA_PSP and not paid_by_word:
        return MAX_SENZA_PSP
    return MAX_VERIFICHE


def _limite_checkout(rpp: Rpp, sessione: Sessione | None, *, paid_by_word: bool) -> int:
    if paid_by_word:
        return MAX_CON_RITORNO
    left = sessione is not None and sessione.is_lasciata
    # The Nodo brings the idCart with its paGetPayment: without it no PSP was ever about to take the money.
    return 0 if left or rpp.payment_note is None else MAX_SENZA_PSP


def taken(rpp: Rpp, *, now: datetime) -> Rpp:
    """Give an attempt as it is while it is asked about: a process that dies then costs one wait."""
    return replace(rpp, verifiche=rpp.verifiche + 1, prossima_verifica=now + attesa(rpp.verifiche))


def restarted(rpp: Rpp, *, now: datetime) -> Rpp:
    """Give an attempt that is to be asked about anew, by hand; one whose outcome is known stays as it is."""
    if rpp.stato not in VERIFICABILI or rpp.formato is not Formato.RPT:
        return rpp
    return replace(rpp, prossima_verifica=now, verifiche=0, abbandonata=None)


# -- what is to become of an attempt


def paid_elsewhere(rpp: Rpp, sessione: Sessione | None, *, now: datetime) -> Mossa:
    """Close an attempt whose pendenza somebody has paid by other means.

    Whoever has its RPT may still take money for it, and of an RPT that has an RT no list tells: the Nodo goes on being
    asked, until it has closed the attempt too (`still_annulled`).
    """
    mossa = _closed(rpp, StatoRpp.RPT_ANNULLATA, _ANNULLATA_WORDS, now=now)
    if rpp.formato is not Formato.RPT or rpp.verifiche >= limite(rpp, sessione):
        return mossa
    prossima = rpp.prossima_verifica or now + attesa(rpp.verifiche)
    return replace(mossa, rpp=replace(mossa.rpp, prossima_verifica=prossima))


def still_annulled(rpp: Rpp, sessione: Sessione | None, risposta: RispostaStato) -> Mossa:
    """Give what the Nodo's answer makes of an attempt that was closed so: to be asked about again, or never more.

    The ente was told once, and of the same end it is not told by another name.
    """
    known = rpp if risposta.stato is None else replace(rpp, stato=risposta.stato)
    is_over = risposta.esito is EsitoStato.SCONOSCIUTA or risposta.stato in CHIUSI_AL_NODO
    if is_over or rpp.verifiche >= limite(known, sessione):
        return Mossa(rpp=replace(rpp, prossima_verifica=None))
    return Mossa(rpp=rpp)


def ended(rpp: Rpp, sessione: Sessione | None, motivo: str, *, now: datetime) -> Mossa:
    """Give up asking. What was never delivered has failed, what nobody paid has expired; an RT is still to be had."""
    if rpp.stato in {StatoRpp.RPT_ATTIVATA, StatoRpp.RPT_PARCHEGGIATA_NODO}:
        stato = StatoRpp.RPT_ERRORE_INVIO_A_NODO
    elif (rpp.stato, StatoRpp.RPT_SCADUTA) in MOVES:
        stato = StatoRpp.RPT_SCADUTA
    else:
        stato = rpp.stato
    tried = rpp.verifiche if sessione is None else sessione.verifiche
    words = f"{motivo.rstrip('.')[:150]}. Esito non appreso dopo {tried} verifiche: riavviarle o controllare a mano."
    return replace(_closed(rpp, stato, words, now=now), resa=True)


def abandoned(rpp: Rpp, sessione: Sessione, *, now: datetime) -> Mossa:
    """Close an attempt of a cart at Checkout that was not paid in its time."""
    if sessione.stato is StatoSessione.IN_INVIO and rpp.stato is StatoRpp.RPT_ATTIVATA:
        words = f"Checkout non ha confermato il carrello: {sessione.descrizione_stato or 'nessuna risposta'}"
        return _closed(rpp, StatoRpp.RPT_ERRORE_INVIO_A_NODO, words, now=now)
    if sessione.esito_ritorno is EsitoRitorno.ANNULLATO:
        return _closed(rpp, StatoRpp.RPT_ANNULLATA, "Il pagatore ha annullato il pagamento.", now=now)
    return _closed(rpp, StatoRpp.RPT_SCADUTA, _SCADUTA_WORDS, now=now)


def answered(rpp: Rpp, risposta: RispostaStato, *, now: datetime) -> Mossa:
    """Believe what the Nodo says of an RPT."""
    match risposta.esito:
        case EsitoStato.SCONOSCIUTA:
            return _unknown_there(rpp, risposta, now=now)
        case EsitoStato.NOTA if risposta.stato in CHIUSI_AL_NODO:
            return _closed(rpp, risposta.stato or rpp.stato, f"Il Nodo risponde {risposta.motivo}.", now=now)
        case EsitoStato.NOTA if risposta.stato is not None:
            return _open(rpp, risposta.stato, now=now)
    return Mossa(rpp=rpp)


def _unknown_there(rpp: Rpp, risposta: RispostaStato, *, now: datetime) -> Mossa:
    never_left = not rpp.tentativi_invio and rpp.modello is ModelloPagamento.PSP
    if not never_left and now < rpp.creata + IN_VIAGGIO:
        return Mossa(rpp=rpp)
    resendable = rpp.stato in {StatoRpp.RPT_ATTIVATA, StatoRpp.RPT_ERRORE_INVIO_A_NODO}
    if rpp.modello is ModelloPagamento.PSP and resendable and now < rpp.creata + RINVIO:
        stato = rpp.stato if rpp.stato is StatoRpp.RPT_ATTIVATA else move(MOVES, rpp.stato, StatoRpp.RPT_ATTIVATA)
        return Mossa(rpp=replace(rpp, stato=stato), rinvia=True)
    if rpp.stato in FALLITI or (rpp.stato, StatoRpp.RPT_ERRORE_INVIO_A_NODO) not in MOVES:
        return _closed(rpp, rpp.stato, f"Il Nodo risponde {risposta.motivo}.", now=now)
    return _closed(rpp, StatoRpp.RPT_ERRORE_INVIO_A_NODO, f"Il Nodo risponde {risposta.motivo}.", now=now)


def _open(rpp: Rpp, stato: StatoRpp, *, now: datetime) -> Mossa:
    """Take over the state that the Nodo tells; an RT that we lack, or have refused, does not make it ours."""
    if stato in {StatoRpp.RT_ACCETTATA_PA, StatoRpp.RT_RIFIUTATA_PA}:
        stato = StatoRpp.RT_ESITO_SCONOSCIUTO_PA
    if stato is rpp.stato or rpp.stato is StatoRpp.RT_RIFIUTATA_PA:
        return Mossa(rpp=rpp)
    told = TipoNotifica.ATTIVAZIONE if rpp.stato is StatoRpp.RPT_ATTIVATA else None
    return Mossa(rpp=replace(rpp, stato=move(MOVES, rpp.stato, stato), aggiornata=now), notifica=told)


def _closed(rpp: Rpp, stato: StatoRpp, words: str, *, now: datetime) -> Mossa:
    after = replace(
        rpp,
        stato=stato if stato is rpp.stato else move(MOVES, rpp.stato, stato),
        descrizione_stato=words[:_MAX_MOTIVO],
        prossima_verifica=None,
        aggiornata=now,
    )
    return Mossa(rpp=after, notifica=_news(rpp, stato), conclusa=True)


def _news(rpp: Rpp, stato: StatoRpp) -> TipoNotifica | None:
    """Tell the ente of the end of a classic attempt; of Checkout it hears by the ricevuta."""
    if rpp.formato is not Formato.RPT or stato is rpp.stato or stato in CON_RT:
        return None
    return TipoNotifica.ANNULLAMENTO if stato is StatoRpp.RPT_ANNULLATA else TipoNotifica.FALLIMENTO


def gave_up(mossa: Mossa, *, now: datetime) -> Mossa:
    """Put an attempt among those that are asked about again by hand."""
    if mossa.rpp.formato is not Formato.RPT:
        return mossa  # of Checkout nobody can be asked: its receipt comes, or a flow tells of it
    return replace(mossa, rpp=replace(mossa.rpp, abbandonata=now))


# -- receipts by Biz-Events


def turn_of(chiamate: list[datetime], *, now: datetime) -> datetime:
    """Give when the next call may be made: now, or when the oldest of the ten leaves the window."""
    recent = sorted(one for one in chiamate if one > now - FINESTRA)
    return now if len(recent) < CHIAMATE else recent[-CHIAMATE] + FINESTRA


def searched(ricerca: Ricerca, risposta: RispostaCopia, *, trovata: bool, now: datetime) -> Ricerca:
    """Give a search after a call: found, to be asked again, or given up."""
    tentativi = ricerca.tentativi + 1
    stato = StatoRicerca.TROVATA if trovata else StatoRicerca.DA_FARE
    if not trovata and tentativi >= MAX_RICERCHE:
        stato = StatoRicerca.ABBANDONATA
    wait = min(timedelta(hours=tentativi**2), ATTESA_MASSIMA)
    motivo = None if trovata else risposta.motivo[:_MAX_MOTIVO]
    return replace(ricerca, stato=stato, tentativi=tentativi, prossima=now + wait, motivo=motivo)
