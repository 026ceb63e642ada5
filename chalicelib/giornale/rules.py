"""What may be kept of an exchange: never a credential."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chalicelib.kernel.exchange import Exchange, Message

_SECRET_HEADERS = frozenset(
    {
        "authorization", "proxy-authorization", "x-api-key", "x-amz-security-token", "cookie", "set-cookie",
        "ocp-apim-subscription-key", "x-amzn-oidc-data", "x-amzn-oidc-accesstoken",
    }
)  # fmt: skip
_SECRET_WORD = re.compile(r"token|secret|passw|pwd|api[-_]?key|credential|subscription-key", re.IGNORECASE)
OMESSO = "***"


def without_secrets(exchange: Exchange) -> Exchange:
    """Give the exchange without credentials in headers and URLs.

    The edges leave them out already; this is the last place where one that slipped through is stopped.
    """
    return replace(exchange, richiesta=_clean(exchange.richiesta), risposta=_clean(exchange.risposta))


def _clean(message: Message) -> Message:
    return replace(message, headers=clean_headers(message.headers), url=clean_url(message.url))


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
