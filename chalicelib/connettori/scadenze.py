"""Certificates that end soon: those that the connettori of the anagrafica name, looked at once a day."""

from collections.abc import Iterator
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Connettore, TipoAuth
from chalicelib.aws.secrets import get_secret
from chalicelib.kernel.certificati import CertificatoIlleggibile, scadenze_of
from chalicelib.rest import log

# When somebody is told: two months and one month before, and every day of the last week and after it.
AVVISI_GIORNI = (60, 30)
ULTIMI_GIORNI = 7
_PEM = "-----BEGIN "


def check_certificati(*, now: datetime) -> int:
    """Say in the log which certificates end in 60, in 30, or in at most 7 days, and which cannot be read.

    A day is said once, because it is called once a day. Gives how many it looked at.
    """
    # One certificate may be used for many services: it is said once, for the first of them.
    named = {value: name for name, value in reversed(list(_named()))}
    for value, name in named.items():
        _check(name, value if value.startswith(_PEM) else get_secret(value), now=now)
    log.info("certificati controllati", quanti=len(named))
    return len(named)


def _check(chiave: str, pem: str | None, *, now: datetime) -> None:
    try:
        # Of several, the one that ends first is the one that stops working.
        giorni = (min(scadenze_of(pem or "")).date() - now.date()).days
    except CertificatoIlleggibile:
        log.error("certificato illeggibile", chiave=chiave)
        return
    if giorni in AVVISI_GIORNI or giorni <= ULTIMI_GIORNI:
        log.warning("certificato in scadenza", chiave=chiave, quanti=giorni)


def _named() -> Iterator[tuple[str, str]]:
    """Give every certificate in use: of what it is, and its secret's name, or its PEM where the anagrafica has that."""
    for name, connettore in _connettori():
        auth = connettore.auth
        if auth.tipo is TipoAuth.SSL and auth.certificate:
            yield f"certificato per {name}", auth.certificate
        if auth.ca:
            yield f"ca di {name}", auth.ca


def _connettori() -> Iterator[tuple[str, Connettore]]:
    for intermediario in anagrafica.intermediari().values():
        if intermediario.abilitato:
            yield intermediario.id_intermediario, intermediario.servizio_pagopa
            for servizio, connettore in intermediario.servizi.items():
                yield f"{intermediario.id_intermediario} {servizio}", connettore
    for applicazione in anagrafica.applicazioni():
        if applicazione.abilitato and applicazione.servizio_integrazione is not None:
            yield applicazione.id_a2a, applicazione.servizio_integrazione
