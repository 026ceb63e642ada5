"""Every call that GovPay makes to an ente in the tests is held to the document of API Ente that it publishes.

Installed once by conftest, as openapi_proof is. What the document does not have fails the test that met it: an
operation, its address, a query parameter, a field of the body.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.notifiche import ente
from chalicelib.rest.operation import JSON
from infra.openapi.scrittura import TARGET
from tests.openapi_proof import NotDeclared, _closed, _validator


def install() -> None:
    """Watch every client of an ente in this process."""
    original = ente._exchange

    def watched(connettore: Any, chiamata: Any, url: str, headers: Mapping[str, str]) -> Any:
        wrong = list(violations(chiamata.operazione, chiamata.metodo, chiamata.path, chiamata.body))
        if wrong:
            raise NotDeclared("\n  ".join(wrong))
        return original(connettore, chiamata, url, headers)

    ente._exchange = watched


@cache
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads((TARGET / "govpay-api-ec-v1.json").read_text(encoding="utf-8"))
    return made


@cache
def _operations() -> dict[tuple[str, str], tuple[re.Pattern[str], Mapping[str, Any]]]:
    return {
        (entry["operationId"], method): (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), entry)
        for path, methods in document()["paths"].items()
        for method, entry in methods.items()
    }


@cache
def _body(name: str, method: str) -> Any:
    schema = _operations()[name, method][1]["requestBody"]["content"][JSON]["schema"]
    return _validator(schema, _closed(document()["components"]["schemas"]))


def violations(name: str, method: str, path: str, body: bytes | None) -> Iterator[str]:
    """Say what of a call the document does not have."""
    pattern, entry = _operations().get((name, method.lower()), (None, {}))
    if pattern is None:
        yield f"{method} {name}: operazione non dichiarata"
        return
    split = urlsplit(path)
    if not pattern.fullmatch(split.path):
        yield f"{name}: indirizzo non dichiarato"
    declared = {one["name"] for one in entry["parameters"] if one["in"] == "query"}
    for parameter in dict(parse_qsl(split.query)).keys() - declared:
        yield f"{name}: parametro {parameter} non dichiarato"
    if (body is not None) is not ("requestBody" in entry):
        yield f"{name}: corpo {'non dichiarato' if body is not None else 'mancante'}"
    elif body is not None:
        for error in _body(name, method.lower()).iter_errors(json.loads(body)):
            yield f"{name} {'.'.join(map(str, error.instance_path))}: {error.message[:200]}"
