"""REST: /notifiche, on API Backoffice."""

from chalice.app import Blueprint

from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.notifiche import queries, schemas
from chalicelib.notifiche.queries import Filtri
from chalicelib.notifiche.states import PUBBLICI
from chalicelib.pagamenti.model import TipoNotifica
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import days_asked, envelope, in_list, page_request

routes = Blueprint(__name__)


@routes.route(f"{BACKOFFICE}/notifiche", methods=["GET"])
@operation("findNotifiche", diritto=Diritto.LETTURA, backoffice=Servizio.CONFIGURAZIONE)
def find_notifiche(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    page = queries.find_notifiche(
        utenza=call.utenza, filtri=filtri, size=request.per_pagina, page=request.pagina, cursor=request.cursor
    )
    total = request.total_told_by(len(page.notifiche), has_next=page.cursor is not None)
    if call.utenza.is_limited_by_tipo:
        # A count would tell of those that are left out.
        total = None
    elif request.wants_totals and total is None:
        total = queries.count_notifiche(utenza=call.utenza, filtri=filtri)
    items = [schemas.notifica_index_json(notifica) for notifica in page.notifiche]
    return Answer(
        body=envelope(call, request, items, has_next=page.cursor is not None, cursor=page.cursor, total=total)
    )


def _filtri(call: Call) -> Filtri:
    """Read the filters.

    :raises ParametroNonValido: 100001, for what is not a value, or for more days than a list walks
    """
    da, a, giorni = days_asked(call)
    stato = in_list(call, "stato", tuple(PUBBLICI))
    tipo = in_list(call, "tipo", tuple(tipo.value for tipo in TipoNotifica))
    return Filtri(
        giorni=giorni,
        da=da,
        a=a,
        stati=PUBBLICI[stato] if stato else (),
        tipo=TipoNotifica(tipo) if tipo else None,
        id_dominio=call.text("idDominio"),
    )
