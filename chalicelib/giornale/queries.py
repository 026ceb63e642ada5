"""Search the giornale: by iuv, by pendenza, by day and categoria, by id. Only eventi of the caller's domini."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.aws.listing import Listing, Page, Range, count, read_page
from chalicelib.giornale import repository
from chalicelib.giornale.model import MAX_ID, Evento, instant_of, severita_of
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.exchange import Categoria, Componente, Esito, Ruolo
from chalicelib.kernel.refusals import NotFound, ParametroNonValido
from chalicelib.kernel.utenze import Ambito

MAX_GIORNI = 31
GIORNI_SE_NON_INDICATI = 7
_IN_OPERANDS = 100  # DynamoDB's own limit of an IN


class EventoNotFound(NotFound):
    codice = "404000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ricerca:
    """What is looked for. None asks nothing; `da` and `a` are instants, both inclusive, as are those of `severita`."""

    domini: Ambito
    id_dominio: str | None = None
    iuv: str | None = None
    ccp: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    id_pagamento: str | None = None
    esito: Esito | None = None
    categoria: Categoria | None = None
    componente: Componente | None = None
    ruolo: Ruolo | None = None
    tipo_evento: str | None = None
    sottotipo_evento: str | None = None
    severita: tuple[int, int] | None = None
    da: datetime | None = None
    a: datetime | None = None


def listing_of(ricerca: Ricerca, *, now: datetime) -> Listing:
    """Give the keyed query of a search, newest first.

    With dominio and iuv, or with a pendenza, it reads that partition. Otherwise month by month, the categorie merged: at
    most MAX_GIORNI, the last GIORNI_SE_NON_INDICATI if no day is asked for.

    :raises ParametroNonValido: 100001, if more days are asked for
    """
    matching = _matching(ricerca)
    bounds = _bounds(ricerca)
    if ricerca.id_dominio and ricerca.iuv:
        partition = repository.partition_of(ricerca.id_dominio, ricerca.iuv)
        return Listing(index=_MAIN, partitions=(partition,), bounds=bounds, matching=matching)
    pendenza = repository.pendenza_of(ricerca.id_a2a, ricerca.id_pendenza)
    if pendenza:
        return Listing(index=EventoItem.per_pendenza, partitions=(pendenza,), bounds=bounds, matching=matching)
    first, last = _days(ricerca, now)
    return Listing(
        index=EventoItem.per_mese,
        partitions=_months(ricerca.categoria, first, last),
        # A month has other days than those asked for.
        bounds=replace(bounds, da=bounds.da or repository.instant_text(_midnight(first))),
        matching=matching,
    )


def search(listing: Listing, *, size: int, page: int = 1, cursor: str | None = None) -> Page:
    """Read one page of eventi.

    :raises ParametroNonValido: 100001, for a cursor or a page number out of range
    """
    found = read_page(listing, size=size, page=page, cursor=cursor)
    return Page(items=tuple(repository.evento_of(item) for item in found.items), cursor=found.cursor)


def total(listing: Listing) -> int:
    """Count the eventi of a search, up to `aws.listing.MAX_COUNT`."""
    return count(listing)


def evento(id_evento: int) -> Evento:
    """Give an evento by its id: one look at its instant in each categoria.

    :raises EventoNotFound: 404000
    """
    if 0 < id_evento <= MAX_ID:
        data = instant_of(id_evento)
        key = repository.sort_key(data, id_evento)
        for categoria in (Categoria.INTERFACCIA, Categoria.INTERNO, Categoria.UTENTE):
            partition = repository.listed_in(categoria, data)
            for item in EventoItem.per_mese.query(partition, EventoItem.sk == key, limit=1, page_size=1):
                return repository.evento_of(item)
    raise not_found(id_evento)


def not_found(id_evento: int) -> EventoNotFound:
    return EventoNotFound(f"L'evento {id_evento} non esiste o non è più conservato.")


def by_iuv(*, id_dominio: str, iuv: str, limit: int = 200) -> tuple[Evento, ...]:
    """Give what happened to an IUV, oldest first, up to `limit`."""
    items = EventoItem.query(repository.partition_of(id_dominio, iuv), limit=limit, page_size=limit)
    return tuple(repository.evento_of(item) for item in items)


def by_pendenza(*, id_a2a: str, id_pendenza: str, limit: int = 200) -> tuple[Evento, ...]:
    """Give what happened to a pendenza, oldest first, up to `limit`; what had no iuv yet is here only."""
    pendenza = repository.pendenza_of(id_a2a, id_pendenza)
    if pendenza is None:
        return ()
    items = EventoItem.per_pendenza.query(pendenza, limit=limit, page_size=limit)
    return tuple(repository.evento_of(item) for item in items)


class _Main:
    """The table itself, read as if it were an index: by (pk, sk). What `aws/listing.py` takes of an index is here."""

    _model = EventoItem

    class Meta:
        attributes = {"pk": EventoItem.pk, "sk": EventoItem.sk}  # noqa: RUF012 - the shape of pynamodb's own Meta

    query = staticmethod(EventoItem.query)
    count = staticmethod(EventoItem.count)


_MAIN: Any = _Main()


def _bounds(ricerca: Ricerca) -> Range:
    da = repository.instant_text(ricerca.da) if ricerca.da else None
    # `~` sorts behind every id that follows the instant.
    a = f"{repository.instant_text(ricerca.a)}~" if ricerca.a else None
    return Range(da=da, a=a)


def _days(ricerca: Ricerca, now: datetime) -> tuple[datetime, datetime]:
    """Give instants of the first and of the last day of UTC that are looked at."""
    last = min(ricerca.a or now, now).astimezone(UTC)
    first = (ricerca.da or last - timedelta(days=GIORNI_SE_NON_INDICATI - 1)).astimezone(UTC)
    days = (last.date() - first.date()).days + 1
    if days > MAX_GIORNI + 1:  # an Italian day begins in the UTC day before
        raise ParametroNonValido(
            f"dataDa, dataA: indicare un periodo di al più {MAX_GIORNI} giorni, oppure idDominio e iuv, "
            "oppure idA2A e idPendenza."
        )
    return first, last


def _months(categoria: Categoria | None, first: datetime, last: datetime) -> tuple[tuple[str, ...], ...]:
    """Give the partitions of the months, the latest first, the categorie of each to be merged."""
    categorie = (categoria,) if categoria else tuple(Categoria)
    days = (last.date() - first.date()).days
    giorni = (last - timedelta(days=back) for back in range(days + 1))
    return tuple(dict.fromkeys(tuple(repository.listed_in(one, giorno) for one in categorie) for giorno in giorni))


def _midnight(data: datetime) -> datetime:
    return data.replace(hour=0, minute=0, second=0, microsecond=0)


def _matching(ricerca: Ricerca) -> Condition | None:
    conditions = list(_conditions(ricerca))
    return reduce(and_, conditions) if conditions else None


def _conditions(ricerca: Ricerca) -> Iterator[Condition]:
    asked: tuple[tuple[Any, str | None], ...] = (
        (EventoItem.id_dominio, ricerca.id_dominio),
        (EventoItem.iuv, ricerca.iuv),
        (EventoItem.ccp, ricerca.ccp),
        (EventoItem.id_a2a, ricerca.id_a2a),
        (EventoItem.id_pendenza, ricerca.id_pendenza),
        (EventoItem.id_pagamento, ricerca.id_pagamento),
        (EventoItem.esito, ricerca.esito),
        (EventoItem.categoria, ricerca.categoria),
        (EventoItem.componente, ricerca.componente),
        (EventoItem.ruolo, ricerca.ruolo),
        (EventoItem.tipo_evento, ricerca.tipo_evento),
        (EventoItem.sottotipo_evento, ricerca.sottotipo_evento),
    )
    for attribute, value in asked:
        if value is not None:
            yield attribute == value
    if ricerca.severita is not None:
        least, most = ricerca.severita
        # Of no severity there are none: an esito that no evento has.
        esiti = [esito.value for esito in Esito if least <= severita_of(esito) <= most] or ["-"]
        yield EventoItem.esito.is_in(*esiti)
    if not ricerca.domini.tutti:
        yield _in_domini(sorted(ricerca.domini.ids))


def _in_domini(ids: Sequence[str]) -> Condition:
    """Hold for the eventi of these domini; none of them is nobody's, so no domini means no eventi."""
    chunks = [ids[start : start + _IN_OPERANDS] for start in range(0, len(ids), _IN_OPERANDS)] or [["-"]]
    return reduce(or_, (EventoItem.id_dominio.is_in(*chunk) for chunk in chunks))
