"""The documents, where GovPay has them: `{root of the API}/v1/govpay-api-{api}-v1.yaml`. Open to anybody.

Beside each, the same as `.json`, and `index.html` to read it by, which needs nothing from elsewhere.
"""

from pathlib import Path
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.rest.operation import Api, Edge

routes = Blueprint(__name__)
_HERE = Path(__file__).parent
_PAGE = "index.html"
# As API Gateway keeps it: nobody who reads it a minute later needs it anew.
_CACHE = "public, max-age=300"
# The page runs its own script on the document beside it, and nothing else.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'"
_ALIAS = {"riconciliazione": Api.RAGIONERIA}


@routes.route("/govpay/frontend/api/pagamento/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/pendenze/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/ragioneria/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/riconciliazione/v1/{documento}", methods=["GET"])
@routes.route("/govpay/backend/api/backoffice/v1/{documento}", methods=["GET"])
def get_documento(documento: str) -> Response:
    word = Edge.current_request().context["resourcePath"].split("/")[4]
    api = _ALIAS.get(word) or Api(word)
    if documento == _PAGE:
        page = _read("pagina.html").replace("{{documento}}", f"govpay-api-{api}-v1.json")
        return _response(page, "text/html; charset=utf-8", {"Content-Security-Policy": _POLICY})
    kind = {f"govpay-api-{api}-v1.yaml": "application/yaml", f"govpay-api-{api}-v1.json": "application/json"}
    if documento not in kind:
        # The application puts the contract's words to it.
        return Response(body="", status_code=404)
    return _response(_read(f"documenti/govpay-api-{api}-v1.json"), f"{kind[documento]}; charset=utf-8", {})


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _response(body: str, content_type: str, headers: dict[str, Any]) -> Response:
    common = {"Content-Type": content_type, "Cache-Control": _CACHE, "X-Content-Type-Options": "nosniff"}
    return Response(body=body, headers=common | headers)
