"""Values in a template: how they become text, and numbers. Days and hours are those of Rome."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.freemarker.errori import Mancante, ModelloFallito
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome

MAX_TESTO = 400_000
MAX_CIFRE = 30
_NUMERO = re.compile(r"-?(?:0|[1-9]\d{0,29})(?:\.\d{1,29})?", re.ASCII)
_DATA = re.compile(r"yyyy|yy|MM|dd|HH|mm|ss|'[^']*'")


class Protetto(str):
    """Text that is escaped already, for HTML."""

    __slots__ = ()


def number_of(value: Any) -> Decimal:
    """Give a number as Decimal.

    :raises ModelloFallito: if it is none, or longer than any amount
    """
    if isinstance(value, Importo):
        return Decimal(str(value))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ModelloFallito("un numero è atteso dove c'è altro")
    number = Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > MAX_CIFRE:
        raise ModelloFallito("un numero ha troppe cifre")
    return number


def json_number(text: str) -> Decimal:
    """Read a number as JSON writes it.

    :raises ValueError:
    """
    if not _NUMERO.fullmatch(text.strip()):
        raise ValueError(text)
    return Decimal(text.strip())


def plain_number(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_text(number: Decimal, formato: str) -> str:
    """Write a number as `0.00`, `0.##`, `#,##0.00` ask, with the signs of Italian; never rounded.

    :raises ModelloFallito: for digits that would be lost, and for other formats
    """
    if formato in {"computer", "number"}:
        return plain_number(number)
    match = re.fullmatch(r"(?P<migliaia>#,##)?[#0]*(?:\.(?P<decimali>0*)(?P<possibili>#*))?", formato)
    if match is None:
        raise ModelloFallito("formato dei numeri non ammesso: usare 0.00 o #,##0.00")
    least, most = len(match["decimali"] or ""), len(match["decimali"] or "") + len(match["possibili"] or "")
    whole, _, decimals = plain_number(abs(number)).partition(".")
    if len(decimals) > most:
        raise ModelloFallito("un numero ha più decimali del formato che deve avere")
    if match["migliaia"]:
        whole = f"{int(whole):,}".replace(",", ".")
    decimals = decimals.ljust(least, "0")
    return ("-" if number < 0 else "") + whole + (f",{decimals}" if decimals else "")


def date_text(value: date | datetime, formato: str) -> str:
    """Write a day or an instant as `dd/MM/yyyy HH:mm` asks."""
    local = as_rome(value) if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day
    if formato in {"short", "medium", "long", "full", "iso", "xs"}:
        formato = "yyyy-MM-dd" if formato in {"iso", "xs"} else "dd/MM/yyyy"
    codes = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}

    def part(match: re.Match[str]) -> str:
        text = match[0]
        return text[1:-1] if text.startswith("'") else local.strftime(codes[text])

    return _DATA.sub(part, formato[:60])


def text_of(value: Any) -> str:
    """Give the text of a value, as a person reads it.

    :raises ModelloFallito: for an object or a list
    """
    match value:
        case None:
            raise Mancante("un valore manca fra i dati")
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case Importo():
            return value.italian()
        case int() | Decimal():
            return plain_number(number_of(value)).replace(".", ",")
        case datetime():
            return date_text(value, "dd/MM/yyyy HH:mm")
        case date():
            return date_text(value, "dd/MM/yyyy")
        case Mapping() | Sequence():
            raise ModelloFallito("un oggetto o un elenco non si può scrivere come testo: indicarne un campo")
    raise ModelloFallito("un valore non si può scrivere come testo")
