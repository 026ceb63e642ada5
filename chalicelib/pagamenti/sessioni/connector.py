"""The Web Connector: where pagoPA sends the payer's browser back, and from where it goes on to the portal.

Nobody is authenticated here. Where the browser goes is what the portal or the ente gave beforehand, never what the
request says; and that the payer is back changes nothing about money (GovPay 3.1 API 4.7).
"""

from chalice.app import Blueprint, Response

from chalicelib.kernel import clock
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Refusal
from chalicelib.pagamenti.sessioni import ritorno
from chalicelib.pagamenti.sessioni.delivery import CONNECTOR
from chalicelib.rest import json_text, log
from chalicelib.rest.faults import fault_bean, internal_fault, status_of
from chalicelib.rest.operation import ID_TRANSAZIONE, JSON, Edge

routes = Blueprint(__name__)
_SEE_OTHER, _INTERNAL = 303, 500


@routes.route(f"{CONNECTOR}/ecsp/psp", methods=["GET"])
def from_wisp() -> Response:
    return _come_back("ritorno dal WISP")


@routes.route(f"{CONNECTOR}/checkout", methods=["GET"])
def from_checkout() -> Response:
    return _come_back("ritorno da Checkout")


def _come_back(operazione: str) -> Response:
    request, id_transazione = Edge.current_request(), new_uuid()
    query = request.query_params or {}
    headers = {ID_TRANSAZIONE: id_transazione, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    codice = None
    try:
        url = ritorno.come_back(
            id_session=query.get("idSession") or "",
            esito=query.get("esito"),
            firma=query.get("firma"),
            now=clock.now(),
        )
        response = Response(body="", status_code=_SEE_OTHER, headers={**headers, "Location": url})
    except Refusal as refusal:
        codice = refusal.codice
        response = _fault(fault_bean(refusal), status_of(refusal), headers)
    except Exception:  # noqa: BLE001 - the outermost edge: a browser must get an answer
        log.error("errore interno", exc_info=True, operazione=operazione, id_transazione=id_transazione)
        response = _fault(internal_fault(id_transazione), _INTERNAL, headers)
    log.info(
        "richiesta servita",
        operazione=operazione,
        id_transazione=id_transazione,
        stato=response.status_code,
        codice=codice,
    )
    return response


def _fault(bean: dict[str, object], status: int, headers: dict[str, str]) -> Response:
    return Response(body=json_text.write(bean), status_code=status, headers={**headers, "Content-Type": JSON})
