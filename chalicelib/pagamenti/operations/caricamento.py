"""A pendenza is loaded whose ricevuta came before it: it is stored paid, and its ente is told, in one transaction."""

from datetime import datetime

from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import DaNotificare
from chalicelib.pagamenti.operations.acquisizione import da_notificare, nostri_of, rebuild_at
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.rules.caricamento import Saldo, acquired_before, settle_loaded
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze import senza_posizione
from chalicelib.pendenze.model import Pendenza
from chalicelib.rest import log

_MAX_ATTEMPTS = 5


def save_settled(pendenza: Pendenza, now: datetime) -> Pendenza:
    """Store a new pendenza with what the ricevute of its IUV make of it, and give it as stored.

    AWS calls: a Query, a transaction, one message to the queue for each ricevuta.

    :raises WriteConflict: naming `posizione` or `pendenza` if the IUV or the id has been taken meanwhile
    """
    iuv = pendenza.iuv or ""
    for attempt in range(_MAX_ATTEMPTS):
        transazione = repository.load(pendenza.id_dominio, iuv)
        if transazione.posizione is not None:
            raise WriteConflict([pendenze.POSIZIONE])
        nostri = nostri_of(*transazione.ricevute)
        saldo = settle_loaded(transazione, pendenza, nostri=nostri, rebuild=rebuild_at(now), now=now)
        outbox = Ports.outbox.writes(_news(saldo), now=now)
        known = acquired_before(transazione)
        mark = (
            senza_posizione.removal(pendenza.id_dominio, iuv, known=known)
            if known
            else senza_posizione.absence_check(pendenza.id_dominio, iuv)
        )
        try:
            commit([*pendenze.writes(None, saldo.pendenza), mark, *_money_writes(saldo), *outbox])
        except WriteConflict as conflict:
            if pendenze.PENDENZA in conflict.names or attempt == _MAX_ATTEMPTS - 1:
                raise
            # Another ricevuta came meanwhile.
            continue
        Ports.outbox.publish(outbox)
        _log(saldo)
        return pendenze.next_of(None, saldo.pendenza)
    raise AssertionError


def _money_writes(saldo: Saldo) -> list[Write]:
    attempts = [esito.rpp for esito in saldo.esiti if esito.rpp is not None]
    return [
        *(write for rpp in attempts for write in repository.rpp_writes(before=None, after=rpp)),
        *repository.money_writes(None, saldo.riscossioni, None),
    ]


def _news(saldo: Saldo) -> list[DaNotificare]:
    return [fatto for esito in saldo.esiti for fatto in da_notificare(esito)]


def _log(saldo: Saldo) -> None:
    pendenza = saldo.pendenza
    log.info(
        "pendenza caricata dopo la ricevuta",
        id_dominio=pendenza.id_dominio,
        iuv=pendenza.iuv,
        stato=pendenza.stato,
        quanti=len(saldo.esiti),
    )
