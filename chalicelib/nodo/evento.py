"""A call of the Nodo as the giornale records it."""

import time

from chalicelib.kernel.exchange import Componente, Esito, Exchange, Message, Ruolo
from chalicelib.nodo.contesto import Contesto


def exchange_of(operation: str, contesto: Contesto, *, risposta: bytes, esito: Esito) -> Exchange:
    fault = contesto.fault
    return Exchange(
        componente=Componente.API_PAGOPA,
        ruolo=Ruolo.SERVER,
        tipo_evento=operation,
        esito=esito,
        data=contesto.now,
        durata_ms=int((time.monotonic() - contesto.started) * 1000),
        id_transazione=contesto.id_transazione,
        sottotipo_esito=None if fault is None else fault.fault_code,
        dettaglio_esito=None if fault is None else fault.description,
        principal=contesto.principal,
        about=contesto.about,
        dati_pagopa=dict(contesto.dati_pagopa),
        richiesta=Message(
            metodo="POST",
            url=operation,
            payload=b"" if contesto.payload_key else contesto.body,
            payload_key=contesto.payload_key,
        ),
        risposta=Message(stato=200, payload=risposta),
    )
