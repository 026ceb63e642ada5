"""REST: /promemoria, on API Backoffice."""

from chalice.app import Blueprint

from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.promemoria import queries, schemas
from chalicelib.promemoria.model import TipoPromemoria
from chalicelib.promemoria.queries import Filtri
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import days_asked, envelope, in_list, page_request

routes = Blueprint(__name__)


@routes.route(f"{BACKOFFICE}/promemoria", methods=["GET"])
@operation("findPromemoria", diritto=Diritto.LETTURA, backoffice=Servizio.CONFIGURAZIONE)
def find_promemoria(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    page = queries.find_promemoria(
        utenza=call.utenza, filtri=filtri, size=request.per_pagina, page=request.pagina, cursor=request.cursor
    )
    total = request.total_told_by(len(page.promemoria), has_next=page.cursor is not None)
    if call.utenza.is_limited_by_tipo:
        # A count would tell of those that are left out.
        total = None
    elif request.wants_totals and total is None:
        total = queries.count_promemoria(utenza=call.utenza, filtri=filtri)
    items = [schemas.promemoria_index_json(one) for one in page.promemoria]
    return Answer(
        body=envelope(call, request, items, has_next=page.cursor is not None, cursor=page.cursor, total=total)
    )


def _filtri(call: Call) -> Filtri:
    """Read the filters.

    :raises ParametroNonValido: 100001, for what is not a value, or for more days than a list walks
    """
    da, a, giorni = days_asked(call)
    stato = in_list(call, "stato", tuple(stato.value for stato in StatoPromemoria))
    tipo = in_list(call, "tipo", tuple(tipo.value for tipo in TipoPromemoria))
    return Filtri(
        giorni=giorni,
        da=da,
        a=a,
        stati=(StatoPromemoria(stato),) if stato else (),
        tipo=TipoPromemoria(tipo) if tipo else None,
        id_dominio=call.text("idDominio"),
    )
