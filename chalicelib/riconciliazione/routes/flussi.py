"""REST: /flussiRendicontazione, as JSON or as XML.

One name may be of flows of several enti: it can be told with the dominio before it, and with a date behind it. Two
parts may be either (GovPay 3.9 API): what can be read as a date is one.
"""

import re

from chalice.app import Blueprint

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, RAGIONERIA, RICONCILIAZIONE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request, parse_data
from chalicelib.riconciliazione import queries
from chalicelib.riconciliazione.queries import FiltriFlussi
from chalicelib.riconciliazione.routes.shared import crescente, whole
from chalicelib.riconciliazione.schemas import answers

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
_LIST = "/flussiRendicontazione"
# API Gateway wants one name where siblings stand: the first is a flow or a dominio, the second a date or a flow.
_ONE, _TWO = f"{_LIST}/{{primo}}", f"{_LIST}/{{primo}}/{{secondo}}"
_ENCODING = re.compile(rb"""(<\?xml[^>]{0,200}?\sencoding\s*=\s*["'])([A-Za-z][A-Za-z0-9._-]{0,39})""")
_THREE = f"{_TWO}/{{data_ora}}"


@routes.route(f"{RAGIONERIA}{_LIST}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_LIST}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_LIST}", methods=["GET"])
@operation("findFlussiRendicontazione", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_flussi(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    page = queries.find_flussi(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = queries.count_flussi(utenza=call.utenza, filtri=filtri, now=call.now) if request.wants_totals else None
    items = [answers.flusso_index_json(flusso, call.api) for flusso in page.items]
    return Answer(body=envelope(call, request, items, has_next=page.has_next, cursor=page.cursor, total=total))


@routes.route(f"{RAGIONERIA}{_ONE}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_ONE}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_ONE}", methods=["GET"])
@operation("getFlussoRendicontazione", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_flusso(call: Call, primo: str) -> Answer:
    return _flusso(call, primo, id_dominio=call.text("idDominio"), data_ora=call.text("dataOraFlusso"))


@routes.route(f"{RAGIONERIA}{_TWO}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_TWO}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_TWO}", methods=["GET"])
@operation("getFlussoRendicontazioneByIdEData", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_flusso_by_two(call: Call, primo: str, secondo: str) -> Answer:
    if _is_data(secondo):
        return _flusso(call, primo, id_dominio=call.text("idDominio"), data_ora=secondo)
    return _flusso(call, secondo, id_dominio=primo, data_ora=None)


@routes.route(f"{RAGIONERIA}{_THREE}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_THREE}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_THREE}", methods=["GET"])
@operation("getFlussoRendicontazioneByDominioIdEData", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_flusso_by_three(call: Call, primo: str, secondo: str, data_ora: str) -> Answer:
    return _flusso(call, secondo, id_dominio=primo, data_ora=data_ora)


def _flusso(call: Call, id_flusso: str, *, id_dominio: str | None, data_ora: str | None) -> Answer:
    instant_asked = None if data_ora is None else parse_data(data_ora, end_of_day=False, name="dataOraFlusso")
    flusso = queries.get_flusso(utenza=call.utenza, id_flusso=id_flusso, id_dominio=id_dominio, data_ora=instant_asked)
    call.is_about(id_dominio=flusso.chiave.id_dominio)
    accept = call.headers.get("accept", "").lower()
    if "xml" in accept and "json" not in accept:
        body = _as_text(queries.flusso_xml(flusso))
        return whole(body, content_type="application/xml", file_name=f"{flusso.chiave.id_flusso}.xml")
    rows = queries.rendicontazioni_of(flusso, call.utenza)
    return whole(answers.flusso_json(flusso, rows, call.api), file_name=f"{flusso.chiave.id_flusso}.json")


def _as_text(xml: bytes) -> str:
    """Give XML as text, which goes out in UTF-8: a declaration of another encoding would then be wrong."""
    declared = _ENCODING.match(xml)
    encoding = declared[2].decode() if declared else "utf-8"
    text = xml.decode(encoding)
    return text if declared is None else text.replace(f"{declared[2].decode()}", "UTF-8", 1)


def _is_data(text: str) -> bool:
    try:
        parse_data(text, end_of_day=False)
    except ParametroNonValido:
        return False
    return True


def _filtri(call: Call) -> FiltriFlussi:
    stato = in_list(call, "stato", tuple(answers.STATI_FLUSSO))
    return FiltriFlussi(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id_dominio=call.text("idDominio"),
        id_flusso=call.text("idFlusso"),
        iuv=call.text("iuv"),
        stato=None if stato is None else answers.STATI_FLUSSO[stato],
        incassato=call.flag("incassato", default=False) if call.text("incassato") else None,
        escludi_obsoleti=call.flag("escludiObsoleti", default=False),
        crescente=crescente(call),
    )
