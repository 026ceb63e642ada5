"""The built-ins that a template may use: `x?trim`, `x?string("0.00")`. All are pure."""

import html as html_of
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.kernel.freemarker.errori import ModelloFallito
from chalicelib.kernel.freemarker.valori import (
    MAX_TESTO,
    Protetto,
    date_text,
    json_number,
    number_of,
    number_text,
    plain_number,
    text_of,
)

Incorporata = Callable[..., Any]


def _testo(value: Any) -> str:
    if not isinstance(value, str):
        raise ModelloFallito("un'operazione sui testi è applicata a ciò che non è un testo")
    return value


def _bounded(text: str) -> str:
    if len(text) > MAX_TESTO:
        raise ModelloFallito(f"un testo supera {MAX_TESTO} caratteri")
    return text


def _string(value: Any, *formato: Any) -> str:
    if isinstance(value, bool):
        yes, no = formato if len(formato) == 2 else ("true", "false")  # noqa: PLR2004 - of the two
        return str(yes if value else no)
    if not formato:
        return text_of(value)
    if isinstance(value, date | datetime):
        return date_text(value, str(formato[0]))
    if isinstance(value, str):
        return value
    return number_text(number_of(value), str(formato[0]))


def _number(value: Any) -> Decimal:
    try:
        return json_number(_testo(value))
    except (InvalidOperation, ValueError):
        raise ModelloFallito("un testo che non è un numero è usato con ?number") from None


def _replace(value: Any, old: Any, new: Any, *flags: Any) -> str:
    if flags:
        raise ModelloFallito("?replace con espressioni regolari non è ammesso")
    text, old, new = _testo(value), _testo(old), _testo(new)
    if not old:
        return text
    if len(text) + text.count(old) * len(new) > MAX_TESTO:
        raise ModelloFallito(f"un testo supera {MAX_TESTO} caratteri")
    return text.replace(old, new)


def _substring(value: Any, start: Any, end: Any = None) -> str:
    text = _testo(value)
    first, last = int(number_of(start)), len(text) if end is None else int(number_of(end))
    if not 0 <= first <= last <= len(text):
        raise ModelloFallito("?substring oltre la fine del testo")
    return text[first:last]


def _size(value: Any) -> Decimal:
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence):
        raise ModelloFallito("?size è applicato a ciò che non è un elenco")
    return Decimal(len(value))


def _item(value: Any, index: int) -> Any:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ModelloFallito("un elenco è vuoto, o non è un elenco")
    return value[index]


def _join(value: Any, separator: Any) -> str:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise ModelloFallito("?join è applicato a ciò che non è un elenco")
    texts = [text_of(item) for item in value]
    if sum(map(len, texts)) + len(texts) * len(_testo(separator)) > MAX_TESTO:
        raise ModelloFallito(f"un testo supera {MAX_TESTO} caratteri")
    return _testo(separator).join(texts)


def _has_content(value: Any) -> bool:
    return value is not None and (not isinstance(value, str | Mapping | Sequence) or bool(value))


def _int(value: Any) -> Decimal:
    return number_of(value).to_integral_value(rounding="ROUND_FLOOR")


def _date(value: Any, *_: Any) -> Any:
    if isinstance(value, date | datetime):
        return value
    try:
        return date.fromisoformat(_testo(value)[:10])
    except ValueError:
        raise ModelloFallito("un testo che non è una data aaaa-mm-gg è usato come data") from None


INCORPORATE: Mapping[str, Incorporata] = {
    "string": _string,
    "c": lambda value: ("true" if value else "false") if isinstance(value, bool) else plain_number(number_of(value)),
    "number": _number,
    "int": _int,
    "floor": _int,
    "upper_case": lambda value: _testo(value).upper(),
    "lower_case": lambda value: _testo(value).lower(),
    "cap_first": lambda value: _testo(value)[:1].upper() + _testo(value)[1:],
    "capitalize": lambda value: _testo(value).title(),
    "trim": lambda value: _testo(value).strip(),
    "length": lambda value: Decimal(len(_testo(value))),
    "replace": _replace,
    "substring": _substring,
    "contains": lambda value, part: _testo(part) in _testo(value),
    "starts_with": lambda value, part: _testo(value).startswith(_testo(part)),
    "ends_with": lambda value, part: _testo(value).endswith(_testo(part)),
    "split": lambda value, part: _testo(value).split(_testo(part) or None),
    "size": _size,
    "first": lambda value: _item(value, 0),
    "last": lambda value: _item(value, -1),
    "join": _join,
    "has_content": _has_content,
    "is_string": lambda value: isinstance(value, str),
    "is_number": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool),
    "is_boolean": lambda value: isinstance(value, bool),
    "is_sequence": lambda value: isinstance(value, Sequence) and not isinstance(value, str),
    "is_hash": lambda value: isinstance(value, Mapping),
    "date": _date,
    "datetime": _date,
    "html": lambda value: Protetto(_bounded(html_of.escape(text_of(value)))),
    "xhtml": lambda value: Protetto(_bounded(html_of.escape(text_of(value)))),
    # The insert escapes by itself: escaped twice, a text would show its backslashes.
    "json_string": text_of,
    "js_string": text_of,
    "no_esc": text_of,
}
