"""The routes of the anagrafica in an application of their own, and a client that calls them as somebody."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalice.test import Client

from chalicelib.anagrafica.queries import Registry
from chalicelib.anagrafica.routes import blueprints
from chalicelib.kernel.exchange import Exchange
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.builders_anagrafica import GPADMIN, PASSWORD_GPADMIN

BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
PENDENZE = "/govpay/backend/api/pendenze/rs/basic/v1"
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
RAGIONERIA = "/govpay/backend/api/ragioneria/rs/basic/v1"

app = GovPayApp(app_name="anagrafica")
app.api.binary_types = ["image/png", "image/jpeg"]
for blueprint in blueprints:
    app.register_blueprint(blueprint)
# Right passwords are remembered by the hash they were right for: one for all tests is as good, and quicker.
REGISTRY = Registry()


def basic(principal: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{principal}:{password}".encode()).decode()}


@dataclass
class Caller:
    """Calls the application as somebody, gpadmin if not said otherwise."""

    client: Client
    headers: dict[str, str] = field(default_factory=lambda: basic(GPADMIN, PASSWORD_GPADMIN))
    base: str = BACKOFFICE
    recorded: list[Exchange] = field(default_factory=list)

    def as_(self, principal: str, password: str, base: str | None = None) -> "Caller":
        return Caller(self.client, basic(principal, password), base or self.base, self.recorded)

    def get(self, path: str, status: int = 200, **query: str) -> Any:
        from urllib.parse import urlencode

        text = f"?{urlencode(query)}" if query else ""
        return self._body(self.raw("GET", path + text), status)

    def put(self, path: str, body: Any, status: int = 201) -> Any:
        return self._body(self.raw("PUT", path, body), status)

    def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return self._body(self.raw("PATCH", path, body), status)

    def raw(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        url = path if path.startswith("/govpay") else self.base + path
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self.headers, **headers}
        return self.client.http.request(method, url, headers=sent, body=content)

    def _body(self, answer: Any, status: int) -> Any:
        assert answer.status_code == status, (answer.status_code, answer.body)
        assert answer.headers["X-Govpay-IdTransazione"]
        if not answer.body:
            return None
        return json.loads(answer.body)


@contextmanager
def calling() -> Iterator[Caller]:
    """Join the application and give a caller of it."""
    before = Credentials.registry, Edge.recorder, getattr(Edge, "current_request", None)
    Credentials.registry = REGISTRY
    Edge.current_request = lambda: app.current_request
    with Client(app) as client:
        caller = Caller(client)
        Edge.recorder = caller.recorded.append
        try:
            yield caller
        finally:
            Credentials.registry, Edge.recorder = before[:2]
            if before[2] is not None:
                Edge.current_request = before[2]
