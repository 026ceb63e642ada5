"""What the schemas of the anagrafica share: limits of the fields, absent fields, JSON kept as it came."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

from chalicelib.anagrafica.operations import MASK
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.rest.schema import B, Body, Leggibile, formato, parse_body

Text16 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=16)]
Text35 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=35)]
Text70 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=70)]
Text255 = Annotated[str, Leggibile, StringConstraints(min_length=1, max_length=255)]
# A name that Basic can carry, or the subject of a certificate.
_PRINCIPAL = r"^(?:[^\s:][^:\n\r]{0,499}|[^\s=:]+=[^\n\r]{1,490})$"


def _on_one_line(value: Any) -> Any:
    if isinstance(value, str) and any(c < " " or c == "\x7f" for c in value):
        raise ValueError("contiene caratteri di controllo: toglierli")
    return value


Principal = Annotated[
    str,
    formato(_PRINCIPAL, "deve avere da 1 a 500 caratteri senza due punti, o essere il subject di un certificato"),
    BeforeValidator(_on_one_line),
]
Url = Annotated[
    str,
    formato(r"^https?://\S+$", "deve essere un indirizzo http:// o https://, senza spazi"),
    StringConstraints(max_length=1024),
]


def _empty_is_absent(value: Any) -> Any:
    return None if value == "" else value


# Clients that show a form send its empty fields as empty strings.
Blank = BeforeValidator(_empty_is_absent)


class Camel(Body):
    """A body whose names in JSON are the camel case of ours."""

    # Built when first used: an instance that serves payments never meets most of these.
    model_config = ConfigDict(alias_generator=to_camel, defer_build=True)


def read(shape: type[B], body: Callable[[], Any], ids: Mapping[str, tuple[str, Callable[[str], str | None]]]) -> B:
    """Read a body and the ids of its path, telling at once all that is wrong with either.

    `ids` gives, by the name in the contract, the id and what says why it is not one.

    :raises Sintassi: SINTASSI
    """
    errors = [FieldError(name, problem) for name, (value, judge) in ids.items() if (problem := judge(value))]
    try:
        parsed = parse_body(shape, body())
    except Sintassi as refusal:
        raise Sintassi([*errors, *refusal.errors]) from None
    if errors:
        raise Sintassi(errors)
    return parsed


def present(**values: Any) -> dict[str, Any]:
    """Make a JSON object of what is there: fields that are None are left out."""
    return {name: value for name, value in values.items() if value is not None}


def masked(secret: str | None) -> str | None:
    """Show that there is a secret, not which."""
    return MASK if secret else None


# -- JSON that we keep for others


def storable(value: Any) -> Any:
    """Make JSON as `json_text.read` gives it storable: a decimal number becomes a float. No amount is among them."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: storable(item) for key, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


def wire(value: Any) -> Any:
    """Make stored JSON writable again (`json_text.write`)."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: wire(item) for key, item in value.items()}
    return [wire(item) for item in value] if isinstance(value, list | tuple) else value
