"""App IO over HTTP.

For the service of an ente: GET /api/v1/profiles/{codiceFiscale} · POST /api/v1/messages · GET
/api/v1/messages/{codiceFiscale}/{id}. For whoever integrates: GET / · GET /messaggi/{codiceFiscale}/{id} · GET
/api/messaggi · GET /api/cittadini · PUT /api/cittadini/{codiceFiscale} {iscrizione} · GET, POST and DELETE /api/guasti
"""

import secrets
from collections.abc import Callable
from typing import Any

from sandbox.appio import appio as model
from sandbox.appio import pagine
from sandbox.appio.appio import AppIo, Iscrizione, Messaggio
from sandbox.appio.richiesta import CODICE_FISCALE, MessaggioNonValido, leggi
from sandbox.nodo.guasti import SEMPRE, GuastoSconosciuto
from sandbox.web import json_text
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other

SERVICE_PATH = "/api/v1"
CHIAVE = "ocp-apim-subscription-key"
PROFILO, MESSAGGIO = "getProfile", "submitMessageforUserWithFiscalCodeInBody"
_TITOLI = {
    400: "Bad request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    429: "Too many requests",
    500: "Internal server error",
}


def server(appio: AppIo, *, port: int = 0) -> HttpServer:
    """Give the server of an App IO, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    _serve_ente(routes, appio)
    _serve_people(routes, appio)
    _serve_api(routes, appio)
    _serve_guasti(routes, appio)
    return HttpServer(routes, port=port)


# -- for the service of an ente --------------------------------------------------------------------------------------


def _serve_ente(routes: Routes, appio: AppIo) -> None:
    @routes.on("GET", SERVICE_PATH + "/profiles/{codice_fiscale}")
    def _profilo(request: Request, codice_fiscale: str) -> Response:
        return _risponde(appio, request, PROFILO, lambda: _profile(appio, codice_fiscale))

    @routes.on("POST", SERVICE_PATH + "/messages")
    def _messaggio(request: Request) -> Response:
        return _risponde(appio, request, MESSAGGIO, lambda: _message(appio, request))

    @routes.on("GET", SERVICE_PATH + "/messages/{codice_fiscale}/{id_messaggio}")
    def _stato(request: Request, codice_fiscale: str, id_messaggio: str) -> Response:
        return _risponde(appio, request, "getMessage", lambda: _status(appio, codice_fiscale, id_messaggio))


def _risponde(appio: AppIo, request: Request, operazione: str, answer: Callable[[], Response]) -> Response:
    """Answer whoever has the key, unless a fault is on."""
    guasto = appio.guasti.prossimo(operazione)
    if guasto == model.IRRAGGIUNGIBILE:
        return Response(dropped=True)
    given = request.headers.get(CHIAVE, "")
    if appio.chiave is not None and not secrets.compare_digest(given.encode(), appio.chiave.encode()):
        return _problem(401, "Access denied due to missing or invalid subscription key")
    if guasto == model.TROPPE:
        return _problem(429, "Rate limit is exceeded", **{"Retry-After": str(model.RIPROVA_DOPO)})
    if guasto == model.ERRORE:
        return _problem(500, "There was an error processing the request")
    response = answer()
    if guasto == model.PERSA:
        return Response(dropped=True)
    if guasto == model.LENTA:
        appio.attesa(model.SECONDI_LENTA)
    return response


def _profile(appio: AppIo, codice_fiscale: str) -> Response:
    if not CODICE_FISCALE.fullmatch(codice_fiscale):
        return _problem(400, f"fiscal_code: must match {CODICE_FISCALE.pattern}")
    iscrizione = appio.iscrizione(codice_fiscale)
    if iscrizione is Iscrizione.ASSENTE:
        return _problem(404, "The user has no profile")
    return as_json({"sender_allowed": iscrizione is Iscrizione.AMMETTE, "preferred_languages": ["it_IT"]})


def _message(appio: AppIo, request: Request) -> Response:
    try:
        dati = json_text.loads(request.body)
        if not isinstance(dati, dict):
            raise MessaggioNonValido("the body: not an object")
        testo = leggi(dati)
    except ValueError as error:
        return _problem(400, str(error))
    # As the true one: whether the citizen lets the service write is looked at when the message is taken, too.
    match appio.iscrizione(testo.codice_fiscale):
        case Iscrizione.ASSENTE:
            return _problem(404, "The user has no profile")
        case Iscrizione.NON_AMMETTE:
            return _problem(403, "The recipient has blocked the service")
    return as_json({"id": appio.riceve(testo).id}, 201)


def _status(appio: AppIo, codice_fiscale: str, id_messaggio: str) -> Response:
    messaggio = appio.messaggio(codice_fiscale, id_messaggio)
    if messaggio is None:
        return _problem(404, "The message does not exist")
    return as_json({"message": messaggio_json(messaggio), "status": "PROCESSED"})


def _problem(status: int, detail: str, **headers: str) -> Response:
    body = json_text.dumps({"type": "about:blank", "title": _TITOLI[status], "status": status, "detail": detail})
    return Response(body=body.encode(), status=status, content_type="application/problem+json", headers=headers)


# -- for whoever integrates ------------------------------------------------------------------------------------------


def _serve_people(routes: Routes, appio: AppIo) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(appio.messaggi(), appio.iscritti(), appio.guasti.attivi()))

    @routes.on("GET", "/messaggi/{codice_fiscale}/{id_messaggio}")
    def _uno(_request: Request, codice_fiscale: str, id_messaggio: str) -> Response:
        messaggio = appio.messaggio(codice_fiscale, id_messaggio)
        if messaggio is None:
            raise HttpError(404, "Il messaggio non esiste.")
        return as_html(pagine.uno(messaggio))

    @routes.on("POST", "/cittadini")
    def _iscrive(request: Request) -> Response:
        form = request.form()
        _registra(appio, form.get("codice_fiscale", "").strip().upper(), form.get("iscrizione"))
        return see_other("/")


def _serve_api(routes: Routes, appio: AppIo) -> None:
    @routes.on("GET", "/api/messaggi")
    def _messaggi(_request: Request) -> Response:
        return as_json([messaggio_json(uno) for uno in appio.messaggi()])

    @routes.on("GET", "/api/cittadini")
    def _cittadini(_request: Request) -> Response:
        return as_json({chi: come.value for chi, come in appio.iscritti().items()})

    @routes.on("PUT", "/api/cittadini/{codice_fiscale}")
    def _cittadino(request: Request, codice_fiscale: str) -> Response:
        _registra(appio, codice_fiscale, request.json().get("iscrizione"))
        return as_json({"iscrizione": appio.iscrizione(codice_fiscale).value})


def _registra(appio: AppIo, codice_fiscale: str, iscrizione: object) -> None:
    if not CODICE_FISCALE.fullmatch(codice_fiscale):
        raise HttpError(400, "codiceFiscale: i sedici caratteri di una persona.")
    try:
        appio.iscrive(codice_fiscale, Iscrizione(str(iscrizione)))
    except ValueError:
        raise HttpError(400, f"iscrizione: una fra {', '.join(Iscrizione)}.") from None


def _serve_guasti(routes: Routes, appio: AppIo) -> None:
    @routes.on("GET", "/api/guasti")
    def _guasti(_request: Request) -> Response:
        return as_json(appio.guasti.attivi())

    @routes.on("POST", "/api/guasti")
    def _accendi(request: Request) -> Response:
        dati = request.json()
        _accende(appio, str(dati.get("nome", "")), dati.get("operazione"), dati.get("volte", SEMPRE))
        return as_json(appio.guasti.attivi(), 201)

    @routes.on("DELETE", "/api/guasti")
    def _spegni(_request: Request) -> Response:
        appio.guasti.spegni()
        return Response(status=204)

    @routes.on("POST", "/guasti")
    def _modulo(request: Request) -> Response:
        form = request.form()
        if form.get("azione") == "spegni":
            appio.guasti.spegni()
        else:
            _accende(appio, form.get("nome", ""), None, SEMPRE)
        return see_other("/")


def _accende(appio: AppIo, nome: str, operazione: object, volte: object) -> None:
    if operazione not in (None, PROFILO, MESSAGGIO):
        raise HttpError(400, f"operazione: {PROFILO} o {MESSAGGIO}.")
    if not isinstance(volte, int) or volte < 1:
        raise HttpError(400, "volte: un numero intero maggiore di zero.")
    try:
        appio.guasti.accendi(nome, operazione=None if operazione is None else str(operazione), volte=volte)
    except GuastoSconosciuto as error:
        raise HttpError(400, str(error)) from None


def messaggio_json(messaggio: Messaggio) -> dict[str, Any]:
    testo, pagamento = messaggio.testo, messaggio.testo.pagamento
    return {
        "id": messaggio.id,
        "quando": messaggio.quando,
        "codiceFiscale": testo.codice_fiscale,
        "oggetto": testo.oggetto,
        "testo": testo.testo,
        "scadenza": testo.scadenza,
        "importo": None if pagamento is None else pagamento.importo,
        "numeroAvviso": None if pagamento is None else pagamento.numero_avviso,
    }
