"""The published contract as a judge: does a body conform to the OpenAPI file of an API?

    assert_conforms("backoffice", "v1", "dominio", body)                      a schema by its name
    assert_conforms("backoffice", "v1", "GET /domini", body)                  the JSON answer of an operation
    assert_conforms("ragioneria", "v2", "findRiscossioni", body)              the same by operationId
    assert_conforms("pendenze", "v2", "pendenza", body, release="3.9")

`body` is what json.loads gives. Where the official files are not beside the project the test is skipped.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry
from referencing.jsonschema import DRAFT202012

OPENAPI = Path(__file__).resolve().parents[2] / "shared" / "govpay" / "openapi"
_METHODS = ("get", "put", "post", "patch", "delete")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# RFC 3339, and the form GovPay really writes: 2020-01-31T10:11:12.000+0100.
_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?")

_formats = jsonschema.FormatChecker(formats=())
_formats.checks("date")(lambda value: not isinstance(value, str) or bool(_DATE.fullmatch(value)))
_formats.checks("date-time")(lambda value: not isinstance(value, str) or bool(_DATE_TIME.fullmatch(value)))


def is_present() -> bool:
    return OPENAPI.is_dir()


def assert_conforms(api: str, version: str, name: str, body: Any, *, release: str = "3.1") -> None:
    """Assert that a body is what the contract says, telling every place where it is not."""
    if not is_present():
        pytest.skip("i contratti pubblicati (../shared/govpay/openapi) non sono presenti accanto al progetto")
    errors = violations(api, version, name, body, release=release)
    assert not errors, f"{release} {api} {version} {name}:\n  " + "\n  ".join(errors)


def violations(api: str, version: str, name: str, body: Any, *, release: str = "3.1") -> list[str]:
    schema, registry = _schema(release, api, version, name)
    validator = jsonschema.Draft202012Validator(schema, registry=registry, format_checker=_formats)
    found = sorted(validator.iter_errors(body), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message[:300]}" for error in found]


@lru_cache(maxsize=256)
def _schema(release: str, api: str, version: str, name: str) -> tuple[dict[str, Any], Any]:
    folder = OPENAPI / release / api / version
    documents = {path.name: _document(path) for path in sorted(folder.glob("*.yaml"))}
    resources = [(file, DRAFT202012.create_resource(content)) for file, content in documents.items()]
    registry: Any = Registry().with_resources(resources)
    for file, document in documents.items():
        reference = _named(document, name) or _answer_of(document, name, documents)
        if reference is not None:
            return {"$ref": f"{file}#{reference}"}, registry
    msg = f"{folder}: nessuno schema e nessuna operazione di nome {name}"
    raise LookupError(msg)


def _named(document: dict[str, Any], name: str) -> str | None:
    schemas = (document.get("components") or {}).get("schemas") or {}
    return f"/components/schemas/{_escaped(name)}" if name in schemas else None


def _answer_of(document: dict[str, Any], name: str, documents: dict[str, Any]) -> str | None:
    """Point at the schema of the JSON answer of an operation, given as operationId or as `GET /path`."""
    for path, methods in (document.get("paths") or {}).items():
        for method in _METHODS:
            operation = methods.get(method)
            if not operation or name not in {operation.get("operationId"), f"{method.upper()} {path}"}:
                continue
            for status, response in operation.get("responses", {}).items():
                if not str(status).startswith("2"):
                    continue
                if "$ref" in response:
                    return _answer_by_reference(response["$ref"], document, documents)
                for media in response.get("content", {}):
                    if "json" in media:
                        return f"/paths/{_escaped(path)}/{method}/responses/{status}/content/{_escaped(media)}/schema"
    return None


def _answer_by_reference(reference: str, document: dict[str, Any], documents: dict[str, Any]) -> str | None:
    file, _, pointer = reference.partition("#")
    target = documents[file] if file else document
    for part in pointer.strip("/").split("/"):
        target = target[part.replace("~1", "/").replace("~0", "~")]
    if file:
        msg = f"{reference}: risposta in un altro file; nominare lo schema"
        raise LookupError(msg)
    media = next(media for media in target["content"] if "json" in media)
    return f"{pointer}/content/{_escaped(media)}/schema"


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=64)
def _document(path: Path) -> dict[str, Any]:
    # Dates in examples stay text: YAML would make them dates.
    loader = type("_Loader", (yaml.CSafeLoader,), {"yaml_implicit_resolvers": _resolvers()})
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    converted: dict[str, Any] = _as_json_schema(document)
    return converted


def _resolvers() -> dict[str, Any]:
    return {
        first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
        for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def _as_json_schema(node: Any) -> Any:
    """Turn OpenAPI 3.0 into JSON Schema: `nullable`, and keys (statuses) as text; what is only shown goes."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        str(key): _as_json_schema(value)
        for key, value in node.items()
        if not (key in {"example", "examples"} and "type" in node)
    }
    if result.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
        if "enum" in result:
            result["enum"] = [*result["enum"], None]
    pattern = result.get("pattern")
    if isinstance(pattern, str) and isinstance(result.get("type"), str):
        result["pattern"] = _python_pattern(pattern)
    return result


def _python_pattern(pattern: str) -> str:
    """Give a pattern Python reads; one that it does not read (a few are misprinted) says nothing."""
    if pattern == "[0-9]18":
        # Misprinted too, and readable: eighteen digits are meant (GovPay 3.1 API 3).
        return "^[0-9]{18}$"
    try:
        re.compile(pattern)
    except re.error:
        return ""
    return pattern
