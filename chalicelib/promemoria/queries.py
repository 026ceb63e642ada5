"""What an operator may ask of promemoria."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import and_, or_

from pynamodb.expressions.condition import Condition

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing, Range
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Utenza
from chalicelib.promemoria import repository
from chalicelib.promemoria.model import Promemoria, TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem

MAX_GIORNI = 366
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by. `giorni` are the Italian days of creation that are walked, the latest first."""

    giorni: tuple[date, ...]
    da: datetime | None = None
    a: datetime | None = None
    stati: tuple[StatoPromemoria, ...] = ()
    tipo: TipoPromemoria | None = None
    id_dominio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page, and the cursor of the next, None on the last."""

    promemoria: tuple[Promemoria, ...]
    cursor: str | None


def find_promemoria(*, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None) -> Pagina:
    """Give a page of the promemoria of the caller's domini, the latest first.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for a cursor that is not one of ours
    """
    asked = _listing(utenza, filtri)
    if asked is None:
        return Pagina(promemoria=(), cursor=None)
    answer = listing.read_page(asked, size=size, page=page, cursor=cursor)
    chiavi = [item.pk for item in answer.items]
    found = {one.chiave: one for one in repository.get_all(chiavi)}
    promemoria = tuple(found[chiave] for chiave in chiavi if chiave in found)
    return Pagina(promemoria=promemoria, cursor=answer.cursor)


def count_promemoria(*, utenza: Utenza, filtri: Filtri) -> int:
    """Count what `find_promemoria` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
    asked = _listing(utenza, filtri)
    return 0 if asked is None else listing.count(asked)


def _listing(utenza: Utenza, filtri: Filtri) -> Listing | None:
    """Give the walk, None where the caller may see nothing of what is asked."""
    domini = utenza.domini
    if not domini.tutti and not domini.ids:
        raise NotAllowed(f"L'utenza {utenza.principal} non è autorizzata per nessun dominio.")
    if filtri.id_dominio is not None and filtri.id_dominio not in domini:
        return None
    of = [filtri.id_dominio] if filtri.id_dominio else [] if domini.tutti else sorted(domini.ids)
    conditions = list(_conditions(filtri, of))
    return Listing(
        index=PromemoriaItem.per_giorno,
        partitions=[giorno.isoformat() for giorno in filtri.giorni],
        bounds=Range(
            da=repository.instant_text(filtri.da) if filtri.da else None,
            a=repository.instant_text(filtri.a) + _LAST if filtri.a else None,
        ),
        matching=reduce(and_, conditions) if conditions else None,
    )


def _conditions(filtri: Filtri, domini: Sequence[str]) -> list[Condition]:
    conditions: list[Condition] = []
    if filtri.stati:
        conditions.append(PromemoriaItem.stato.is_in(*(stato.value for stato in filtri.stati)))
    if filtri.tipo is not None:
        conditions.append(PromemoriaItem.tipo == filtri.tipo.value)
    if domini:
        conditions.append(reduce(or_, (PromemoriaItem.pk.startswith(f"{id_dominio}#") for id_dominio in domini)))
    return conditions
