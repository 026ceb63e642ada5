"""REST: /riscossioni."""

from chalice.app import Blueprint

from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.model import TipoRiscossione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.rest.operation import BACKOFFICE, RAGIONERIA, RICONCILIAZIONE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request
from chalicelib.riconciliazione import queries
from chalicelib.riconciliazione.queries import FiltriRiscossioni
from chalicelib.riconciliazione.routes.shared import crescente
from chalicelib.riconciliazione.schemas import answers

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
_ONE = "/riscossioni/{id_dominio}/{iuv}/{iur}/{indice}"
_STATI = (StatoRiscossione.RISCOSSA.value, StatoRiscossione.INCASSATA.value)


@routes.route(f"{RAGIONERIA}/riscossioni", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}/riscossioni", methods=["GET"])
@routes.route(f"{BACKOFFICE}/riscossioni", methods=["GET"])
@operation("findRiscossioni", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_riscossioni(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    page = queries.find_riscossioni(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = None
    if request.wants_totals:
        total = queries.count_riscossioni(utenza=call.utenza, filtri=filtri, now=call.now)
    items = [answers.riscossione_index_json(riscossa, call.api) for riscossa in page.items]
    return Answer(body=envelope(call, request, items, has_next=page.has_next, cursor=page.cursor, total=total))


@routes.route(f"{RAGIONERIA}{_ONE}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_ONE}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_ONE}", methods=["GET"])
@operation("getRiscossione", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_riscossione(call: Call, id_dominio: str, iuv: str, iur: str, indice: str) -> Answer:
    call.is_about(id_dominio=id_dominio, iuv=iuv)
    found = queries.get_riscossione(utenza=call.utenza, id_dominio=id_dominio, iuv=iuv, iur=iur, indice=indice)
    return Answer(body=answers.riscossione_json(found, call.api, now=call.now))


def _filtri(call: Call) -> FiltriRiscossioni:
    stato = in_list(call, "stato", _STATI)
    return FiltriRiscossioni(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id_dominio=call.text("idDominio"),
        id_a2a=call.text("idA2A"),
        id_pendenza=call.text("idPendenza"),
        incassata=None if stato is None else stato == StatoRiscossione.INCASSATA,
        tipo=in_list(call, "tipo", tuple(tipo.value for tipo in TipoRiscossione)),
        crescente=crescente(call),
    )
