"""Record what the edges saw; store it off the hot path."""

import base64
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.configurazione import Configurazione, Registrazione, is_lettura
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.queues import Queue, send
from chalicelib.aws.transactions import Write
from chalicelib.giornale import repository
from chalicelib.giornale.model import RANDOM_RANGE, Evento, make_id
from chalicelib.giornale.rules import fit_to_keep
from chalicelib.kernel.exchange import Esito, Exchange, Message
from chalicelib.rest import log

# SQS takes 256 kB; beyond this the bodies go to the archive before the message instead of in it.
MAX_MESSAGE = 200_000
# Decompressed, so that a crafted message cannot fill the memory of its consumer.
MAX_PAYLOAD = 20_000_000
# A request pays to send a message by 64 kB: below this, compressing a body would cost it more than it saves.
_COMPRESSED_FROM = 8_000
_AS_IT_IS = "."  # in front of a body that is not compressed; no digit of Base64


def record(exchange: Exchange) -> None:
    """Hand an exchange to the giornale: one message to its queue. It never fails the request it tells of."""
    evento = _evento(exchange)
    known = anagrafica.configurazione_at_hand()
    if known is not None and not _regola(evento, known).dump.holds(ok=_is_ok(evento)):
        evento = _without_bodies(evento)
    try:
        send(Queue.GIORNALE, _message(evento))
    except (BotoCoreError, ClientError) as error:
        # The only place where this is swallowed: the effect of the request is durable already, and to refuse it now
        # would make its caller repeat what was done. What may never be lost is written with `event_write` instead.
        about = exchange.about
        log.error(
            "evento non registrato",
            id_transazione=exchange.id_transazione,
            operazione=exchange.tipo_evento,
            id_dominio=about.id_dominio,
            iuv=about.iuv,
            ccp=about.ccp,
            errore=type(error).__name__,
        )


def event_write(exchange: Exchange) -> Write:
    """Give the evento as a write to join in the transaction of its cause: it is on record if, and only if, that is.

    Its bodies lie in the archive already (`payload_key`).

    :raises ValueError: if a body does not
    """
    if exchange.richiesta.payload or exchange.risposta.payload:
        raise ValueError("i messaggi di un evento scritto con la sua causa devono essere già in archivio")
    return repository.write_of(_evento(exchange))


def store(message: Mapping[str, Any]) -> None:
    """Store what `record` sent: bodies to the archive, then the evento. The same message again changes nothing.

    What the configurazione says is not to be kept goes no further. A body that lies in the archive for another reason,
    as that of a ricevuta does, stays there, and the evento does not name it.
    """
    evento = decode(Evento, message["evento"])
    regola, ok = _regola(evento, anagrafica.configurazione()), _is_ok(evento)
    if not regola.log.holds(ok=ok):
        return
    if not regola.dump.holds(ok=ok):
        repository.save(_without_bodies(evento))
        return
    scambio = replace(
        evento.scambio,
        richiesta=replace(evento.scambio.richiesta, payload=_unpack(message.get("richiesta"))),
        risposta=replace(evento.scambio.risposta, payload=_unpack(message.get("risposta"))),
    )
    repository.save(_archived(replace(evento, scambio=scambio)))


def new_evento_id(data: datetime) -> int:
    return make_id(data, secrets.randbelow(RANDOM_RANGE))


def _evento(exchange: Exchange) -> Evento:
    return Evento(id=new_evento_id(exchange.data), scambio=fit_to_keep(exchange))


def _message(evento: Evento) -> dict[str, Any]:
    richiesta, risposta = _pack(evento.scambio.richiesta), _pack(evento.scambio.risposta)
    if len(richiesta) + len(risposta) > MAX_MESSAGE:
        evento, richiesta, risposta = _archived(evento), "", ""
    message: dict[str, Any] = {"evento": encode(_bare(evento))}
    if richiesta:
        message["richiesta"] = richiesta
    if risposta:
        message["risposta"] = risposta
    return message


def _archived(evento: Evento) -> Evento:
    scambio = evento.scambio
    richiesta = repository.archive(evento, scambio.richiesta, "richiesta")
    risposta = repository.archive(evento, scambio.risposta, "risposta")
    return replace(evento, scambio=replace(scambio, richiesta=richiesta, risposta=risposta))


def _bare(evento: Evento) -> Evento:
    """Take the bodies out, which go beside it in the message."""
    scambio = evento.scambio
    richiesta, risposta = replace(scambio.richiesta, payload=b""), replace(scambio.risposta, payload=b"")
    return replace(evento, scambio=replace(scambio, richiesta=richiesta, risposta=risposta))


def _without_bodies(evento: Evento) -> Evento:
    """Take the bodies out, and where they lie."""
    bare = _bare(evento).scambio
    richiesta, risposta = replace(bare.richiesta, payload_key=None), replace(bare.risposta, payload_key=None)
    return replace(evento, scambio=replace(bare, richiesta=richiesta, risposta=risposta))


def _regola(evento: Evento, configurazione: Configurazione) -> Registrazione:
    scambio = evento.scambio
    lettura = is_lettura(scambio.componente, scambio.tipo_evento, scambio.richiesta.metodo)
    return anagrafica.regola_of(configurazione, scambio.componente, lettura=lettura)


def _is_ok(evento: Evento) -> bool:
    return evento.scambio.esito is Esito.OK


def _pack(message: Message) -> str:
    payload = message.payload
    if len(payload) >= _COMPRESSED_FROM:
        return base64.b64encode(zlib.compress(payload)).decode()
    return _AS_IT_IS + base64.b64encode(payload).decode() if payload else ""


def _unpack(text: str | None) -> bytes:
    if not text:
        return b""
    if text.startswith(_AS_IT_IS):
        return base64.b64decode(text[1:])
    return zlib.decompressobj().decompress(base64.b64decode(text), MAX_PAYLOAD)
