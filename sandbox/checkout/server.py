"""Checkout over HTTP.

For the ente: POST /checkout/ec/v1/carts → 302. For the payer: GET /c/{id} · POST /c/{id}/metodo, /paga, /annulla.
For whoever integrates: GET / · GET /api/carrelli, /api/carrelli/{id} · POST /api/carrelli/{id} {azione, ricevute,
ritardo} · GET, POST and DELETE /api/guasti
"""

import secrets
from typing import Any

from sandbox.checkout import checkout as model
from sandbox.checkout import pagine
from sandbox.checkout.checkout import Carrello, Checkout, Stato
from sandbox.checkout.richiesta import RichiestaNonValida, leggi
from sandbox.nodo.guasti import SEMPRE, GuastoSconosciuto
from sandbox.nodo.server import ricevuta_json
from sandbox.nodo.spedizione import Partenza
from sandbox.web import json_text
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other

EC_PATH = "/checkout/ec/v1"
CHIAVE = "ocp-apim-subscription-key"
_CARTS = "PostCarts"


def server(checkout: Checkout, *, port: int = 0) -> HttpServer:
    """Give the server of a Checkout, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    made = HttpServer(routes, port=port)
    _serve_ente(routes, checkout, made.url)
    _serve_payer(routes, checkout)
    _serve_api(routes, checkout)
    _serve_guasti(routes, checkout)
    return made


# -- for the ente ----------------------------------------------------------------------------------------------------


def _serve_ente(routes: Routes, checkout: Checkout, url: str) -> None:
    @routes.on("POST", EC_PATH + "/carts")
    def _carts(request: Request) -> Response:
        guasto = checkout.guasti.prossimo(_CARTS)
        if guasto == model.IRRAGGIUNGIBILE:
            return Response(dropped=True)
        response = _answer(checkout, request, guasto, url)
        if guasto == model.PERSA:
            return Response(dropped=True)
        if guasto == model.LENTA:
            checkout.attesa(model.SECONDI_LENTA)
        return response


def _answer(checkout: Checkout, request: Request, guasto: str | None, url: str) -> Response:
    given = request.headers.get(CHIAVE) or request.query.get("subscription-key", "")
    if checkout.chiave is not None and not secrets.compare_digest(given.encode(), checkout.chiave.encode()):
        return _problem(401, "Access denied due to missing or invalid subscription key")
    if guasto == model.ERRORE:
        return _problem(500, "There was an error processing the request")
    try:
        dati = json_text.loads(request.body)
        if guasto == model.NON_VALIDA or not isinstance(dati, dict):
            raise RichiestaNonValida("the request is not valid")
        carrello = checkout.apre(leggi(dati))
    except ValueError as error:
        return _problem(400, str(error))
    return Response(status=302, headers={"Location": f"{url}/c/{carrello.id}"})


def _problem(status: int, detail: str) -> Response:
    titles = {400: "Invalid request", 401: "Unauthorized", 500: "Internal server error"}
    body = json_text.dumps({"type": "about:blank", "title": titles[status], "status": status, "detail": detail})
    return Response(body=body.encode(), status=status, content_type="application/problem+json")


# -- for the payer ---------------------------------------------------------------------------------------------------


def _serve_payer(routes: Routes, checkout: Checkout) -> None:
    @routes.on("GET", "/c/{id_carrello}")
    def _carrello(_request: Request, id_carrello: str) -> Response:
        return _pagina(_trova(checkout, id_carrello))

    @routes.on("POST", "/c/{id_carrello}/metodo")
    def _metodo(request: Request, id_carrello: str) -> Response:
        carrello = _trova(checkout, id_carrello)
        checkout.attiva(carrello)
        return _pagina(carrello, request.form().get("metodo", "carta"))

    @routes.on("POST", "/c/{id_carrello}/paga")
    def _paga(request: Request, id_carrello: str) -> Response:
        carrello, form = _trova(checkout, id_carrello), request.form()
        fatto = _esegue(checkout, carrello, form.get("esito", "paga"), form)
        return see_other(carrello.ritorno) if fatto else _pagina(carrello)

    @routes.on("POST", "/c/{id_carrello}/annulla")
    def _annulla(_request: Request, id_carrello: str) -> Response:
        carrello = _trova(checkout, id_carrello)
        return see_other(carrello.ritorno) if checkout.annulla(carrello) else _pagina(carrello)


def _pagina(carrello: Carrello, metodo: str = "carta") -> Response:
    match carrello.stato:
        case Stato.APERTO:
            return as_html(pagine.scelta(carrello), leaves=True)
        case Stato.ATTIVATO:
            return as_html(pagine.riepilogo(carrello, metodo), leaves=True)
    return as_html(pagine.concluso(carrello), 422 if carrello.rifiuto else 200)


def _trova(checkout: Checkout, id_carrello: str) -> Carrello:
    carrello = checkout.uno(id_carrello)
    if carrello is None:
        raise HttpError(404, "Il carrello non esiste: ripartire dal sito dell'ente.")
    return carrello


def _esegue(checkout: Checkout, carrello: Carrello, azione: str, dati: dict[str, Any]) -> bool:
    match azione:
        case "paga":
            return checkout.paga(carrello, Partenza.from_form(dati))
        case "rifiuta":
            checkout.attiva(carrello)
            return checkout.rifiuta(carrello)
        case "annulla":
            return checkout.annulla(carrello)
    raise HttpError(400, "azione: una fra paga, rifiuta, annulla.")


# -- for whoever integrates ------------------------------------------------------------------------------------------


def _serve_api(routes: Routes, checkout: Checkout) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(checkout.tutti(), checkout.guasti.attivi()))

    @routes.on("GET", "/api/carrelli")
    def _carrelli(_request: Request) -> Response:
        return as_json([carrello_json(one) for one in checkout.tutti()])

    @routes.on("GET", "/api/carrelli/{id_carrello}")
    def _carrello(_request: Request, id_carrello: str) -> Response:
        return as_json(carrello_json(_trova(checkout, id_carrello)))

    @routes.on("POST", "/api/carrelli/{id_carrello}")
    def _azione(request: Request, id_carrello: str) -> Response:
        carrello, dati = _trova(checkout, id_carrello), request.json()
        _esegue(checkout, carrello, str(dati.get("azione", "paga")), dati)
        return as_json(carrello_json(carrello))


def _serve_guasti(routes: Routes, checkout: Checkout) -> None:
    @routes.on("GET", "/api/guasti")
    def _guasti(_request: Request) -> Response:
        return as_json(checkout.guasti.attivi())

    @routes.on("POST", "/api/guasti")
    def _accendi(request: Request) -> Response:
        dati = request.json()
        _accende(checkout, str(dati.get("nome", "")), dati.get("volte", SEMPRE))
        return as_json(checkout.guasti.attivi(), 201)

    @routes.on("DELETE", "/api/guasti")
    def _spegni(_request: Request) -> Response:
        checkout.guasti.spegni()
        return Response(status=204)

    @routes.on("POST", "/guasti")
    def _modulo(request: Request) -> Response:
        form = request.form()
        if form.get("azione") == "spegni":
            checkout.guasti.spegni()
        else:
            _accende(checkout, form.get("nome", ""), SEMPRE)
        return see_other("/")


def _accende(checkout: Checkout, nome: str, volte: object) -> None:
    if not isinstance(volte, int) or volte < 1:
        raise HttpError(400, "volte: un numero intero maggiore di zero.")
    try:
        checkout.guasti.accendi(nome, volte=volte)
    except GuastoSconosciuto as error:
        raise HttpError(400, str(error)) from None


def carrello_json(one: Carrello) -> dict[str, Any]:
    return {
        "id": one.id,
        "idCart": one.richiesta.id_cart,
        "stato": one.stato.value,
        "totale": one.totale,
        "ritorno": one.ritorno,
        "token": [tentativo.token for tentativo in one.tentativi],
        "ricevute": [ricevuta_json(ricevuta) for ricevuta in one.ricevute],
        "rifiuto": None if one.rifiuto is None else one.rifiuto.originale or one.rifiuto.codice,
    }
