"""Lists of giornali and of movements, of one ente."""

from datetime import date

from chalicelib.aws.listing import Listing, Page, Range, count, read_page
from chalicelib.kernel.refusals import NotFound, ParametroNonValido
from chalicelib.kernel.utenze import Utenza
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import repository
from chalicelib.riconciliazione.importazione.model import Giornale
from chalicelib.riconciliazione.importazione.tables import MovimentoItem

MESI_MAX = 24
_KEYS = ("pk", "sk")


class GiornaleNotFound(NotFound):
    codice = "404000"


def giornale(*, id_dominio: str, id_giornale: str, utenza: Utenza) -> Giornale:
    """Give a giornale of an ente that the caller may see.

    :raises NotAllowed: 403000
    :raises GiornaleNotFound: 404000
    """
    utenza.require_dominio(id_dominio)
    found = repository.giornale(id_dominio, id_giornale)
    if found is None:
        raise GiornaleNotFound(f"Il giornale di cassa {id_giornale[:64]} del dominio {id_dominio} non esiste.")
    return found


def giornali(*, id_dominio: str, utenza: Utenza, size: int, page: int = 1, cursor: str | None = None) -> Page:
    """Give a page of the giornali of an ente, newest first.

    :raises NotAllowed: 403000
    """
    utenza.require_dominio(id_dominio)
    found = read_page(_giornali(id_dominio), size=size, page=page, cursor=cursor)
    return Page(items=tuple(repository.giornali_of((i.pk, i.sk) for i in found.items)), cursor=found.cursor)


def count_giornali(id_dominio: str) -> int:
    return count(_giornali(id_dominio))


def _giornali(id_dominio: str) -> Listing:
    return Listing(index=MovimentoItem.giornali, partitions=(id_dominio,), key_names=_KEYS)


def listing_of(
    *,
    id_dominio: str,
    utenza: Utenza,
    esito: EsitoMovimento | None,
    id_giornale: str | None,
    da: date,
    a: date,
) -> Listing:
    """Give the movements of an ente between two days (data contabile, both inclusive), newest first.

    :raises NotAllowed: 403000
    :raises ParametroNonValido: 100001, if that is more than two years
    """
    utenza.require_dominio(id_dominio)
    matching = None
    if esito is not None:
        matching = MovimentoItem.esito == esito.value
    if id_giornale is not None:
        of_giornale = MovimentoItem.id_giornale == id_giornale
        matching = of_giornale if matching is None else matching & of_giornale
    return Listing(
        index=MovimentoItem.per_dominio,
        partitions=tuple(f"{id_dominio}#{mese}" for mese in _months(da, a)),
        bounds=Range(da=da.isoformat(), a=f"{a.isoformat()}~"),
        matching=matching,
        key_names=_KEYS,
    )


def _months(da: date, a: date) -> list[str]:
    first, last = da.year * 12 + da.month - 1, a.year * 12 + a.month - 1
    if last - first >= MESI_MAX:
        raise ParametroNonValido(f"dataDa, dataA: indicare un periodo di al più {MESI_MAX} mesi.")
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(last, first - 1, -1)]


def movimenti(listing: Listing, *, size: int, page: int = 1, cursor: str | None = None) -> Page:
    found = read_page(listing, size=size, page=page, cursor=cursor)
    return Page(items=tuple(repository.by_keys((i.pk, i.sk) for i in found.items)), cursor=found.cursor)


def count_movimenti(listing: Listing) -> int:
    return count(listing)
