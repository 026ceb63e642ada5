"""JSON of the API: evento (GovPay 3.1 API 3.5)."""

import base64
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from chalicelib.giornale import repository
from chalicelib.giornale.model import Evento
from chalicelib.kernel.exchange import Message

# With them a page of 25 eventi, or one evento, stays below the 6 MB that a Lambda may answer.
MAX_PAYLOAD_IN_LIST = 64_000
MAX_PAYLOAD = 1_500_000


def evento_json(evento: Evento, *, max_payload: int | None = None) -> dict[str, Any]:
    """Write an evento; with `max_payload` also its messages, bodies beyond so many bytes left out."""
    body = dict(_fields(evento))
    if max_payload is not None:
        scambio = evento.scambio
        body["parametriRichiesta"] = {
            "dataOraRichiesta": scambio.data,
            "principal": scambio.principal,
            "method": scambio.richiesta.metodo,
            "url": scambio.richiesta.url,
            **_message_json(scambio.richiesta, max_payload),
        }
        body["parametriRisposta"] = {
            "dataOraRisposta": scambio.data + timedelta(milliseconds=scambio.durata_ms),
            "status": scambio.risposta.stato,
            **_message_json(scambio.risposta, max_payload),
        }
    return body


def _fields(evento: Evento) -> Iterator[tuple[str, Any]]:
    scambio, about = evento.scambio, evento.scambio.about
    yield "id", evento.id
    yield "componente", scambio.componente
    yield "categoriaEvento", scambio.categoria
    yield "ruolo", scambio.ruolo
    yield "tipoEvento", scambio.tipo_evento
    yield "esito", scambio.esito
    yield "dataEvento", scambio.data
    yield "durataEvento", scambio.durata_ms
    optional = (
        ("sottotipoEvento", scambio.sottotipo_evento),
        ("sottotipoEsito", scambio.sottotipo_esito),
        ("dettaglioEsito", scambio.dettaglio_esito),
        ("idDominio", about.id_dominio),
        ("iuv", about.iuv),
        ("ccp", about.ccp),
        ("idA2A", about.id_a2a),
        ("idPendenza", about.id_pendenza),
        ("idPagamento", about.id_pagamento),
        ("datiPagoPA", dict(scambio.dati_pagopa) or None),
    )
    yield from ((name, value) for name, value in optional if value is not None)


def _message_json(message: Message, max_payload: int) -> Mapping[str, Any]:
    """Write headers and body (base64); a body left out is told by its size."""
    headers = [{"nome": name, "valore": value} for name, value in message.headers.items()]
    payload = repository.payload_of(message)
    if len(payload) > max_payload:
        return {"headers": headers, "dimensionePayload": len(payload)}
    return {"headers": headers, "payload": base64.b64encode(payload).decode() or None}
