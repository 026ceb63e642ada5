"""The counter of the PSP: pages for a person, JSON for a script.

GET / · POST /verifica · POST /paga · GET /pagamenti/{numero}
POST /api/verifica {codice, ente?, protocollo?} · POST /api/pagamenti {codice, ente?, protocollo?, esito?,
comportamento?, importo?, ritardo?} · GET /api/pagamenti · GET /api/pagamenti/{numero}
"""

from decimal import Decimal
from typing import Any

from chalicelib.kernel.importo import Importo
from sandbox.nodo.model import Posizione, Protocollo, Rifiuto
from sandbox.nodo.server import ricevuta_json
from sandbox.psp import pagine
from sandbox.psp.codici import Codice, CodiceIllegibile, leggi
from sandbox.psp.pagine import Altrove
from sandbox.psp.psp import Comportamento, Pagamento, Psp
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other


def server(psp: Psp, *, altrove: Altrove, port: int = 0) -> HttpServer:
    """Give the server of a PSP, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    _serve_pages(routes, psp, altrove)
    _serve_api(routes, psp)
    return HttpServer(routes, port=port)


def _serve_pages(routes: Routes, psp: Psp, altrove: Altrove) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(psp.pagamenti()))

    @routes.on("POST", "/verifica")
    def _verifica(request: Request) -> Response:
        form = request.form()
        try:
            codice = leggi(form.get("codice", ""), form.get("ente", ""))
            posizione = psp.verifica(codice, protocollo=_protocollo(form.get("protocollo", "V2")))
        except CodiceIllegibile as error:
            return as_html(pagine.home(psp.pagamenti(), errore=str(error), scritto=form), 400)
        except Rifiuto as rifiuto:
            return as_html(pagine.rifiutato(rifiuto, form), 422)
        return as_html(pagine.conferma(posizione))

    @routes.on("POST", "/paga")
    def _paga(request: Request) -> Response:
        form = request.form()
        try:
            codice = leggi(form.get("codice", ""), form.get("ente", ""))
        except CodiceIllegibile as error:
            return as_html(pagine.home(psp.pagamenti(), errore=str(error), scritto=form), 400)
        pagamento = _paga_con(psp, codice, dict(form))
        return see_other(f"/pagamenti/{pagamento.numero}")

    @routes.on("GET", "/pagamenti/{numero}")
    def _pagamento(_request: Request, numero: str) -> Response:
        return as_html(pagine.esito(_trova(psp, numero), altrove))


def _serve_api(routes: Routes, psp: Psp) -> None:
    @routes.on("POST", "/api/verifica")
    def _verifica(request: Request) -> Response:
        dati = request.json()
        try:
            codice = leggi(str(dati.get("codice", "")), str(dati.get("ente", "")))
            posizione = psp.verifica(codice, protocollo=_protocollo(dati.get("protocollo", "V2")))
        except CodiceIllegibile as error:
            raise HttpError(400, str(error)) from None
        except Rifiuto as rifiuto:
            return as_json(_rifiuto(rifiuto), 422)
        return as_json(posizione_json(posizione))

    @routes.on("POST", "/api/pagamenti")
    def _paga(request: Request) -> Response:
        dati = request.json()
        try:
            codice = leggi(str(dati.get("codice", "")), str(dati.get("ente", "")))
        except CodiceIllegibile as error:
            raise HttpError(400, str(error)) from None
        return as_json(pagamento_json(_paga_con(psp, codice, dati)), 201)

    @routes.on("GET", "/api/pagamenti")
    def _pagamenti(_request: Request) -> Response:
        return as_json([pagamento_json(one) for one in psp.pagamenti()])

    @routes.on("GET", "/api/pagamenti/{numero}")
    def _pagamento(_request: Request, numero: str) -> Response:
        return as_json(pagamento_json(_trova(psp, numero)))


def _paga_con(psp: Psp, codice: Codice, dati: dict[str, Any]) -> Pagamento:
    try:
        return psp.paga(
            codice.numero_avviso,
            codice.id_dominio,
            _protocollo(dati.get("protocollo", "V2")),
            str(dati.get("esito", "ok")),
            _comportamento(dati.get("comportamento", "paga")),
            importo=_importo(dati.get("importo")) or codice.importo,
            ritardo=float(dati.get("ritardo", 5)),
        )
    except (ValueError, TypeError) as error:
        raise HttpError(400, str(error)) from None


def _importo(value: object) -> Importo | None:
    if value in (None, ""):
        return None
    if isinstance(value, (str, int, Decimal)):
        return Importo.parse(str(value))
    raise ValueError("importo: un numero con due decimali.")


def _protocollo(value: object) -> Protocollo:
    try:
        return Protocollo(str(value))
    except ValueError:
        raise HttpError(400, f"protocollo: uno fra {', '.join(Protocollo)}.") from None


def _comportamento(value: object) -> Comportamento:
    try:
        return Comportamento(str(value))
    except ValueError:
        raise HttpError(400, f"comportamento: uno fra {', '.join(Comportamento)}.") from None


def _trova(psp: Psp, numero: str) -> Pagamento:
    one = psp.uno(int(numero)) if numero.isdecimal() else None
    if one is None:
        raise HttpError(404, "Il pagamento non esiste.")
    return one


def posizione_json(one: Posizione) -> dict[str, Any]:
    return {
        "idDominio": one.id_dominio,
        "numeroAvviso": one.numero_avviso,
        "iuv": one.iuv,
        "importo": one.importo,
        "causale": one.causale,
        "ente": one.ente,
        "ufficio": one.ufficio,
        "scadenza": one.scadenza,
    }


def pagamento_json(one: Pagamento) -> dict[str, Any]:
    return {
        "numero": one.numero,
        "idDominio": one.id_dominio,
        "numeroAvviso": one.numero_avviso,
        "iuv": one.iuv,
        "protocollo": one.protocollo.value,
        "comportamento": one.comportamento.value,
        "esito": one.esito.value,
        "importo": one.importo,
        "token": one.token,
        "ricevute": [ricevuta_json(ricevuta) for ricevuta in one.ricevute],
        "risposte": one.risposte,
        "rifiuto": _rifiuto(one.rifiuto) if one.rifiuto else None,
    }


def _rifiuto(one: Rifiuto) -> dict[str, Any]:
    return {
        "codice": one.codice,
        "codiceEnte": one.originale,
        "descrizione": one.descrizione,
        "dettaglio": one.dettaglio,
    }
