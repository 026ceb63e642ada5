"""Towards pagoPA: intermediari and their stazioni."""

from collections.abc import Iterator

from chalicelib.anagrafica import repository, rules
from chalicelib.anagrafica.model import Connettore, Intermediario, Stazione
from chalicelib.anagrafica.operations.registration import refuse_if, register
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError
from chalicelib.settings import settings


def put_intermediario(*, intermediario: Intermediario, se: Precondition = NESSUNA) -> bool:
    """Register an intermediario.

    :raises SemanticaAnagrafica: SEMANTICA, if an address is not one we may call
    """
    refuse_if(_addresses(intermediario))
    return register(intermediario, partitions=[repository.PAGOPA], se=se)


def put_stazione(*, stazione: Stazione, se: Precondition = NESSUNA) -> bool:
    """Register a stazione.

    :raises SemanticaAnagrafica: SEMANTICA, if its intermediario is not registered or is not the one in its id
    """
    errors = []
    if repository.find(Intermediario, stazione.id_intermediario) is None:
        errors.append(FieldError("idIntermediario", f"l'intermediario {stazione.id_intermediario} non è censito"))
    if not stazione.id_stazione.startswith(f"{stazione.id_intermediario}_"):
        errors.append(FieldError("idStazione", f"deve cominciare con {stazione.id_intermediario}_"))
    refuse_if(errors)
    return register(stazione, partitions=[repository.PAGOPA], se=se)


def connettore_errors(campo: str, connettore: Connettore, url: str = "url") -> Iterator[FieldError]:
    """Give what is wrong with the addresses of a service we are to call."""
    yield from url_errors(f"{campo}.{url}", connettore.url)
    yield from url_errors(f"{campo}.auth.urlTokenEndpoint", connettore.auth.url_token)


def url_errors(campo: str, url: str | None) -> Iterator[FieldError]:
    problem = rules.url_problem(url, allow_private=settings().allow_private_urls) if url else None
    if problem:
        yield FieldError(campo, problem)


def _addresses(intermediario: Intermediario) -> Iterator[FieldError]:
    yield from connettore_errors("servizioPagoPa", intermediario.servizio_pagopa, "urlRPT")
    yield from url_errors("servizioPagoPa.urlAvvisatura", intermediario.url_avvisatura)
    for nome, connettore in intermediario.servizi.items():
        yield from connettore_errors(nome, connettore)
    ftp = intermediario.servizio_ftp
    for campo, connettore_ftp in (("ftp_lettura", ftp.lettura), ("ftp_scrittura", ftp.scrittura)) if ftp else ():
        problem = rules.host_problem(connettore_ftp.host, allow_private=settings().allow_private_urls)
        if problem:
            yield FieldError(f"servizioFtp.{campo}.host", problem)
