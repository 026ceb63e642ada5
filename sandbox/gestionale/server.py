"""The gestionale over HTTP.

For GovPay, under /ente and with Basic credentials: GET /avvisi/{idDominio}/{iuv}, GET /pendenze/{idA2A}/{idPendenza},
POST /pagamenti/{idDominio}/{iuv}, POST /pagamenti/{idDominio}/{iuv}/{ccp}/annulla.
For people and scripts: GET / · GET /notifiche/{numero} · GET and DELETE /api/notifiche · PUT /api/copioni,
PUT /api/copioni/{idPendenza} · PUT /api/pendenze/{idA2A}/{idPendenza}
"""

import base64
import binascii
import secrets
import time
from collections.abc import Callable
from typing import Any

from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from sandbox.gestionale import pagine
from sandbox.gestionale.archivio import Archivio, Notifica, PendenzaNota, annullamento, pagamento, pendenza_verificata
from sandbox.gestionale.copioni import Copione, CopioneErrato, Verifica
from sandbox.web import json_text
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json

ENTE = "/ente"  # the path of the connector: servizioIntegrazione.url ends with it


class Gestionale:
    """`username` and `password` are those GovPay must present. `attesa` sleeps: slow answers wait by it."""

    def __init__(self, *, username: str, password: str, attesa: Callable[[float], None] = time.sleep) -> None:
        self.archivio = Archivio()
        self.username = username
        self.password = password
        self.attesa = attesa


def server(gestionale: Gestionale, *, port: int = 0) -> HttpServer:
    """Give the server of a gestionale, not started.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    _serve_verifica(routes, gestionale)
    _serve_notifica(routes, gestionale)
    _serve_people(routes, gestionale.archivio)
    return HttpServer(routes, port=port)


# -- API Ente --------------------------------------------------------------------------------------------------------


def _serve_verifica(routes: Routes, gestionale: Gestionale) -> None:
    archivio = gestionale.archivio

    @routes.on("GET", ENTE + "/avvisi/{id_dominio}/{iuv}")
    def _avviso(request: Request, id_dominio: str, iuv: str) -> Response:
        _autentica(request, gestionale)
        nota = archivio.by_iuv(id_dominio, iuv)
        return _verifica(gestionale, nota, {"idDominio": id_dominio, "numeroAvviso": None})

    @routes.on("GET", ENTE + "/pendenze/{id_a2a}/{id_pendenza}")
    def _pendenza(request: Request, id_a2a: str, id_pendenza: str) -> Response:
        _autentica(request, gestionale)
        nota = archivio.by_id(id_a2a, id_pendenza)
        return _verifica(gestionale, nota, {"idA2A": id_a2a, "idPendenza": id_pendenza})


def _verifica(gestionale: Gestionale, nota: PendenzaNota | None, chiesta: dict[str, Any]) -> Response:
    copione = gestionale.archivio.copione(None if nota is None else nota.id_pendenza)
    if copione.ritardo:
        gestionale.attesa(copione.ritardo)
    match copione.verifica:
        case Verifica.ERRORE:
            return as_json({"categoria": "INTERNO", "codice": "500000", "descrizione": "Errore del gestionale"}, 500)
        case Verifica.ILLEGGIBILE:
            return Response(body=b"<html>manutenzione</html>", content_type="text/html")
        case Verifica.ASSENTE:
            raise HttpError(404, "La pendenza non esiste.")
    if nota is None:
        return as_json({**chiesta, "stato": "SCONOSCIUTA", "descrizioneStato": "Pendenza non presente in archivio"})
    return as_json(pendenza_verificata(nota, copione))


def _serve_notifica(routes: Routes, gestionale: Gestionale) -> None:
    archivio = gestionale.archivio

    @routes.on("POST", ENTE + "/pagamenti/{id_dominio}/{iuv}")
    def _pagamento(request: Request, id_dominio: str, iuv: str) -> Response:
        _autentica(request, gestionale)
        if not request.body:
            raise HttpError(400, "Il corpo della notifica manca.")
        corpo = request.json()
        stato = archivio.risposta_notifica(corpo.get("idPendenza"))
        if stato >= 300:
            raise HttpError(stato, "Il gestionale non accoglie la notifica, come dice il copione.")
        archivio.accogli(pagamento(id_dominio, iuv, corpo))
        return Response(status=stato)

    @routes.on("POST", ENTE + "/pagamenti/{id_dominio}/{iuv}/{ccp}/annulla")
    def _annulla(request: Request, id_dominio: str, iuv: str, ccp: str) -> Response:
        _autentica(request, gestionale)
        archivio.accogli(annullamento(id_dominio, iuv, ccp, request.json()))
        return Response(status=200)


def _autentica(request: Request, gestionale: Gestionale) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True) if scheme.lower() == "basic" else b""
    except binascii.Error:
        given = b""
    if not secrets.compare_digest(given, f"{gestionale.username}:{gestionale.password}".encode()):
        raise HttpError(401, "Credenziali mancanti o errate.", {"WWW-Authenticate": 'Basic realm="gestionale"'})


# -- people and scripts ----------------------------------------------------------------------------------------------


def _serve_people(routes: Routes, archivio: Archivio) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(archivio.notifiche()))

    @routes.on("GET", "/notifiche/{numero}")
    def _notifica(_request: Request, numero: str) -> Response:
        one = next((one for one in archivio.notifiche() if str(one.numero) == numero), None)
        if one is None:
            raise HttpError(404, "La notifica non esiste.")
        return as_html(pagine.notifica(one))

    @routes.on("GET", "/api/notifiche")
    def _notifiche(request: Request) -> Response:
        return as_json([notifica_json(one) for one in archivio.notifiche(iuv=request.query.get("iuv"))])

    @routes.on("DELETE", "/api/notifiche")
    def _dimentica(_request: Request) -> Response:
        archivio.dimentica_notifiche()
        return Response(status=204)

    @routes.on("PUT", "/api/copioni")
    def _generale(request: Request) -> Response:
        archivio.scrivi(_copione(request))
        return Response(status=204)

    @routes.on("PUT", "/api/copioni/{id_pendenza}")
    def _uno(request: Request, id_pendenza: str) -> Response:
        archivio.scrivi(_copione(request), id_pendenza=id_pendenza)
        return Response(status=204)

    @routes.on("PUT", "/api/pendenze/{id_a2a}/{id_pendenza}")
    def _registra(request: Request, id_a2a: str, id_pendenza: str) -> Response:
        archivio.registra(nota_of(id_a2a, id_pendenza, request.json()))
        return Response(status=204)


def nota_of(id_a2a: str, id_pendenza: str, dati: dict[str, Any]) -> PendenzaNota:
    """Read a pendenza as loaded into GovPay, `numeroAvviso` and all.

    :raises HttpError: 400
    """
    try:
        avviso = parse_numero_avviso(str(dati.get("numeroAvviso", "")))
    except NumeroAvvisoNonValido:
        raise HttpError(400, "numeroAvviso: 18 cifre.") from None
    if not dati.get("voci"):
        raise HttpError(400, "voci: almeno una.")
    return PendenzaNota(
        id_a2a=id_a2a,
        id_pendenza=id_pendenza,
        id_dominio=str(dati.get("idDominio", "")),
        iuv=avviso.iuv,
        numero_avviso=avviso.numero,
        dati=dati,
    )


def _copione(request: Request) -> Copione:
    try:
        return Copione.from_json(request.json())
    except CopioneErrato as error:
        raise HttpError(400, str(error)) from None


def notifica_json(one: Notifica) -> dict[str, Any]:
    return {
        "numero": one.numero,
        "idDominio": one.id_dominio,
        "iuv": one.iuv,
        "ccp": one.ccp,
        "tipo": one.tipo,
        "esito": one.esito,
        "importo": one.importo,
        "quando": one.quando,
        "arrivi": one.arrivi,
        "corpo": json_text.loads(json_text.dumps(one.corpo)),
    }
