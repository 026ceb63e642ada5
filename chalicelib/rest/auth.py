"""Who calls: Basic, API key, a verified certificate, or whom a trusted proxy names (GovPay 3.1 API 2.2). Deny by default.

Who is behind a credential is asked of a port, which `wiring` joins to the anagrafica.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from chalicelib.kernel.refusals import NotAuthenticated
from chalicelib.kernel.utenze import ANONIMO, Utenza
from chalicelib.rest import proxy
from chalicelib.rest.credentials import basic_credentials, certificate_subject, normalized_subject

__all__ = [
    "Credentials",
    "Registry",
    "authenticate",
    "basic_credentials",
    "certificate_subject",
    "normalized_subject",
]

API_ID_HEADER = "x-app-id"
API_KEY_HEADER = "x-api-key"


class Registry(Protocol):
    """Knows the utenze. None: no such principal, or wrong password; a disabled one is refused, NotAllowed."""

    def by_password(self, principal: str, password: str) -> Utenza | None: ...

    def by_subject(self, subject: str) -> Utenza | None: ...

    def by_principal(self, principal: str) -> Utenza | None: ...


class Credentials:
    """The ways in. `registry` is joined by wiring; a process without it lets nobody in."""

    registry: Registry | None = None
    # The secrets of the stage; without it no proxy is known by a password.
    secret: Callable[[str, str], bool] | None = None


def authenticate(variant: str, headers: Mapping[str, str], context: Mapping[str, Any]) -> Utenza:
    """Give the caller of a request, by the variant in its path.

    `basic`, `form`, `apikey`, `ssl`, `public`; and where a trusted proxy says who it is, `header`, `sslheader`, `spid`.

    :raises NotAuthenticated: 401
    :raises NotAllowed: 403000, if the utenza is disabled
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
        case "header" | "sslheader" | "spid" as named if proxy.is_proxy(headers, context, Credentials.secret):
            utenza = _by_proxy(named, headers)
    if utenza is None:
        raise NotAuthenticated("Credenziali mancanti o errate.")
    return utenza


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


def _by_proxy(variant: str, headers: Mapping[str, str]) -> Utenza | None:
    if variant == "spid":
        return proxy.cittadino(headers)
    if Credentials.registry is None:
        return None
    if variant == "sslheader":
        subject = proxy.subject(headers)
        return None if subject is None else Credentials.registry.by_subject(subject)
    principal = proxy.principal(headers)
    return None if principal is None else Credentials.registry.by_principal(principal)
