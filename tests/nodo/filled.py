"""Messages with every field filled, drawn from their declarations."""

from datetime import UTC, date, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.plan import Content, Leaf, Node, Slot, Wrapper, plan_of
from chalicelib.nodo.scalars import Amount, Base64, Boolean, Date, DateTime, Integer, Scalar, Text

_PATTERNS = {
    "[0-9]{11}": "80098760588",
    "[0-9]{18}": "302202600000078137",
    "[A-Z]{2}": "IT",
    "[a-zA-Z]{2}[0-9]{2}[a-zA-Z0-9]{1,30}": "IT60X0542811101000000123456",
    "[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?": "CAMOITT1XXX",
    r"[a-zA-Z0-9_.+\-]+@[a-zA-Z0-9\-]+(\.[a-zA-Z0-9\-]+)*": "m.rossi@posta.example",
    r"[0129]/[^ \t\n\r]{3,138}": "9/0101101IM/",
}


def filled(cls: type, *, branch: int = 0, most: int = 15) -> Any:
    """Give a message with nothing left out; where the schema offers a choice, `branch` says which way; `most` bounds repetitions."""
    values: dict[str, Any] = {}
    for slot in plan_of(cls):
        branches = list(slot.branches.values())
        chosen = branches[branch % len(branches)]
        values[chosen.attribute] = (
            _occurrences(slot, branch, most) if slot.many else _content(chosen.content, branch, most)
        )
    return cls(**values)


def _occurrences(slot: Slot, branch: int, most: int) -> tuple[Any, ...]:
    kinds = [one.content for one in slot.branches.values()]
    return tuple(_content(kinds[index % len(kinds)], branch, most) for index in range(min(slot.most or 3, most)))


def _content(content: Content, branch: int, most: int) -> Any:
    match content:
        case Leaf():
            return _value(content.scalar)
        case Node():
            return filled(content.python_type, branch=branch, most=most)
        case Wrapper():
            return _occurrences(content.slot, branch, most)


def _value(scalar: Scalar) -> Any:
    match scalar:
        case Text():
            longest = ("àèì " * 64)[: scalar.most]
            return scalar.choices[-1] if scalar.choices else _PATTERNS.get(scalar.pattern or "", longest)
        case Amount():
            return Importo(scalar.most)
        case Integer():
            return scalar.least if scalar.least > 0 else scalar.most
        case Base64():
            return b"\x00\xffprova"
    return {Boolean: True, Date: date(2026, 11, 30), DateTime: datetime(2026, 10, 6, 7, 5, tzinfo=UTC)}[type(scalar)]
