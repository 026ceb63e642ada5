"""A small application with pendenze and avvisi, and the callers that use it."""

import json
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.anagrafica.queries import Registry
from chalicelib.avvisi import operations as avvisi
from chalicelib.avvisi.routes import routes as avvisi_routes
from chalicelib.avvisi.schemas import avviso_json
from chalicelib.kernel.exchange import Exchange
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.routes import routes as pendenze_routes
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests import builders_anagrafica as sample

PENDENZE = "/govpay/backend/api/pendenze/rs/basic/v1"
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
PAGAMENTO_PUBLIC = "/govpay/frontend/api/pagamento/rs/public/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
COMUNE = (sample.PRINCIPAL_COMUNE, sample.PASSWORD_COMUNE)
ALTRA = (sample.PRINCIPAL_ALTRA, sample.PASSWORD_ALTRA)
GPADMIN = (sample.GPADMIN, sample.PASSWORD_GPADMIN)
OPERATORE = ("operatore", "Operatore-2026")

app = GovPayApp(app_name="pendenze")
app.api.binary_types = ["application/pdf"]
app.register_blueprint(pendenze_routes)
app.register_blueprint(avvisi_routes)
# Right passwords are remembered by the hash they were right for: one for all tests is as good, and quicker.
REGISTRY = Registry()
_FRESH_SECONDS = 60
_remembered_since = time.monotonic()


@dataclass
class Prova:
    """The application, the sample comune, and what was recorded of the exchanges."""

    client: Client
    recorded: list[Exchange] = field(default_factory=list)

    def as_(self, credentials: tuple[str, str] | None) -> "Chiamante":
        return Chiamante(self.client, credentials)

    @property
    def comune(self) -> "Chiamante":
        return self.as_(COMUNE)

    @property
    def altra(self) -> "Chiamante":
        return self.as_(ALTRA)

    @property
    def gpadmin(self) -> "Chiamante":
        return self.as_(GPADMIN)

    @property
    def operatore(self) -> "Chiamante":
        return self.as_(OPERATORE)

    @property
    def anonimo(self) -> "Chiamante":
        return self.as_(None)


@contextmanager
def prova(now: datetime) -> Iterator[Prova]:
    """Join the application to its ports, register the sample, and give both back as they were."""
    numbers.forget()
    _remember_afresh()
    sample.seed_comune(now)
    _put_operatore()
    with ExitStack() as joining, Client(app) as client:
        joined = Prova(client)
        for owner, name, value in (
            (Credentials, "registry", REGISTRY),
            (Edge, "recorder", joined.recorded.append),
            (Edge, "current_request", lambda: app.current_request),
            (Ports, "print_avviso", staticmethod(avvisi.print_avviso)),
            (Ports, "avviso_json", staticmethod(avviso_json)),
            # What the contexts above would add, whoever joined them before in this process.
            (Ports, "rpp_of", staticmethod(_nothing)),
            (Ports, "read_with_rpp", None),
            (Ports, "pagamenti_of", staticmethod(_nothing)),
            (Ports, "pendenze_of_pagamento", staticmethod(_nothing)),
        ):
            joining.enter_context(patch.object(owner, name, value, create=True))
        yield joined
    numbers.forget()


def _nothing(*_: Any) -> list[Any]:
    return []


def _remember_afresh() -> None:
    """Forget passwords that would expire within a test: whoever counts calls would count those of a second look."""
    global _remembered_since  # noqa: PLW0603 - the registry is of the module too
    if time.monotonic() - _remembered_since > _FRESH_SECONDS:
        REGISTRY.forget()
        _remembered_since = time.monotonic()


def _put_operatore() -> None:
    """Register one who may write pendenze of DOMINIO, of the tipi TARI and LIBERO."""
    anagrafica.put_operatore(
        operatore=sample.an_operatore(
            abilitazioni=Abilitazioni(
                domini=(sample.DOMINIO,), tipi_pendenza=(sample.TARI, "LIBERO"), acl=(scrittura_pendenze(),)
            )
        )
    )


def scrittura_pendenze() -> Acl:
    return Acl(servizio=Servizio.PENDENZE, autorizzazioni=(Diritto.LETTURA, Diritto.SCRITTURA))


def pendenza_url(base: str = PENDENZE, id_pendenza: str = "P-1", id_a2a: str = sample.A2A_COMUNE) -> str:
    return f"{base}/pendenze/{id_a2a}/{id_pendenza}"


@dataclass(frozen=True)
class Risposta:
    status: int
    headers: Mapping[str, Any]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def codice(self) -> str:
        return str(self.json["codice"])


class Chiamante:
    """Calls the application as one caller."""

    def __init__(self, client: Client, credentials: tuple[str, str] | None) -> None:
        self._client = client
        self._headers = {}
        if credentials is not None:
            self._headers["Authorization"] = "Basic " + b64encode(":".join(credentials).encode()).decode()

    def call(self, method: str, url: str, body: Any = None, *, accept: str | None = None, **query: Any) -> Risposta:
        headers = {**self._headers, "Content-Type": "application/json"}
        if accept is not None:
            headers["Accept"] = accept
        text = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if query:
            url += "?" + urlencode(query, doseq=True, quote_via=quote)
        answer = self._client.http.request(method, url, headers=headers, body=text)
        return Risposta(answer.status_code, answer.headers, answer.body)

    def get(self, url: str, **query: Any) -> Risposta:
        return self.call("GET", url, None, **query)

    def put(self, url: str, body: Any, **query: Any) -> Risposta:
        return self.call("PUT", url, body, **query)

    def patch(self, url: str, body: Any) -> Risposta:
        return self.call("PATCH", url, body)
