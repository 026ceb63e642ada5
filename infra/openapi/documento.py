"""An OpenAPI 3.1 document for each contract: the operations that are served, with what is declared of their answers."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chalicelib.kernel.utenze import Diritto
from chalicelib.rest.operation import ID_TRANSAZIONE, JSON, VARIANTS, Api, Operation, declared_by
from infra.openapi import comune, corpi
from infra.openapi.lettura import read_by

DICHIARAZIONI = Path(__file__).with_name("dichiarazioni")
_ROUTE = re.compile(r"(?P<root>/govpay/(?:frontend|backend)/api/(?P<word>[a-z]+)/rs/\{auth\}/v1)(?P<path>/.*)")
_PARAM = re.compile(r"\{(\w+)\}")
_REF = "#/components/schemas/"
_ALIAS = "riconciliazione"  # the same operations as ragioneria, at the manual's address


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An operation at one of its paths."""

    api: Api
    method: str
    path: str
    operation: Operation


def served() -> Iterator[Served]:
    """Give every operation of a contract, at every path of it."""
    from app import app  # noqa: PLC0415 - all of it is imported, to list what is served

    for resource, methods in app.routes.items():
        found = _ROUTE.fullmatch(resource)
        if found is None or found["word"] == _ALIAS:
            continue
        for method, entry in methods.items():
            operation = declared_by(entry.view_function)
            if operation is not None:
                path = _PARAM.sub(lambda m: "{" + corpi.camel(m[1]) + "}", found["path"])
                yield Served(api=Api(found["word"]), method=method, path=path, operation=operation)


def document(api: Api) -> dict[str, Any]:
    """Make the document of a contract.

    :raises LookupError: if it answers what is declared nowhere
    """
    declared = declarations(api)
    operations = sorted((one for one in served() if one.api is api), key=lambda one: (one.path, one.method))
    bodies = corpi.Bodies()
    ids = _ids(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        described = declared["operazioni"].get(one.operation.name, {})
        entry = _operation(one, described, bodies) | {"operationId": ids[one.method, one.path]}
        paths.setdefault(one.path, {})[one.method.lower()] = dict(sorted(entry.items(), key=_in_order))
    schemas = {
        **comune.SCHEMAS,
        **_referred(declared["schemi"]),
        **bodies.schemas(),
    }
    return {
        "openapi": "3.1.0",
        "info": comune.info(api),
        "servers": comune.servers(api, sorted(VARIANTS[api])),
        "security": comune.security(VARIANTS[api]),
        "tags": [{"name": tag} for tag in sorted({_tag(one) for one in operations})],
        "paths": paths,
        "components": {
            "securitySchemes": comune.schemes(VARIANTS[api]),
            "parameters": comune.PARAMETERS,
            "headers": comune.HEADERS,
            "responses": comune.RESPONSES,
            "schemas": dict(sorted(schemas.items())),
        },
    }


@cache
def declarations(api: Api) -> dict[str, Any]:
    """Give what is declared of a contract: its `operazioni` by name, its `schemi`."""
    text = (DICHIARAZIONI / f"{api}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def _in_order(item: tuple[str, Any]) -> int:
    return (
        ("operationId", "summary", "description", "tags", "security", "parameters", "requestBody").index(item[0])
        if item[0] != "responses"
        else 99
    )


def _ids(operations: list[Served]) -> dict[tuple[str, str], str]:
    """Name each operation once: one that is served at several paths or by several methods is numbered after."""
    given: dict[tuple[str, str], str] = {}
    for one in sorted(operations, key=lambda one: (one.operation.name, one.method == "POST", -len(one.path))):
        name, number = one.operation.name, 2
        while name in given.values():
            name, number = f"{one.operation.name}{number}", number + 1
        given[one.method, one.path] = name
    return given


def _tag(one: Served) -> str:
    return one.path.split("/")[1]


def _operation(one: Served, described: Mapping[str, Any], bodies: corpi.Bodies) -> dict[str, Any]:
    read = read_by(one.operation.view)
    entry: dict[str, Any] = {
        "summary": described.get("sommario") or one.operation.name,
        "tags": [_tag(one)],
        "parameters": [*_path_params(one), *_query_params(read.params, described), *_header_params(read.headers)],
        "responses": _answers(one, described, read.headers),
    }
    if one.operation.anonimo and one.api is Api.PAGAMENTO:
        entry["security"] = [*comune.security(VARIANTS[one.api]), {}]
    body = bodies.of(read, described.get("corpo", {})) if one.method != "GET" else None
    if body is not None:
        entry["requestBody"] = {"required": True, "content": body}
    return entry


def _path_params(one: Served) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAM.findall(one.path)
    ]


def _query_params(read: Mapping[str, Mapping[str, Any]], described: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    declared = described.get("parametri", {})
    for name in sorted({*read, *declared}):
        text = comune.PARAMETRI.get(name)
        schema = {**read.get(name, {}), **declared.get(name, {})}
        found.append({"name": name, "in": "query"} | ({"description": text} if text else {}) | {"schema": schema})
    return found


def _header_params(read: Collection[str]) -> list[dict[str, Any]]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in comune.PARAMETERS if name in read]


def _answers(one: Served, described: Mapping[str, Any], headers: Collection[str]) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    has_etag = described.get("etag", False)
    # What is declared nowhere may be anything; a test asks for it.
    for status, shape in described.get("risposte", {200: {"schema": {}}}).items():
        answers[str(status)] = _answer(int(status), shape or {}, has_etag=has_etag)
    refused = {401, 403, 422, 500, *described.get("stati", ())}
    if "{" in one.path:
        refused |= {404}
    if one.operation.diritto is not Diritto.LETTURA:
        refused |= {400, 404, 409, 415}
    if "If-Match" in headers:
        refused |= {412}
    if has_etag and one.method == "GET":
        refused |= {304}
    answers |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refused)}
    return dict(sorted(answers.items()))


def _answer(status: int, shape: Mapping[str, Any], *, has_etag: bool) -> dict[str, Any]:
    headers = {ID_TRANSAZIONE: {"$ref": f"#/components/headers/{ID_TRANSAZIONE}"}}
    if has_etag:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
    answer: dict[str, Any] = {"description": comune.ESITI[status], "headers": headers}
    content: dict[str, Any] = {}
    if "lista" in shape:
        content[JSON] = {"schema": comune.page_of(_referred({"$ref": shape["lista"]}))}
    elif "schema" in shape:
        schema = shape["schema"]
        content[JSON] = {"schema": _referred({"$ref": schema} if isinstance(schema, str) else schema)}
    for media in shape.get("tipi", ()):
        content[media] = {"schema": {"type": "string"} if media.startswith("text/") else {}}
    return answer | ({"content": content} if content else {})


def _referred(node: Any) -> Any:
    """Write out the references, which the declarations give by the name of the schema alone."""
    if isinstance(node, dict):
        return {
            key: f"{_REF}{value}" if key == "$ref" and isinstance(value, str) else _referred(value)
            for key, value in node.items()
        }
    return [_referred(item) for item in node] if isinstance(node, list) else node
