"""The simple types of the official XSDs: text ↔ value, with the facets the schema declares.

`parse` and `render` raise ValueError with an Italian reason. The reason never repeats the value: names, codici
fiscali and causali must not reach faults and logs.
"""

import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome, from_rome

# Regular expressions of XSD are those of Python except that \d and \S there are wider or narrower than ours;
# patterns are therefore written with explicit ranges.
_DECIMAL: Final = re.compile(r"[0-9]+\.[0-9]{2}")
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DATE: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_DATE_TIME: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T)([0-9]{2})(:[0-9]{2}:[0-9]{2})(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
BLANKS: Final = " \t\n\r"
_MAX_INT: Final = 2**31 - 1


class Scalar(Protocol):
    """A simple type."""

    @property
    def python_type(self) -> type: ...

    def parse(self, text: str) -> Any: ...

    def render(self, value: Any) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """xsd:string: length in characters, pattern over the whole text, enumeration. Blanks are kept as they are."""

    least: int = 1
    most: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    python_type: type = field(default=str, init=False)
    _compiled: re.Pattern[str] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if self.pattern is not None:
            object.__setattr__(self, "_compiled", re.compile(self.pattern))

    def parse(self, text: str) -> str:
        if self.choices and text not in self.choices:
            raise ValueError(f"il valore non è tra quelli ammessi ({', '.join(self.choices)})")
        if len(text) < self.least:
            raise ValueError(f"il testo è più corto di {self.least} caratteri" if text else "il testo è vuoto")
        if self.most is not None and len(text) > self.most:
            raise ValueError(f"il testo è più lungo di {self.most} caratteri")
        if self._compiled is not None and self._compiled.fullmatch(text) is None:
            raise ValueError(f"il testo non ha la forma prevista ({self.pattern})")
        return text

    render = parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """xsd:decimal of the form 12.50, up to 999999999.99; `least` is 1 where zero is excluded."""

    least: int = 0
    most: int = 99_999_999_999
    python_type: type = field(default=Importo, init=False)

    def parse(self, text: str) -> Importo:
        text = text.strip(BLANKS)
        if _DECIMAL.fullmatch(text) is None:
            raise ValueError("l'importo non ha la forma prevista: cifre, un punto e due decimali")
        importo = Importo.parse(text)
        self._check(importo)
        return importo

    def render(self, value: Importo) -> str:
        self._check(value)
        return str(value)

    def _check(self, importo: Importo) -> None:
        if not self.least <= importo.cents <= self.most:
            raise ValueError(f"l'importo non è compreso tra {Importo(self.least)} e {Importo(self.most)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integer:
    """xsd:int and its restrictions. `empty` is the default that the schema gives to an element without content."""

    least: int = -_MAX_INT - 1
    most: int = _MAX_INT
    empty: int | None = None
    python_type: type = field(default=int, init=False)

    def parse(self, text: str) -> int:
        if not text and self.empty is not None:
            return self.empty
        text = text.strip(BLANKS)
        if _INTEGER.fullmatch(text) is None:
            raise ValueError("il valore non è un numero intero")
        value = int(text)
        self._check(value)
        return value

    def render(self, value: int) -> str:
        self._check(value)
        return str(value)

    def _check(self, value: int) -> None:
        if not self.least <= value <= self.most:
            raise ValueError(f"il numero non è compreso tra {self.least} e {self.most}")


@dataclass(frozen=True, slots=True)
class Boolean:
    """xsd:boolean: true, false, 1, 0."""

    python_type: type = field(default=bool, init=False)

    def parse(self, text: str) -> bool:
        match text.strip(BLANKS):
            case "true" | "1":
                return True
            case "false" | "0":
                return False
            case _:
                raise ValueError("il valore non è true o false")

    def render(self, value: bool) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, slots=True)
class Date:
    """xsd:date. A zone, which the schema admits, is read past: these are Italian calendar days."""

    python_type: type = field(default=date, init=False)

    def parse(self, text: str) -> date:
        match = _DATE.fullmatch(text.strip(BLANKS))
        try:
            return date.fromisoformat(match[1] if match else "")
        except ValueError:
            raise ValueError("la data non è valida: la forma è AAAA-MM-GG") from None

    def render(self, value: date) -> str:
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class DateTime:
    """xsd:dateTime ↔ UTC instant. Without a zone it is Italian local time; written so too, to the second.

    The hour that the end of summer time repeats is read as its first passage: the message does not say which.
    """

    python_type: type = field(default=datetime, init=False)

    def parse(self, text: str) -> datetime:
        match = _DATE_TIME.fullmatch(text.strip(BLANKS))
        if match is None:
            raise ValueError("la data e ora non è valida: la forma è AAAA-MM-GGThh:mm:ss")
        day, hour, rest, fraction, zone = match.groups("")
        midnight = (hour, rest) == ("24", ":00:00") and not fraction.strip(".0")
        try:
            local = datetime.fromisoformat(f"{day}{'00' if midnight else hour}{rest}{fraction[:7]}{zone}")
            return from_rome(local + timedelta(days=1) if midnight else local)
        except (ValueError, OverflowError):
            raise ValueError("la data e ora non esiste") from None

    def render(self, value: datetime) -> str:
        if value.tzinfo is None:
            raise ValueError("la data e ora è senza fuso")
        return as_rome(value.astimezone(UTC)).replace(tzinfo=None).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Base64:
    """xsd:base64Binary ↔ bytes; `least` and `most` count the characters of the encoded form, as the XSD pattern does."""

    least: int = 0
    most: int | None = None
    python_type: type = field(default=bytes, init=False)

    def parse(self, text: str) -> bytes:
        encoded = "".join(text.split())
        self._check(len(encoded))
        try:
            return a2b_base64(encoded, strict_mode=True) if encoded else b""
        except (Base64Error, ValueError):
            raise ValueError("il contenuto non è Base64 valido") from None

    def render(self, value: bytes) -> str:
        encoded = b64encode(value).decode("ascii")
        self._check(len(encoded))
        return encoded

    def _check(self, length: int) -> None:
        if length < self.least or (self.most is not None and length > self.most):
            raise ValueError(f"il contenuto Base64 non è lungo da {self.least} a {self.most} caratteri")
