"""JSON Schema of the bodies of requests, from the models that read them."""

from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from chalicelib.kernel.importo import Importo
from chalicelib.rest.operation import JSON
from chalicelib.rest.schema import IMPORTO_MASSIMO
from infra.openapi.lettura import Body, Read

_WORDS = {"a2a": "A2A"}
_REF = "#/components/schemas/"
# Read from a number or from the same as text, in exact cents.
IMPORTO: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": float(str(IMPORTO_MASSIMO))},
        {"type": "string", "pattern": r"^\d+(\.\d{1,2}0*)?$"},
    ]
}


def camel(name: str) -> str:
    """Give the name in the contract of a path parameter: `id_a2a` is `idA2A`."""
    first, *others = name.split("_")
    return first + "".join(_WORDS.get(word, word.capitalize()) for word in others)


class _Schema(GenerateJsonSchema):
    """As pydantic makes it, but for our own types."""

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> dict[str, Any]:
        return IMPORTO if schema["cls"] is Importo else super().dataclass_schema(schema)


class Bodies:
    """The bodies of an API: asked one by one, told together, so that what they share is told once."""

    def __init__(self) -> None:
        self._as_made: dict[str, Any] = {}
        self._schemas: dict[str, Any] = {}

    def of(self, read: Read, declared: Mapping[str, Any]) -> dict[str, Any] | None:
        """Give the content of a request, by media type; None where it has no body.

        What no model says is declared: `tipi` of files, `modelli` that are read one by one inside it, and `dal_percorso`,
        the fields that the path gives.
        """
        content: dict[str, Any] = {}
        if read.body is not None:
            content[JSON] = {"schema": self._schema(read.body, declared)}
        elif read.is_json:
            content[JSON] = {"schema": {}}
        for media in declared.get("tipi", ()):
            content[media] = {"schema": declared.get("form", {}) if media.startswith("multipart") else {}}
        return content or None

    def _schema(self, body: Body, declared: Mapping[str, Any]) -> dict[str, Any]:
        whole = body.model.model_json_schema(by_alias=True, ref_template=_REF + "{model}", schema_generator=_Schema)
        defs = {name: _plain(schema) for name, schema in whole.pop("$defs", {}).items()}
        schema = _plain(whole)
        for prop, extra in declared.get("proprieta", {}).items():
            schema["properties"][prop] = extra
        if body.inside is None:
            name = body.model.__name__
            if declared.get("dal_percorso"):
                by_path = set(declared["dal_percorso"])
                schema["required"] = [one for one in schema.get("required", ()) if one not in by_path]
                name = f"{name}SenzaId"
            defs[name] = schema
        renamed = self._keep(defs)
        if body.inside is not None:
            inside: dict[str, Any] = _renamed(schema["properties"][body.inside], renamed)
            return inside
        return {"$ref": _REF + renamed[name]}

    def _keep(self, defs: dict[str, Any]) -> dict[str, str]:
        """Keep schemas under names of their own; give the name of each. Two models of one name may differ."""
        renamed: dict[str, str] = {}
        for name, schema in defs.items():
            plain, number = name.strip("_"), 2
            while self._as_made.get(plain, schema) != schema:
                plain, number = f"{name.strip('_')}{number}", number + 1
            self._as_made[plain] = schema
            renamed[name] = plain
        self._schemas |= {renamed[name]: _renamed(schema, renamed) for name, schema in defs.items()}
        return renamed

    def schemas(self) -> dict[str, Any]:
        return self._schemas


def _renamed(node: Any, names: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {
            key: _REF + names.get(value.removeprefix(_REF), value.removeprefix(_REF))
            if key == "$ref" and isinstance(value, str)
            else _renamed(value, names)
            for key, value in node.items()
        }
    return [_renamed(item, names) for item in node] if isinstance(node, list) else node


def _plain(node: Any) -> Any:
    """Take away what pydantic adds for people: titles, and defaults that mean that a field is absent."""
    if isinstance(node, dict):
        return {
            key: _plain_properties(value) if key == "properties" else _plain(value)
            for key, value in node.items()
            if key not in {"title", "description"} and not (key == "default" and value is None)
        }
    return [_plain(item) for item in node] if isinstance(node, list) else node


def _plain_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(schema) for name, schema in properties.items()}
