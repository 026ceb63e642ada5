"""What may be kept of an exchange: never a credential, and nothing without a limit."""

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chalicelib.kernel.exchange import About, Componente, Exchange, Message

_SECRET_HEADERS = frozenset(
    {
        "authorization", "proxy-authorization", "x-api-key", "x-amz-security-token", "cookie", "set-cookie",
        "ocp-apim-subscription-key", "x-amzn-oidc-data", "x-amzn-oidc-accesstoken",
    }
)  # fmt: skip
_SECRET_WORD = re.compile(r"token|secret|passw|pwd|api[-_]?key|credential|subscription-key", re.IGNORECASE)
# The fields by which the anagrafica is told a secret (GovPay 3.1 and 3.9 API 3.4); its own answers never have one.
_SECRET_FIELDS = (
    b"password", b"apiKey", b"clientSecret", b"headerValue", b"subscriptionKey", b"ksPassword", b"ksPKeyPasswd",
    b"tsPassword", b"secretKey",
)  # fmt: skip
_SECRET_FIELD = re.compile(rb'("(?:' + b"|".join(_SECRET_FIELDS) + rb')"\s*:\s*)"(?:[^"\\]|\\.)*"')
_PATCH_OF_SECRET = re.compile(rb'"/(?:[^"]*/)?(?:' + b"|".join(_SECRET_FIELDS) + rb')"')
_PATCH_VALUE = re.compile(rb'("value"\s*:\s*)"(?:[^"\\]|\\.)*"')
OMESSO = "***"
MAX_ID = 256
MAX_TEXT = 8_000


def fit_to_keep(exchange: Exchange) -> Exchange:
    """Give the exchange without credentials in headers, URLs and what operators write, and with texts we can store.

    The edges leave credentials out already; this is the last place where one that slipped through is stopped. What a
    caller wrote may be of any length and hold halves of characters: an id that is too long for a key is no id of ours.
    """
    ids = {field.name: getattr(exchange.about, field.name) for field in fields(exchange.about)}
    return replace(
        exchange,
        dettaglio_esito=_text(exchange.dettaglio_esito, MAX_TEXT),
        about=About(**{name: _text(value, MAX_ID) for name, value in ids.items()}),
        richiesta=_without_secrets(_clean(exchange.richiesta), exchange.componente),
        risposta=_clean(exchange.risposta),
    )


def _clean(message: Message) -> Message:
    headers = {name: _text(value, MAX_TEXT) or "" for name, value in clean_headers(message.headers).items()}
    return replace(message, headers=headers, url=_text(clean_url(message.url), MAX_TEXT) or "")


def _without_secrets(message: Message, componente: Componente) -> Message:
    """Leave the secrets of the anagrafica out of a request, readable JSON or not: who wrote them knows them."""
    payload = message.payload
    if componente is not Componente.API_BACKOFFICE or not any(name in payload for name in _SECRET_FIELDS):
        return message
    omesso = rb'\1"' + OMESSO.encode() + b'"'
    payload = _SECRET_FIELD.sub(omesso, payload)
    if _PATCH_OF_SECRET.search(payload):
        payload = _PATCH_VALUE.sub(omesso, payload)
    return replace(message, payload=payload)


def _text(text: str | None, most: int) -> str | None:
    return None if text is None else text[:most].encode(errors="replace").decode()


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not _is_secret(name)}


def clean_url(url: str) -> str:
    """Leave out user and password, and the values of parameters that name a secret."""
    parts = urlsplit(url)
    netloc = parts.netloc.rpartition("@")[2]
    query = parts.query
    if _SECRET_WORD.search(query):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([(name, OMESSO if _SECRET_WORD.search(name) else value) for name, value in pairs], safe="*")
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _is_secret(name: str) -> bool:
    return name.lower() in _SECRET_HEADERS or _SECRET_WORD.search(name) is not None
