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
from chalicelib.pagamenti.states import MOVES, StatoRpp
from chalicelib.rest import log

MAX_TENTATIVI = 5
_MAX_CONFLICTS = 5

_STATI = {
    EsitoInvio.ACCETTATA: (StatoRpp.RPT_ACCETTATA_NODO, TipoNotifica.ATTIVAZIONE),
    EsitoInvio.RIFIUTATA: (StatoRpp.RPT_RIFIUTATA_NODO, TipoNotifica.FALLIMENTO),
    EsitoInvio.SCONOSCIUTO: (StatoRpp.RPT_ERRORE_INVIO_A_NODO, TipoNotifica.FALLIMENTO),
}


# Seconds to the next attempt: a person waits at the PSP, so the first ones come soon.
ATTESE = (5, 15, 60, 300)


class InvioIncerto(Exception):
    """What the Nodo said of the RPT could not be stored: the queue must deliver the message again."""


def send_rpt(*, id_dominio: str, iuv: str, ccp: str, now: datetime) -> None:
    """Send the RPT of an activation, unless that is done already; the very same RPT on every attempt.

    Where it is not known whether the Nodo has it, it is sent again after a wait; after MAX_TENTATIVI the attempt is
    closed.

    :raises InvioIncerto: so that the queue delivers the message again
    """
    rpp = _activated(id_dominio, iuv, ccp)
    if rpp is None:
        return
    # Counted before it is sent: what a crash leaves in between is known for a re-send, of which the Nodo may say
    # that it has it already.
    counted = replace(rpp, tentativi_invio=rpp.tentativi_invio + 1)
    commit(repository.rpp_writes(before=rpp, after=counted))
    risposta = Ports.nodo.invia_rpt(rpp, now=now)
    if risposta.esito is EsitoInvio.SCONOSCIUTO and counted.tentativi_invio < MAX_TENTATIVI:
        # A crash before this line leaves the message in the queue, whose own redelivery is the next attempt.
        message = {"idDominio": id_dominio, "iuv": iuv, "ccp": ccp}
        queues.send(Queue.NODO_RPT, message, delay_seconds=ATTESE[rpp.tentativi_invio])
        return
    _conclude(counted.next_version(), risposta, now=now)


def _activated(id_dominio: str, iuv: str, ccp: str) -> Rpp | None:
    """Give the attempt if its RPT is still to be sent."""
    rpp = repository.load(id_dominio, iuv).rpp_of(ccp)
    if rpp is None:
        msg = f"rpp {id_dominio} {iuv} {ccp} da inviare e non presente"
        raise LookupError(msg)
    return rpp if rpp.stato is StatoRpp.RPT_ATTIVATA and rpp.formato is Formato.RPT else None


def _conclude(rpp: Rpp, risposta: RispostaInvio, *, now: datetime) -> None:
    """Store what the Nodo said, unless a ricevuta or another delivery of the message was faster."""
    stato, tipo = _STATI[risposta.esito]
    current: Rpp | None = rpp
    for _ in range(_MAX_CONFLICTS):
        if current is None:
            return
        moved = replace(
            current, stato=move(MOVES, current.stato, stato), descrizione_stato=_descrizione(risposta), aggiornata=now
        )
        outbox = Ports.outbox.writes([DaNotificare(tipo=tipo, rpp=moved)], now=now)
        try:
            commit([*repository.rpp_writes(before=current, after=moved), *outbox])
        except WriteConflict:
            current = _activated(rpp.id_dominio, rpp.iuv, rpp.ccp)
        else:
            Ports.outbox.publish(outbox)
            _log(moved)
            return
    raise InvioIncerto(f"rpt {rpp.id_dominio} {rpp.iuv} {rpp.ccp}: scritture concorrenti")


def _log(rpp: Rpp) -> None:
    log.info("rpt inviata", id_dominio=rpp.id_dominio, iuv=rpp.iuv, ccp=rpp.ccp, esito=rpp.stato)


def _descrizione(risposta: RispostaInvio) -> str | None:
    return ": ".join(part for part in (risposta.fault_code, risposta.descrizione) if part) or None
