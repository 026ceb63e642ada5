"""What waits is tried again: when its flow or payment comes, when its other credit is reversed, and once a day."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.rome_time import rome_day
from chalicelib.rest import log
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository
from chalicelib.riconciliazione.importazione.model import Classe, MovimentoCassa
from chalicelib.riconciliazione.importazione.operations import messaggi
from chalicelib.riconciliazione.importazione.operations.credito import save_outcome, told_again, try_credito
from chalicelib.riconciliazione.importazione.states import RIPROVABILI

_A_MESSAGGIO = 200


def riprova_movimenti(*, id_dominio: str, riferimento: str, now: datetime) -> int:
    """Try again the movements that wait for a flow or an iuv; give how many changed.

    One Query where none waits. Of one that is reconciled its payments are told again: a newer revision may have come.
    """
    waiting = repository.of_riferimento(id_dominio, riferimento, esiti={*RIPROVABILI, EsitoMovimento.RICONCILIATO})
    return _try_all(waiting, now=now)


def retry(message: Mapping[str, Any], *, now: datetime) -> None:
    """Do what a message asks for: one reference, or the next of all that wait of an ente."""
    id_dominio = message["idDominio"]
    if message.get("riferimento"):
        riprova_movimenti(id_dominio=id_dominio, riferimento=message["riferimento"], now=now)
        return
    waiting = repository.waiting(id_dominio, dopo=message.get("dopo", ""), most=_A_MESSAGGIO)
    _try_all(waiting, now=now)
    if len(waiting) == _A_MESSAGGIO:
        messaggi.send_riprova(id_dominio, dopo=waiting[-1].id_movimento)


def ask_retries() -> int:
    """Send a message for each ente, to try again all that waits; give their number."""
    asked = 0
    for dominio in anagrafica.domini():
        if dominio.abilitato:
            messaggi.send_riprova(dominio.id_dominio)
            asked += 1
    return asked


def flow_or_payment_came(id_dominio: str, riferimento: str) -> None:
    """Be told of a flow that holds, or of the ricevuta of an iuv for which a credit waits: off the caller's path."""
    messaggi.send_riprova(id_dominio, riferimento)


def _try_all(waiting: Iterable[MovimentoCassa], *, now: datetime) -> int:
    touched: set[tuple[str, str]] = set()
    changed = 0
    for cassa in waiting:
        if _try(cassa, now=now):
            changed += 1
            touched.add((cassa.id_dominio, cassa.id_giornale))
    for id_dominio, id_giornale in sorted(touched):
        messaggi.send_esiti(id_dominio, id_giornale)
    if changed:
        log.info("movimenti rivalutati", quanti=changed)
    return changed


def _try(cassa: MovimentoCassa, *, now: datetime) -> bool:
    from chalicelib.riconciliazione.importazione.operations.seguiti import storna  # a storno frees, and so tries again

    try:
        if cassa.classe is Classe.STORNO:
            return storna(cassa, now=now)
        if cassa.esito is EsitoMovimento.RICONCILIATO:
            return save_outcome(cassa, told_again(cassa, oggi=rome_day(now)), now=now)
        return save_outcome(cassa, try_credito(cassa, oggi=rome_day(now), now=now), now=now)
    except WriteConflict:
        # Somebody else is at it: their outcome holds, and the daily round comes again.
        log.info("movimento in lavorazione altrove", chiave=cassa.id_movimento)
        return False
