"""Pendenza ↔ items. A pendenza is written twice in one transaction: under its own id, and as posizione of its IUV."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Condition, Write, commit, version_is
from chalicelib.pendenze.incontrate import meet
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.tables import PendenzaItem, TransazioneItem

PENDENZA, POSIZIONE = "pendenza", "posizione"  # the names of the two writes
SK_POSIZIONE = "posizione"
_ANOMALO = "+ANOMALO"
MAX_PARTI = 100  # of a documento, printed together
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem


def key_of(id_a2a: str, id_pendenza: str) -> str:
    return f"{id_a2a}#{id_pendenza}"


def posizione_key(id_dominio: str, iuv: str) -> str:
    return f"{id_dominio}#{iuv}"


def get(id_a2a: str, id_pendenza: str) -> Pendenza | None:
    """Give the pendenza as last written, None where there is none."""
    try:
        item = PendenzaItem.get(key_of(id_a2a, id_pendenza), consistent_read=True)
    except PendenzaItem.DoesNotExist:
        return None
    return _decode(item)


def get_by_iuv(id_dominio: str, iuv: str) -> Pendenza | None:
    """Give the pendenza that has this IUV in the dominio, as last written."""
    try:
        item = TransazioneItem.get(posizione_key(id_dominio, iuv), SK_POSIZIONE, consistent_read=True)
    except TransazioneItem.DoesNotExist:
        return None
    return decode_posizione(item)


def get_many(keys: Iterable[str]) -> list[Pendenza]:
    """Give the pendenze of these keys, in their order; what is not there is left out."""
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Pendenza] = {}
    for start in range(0, len(wanted), _BATCH):
        for item in PendenzaItem.batch_get(wanted[start : start + _BATCH]):
            found[item.pk] = _decode(item)
    return [found[key] for key in wanted if key in found]


def get_by_documento(id_dominio: str, identificativo: str) -> list[Pendenza]:
    """Give the parts of a documento, in the order they were loaded, as the index knows them."""
    index = PendenzaItem.per_documento
    found = index.query(documento_key(id_dominio, identificativo), limit=MAX_PARTI, page_size=MAX_PARTI)
    return get_many(item.pk for item in found)


def keys_of_debitore(codice: str, *, most: int) -> list[str]:
    """Give the keys of the latest pendenze of a debtor, newest first, as the index knows them."""
    found = PendenzaItem.per_debitore.query(debitore_key(codice), limit=most, page_size=most, scan_index_forward=False)
    return [str(item.pk) for item in found]


def decode_posizione(item: TransazioneItem) -> Pendenza:
    """Read the posizione, which holds all of the pendenza."""
    return decode(Pendenza, item.documento or "")


def writes(before: Pendenza | None, after: Pendenza) -> list[Write]:
    """Give the writes that put `after` in the place of `before` (None: there is none), to be committed together.

    They fail, as `pendenza` or `posizione`, if somebody wrote in between or the IUV is another pendenza's.
    The version stored is that of `before` and one.
    """
    stored = next_of(before, after)
    meet(stored)
    documento = encode(stored)
    writes = [Write(item=_item(stored, documento), condition=_condition(before), name=PENDENZA)]
    if stored.iuv is not None:
        had_posizione = before if before is not None and before.iuv is not None else None
        writes.append(
            Write(item=_posizione(stored, stored.iuv, documento), condition=_condition(had_posizione), name=POSIZIONE)
        )
    return writes


def next_of(before: Pendenza | None, after: Pendenza) -> Pendenza:
    """Give `after` with the version it is stored under."""
    return replace(after, versione=(before.versione if before else 0) + 1)


def save(before: Pendenza | None, after: Pendenza) -> Pendenza:
    """Write, and give what was written.

    :raises WriteConflict: naming `pendenza` (somebody wrote in between) or `posizione` (the IUV is taken)
    """
    commit(writes(before, after))
    return next_of(before, after)


def caricata_key(instant: datetime, pk: str = "") -> str:
    """Give the range key of the lists: sorts by time, and is unique when the key follows."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{pk}"


def year_of(instant: datetime) -> str:
    """Give the shard of the lists of pendenze, rpp and pagamenti. Writes go to the current one, of a year as of a month."""
    return f"{instant.astimezone(UTC):%Y}"


def stato_key(stato: str, *, anomalo: bool) -> str:
    return f"{stato}{_ANOMALO}" if anomalo else stato


def _condition(before: Pendenza | None) -> Condition:
    return ABSENT if before is None else version_is(before.versione)


def _decode(item: PendenzaItem) -> Pendenza:
    pendenza = decode(Pendenza, item.documento or "")
    meet(pendenza)
    return pendenza


def _item(pendenza: Pendenza, documento: str) -> PendenzaItem:
    pk = key_of(pendenza.id_a2a, pendenza.id_pendenza)
    anno = year_of(pendenza.caricata)
    return PendenzaItem(
        pk=pk,
        versione=pendenza.versione,
        documento=documento,
        stato=stato_key(pendenza.stato, anomalo=pendenza.anomalo),
        id_dominio=pendenza.id_dominio,
        id_a2a=pendenza.id_a2a,
        id_pendenza=pendenza.id_pendenza,
        id_tipo_pendenza=pendenza.id_tipo_pendenza,
        debitore=debitore_key(pendenza.soggetto_pagatore.identificativo),
        data_scadenza=pendenza.data_scadenza.isoformat() if pendenza.data_scadenza else None,
        iuv=pendenza.iuv,
        direzione=pendenza.direzione,
        divisione=pendenza.divisione,
        caricata=caricata_key(pendenza.caricata, pk),
        dominio_anno=f"{pendenza.id_dominio}#{anno}",
        applicazione_anno=f"{pendenza.id_a2a}#{anno}",
        riferimento_documento=(
            documento_key(pendenza.id_dominio, pendenza.documento.identificativo) if pendenza.documento else None
        ),
    )


def documento_key(id_dominio: str, identificativo: str) -> str:
    return f"{id_dominio}#{identificativo}"


def debitore_key(identificativo: str) -> str:
    return identificativo.upper()


def _posizione(pendenza: Pendenza, iuv: str, documento: str) -> TransazioneItem:
    return TransazioneItem(
        pk=posizione_key(pendenza.id_dominio, iuv),
        sk=SK_POSIZIONE,
        versione=pendenza.versione,
        documento=documento,
    )
