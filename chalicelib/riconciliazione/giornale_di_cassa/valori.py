"""Dates and amounts as banks write them. What could be read in two ways is not read."""

import re
from datetime import date

from chalicelib.kernel.importo import Importo

_YEAR_FIRST = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2})|([0-9]{2})([0-9]{2}))")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
_TIME_OR_ZONE = re.compile(r"(?:T[0-9:.]{5,15})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_SIGNED = re.compile(r"([+-]?)([0-9][0-9.,]*)")
_SEPARATORS = re.compile(r"[.,]")
_GROUP = 3
_MAX_EURO_DIGITS = 13


class ValoreIllegibile(ValueError):
    """The text is no such value; the message is the reason for the report, in Italian."""


def read_iso_date(text: str, *, name: str) -> date:
    """Read an xs:date, or the day of an xs:dateTime; a time zone is dropped.

    :raises ValoreIllegibile:
    """
    try:
        if len(text) == 10 or _TIME_OR_ZONE.fullmatch(text, 10):  # noqa: PLR2004 - yyyy-MM-dd
            return date.fromisoformat(text[:10])
    except ValueError:
        pass
    raise ValoreIllegibile(_wrong_date(text, name))


def read_date(text: str, *, name: str) -> date:
    """Read yyyy-MM-dd, dd/MM/yyyy, dd-MM-yyyy, dd.MM.yyyy or yyyyMMdd.

    :raises ValoreIllegibile:
    """
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        year, month, day = match[1], match[2] or match[4], match[3] or match[5]
    else:
        match = _DAY_FIRST.fullmatch(text)
        if match is None:
            raise ValoreIllegibile(_wrong_date(text, name))
        year, month, day = match[4], match[3], match[1]
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValoreIllegibile(_wrong_date(text, name)) from error


def _wrong_date(text: str, name: str) -> str:
    return f"{name} non è una data: {text[:32]!r}" if text else f"{name} manca"


def read_decimal(text: str, *, name: str = "l'importo") -> Importo:
    """Read "-12.50": a decimal point and at most two decimals, as XML writes it.

    :raises ValoreIllegibile:
    """
    try:
        return Importo.parse(text)
    except ValueError as error:
        raise ValoreIllegibile(_wrong_amount(text, name)) from error


def read_cents(text: str, *, name: str = "l'importo") -> Importo:
    """Read whole cents.

    :raises ValoreIllegibile:
    """
    if re.fullmatch(r"-?[0-9]{1,15}", text) is None:
        raise ValoreIllegibile(_wrong_amount(text, name))
    return Importo(int(text))


def read_amount(text: str, *, name: str = "l'importo") -> Importo:
    """Read "1.250,75", "1,250.75", "1250,7", "1250": of two separators the last is the decimal one.

    :raises ValoreIllegibile: also for "1.234" and "1,234", that can be read in two ways
    """
    match = _SIGNED.fullmatch(text)
    if match is None:
        raise ValoreIllegibile(_wrong_amount(text, name))
    sign, digits = match.groups()
    seen = _SEPARATORS.findall(digits)
    decimal = seen[-1] if seen and (len(set(seen)) > 1 or len(seen) == 1) else ""
    whole, _, cents = digits.rpartition(decimal) if decimal else (digits, "", "")
    groups = _SEPARATORS.split(whole)
    if len(seen) == 1 and len(cents) == _GROUP:
        raise ValoreIllegibile(f"{name} {text!r} è ambiguo: scrivere due decimali, ad esempio '1234,00'")
    is_grouped = len(groups) == 1 or (len(groups[0]) <= _GROUP and all(len(group) == _GROUP for group in groups[1:]))
    euro = "".join(groups)
    if (
        not is_grouped
        or len(set(seen[:-1] if decimal else seen)) > 1
        or (decimal and len(cents) not in (1, 2))
        or not 0 < len(euro) <= _MAX_EURO_DIGITS
    ):
        raise ValoreIllegibile(_wrong_amount(text, name))
    return Importo.parse(f"{'-' if sign == '-' else ''}{euro}.{cents or '0'}")


def _wrong_amount(text: str, name: str) -> str:
    return f"{name} non è un numero con due decimali: {text[:32]!r}" if text else f"{name} manca"


def plain_number(text: str) -> str:
    """Drop blanks and the leading zeros that banks pad with."""
    return text.strip().lstrip("0") or ("0" if text.strip() else "")


def padded(text: str) -> str:
    """Pad a number to seven digits, as the OPI writes provvisori and bollette."""
    return text.rjust(7, "0")
