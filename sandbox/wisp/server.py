"""The WISP over HTTP.

For the payer: GET /?idSession= · POST /psp · POST /paga. For whoever integrates: GET / · GET /api/sessioni ·
POST /api/sessioni/{idSession} {azione, psp, ricevute, ritardo}
"""

from typing import Any

from sandbox.nodo.carrelli import CarrelloRpt, StatoCarrello
from sandbox.nodo.spedizione import Partenza
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other
from sandbox.wisp import pagine
from sandbox.wisp.wisp import PSP, Azione, Wisp


def server(wisp: Wisp, *, port: int = 0) -> HttpServer:
    """Give the server of a WISP, not started; its Nodo sends payers there from now on.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    made = HttpServer(routes, port=port)
    wisp.nodo.url_wisp = made.url + "/"
    _serve_payer(routes, wisp)
    _serve_api(routes, wisp)
    return made


def _serve_payer(routes: Routes, wisp: Wisp) -> None:
    @routes.on("GET", "/")
    def _home(request: Request) -> Response:
        if "idSession" not in request.query:
            return as_html(pagine.home(wisp, wisp.nodo.carrelli.tutti()))
        return _pagina(wisp, _trova(wisp, request.query["idSession"]))

    @routes.on("POST", "/psp")
    def _psp(request: Request) -> Response:
        form = request.form()
        carrello = _trova(wisp, form.get("idSession", ""))
        _sceglie(wisp, carrello, form.get("psp", ""))
        return _pagina(wisp, carrello)

    @routes.on("POST", "/paga")
    def _paga(request: Request) -> Response:
        form = request.form()
        carrello = _trova(wisp, form.get("idSession", ""))
        ritorno = wisp.conclude(carrello, _azione(form), Partenza.from_form(form))
        return _pagina(wisp, carrello) if ritorno is None else see_other(ritorno)


def _serve_api(routes: Routes, wisp: Wisp) -> None:
    @routes.on("GET", "/api/sessioni")
    def _sessioni(_request: Request) -> Response:
        return as_json([sessione_json(one) for one in wisp.nodo.carrelli.tutti()])

    @routes.on("POST", "/api/sessioni/{id_session}")
    def _sessione(request: Request, id_session: str) -> Response:
        carrello, dati = _trova(wisp, id_session), request.json()
        azione, partenza = _azione(dati), Partenza.from_form(dati)
        if azione is not Azione.ANNULLA:
            _sceglie(wisp, carrello, str(dati.get("psp") or next(iter(PSP))))
        ritorno = wisp.conclude(carrello, azione, partenza)
        return as_json({**sessione_json(carrello), "ritorno": ritorno})


def _pagina(wisp: Wisp, carrello: CarrelloRpt) -> Response:
    if carrello.stato is not StatoCarrello.APERTO:
        return as_html(pagine.concluso(wisp, carrello))
    chosen = carrello.psp is not None
    return as_html(pagine.al_psp(wisp, carrello) if chosen else pagine.scelta(wisp, carrello), leaves=True)


def _trova(wisp: Wisp, id_session: str) -> CarrelloRpt:
    carrello = wisp.nodo.carrelli.uno(id_session)
    if carrello is None:
        raise HttpError(404, "La sessione di pagamento non esiste: ripartire dal sito dell'ente.")
    return carrello


def _sceglie(wisp: Wisp, carrello: CarrelloRpt, psp: str) -> None:
    try:
        wisp.sceglie(carrello, psp)
    except ValueError as error:
        raise HttpError(400, str(error)) from None


def _azione(dati: dict[str, Any]) -> Azione:
    try:
        return Azione(dati.get("azione", Azione.PAGA))
    except ValueError:
        raise HttpError(400, f"azione: una fra {', '.join(Azione)}.") from None


def sessione_json(one: CarrelloRpt) -> dict[str, Any]:
    return {
        "idSession": one.id_session,
        "idCarrello": one.id_carrello,
        "idStazione": one.id_stazione,
        "stato": one.stato.value,
        "psp": one.psp,
        "rpt": [{"idDominio": dominio, "iuv": iuv, "ccp": ccp} for dominio, iuv, ccp in one.chiavi],
    }
