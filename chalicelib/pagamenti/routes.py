"""REST: /rpp, on API Pendenze, API Pagamento and API Backoffice."""

import re
from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.refusals import NotAllowed, ParametroNonValido
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza
from chalicelib.pagamenti import operations, queries, schemas
from chalicelib.pagamenti.model import EsitoPagamento
from chalicelib.pagamenti.queries import Dettaglio, Filtri
from chalicelib.pagamenti.repository import IN_CORSO, RIFIUTATO
from chalicelib.pendenze.schemas import answers
from chalicelib.pendenze.schemas.requests import patch_from_json
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, PENDENZE, Answer, Call, attachment, operation
from chalicelib.rest.paging import envelope, in_list, instant, iuv_of_avviso, page_request

routes = Blueprint(__name__)

_RPP = "/rpp/{id_dominio}/{iuv}/{ccp}"
# The ccp of a payment without context holds a slash, which a path parameter cannot.
_RPP_NA = "/rpp/{id_dominio}/{iuv}/n/a"
NA = "n/a"
_XML, _PDF, _BYTES = "text/xml", "application/pdf", "application/octet-stream"
_ESITI = (IN_CORSO, RIFIUTATO, *EsitoPagamento)
# As the contract misprints it.
_MISPRINTED = {"DECORENNZA_PARZIALE": EsitoPagamento.DECORRENZA_PARZIALE.value}
_ORDINAMENTO = "dataRichiesta"
_NOT_IN_A_FILE_NAME = re.compile(r"[^\w.\-]+", re.ASCII)


@routes.route(f"{PENDENZE}/rpp", methods=["GET"])
@routes.route(f"{PAGAMENTO}/rpp", methods=["GET"])
@routes.route(f"{BACKOFFICE}/rpp", methods=["GET"])
@operation("findRpps", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, cittadino=True)
def find_rpp(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    pagina = queries.find_rpp(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = request.total_told_by(len(pagina.rpp), has_next=pagina.has_next)
    if request.wants_totals and total is None:
        total = queries.count_rpp(utenza=call.utenza, filtri=filtri, now=call.now)
    items = [
        schemas.rpp_index_json(
            rpp, ricevuta, api=call.api, riscossioni=[r for r in pagina.riscossioni if r.ccp == rpp.ccp]
        )
        for rpp, ricevuta in pagina.rpp
    ]
    body = envelope(call, request, items, has_next=pagina.has_next, cursor=pagina.cursor, total=total)
    return Answer(body=body)


@routes.route(f"{PENDENZE}{_RPP}", methods=["GET"])
@routes.route(f"{PENDENZE}{_RPP_NA}", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP}", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP_NA}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP_NA}", methods=["GET"])
@operation("getRpp", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True, cittadino=True)
def get_rpp(call: Call, id_dominio: str, iuv: str, ccp: str = NA) -> Answer:
    return Answer(body=_json(call, _dettaglio(call, id_dominio, iuv, ccp)))


@routes.route(f"{BACKOFFICE}{_RPP}", methods=["PATCH", "POST"])
@routes.route(f"{BACKOFFICE}{_RPP_NA}", methods=["PATCH", "POST"])
@operation("updateRpp", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def patch_rpp(call: Call, id_dominio: str, iuv: str, ccp: str = NA) -> Answer:
    """Change whether the attempt blocks another one; POST is for clients that have no PATCH."""
    call.is_about(id_dominio=id_dominio, iuv=iuv, ccp=ccp)
    ops = patch_from_json(call.json())
    found = operations.patch_rpp(utenza=call.utenza, id_dominio=id_dominio, iuv=iuv, ccp=ccp, ops=ops, now=call.now)
    call.is_about(id_a2a=found.rpp.id_a2a, id_pendenza=found.rpp.id_pendenza)
    return Answer(body=_json(call, found))


@routes.route(f"{PENDENZE}{_RPP}/rpt", methods=["GET"])
@routes.route(f"{PENDENZE}{_RPP_NA}/rpt", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP}/rpt", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP_NA}/rpt", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP}/rpt", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP_NA}/rpt", methods=["GET"])
@operation("getRpt", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True, cittadino=True)
def get_rpt(call: Call, id_dominio: str, iuv: str, ccp: str = NA) -> Answer:
    found = _dettaglio(call, id_dominio, iuv, ccp)
    if "json" in _accept(call):
        return Answer(body=_shown(call, schemas.rpt_json(found.rpp)))
    _refuse_anonimo(call)
    return Answer(body=queries.rpt_xml(found), content_type=_XML)


@routes.route(f"{PENDENZE}{_RPP}/rt", methods=["GET"])
@routes.route(f"{PENDENZE}{_RPP_NA}/rt", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP}/rt", methods=["GET"])
@routes.route(f"{PAGAMENTO}{_RPP_NA}/rt", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP}/rt", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_RPP_NA}/rt", methods=["GET"])
@operation("getRt", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True, cittadino=True)
def get_rt(call: Call, id_dominio: str, iuv: str, ccp: str = NA) -> Answer:
    debitore = call.flag("visualizzaSoggettoDebitore", default=False)
    found = _dettaglio(call, id_dominio, iuv, ccp)
    ricevuta, accept = found.require_ricevuta(), _accept(call)
    if "json" in accept and "octet-stream" not in accept and "pdf" not in accept:
        return Answer(body=_shown(call, schemas.rt_json(ricevuta, found.rpp)))
    _refuse_anonimo(call)
    if "octet-stream" in accept:
        return Answer(body=queries.rt_originale(found), content_type=_BYTES)
    if "pdf" in accept:
        name = _NOT_IN_A_FILE_NAME.sub("_", f"{id_dominio}_{iuv}_{ccp}.pdf")
        return attachment(queries.rt_pdf(found, debitore=debitore), content_type=_PDF, file_name=name)
    return Answer(body=queries.rt_xml(found), content_type=_XML)


def _accept(call: Call) -> str:
    """Give what the caller wants: the contract looks for a word in it, and JSON is what nobody asked for."""
    return call.headers.get("accept", "").lower() or "json"


def _dettaglio(call: Call, id_dominio: str, iuv: str, ccp: str) -> Dettaglio:
    call.is_about(id_dominio=id_dominio, iuv=iuv, ccp=ccp)
    found = queries.get_rpp(utenza=call.utenza, id_dominio=id_dominio, iuv=iuv, ccp=ccp, now=call.now)
    call.is_about(id_a2a=found.rpp.id_a2a, id_pendenza=found.rpp.id_pendenza)
    return found


def _json(call: Call, found: Dettaglio) -> dict[str, Any]:
    body = schemas.rpp_json(
        found.rpp, found.ricevuta, api=call.api, pendenza=_pendenza(call, found), riscossioni=found.riscossioni
    )
    if call.utenza.tipo is TipoUtenza.ANONIMO:
        schemas.hide_debitore(body)
        if "pendenza" in body:
            body["pendenza"] = {k: v for k, v in body["pendenza"].items() if k != "soggettoPagatore"}
    return body


def _shown(call: Call, documento: dict[str, Any]) -> dict[str, Any]:
    """Give an RPT or an RT as this caller may see it: whoever is anonymous does not learn whose debt it was."""
    return {**documento, "soggettoPagatore": None} if call.utenza.tipo is TipoUtenza.ANONIMO else documento


def _refuse_anonimo(call: Call) -> None:
    """Refuse the forms of a document that name the debtor whatever is done.

    :raises NotAllowed: 403000
    """
    if call.utenza.tipo is TipoUtenza.ANONIMO:
        raise NotAllowed("Senza autenticazione RPT e RT si leggono solo in JSON: indicare Accept: application/json.")


def _pendenza(call: Call, found: Dettaglio) -> dict[str, Any] | None:
    ente = anagrafica.dominio(found.rpp.id_dominio)
    if found.pendenza is None or ente is None:
        return None
    return answers.pendenza_index_json(found.pendenza, call.api, ente, now=call.now)


def _filtri(call: Call) -> Filtri:
    esito = in_list(call, "esito", (*_ESITI, *_MISPRINTED))
    return Filtri(
        # dataRptDa and dataRptA are the later names of the two.
        da=instant(call, "dataDa") or instant(call, "dataRptDa"),
        a=instant(call, "dataA", end_of_day=True) or instant(call, "dataRptA", end_of_day=True),
        id_dominio=call.text("idDominio"),
        iuv=call.text("iuv") or iuv_of_avviso(call),
        ccp=call.text("ccp"),
        id_a2a=call.text("idA2A") or call.text("codApplicazione"),
        id_pendenza=call.text("idPendenza"),
        id_pagamento=call.text("idPagamento"),
        esito=_MISPRINTED.get(esito, esito) if esito is not None else None,
        crescente=_crescente(call),
    )


def _crescente(call: Call) -> bool:
    """Read the order.

    :raises ParametroNonValido: 100001, for any but that of the request's date
    """
    text = (call.text("ordinamento") or f"+{_ORDINAMENTO}").strip()
    # In a query string a + is read as a blank.
    if text.lstrip("+-") != _ORDINAMENTO:
        raise ParametroNonValido(f"ordinamento: è ammesso +{_ORDINAMENTO} o -{_ORDINAMENTO}, non {text[:64]!r}.")
    return not text.startswith("-")
