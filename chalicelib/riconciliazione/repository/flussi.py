"""Flussi ↔ items: revisions, how far an acquisition has come, rows in batches, the pace of FdR."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Condition, Write, WriteConflict, commit, version_is
from chalicelib.pendenze.repository import caricata_key, year_of
from chalicelib.riconciliazione.model import Avanzamento, ChiaveFlusso, Flusso, Rendicontazione, Riga
from chalicelib.riconciliazione.states import StatoFlusso
from chalicelib.riconciliazione.tables import FlussoItem

FLUSSO, AVANZAMENTO, RIGA = "flusso#", "avanzamento#", "riga#"
RIGHE_MAX = 100  # DynamoDB's own limit of a BatchGetItem
_REVISIONI_MAX = 50
_SIMILI_MAX = 10
_RITMO = "ritmo"


def partition_of(id_dominio: str, id_flusso: str) -> str:
    return f"{id_dominio}#{id_flusso.upper()}"


def _revision_of(chiave: ChiaveFlusso) -> str:
    return f"{chiave.id_psp}#{chiave.revisione:06d}#{chiave.data_ora:%Y%m%dT%H%M%SZ}"


def key_of(chiave: ChiaveFlusso) -> tuple[str, str]:
    """Give the key of a revision in the table."""
    return partition_of(chiave.id_dominio, chiave.id_flusso), FLUSSO + _revision_of(chiave)


def rows_partition_of(chiave: ChiaveFlusso) -> str:
    return f"{partition_of(chiave.id_dominio, chiave.id_flusso)}#{_revision_of(chiave)}"


def revisions(id_dominio: str, id_flusso: str) -> list[Flusso]:
    """Give all revisions of a flow, of whatever PSP, the id in any case; as last written, in one Query."""
    items = FlussoItem.query(
        partition_of(id_dominio, id_flusso),
        FlussoItem.sk.startswith(FLUSSO),
        consistent_read=True,
        limit=_REVISIONI_MAX,
    )
    return [_decode(item) for item in items]


def get_many(keys: Iterable[tuple[str, str]]) -> list[Flusso]:
    """Give the revisions of these keys of the table, in their order; absent ones are left out."""
    wanted = list(keys)
    found = _batch(wanted)
    return [_decode(found[key]) for key in wanted if key in found]


def known(chiavi: Sequence[ChiaveFlusso]) -> set[ChiaveFlusso]:
    """Tell which of these revisions are there, whole or refused; a BatchGetItem for a hundred."""
    keys = {(partition_of(c.id_dominio, c.id_flusso), FLUSSO + _revision_of(c)): c for c in chiavi}
    return {keys[key] for key in _batch(list(keys))}


def state_of(chiave: ChiaveFlusso) -> tuple[Flusso | None, Avanzamento | None]:
    """Give a revision, if it is whole, and how far its acquisition has come, if it is not; one BatchGetItem."""
    pk, revision = partition_of(chiave.id_dominio, chiave.id_flusso), _revision_of(chiave)
    found = _batch([(pk, FLUSSO + revision), (pk, AVANZAMENTO + revision)])
    flusso, avanzamento = found.get((pk, FLUSSO + revision)), found.get((pk, AVANZAMENTO + revision))
    return (
        None if flusso is None else _decode(flusso),
        None
        if avanzamento is None
        else replace(decode(Avanzamento, avanzamento.documento or ""), versione=int(avanzamento.versione)),
    )


def _batch(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], FlussoItem]:
    found: dict[tuple[str, str], FlussoItem] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), RIGHE_MAX):
        for item in FlussoItem.batch_get(wanted[start : start + RIGHE_MAX], consistent_read=True):
            found[item.pk, item.sk] = item
    return found


def _decode(item: FlussoItem) -> Flusso:
    return replace(decode(Flusso, item.documento or ""), versione=int(item.versione))


def save_progress(avanzamento: Avanzamento) -> Avanzamento:
    """Write how far an acquisition has come.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    stored = avanzamento.next_version()
    item = _progress_item(stored)
    commit([Write(item=item, condition=_condition(avanzamento.versione), name="avanzamento")])
    return stored


def _progress_item(avanzamento: Avanzamento) -> FlussoItem:
    chiave = avanzamento.chiave
    return FlussoItem(
        pk=partition_of(chiave.id_dominio, chiave.id_flusso),
        sk=AVANZAMENTO + _revision_of(chiave),
        versione=avanzamento.versione,
        documento=encode(avanzamento),
    )


def writes(flusso: Flusso, passed: Iterable[Flusso] = (), *, done: Avanzamento | None = None) -> list[Write]:
    """Give the writes of a revision and of those it makes obsolete; `done` is the progress that ends with it."""
    result = [flusso_write(flusso), *(flusso_write(other) for other in passed)]
    if done is not None and done.versione:
        item = _progress_item(done)
        result.append(Write(item=item, condition=version_is(done.versione), name="avanzamento", delete=True))
    return result


def not_begun(avanzamento: Avanzamento) -> list[Write]:
    """Give what lets a revision be refused only where nobody else has written progress; nothing for progress as stored."""
    if avanzamento.versione:
        return []
    return [Write(item=_progress_item(avanzamento), condition=ABSENT, name="avanzamento", check=True)]


def flusso_write(flusso: Flusso) -> Write:
    """Give the write of a revision as it was read, one version on."""
    stored, chiave = flusso.next_version(), flusso.chiave
    pk, sk = partition_of(chiave.id_dominio, chiave.id_flusso), FLUSSO + _revision_of(chiave)
    anno = year_of(chiave.data_ora)
    item = FlussoItem(
        pk=pk,
        sk=sk,
        versione=stored.versione,
        documento=encode(stored),
        stato=flusso.stato,
        id_flusso=chiave.id_flusso,
        # The index tells what is collected: not a revision that the incasso of the older one does not fit.
        id_incasso=flusso.id_incasso if flusso.is_incassato else None,
        obsoleto="S" if flusso.obsoleto else None,
        dominio_anno=f"{chiave.id_dominio}#{anno}",
        anno=anno,
        flusso=chiave.id_flusso.upper(),
        data_ora=caricata_key(chiave.data_ora, f"{pk}#{sk}"),
    )
    return Write(item=item, condition=_condition(flusso.versione), name=f"flusso {chiave.id_flusso}")


def _condition(versione: int) -> Condition:
    return version_is(versione) if versione else ABSENT


def keys_named(id_flusso: str, *, most: int) -> list[tuple[str, str]]:
    """Give the keys of the revisions that have this id, of whatever ente, newest first."""
    found = FlussoItem.per_flusso.query(id_flusso.upper(), scan_index_forward=False, limit=most)
    return [(item.pk, item.sk) for item in found]


def to_examine(anno: str, *, since: str) -> Iterator[Flusso]:
    """Give the flows of a year that are ANOMALA or RIFIUTATA and hold, from an instant on."""
    item = FlussoItem
    matching = item.stato.is_in(StatoFlusso.ANOMALA.value, StatoFlusso.RIFIUTATA.value) & item.obsoleto.does_not_exist()
    found = item.per_anno.query(anno, item.data_ora >= since, filter_condition=matching)
    yield from get_many((one.pk, one.sk) for one in found)


def uncollected(id_dominio: str, mese: str, *, most: int) -> list[Flusso]:
    """Give the flows of an ente and a month that hold and that no incasso has, or has by an older revision only."""
    item = FlussoItem
    matching = (
        item.id_incasso.does_not_exist() & item.obsoleto.does_not_exist() & (item.stato != StatoFlusso.RIFIUTATA.value)
    )
    dated = item.data_ora.startswith(mese)
    found = item.per_dominio.query(f"{id_dominio}#{mese[:4]}", dated, filter_condition=matching, limit=most)
    return get_many((one.pk, one.sk) for one in found)


def beginning(id_dominio: str, start: str) -> list[str]:
    """Give the ids of an ente's flows that begin so, of the month that the text begins with and the next, at most ten."""
    try:
        primo = date.fromisoformat(f"{start[:7]}-01")
    except ValueError:
        return []
    matching = FlussoItem.id_flusso.startswith(start)
    found: list[str] = []
    for mese in (primo, primo + timedelta(days=31)):
        dated = FlussoItem.data_ora.startswith(f"{mese:%Y-%m}")
        listed = FlussoItem.per_dominio.query(
            f"{id_dominio}#{mese:%Y}", dated, filter_condition=matching, limit=_SIMILI_MAX
        )
        found += [one.id_flusso for one in listed]
    return found


def keys_between(id_dominio: str, da: datetime, a: datetime, *, most: int) -> list[tuple[str, str]]:
    """Give the keys of the revisions of an ente's flows of a period, oldest first; a Query for each year of it."""
    found: list[tuple[str, str]] = []
    for anno in dict.fromkeys((year_of(da), year_of(a))):
        dated = FlussoItem.data_ora.between(caricata_key(da), caricata_key(a))
        left = most - len(found)
        if left > 0:
            items = FlussoItem.per_dominio.query(f"{id_dominio}#{anno}", dated, limit=left, page_size=left)
            found += [(item.pk, item.sk) for item in items]
    return found


# -- rows


@dataclass(frozen=True, slots=True)
class Stored:
    """A row that is there, and its place in the flow."""

    key: str
    progressivo: int


def row_key(riga: Riga, *, ripetuta: bool = False) -> str:
    key = _row_key(riga.iuv, riga.iur, riga.indice)
    return f"{key}#{riga.progressivo}" if ripetuta else key


def _row_key(iuv: str, iur: str, indice: int | None) -> str:
    return f"{RIGA}{iuv}#{iur}#{'-' if indice is None else indice}"


def first_places(chiave: ChiaveFlusso, righe: Sequence[Riga]) -> dict[str, int]:
    """Give, by key, the place of the first row with that key, among those written; one BatchGetItem for a hundred."""
    pk = rows_partition_of(chiave)
    found = _batch([(pk, row_key(riga)) for riga in righe])
    return {sk: int(item.progressivo) for (_, sk), item in found.items()}


def rows_at(chiave: ChiaveFlusso, keys: Iterable[str]) -> dict[str, Rendicontazione]:
    """Give the rows of a revision that have these keys; absent ones are left out. A BatchGetItem for a hundred."""
    pk = rows_partition_of(chiave)
    found = _batch([(pk, key) for key in keys])
    return {sk: decode(Rendicontazione, item.documento or "") for (_, sk), item in found.items()}


def rows_of(
    reported: Iterable[tuple[ChiaveFlusso, str, str, int | None]],
) -> list[tuple[ChiaveFlusso, Rendicontazione]]:
    """Give, of these revisions, the row of an iuv, iur and indice; absent ones are left out. A call for a hundred."""
    keys = {(rows_partition_of(chiave), _row_key(iuv, iur, indice)): chiave for chiave, iuv, iur, indice in reported}
    found = _batch(list(keys))
    return [(keys[key], decode(Rendicontazione, item.documento or "")) for key, item in found.items()]


def keys_reporting(iuv: str, *, id_dominio: str | None, most: int) -> list[tuple[str, str]]:
    """Give the keys of the rows that report an IUV, in flows of one ente or of all."""
    of_ente = None if id_dominio is None else FlussoItem.pk.startswith(f"{id_dominio}#")
    found = FlussoItem.per_iuv.query(iuv, of_ente, limit=most, page_size=most)
    return [(item.pk, item.sk) for item in found]


def rows_with_heads(keys: Sequence[tuple[str, str]]) -> list[tuple[Flusso, Rendicontazione]]:
    """Give the rows of these keys with their revisions; of one whose acquisition goes on, nothing."""
    revisions_of = {pk: _head_key_of(pk) for pk, _ in keys}
    heads = _batch(list(revisions_of.values()))
    rows_found = _batch(keys)
    return [
        (_decode(heads[revisions_of[pk]]), decode(Rendicontazione, item.documento or ""))
        for (pk, _), item in rows_found.items()
        if revisions_of[pk] in heads
    ]


def _head_key_of(rows_partition: str) -> tuple[str, str]:
    partition, psp, revisione, data = rows_partition.rsplit("#", 3)
    return partition, f"{FLUSSO}{psp}#{revisione}#{data}"


def write_rows(chiave: ChiaveFlusso, rows: Iterable[tuple[str, Rendicontazione]]) -> None:
    """Write rows under their keys: the same again, where they are there. A BatchWriteItem for twenty-five."""
    pk = rows_partition_of(chiave)
    with FlussoItem.batch_write() as batch:
        for sk, rendicontazione in rows:
            batch.save(
                FlussoItem(
                    pk=pk,
                    sk=sk,
                    progressivo=rendicontazione.riga.progressivo,
                    iuv=rendicontazione.riga.iuv or None,
                    documento=encode(rendicontazione),
                )
            )


def rows(
    chiave: ChiaveFlusso, *, after: str | None = None, most: int | None = None
) -> Iterator[tuple[str, Rendicontazione]]:
    """Give the rows of a revision by their keys, a page at a time, from the one that follows `after`; as last written.

    A credit may claim a flow in the moment after its last row was written: a row not seen is money not collected.
    """
    condition: Any = (
        FlussoItem.sk.startswith(RIGA) if after is None else FlussoItem.sk.between(after + "\0", RIGA + "~")
    )
    pk = rows_partition_of(chiave)
    for item in FlussoItem.query(pk, condition, consistent_read=True, limit=most, page_size=most):
        yield item.sk, decode(Rendicontazione, item.documento or "")


# -- the pace of FdR


def may_ask(id_intermediario: str, *, now: datetime, every_ms: int) -> bool:
    """Take the next turn of an intermediario at FdR; False where it is not due yet."""
    millis = int(now.timestamp() * 1000)
    item = FlussoItem(pk=f"{_RITMO}#{id_intermediario}", sk=_RITMO, prossima=millis + every_ms)
    due = Condition("attribute_not_exists(pk) OR prossima <= :adesso", ((":adesso", millis),))
    try:
        commit([Write(item=item, condition=due, name=_RITMO)])
    except WriteConflict:
        return False
    return True
