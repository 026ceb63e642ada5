"""Where lists of flussi, incassi and riscossioni are walked, and what is left out of them. Years, as for pendenze."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.listing import Listing, Range, Tier
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti.repository import RISCOSSIONE
from chalicelib.pagamenti.ricerca import is_in
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.repository import caricata_key
from chalicelib.pendenze.search import years_between
from chalicelib.pendenze.tables import TransazioneItem
from chalicelib.riconciliazione.rules.diritti import is_limited
from chalicelib.riconciliazione.states import StatoFlusso, StatoIncasso
from chalicelib.riconciliazione.tables import FlussoItem, IncassoItem

_KEYS = ("pk", "sk")
_LAST = "\U0010ffff"
# Riscossioni are of an Italian day, which may be of the next year already.
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by; None asks nothing. `da` and `a` are inclusive."""

    da: datetime | None = None
    a: datetime | None = None
    id_dominio: str | None = None
    crescente: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltriFlussi(Filtri):
    id_flusso: str | None = None
    iuv: str | None = None
    stato: StatoFlusso | None = None
    incassato: bool | None = None
    escludi_obsoleti: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltriIncassi(Filtri):
    """`stati` empty: all but those reversed. `id_flusso` and `iuv` give the incassi that have collected them."""

    stati: frozenset[StatoIncasso] = frozenset()
    sct: str | None = None
    id_flusso: str | None = None
    iuv: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltriRiscossioni(Filtri):
    """`incassata` True: only those, False: none of those; `tipi` are values of TipoRiscossione, empty: all."""

    id_a2a: str | None = None
    id_pendenza: str | None = None
    incassata: bool | None = None
    tipi: frozenset[str] = frozenset()
    iuv: str | None = None
    iur: str | None = None
    id_tipo_pendenza: str | None = None


def flussi_listing(filtri: FiltriFlussi, utenza: Utenza, *, now: datetime) -> Listing:
    """Give the walk of a list of flows.

    :raises ParametroNonValido: 100001, for more years than a walk takes
    """
    item = FlussoItem
    conditions: list[Condition] = []
    if filtri.stato is not None:
        conditions.append(item.stato == filtri.stato.value)
    if filtri.incassato is not None:
        conditions.append(item.id_incasso.exists() if filtri.incassato else item.id_incasso.does_not_exist())
    if filtri.escludi_obsoleti:
        conditions.append(item.obsoleto.does_not_exist())
    return _by_dominio_or_year(item.per_dominio, item.per_anno, conditions, filtri, utenza, now=now)


def incassi_listing(filtri: FiltriIncassi, utenza: Utenza, *, now: datetime) -> Listing:
    """Give the walk of a list of incassi: an applicazione sees those it registered, reversed ones where asked for.

    :raises ParametroNonValido: 100001, for more years than a walk takes
    """
    item = IncassoItem
    conditions: list[Condition] = [item.stato != StatoIncasso.STORNATO.value]
    if filtri.stati:
        conditions = [item.stato.is_in(*sorted(stato.value for stato in filtri.stati))]
    if filtri.sct is not None:
        conditions.append(item.sct == filtri.sct)
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        return _by_dominio_or_year(item.per_dominio, item.per_anno, conditions, filtri, utenza, now=now)
    if filtri.id_dominio is not None:
        conditions.append(item.pk.startswith(f"{filtri.id_dominio}#"))
    tiers = [f"{utenza.id_a2a}#{year}" for year in _years(filtri, now)]
    return _listing(item.per_applicazione, tiers, _instants(filtri), conditions, filtri)


def riscossioni_listing(filtri: FiltriRiscossioni, utenza: Utenza, *, now: datetime) -> Listing:
    """Give the walk of a list of riscossioni, by the day of payment: an operatore sees those of its tipi pendenza.

    :raises ParametroNonValido: 100001, for more years than a walk takes
    """
    item = TransazioneItem
    exact = (
        (item.id_a2a, filtri.id_a2a),
        (item.id_pendenza, filtri.id_pendenza),
        (item.id_tipo_pendenza, filtri.id_tipo_pendenza),
    )
    conditions: list[Condition] = [attribute == value for attribute, value in exact if value is not None]
    if is_limited(utenza):
        conditions.append(is_in(item.id_tipo_pendenza, sorted(utenza.tipi_pendenza.ids)))
    if filtri.tipi:
        conditions.append(item.tipo.is_in(*sorted(filtri.tipi)))
    if filtri.iur is not None:
        conditions.append(item.sk.startswith(f"{RISCOSSIONE}{filtri.iur}#"))
    if filtri.incassata is not None:
        collected = StatoRiscossione.INCASSATA.value
        conditions.append(item.stato == collected if filtri.incassata else item.stato != collected)
    domini = _domini(filtri, utenza) or [ente.id_dominio for ente in anagrafica.domini()]
    days = Range(
        da=rome_day(filtri.da).isoformat() if filtri.da else None,
        a=rome_day(filtri.a).isoformat() + _LAST if filtri.a else None,
    )
    tiers = [_tier(domini, year) for year in _years(filtri, now + _A_DAY)] if domini else []
    return _listing(item.riscossione_per_dominio, tiers, days, conditions, filtri)


def _by_dominio_or_year(
    per_dominio: Any, per_anno: Any, conditions: Sequence[Condition], filtri: Filtri, utenza: Utenza, *, now: datetime
) -> Listing:
    """Walk the partitions of the domini, or, for who may see all of them, those of the years."""
    domini, years = _domini(filtri, utenza), _years(filtri, now)
    if domini is None:
        return _listing(per_anno, years, _instants(filtri), conditions, filtri)
    return _listing(per_dominio, [_tier(domini, year) for year in years], _instants(filtri), conditions, filtri)


def _domini(filtri: Filtri, utenza: Utenza) -> list[str] | None:
    """Give the domini whose partitions are walked; None: all there are."""
    if filtri.id_dominio is not None:
        return [filtri.id_dominio]
    return None if utenza.domini.tutti else sorted(utenza.domini.ids)


def _years(filtri: Filtri, now: datetime) -> list[str]:
    years = years_between(filtri.da, filtri.a, now=now)
    return years[::-1] if filtri.crescente else years


def _tier(owners: Sequence[str], year: str) -> Tier:
    partitions = tuple(f"{owner}#{year}" for owner in owners)
    return partitions[0] if len(partitions) == 1 else partitions


def _instants(filtri: Filtri) -> Range:
    return Range(
        da=caricata_key(filtri.da).removesuffix("#") if filtri.da else None,
        a=caricata_key(filtri.a) + _LAST if filtri.a else None,
    )


def _listing(
    index: Any, tiers: Sequence[Tier], bounds: Range, conditions: Sequence[Condition], filtri: Filtri
) -> Listing:
    return Listing(
        index=index,
        partitions=tiers,
        bounds=bounds,
        matching=reduce(and_, conditions) if conditions else None,
        forward=filtri.crescente,
        key_names=_KEYS,
    )
