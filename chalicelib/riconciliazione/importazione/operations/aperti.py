"""What is open for an ente today, without a giornale: the same lists as at the end of a report."""

from datetime import date, timedelta

from chalicelib.kernel.utenze import Utenza
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import queries
from chalicelib.riconciliazione.importazione.model import MovimentoCassa
from chalicelib.riconciliazione.importazione.report import raccolta
from chalicelib.riconciliazione.importazione.report.raccolta import APERTI_MAX, Aperti

_GIORNI = 90
# What is regularised already may be newer than what is not: so many times 500 movements are looked at.
_PAGINE_MAX = 10


def find_aperti(*, id_dominio: str, utenza: Utenza, oggi: date) -> Aperti:
    """Give flows without money, money without flow, ricevute without flow, double payments, what is to be regularised.

    Movements are those of ninety days, newest first.

    :raises NotAllowed: 403000
    """
    utenza.require_dominio(id_dominio)
    da_regolarizzare = _da_regolarizzare(id_dominio, utenza, oggi)
    doppi = raccolta.doppi_of(id_dominio, oggi=oggi)
    return raccolta.open_of(id_dominio, doppi, da_regolarizzare, oggi=oggi)


def _da_regolarizzare(id_dominio: str, utenza: Utenza, oggi: date) -> list[MovimentoCassa]:
    listing = queries.listing_of(
        id_dominio=id_dominio,
        utenza=utenza,
        esito=EsitoMovimento.RICONCILIATO,
        id_giornale=None,
        da=oggi - timedelta(days=_GIORNI),
        a=oggi,
    )
    found: list[MovimentoCassa] = []
    cursor = None
    for _ in range(_PAGINE_MAX):
        page = queries.movimenti(listing, size=APERTI_MAX, cursor=cursor)
        found += [cassa for cassa in page.items if raccolta.is_da_regolarizzare(cassa)]
        cursor = page.cursor
        if cursor is None or len(found) >= APERTI_MAX:
            break
    return found[:APERTI_MAX]
