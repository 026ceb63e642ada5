"""Importo: euro as whole cents. Text at the wire, an integer inside; never a float, never rounded."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_WIRE = re.compile(r"(?P<segno>-?)(?P<euro>\d{1,13})(?:\.(?P<cents>\d{1,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Importo:
    """An amount of euro, in whole cents."""

    cents: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "12.50", "12.5" or "12"; a decimal point, at most two decimals.

        :raises ValueError: for anything else, and for more decimals than two
        """
        match = _WIRE.fullmatch(text)
        if match is None:
            raise ValueError(f"importo non valido: {text[:32]!r}")
        cents = int(match["euro"]) * 100 + int((match["cents"] or "").ljust(2, "0"))
        return cls(-cents if match["segno"] else cents)

    @classmethod
    def total(cls, importi: Iterable["Importo"]) -> Self:
        return cls(sum(importo.cents for importo in importi))

    def __add__(self, other: "Importo") -> "Importo":
        return Importo(self.cents + other.cents)

    def __sub__(self, other: "Importo") -> "Importo":
        return Importo(self.cents - other.cents)

    def __bool__(self) -> bool:
        return self.cents != 0

    def __str__(self) -> str:
        """Write "12.50": the form of pagoPA's XML."""
        euro, cents = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{euro}.{cents:02d}"

    def italian(self) -> str:
        """Write "1.234,50": the form a person reads."""
        euro, cents = divmod(abs(self.cents), 100)
        thousands = f"{euro:,}".replace(",", ".")
        return f"{'-' if self.cents < 0 else ''}{thousands},{cents:02d}"


ZERO = Importo(0)
