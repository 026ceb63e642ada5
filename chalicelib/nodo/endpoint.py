"""SOAP in: one route per service of the Nodo. What serves a message is in servizio.py."""

from chalice.app import Blueprint, Response

from chalicelib.nodo.dispatch import Servizio
from chalicelib.nodo.servizio import serve

routes = Blueprint(__name__)

_PAGOPA = "/govpay/frontend/api/pagopa"
# Chalice answers 415 by itself, in JSON, for what is not listed: here a SOAP Fault says what to send (servizio.py).
_CONTENT_TYPES = ["*/*"]


@routes.route(f"{_PAGOPA}/PagamentiTelematiciCCPservice", methods=["POST"], content_types=_CONTENT_TYPES)
def ccp_service() -> Response:
    return serve(Servizio.CCP)


@routes.route(f"{_PAGOPA}/PagamentiTelematiciRTservice", methods=["POST"], content_types=_CONTENT_TYPES)
def rt_service() -> Response:
    return serve(Servizio.RT)
