"""REST: /riscossioni."""

from chalice.app import Blueprint

from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.model import TipoRiscossione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.rest.operation import BACKOFFICE, RAGIONERIA, RICONCILIAZIONE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request
from chalicelib.riconciliazione import queries
from chalicelib.riconciliazione.queries import FiltriRiscossioni
from chalicelib.riconciliazione.routes.shared import crescente, refuse_filters, values_of
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
    refuse_filters(call, "idUnita", "direzione", "divisione", "tassonomia")
    stato = in_list(call, "stato", _STATI)
    tipo = "tipoRiscossione" if call.text("tipoRiscossione") else "tipo"
    return FiltriRiscossioni(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id_dominio=call.text("idDominio"),
        id_a2a=call.text("idA2A"),
        id_pendenza=call.text("idPendenza"),
        incassata=None if stato is None else stato == StatoRiscossione.INCASSATA,
        tipi=frozenset(values_of(call, tipo, tuple(one.value for one in TipoRiscossione))),
        iuv=call.text("iuv"),
        iur=call.text("iur"),
        id_tipo_pendenza=call.text("idTipoPendenza"),
        crescente=crescente(call),
    )
