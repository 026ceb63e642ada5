"""What an operator may ask of notifiche: what was told, and what could not be."""

from dataclasses import dataclass, replace

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing
from chalicelib.aws.outbox import Giorni, listing_of
from chalicelib.kernel.utenze import Utenza
from chalicelib.notifiche import repository
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti.model import TipoNotifica


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri(Giorni):
    """What a list is asked by."""

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
    return listing_of(
        NotificaItem,
        filtri,
        utenza=utenza,
        id_dominio=filtri.id_dominio,
        stati=[stato.value for stato in filtri.stati],
        tipo=filtri.tipo and filtri.tipo.value,
    )
