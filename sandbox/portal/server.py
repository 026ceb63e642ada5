"""The portal over HTTP.

GET / · POST /entra · GET /posizioni · GET /avvisi/{idDominio}/{numeroAvviso} (PDF) · POST /avviso · POST /paga ·
GET /esito, where the payer comes back · GET /api/esito/{id} · GET /ricevute/{id}/{idDominio}/{iuv}/{ccp} (PDF)
"""

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

import requests

from sandbox.api_client import ApiRifiuta
from sandbox.portal import pagine
from sandbox.portal.portale import IN_CORSO, MAX_PENDENZE, NonDelVisitatore, Portale, Visita, perche
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other

_COOKIE = "visita"
_CODICE_FISCALE = re.compile(r"[A-Z0-9]{16}|\d{11}", re.ASCII)
_DA_PAGARE = frozenset({"NON_ESEGUITA", "Non pagato"})
View = Callable[..., Response]


def server(portale: Portale, *, port: int = 0) -> HttpServer:
    """Give the server of a portal, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    made = HttpServer(routes, port=port)
    portale.url = made.url
    _serve_entrata(routes, portale)
    _serve_posizioni(routes, portale)
    _serve_paga(routes, portale)
    _serve_esito(routes, portale)
    return made


def _told(view: View) -> View:
    """Let a citizen read why GovPay refuses, or that it does not answer."""

    @wraps(view)
    def told(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except ApiRifiuta as rifiuto:
            return as_html(pagine.non_possibile(perche(rifiuto)), 422)
        except NonDelVisitatore:
            return as_html(pagine.non_possibile("La pagina richiesta non appartiene a questa visita."), 404)
        except requests.RequestException:
            detto = "Il servizio di pagamento non risponde. Nulla è stato addebitato: riprovare fra qualche minuto."
            return as_html(pagine.non_possibile(detto), 503)

    return told


# -- who comes -------------------------------------------------------------------------------------------------------


def _serve_entrata(routes: Routes, portale: Portale) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(portale.enti, portale.nomi))

    @routes.on("POST", "/entra")
    def _entra(request: Request) -> Response:
        codice = re.sub(r"\s+", "", request.form().get("codiceFiscale", "")).upper()
        if not _CODICE_FISCALE.fullmatch(codice):
            errore = "Il codice fiscale deve essere di 16 caratteri, o di 11 cifre."
            return as_html(pagine.home(portale.enti, portale.nomi, errore=errore), 400)
        return see_other("/posizioni", **_cookie(portale.apre(codice)))


def _cookie(visita: Visita) -> dict[str, str]:
    # Lax: the payer comes back by a redirect from another site, and must be known.
    return {"Set-Cookie": f"{_COOKIE}={visita.token}; Path=/; HttpOnly; SameSite=Lax"}


def _visita(portale: Portale, request: Request) -> Visita:
    visita = portale.visita(request.cookie(_COOKIE))
    if visita is None:
        raise NonDelVisitatore
    return visita


# -- what is due -----------------------------------------------------------------------------------------------------


def _serve_posizioni(routes: Routes, portale: Portale) -> None:
    @routes.on("GET", "/posizioni")
    @_told
    def _posizioni(request: Request) -> Response:
        visita = portale.visita(request.cookie(_COOKIE))
        return see_other("/") if visita is None else _elenco(portale, visita)

    @routes.on("GET", "/avvisi/{id_dominio}/{numero_avviso}")
    @_told
    def _pdf(request: Request, id_dominio: str, numero_avviso: str) -> Response:
        return _as_pdf(portale.avviso_pdf(_visita(portale, request), id_dominio, numero_avviso))

    @routes.on("POST", "/avviso")
    @_told
    def _avviso(request: Request) -> Response:
        form = request.form()
        numero = re.sub(r"\s+", "", form.get("numeroAvviso", ""))
        if not re.fullmatch(r"\d{18}", numero, re.ASCII) or form.get("idDominio") not in portale.enti:
            errore = "Il codice avviso deve essere di 18 cifre: sono stampate sull'avviso accanto al QR code."
            return as_html(pagine.home(portale.enti, portale.nomi, errore=errore), 400)
        trovato = portale.avviso(form["idDominio"], numero)
        if trovato.get("stato") not in _DA_PAGARE:
            errore = f"L'avviso non è pagabile: è {str(trovato.get('stato', 'sconosciuto')).lower()}."
            return as_html(pagine.home(portale.enti, portale.nomi, errore=errore), 422)
        return as_html(pagine.avviso(trovato, portale.enti[form["idDominio"]], chiave=_chiave()), leaves=True)


def _elenco(portale: Portale, visita: Visita, *, errore: str = "", status: int = 200) -> Response:
    if visita.codice_fiscale is None:
        return see_other("/")
    nome = portale.nomi.get(visita.codice_fiscale, visita.codice_fiscale)
    trovate = portale.posizioni(visita.codice_fiscale)
    return as_html(pagine.posizioni(visita, nome, trovate, chiave=_chiave(), errore=errore), status, leaves=True)


def _chiave() -> str:
    """Give what makes a form pay once, however often it is sent."""
    return secrets.token_hex(16)


# -- paying ----------------------------------------------------------------------------------------------------------


def _serve_paga(routes: Routes, portale: Portale) -> None:
    @routes.on("POST", "/paga")
    @_told
    def _paga(request: Request) -> Response:
        form, scelte = request.form(), request.form_values("pendenza")
        visita = portale.visita(request.cookie(_COOKIE))
        if "numeroAvviso" in form:
            visita = visita or portale.apre()
            voci = [{"idDominio": form.get("idDominio", ""), "numeroAvviso": form["numeroAvviso"]}]
        elif visita is None:
            return see_other("/")
        elif not 1 <= len(scelte) <= MAX_PENDENZE:
            return _elenco(portale, visita, errore=f"Scegliere da una a {MAX_PENDENZE} posizioni.", status=400)
        else:
            voci = [_riferimento(scelta) for scelta in scelte]
        redirect = portale.paga(visita, voci, chiave=form.get("chiave") or _chiave())
        return see_other(redirect, **_cookie(visita))


def _riferimento(scelta: str) -> dict[str, str]:
    id_a2a, _, id_pendenza = scelta.partition("/")
    return {"idA2A": id_a2a, "idPendenza": id_pendenza}


# -- the outcome -----------------------------------------------------------------------------------------------------


def _serve_esito(routes: Routes, portale: Portale) -> None:
    @routes.on("GET", "/esito")
    @_told
    def _esito(request: Request) -> Response:
        visita = _visita(portale, request)
        pagamento = portale.pagamento(visita, request.query.get("idPagamento", ""))
        text = pagine.esito(visita, pagamento, request.query.get("esito", ""))
        return as_html(text, script=pagine.ATTESA if pagamento["stato"] == IN_CORSO else None)

    @routes.on("GET", "/api/esito/{id_pagamento}")
    def _stato(request: Request, id_pagamento: str) -> Response:
        try:
            pagamento = portale.pagamento(_visita(portale, request), id_pagamento)
        except (NonDelVisitatore, ApiRifiuta):
            raise HttpError(404, "Il pagamento non appartiene a questa visita.") from None
        return as_json({"id": pagamento["id"], "stato": pagamento["stato"]})

    @routes.on("GET", "/ricevute/{id_pagamento}/{id_dominio}/{iuv}/{ccp}")
    @_told
    def _ricevuta(request: Request, id_pagamento: str, id_dominio: str, iuv: str, ccp: str) -> Response:
        visita = _visita(portale, request)
        return _as_pdf(portale.ricevuta_pdf(visita, id_pagamento, f"/{id_dominio}/{iuv}/{ccp}"))


def _as_pdf(pdf: bytes) -> Response:
    return Response(body=pdf, content_type="application/pdf", headers={"X-Content-Type-Options": "nosniff"})
