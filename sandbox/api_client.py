"""A client of GovPay's REST API, as an application of the ente would write it."""

from typing import Any

import requests

from sandbox.web import json_text

BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
PENDENZE = "/govpay/backend/api/pendenze/rs/basic/v1"
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
_TIMEOUT = (3.0, 30.0)


class ApiRifiuta(Exception):
    """The API answered what was not expected. `str()` names the request, the status and what the fault says.

    `fault` is the FaultBean, empty where there is none.
    """

    def __init__(self, richiesta: str, status: int, corpo: str) -> None:
        self.status = status
        self.fault = _fault(corpo)
        super().__init__(f"{richiesta}: HTTP {status} {corpo[:500]}")


class Api:
    """One of the APIs, called with one utenza."""

    def __init__(self, base_url: str, path: str, username: str, password: str) -> None:
        self._base = base_url.rstrip("/") + path
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy stands between programs of one machine
        self._session.auth = (username, password)

    def put(self, path: str, corpo: object, **query: str) -> Any:
        return self._json("PUT", path, corpo, query)

    def post(self, path: str, corpo: object, **query: str) -> Any:
        return self._json("POST", path, corpo, query)

    def get(self, path: str, **query: str) -> Any:
        return self._json("GET", path, None, query)

    def file(self, path: str, media_type: str) -> bytes:
        """Get a document.

        :raises ApiRifiuta: an error, or another type than asked
        """
        response = self._send("GET", path, None, {}, media_type)
        if media_type not in response.headers.get("Content-Type", ""):
            raise ApiRifiuta(f"GET {path}", response.status_code, response.headers.get("Content-Type", ""))
        return response.content

    def _json(self, method: str, path: str, corpo: object, query: dict[str, str]) -> Any:
        response = self._send(method, path, corpo, query, "application/json")
        return json_text.loads(response.content) if response.content else None

    def _send(self, method: str, path: str, corpo: object, query: dict[str, str], media_type: str) -> requests.Response:
        response = self._session.request(
            method,
            self._base + path,
            params=query,
            data=None if corpo is None else json_text.dumps(corpo).encode(),
            headers={"Accept": media_type, "Content-Type": "application/json"},
            timeout=_TIMEOUT,
        )
        if not response.ok:
            raise ApiRifiuta(f"{method} {path}", response.status_code, response.text)
        return response


def _fault(corpo: str) -> dict[str, Any]:
    try:
        fault = json_text.loads(corpo)
    except ValueError:
        return {}
    return fault if isinstance(fault, dict) else {}
