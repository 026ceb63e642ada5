"""Is the chain whole? Every result read again, its digest made again, each ring held against the one before."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.riconciliazione.conti import repository
from chalicelib.riconciliazione.conti.model import Anello
from chalicelib.riconciliazione.conti.operations import PRIMO


class Rottura(StrEnum):
    RISULTATO_MANCANTE = "RISULTATO_MANCANTE"  # the object is not in the bucket
    IMPRONTA_DIVERSA = "IMPRONTA_DIVERSA"  # the object is not what was chained
    CATENA_SPEZZATA = "CATENA_SPEZZATA"  # a ring does not hold the digest of the one before
    ANELLO_MANCANTE = "ANELLO_MANCANTE"  # a number is not there
    TESTA_DIVERSA = "TESTA_DIVERSA"  # the last ring is not the one that was added last


@dataclass(frozen=True, slots=True, kw_only=True)
class Catena:
    """The rings of an ente that were gone through, and where the chain is broken, by number."""

    id_dominio: str
    anelli: int
    rotture: tuple[tuple[int, Rottura], ...]
    ultimo: Anello | None


def rings(id_dominio: str) -> Iterator[Anello]:
    return repository.rings(id_dominio)


def verify_chain(id_dominio: str) -> Catena:
    """Verify the chain of an ente. A Query for a hundred rings, and a GET for each."""
    broken: list[tuple[int, Rottura]] = []
    last: Anello | None = None
    count = 0
    for anello in repository.rings(id_dominio):
        count += 1
        broken += [(anello.progressivo, rottura) for rottura in _broken(anello, last)]
        last = anello
    testa = repository.head(id_dominio)
    if testa != last:
        broken.append((0 if testa is None else testa.progressivo, Rottura.TESTA_DIVERSA))
    return Catena(id_dominio=id_dominio, anelli=count, rotture=tuple(broken), ultimo=last)


def _broken(anello: Anello, last: Anello | None) -> Iterator[Rottura]:
    before, number = (PRIMO, 0) if last is None else (last.impronta, last.progressivo)
    if anello.progressivo != number + 1:
        yield Rottura.ANELLO_MANCANTE
    elif anello.precedente != before:
        yield Rottura.CATENA_SPEZZATA
    body = documents.get(Bucket.RICONCILIAZIONE, anello.chiave)
    if body is None:
        yield Rottura.RISULTATO_MANCANTE
    elif (
        hashlib.sha256(body).hexdigest() != anello.impronta
        or f'"precedente":"{anello.precedente}"' not in body.decode()
    ):
        yield Rottura.IMPRONTA_DIVERSA
