"""Bodies of requests: pydantic models of the contract, with every error told at once, in Italian."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import FieldError, Sintassi

# GovPay 3.9 enforces this cap on pendenze; pagoPA's amounts end there too (stAmount).
IMPORTO_MASSIMO = Importo(99_999_999_999)
_GIORNO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ][0-9:.,]+)?(?:Z|[+-]\d{2}:?\d{2})?", re.ASCII)


class Body(BaseModel):
    """A JSON object of the contract. Unknown fields are ignored, as GovPay does."""

    # Built when first read: a Lambda container meets few of them, and each costs a millisecond of its start.
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, strict=True, defer_build=True)


def _importo(value: Any) -> Importo:
    """Read an amount: a JSON number (or the same as text) with at most two decimals, up to the cap."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str | Importo):
        raise ValueError("deve essere un numero")  # noqa: TRY004 - pydantic collects ValueError
    if isinstance(value, Importo):
        return value
    text = value if isinstance(value, str) else format(value, "f")
    if "." in text and len(text.rstrip("0").partition(".")[2]) > 2:  # noqa: PLR2004 - cents
        raise ValueError("non può avere più di due decimali")
    try:
        importo = Importo.parse(text.rstrip("0").rstrip(".") if "." in text else text)
    except ValueError:
        raise ValueError("deve essere un numero") from None
    if importo.cents < 0:
        raise ValueError("deve essere almeno 0")
    if importo > IMPORTO_MASSIMO:
        raise ValueError(f"deve essere al più {IMPORTO_MASSIMO}")
    return importo


def _giorno(value: Any) -> Any:
    """Read `yyyy-MM-dd`, also with the time that some clients add behind."""
    if not isinstance(value, str):
        return value
    giorno = _GIORNO.fullmatch(value)
    try:
        return date.fromisoformat(giorno[1] if giorno else "")
    except ValueError:
        raise ValueError("deve essere una data nella forma aaaa-mm-gg") from None


ImportoField = Annotated[Importo, BeforeValidator(_importo)]
DateField = Annotated[date, BeforeValidator(_giorno)]
IdField = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9\-_]{1,35}$")]
IdPuntatoField = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9\-_.]{1,35}$")]
IdDominioField = Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")]
NumeroAvvisoField = Annotated[str, StringConstraints(pattern=r"^[0-9]{18}$")]
IbanField = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$")]
BicField = Annotated[str, StringConstraints(pattern=r"^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$")]
EmailField = Annotated[
    str, StringConstraints(pattern=r"^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$", max_length=256)
]
NazioneField = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]

B = TypeVar("B", bound=BaseModel)

_MOTIVI = {
    "missing": "è obbligatorio",
    "string_type": "deve essere una stringa",
    "bool_type": "deve essere true o false",
    "int_type": "deve essere un numero intero",
    "list_type": "deve essere una lista",
    "dict_type": "deve essere un oggetto",
    "date_type": "deve essere una data nella forma aaaa-mm-gg",
    "model_type": "deve essere un oggetto",
    "model_attributes_type": "deve essere un oggetto",
    "string_pattern_mismatch": "non rispetta il formato {pattern}",
    "string_too_short": "deve avere almeno {min_length} caratteri",
    "string_too_long": "deve avere al più {max_length} caratteri",
    "too_short": "deve avere almeno {min_length} elementi",
    "too_long": "deve avere al più {max_length} elementi",
    "literal_error": "deve essere uno fra {expected}",
    "enum": "deve essere uno fra {expected}",
    "greater_than_equal": "deve essere almeno {ge}",
    "less_than_equal": "deve essere al più {le}",
    "extra_forbidden": "non è previsto",
}


def parse_body(shape: type[B], value: Any) -> B:
    """Read a body (as `json_text.read` gives it) into its model.

    :raises Sintassi: with all that is wrong, field by field
    """
    try:
        return shape.model_validate(value)
    except ValidationError as error:
        raise Sintassi([field_error(e) for e in error.errors(include_url=False, include_input=False)]) from None


def field_error(error: Any) -> FieldError:
    campo = ""
    for part in error["loc"]:
        campo += f"[{part}]" if isinstance(part, int) else f".{part}" if campo else str(part)
    context = {**error.get("ctx", {})}
    if "expected" in context:
        context["expected"] = str(context["expected"]).replace("' or '", "', '")
    if error["type"] in {"value_error", "assertion_error"}:
        motivo = str(context["error"])
    else:
        motivo = _MOTIVI.get(error["type"], "non è un valore valido").format_map(context)
    return FieldError(campo or "corpo", motivo)
