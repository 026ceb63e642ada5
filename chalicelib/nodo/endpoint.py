"""SOAP in: one route per service of the Nodo. What serves a message is in servizio.py."""

from chalice.app import Blueprint, Response

routes = Blueprint(__name__)

_PAGOPA = "/govpay/frontend/api/pagopa"
# Chalice answers 415 by itself, in JSON, for what is not listed: here a SOAP Fault says what to send (servizio.py).
_CONTENT_TYPES = ["*/*"]


@routes.route(f"{_PAGOPA}/PagamentiTelematiciCCPservice", methods=["POST"], content_types=_CONTENT_TYPES)
def ccp_service() -> Response:
    return _serve("PagamentiTelematiciCCPservice")


@routes.route(f"{_PAGOPA}/PagamentiTelematiciRTservice", methods=["POST"], content_types=_CONTENT_TYPES)
def rt_service() -> Response:
    return _serve("PagamentiTelematiciRTservice")


def _serve(name: str) -> Response:
    # Only now: every message that the Nodo knows is a shape to build, and most cold starts serve none.
    from chalicelib.nodo.dispatch import Servizio
    from chalicelib.nodo.servizio import serve

    return serve(Servizio(name))
