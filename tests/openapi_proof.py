"""Every answer that the tests get is held to the OpenAPI documents of the project, and every request that was taken.

Installed once by conftest: whoever calls the application, over its test client or over HTTP, is watched. What a document
does not say fails the test that met it: a status, a media type, a field. Requests that are refused may be anything, and
query parameters that are not there are ignored. Applications that tests make of paths of their own are left alone.
"""

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from chalicelib.rest.application import GovPayApp
from chalicelib.rest.operation import JSON, Api
from infra.openapi.corpi import camel
from infra.openapi.scrittura import TARGET

_ROUTE = re.compile(r"/govpay/(?:frontend|backend)/api/(\w+)/rs/\{auth\}/v1(/.*)")
_PARAM = re.compile(r"\{(\w+)\}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})")
_FORMATS = {
    "date": lambda text: bool(_DATE.fullmatch(text)),
    # As GovPay writes it: its zone has no colon.
    "date-time": lambda text: bool(_DATE_TIME.fullmatch(text)),
}
_ADVICE = "infra/openapi/dichiarazioni/{api}.yaml, poi make openapi"


class NotDeclared(AssertionError):
    """What was served is not what the document says."""


def install() -> None:
    """Watch every application of this process."""
    original = GovPayApp.__call__

    def watched(self: GovPayApp, event: Any, context: Any) -> dict[str, Any]:
        answer = original(self, event, context)
        wrong = violations(event, answer)
        if wrong:
            raise NotDeclared("\n  ".join(wrong))
        return answer

    GovPayApp.__call__ = watched  # type: ignore[method-assign]


def violations(event: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
    """Say what of an exchange its document does not have."""
    context = event.get("requestContext") or {}
    found = _ROUTE.fullmatch(context.get("resourcePath") or "")
    if found is None:
        return []
    api = Api.RAGIONERIA if found[1] == "riconciliazione" else Api(found[1])
    path = _PARAM.sub(lambda m: "{" + camel(m[1]) + "}", found[2])
    method = (context.get("httpMethod") or event["httpMethod"]).lower()
    operation = document(api)["paths"].get(path, {}).get(method)
    if operation is None:
        return []
    status = str(answer["statusCode"])
    where = f"{api} {method.upper()} {path} {status}"
    wrong = _of_answer((api, method, path, status), operation, answer, partial="campi" in _query(event))
    if status.startswith("2"):
        wrong += _of_request((api, method, path), operation, event)
    return [f"{where}: {one}" for one in [*wrong, _ADVICE.format(api=api)]] if wrong else []


@cache
def document(api: Api) -> dict[str, Any]:
    made: dict[str, Any] = json.loads((TARGET / f"govpay-api-{api}-v1.json").read_text(encoding="utf-8"))
    return made


def _of_answer(
    key: tuple[Api, str, str, str], operation: Mapping[str, Any], answer: Mapping[str, Any], *, partial: bool
) -> list[str]:
    if key[3] not in operation["responses"]:
        return ["stato non dichiarato"]
    response = _resolved(key[0], operation["responses"][key[3]])
    headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
    missing = [name for name in response.get("headers", {}) if name.lower() not in headers and name != "ETag"]
    wrong = [f"manca l'intestazione {name}" for name in missing]
    body, media = _body(answer), headers.get("content-type", "").partition(";")[0]
    content = response.get("content", {})
    if not body:
        return wrong + (["corpo dichiarato, e assente"] if set(content) == {JSON} else [])
    if media not in content:
        return [*wrong, f"tipo non dichiarato: {media}"]
    if media == JSON:
        value = json.loads(body)
        wrong += [
            f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
            for error in _answers(*key).iter_errors(value)
            if not (partial and "is a required property" in error.message)
        ]
    return wrong


def _of_request(key: tuple[Api, str, str], operation: Mapping[str, Any], event: Mapping[str, Any]) -> list[str]:
    content = operation.get("requestBody", {}).get("content", {})
    body, headers = event.get("body"), {k.lower(): v for k, v in (event.get("headers") or {}).items()}
    if JSON in content and body and headers.get("content-type", JSON).startswith(JSON):
        value = json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
        return [
            f"richiesta, {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
            for error in _requests(*key).iter_errors(value)
            if error.instance != ""  # forms send their empty fields so: they are absent
        ]
    return []


def _query(event: Mapping[str, Any]) -> set[str]:
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    return set(query) if not isinstance(query, str) else {name for name, _ in parse_qsl(query)}


def _body(answer: Mapping[str, Any]) -> bytes:
    body = answer.get("body") or ""
    return base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()


def _resolved(api: Api, node: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in node:
        return node
    target: Any = document(api)
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    found: Mapping[str, Any] = target
    return found


@cache
def _answers(api: Api, method: str, path: str, status: str) -> Any:
    response = _resolved(api, document(api)["paths"][path][method]["responses"][status])
    return _validator(_closed(response["content"][JSON]["schema"]), _closed_components(api))


@cache
def _requests(api: Api, method: str, path: str) -> Any:
    schema = document(api)["paths"][path][method]["requestBody"]["content"][JSON]["schema"]
    return _validator(schema, document(api)["components"]["schemas"])


def _validator(schema: Any, components: Any) -> Any:
    whole = {"allOf": [schema], "components": {"schemas": components}}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True, formats=_FORMATS)


@cache
def _closed_components(api: Api) -> Any:
    return _closed(document(api)["components"]["schemas"])


def _closed(node: Any) -> Any:
    """Let an object have the fields that are declared, and no other."""
    if isinstance(node, dict):
        closed = {key: _closed(value) for key, value in node.items()}
        is_object = isinstance(node.get("properties"), dict) and "object" in str(node.get("type"))
        return {"additionalProperties": False, **closed} if is_object else closed
    return [_closed(item) for item in node] if isinstance(node, list) else node
