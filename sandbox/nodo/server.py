"""The Nodo over HTTP: its SOAP services for GovPay, its faults and memory for who integrates.

POST anything   the services of the Nodo: the address to give as urlRPT of the intermediario
GET  /          what it remembers, and the faults to switch on
GET /api/messaggi, /api/messaggi/{numero}, /api/tentativi, /api/ricevute, /api/guasti
POST /api/guasti {nome, operazione?, volte?} · DELETE /api/guasti · POST /api/ricevute/reinvio · POST /api/rt
"""

import time
from typing import Any

from chalicelib.nodo import binding, soap
from chalicelib.nodo.sintassi import local_name
from sandbox.nodo import guasti, pagine, servizi
from sandbox.nodo.model import Ricevuta, Rifiuto, Scambio, Tentativo
from sandbox.nodo.nodo import Nodo
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, as_xml, see_other

SOAP_PATH = "/webservices/NodoPerPa"


def server(nodo: Nodo, *, port: int = 0) -> HttpServer:
    """Give the server of a Nodo, not started.

    :raises OSError: when the port is busy
    """
    made = HttpServer(_routes(nodo), port=port)
    nodo.url = made.url
    return made


def _routes(nodo: Nodo) -> Routes:
    routes = Routes()
    _serve_soap(routes, nodo)
    _serve_memory(routes, nodo)
    _serve_ricevute(routes, nodo)
    _serve_guasti(routes, nodo)
    _serve_pages(routes, nodo)
    return routes


# -- SOAP ------------------------------------------------------------------------------------------------------------


def _serve_soap(routes: Routes, nodo: Nodo) -> None:
    @routes.on("POST", SOAP_PATH)
    def _soap(request: Request) -> Response:
        started = time.monotonic()
        operazione, response, esito = _answer(nodo, request.body)
        nodo.registro.annota(
            verso="Nodo",
            operazione=operazione,
            esito=esito,
            millisecondi=round((time.monotonic() - started) * 1000),
            richiesta=request.body,
            risposta=response.body,
        )
        return response


def _answer(nodo: Nodo, body: bytes) -> tuple[str, Response, str]:
    try:
        busta = soap.read_envelope(body)
    except soap.MessaggioIllegibile as error:
        return "illeggibile", as_xml(soap.soap_fault("Client", str(error)), 500), "PPT_SINTASSI_XSD"
    operazione = local_name(busta.operation.tag)
    if operazione not in servizi.SERVIZI:
        fault = soap.soap_fault("Client", "Operazione sconosciuta al Nodo.")
        return operazione, as_xml(fault, 500), "PPT_SOAPACTION_ERRATA"
    guasto = nodo.guasti.prossimo(operazione)
    if guasto == guasti.IRRAGGIUNGIBILE:
        return operazione, Response(dropped=True), guasto
    answer: object
    if guasto == guasti.CARRELLO_RIFIUTATO:
        answer, esito = servizi.carrello_rifiutato(), guasto
    elif guasto is not None and guasto.startswith("PPT_"):
        answer, esito = servizi.guasta(operazione, guasto), guasto
    else:
        answer, esito = servizi.risponde(nodo, operazione, busta)
    written = soap.write_envelope(None, binding.write(answer))
    if guasto == guasti.RISPOSTA_PERSA:
        return operazione, Response(dropped=True), guasto
    if guasto == guasti.LENTA:
        time.sleep(guasti.SECONDI_LENTA)
    if guasto == guasti.MALFORMATA:
        written = written[: len(written) // 2]
    return operazione, as_xml(written), guasto or esito


# -- JSON ------------------------------------------------------------------------------------------------------------


def _serve_memory(routes: Routes, nodo: Nodo) -> None:
    @routes.on("GET", "/api/messaggi")
    def _messaggi(_request: Request) -> Response:
        return as_json([_scambio(one) for one in nodo.registro.tutti()])

    @routes.on("GET", "/api/messaggi/{numero}")
    def _messaggio(_request: Request, numero: str) -> Response:
        one = _trova(nodo, numero)
        testi = {
            "richiesta": one.richiesta.decode("utf-8", "replace"),
            "risposta": one.risposta.decode("utf-8", "replace"),
        }
        return as_json(_scambio(one) | testi)

    @routes.on("GET", "/api/tentativi")
    def _tentativi(_request: Request) -> Response:
        return as_json([tentativo_json(one) for one in nodo.tentativi()])


def _serve_ricevute(routes: Routes, nodo: Nodo) -> None:
    @routes.on("GET", "/api/ricevute")
    def _ricevute(_request: Request) -> Response:
        return as_json([ricevuta_json(one) for one in nodo.consegne.tutte()])

    @routes.on("POST", "/api/ricevute/reinvio")
    def _reinvio(_request: Request) -> Response:
        return as_json([ricevuta_json(one) for one in nodo.consegne.reinvia()])

    @routes.on("POST", "/api/rt")
    def _rt(request: Request) -> Response:
        dati = request.json()
        chiave = (str(dati.get("idDominio", "")), str(dati.get("iuv", "")), str(dati.get("ccp", "")))
        try:
            return as_json(ricevuta_json(nodo.esita_rpt(chiave, positiva=dati.get("esito", "ok") == "ok")))
        except Rifiuto as rifiuto:
            raise HttpError(422, str(rifiuto)) from None


def _serve_guasti(routes: Routes, nodo: Nodo) -> None:
    @routes.on("GET", "/api/guasti")
    def _guasti(_request: Request) -> Response:
        return as_json(nodo.guasti.attivi())

    @routes.on("POST", "/api/guasti")
    def _accendi(request: Request) -> Response:
        dati = request.json()
        _accendi_guasto(nodo, str(dati.get("nome", "")), dati.get("operazione"), dati.get("volte", guasti.SEMPRE))
        return as_json(nodo.guasti.attivi(), 201)

    @routes.on("DELETE", "/api/guasti")
    def _spegni(_request: Request) -> Response:
        nodo.guasti.spegni()
        return Response(status=204)


def _accendi_guasto(nodo: Nodo, nome: str, operazione: object, volte: object) -> None:
    if not isinstance(volte, int) or volte < 1:
        raise HttpError(400, "volte: un numero intero maggiore di zero.")
    operazioni = [*servizi.SERVIZI, *sorted(guasti.CONSEGNE)]
    if operazione is not None and operazione not in operazioni:
        raise HttpError(400, f"operazione: una fra {', '.join(operazioni)}.")
    try:
        nodo.guasti.accendi(nome, operazione=None if operazione is None else str(operazione), volte=volte)
    except guasti.GuastoSconosciuto as error:
        raise HttpError(400, str(error)) from None


def _trova(nodo: Nodo, numero: str) -> Scambio:
    one = nodo.registro.uno(int(numero)) if numero.isdecimal() else None
    if one is None:
        raise HttpError(404, "Il messaggio non esiste, o non è più conservato.")
    return one


def _scambio(one: Scambio) -> dict[str, Any]:
    return {
        "numero": one.numero,
        "quando": one.quando,
        "verso": one.verso,
        "operazione": one.operazione,
        "esito": one.esito,
        "millisecondi": one.millisecondi,
    }


def tentativo_json(one: Tentativo) -> dict[str, Any]:
    return {
        "token": one.token,
        "idDominio": one.id_dominio,
        "numeroAvviso": one.numero_avviso,
        "iuv": one.iuv,
        "protocollo": one.protocollo.value,
        "importo": one.importo,
        "stato": one.stato.value,
        "apertoIl": one.aperto_il,
    }


def ricevuta_json(one: Ricevuta) -> dict[str, Any]:
    return {
        "idRicevuta": one.id_ricevuta,
        "token": one.token,
        "idDominio": one.id_dominio,
        "iuv": one.iuv,
        "operazione": one.operazione,
        "positiva": one.positiva,
        "importo": one.importo,
        "stato": one.stato.value,
        "invii": one.invii,
        "esito": one.esito,
    }


# -- pages -----------------------------------------------------------------------------------------------------------


def _serve_pages(routes: Routes, nodo: Nodo) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(nodo))

    @routes.on("GET", "/messaggi/{numero}")
    def _messaggio(_request: Request, numero: str) -> Response:
        return as_html(pagine.messaggio(_trova(nodo, numero)))

    @routes.on("GET", "/wisp")
    def _wisp(_request: Request) -> Response:
        return as_html(pagine.wisp(nodo))

    @routes.on("POST", "/guasti")
    def _guasti(request: Request) -> Response:
        form = request.form()
        if form.get("azione") == "spegni":
            nodo.guasti.spegni()
        else:
            _accendi_guasto(nodo, form.get("altro", "").strip() or form.get("nome", ""), None, guasti.SEMPRE)
        return see_other("/")

    @routes.on("POST", "/ricevute/reinvio")
    def _reinvio(_request: Request) -> Response:
        nodo.consegne.reinvia()
        return see_other("/")
