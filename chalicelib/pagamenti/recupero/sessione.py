"""A payment that a portal started is settled with its attempts: when they are asked about, what its session says of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.recupero.verifica import MAX_CONFLICTS, settle
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni import sequel
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import IN_ATTESA

# Longer than its consumer may run (config.json): after it whoever was asking is gone.
IN_VERIFICA = timedelta(seconds=130)


def settle_pagamento(id_pagamento: str, *, now: datetime) -> None:
    """Settle the attempts of a session, if that is due, and the session with them. A repeated message does nothing.

    AWS calls: a read and a write to take it, five at most for each attempt, a read and a write at the end.

    :raises WriteConflict: if others write it faster than we can, five times in a row
    """
    sessione = sessioni.get(id_pagamento)
    if sessione is None or sessione.prossima_verifica is None or sessione.prossima_verifica > now:
        return
    if sessione.in_invio_fino is not None and sessione.in_invio_fino > now:
        return
    held = _held(sessione, now=now)
    try:
        commit(sessioni.writes(sessione, held))
    except WriteConflict:
        return
    motivi = [settle(tentativo.key, now=now) for tentativo in held.tentativi]
    _tell(held, next((words for words in motivi if words), None), now=now)


def _held(sessione: Sessione, *, now: datetime) -> Sessione:
    """Give a session as it is while it is asked about: meanwhile no repeated request may hand its cart over again."""
    prossima = now + rules.attesa(sessione.verifiche)
    fino = now + IN_VERIFICA if sessione.stato is StatoSessione.IN_INVIO else None
    return replace(sessione, verifiche=sessione.verifiche + 1, prossima_verifica=prossima, in_invio_fino=fino)


def _tell(held: Sessione, motivo: str | None, *, now: datetime) -> None:
    """Bring the session up to date with its attempts, and say why it is still open and when it is asked about next."""
    for _ in range(MAX_CONFLICTS):
        before = sessioni.get(held.id)
        if before is None:
            return
        attempts = _attempts(before)
        after = replace(sequel.with_attempts(before, attempts, now=now), in_invio_fino=None)
        given_up = [rpp for rpp in attempts if rpp.stato in IN_ATTESA and rpp.abbandonata is not None]
        if after.is_aperta and motivo is not None:
            after = replace(after, descrizione_stato=motivo)
        elif not after.is_aperta:
            after = replace(after, prossima_verifica=None)
        elif given_up:  # an operator begins its attempts anew: until then nobody is asked
            after = replace(after, prossima_verifica=None, descrizione_stato=given_up[0].descrizione_stato)
        if after == before:
            return
        try:
            commit(sessioni.writes(before, after))
        except WriteConflict:
            continue
        return


def _attempts(sessione: Sessione) -> list[Rpp]:
    """Read the attempts of a session as last written; one that a receipt moved is known by its session."""
    found = []
    for tentativo in sessione.tentativi:
        transazione = repository.load(tentativo.id_dominio, tentativo.iuv)
        own = [rpp for rpp in transazione.rpp if rpp.id_pagamento == sessione.id]
        own.sort(key=lambda rpp: rpp.is_pagata)
        known = transazione.rpp_of(tentativo.ccp)
        found += own[-1:] if known is None or any(rpp.is_pagata for rpp in own) else [known]
    return found
