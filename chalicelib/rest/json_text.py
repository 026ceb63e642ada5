"""JSON in and out with exact numbers: an amount is never a float on its way."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.kernel.rome_time import as_rome

# What is read is written again, by functions that call themselves: far from where Python stops.
MAX_DEPTH = 100
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read(body: bytes) -> Any:
    """Read a JSON body; numbers with decimals become Decimal.

    :raises Sintassi: saying where the text stops being JSON, or that it is nested deeper than MAX_DEPTH
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
        if body.count(b"[") + body.count(b"{") > MAX_DEPTH:
            _require_shallow(value)
        if _SURROGATE.search(body):
            _require_text(value)
    except UnicodeError as error:
        raise Sintassi([FieldError("corpo", "non è testo UTF-8")]) from error
    except json.JSONDecodeError as error:
        motivo = f"JSON non leggibile alla riga {error.lineno}, colonna {error.colno}"
        raise Sintassi([FieldError("corpo", motivo)]) from error
    except (ValueError, RecursionError) as error:
        raise Sintassi([FieldError("corpo", "JSON non leggibile: numeri o annidamenti oltre ogni limite")]) from error
    return value


def _require_shallow(value: Any) -> None:
    """Check the nesting, level by level.

    :raises RecursionError:
    """
    level = [value]
    for _ in range(MAX_DEPTH):
        inside = (item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer))
        level = [item for item in inside if isinstance(item, dict | list)]
        if not level:
            return
    raise RecursionError


def _require_text(value: Any) -> None:
    """Check that no string holds half of a surrogate pair: JSON can escape it, and nothing can store it.

    :raises UnicodeEncodeError:
    """
    match value:
        case str():
            value.encode()
        case dict():
            for name, item in value.items():
                _require_text(name)
                _require_text(item)
        case list():
            for item in value:
                _require_text(item)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def write(value: Any) -> str:
    """Write JSON. An Importo is a number with two decimals, a date `yyyy-MM-dd`, an instant GovPay's date-time."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Any, parts: list[str]) -> None:
    match value:
        case str():
            parts.append(encode_basestring(str(value)))
        case None | bool() | int():
            parts.append(json.dumps(value))
        case Importo():
            parts.append(str(value))
        case Decimal():
            parts.append(format(value, "f"))
        case datetime():
            parts.append(f'"{date_time(value)}"')
        case date():
            parts.append(f'"{value.isoformat()}"')
        case dict() | Mapping():
            _write_object(value, parts)
        case list() | tuple() | Sequence():
            _write_array(value, parts)
        case _:
            msg = f"{type(value).__name__} non ha una forma JSON"
            raise TypeError(msg)


def _write_object(value: Mapping[str, Any], parts: list[str]) -> None:
    separator = "{"
    for name, item in value.items():
        parts.append(f"{separator}{encode_basestring(name)}:")
        _write(item, parts)
        separator = ","
    parts.append("}" if value else "{}")


def _write_array(value: Sequence[Any], parts: list[str]) -> None:
    separator = "["
    for item in value:
        parts.append(separator)
        _write(item, parts)
        separator = ","
    parts.append("]" if value else "[]")


def date_time(instant: datetime) -> str:
    """Write an instant as GovPay does: `2020-01-31T10:11:12.000+0100`, Italian time."""
    local = as_rome(instant)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
