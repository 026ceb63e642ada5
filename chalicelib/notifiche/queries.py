"""What an operator may ask of notifiche: what was told, and what could not be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from operator import and_, or_

from pynamodb.expressions.condition import Condition

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing, Range
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Utenza
from chalicelib.notifiche import repository
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti.model import TipoNotifica

MAX_GIORNI = 366
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by. `giorni` are the Italian days of creation that are walked, the latest first."""

    giorni: tuple[date, ...]
    da: datetime | None = None
    a: datetime | None = None
    stati: tuple[StatoSpedizione, ...] = ()
    tipo: TipoNotifica | None = None
    id_dominio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page, without bodies, and the cursor of the next, None on the last."""

    notifiche: tuple[Notifica, ...]
    cursor: str | None


def find_notifiche(*, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None) -> Pagina:
    """Give a page of the notifiche of the caller's domini, the latest first.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for a cursor that is not one of ours
    """
    asked = _listing(utenza, filtri)
    if asked is None:
        return Pagina(notifiche=(), cursor=None)
    answer = listing.read_page(asked, size=size, page=page, cursor=cursor)
    chiavi = [item.pk for item in answer.items]
    found = {notifica.chiave: notifica for notifica in repository.get_all(chiavi)}
    notifiche = tuple(replace(found[chiave], corpo=b"") for chiave in chiavi if chiave in found)
    return Pagina(notifiche=notifiche, cursor=answer.cursor)


def count_notifiche(*, utenza: Utenza, filtri: Filtri) -> int:
    """Count what `find_notifiche` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
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
        index=NotificaItem.per_giorno,
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
        conditions.append(NotificaItem.stato.is_in(*(stato.value for stato in filtri.stati)))
    if filtri.tipo is not None:
        conditions.append(NotificaItem.tipo == filtri.tipo.value)
    if domini:
        conditions.append(reduce(or_, (NotificaItem.pk.startswith(f"{id_dominio}#") for id_dominio in domini)))
    return conditions
