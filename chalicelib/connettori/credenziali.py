"""Who we are to a service we call: none, Basic, a header, an API key, a client certificate, OAuth2."""

import base64
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from chalicelib.anagrafica.model import AuthConnettore, TipoAuth
from chalicelib.aws.secrets import get_secret

if TYPE_CHECKING:
    from chalicelib.connettori.trasporto import Risposta

API_ID_HEADER = "X-App-Id"
API_KEY_HEADER = "X-Api-Key"
_PEM = "-----BEGIN "
_OK = 200
# A token is renewed before it ends: it must still hold when the ente reads it.
_MARGIN_SECONDS = 30
_MAX_TOKEN_SECONDS = 3600
_tokens: dict[str, tuple[float, str]] = {}


class CredenzialiMancanti(Exception):
    """A credential is not configured, or could not be obtained. `motivo` is Italian and names what, never its value."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


def headers_of(auth: AuthConnettore, *, seconds: float) -> Mapping[str, str]:
    """Give the headers that prove who we are. A token of OAuth2 is asked for, within `seconds`, if none is at hand.

    :raises CredenzialiMancanti:
    """
    match auth.tipo:
        case TipoAuth.BASIC:
            return {"Authorization": _basic(_present(auth.username, "username"), auth.password or "")}
        case TipoAuth.HEADER:
            return {_present(auth.header_name, "nome header"): _present(auth.header_value, "valore header")}
        case TipoAuth.API_KEY:
            return {API_ID_HEADER: _present(auth.api_id, "apiId"), API_KEY_HEADER: _present(auth.api_key, "apiKey")}
        case TipoAuth.OAUTH2:
            return {"Authorization": f"Bearer {_token(auth, seconds)}"}
        case TipoAuth.NONE | TipoAuth.SSL:
            return {}


def certificate_of(auth: AuthConnettore) -> tuple[str, str] | None:
    """Give the files of our certificate and of its key, None where we have none.

    :raises CredenzialiMancanti: if a secret it names does not exist
    """
    if auth.tipo is not TipoAuth.SSL:
        return None
    certificate = _pem(_present(auth.certificate, "certificato"))
    # The key may lie in one PEM with the certificate.
    return certificate, _pem(auth.private_key) if auth.private_key else certificate


def ca_of(auth: AuthConnettore) -> str | None:
    """Give the file of the CA that vouches for the service, None for the well-known ones.

    :raises CredenzialiMancanti: if the secret it names does not exist
    """
    return _pem(auth.ca) if auth.ca else None


def forget_token(auth: AuthConnettore) -> None:
    """Forget a token that the service did not accept, so that the next request asks for another."""
    _tokens.pop(_token_key(auth), None)


def _present(value: str | None, what: str) -> str:
    if not value:
        raise CredenzialiMancanti(f"nel connettore manca {what}")
    return value


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _pem(name: str) -> str:
    """Give the file of a PEM: the secret of that name, or the PEM itself (a CA is no secret)."""
    text = name if name.startswith(_PEM) else get_secret(name)
    if text is None:
        raise CredenzialiMancanti(f"non esiste il segreto {name}")
    return _file_of(text)


@lru_cache(maxsize=64)
def _file_of(text: str) -> str:
    """Write a PEM to a file only this process may read, once: Python's TLS reads certificates from files."""
    path = _folder() / f"{hashlib.sha256(text.encode()).hexdigest()}.pem"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    return str(path)


@lru_cache(maxsize=1)
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="govpay-"))


def _token(auth: AuthConnettore, seconds: float) -> str:
    key = _token_key(auth)
    cached = _tokens.get(key)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    token, lifetime = _ask_token(auth, seconds)
    _tokens[key] = (time.monotonic() + lifetime - _MARGIN_SECONDS, token)
    return token


def _token_key(auth: AuthConnettore) -> str:
    parts = (auth.url_token or "", auth.client_id or "", auth.client_secret or "", auth.scope or "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _ask_token(auth: AuthConnettore, seconds: float) -> tuple[str, int]:
    """Ask for a token (RFC 6749 4.4, client authenticated by Basic as of its 2.3.1)."""
    from chalicelib.connettori import trasporto

    client = quote(_present(auth.client_id, "clientId"), safe="")
    secret = quote(_present(auth.client_secret, "clientSecret"), safe="")
    form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
    richiesta = trasporto.Richiesta(
        metodo="POST",
        url=_present(auth.url_token, "urlTokenEndpoint"),
        headers={
            "Authorization": _basic(client, secret),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        body=urlencode(form).encode(),
        ca=ca_of(auth),
    )
    try:
        return _read_token(trasporto.exchange(richiesta, seconds=seconds))
    except trasporto.Guasto as guasto:
        raise CredenzialiMancanti(f"il servizio dei token non è utilizzabile: {guasto.motivo}") from guasto


def _read_token(risposta: "Risposta") -> tuple[str, int]:
    if risposta.stato != _OK:
        raise CredenzialiMancanti(f"il servizio dei token ha risposto {risposta.stato}")
    try:
        answer = json.loads(risposta.body)
        token, lifetime = str(answer["access_token"]), int(answer.get("expires_in", _MARGIN_SECONDS))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CredenzialiMancanti("il servizio dei token ha dato una risposta illeggibile") from error
    return token, min(lifetime, _MAX_TOKEN_SECONDS)
