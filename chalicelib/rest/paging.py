"""Lists: what a page is asked by, and the envelope it goes in (GovPay 3.1 API 1.12 and 1.17). Dates of filters too."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import end_of_day, from_rome, rome_day, start_of_day
from chalicelib.rest.operation import Call

T = TypeVar("T")
PER_PAGINA = 25
PER_PAGINA_MAX = 200
MAX_PAGINA = 99_999_999
MAX_RISULTATI = 10_000
MAX_GIORNI = 366
_GIORNI_DI_SOLITO = 31
_BASE = re.compile(r"^.*?/rs/[^/]+/v[0-9]+(?=/)")
_ANNO = re.compile(r"\d{4}", re.ASCII)
# A day may come with a zone (`2026-11-24+01:00`): it is the Italian day all the same.
_GIORNO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[ +-]\d{2}:?\d{2})?", re.ASCII)
_ORA = re.compile(r"\d{4}-\d{2}-\d{2}T.+", re.ASCII)
_CIFRE = re.compile(r"(\d{2})(\d{2})(\d{4})(\d{2})(\d{2})(\d{2})(\d{3})", re.ASCII)
_ZONA = re.compile(r"[ +](\d{2}):?(\d{2})$", re.ASCII)

_INIZIO, _FINE = datetime(1900, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """Which page is asked: by number, or by the cursor of the page before.

    `wants_totals` (metadatiPaginazione) asks for the counts; `wants_cap` (maxRisultati) for the bound of the count.
    """

    pagina: int = 1
    per_pagina: int = PER_PAGINA
    cursor: str | None = None
    wants_totals: bool = True
    wants_cap: bool = True

    @property
    def skip(self) -> int:
        return (self.pagina - 1) * self.per_pagina

    def total_told_by(self, found: int, *, has_next: bool) -> int | None:
        """Give the count of all where a page tells it: it is the last, and its number says how many came before."""
        is_told = not has_next and self.cursor is None and (found > 0 or self.pagina == 1)
        return min(self.skip + found, MAX_RISULTATI) if is_told else None


def page_request(call: Call, *, most: int = PER_PAGINA_MAX) -> PageRequest:
    """Read which page is asked for. `risPerPagina` is the manual's name of `risultatiPerPagina`.

    :raises ParametroNonValido: 100001
    """
    name = "risultatiPerPagina" if call.text("risultatiPerPagina") or not call.text("risPerPagina") else "risPerPagina"
    return PageRequest(
        pagina=call.whole("pagina", default=1, least=1, most=MAX_PAGINA),
        per_pagina=call.whole(name, default=min(PER_PAGINA, most), least=1, most=most),
        cursor=call.text("cursore"),
        wants_totals=call.flag("metadatiPaginazione", default=True),
        wants_cap=call.flag("maxRisultati", default=True),
    )


def envelope(
    call: Call,
    request: PageRequest,
    items: Sequence[Mapping[str, Any]],
    *,
    has_next: bool,
    cursor: str | None = None,
    total: int | None = None,
    cap: int = MAX_RISULTATI,
) -> dict[str, Any]:
    """Put a page in the envelope of the contract.

    `items` are those of the page only; `total` is the count of all, None where it was not taken; `cap` is where a
    count stops. `cursor` finds the next page again, where the list has one (`aws/listing.py`).
    """
    body: dict[str, Any] = {}
    if request.wants_totals and total is not None:
        body["numRisultati"] = total
        body["numPagine"] = max(1, -(-total // request.per_pagina))
    body["risultatiPerPagina"] = request.per_pagina
    body["pagina"] = request.pagina
    if has_next:
        body["prossimiRisultati"] = next_page(call, request, cursor)
    if request.wants_cap:
        body["maxRisultati"] = cap
    body["risultati"] = only_fields(items, call.text("campi"))
    return body


def page_of(
    call: Call, items: Sequence[T], shape: Callable[[T], Mapping[str, Any]], *, most: int = PER_PAGINA_MAX
) -> dict[str, Any]:
    """Cut the asked page out of a list that is whole in memory; only the items of the page are given their shape.

    :raises ParametroNonValido: 100001
    """
    request = page_request(call, most=most)
    page = items[request.skip : request.skip + request.per_pagina]
    has_next = len(items) > request.skip + request.per_pagina
    return envelope(call, request, [shape(item) for item in page], has_next=has_next, total=len(items))


def next_page(call: Call, request: PageRequest, cursor: str | None = None) -> str:
    """Give the address of the next page, relative to the root of the API as all links of the contract are."""
    changed = {"pagina", "risultatiPerPagina", "risPerPagina", "cursore"}
    query = [(key, value) for key, values in call.query.items() if key not in changed for value in values]
    query += [("pagina", str(request.pagina + 1)), ("risultatiPerPagina", str(request.per_pagina))]
    if cursor is not None:
        query.append(("cursore", cursor))
    return f"{_BASE.sub('', call.path)}?{urlencode(query, quote_via=quote)}"


def only_fields(items: Sequence[Mapping[str, Any]], campi: str | None) -> list[Mapping[str, Any]]:
    """Keep of each item the fields named in `campi`; all of them where it is empty."""
    if not campi:
        return list(items)
    names = {name.strip() for name in campi.split(",")}
    return [{key: value for key, value in item.items() if key in names} for item in items]


def sorted_as_asked(call: Call, items: Sequence[T], keys: Mapping[str, Callable[[T], Any]], *, default: str) -> list[T]:
    """Sort by `ordinamento`: fields separated by commas, each with + or - before it (ascending where there is none).

    `keys` gives, for each field that may be asked, what to compare; `default` is the order where none is asked.

    :raises ParametroNonValido: 100001, for a field that is not among them
    """
    result = list(items)
    for part in reversed((call.text("ordinamento") or default).split(",")):
        # In a query string a + is read as a blank.
        name = part.strip().lstrip("+-")
        if name not in keys:
            raise ParametroNonValido(f"ordinamento: {name[:64]!r} non è fra i campi ammessi ({', '.join(keys)}).")
        result.sort(key=keys[name], reverse=part.strip().startswith("-"))
    return result


def in_list(call: Call, name: str, admitted: Collection[str]) -> str | None:
    """Read a query parameter that must be one of some values, None where it is absent.

    :raises ParametroNonValido: 100001
    """
    text = call.text(name)
    if text is not None and text not in admitted:
        raise ParametroNonValido(f"{name}: indicare uno fra {', '.join(admitted)}.")
    return text


def instant(call: Call, name: str, *, end_of_day: bool = False) -> datetime | None:
    """Read a date of a query parameter (`parse_data`), None where it is absent.

    Clients say "always" with the first and last days of the calendar, from which no day can be counted: those become
    days before, or after, all there is.

    :raises ParametroNonValido: 100001
    """
    text = call.text(name)
    return None if text is None else min(max(parse_data(text, end_of_day=end_of_day, name=name), _INIZIO), _FINE)


def days_asked(call: Call) -> tuple[datetime | None, datetime | None, tuple[date, ...]]:
    """Read dataDa and dataA of a list that is walked by days: the instants, and its Italian days, the latest first.

    Without dates it shows a month.

    :raises ParametroNonValido: 100001, for what is no date, or for more days than a list walks
    """
    da, a = instant(call, "dataDa"), instant(call, "dataA", end_of_day=True)
    today = rome_day(call.now)
    last = min(rome_day(a), today) if a else today
    first = rome_day(da) if da else last - timedelta(days=_GIORNI_DI_SOLITO - 1)
    if (last - first).days >= MAX_GIORNI:
        raise ParametroNonValido(f"dataDa, dataA: indicare un intervallo di al più {MAX_GIORNI} giorni.")
    return da, a, tuple(last - timedelta(days=ago) for ago in range((last - first).days + 1))


def parse_data(text: str, *, end_of_day: bool, name: str = "data") -> datetime:
    """Read a date of a filter in any of the forms that GovPay reads; give the instant, in UTC.

    `2026`, `2026-11-24`, `2026-11-24T10:30`, with seconds, with milliseconds, with a zone (`Z`, `+0100`, `+01:00`), and
    `ddMMyyyyHHmmSSsss`. Without a zone it is Italian time. A day or a year alone is its beginning, or with `end_of_day`
    its last millisecond.

    :raises ParametroNonValido: 100001
    """
    try:
        return _instant(text.strip(), end=end_of_day)
    except (ValueError, OverflowError):
        raise ParametroNonValido(f"{name}: indicare una data nella forma aaaa-mm-gg o aaaa-mm-ggThh:mm:ss.") from None


def _instant(text: str, *, end: bool) -> datetime:
    if _ANNO.fullmatch(text):
        return _bound(date(int(text), 12, 31) if end else date(int(text), 1, 1), end=end)
    giorno = _GIORNO.fullmatch(text)
    if giorno:
        return _bound(date.fromisoformat(giorno[1]), end=end)
    digits = _CIFRE.fullmatch(text)
    if digits:
        day, month, year, hour, minute, second, millis = (int(group) for group in digits.groups())
        local = datetime.combine(date(year, month, day), time(hour, minute, second, millis * 1000))
        return from_rome(local)
    if not _ORA.fullmatch(text):
        raise ValueError(text)
    # A + of a zone that came unencoded has become a blank.
    parsed = datetime.fromisoformat(_ZONA.sub(r"+\1:\2", text))
    return from_rome(parsed) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _bound(giorno: date, *, end: bool) -> datetime:
    return end_of_day(giorno) if end else start_of_day(giorno)


def iuv_of_avviso(call: Call) -> str | None:
    """Read the IUV that `numeroAvviso` names in a filter, None where it is absent.

    :raises ParametroNonValido: 100001, for what is no number of a notice
    """
    numero = call.text("numeroAvviso")
    try:
        return None if numero is None else parse_numero_avviso(numero).iuv
    except NumeroAvvisoNonValido:
        raise ParametroNonValido("numeroAvviso: indicare le 18 cifre di un numero avviso.") from None
