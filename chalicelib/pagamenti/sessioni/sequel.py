"""What becomes of a session: pagoPA's answer to the cart, the payer's return, the ricevute."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chalicelib.kernel.machine import move
from chalicelib.kernel.refusals import FieldError, Sintassi, Unprocessable
from chalicelib.pagamenti.model import EsitoPagamento, Rpp
from chalicelib.pagamenti.sessioni.model import EsitoRitorno, Sessione, Tentativo
from chalicelib.pagamenti.sessioni.states import APERTI, MOVES, StatoSessione
from chalicelib.pagamenti.states import FALLITI, IN_ATTESA, StatoRpp
from chalicelib.pendenze.model import Nota
from chalicelib.pendenze.rules.patch import PatchOp

S = StatoSessione
# The first look at what became of a cart whose outcome is unknown; then tentativi squared, at most hourly.
PRIMA_VERIFICA = timedelta(minutes=1)
# A cart that was not paid by then is no longer payable (WISP bridge, Checkout: half an hour): what became of it is asked.
VITA_CARRELLO = timedelta(minutes=35)
_ATTESA_MASSIMA = timedelta(hours=1)
_CON_RICEVUTA = frozenset({S.ESEGUITO, S.NON_ESEGUITO, S.PARZIALMENTE_ESEGUITO})
MAX_NOTE = 30
_MAX_MOTIVO = 255
_NOTA_FIELDS = {"autore": 255, "tipo": 35, "oggetto": 255, "testo": 2000}
# How many minutes a payment that an anonymous caller started may be read by whoever knows its id.
MINUTI_ANONIMO = 60


class RitornoImpossibile(Unprocessable):
    """The payer cannot be sent back: neither the request nor the anagrafica gave a return URL."""

    codice = "PAG_013"


# -- pagoPA's answer to the cart


def accepted(sessione: Sessione, *, id_session: str | None, redirect: str, now: datetime) -> Sessione:
    """Give the session whose cart pagoPA took; a ricevuta that was faster keeps its word."""
    stato = move(MOVES, sessione.stato, S.IN_CORSO_AL_PSP) if sessione.stato is S.IN_INVIO else sessione.stato
    taken = replace(sessione, stato=stato, id_session=id_session, redirect=redirect, fault_code=None)
    verifica = max(now, sessione.creata) + VITA_CARRELLO if stato in APERTI else None
    return replace(_sent(taken, now), prossima_verifica=verifica, descrizione_stato=None)


def refused(sessione: Sessione, *, fault_code: str, motivo: str, now: datetime) -> Sessione:
    """Give the session whose cart pagoPA refused."""
    stato = move(MOVES, sessione.stato, S.FALLITO) if sessione.stato is S.IN_INVIO else sessione.stato
    return _sent(replace(sessione, stato=stato, fault_code=fault_code, descrizione_stato=motivo[:_MAX_MOTIVO]), now)


def _sent(sessione: Sessione, now: datetime) -> Sessione:
    return replace(sessione, in_invio_fino=None, prossima_verifica=None, aggiornata=now)


def unknown(sessione: Sessione, *, fault_code: str | None, motivo: str, now: datetime) -> Sessione:
    """Give the session of which nobody knows whether pagoPA took the cart: it is asked again later, not guessed."""
    wait = min(PRIMA_VERIFICA * (sessione.verifiche + 1) ** 2, _ATTESA_MASSIMA)
    return replace(
        sessione,
        in_invio_fino=None,
        prossima_verifica=now + wait,
        verifiche=sessione.verifiche + 1,
        fault_code=fault_code,
        descrizione_stato=motivo[:_MAX_MOTIVO],
        aggiornata=now,
    )


def taken(sessione: Sessione, *, fino: datetime) -> Sessione:
    """Give the session as the request that hands its cart over holds it."""
    return replace(sessione, in_invio_fino=fino)


def may_be_sent_again(sessione: Sessione, *, now: datetime) -> bool:
    """Tell whether a repeated request may hand the same cart over again: nobody is at it, and nothing is known."""
    return sessione.stato is S.IN_INVIO and (sessione.in_invio_fino is None or sessione.in_invio_fino <= now)


def is_being_sent(sessione: Sessione, *, now: datetime) -> bool:
    return sessione.stato is S.IN_INVIO and not may_be_sent_again(sessione, now=now)


# -- the attempts


def tentativo_of(rpp: Rpp) -> Tentativo:
    return Tentativo(
        id_dominio=rpp.id_dominio,
        iuv=rpp.iuv,
        ccp=rpp.ccp,
        id_a2a=rpp.id_a2a,
        id_pendenza=rpp.id_pendenza,
        id_tipo_pendenza=rpp.id_tipo_pendenza,
        importo=rpp.importo,
        debitore=rpp.pagatore.identificativo,
        stato=rpp.stato,
        esito=rpp.esito,
    )


def with_attempts(sessione: Sessione, moved: Iterable[Rpp], *, now: datetime) -> Sessione:
    """Give the session after some of its attempts moved, with its stato recomputed.

    A position is once in a cart: its attempt is known by it, since at Checkout the ccp (the payment token) comes with
    the ricevuta. What was paid stays as it is, whatever comes later under another token.
    """
    of_position = {(rpp.id_dominio, rpp.iuv): rpp for rpp in moved if rpp.id_pagamento == sessione.id}
    tentativi = tuple(_moved(t, of_position.get((t.id_dominio, t.iuv))) for t in sessione.tentativi)
    if tentativi == sessione.tentativi:
        return sessione
    stato = stato_of(tentativi, now_is=sessione.stato)
    stato = sessione.stato if stato is sessione.stato else move(MOVES, sessione.stato, stato)
    verifica = sessione.prossima_verifica if stato in APERTI else None
    # What was said of it before its outcome was known says nothing any more.
    words = None if stato in _CON_RICEVUTA and stato is not sessione.stato else sessione.descrizione_stato
    return replace(
        sessione,
        tentativi=tentativi,
        stato=stato,
        prossima_verifica=verifica,
        descrizione_stato=words,
        aggiornata=now,
    )


def _moved(tentativo: Tentativo, rpp: Rpp | None) -> Tentativo:
    is_paid = tentativo.esito is not None and tentativo.esito.is_positivo
    if rpp is None or (is_paid and rpp.ccp != tentativo.ccp):
        return tentativo
    return tentativo_of(rpp)


def stato_of(tentativi: Sequence[Tentativo], *, now_is: StatoSessione) -> StatoSessione:
    """Compute the stato of a session from all its attempts (GovPay 3.1 API 4.4)."""
    stati = {tentativo.stato for tentativo in tentativi}
    esiti = {tentativo.esito for tentativo in tentativi}
    if stati & IN_ATTESA:
        return now_is
    if stati == {StatoRpp.RPT_ANNULLATA}:
        return S.ANNULLATO
    if stati <= FALLITI:
        return S.FALLITO
    if esiti == {EsitoPagamento.ESEGUITO}:
        return S.ESEGUITO
    if not any(esito is not None and esito.is_positivo for esito in esiti):
        return S.NON_ESEGUITO
    return S.PARZIALMENTE_ESEGUITO


# -- the payer's return


_OF_NODO = frozenset({EsitoRitorno.OK, EsitoRitorno.ERROR, EsitoRitorno.DIFFERITO})
_OF_CHECKOUT = _OF_NODO | {EsitoRitorno.ANNULLATO}
_DESCRIZIONI = {
    EsitoRitorno.ANNULLATO: "Il pagatore ha annullato il pagamento presso Checkout",
    EsitoRitorno.ERROR: "Il pagatore è tornato da pagoPA con esito ERROR",
}
_FIRMA_LENGTH = 32


def firma_of(sessione: Sessione, esito: EsitoRitorno) -> str:
    """Sign a return URL of Checkout: for this session and this esito only."""
    message = f"{sessione.id_session}|{esito}".encode()
    return hmac.new((sessione.segreto or "").encode(), message, hashlib.sha256).hexdigest()[:_FIRMA_LENGTH]


def esito_of(sessione: Sessione, text: str | None, firma: str | None) -> EsitoRitorno:
    """Read the esito of a return URL: what is missing, unheard of, or not signed by us where we sign, is FAIL."""
    known = _OF_NODO if sessione.segreto is None else _OF_CHECKOUT
    esito = next((one for one in known if one == text), None)
    if esito is None:
        return EsitoRitorno.FAIL
    genuine = sessione.segreto is None or hmac.compare_digest(
        firma_of(sessione, esito).encode(), (firma or "").encode()
    )
    return esito if genuine else EsitoRitorno.FAIL


def returned(sessione: Sessione, esito: EsitoRitorno, *, now: datetime) -> Sessione:
    """Give the session whose payer came back: only the first return counts, and it decides nothing about money."""
    if sessione.stato is not S.IN_CORSO_AL_PSP:
        return sessione
    if sessione.segreto is not None and esito is EsitoRitorno.FAIL:
        # Not a URL that we made.
        return sessione
    stato = move(MOVES, sessione.stato, S.IN_ATTESA_DI_ESITO)
    words = _DESCRIZIONI.get(esito)
    return replace(sessione, stato=stato, esito_ritorno=esito, descrizione_stato=words, aggiornata=now)


def released(rpp: Rpp, *, now: datetime) -> Rpp:
    """Give an attempt that keeps no other away any more: its payer gave it up. It may still be paid, and then counts."""
    if not rpp.bloccante or rpp.stato not in IN_ATTESA:
        return rpp
    return replace(rpp, bloccante=False, aggiornata=now)


def return_url(sessione: Sessione, esito: EsitoRitorno, *, configured: str | None) -> str:
    """Give where the payer goes: the URL of the request or that of the ente, with what the portal must know.

    :raises RitornoImpossibile: PAG_013
    """
    base = sessione.url_ritorno or configured
    if base is None:
        raise RitornoImpossibile(
            f"Il pagatore del carrello {sessione.id} non può tornare al portale: la richiesta non aveva urlRitorno."
        )
    told = EsitoRitorno.ERROR if esito is EsitoRitorno.ANNULLATO else esito
    return with_query(base, idPagamento=sessione.id, idSession=sessione.id_session or "", esito=told.value)


def with_query(url: str, **params: str) -> str:
    """Set parameters in the query of a URL, in the place of those of the same name."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in params]
    return urlunsplit(parts._replace(query=urlencode([*kept, *params.items()])))


# -- who may see it, and what a person notes on it


def is_readable_by_anonymous(sessione: Sessione, *, now: datetime) -> bool:
    return sessione.anonima and now <= sessione.creata + timedelta(minutes=MINUTI_ANONIMO)


def patched(sessione: Sessione, ops: Sequence[PatchOp], *, principal: str, now: datetime) -> Sessione:
    """Apply the operations of a PATCH: REPLACE of /verificato, ADD of /nota.

    :raises Sintassi: with all that is not allowed
    """
    errors: list[FieldError] = []
    after = sessione
    for index, op in enumerate(ops):
        try:
            after = _applied(after, op, principal=principal, now=now)
        except ValueError as error:
            campo, _, motivo = str(error).partition(": ")
            errors.append(FieldError(f"[{index}].{campo}", motivo))
    if errors:
        raise Sintassi(errors)
    return sessione if after == sessione else replace(after, aggiornata=now)


def _applied(sessione: Sessione, op: PatchOp, *, principal: str, now: datetime) -> Sessione:
    match op.path, op.op, op.value:
        case "/verificato", "REPLACE", bool(verificato):
            return replace(sessione, verificato=verificato)
        case "/nota", "ADD", dict(value):
            if len(sessione.note) >= MAX_NOTE:
                raise ValueError(f"value: il pagamento ha già {MAX_NOTE} note")
            return replace(sessione, note=(*sessione.note, _nota(value, principal, now)))
        case ("/verificato" | "/nota") as path, ("REPLACE" | "ADD"), _ if _op_of(path) == op.op:
            raise ValueError(f"value: non è valido per il percorso {path}")
        case ("/verificato" | "/nota") as path, _, _:
            raise ValueError(f"op: per il percorso {path} è ammessa solo l'operazione {_op_of(path)}")
    raise ValueError(f"path: non è ammesso il percorso {op.path[:64]}: uno fra /verificato, /nota")


def _op_of(path: str) -> str:
    return {"/verificato": "REPLACE", "/nota": "ADD"}[path]


def _nota(value: dict[str, object], principal: str, now: datetime) -> Nota:
    texts: dict[str, str | None] = {}
    for name, most in _NOTA_FIELDS.items():
        text = value.get(name)
        if text is not None and (not isinstance(text, str) or len(text) > most):
            raise ValueError(f"value.{name}: deve essere un testo di al più {most} caratteri")
        texts[name] = text if isinstance(text, str) else None
    return Nota(principal=principal, data=now, **texts)
