"""The RPT that the Nodo expects after paaAttivaRPT: sent by a queue's consumer, as often as it takes to be sure."""

from dataclasses import replace
from datetime import datetime

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.machine import move
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import DaNotificare, Formato, Rpp, TipoNotifica
from chalicelib.pagamenti.ports import EsitoInvio, Ports, RispostaInvio
from chalicelib.pagamenti.recupero.model import EsitoStato
from chalicelib.pagamenti.recupero.rules import RT_ATTESA, attesa, limite, words_of
from chalicelib.pagamenti.states import CHIUSI_AL_NODO, MOVES, StatoRpp
from chalicelib.rest import log

MAX_TENTATIVI = 5
_MAX_CONFLICTS = 5

_STATI = {EsitoInvio.ACCETTATA: StatoRpp.RPT_ACCETTATA_NODO, EsitoInvio.RIFIUTATA: StatoRpp.RPT_RIFIUTATA_NODO}
_NOTIFICHE = {EsitoInvio.ACCETTATA: TipoNotifica.ATTIVAZIONE, EsitoInvio.RIFIUTATA: TipoNotifica.FALLIMENTO}


# Seconds to the next attempt: a person waits at the PSP, so the first ones come soon.
ATTESE = (5, 15, 60, 300)


class InvioIncerto(Exception):
    """What the Nodo said of the RPT could not be stored: the queue must deliver the message again."""


def send_rpt(*, id_dominio: str, iuv: str, ccp: str, now: datetime) -> None:
    """Send the RPT of an activation, unless that is done already; the very same RPT on every attempt.

    Where it is not known whether the Nodo has it, the Nodo is asked after a wait, and only if it never had it is the
    RPT sent again; after MAX_TENTATIVI that is left to the recovery, whose questions come further apart.

    :raises InvioIncerto: so that the queue delivers the message again
    """
    rpp = _activated(id_dominio, iuv, ccp)
    if rpp is None:
        return
    # Counted before it is sent: what a crash leaves in between is known for a re-send, of which the Nodo may say
    # that it has it already.
    counted = replace(rpp, tentativi_invio=rpp.tentativi_invio + 1)
    commit(repository.rpp_writes(before=rpp, after=counted))
    risposta = _sent(rpp, now=now)
    if risposta.esito is EsitoInvio.SCONOSCIUTO and counted.tentativi_invio < MAX_TENTATIVI:
        # A crash before this line leaves the message in the queue, whose own redelivery is the next attempt.
        message = {"idDominio": id_dominio, "iuv": iuv, "ccp": ccp}
        queues.send(Queue.NODO_RPT, message, delay_seconds=ATTESE[rpp.tentativi_invio])
        return
    _conclude(counted.next_version(), risposta, now=now)


def _sent(rpp: Rpp, *, now: datetime) -> RispostaInvio:
    """Send it; one that may have been delivered before is asked about first (SANP 2.x)."""
    if not rpp.tentativi_invio:
        return Ports.nodo.invia_rpt(rpp, now=now)
    known = Ports.domande.stato(rpp, now=now)
    match known.esito:
        case EsitoStato.SCONOSCIUTA:
            return Ports.nodo.invia_rpt(rpp, now=now)
        case EsitoStato.NOTA:
            closed = known.stato in CHIUSI_AL_NODO
            esito = EsitoInvio.RIFIUTATA if closed else EsitoInvio.ACCETTATA
            code = known.stato.value if closed and known.stato is not None else None
            return RispostaInvio(esito=esito, fault_code=code, descrizione=known.descrizione)
    return RispostaInvio(esito=EsitoInvio.SCONOSCIUTO, fault_code=known.fault_code, descrizione=known.descrizione)


def _activated(id_dominio: str, iuv: str, ccp: str) -> Rpp | None:
    """Give the attempt if its RPT is still to be sent."""
    rpp = repository.load(id_dominio, iuv).rpp_of(ccp)
    if rpp is None:
        msg = f"rpp {id_dominio} {iuv} {ccp} da inviare e non presente"
        raise LookupError(msg)
    return rpp if rpp.stato is StatoRpp.RPT_ATTIVATA and rpp.formato is Formato.RPT else None


def _conclude(rpp: Rpp, risposta: RispostaInvio, *, now: datetime) -> None:
    """Store what the Nodo said, unless a ricevuta or another delivery of the message was faster."""
    current: Rpp | None = rpp
    for _ in range(_MAX_CONFLICTS):
        if current is None:
            return
        moved = _moved(current, risposta, now=now)
        facts = [DaNotificare(tipo=_NOTIFICHE[risposta.esito], rpp=moved)] if moved.stato is not current.stato else []
        outbox = Ports.outbox.writes(facts, now=now)
        try:
            commit([*repository.rpp_writes(before=current, after=moved), *outbox])
        except WriteConflict:
            current = _activated(rpp.id_dominio, rpp.iuv, rpp.ccp)
        else:
            Ports.outbox.publish(outbox)
            _log(moved)
            return
    raise InvioIncerto(f"rpt {rpp.id_dominio} {rpp.iuv} {rpp.ccp}: scritture concorrenti")


def _moved(rpp: Rpp, risposta: RispostaInvio, *, now: datetime) -> Rpp:
    """Give the attempt after the answer, and when it is asked about next: for its RT, or whether it is there at all."""
    after = replace(rpp, descrizione_stato=_descrizione(risposta), aggiornata=now)
    match risposta.esito:
        case EsitoInvio.ACCETTATA:
            prossima: datetime | None = now + RT_ATTESA
        case EsitoInvio.RIFIUTATA:
            prossima = None
        case EsitoInvio.SCONOSCIUTO:
            prossima = now + attesa(rpp.verifiche)
            words = _descrizione(risposta) or "nessuna risposta dal Nodo"
            tried = words_of(words, verifiche=rpp.verifiche, limite=limite(rpp, None), prossima=prossima)
            return replace(after, descrizione_stato=tried, prossima_verifica=prossima)
    return replace(after, stato=move(MOVES, rpp.stato, _STATI[risposta.esito]), prossima_verifica=prossima)


def _log(rpp: Rpp) -> None:
    log.info("rpt inviata", id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp, esito=rpp.stato)


def _descrizione(risposta: RispostaInvio) -> str | None:
    return ": ".join(part for part in (risposta.fault_code, risposta.descrizione) if part) or None
