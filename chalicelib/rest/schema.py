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


# What no message can carry on (XML 1.0, DynamoDB's keys, a terminal); tabs and lines are cleaned where they must be.
_CONTROLLI = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# The words for the patterns of codes, which say more than the pattern to who types one.
_PAROLE: dict[str, str] = {}


def formato(pattern: str, words: str) -> StringConstraints:
    """Hold a text to a pattern; `words` say what it must be, in Italian: "deve essere di 18 cifre"."""
    _PAROLE[pattern] = words
    return StringConstraints(pattern=pattern)


def _senza_controlli(value: Any) -> Any:
    if isinstance(value, str) and _CONTROLLI.search(value):
        raise ValueError("contiene caratteri di controllo: toglierli")
    return value


def _leggibile(value: Any) -> Any:
    _senza_controlli(value)
    if isinstance(value, str) and value and not any(c.isprintable() and not c.isspace() for c in value):
        raise ValueError("non può essere di soli spazi")
    return value


# A text for people: with no control characters; Leggibile, if it is there, says something.
SenzaControlli = BeforeValidator(_senza_controlli)
Leggibile = BeforeValidator(_leggibile)
ImportoField = Annotated[Importo, BeforeValidator(_importo)]
DateField = Annotated[date, BeforeValidator(_giorno)]
_CODICE = "deve avere da 1 a 35 caratteri fra lettere, cifre, - e _"
_EMAIL = r"^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$"
IdField = Annotated[str, formato(r"^[a-zA-Z0-9\-_]{1,35}$", _CODICE)]
IdPuntatoField = Annotated[
    str, formato(r"^[a-zA-Z0-9\-_.]{1,35}$", "deve avere da 1 a 35 caratteri fra lettere, cifre, -, _ e .")
]
IdDominioField = Annotated[str, formato(r"^[0-9]{11}$", "deve essere il codice fiscale dell'ente, di 11 cifre")]
NumeroAvvisoField = Annotated[str, formato(r"^[0-9]{18}$", "deve essere di 18 cifre")]
IbanField = Annotated[
    str,
    formato(
        r"^[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}$", "deve essere un IBAN, senza spazi (IT60X0542811101000000123456)"
    ),
]
BicField = Annotated[
    str,
    formato(r"^[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?$", "deve essere un BIC, di 8 o 11 lettere maiuscole e cifre"),
]
EmailField = Annotated[
    str, formato(_EMAIL, "deve essere un indirizzo di posta (nome@esempio.it)"), StringConstraints(max_length=256)
]
NazioneField = Annotated[str, formato(r"^[A-Z]{2}$", "deve essere di due lettere maiuscole")]

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
    elif error["type"] == "string_pattern_mismatch" and context["pattern"] in _PAROLE:
        motivo = _PAROLE[context["pattern"]]
    else:
        motivo = _MOTIVI.get(error["type"], "non è un valore valido").format_map(context)
    return FieldError(campo or "corpo", motivo)
