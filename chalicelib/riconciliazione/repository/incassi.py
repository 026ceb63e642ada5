"""Incassi ↔ items: one item an incasso, and one for the causale that it has."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, PRESENT, Write, version_is
from chalicelib.pendenze.repository import caricata_key, year_of
from chalicelib.riconciliazione.causale import normalize
from chalicelib.riconciliazione.model import Incasso
from chalicelib.riconciliazione.states import StatoIncasso
from chalicelib.riconciliazione.tables import IncassoItem

SK_INCASSO, SK_CAUSALE, STORNO = "incasso", "causale", "storno#"
DA_COMPLETARE = "S"
_APERTI = frozenset({StatoIncasso.IN_ELABORAZIONE, StatoIncasso.IN_STORNO})
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem


def key_of(id_dominio: str, id_incasso: str) -> str:
    return f"{id_dominio}#{id_incasso}"


def get(id_dominio: str, id_incasso: str) -> Incasso | None:
    """Give an incasso as last written."""
    return next(iter(get_many([(key_of(id_dominio, id_incasso), SK_INCASSO)])), None)


def get_many(keys: Iterable[tuple[str, str]]) -> list[Incasso]:
    """Give the incassi of these keys of the table, in their order; absent ones are left out."""
    wanted = list(dict.fromkeys(keys))
    found = {}
    for start in range(0, len(wanted), _BATCH):
        for item in IncassoItem.batch_get(wanted[start : start + _BATCH], consistent_read=True):
            found[item.pk, item.sk] = item
    return [_decode(found[key]) for key in wanted if key in found]


def registered(id_dominio: str, id_incasso: str, causale: str | None) -> tuple[Incasso | None, str | None]:
    """Give the incasso of that id, and the id of the incasso that has that causale; one BatchGetItem."""
    by_id = (key_of(id_dominio, id_incasso), SK_INCASSO)
    by_causale = None if causale is None else (causale_key(id_dominio, causale), SK_CAUSALE)
    keys = [by_id] if by_causale is None else [by_id, by_causale]
    found = {(item.pk, item.sk): item for item in IncassoItem.batch_get(keys, consistent_read=True)}
    incasso = found.get(by_id)
    owner = None if by_causale is None else found.get(by_causale)
    return (
        None if incasso is None else _decode(incasso),
        None if owner is None else decode(str, owner.documento or ""),
    )


def causale_key(id_dominio: str, causale: str) -> str:
    """Give the key of a causale: the same text, however it was spaced or lowered."""
    text = normalize(causale).strip().casefold()
    return f"{id_dominio}#causale#{hashlib.sha256(text.encode()).hexdigest()}"


def _decode(item: IncassoItem) -> Incasso:
    return replace(decode(Incasso, item.documento or ""), versione=int(item.versione))


def write(incasso: Incasso) -> Write:
    """Give the write of an incasso as it was read, one version on."""
    stored = incasso.next_version()
    pk, anno = key_of(incasso.id_dominio, incasso.id_incasso), year_of(incasso.registrato)
    item = IncassoItem(
        pk=pk,
        sk=SK_INCASSO,
        versione=stored.versione,
        documento=encode(stored),
        stato=incasso.stato,
        dominio_anno=f"{incasso.id_dominio}#{anno}",
        anno=anno,
        applicazione_anno=None if incasso.id_a2a is None else f"{incasso.id_a2a}#{anno}",
        registrato=caricata_key(incasso.registrato, pk),
        sct=incasso.accredito.sct,
        da_completare=DA_COMPLETARE if incasso.stato in _APERTI else None,
    )
    condition = version_is(incasso.versione) if incasso.versione else ABSENT
    return Write(item=item, condition=condition, name="incasso")


def causale_write(incasso: Incasso, *, delete: bool = False) -> list[Write]:
    """Give the write that takes, or gives back, the causale of an incasso; none where it has none."""
    causale = incasso.accredito.causale
    if causale is None:
        return []
    item = IncassoItem(pk=causale_key(incasso.id_dominio, causale), sk=SK_CAUSALE, documento=encode(incasso.id_incasso))
    return [Write(item=item, condition=PRESENT if delete else ABSENT, name="causale", delete=delete)]


def history_write(incasso: Incasso, *, now: datetime) -> Write:
    """Give the write that keeps a reversed incasso for ever, whatever its id is used for later."""
    item = IncassoItem(
        pk=key_of(incasso.id_dominio, incasso.id_incasso), sk=STORNO + caricata_key(now), documento=encode(incasso)
    )
    return Write(item=item, condition=ABSENT, name="storno")


def reversed_between(id_dominio: str, da: datetime, a: datetime, *, most: int) -> list[Incasso]:
    """Give the incassi of an ente that were registered in a period and are reversed; a Query for each year of it."""
    found: list[tuple[str, str]] = []
    matching = IncassoItem.stato == StatoIncasso.STORNATO.value
    for anno in dict.fromkeys((year_of(da), year_of(a))):
        dated = IncassoItem.registrato.between(caricata_key(da), caricata_key(a))
        index = IncassoItem.per_dominio
        left = most - len(found)
        if left > 0:
            items = index.query(f"{id_dominio}#{anno}", dated, filter_condition=matching, limit=left)
            found += [(item.pk, item.sk) for item in items]
    return get_many(found) if found else []


def to_complete(*, before: datetime, most: int) -> Iterator[tuple[str, str]]:
    """Give dominio and id of the incassi that were begun before an instant and are not done."""
    index = IncassoItem.da_completare_index
    begun = IncassoItem.registrato < caricata_key(before)
    for item in index.query(DA_COMPLETARE, begun, limit=most, page_size=most):
        id_dominio, _, id_incasso = item.pk.partition("#")
        yield id_dominio, id_incasso
