"""Where a list of rpp is walked, and what is left out of it. As for pendenze: years, by dominio or by applicazione."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.listing import Listing, Range, Tier
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.repository import RPP, esito_of
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.search import years_between
from chalicelib.pendenze.tables import TransazioneItem

_IN_MAX = 100  # DynamoDB's own limit of IN
_KEYS = ("pk", "sk")
# The latest debts of a citizen whose attempts a list goes through.
MAX_PENDENZE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by; None asks nothing. `da` and `a` are instants of the request, both inclusive."""

    da: datetime | None = None
    a: datetime | None = None
    id_dominio: str | None = None
    iuv: str | None = None
    ccp: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    id_pagamento: str | None = None
    esito: str | None = None
    crescente: bool = True

    @property
    def names_position(self) -> bool:
        return self.id_dominio is not None and self.iuv is not None

    @property
    def names_pendenza(self) -> bool:
        return self.id_a2a is not None and self.id_pendenza is not None


def listing_of(filtri: Filtri, utenza: Utenza, *, now: datetime) -> Listing:
    """Give the walk of a list, within what the caller may see.

    :raises ParametroNonValido: 100001, for more years than a walk takes
    """
    index, partitions = _walk(filtri, utenza, now=now)
    return Listing(
        index=index,
        partitions=partitions,
        bounds=Range(
            da=pendenze.caricata_key(filtri.da).removesuffix("#") if filtri.da else None,
            a=pendenze.caricata_key(filtri.a) + "\U0010ffff" if filtri.a else None,
        ),
        matching=_condition(filtri, utenza, index),
        forward=filtri.crescente,
        key_names=_KEYS,
    )


def _walk(filtri: Filtri, utenza: Utenza, *, now: datetime) -> tuple[Any, Sequence[Tier]]:
    if utenza.tipo is TipoUtenza.CITTADINO:
        return TransazioneItem.rpp_per_pendenza, _of_cittadino(filtri, utenza)
    if filtri.id_a2a is not None and filtri.id_pendenza is not None:
        return TransazioneItem.rpp_per_pendenza, [pendenze.key_of(filtri.id_a2a, filtri.id_pendenza)]
    years = years_between(filtri.da, filtri.a, now=now)
    if filtri.crescente:
        years = years[::-1]
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        # What it loaded, and what it started on the pendenze of others.
        return TransazioneItem.rpp_per_applicazione, [f"{utenza.id_a2a}#{year}" for year in years]
    domini = _domini_to_walk(filtri, utenza)
    if domini is not None:
        return TransazioneItem.rpp_per_dominio, [_tier(domini, year) for year in years]
    owners = [filtri.id_a2a] if filtri.id_a2a else [a.id_a2a for a in anagrafica.applicazioni()]
    return TransazioneItem.rpp_per_applicazione, [_tier(owners, year) for year in years] if owners else []


def _of_cittadino(filtri: Filtri, utenza: Utenza) -> Sequence[Tier]:
    """Give the partitions of what a citizen owes: there is no other way to attempts by their debtor, and few are many."""
    keys = pendenze.keys_of_debitore(utenza.codice_fiscale or "", most=MAX_PENDENZE)
    wanted = [
        key
        for key in keys
        if (filtri.id_a2a is None or key.startswith(f"{filtri.id_a2a}#"))
        and (filtri.id_pendenza is None or key.endswith(f"#{filtri.id_pendenza}"))
    ]
    # The oldest first: it names the place in a cursor, and stays it when another is loaded.
    return [tuple(reversed(wanted))] if wanted else []


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


def _condition(filtri: Filtri, utenza: Utenza, index: Any) -> Condition | None:
    """Give the filter of the index: of what its partitions do not say."""
    item, by_dominio = TransazioneItem, index is TransazioneItem.rpp_per_dominio
    exact = (
        (item.id_a2a, filtri.id_a2a),
        (item.id_pendenza, filtri.id_pendenza),
        (item.ccp, filtri.ccp),
        (item.esito, filtri.esito),
    )
    conditions: list[Condition] = [attribute == value for attribute, value in exact if value is not None]
    # The keys of the table are not those of the index: a filter may ask for them.
    if filtri.iuv is not None:
        conditions.append(item.pk.contains(f"#{filtri.iuv}"))
    if filtri.id_dominio is not None and not by_dominio:
        conditions.append(item.pk.startswith(f"{filtri.id_dominio}#"))
    if index is TransazioneItem.rpp_per_applicazione and utenza.tipo is not TipoUtenza.APPLICAZIONE:
        # By who loaded it an attempt is found once; by the portal that started it, by the portal alone.
        conditions.append(item.sk.startswith(RPP))
    conditions += _by_rights(utenza, by_dominio=by_dominio)
    return reduce(and_, conditions) if conditions else None


def _by_rights(utenza: Utenza, *, by_dominio: bool) -> list[Condition]:
    """Leave out what an operatore is not entitled to; an applicazione and a citizen walk their own."""
    if utenza.tipo in {TipoUtenza.APPLICAZIONE, TipoUtenza.CITTADINO}:
        return []
    conditions: list[Condition] = []
    if not utenza.domini.tutti and not by_dominio:
        domini = [TransazioneItem.pk.startswith(f"{id_dominio}#") for id_dominio in sorted(utenza.domini.ids)]
        conditions.append(reduce(or_, domini))
    if not utenza.tipi_pendenza.tutti and not utenza.autodeterminazione:
        conditions.append(is_in(TransazioneItem.id_tipo_pendenza, sorted(utenza.tipi_pendenza.ids)))
    return conditions


def is_in(attribute: UnicodeAttribute, values: Sequence[str]) -> Condition:
    """Hold if the attribute is one of the values; never, if there are none."""
    if not values:
        nothing: Condition = attribute.does_not_exist() & attribute.exists()
        return nothing
    chunks: list[Condition] = [
        attribute.is_in(*values[start : start + _IN_MAX]) for start in range(0, len(values), _IN_MAX)
    ]
    return reduce(or_, chunks)


def matches(rpp: Rpp, filtri: Filtri) -> bool:
    """Tell of an attempt at hand what the filter of the index tells of items."""
    exact = (
        (filtri.id_dominio, rpp.id_dominio),
        (filtri.iuv, rpp.iuv),
        (filtri.ccp, rpp.ccp),
        (filtri.id_a2a, rpp.id_a2a),
        (filtri.id_pendenza, rpp.id_pendenza),
        (filtri.id_pagamento, rpp.id_pagamento),
        (filtri.esito, esito_of(rpp)),
    )
    if any(asked is not None and asked != has for asked, has in exact):
        return False
    return (filtri.da is None or filtri.da <= rpp.creata) and (filtri.a is None or rpp.creata <= filtri.a)
