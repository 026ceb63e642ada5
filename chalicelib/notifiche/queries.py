"""What an operator may ask of notifiche: what was told, and what could not be."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing
from chalicelib.aws.outbox import Giorni, listing_of
from chalicelib.kernel.utenze import Utenza
from chalicelib.notifiche import repository
from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import repository as pagamenti
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
    """Give a page of the notifiche of the caller's domini, the latest first; of its tipi pendenza, what is left of it.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for a cursor that is not one of ours
    """
    asked = _listing(utenza, filtri)
    if asked is None:
        return Pagina(notifiche=(), cursor=None)
    answer = listing.read_page(asked, size=size, page=page, cursor=cursor)
    chiavi = [item.pk for item in answer.items]
    found = {notifica.chiave: notifica for notifica in _seen(repository.get_all(chiavi), utenza)}
    notifiche = tuple(replace(found[chiave], corpo=b"") for chiave in chiavi if chiave in found)
    return Pagina(notifiche=notifiche, cursor=answer.cursor)


def _seen(notifiche: Iterable[Notifica], utenza: Utenza) -> Iterable[Notifica]:
    """Keep the notifiche of pendenze that the caller may manage: only where it may not manage all are those read."""
    if not utenza.is_limited_by_tipo:
        return notifiche
    some = list(notifiche)
    posizioni = pagamenti.posizioni_of({(one.id_dominio, one.iuv) for one in some})
    tipi = {key: pendenza.id_tipo_pendenza for key, pendenza in posizioni.items()}
    return [one for one in some if utenza.manages(tipi.get((one.id_dominio, one.iuv)))]


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
