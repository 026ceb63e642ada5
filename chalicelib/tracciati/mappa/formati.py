"""How the text of a cell becomes the value of a field."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.refusals import Sintassi
from chalicelib.rest import json_text

_PUNTO = re.compile(r"\d{1,10}(\.\d{1,2})?", re.ASCII)
# A point after a leading zero parts no thousands: 0.001 is nobody's euro.
_VIRGOLA = re.compile(r"(\d{1,10}|[1-9]\d{0,2}(\.\d{3}){1,3})(,\d{1,2})?", re.ASCII)
_CENTESIMI = re.compile(r"\d{1,12}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_RATA = re.compile(r"(?P<rata>\d{1,4})|(?P<tipo>ENTRO|OLTRE)(?P<giorni>\d{1,4})|(?P<fisso>RIDOTTO|SCONTATO)", re.ASCII)
_SHOWN = 32


class ValoreNonValido(ValueError):
    """What is wrong with a cell, in Italian."""


def testo(text: str) -> str:
    return text


def importo(text: str) -> Decimal:
    if not _PUNTO.fullmatch(text):
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valido: due decimali separati dal punto')
    return Decimal(text)


def importo_virgola(text: str) -> Decimal:
    if not _VIRGOLA.fullmatch(text):
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valido: due decimali separati dalla virgola')
    return Decimal(text.replace(".", "").replace(",", "."))


def centesimi(text: str) -> Decimal:
    if not _CENTESIMI.fullmatch(text):
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valido: un numero intero di centesimi')
    return Decimal(text).scaleb(-2)


def data(text: str) -> str:
    try:
        return date.fromisoformat(text if _ISO.fullmatch(text) else "").isoformat()
    except ValueError:
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valida: una data nella forma aaaa-mm-gg') from None


def data_italiana(text: str) -> str:
    return _data(text, "%d/%m/%Y", "gg/mm/aaaa")


def data_compatta(text: str) -> str:
    return _data(text, "%Y%m%d", "aaaammgg")


def _data(text: str, form: str, shown: str) -> str:
    try:
        found = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        found = None
    # strptime takes days and months of one digit too.
    if found is None or found.strftime(form) != text:
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valida: una data nella forma {shown}')
    return found.isoformat()


def data_o_mai(text: str) -> str:
    return text if text == "MAI" else data(text)


def intero(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valido: un numero intero')
    return int(text)


def contenuto_json(text: str) -> Any:
    try:
        return json_text.read(text.encode())
    except Sintassi:
        raise ValoreNonValido("non è JSON leggibile") from None


def rata(text: str) -> dict[str, Any]:
    """Read `n`, `ENTROn`, `OLTREn`, `RIDOTTO` or `SCONTATO`: what a part of a documento is."""
    found = _RATA.fullmatch(text)
    if found is None:
        raise ValoreNonValido(f'"{text[:_SHOWN]}" non valido: un numero, ENTROn, OLTREn, RIDOTTO o SCONTATO')
    if found["rata"]:
        return {"rata": int(found["rata"])}
    if found["fisso"]:
        return {"soglia": {"tipo": found["fisso"]}}
    return {"soglia": {"tipo": found["tipo"], "giorni": int(found["giorni"])}}


def lingua(text: str) -> dict[str, Any]:
    """Read `de` or `de|causale tradotta`."""
    lang, _, causale = text.partition("|")
    return {"linguaSecondaria": lang, **({"linguaSecondariaCausale": causale} if causale else {})}


FORMATI: dict[str, Callable[[str], Any]] = {
    "testo": testo,
    "importo": importo,
    "importo-virgola": importo_virgola,
    "centesimi": centesimi,
    "data": data,
    "data-gg/mm/aaaa": data_italiana,
    "data-aaaammgg": data_compatta,
    "data-o-mai": data_o_mai,
    "intero": intero,
    "json": contenuto_json,
    "rata": rata,
    "lingua": lingua,
}
# These give the members of the object they are mapped to.
COMPOSTI = frozenset({"rata", "lingua"})
