"""Where the proof of the books lies: in the table `incassi`, under `verifica#<dominio>`; the results in S3.

sk testa                        the number and the digest of the last ring
   avanzamento#giorno#esecuzione   how far a run has come; gone when it is done
   anello#progressivo           a ring; its result is at `chiave` in the bucket `riconciliazione`
   fatta#giorno#esecuzione      that a run is done, with the number of its ring
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from pynamodb.indexes import GlobalSecondaryIndex

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Write, commit, version_is
from chalicelib.riconciliazione.conti.model import Anello, Verifica
from chalicelib.riconciliazione.tables import IncassoItem

_TESTA, _AVANZAMENTO, _ANELLO, _FATTA = "testa", "avanzamento#", "anello#", "fatta#"
PAGINA = 100


def _partition(id_dominio: str) -> str:
    return f"verifica#{id_dominio}"


def _run(giorno: date, esecuzione: str) -> str:
    return f"{giorno.isoformat()}#{esecuzione}"


def _condition(versione: int) -> Any:
    return version_is(versione) if versione else ABSENT


def state_of(id_dominio: str, giorno: date, esecuzione: str) -> tuple[Verifica | None, bool]:
    """Give how far a run has come, and whether it is done; one BatchGetItem."""
    pk, run = _partition(id_dominio), _run(giorno, esecuzione)
    keys = [(pk, _AVANZAMENTO + run), (pk, _FATTA + run)]
    found = {item.sk: item for item in IncassoItem.batch_get(keys, consistent_read=True)}
    item = found.get(_AVANZAMENTO + run)
    stored = None if item is None else replace(decode(Verifica, item.documento), versione=int(item.versione))
    return stored, _FATTA + run in found


def save_progress(verifica: Verifica) -> Verifica:
    """Write how far it has come.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    commit([Write(item=_progress(verifica, 1), condition=_condition(verifica.versione), name="avanzamento")])
    return replace(verifica, versione=verifica.versione + 1)


def _progress(verifica: Verifica, ahead: int) -> IncassoItem:
    return IncassoItem(
        pk=_partition(verifica.id_dominio),
        sk=_AVANZAMENTO + _run(verifica.giorno, verifica.esecuzione),
        versione=verifica.versione + ahead,
        documento=encode(verifica),
    )


def head(id_dominio: str) -> Anello | None:
    """Give the last ring of an ente."""
    try:
        item = IncassoItem.get(_partition(id_dominio), _TESTA, consistent_read=True)
    except IncassoItem.DoesNotExist:
        return None
    return decode(Anello, item.documento or "")


def close(verifica: Verifica, anello: Anello) -> None:
    """Add a ring behind the last, end the run, and forget how far it had come; all in one transaction.

    :raises WriteConflict: `testa` if another run has added a ring meanwhile, `fatta` if this run is done
    """
    pk, run = _partition(verifica.id_dominio), _run(verifica.giorno, verifica.esecuzione)
    ring = encode(anello)
    before = anello.progressivo - 1
    writes = [
        Write(
            item=IncassoItem(pk=pk, sk=_TESTA, versione=anello.progressivo, documento=ring),
            condition=_condition(before),
            name="testa",
        ),
        Write(
            item=IncassoItem(pk=pk, sk=f"{_ANELLO}{anello.progressivo:08d}", documento=ring),
            condition=ABSENT,
            name="anello",
        ),
        Write(item=IncassoItem(pk=pk, sk=_FATTA + run, documento=encode(run)), condition=ABSENT, name="fatta"),
    ]
    if verifica.versione:
        gone = version_is(verifica.versione)
        writes.append(Write(item=_progress(verifica, 0), condition=gone, name="avanzamento", delete=True))
    commit(writes)


def rings(id_dominio: str) -> Iterator[Anello]:
    """Give the rings of an ente in their order, a page at a time."""
    found = IncassoItem.query(
        _partition(id_dominio), IncassoItem.sk.startswith(_ANELLO), consistent_read=True, page_size=PAGINA
    )
    for item in found:
        yield decode(Anello, item.documento or "")


def listed(
    index: GlobalSecondaryIndex[Any], partition: str, key: Any, *, da: str, a: str, dopo: str | None, most: int
) -> list[tuple[str, str, str]]:
    """Give table keys and range key of what an index has between two bounds, after one; one Query."""
    start = da if dopo is None else dopo + "\0"
    found = index.query(partition, key.between(start, a), limit=most, page_size=most)
    return [(item.pk, item.sk, str(getattr(item, _python_name(item, key)))) for item in found]


def _python_name(item: Any, key: Any) -> str:
    names = (name for name, one in type(item).get_attributes().items() if one.attr_name == key.attr_name)
    return str(next(names))
