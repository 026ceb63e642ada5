"""Where a list of pendenze is walked, and what is left out of it.

A walk takes years, newest or oldest first: those between the dates asked for, or without dates this one and two before.
What lies before is found by naming a debtor, an id, an IUV, or dates. The indexes follow a write within a moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.listing import Listing, Range, Tier
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import is_decorsa, rome_day
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze import repository
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.pendenze.tables import PendenzaItem

S = StatoPendenza
YEARS_BY_DEFAULT = 3
MAX_YEARS = 10
_IN_MAX = 100  # DynamoDB's own limit of IN


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by. `stati` are stored ones; `scaduta` True: past its due day, False: not past it.

    `anomala` True: only those, False: none of those, None: whatever they are.
    """

    da: datetime | None = None
    a: datetime | None = None
    id_dominio: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    id_debitore: str | None = None
    id_pagamento: str | None = None
    id_tipo_pendenza: tuple[str, ...] = ()
    direzione: str | None = None
    divisione: str | None = None
    iuv: str | None = None
    stati: frozenset[StatoPendenza] | None = None
    scaduta: bool | None = None
    anomala: bool | None = None
    crescente: bool = True


def listing_of(filtri: Filtri, utenza: Utenza, *, portal: bool, now: datetime) -> Listing:
    """Give the walk of a list, within what the caller may see.

    :raises ParametroNonValido: 100001, for more years than a walk takes
    """
    index, partitions, rest = _walk(filtri, utenza, now=now)
    return Listing(
        index=index,
        partitions=partitions,
        bounds=Range(
            da=repository.caricata_key(filtri.da).removesuffix("#") if filtri.da else None,
            a=repository.caricata_key(filtri.a) + "\U0010ffff" if filtri.a else None,
        ),
        matching=_condition(rest, by_rights=_by_rights(filtri, utenza, portal), now=now),
        forward=filtri.crescente,
    )


def _walk(filtri: Filtri, utenza: Utenza, *, now: datetime) -> tuple[Any, Sequence[Tier], Filtri]:
    """Give the index, the partitions, and the filters that these do not cover."""
    if filtri.id_debitore is not None:
        return PendenzaItem.per_debitore, [repository.debitore_key(filtri.id_debitore)], filtri
    years = years_between(filtri.da, filtri.a, now=now)
    if filtri.crescente:
        years = years[::-1]
    domini = _domini_to_walk(filtri, utenza)
    if domini is not None:
        return PendenzaItem.per_dominio, [_tier(domini, year) for year in years], replace(filtri, id_dominio=None)
    owners = [filtri.id_a2a] if filtri.id_a2a else [a.id_a2a for a in anagrafica.applicazioni()]
    tiers = [_tier(owners, year) for year in years] if owners else []
    return PendenzaItem.per_applicazione, tiers, replace(filtri, id_a2a=None)


def _domini_to_walk(filtri: Filtri, utenza: Utenza) -> list[str] | None:
    """Give the domini whose partitions are walked; None where those of the applicazioni are fewer."""
    if filtri.id_dominio is not None:
        return [filtri.id_dominio]
    if filtri.id_a2a is not None or utenza.domini.tutti:
        return None
    return sorted(utenza.domini.ids)


def _tier(owners: Sequence[str], year: str) -> Tier:
    partitions = tuple(f"{owner}#{year}" for owner in owners)
    return partitions[0] if len(partitions) == 1 else partitions


def years_between(da: datetime | None, a: datetime | None, *, now: datetime) -> list[str]:
    """Give the years (UTC) of a walk, newest first: this one and two before, where no beginning is asked for.

    :raises ParametroNonValido: 100001, if they are more than a walk takes
    """
    # A pendenza written while the list is asked for may bear the next instant.
    soon = now + timedelta(minutes=1)
    last = int(repository.year_of(min(a, soon) if a else soon))
    first = int(repository.year_of(da)) if da else last - YEARS_BY_DEFAULT + 1
    if last - first > MAX_YEARS:
        raise ParametroNonValido(f"dataDa, dataA: l'intervallo può essere di al più {MAX_YEARS} anni; restringerlo.")
    return [f"{year:04d}" for year in range(last, first - 1, -1)]


def _condition(filtri: Filtri, *, by_rights: Sequence[Condition], now: datetime) -> Condition | None:
    """Give the filter of the index: what the partition does not say already."""
    item = PendenzaItem
    exact = (
        (item.id_dominio, filtri.id_dominio),
        (item.id_a2a, filtri.id_a2a),
        (item.id_pendenza, filtri.id_pendenza),
        (item.direzione, filtri.direzione),
        (item.divisione, filtri.divisione),
        (item.iuv, filtri.iuv),
    )
    conditions: list[Condition] = [attribute == value for attribute, value in exact if value is not None]
    if filtri.id_tipo_pendenza:
        conditions.append(_is_in(item.id_tipo_pendenza, filtri.id_tipo_pendenza))
    conditions += [*_state_conditions(filtri, rome_day(now)), *by_rights]
    return reduce(and_, conditions) if conditions else None


def _state_conditions(filtri: Filtri, today: date) -> list[Condition]:
    item, conditions = PendenzaItem, []
    stati = filtri.stati if filtri.stati is not None else frozenset(S)
    if filtri.stati is not None or filtri.anomala is not None:
        anomalie = {True: (True,), False: (False,), None: (False, True)}[filtri.anomala]
        keys = [repository.stato_key(stato, anomalo=anomalo) for stato in sorted(stati) for anomalo in anomalie]
        conditions.append(_is_in(item.stato, keys))
    if filtri.scaduta is True:
        conditions.append(item.data_scadenza < today.isoformat())
    elif filtri.scaduta is False:
        conditions.append(item.data_scadenza.does_not_exist() | (item.data_scadenza >= today.isoformat()))
    return conditions


def _by_rights(filtri: Filtri, utenza: Utenza, portal: bool) -> list[Condition]:
    """Leave out what the caller is not entitled to; an applicazione that asks for its own needs no more."""
    # A citizen walks the partition of a debtor: their own.
    if utenza.tipo is TipoUtenza.CITTADINO or (utenza.tipo is TipoUtenza.APPLICAZIONE and not portal):
        return []
    conditions = []
    if not utenza.domini.tutti and filtri.id_dominio is None:
        conditions.append(_is_in(PendenzaItem.id_dominio, sorted(utenza.domini.ids)))
    if not utenza.tipi_pendenza.tutti and not utenza.autodeterminazione:
        conditions.append(_is_in(PendenzaItem.id_tipo_pendenza, sorted(utenza.tipi_pendenza.ids)))
    return conditions


def _is_in(attribute: UnicodeAttribute, values: Sequence[str]) -> Condition:
    """Hold if the attribute is one of the values; never, if there are none."""
    if not values:
        nothing: Condition = attribute.does_not_exist() & attribute.exists()
        return nothing
    chunks: list[Condition] = [
        attribute.is_in(*values[start : start + _IN_MAX]) for start in range(0, len(values), _IN_MAX)
    ]
    return reduce(or_, chunks)


def matches(p: Pendenza, filtri: Filtri, *, now: datetime) -> bool:
    """Tell of a pendenza at hand what the filter of the index tells of items."""
    exact = (
        (filtri.id_dominio, p.id_dominio),
        (filtri.id_a2a, p.id_a2a),
        (filtri.id_pendenza, p.id_pendenza),
        (filtri.direzione, p.direzione),
        (filtri.divisione, p.divisione),
        (filtri.iuv, p.iuv),
    )
    if any(asked is not None and asked != has for asked, has in exact):
        return False
    if filtri.id_debitore is not None and (
        repository.debitore_key(filtri.id_debitore) != repository.debitore_key(p.soggetto_pagatore.identificativo)
    ):
        return False
    if filtri.id_tipo_pendenza and p.id_tipo_pendenza not in filtri.id_tipo_pendenza:
        return False
    if (filtri.da is not None and p.caricata < filtri.da) or (filtri.a is not None and filtri.a < p.caricata):
        return False
    return _in_state(p, filtri, now)


def _in_state(p: Pendenza, filtri: Filtri, now: datetime) -> bool:
    if filtri.stati is not None and p.stato not in filtri.stati:
        return False
    if filtri.anomala is not None and p.anomalo is not filtri.anomala:
        return False
    return filtri.scaduta is None or is_decorsa(p.data_scadenza, now=now) is filtri.scaduta
