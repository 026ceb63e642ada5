"""Who the reverse proxy of the ente says is calling: variants `header`, `sslheader`, `spid` (GovPay 3.1 API 2.2).

Headers are believed only where the request itself proves that it comes from a proxy named in the settings, by its
client certificate or by Basic with a password of its own. No proxy is named until somebody names it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.kernel.identifiers import is_codice_fiscale_persona
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.rest.credentials import basic_credentials, certificate_subject, normalized_subject
from chalicelib.settings import settings

# The secret that is a proxy's password, after this.
SECRET = "proxy/"  # noqa: S105 - the beginning of its name
# A citizen's principal: whoever reads a log must not learn who it was.
CITTADINO = "spid"
_TINIT = "TINIT-"
_MAX_NOME = 70
_MAX_EMAIL = 256

# Whether what is presented is the secret of that name.
IsSecret = Callable[[str, str], bool]


def is_proxy(headers: Mapping[str, str], context: Mapping[str, Any], is_secret: IsSecret | None) -> bool:
    """Tell whether the request comes from one of the proxies that are trusted."""
    principals = settings().proxy_principals
    subject = certificate_subject(context)
    if subject is not None:
        presented = normalized_subject(subject)
        return any("=" in one and normalized_subject(one) == presented for one in principals)
    credentials = basic_credentials(headers)
    if credentials is None or is_secret is None:
        return False
    name, password = credentials
    if name not in principals:
        return False
    return is_secret(SECRET + name, password)


def principal(headers: Mapping[str, str]) -> str | None:
    return _header(headers, settings().proxy_headers.principal)


def subject(headers: Mapping[str, str]) -> str | None:
    return _header(headers, settings().proxy_headers.subject)


def cittadino(headers: Mapping[str, str]) -> Utenza | None:
    """Give the citizen whom SPID has identified, None without a codice fiscale that is one.

    A citizen has no domini and no ACL: what they may do is told where it is done, by their codice fiscale.
    """
    names = settings().proxy_headers
    codice = (_header(headers, names.codice_fiscale) or "").upper().removeprefix(_TINIT)
    if not is_codice_fiscale_persona(codice):
        return None
    parts = (_header(headers, names.nome), _header(headers, names.cognome))
    nome = " ".join(part for part in parts if part)[:_MAX_NOME]
    email = _header(headers, names.email)
    return Utenza(
        principal=CITTADINO,
        tipo=TipoUtenza.CITTADINO,
        nome=nome or codice,
        codice_fiscale=codice,
        email=email if email is not None and len(email) <= _MAX_EMAIL else None,
    )


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return headers.get(name.lower(), "").strip() or None
