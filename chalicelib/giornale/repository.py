"""Evento ↔ item; bodies in the archive."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws import documents
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.documents import Bucket
from chalicelib.aws.transactions import ABSENT, Write, WriteConflict, commit
from chalicelib.giornale.model import Evento
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.exchange import Message
from chalicelib.settings import settings

SENZA_IUV = "-"
_XML = b"<"


def partition_of(id_dominio: str | None, iuv: str | None) -> str:
    return f"{id_dominio}#{iuv}" if id_dominio and iuv else SENZA_IUV


def pendenza_of(id_a2a: str | None, id_pendenza: str | None) -> str | None:
    return f"{id_a2a}#{id_pendenza}" if id_a2a and id_pendenza else None


def listed_in(categoria: str, data: datetime) -> str:
    """Give the partition in which an evento of that instant is listed: a month of UTC."""
    return f"{categoria}#{data.astimezone(UTC):%Y-%m}"


def instant_text(data: datetime) -> str:
    """Write an instant so that texts sort as instants do: UTC, milliseconds."""
    return data.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sort_key(data: datetime, id_evento: int) -> str:
    return f"{instant_text(data)}#{id_evento:019d}"


def write_of(evento: Evento) -> Write:
    return Write(item=_to_item(evento), condition=ABSENT, name="evento")


def save(evento: Evento) -> None:
    """Store an evento once: the same one again changes nothing."""
    try:
        commit([write_of(evento)])
    except WriteConflict:
        # A redelivered message: id and keys were made when the exchange was recorded, so it is this very evento.
        return


def evento_of(item: Any) -> Evento:
    return decode(Evento, item.documento)


def archive(evento: Evento, message: Message, suffix: str) -> Message:
    """Put a body in the archive and give the message that points at it. The key is of the evento: again is the same."""
    if not message.payload:
        return message
    # The categoria is in front: each has its own time to be kept, and a rule of the bucket goes by prefix.
    categoria, giorno = evento.scambio.categoria.lower(), evento.scambio.data.astimezone(UTC)
    key = f"eventi/{categoria}/{giorno:%Y/%m/%d}/{evento.id:019d}-{suffix}"
    content_type = "text/xml" if message.payload.lstrip()[:1] == _XML else "application/json"
    documents.put(Bucket.ARCHIVIO, key, message.payload, content_type=content_type)
    return replace(message, payload=b"", payload_key=key)


def payload_of(message: Message) -> bytes:
    """Give a body out of the archive; empty where there is none."""
    if message.payload_key is None:
        return message.payload
    return documents.get(Bucket.ARCHIVIO, message.payload_key) or b""


def _to_item(evento: Evento) -> EventoItem:
    scambio, about = evento.scambio, evento.scambio.about
    retention = timedelta(days=settings().retention_of(scambio.categoria))
    return EventoItem(
        pk=partition_of(about.id_dominio, about.iuv),
        sk=sort_key(scambio.data, evento.id),
        pendenza=pendenza_of(about.id_a2a, about.id_pendenza),
        categoria_mese=listed_in(scambio.categoria, scambio.data),
        scade=int((scambio.data + retention).timestamp()),
        id_dominio=about.id_dominio,
        iuv=about.iuv,
        ccp=about.ccp,
        id_a2a=about.id_a2a,
        id_pendenza=about.id_pendenza,
        id_pagamento=about.id_pagamento,
        componente=scambio.componente,
        categoria=scambio.categoria,
        ruolo=scambio.ruolo,
        esito=scambio.esito,
        tipo_evento=scambio.tipo_evento,
        sottotipo_evento=scambio.sottotipo_evento,
        documento=encode(evento),
    )
