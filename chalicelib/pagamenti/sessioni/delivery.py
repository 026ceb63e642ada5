"""The cart goes to pagoPA, and what pagoPA says of it is stored: session, attempts and news in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.machine import move
from chalicelib.kernel.refusals import PagoPaRifiuta
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import DaNotificare, Rpp, TipoNotifica
from chalicelib.pagamenti.ports import EsitoInvio, Ports, RispostaCarrello
from chalicelib.pagamenti.sessioni import repository, sequel
from chalicelib.pagamenti.sessioni.model import Canale, Carrello, Sessione
from chalicelib.pagamenti.sessioni.ritorno import configured_of
from chalicelib.pagamenti.states import MOVES, StatoRpp
from chalicelib.rest import log
from chalicelib.settings import settings

CONNECTOR = "/govpay/frontend/web/connector"
_MAX_CONFLICTS = 5
_MAX_MOTIVO = 255

# What the answer makes of the attempts, and what the ente is told of it (classic: of Checkout it hears by the ricevuta).
_STATI = {
    EsitoInvio.ACCETTATA: (StatoRpp.RPT_ACCETTATA_NODO, TipoNotifica.ATTIVAZIONE),
    EsitoInvio.RIFIUTATA: (StatoRpp.RPT_RIFIUTATA_NODO, TipoNotifica.FALLIMENTO),
}


def deliver(sessione: Sessione, attempts: Sequence[Rpp] | None = None, *, ripetuto: bool, now: datetime) -> Sessione:
    """Hand the cart of a stored session over to pagoPA; give the session as the answer leaves it.

    `attempts` are those of the cart, as stored, where the caller has them at hand.

    An outcome that stays unknown leaves it IN_INVIO, to be asked about from `prossima_verifica` on.
    """
    attempts = _attempts(sessione) if attempts is None else attempts
    carrello = Carrello(
        sessione=sessione,
        rpp=tuple(attempts),
        denominazioni={rpp.id_dominio: rpp.ente.denominazione for rpp in attempts},
        url_connector=f"{settings().base_url}{CONNECTOR}/checkout",
    )
    way = Ports.wisp if sessione.canale is Canale.WISP else Ports.checkout
    risposta = way.invia(carrello, ripetuto=ripetuto, now=now)
    concluded = _conclude(sessione, attempts, risposta, now=now)
    log.info("carrello inviato", chiave=sessione.id, esito=risposta.esito, codice=risposta.fault_code)
    return concluded


def _attempts(sessione: Sessione) -> list[Rpp]:
    """Read the attempts of a session as last written; one whose ricevuta came is not there under its old ccp."""
    found = (pagamenti.load(t.id_dominio, t.iuv).rpp_of(t.ccp) for t in sessione.tentativi)
    return [rpp for rpp in found if rpp is not None]


def _conclude(sessione: Sessione, attempts: Sequence[Rpp], risposta: RispostaCarrello, *, now: datetime) -> Sessione:
    """Store the answer, whatever else was written meanwhile: a ricevuta may be faster than the Location."""
    current = sessione
    for _ in range(_MAX_CONFLICTS):
        moved = _moved(attempts, risposta, now=now)
        after = _settled(current, moved, risposta, now=now)
        facts = [
            DaNotificare(tipo=_STATI[risposta.esito][1], rpp=rpp, portale=after.riferimenti)
            for _, rpp in moved
            if sessione.canale is Canale.WISP
        ]
        outbox = Ports.outbox.writes(facts, now=now)
        writes = [*repository.writes(current, after), *outbox]
        for before, rpp in moved:
            writes += pagamenti.rpp_writes(before=before, after=rpp)
        try:
            commit(writes)
        except WriteConflict:
            current = repository.get(sessione.id) or current
            attempts = _attempts(current)
            continue
        Ports.outbox.publish(outbox)
        return after.next_version()
    raise WriteConflict([repository.SESSIONE])


def _moved(attempts: Sequence[Rpp], risposta: RispostaCarrello, *, now: datetime) -> list[tuple[Rpp, Rpp]]:
    if risposta.esito not in _STATI:
        return []
    stato = _STATI[risposta.esito][0]
    words = ": ".join(part for part in (risposta.fault_code, risposta.descrizione) if part)[:_MAX_MOTIVO] or None
    return [
        (rpp, replace(rpp, stato=move(MOVES, rpp.stato, stato), descrizione_stato=words, aggiornata=now))
        for rpp in attempts
        if rpp.stato is StatoRpp.RPT_ATTIVATA
    ]


def _settled(
    sessione: Sessione, moved: Sequence[tuple[Rpp, Rpp]], risposta: RispostaCarrello, *, now: datetime
) -> Sessione:
    motivo = risposta.descrizione or risposta.fault_code or "nessuna risposta"
    match risposta.esito:
        case EsitoInvio.ACCETTATA:
            after = sequel.accepted(
                sessione,
                id_session=risposta.id_session or sessione.id_session,
                redirect=risposta.redirect or _directly_back(sessione),
                now=now,
            )
        case EsitoInvio.RIFIUTATA:
            code = risposta.fault_code or PagoPaRifiuta.codice
            after = sequel.refused(sessione, fault_code=code, motivo=motivo, now=now)
        case EsitoInvio.SCONOSCIUTO:
            after = sequel.unknown(sessione, fault_code=risposta.fault_code, motivo=motivo, now=now)
    return sequel.with_attempts(after, [rpp for _, rpp in moved], now=now)


def _directly_back(sessione: Sessione) -> str:
    """Give where the payer goes when the Nodo has nothing to show them: straight back (GovPay 3.1 API 4.7)."""
    url = sessione.url_ritorno or configured_of(sessione)
    return "" if url is None else sequel.with_query(url, idPagamento=sessione.id)
