"""App IO: may this citizen be written to, then the message (GovPay 3.1 API 4.13; API Servizi of App IO).

Each call is an exchange of the giornale (componente API_BACKEND_IO, the operations of App IO as tipoEvento): who was
written to is in the bodies, which lie in the archive, and nowhere else.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.giornale.rules import OMESSO
from chalicelib.kernel import exchange as giornale
from chalicelib.kernel.exchange import About, Componente, Exchange, Message, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Sintassi
from chalicelib.pendenze.model import Pendenza
from chalicelib.promemoria.model import Consegna, Esito
from chalicelib.promemoria.testi import Testo
from chalicelib.rest import json_text
from chalicelib.rest.operation import Edge

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

PROFILO, MESSAGGIO = "getProfile", "submitMessageforUserWithFiscalCodeInBody"
SECONDS = 8.0
TIME_TO_LIVE = 3600
MIN_OGGETTO, MAX_OGGETTO = 10, 120
MIN_MESSAGGIO, MAX_MESSAGGIO = 80, 10_000
_OK, _CREATED, _BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 201, 400, 401, 403, 404
_TOO_MANY, _SERVER = 429, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chiamata:
    """A call: `url` as it is made, `detto` as it may be told, with nobody's name in it."""

    operazione: str
    metodo: str
    url: str
    detto: str
    api_key: str
    pendenza: Pendenza
    now: datetime
    body: bytes | None = None


def may_write(url: str, api_key: str, pendenza: Pendenza, *, now: datetime) -> Esito | None:
    """Ask for the profile of the debtor: None if they may be written to, else how the attempt ends."""
    profiles = f"{url}/profiles/"
    chiamata = _Chiamata(
        operazione=PROFILO,
        metodo="GET",
        url=profiles + quote(pendenza.soggetto_pagatore.identificativo, safe=""),
        detto=profiles + OMESSO,
        api_key=api_key,
        pendenza=pendenza,
        now=now,
    )
    risposta = _call(chiamata)
    if isinstance(risposta, Esito):
        # Nothing was sent yet.
        return Esito(consegna=Consegna.RIMANDATA, motivo=risposta.motivo)
    if risposta.stato == _OK:
        if _json(risposta.body).get("sender_allowed") is True:
            return None
        return Esito(
            consegna=Consegna.RIFIUTATA, motivo="Il cittadino non riceve messaggi di questo servizio su App IO"
        )
    if risposta.stato == _NOT_FOUND:
        return Esito(consegna=Consegna.RIFIUTATA, motivo="Il destinatario non è su App IO")
    return _not_taken(risposta.stato, risposta.headers)


def message_of(testo: Testo, pendenza: Pendenza, *, with_payment: bool) -> dict[str, Any]:
    """Give the message: texts within the limits of App IO, and how it is paid."""
    oggetto = testo.oggetto.ljust(MIN_OGGETTO, ".")[:MAX_OGGETTO]
    markdown = testo.messaggio[:MAX_MESSAGGIO]
    if len(markdown.strip()) < MIN_MESSAGGIO:
        markdown = (
            markdown.strip() + "\n\nMessaggio inviato automaticamente dall'ente creditore per un pagamento pagoPA."
        )
    content: dict[str, Any] = {"subject": oggetto, "markdown": markdown.ljust(MIN_MESSAGGIO)}
    if with_payment and pendenza.numero_avviso is not None:
        content["payment_data"] = {
            "amount": pendenza.importo.cents,
            "notice_number": pendenza.numero_avviso,
            "invalid_after_due_date": pendenza.data_scadenza is not None,
            "payee": {"fiscal_code": pendenza.id_dominio},
        }
        if pendenza.data_scadenza is not None:
            content["due_date"] = f"{pendenza.data_scadenza:%Y-%m-%d}T21:59:59.000Z"
    return {"time_to_live": TIME_TO_LIVE, "content": content, "fiscal_code": pendenza.soggetto_pagatore.identificativo}


def send(url: str, api_key: str, message: Mapping[str, Any], pendenza: Pendenza, *, now: datetime) -> Esito:
    """Send the message of a pendenza, once. It never raises for what App IO does."""
    messages = f"{url}/messages"
    chiamata = _Chiamata(
        operazione=MESSAGGIO,
        metodo="POST",
        url=messages,
        detto=messages,
        api_key=api_key,
        pendenza=pendenza,
        now=now,
        body=json_text.write(message).encode(),
    )
    risposta = _call(chiamata)
    if isinstance(risposta, Esito):
        return risposta
    if risposta.stato == _CREATED:
        return Esito(consegna=Consegna.PRESA, motivo="Presa in carico da App IO")
    return _not_taken(risposta.stato, risposta.headers)


def _not_taken(stato: int, headers: Mapping[str, str]) -> Esito:
    motivo = f"App IO ha risposto {stato}"
    if stato == _TOO_MANY or stato >= _SERVER or stato in {_UNAUTHORIZED, _FORBIDDEN}:
        # A key that is not good yet, or no longer, is the ente's to mend: there is a week for it.
        return Esito(consegna=Consegna.RIMANDATA, motivo=motivo, attesa=_retry_after(headers))
    return Esito(consegna=Consegna.RIFIUTATA, motivo=motivo)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None  # noqa: PLR2004 - days


def _call(chiamata: _Chiamata) -> "Risposta | Esito":
    """Make a call and tell the giornale of it, whatever came of it."""
    from chalicelib.connettori import trasporto

    headers = {"Ocp-Apim-Subscription-Key": chiamata.api_key, "Accept": "application/json"}
    headers["Accept-Encoding"] = "identity"
    if chiamata.body is not None:
        headers["Content-Type"] = "application/json"
    started, risposta, dettaglio = time.monotonic(), None, None
    try:
        risposta = trasporto.exchange(
            trasporto.Richiesta(metodo=chiamata.metodo, url=chiamata.url, headers=headers, body=chiamata.body),
            seconds=SECONDS,
        )
    except trasporto.Guasto as guasto:
        dettaglio = f"App IO: {guasto.motivo}"
        return Esito(consegna=Consegna.INCERTA if guasto.incerta else Consegna.RIMANDATA, motivo=dettaglio)
    finally:
        _record(chiamata, risposta, dettaglio, int((time.monotonic() - started) * 1000))
    return risposta


def _record(chiamata: _Chiamata, risposta: "Risposta | None", dettaglio: str | None, durata_ms: int) -> None:
    if Edge.recorder is None:
        return
    pendenza = chiamata.pendenza
    received = Message()
    if risposta is not None:
        received = Message(stato=risposta.stato, headers=dict(risposta.headers), payload=risposta.body)
    Edge.recorder(
        Exchange(
            componente=Componente.API_BACKEND_IO,
            ruolo=Ruolo.CLIENT,
            tipo_evento=chiamata.operazione,
            esito=_esito_of(risposta),
            data=chiamata.now,
            durata_ms=durata_ms,
            id_transazione=new_uuid(),
            sottotipo_esito=None if risposta is None else str(risposta.stato),
            dettaglio_esito=dettaglio,
            about=About(
                id_dominio=pendenza.id_dominio,
                iuv=pendenza.iuv,
                id_a2a=pendenza.id_a2a,
                id_pendenza=pendenza.id_pendenza,
            ),
            richiesta=Message(metodo=chiamata.metodo, url=chiamata.detto, payload=chiamata.body or b""),
            risposta=received,
        )
    )


def _esito_of(risposta: "Risposta | None") -> giornale.Esito:
    if risposta is None or risposta.stato >= _SERVER:
        return giornale.Esito.FAIL
    return giornale.Esito.OK if risposta.stato < _BAD_REQUEST else giornale.Esito.KO


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json_text.read(body)
    except Sintassi:
        return {}
    return value if isinstance(value, dict) else {}
