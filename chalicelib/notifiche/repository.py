"""Notifica ↔ item; every write conditional on its version."""

import base64
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.exceptions import DoesNotExist

from chalicelib.aws import documents
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.documents import Bucket
from chalicelib.aws.listing import Listing, Page, read_page
from chalicelib.aws.outbox import creation_keys, due_in, instant_text, shard_of
from chalicelib.aws.transactions import Write, absent_or_version, commit
from chalicelib.kernel.refusals import NotFound
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem

FALLITE = "fallite"
# Compressed. Two of them, an rpp, a ricevuta and a pendenza stay far below the 4 MB of a transaction.
MAX_INLINE = 200_000


class NotificaNotFound(NotFound):
    codice = "404000"


def get(chiave: str) -> Notifica:
    """Give a notifica, read consistently.

    :raises NotificaNotFound: 404000
    """
    found = find(chiave)
    if found is None:
        raise NotificaNotFound(f"La notifica {chiave} non esiste.")
    return found


def find(chiave: str) -> Notifica | None:
    try:
        item = NotificaItem.get(chiave, consistent_read=True)
    except DoesNotExist:
        return None
    return _from_item(item)


def write_of(notifica: Notifica) -> Write:
    """Give the write of a notifica read at `versione` (0: a new one), which it moves on by one."""
    condition = absent_or_version(notifica.versione or None)
    return Write(item=_to_item(notifica.next_version()), condition=condition, name=f"notifica {notifica.tipo}")


def save(notifica: Notifica) -> Notifica:
    """Store a notifica and give it as it is stored.

    :raises WriteConflict: if somebody else was at it
    """
    commit([write_of(notifica)])
    return notifica.next_version()


def due(shard: str, *, now: datetime, limit: int) -> list[str]:
    return due_in(NotificaItem, shard, now=now, limit=limit)


def page_of_fallite(*, size: int, cursor: str | None) -> Page:
    listing = Listing(index=NotificaItem.per_prossima, partitions=(FALLITE,))
    return read_page(listing, size=size, cursor=cursor)


def get_all(chiavi: list[str]) -> Iterator[Notifica]:
    """Give these notifiche, in no order; those that are gone are left out."""
    for item in NotificaItem.batch_get(chiavi):
        yield _from_item(item)


def with_corpo(notifica: Notifica) -> Notifica:
    """Put a body that is too big for an item into the archive, before the transaction that refers to it.

    Its key is its hash: a transaction that fails leaves nothing but bytes nobody refers to.
    """
    if len(_pack(notifica.corpo)) <= MAX_INLINE:
        return notifica
    key = f"notifiche/{notifica.creata.astimezone(UTC):%Y/%m/%d}/{hashlib.sha256(notifica.corpo).hexdigest()}"
    documents.put(Bucket.ARCHIVIO, key, notifica.corpo, content_type="application/json")
    return replace(notifica, corpo=b"", corpo_key=key)


def corpo_of(notifica: Notifica) -> bytes:
    """Give the body, out of the archive if it lies there.

    :raises LookupError: if the archive has lost it
    """
    if notifica.corpo_key is None:
        return notifica.corpo
    corpo = documents.get(Bucket.ARCHIVIO, notifica.corpo_key)
    if corpo is None:
        raise LookupError(notifica.corpo_key)
    return corpo


def _to_item(notifica: Notifica) -> NotificaItem:
    chiave = notifica.chiave
    partition = {StatoSpedizione.DA_SPEDIRE: shard_of(chiave), StatoSpedizione.FALLITA: FALLITE}.get(notifica.stato)
    when = notifica.prossima if notifica.stato is StatoSpedizione.DA_SPEDIRE else notifica.aggiornata
    return NotificaItem(
        pk=chiave,
        versione=notifica.versione,
        stato=notifica.stato,
        tipo=notifica.tipo,
        da_spedire=partition,
        prossima=instant_text(when) if partition else None,
        **creation_keys(chiave, notifica.creata),
        corpo=_pack(notifica.corpo) if notifica.corpo else None,
        documento=encode(replace(notifica, corpo=b"")),
    )


def _from_item(item: NotificaItem) -> Notifica:
    notifica = decode(Notifica, item.documento or "{}")
    corpo = zlib.decompress(base64.b64decode(item.corpo)) if item.corpo else b""
    return replace(notifica, corpo=corpo, versione=int(item.versione))


def _pack(corpo: bytes) -> str:
    return base64.b64encode(zlib.compress(corpo)).decode()
