"""Who calls: Basic, API key, or the certificate that API Gateway has verified (GovPay 3.1 API 2.2). Deny by default.

Who is behind a credential is asked of a port, which `wiring` joins to the anagrafica.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from chalicelib.kernel.refusals import NotAuthenticated
from chalicelib.kernel.utenze import ANONIMO, Utenza

_COMMA = re.compile(r"(?<!\\),")
_ONELINE = re.compile(r"(?<!\\)/")
API_ID_HEADER = "x-app-id"
API_KEY_HEADER = "x-api-key"


class Registry(Protocol):
    """Knows the utenze. None: no such principal, wrong password, or disabled."""

    def by_password(self, principal: str, password: str) -> Utenza | None: ...

    def by_subject(self, subject: str) -> Utenza | None: ...


class Credentials:
    """The ways in. `registry` is joined by wiring; a process without it lets nobody in."""

    registry: Registry | None = None


def authenticate(variant: str, headers: Mapping[str, str], context: Mapping[str, Any]) -> Utenza:
    """Give the caller of a request, by the variant in its path (`basic`, `form`, `apikey`, `ssl`, `public`).

    :raises NotAuthenticated: 401
    """
    utenza = None
    match unquote(variant):
        case "public":
            return ANONIMO
        case "basic" | "form":
            utenza = _by_basic(headers)
        case "apikey":
            utenza = _by_api_key(headers)
        case "ssl":
            utenza = _by_certificate(context)
    if utenza is None:
        raise NotAuthenticated("Credenziali mancanti o errate, o utenza non abilitata.")
    return utenza


def basic_credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Read the user and password of an Authorization header, None where there are none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def certificate_subject(context: Mapping[str, Any]) -> str | None:
    """Give the subject of the client certificate that API Gateway verified (mutual TLS of the custom domain)."""
    identity = context.get("identity") or {}
    certificate = identity.get("clientCert") or {}
    subject: str | None = certificate.get("subjectDN")
    return subject


def normalized_subject(subject: str) -> frozenset[tuple[str, str]]:
    """Make a subject comparable attribute by attribute, in whatever order it is written.

    It is `CN=x,O=y` with commas escaped inside values (RFC 4514), or `/CN=x/O=y` as OpenSSL prints it: never both, so
    that no value can pass for an attribute.
    """
    separator = _ONELINE if subject.startswith("/") else _COMMA
    parts = (part.partition("=") for part in separator.split(subject) if "=" in part)
    return frozenset((name.strip().upper(), value.strip().replace("\\", "")) for name, _, value in parts)


def _by_basic(headers: Mapping[str, str]) -> Utenza | None:
    credentials = basic_credentials(headers)
    if credentials is None or Credentials.registry is None:
        return None
    return Credentials.registry.by_password(*credentials)


def _by_api_key(headers: Mapping[str, str]) -> Utenza | None:
    principal, key = headers.get(API_ID_HEADER), headers.get(API_KEY_HEADER)
    if not principal or not key or Credentials.registry is None:
        return None
    return Credentials.registry.by_password(principal, key)


def _by_certificate(context: Mapping[str, Any]) -> Utenza | None:
    subject = certificate_subject(context)
    if subject is None or Credentials.registry is None:
        return None
    return Credentials.registry.by_subject(subject)
