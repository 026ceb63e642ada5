"""JSON in and out. An amount is an Importo: written as a number with two decimals, never through a float."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from chalicelib.kernel.importo import Importo


def dumps(value: object) -> str:
    """Write JSON: dataclasses as objects, dates as ISO 8601.

    :raises TypeError: for what has no form in JSON, floats among them
    """
    match value:
        case None | bool() | int() | str():
            return json.dumps(value, ensure_ascii=False)
        case Importo() | Decimal():
            return str(value)
        case datetime() | date():
            return f'"{value.isoformat()}"'
        case Mapping():
            return "{" + ", ".join(f"{dumps(str(key))}: {dumps(one)}" for key, one in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(dumps(one) for one in value) + "]"
    if is_dataclass(value):
        return dumps({one.name: getattr(value, one.name) for one in fields(value)})
    raise TypeError(f"{type(value).__name__} non ha forma in JSON")


def indented(value: object) -> str:
    """Write JSON for a person to read; numbers stand as they came."""
    return json.dumps(json.loads(dumps(value), parse_float=str), ensure_ascii=False, indent=2)


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers with decimals are Decimal.

    :raises ValueError: what is not JSON
    """
    return json.loads(text, parse_float=Decimal)
