"""What the published contract has and our document has not: paths, methods, parameters, fields, enums.

A difference is named by where it is in the published file: `GET /rpp`, `GET /rpp ?esito`, `pendenza.dataUltima`,
`stazione.versione =V1`. Fields are told once for each published schema, whichever operations have it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.rest.operation import Api
from tests.contract import _METHODS, OPENAPI, _document
from tests.openapi_proof import document

Node = Mapping[str, Any]


def missing(api: Api) -> set[str]:
    """Name everything of the published contract that ours lacks."""
    return between(published(api), document(api))


def between(their_document: Node, our_document: Node) -> set[str]:
    """Name everything of a document that another lacks."""
    theirs, ours = Side(their_document), Side(our_document)
    found: set[str] = set()
    served: dict[str, Node] = {}
    for path, entry in ours.whole["paths"].items():
        served[_without_names(path)] = {**served.get(_without_names(path), {}), **entry}
    for path, methods in theirs.whole["paths"].items():
        for method in (one for one in _METHODS if one in methods):
            where = f"{method.upper()} {path}"
            mine = _served(served, path).get(method)
            if mine is None:
                found.add(where)
            else:
                found |= set(_of_operation(where, theirs, methods[method], ours, mine))
    return found


def published(api: Api) -> Node:
    found: Node = _document(OPENAPI / "3.1" / api / "v1" / f"govpay-api-{api}-v1.yaml")
    return found


def _without_names(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def _served(served: Mapping[str, Node], path: str) -> Node:
    """Give what is served at a path; one that is written with `n/a` is served as such and by its parameter."""
    plain = _without_names(path)
    return served.get(plain) or served.get(plain.replace("/n/a", "/{}")) or {}


class Side:
    """A document that is being compared."""

    def __init__(self, whole: Node) -> None:
        self.whole = whole

    def resolved(self, node: Any) -> tuple[str, Any]:
        name = ""
        while isinstance(node, dict) and "$ref" in node:
            name = node["$ref"].rpartition("/")[2]
            target: Any = self.whole
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return name, node

    def parts(self, node: Any) -> Iterator[tuple[str, Any]]:
        """Give a schema and those it is put together of, whichever of them holds."""
        name, schema = self.resolved(node)
        if not isinstance(schema, dict):
            return
        yield name, schema
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, ()):
                for inner, shape in self.parts(part):
                    yield inner or name, shape

    def fields(self, node: Any) -> dict[str, tuple[str, Any]]:
        """Give the fields of an object, with the schema that has each."""
        return {
            field: (name, shape)
            for name, part in self.parts(node)
            for field, shape in (part.get("properties") or {}).items()
        }

    def items(self, node: Any) -> Any:
        return next((part["items"] for _, part in self.parts(node) if "items" in part), None)

    def enum(self, node: Any) -> set[str]:
        return {str(one) for _, part in self.parts(node) for one in part.get("enum", ()) if one is not None}

    def is_free(self, node: Any) -> bool:
        """Tell whether a schema says nothing of what is inside."""
        return node is not None and not self.fields(node) and self.items(node) is None

    def params(self, operation: Node) -> dict[str, Any]:
        found = [self.resolved(param)[1] for param in operation.get("parameters", ())]
        return {one["name"]: one.get("schema", {}) for one in found if one["in"] == "query"}

    def body(self, operation: Node) -> Any:
        return _json(self.resolved(operation.get("requestBody", {}))[1])

    def answer(self, operation: Node) -> Any:
        answers = (self.resolved(one)[1] for status, one in operation["responses"].items() if str(status)[0] == "2")
        return next((found for found in map(_json, answers) if found is not None), None)


def _json(node: Node) -> Any:
    return next((one.get("schema") for media, one in node.get("content", {}).items() if "json" in media), None)


def _of_operation(where: str, theirs: Side, their: Node, ours: Side, our: Node) -> Iterator[str]:
    mine = ours.params(our)
    for name, schema in theirs.params(their).items():
        if name not in mine:
            yield f"{where} ?{name}"
        else:
            yield from _enums(f"{where} ?{name}", theirs, schema, ours, mine[name])
    for what in (Side.body, Side.answer):
        wanted, given = what(theirs, their), what(ours, our)
        if wanted is not None and given is None:
            yield f"{where} {'corpo' if what is Side.body else 'risposta'}"
        elif wanted is not None:
            side = "→" if what is Side.body else "←"
            yield from _fields(where, side, theirs, wanted, ours, given, frozenset())


def _fields(  # noqa: PLR0917 - of both sides, where it is and what is looked at
    where: str, side: str, theirs: Side, wanted: Any, ours: Side, given: Any, seen: frozenset[str]
) -> Iterator[str]:
    items = theirs.items(wanted)
    if items is not None:
        mine = ours.items(given)
        if mine is not None:
            yield from _fields(where, side, theirs, items, ours, mine, seen)
        return
    if ours.is_free(given):
        return
    mine_fields = ours.fields(given)
    for field, (schema_name, shape) in theirs.fields(wanted).items():
        place = f"{side} {schema_name or where}.{field}"
        if place in seen:
            continue
        if field not in mine_fields:
            yield place
        else:
            mine = mine_fields[field][1]
            yield from _enums(place, theirs, shape, ours, mine)
            yield from _fields(place, side, theirs, shape, ours, mine, seen | {place})


def _enums(place: str, theirs: Side, wanted: Any, ours: Side, given: Any) -> Iterator[str]:
    mine, items = ours.enum(given) or ours.enum(ours.items(given)), theirs.items(wanted)
    for value in sorted((theirs.enum(wanted) or theirs.enum(items)) - mine if mine else ()):
        yield f"{place} ={value}"
