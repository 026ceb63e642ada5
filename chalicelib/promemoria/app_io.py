"""App IO: may this citizen be written to, then the message (GovPay 3.1 API 4.13; API Servizi of App IO).

The calls are no exchanges of the giornale: who is on App IO, and what is written to them, stays between them and IO.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from chalicelib.kernel.refusals import Sintassi
from chalicelib.pendenze.model import Pendenza
from chalicelib.promemoria.model import Consegna, Esito
from chalicelib.promemoria.testi import Testo
from chalicelib.rest import json_text

SECONDS = 8.0
TIME_TO_LIVE = 3600
MIN_OGGETTO, MAX_OGGETTO = 10, 120
MIN_MESSAGGIO, MAX_MESSAGGIO = 80, 10_000
_OK, _CREATED, _NOT_FOUND, _FORBIDDEN, _UNAUTHORIZED, _TOO_MANY, _SERVER = 200, 201, 404, 403, 401, 429, 500


def may_write(url: str, api_key: str, codice_fiscale: str) -> Esito | None:
    """Ask for the profile: None if the citizen may be written to, else how the attempt ends."""
    risposta = _call("GET", f"{url}/profiles/{quote(codice_fiscale, safe='')}", api_key)
    if isinstance(risposta, Esito):
        # Nothing was sent yet.
        return Esito(consegna=Consegna.RIMANDATA, motivo=risposta.motivo)
    stato, headers, body = risposta
    if stato == _OK:
        if _json(body).get("sender_allowed") is True:
            return None
        return Esito(
            consegna=Consegna.RIFIUTATA, motivo="Il cittadino non riceve messaggi di questo servizio su App IO"
        )
    if stato == _NOT_FOUND:
        return Esito(consegna=Consegna.RIFIUTATA, motivo="Il destinatario non è su App IO")
    return _not_taken(stato, headers)


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


def send(url: str, api_key: str, message: Mapping[str, Any]) -> Esito:
    """Send the message, once. It never raises for what App IO does."""
    risposta = _call("POST", f"{url}/messages", api_key, json_text.write(message).encode())
    if isinstance(risposta, Esito):
        return risposta
    stato, headers, _ = risposta
    if stato == _CREATED:
        return Esito(consegna=Consegna.PRESA, motivo="Presa in carico da App IO")
    return _not_taken(stato, headers)


def _not_taken(stato: int, headers: Mapping[str, str]) -> Esito:
    motivo = f"App IO ha risposto {stato}"
    if stato == _TOO_MANY or stato >= _SERVER or stato in {_UNAUTHORIZED, _FORBIDDEN}:
        # A key that is not good yet, or no longer, is the ente's to mend: there is a week for it.
        return Esito(consegna=Consegna.RIMANDATA, motivo=motivo, attesa=_retry_after(headers))
    return Esito(consegna=Consegna.RIFIUTATA, motivo=motivo)


def _retry_after(headers: Mapping[str, str]) -> int | None:
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 6 else None  # noqa: PLR2004 - days


def _call(
    metodo: str, url: str, api_key: str, body: bytes | None = None
) -> "tuple[int, Mapping[str, str], bytes] | Esito":
    from chalicelib.connettori import trasporto

    headers = {"Ocp-Apim-Subscription-Key": api_key, "Accept": "application/json", "Accept-Encoding": "identity"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        risposta = trasporto.exchange(
            trasporto.Richiesta(metodo=metodo, url=url, headers=headers, body=body), seconds=SECONDS
        )
    except trasporto.Guasto as guasto:
        consegna = Consegna.INCERTA if guasto.incerta else Consegna.RIMANDATA
        return Esito(consegna=consegna, motivo=f"App IO: {guasto.motivo}")
    return risposta.stato, risposta.headers, risposta.body


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = json_text.read(body)
    except Sintassi:
        return {}
    return value if isinstance(value, dict) else {}
