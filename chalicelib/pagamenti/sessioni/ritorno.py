"""The payer's way back: where it leads, what it says, and the block that it ends.

The returns of Checkout are URLs of ours, each signed for its esito: whoever holds one cannot make another of it, and
the first genuine one counts. One that says cancel or error lets the portal try again at once. It decides nothing about
money: a ricevuta that comes after all is applied, and money that comes twice is flagged as such.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.transactions import Write, WriteConflict, commit
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.sessioni import queries, repository, rules, sequel
from chalicelib.pagamenti.sessioni.model import Canale, EsitoRitorno, RichiestaPagamento, Sessione
from chalicelib.rest import log

_MAX_CONFLICTS = 5


def require_return(richiesta: RichiestaPagamento, utenza: Utenza, canale: Canale, id_dominio: str) -> None:
    """Check that the payer can be sent back: Checkout takes no cart without it.

    :raises Sintassi:
    :raises Semantica: for somebody who is no applicazione, and wants the payer sent elsewhere than to the ente
    """
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        rules.require_registered_return(richiesta.url_ritorno, _of_dominio(id_dominio))
    if canale is Canale.WISP or richiesta.url_ritorno is not None:
        return
    if configured(utenza.id_a2a, id_dominio) is None:
        words = "è obbligatorio: né la richiesta né l'anagrafica di applicazione e dominio lo indicano"
        raise Sintassi([FieldError("urlRitorno", words)])


def configured(id_a2a: str | None, id_dominio: str) -> str | None:
    """Give where the anagrafica sends the payer: the URL of the applicazione, or that of the dominio (manual 7.1)."""
    applicazione = None if id_a2a is None else anagrafica.applicazione(id_a2a)
    return (None if applicazione is None else applicazione.url_ritorno) or _of_dominio(id_dominio)


def _of_dominio(id_dominio: str) -> str | None:
    completo = anagrafica.dominio(id_dominio)
    return None if completo is None else completo.dominio.url_ritorno


def configured_of(sessione: Sessione) -> str | None:
    return configured(sessione.id_a2a, sessione.tentativi[0].id_dominio)


def come_back(*, id_session: str, esito: str | None, firma: str | None, now: datetime) -> str:
    """Note that the payer came back, once, and give the URL to which they go on.

    AWS calls: a Query, a read and a write; after a cancel or an error one read more, and a transaction.

    :raises NotFound: 404000, for a session that nobody has
    :raises RitornoImpossibile: PAG_013
    """
    sessione = queries.by_session(id_session)
    read = sequel.esito_of(sessione, esito, firma)
    url = sequel.return_url(sessione, read, configured=configured_of(sessione))
    _note(sessione, read, now=now)
    return url


def _note(sessione: Sessione, esito: EsitoRitorno, *, now: datetime) -> None:
    """Store the return, and release the attempts with it; what a ricevuta or another tab wrote first stays."""
    for _ in range(_MAX_CONFLICTS):
        back = sequel.returned(sessione, esito, now=now)
        if back == sessione:
            return
        try:
            commit([*repository.writes(sessione, back), *_release_writes(back, now=now)])
        except WriteConflict:
            sessione = repository.get(sessione.id) or sessione
        else:
            return
    # The payer goes on all the same: the block ends by itself.
    log.warning("ritorno non registrato", chiave=sessione.id)


def _release_writes(sessione: Sessione, *, now: datetime) -> Sequence[Write]:
    if not sessione.is_lasciata:
        return []
    attempts = [rpp for rpp, _ in pagamenti.get_many(tentativo.key for tentativo in sessione.tentativi)]
    moved = [(rpp, sequel.released(rpp, now=now)) for rpp in attempts if rpp.id_pagamento == sessione.id]
    return [
        write
        for before, after in moved
        if after != before
        for write in pagamenti.rpp_writes(before=before, after=after)
    ]
