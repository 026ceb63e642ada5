"""A pendenza is loaded whose ricevuta came before it: it is stored paid, and its ente is told, in one transaction."""

from datetime import datetime

from chalicelib.aws.transactions import MAX_WRITES, Write, WriteConflict, commit
from chalicelib.kernel.refusals import Conflict
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


class PagataTroppeVolte(Conflict):
    """The IUV has more ricevute than one transaction can give to its pendenza: 409."""


def save_settled(pendenza: Pendenza, now: datetime) -> Pendenza:
    """Store a new pendenza with what the ricevute of its IUV make of it, and give it as stored.

    AWS calls: a Query, a transaction, one message to the queue for each ricevuta.

    :raises WriteConflict: naming `posizione` or `pendenza` if the IUV or the id has been taken meanwhile
    :raises PagataTroppeVolte: if the ricevute are too many to be settled at once; nothing is written
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
        writes = [*pendenze.writes(None, saldo.pendenza), mark, *_money_writes(saldo), *outbox]
        if len(writes) > MAX_WRITES:
            raise _too_many(saldo)
        try:
            commit(writes)
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


def _too_many(saldo: Saldo) -> PagataTroppeVolte:
    """Say what to do: the money stays listed among the riscossioni without pendenza, where a person settles it."""
    pendenza = saldo.pendenza
    return PagataTroppeVolte(
        f"Per lo IUV {pendenza.iuv} del dominio {pendenza.id_dominio} sono già arrivate {len(saldo.esiti)} ricevute "
        "senza una pendenza: sono troppe per attribuirle tutte a questa. Restano tra le riscossioni con anomalia: "
        "verificarle con pagoPA, e caricare la pendenza con un altro numero avviso."
    )


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
