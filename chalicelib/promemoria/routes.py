"""REST: /promemoria, on API Backoffice."""

from datetime import date, timedelta

from chalice.app import Blueprint

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.promemoria import queries, schemas
from chalicelib.promemoria.model import TipoPromemoria
from chalicelib.promemoria.queries import MAX_GIORNI, Filtri
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request

routes = Blueprint(__name__)
_GIORNI = 31  # what a list without dates shows


@routes.route(f"{BACKOFFICE}/promemoria", methods=["GET"])
@operation("findPromemoria", diritto=Diritto.LETTURA, backoffice=Servizio.CONFIGURAZIONE)
def find_promemoria(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    page = queries.find_promemoria(
        utenza=call.utenza, filtri=filtri, size=request.per_pagina, page=request.pagina, cursor=request.cursor
    )
    total = request.total_told_by(len(page.promemoria), has_next=page.cursor is not None)
    if request.wants_totals and total is None:
        total = queries.count_promemoria(utenza=call.utenza, filtri=filtri)
    items = [schemas.promemoria_index_json(one) for one in page.promemoria]
    return Answer(
        body=envelope(call, request, items, has_next=page.cursor is not None, cursor=page.cursor, total=total)
    )


def _filtri(call: Call) -> Filtri:
    """Read the filters: the last month where no date is given.

    :raises ParametroNonValido: 100001, for what is not a value, or for more days than a list walks
    """
    da, a = instant(call, "dataDa"), instant(call, "dataA", end_of_day=True)
    today = rome_day(call.now)
    last = min(rome_day(a), today) if a else today
    first = rome_day(da) if da else last - timedelta(days=_GIORNI - 1)
    if (last - first).days >= MAX_GIORNI:
        raise ParametroNonValido(f"dataDa, dataA: indicare un intervallo di al più {MAX_GIORNI} giorni.")
    stato = in_list(call, "stato", tuple(stato.value for stato in StatoPromemoria))
    tipo = in_list(call, "tipo", tuple(tipo.value for tipo in TipoPromemoria))
    return Filtri(
        giorni=_days(first, last),
        da=da,
        a=a,
        stati=(StatoPromemoria(stato),) if stato else (),
        tipo=TipoPromemoria(tipo) if tipo else None,
        id_dominio=call.text("idDominio"),
    )


def _days(first: date, last: date) -> tuple[date, ...]:
    """Give the days, the latest first."""
    return tuple(last - timedelta(days=ago) for ago in range((last - first).days + 1))
