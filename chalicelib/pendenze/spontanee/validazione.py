"""The data of a form against the JSON Schema of the tipo pendenza.

The schema is of whoever administers the tipo, the data are of anybody. A schema names nothing outside of itself, is
bounded, and its expressions are of a kind that ends: `re` goes back over what it read, and a repetition inside of a
repetition would do so for ever.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from chalicelib.anagrafica.schemas.common import wire
from chalicelib.kernel.freemarker.definizione import testo_of
from chalicelib.kernel.refusals import FieldError, Refusal, Sintassi, Unprocessable
from chalicelib.rest import json_text

MAX_SCHEMA = 100_000
MAX_LIVELLI = 40
MAX_ESPRESSIONE = 200
MAX_RIPETIZIONI = 4  # of any length, in one expression
AMPIA = 16  # a repetition of more than so many is of any length
POCHE = 4  # times that a repetition may be repeated
MAX_TESTO = 255  # what is held against an expression
MAX_ERRORI = 20
_ESPRESSIONI = frozenset({"pattern", "patternProperties"})


class SchemaNonValido(Unprocessable):
    """The schema configured for a tipo pendenza is itself not valid, or not one we run."""

    codice = "VAL_001"
    status = 500
    categoria = "INTERNO"


def check(dati: Any, schema: Any, *, id_tipo: str) -> None:
    """Check the data of a form. `schema` is as configured: an object, JSON, or JSON in Base64.

    :raises Sintassi: with all that is wrong, field by field
    :raises SchemaNonValido: VAL_001
    """
    validator = _validator(_text_of(schema, id_tipo), id_tipo)
    errors = sorted(_found(validator, dati, id_tipo), key=lambda error: error.campo)
    if errors:
        raise Sintassi(errors[:MAX_ERRORI])


def check_schema(schema: Any, *, id_tipo: str) -> None:
    """Check that a schema can be run.

    :raises SchemaNonValido: VAL_001
    """
    _validator(_text_of(schema, id_tipo), id_tipo)


def _found(validator: Any, dati: Any, id_tipo: str) -> Iterator[FieldError]:
    from referencing.exceptions import Unresolvable

    try:
        for number, error in enumerate(validator.iter_errors(_plain(dati))):
            yield FieldError(_where(error), _why(error))
            if number >= MAX_ERRORI:
                return
    except (Unresolvable, RecursionError) as error:
        raise _bad(id_tipo, "un $ref non porta da nessuna parte, o torna su se stesso") from error


def _text_of(schema: Any, id_tipo: str) -> str:
    # What is stored has its decimal numbers as floats.
    text = testo_of(schema) if isinstance(schema, str) else json_text.write(wire(schema))
    if len(text) > MAX_SCHEMA:
        raise _bad(id_tipo, f"supera {MAX_SCHEMA} caratteri")
    return text


@lru_cache(maxsize=32)
def _validator(text: str, id_tipo: str) -> Any:
    """Read a schema.

    :raises SchemaNonValido: VAL_001
    """
    from jsonschema import validators
    from jsonschema.exceptions import SchemaError
    from referencing import Registry

    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise _bad(id_tipo, f"non è JSON (riga {error.lineno}, colonna {error.colno})") from error
    except (ValueError, RecursionError) as error:
        raise _bad(id_tipo, "non è JSON") from error
    if not isinstance(schema, Mapping):
        raise _bad(id_tipo, "non è un oggetto")
    for motivo in _wrong(schema, 0):
        raise _bad(id_tipo, motivo)
    kind = validators.validator_for(schema, default=validators.Draft7Validator)
    bounded = validators.extend(kind, {"pattern": _pattern})
    try:
        # Before the expressions are met: what is no schema cannot be walked.
        kind.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise _bad(id_tipo, getattr(error, "message", "troppo profondo")[:200]) from error
    # A registry of nothing: it fetches nothing either.
    return bounded(schema, registry=Registry())


def _wrong(value: Any, livello: int) -> Iterator[str]:
    """Tell what a schema has that is not run."""
    if livello > MAX_LIVELLI:
        yield f"è annidato oltre {MAX_LIVELLI} livelli"
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if (
                name in {"$ref", "$dynamicRef", "$recursiveRef"}
                and isinstance(inner, str)
                and not inner.startswith("#")
            ):
                yield "un $ref porta fuori dello schema: riportarvi ciò che serve"
            if name == "pattern" and isinstance(inner, str):
                yield from _wrong_expression(inner)
            if name == "patternProperties":
                yield "patternProperties non è ammesso: elencare i campi in properties"
            yield from _wrong(inner, livello + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _wrong(inner, livello + 1)


def _wrong_expression(pattern: str) -> Iterator[str]:
    """Tell why an expression might not end: a repetition of any length inside of another, or too many of them."""
    import re
    from re import _constants, _parser  # type: ignore[attr-defined]

    if len(pattern) > MAX_ESPRESSIONE:
        yield f"un'espressione regolare supera {MAX_ESPRESSIONE} caratteri"
        return
    try:
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError):
        yield "un'espressione regolare non è valida"
        return
    repeats = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
    count = 0

    def walk(node: Any, *, volte: int) -> Iterator[str]:
        nonlocal count
        for op, argument in node:
            varies = op is _constants.BRANCH or (op in repeats and argument[0] != argument[1])
            if varies and volte > POCHE:
                yield "un'espressione regolare ha una ripetizione o un'alternativa dentro un'altra: riscriverla senza"
            if op in repeats and argument[1] > AMPIA:
                count += volte
            if op in {_constants.GROUPREF, _constants.GROUPREF_EXISTS}:
                yield "un'espressione regolare rimanda a un suo gruppo: riscriverla senza"
            deeper = volte * int(argument[1]) if op in repeats and argument[1] > 1 else volte
            for part in _parts_of(argument):
                yield from walk(part, volte=deeper)

    yield from walk(tree, volte=1)
    if count > MAX_RIPETIZIONI:
        yield f"un'espressione regolare ha più di {MAX_RIPETIZIONI} ripetizioni"


def _parts_of(argument: Any) -> Iterator[Any]:
    """Give the sub-patterns in an argument of a parsed expression, whatever it is wrapped in."""
    from re import _parser  # type: ignore[attr-defined]

    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, list | tuple):
        for inner in argument:
            yield from _parts_of(inner)


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    import re

    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str):
        if len(instance) > MAX_TESTO:
            yield ValidationError("too long", validator="pattern")
        elif not re.search(pattern, instance):
            yield ValidationError("does not match", validator="pattern")


def _plain(value: Any) -> Any:
    """Give the data as json itself reads them: an amount is a number of the schema."""
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
    return value


def _where(error: Any) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return path.lstrip(".")[:120] or "corpo"


def _why(error: Any) -> str:
    """Say in Italian what a keyword of the schema asks for, without showing what was sent."""
    keyword, asked = error.validator, error.validator_value
    if keyword == "required":
        missing = [name for name in asked if isinstance(error.instance, Mapping) and name not in error.instance]
        return f"manca {', '.join(map(str, missing))[:120]}"
    words = {
        "type": f"deve essere di tipo {_listed(asked)}",
        "enum": f"deve essere uno fra {_listed(asked)}",
        "const": "non è il valore previsto",
        "pattern": "non è nella forma prevista",
        "format": f"deve essere nel formato {_listed(asked)}",
        "minLength": f"deve avere almeno {asked} caratteri",
        "maxLength": f"può avere al più {asked} caratteri",
        "minimum": f"deve essere almeno {asked}",
        "maximum": f"deve essere al più {asked}",
        "exclusiveMinimum": f"deve essere più di {asked}",
        "exclusiveMaximum": f"deve essere meno di {asked}",
        "multipleOf": f"deve essere un multiplo di {asked}",
        "minItems": f"deve avere almeno {asked} elementi",
        "maxItems": f"può avere al più {asked} elementi",
        "additionalProperties": "ha campi non previsti",
    }
    return words.get(str(keyword), f"non rispetta {keyword} dello schema del tipo pendenza")


def _listed(asked: Any) -> str:
    return (", ".join(map(str, asked)) if isinstance(asked, list) else str(asked))[:200]


def _bad(id_tipo: str, motivo: str) -> Refusal:
    return SchemaNonValido(f"La validazione del tipo pendenza {id_tipo} non è utilizzabile: {motivo}.")
