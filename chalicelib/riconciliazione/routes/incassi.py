"""REST: /incassi."""

from itertools import islice

from chalice.app import Blueprint

from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.model import TipoRiscossione
from chalicelib.rest.operation import BACKOFFICE, RAGIONERIA, RICONCILIAZIONE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request
from chalicelib.rest.schema import parse_body
from chalicelib.riconciliazione import operations, queries
from chalicelib.riconciliazione.queries import FiltriIncassi
from chalicelib.riconciliazione.routes.shared import crescente, values_of, whole
from chalicelib.riconciliazione.schemas import answers
from chalicelib.riconciliazione.schemas.requests import IncassoBody

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
_DOMINIO = "/incassi/{id_dominio}"
_ONE = f"{_DOMINIO}/{{id_incasso}}"
_CREATED, _OK = 201, 200


@routes.route(f"{RAGIONERIA}/incassi", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}/incassi", methods=["GET"])
@routes.route(f"{BACKOFFICE}/incassi", methods=["GET"])
@operation("findRiconciliazioni", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_incassi(call: Call) -> Answer:
    request = page_request(call)
    stato = in_list(call, "stato", tuple(answers.STATI_INCASSO))
    filtri = FiltriIncassi(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id_dominio=call.text("idDominio"),
        stati=frozenset() if stato is None else answers.STATI_INCASSO[stato],
        sct=call.text("sct"),
        id_flusso=call.text("idFlusso"),
        iuv=call.text("iuv"),
        crescente=crescente(call),
    )
    page = queries.find_incassi(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = queries.count_incassi(utenza=call.utenza, filtri=filtri, now=call.now) if request.wants_totals else None
    items = [answers.incasso_index_json(incasso, call.api) for incasso in page.items]
    return Answer(body=envelope(call, request, items, has_next=page.has_next, cursor=page.cursor, total=total))


@routes.route(f"{RAGIONERIA}{_DOMINIO}", methods=["POST"])
@routes.route(f"{RICONCILIAZIONE}{_DOMINIO}", methods=["POST"])
@routes.route(f"{BACKOFFICE}{_DOMINIO}", methods=["POST"])
@operation("addRiconciliazione", diritto=Diritto.SCRITTURA, backoffice=_RENDICONTAZIONI)
def add_incasso(call: Call, id_dominio: str) -> Answer:
    call.is_about(id_dominio=id_dominio)
    accredito = parse_body(IncassoBody, call.json()).to_model(id_dominio)
    incasso, is_new = operations.post_incasso(accredito=accredito, utenza=call.utenza, now=call.now)
    # The answer to a write is an answer: what is too long for it is read with a GET.
    some = list(islice(queries.riscossioni_of(incasso, call.utenza), queries.RISCOSSIONI_IN_RISPOSTA))
    body = answers.incasso_json(incasso, some, call.api, now=call.now)
    return Answer(body=body, status=_CREATED if is_new else _OK)


@routes.route(f"{RAGIONERIA}{_ONE}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_ONE}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_ONE}", methods=["GET"])
@operation("getRiconciliazione", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_incasso(call: Call, id_dominio: str, id_incasso: str) -> Answer:
    call.is_about(id_dominio=id_dominio)
    incasso = queries.get_incasso(utenza=call.utenza, id_dominio=id_dominio, id_incasso=id_incasso)
    tipi = frozenset(values_of(call, "riscossioni.tipo", tuple(tipo.value for tipo in TipoRiscossione)))
    rows = [r for r in queries.riscossioni_of(incasso, call.utenza) if not tipi or r.riscossione.tipo.value in tipi]
    return whole(answers.incasso_json(incasso, rows, call.api, now=call.now), file_name=f"{id_incasso}.json")
