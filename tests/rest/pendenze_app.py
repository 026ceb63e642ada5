"""A small application with pendenze and avvisi, and the callers that use it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from chalice.test import Client

from tests import builders_anagrafica as sample

PENDENZE = "/govpay/backend/api/pendenze/rs/basic/v1"
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
PAGAMENTO_PUBLIC = "/govpay/frontend/api/pagamento/rs/public/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
COMUNE = (sample.PRINCIPAL_COMUNE, sample.PASSWORD_COMUNE)
ALTRA = (sample.PRINCIPAL_ALTRA, sample.PASSWORD_ALTRA)
GPADMIN = (sample.GPADMIN, sample.PASSWORD_GPADMIN)
OPERATORE = ("operatore", "Operatore-2026")


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
