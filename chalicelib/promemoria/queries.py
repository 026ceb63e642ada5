"""What an operator may ask of promemoria."""

from dataclasses import dataclass

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing
from chalicelib.aws.outbox import Giorni, listing_of
from chalicelib.kernel.utenze import Utenza
from chalicelib.promemoria import repository
from chalicelib.promemoria.model import Promemoria, TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri(Giorni):
    """What a list is asked by."""

    stati: tuple[StatoPromemoria, ...] = ()
    tipo: TipoPromemoria | None = None
    id_dominio: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page, and the cursor of the next, None on the last."""

    promemoria: tuple[Promemoria, ...]
    cursor: str | None


def find_promemoria(*, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None) -> Pagina:
    """Give a page of the promemoria of the caller's domini, the latest first; of its tipi pendenza, what is left of it.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for a cursor that is not one of ours
    """
    asked = _listing(utenza, filtri)
    if asked is None:
        return Pagina(promemoria=(), cursor=None)
    answer = listing.read_page(asked, size=size, page=page, cursor=cursor)
    chiavi = [item.pk for item in answer.items]
    found = {one.chiave: one for one in repository.get_all(chiavi) if utenza.manages(one.id_tipo_pendenza)}
    promemoria = tuple(found[chiave] for chiave in chiavi if chiave in found)
    return Pagina(promemoria=promemoria, cursor=answer.cursor)


def count_promemoria(*, utenza: Utenza, filtri: Filtri) -> int:
    """Count what `find_promemoria` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
    asked = _listing(utenza, filtri)
    return 0 if asked is None else listing.count(asked)


def _listing(utenza: Utenza, filtri: Filtri) -> Listing | None:
    return listing_of(
        PromemoriaItem,
        filtri,
        utenza=utenza,
        id_dominio=filtri.id_dominio,
        stati=[stato.value for stato in filtri.stati],
        tipo=filtri.tipo and filtri.tipo.value,
    )
