"""The documents, where GovPay has them: `{root of the API}/v1/govpay-api-{api}-v1.yaml`. Open to anybody.

Beside each, the same as `.json`, and `index.html` to read it by, which needs nothing from elsewhere. What an ente serves
and we call (API Ente, `govpay-api-ec-v1`, `ente.html`) is beside API Pendenze, whose developers write it.
"""

from pathlib import Path
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.rest.operation import Api, Edge

routes = Blueprint(__name__)
_HERE = Path(__file__).parent
_PAGE = "index.html"
_ENTE, _PAGE_ENTE = "ec", "ente.html"
# As API Gateway keeps it: nobody who reads it a minute later needs it anew.
_CACHE = "public, max-age=300"
# The page runs its own script on the document beside it, and nothing else.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
_KINDS = {"yaml": "application/yaml", "json": "application/json"}
_ALIAS = {"riconciliazione": Api.RAGIONERIA}


@routes.route("/govpay/frontend/api/pagamento/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/pendenze/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/ragioneria/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/riconciliazione/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/backoffice/v1/{documento}", methods=["GET"])
def get_documento(documento: str) -> Response:
    word = Edge.current_request().context["resourcePath"].split("/")[4]
    api = _ALIAS.get(word) or Api(word)
    pages, names = {_PAGE: str(api)}, [str(api)]
    if api is Api.PENDENZE:
        pages, names = {**pages, _PAGE_ENTE: _ENTE}, [*names, _ENTE]
    if documento in pages:
        page = _read("pagina.html").replace("{{documento}}", f"govpay-api-{pages[documento]}-v1.json")
        return _response(page, "text/html; charset=utf-8", {"Content-Security-Policy": _POLICY})
    for name in names:
        for ending, kind in _KINDS.items():
            if documento == f"govpay-api-{name}-v1.{ending}":
                return _response(_read(f"documenti/govpay-api-{name}-v1.json"), f"{kind}; charset=utf-8", {})
    # The application puts the contract's words to it.
    return Response(body="", status_code=404)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _response(body: str, content_type: str, headers: dict[str, Any]) -> Response:
    common = {"Content-Type": content_type, "Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"}
    return Response(body=body, headers=common | headers)
