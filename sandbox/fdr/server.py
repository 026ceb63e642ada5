"""Flows over HTTP: FdR for organizations (SANP 3.12), and what makes flows when asked to.

GET  /fdr-org/service/v1/organizations/{id}/fdrs?page=&size=&pspId=&publishedGt=&flowDate=
GET  …/fdrs/{fdr}/revisions/{revision}/psps/{pspId} and …/payments?page=&size=   Ocp-Apim-Subscription-Key asked
GET  /          what is paid and not reported, the flows there are
GET  /bizevents/service/v1/organizations/{id}/receipts/{iur}/paymentoptions/{iuv}   ten an hour, then 429
POST /api/rendiconta {idDominio?, esiti?, totali?, altrui?, ritardo?} · GET /api/flussi · POST /api/flussi/{idFlusso} {esiti?, togli?, totali?}
"""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from sandbox.fdr import pagine
from sandbox.fdr.archivio import Flusso, FlussoSconosciuto, Pagato, Totali
from sandbox.fdr.bizevents import serve_biz_events
from sandbox.nodo.nodo import Nodo
from sandbox.web.server import HttpError, HttpServer, Request, Response, Routes, as_html, as_json, see_other

SERVICE_PATH = "/fdr-org/service/v1"
SUBSCRIPTION_KEY = "ocp-apim-subscription-key"
MAX_SIZE = 1000
WINDOW = timedelta(days=30)
_STATI = {"0": "EXECUTED", "3": "REVOKED", "4": "STAND_IN", "8": "STAND_IN_NO_RPT", "9": "NO_RPT"}
_ALTRUI_MAX = 100
_RITARDO_MAX = 30 * 24 * 3600  # seconds
_ORGANIZATION = SERVICE_PATH + "/organizations/{id_dominio}"
_FLOW = _ORGANIZATION + "/fdrs/{fdr}/revisions/{revision}/psps/{psp}"


class _FdrError(Exception):
    """Answer with this error of FdR."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.response = as_json(
            {
                "errorId": str(uuid.uuid4()),
                "httpStatusCode": status,
                "httpStatusDescription": HTTPStatus(status).phrase,
                "appErrorCode": code,
                "errors": [{"message": message}],
            },
            status,
        )
        super().__init__(code)


def server(nodo: Nodo, *, chiave: str | None = None, chiave_biz_events: str | None = None, port: int = 0) -> HttpServer:
    """Give the server of the flows of a Nodo, not started; of each product a subscription key, None asking nothing.

    :raises OSError: when the port is busy
    """
    routes = Routes()
    _serve_fdr(routes, nodo, chiave)
    serve_biz_events(routes, nodo, chiave_biz_events)
    _serve_api(routes, nodo)
    _serve_pages(routes, nodo)
    return HttpServer(routes, port=port)


# -- FdR -------------------------------------------------------------------------------------------------------------


def _serve_fdr(routes: Routes, nodo: Nodo, chiave: str | None) -> None:
    @routes.on("GET", _ORGANIZATION + "/fdrs")
    def _fdrs(request: Request, id_dominio: str) -> Response:
        def answer() -> object:
            _known(nodo, request, chiave, id_dominio)
            since = _instant(request, "flowDate")
            published = _instant(request, "publishedGt")
            found = [
                one
                for one in nodo.rendicontazione.pubblicati(id_dominio)
                if request.query.get("pspId") in (None, one.id_psp)
                and one.data_ora >= max(since, nodo.now() - WINDOW)
                and one.pubblicato > published
            ]
            return _page(request, [_index(one) for one in found])

        return _answered(answer)

    @routes.on("GET", _FLOW)
    def _flow(request: Request, id_dominio: str, fdr: str, revision: str, psp: str) -> Response:
        def answer() -> object:
            _known(nodo, request, chiave, id_dominio)
            return _head(nodo, _one(nodo, id_dominio, fdr, revision, psp))

        return _answered(answer)

    @routes.on("GET", _FLOW + "/payments")
    def _payments(request: Request, id_dominio: str, fdr: str, revision: str, psp: str) -> Response:
        def answer() -> object:
            _known(nodo, request, chiave, id_dominio)
            righe = _one(nodo, id_dominio, fdr, revision, psp).righe
            return _page(request, [_payment(place, riga) for place, riga in enumerate(righe, start=1)])

        return _answered(answer)


def _answered(answer: Any) -> Response:
    try:
        return as_json(answer())
    except _FdrError as error:
        return error.response


def _known(nodo: Nodo, request: Request, chiave: str | None, id_dominio: str) -> None:
    """Let in who has the key, to an ente that is registered; API Management answers for the first in words of its own."""
    given = request.headers.get(SUBSCRIPTION_KEY, "")
    if chiave is not None and not secrets.compare_digest(given.encode(), chiave.encode()):
        raise HttpError(401, "Access denied due to invalid subscription key.")
    if id_dominio not in nodo.anagrafica.enti:
        raise _FdrError(400, "FDR-2008", "Creditor institution unknown")


def _one(nodo: Nodo, id_dominio: str, fdr: str, revision: str, psp: str) -> Flusso:
    assente = _FdrError(404, "FDR-3001", "Flow not found")
    try:
        flusso = nodo.rendicontazione.pubblicata(fdr, int(revision) if revision.isdecimal() else 0)
    except FlussoSconosciuto:
        raise assente from None
    if (flusso.id_dominio, flusso.id_psp) != (id_dominio, psp):
        raise assente
    return flusso


def _page(request: Request, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    page, size = _number(request, "page", 1, None), _number(request, "size", MAX_SIZE, MAX_SIZE)
    data = list(rows[(page - 1) * size : page * size])
    return {
        "metadata": {"pageSize": size, "pageNumber": page, "totPage": -(-len(rows) // size)},
        "count": len(data),
        "data": data,
    }


def _number(request: Request, name: str, default: int, most: int | None) -> int:
    text = request.query.get(name, str(default))
    value = int(text) if text.isdecimal() and len(text) < 10 else 0
    if value < 1 or (most is not None and value > most):
        raise _FdrError(400, "FDR-1001", f"{name}: not valid")
    return value


def _instant(request: Request, name: str) -> datetime:
    text = request.query.get(name)
    if text is None:
        return datetime.min.replace(tzinfo=UTC)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise _FdrError(400, "FDR-1001", f"{name}: not valid") from None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _index(flusso: Flusso) -> dict[str, Any]:
    return {
        "fdr": flusso.id_flusso,
        "pspId": flusso.id_psp,
        "revision": flusso.revisione,
        "published": _utc(flusso.pubblicato),
        "flowDate": _utc(flusso.data_ora),
    }


def _head(nodo: Nodo, flusso: Flusso) -> dict[str, Any]:
    quando, psp = _utc(flusso.data_ora), nodo.psp_named(flusso.id_psp)
    return {
        "status": "PUBLISHED",
        "revision": flusso.revisione,
        "created": quando,
        "updated": quando,
        "published": _utc(flusso.pubblicato),
        "fdr": flusso.id_flusso,
        "fdrDate": quando,
        "regulation": flusso.trn,
        "regulationDate": flusso.data_regolamento,
        "bicCodePouringBank": "BLOPIT22XXX",
        "sender": {
            "type": "BIC_CODE",
            "id": flusso.id_psp,
            "pspId": flusso.id_psp,
            "pspName": flusso.ragione_sociale,
            "pspBrokerId": psp.id_intermediario,
            "channelId": psp.id_canale,
        },
        "receiver": {
            "id": flusso.id_dominio,
            "organizationId": flusso.id_dominio,
            "organizationName": nodo.anagrafica.enti[flusso.id_dominio].denominazione,
        },
        "computedTotPayments": len(flusso.righe),
        "computedSumPayments": flusso.accreditato,
        "totPayments": flusso.numero,
        "sumPayments": flusso.importo,
    }


def _payment(place: int, riga: Pagato) -> dict[str, Any]:
    return {
        "index": place,
        "iuv": riga.iuv,
        "iur": riga.iur,
        "idTransfer": riga.indice,
        "pay": riga.importo,
        "payStatus": _STATI[riga.esito],
        "payDate": f"{riga.data}T00:00:00Z",
    }


# -- what makes flows ------------------------------------------------------------------------------------------------


def _serve_api(routes: Routes, nodo: Nodo) -> None:
    @routes.on("POST", "/api/rendiconta")
    def _rendiconta(request: Request) -> Response:
        dati = request.json()
        id_dominio = dati.get("idDominio")
        if id_dominio is not None and id_dominio not in nodo.anagrafica.enti:
            raise HttpError(400, "idDominio: l'ente non è registrato presso il Nodo.")
        try:
            fatti = nodo.rendicontazione.rendiconta(
                id_dominio=id_dominio,
                esiti=_esiti(dati),
                totali=_totali(dati.get("totali")),
                altrui=_number_of(dati, "altrui", _ALTRUI_MAX),
                ritardo=timedelta(seconds=_number_of(dati, "ritardo", _RITARDO_MAX)),
            )
        except ValueError as error:
            raise HttpError(400, str(error)) from None
        return as_json([flusso_json(one) for one in fatti], 201)

    @routes.on("GET", "/api/flussi")
    def _flussi(request: Request) -> Response:
        return as_json([flusso_json(one) for one in nodo.rendicontazione.flussi(request.query.get("idDominio"))])

    @routes.on("POST", "/api/flussi/{id_flusso}")
    def _rivedi(request: Request, id_flusso: str) -> Response:
        dati = request.json()
        togli = dati.get("togli", [])
        if not isinstance(togli, list):
            raise HttpError(400, "togli: un elenco di IUV.")
        try:
            rivisto = nodo.rendicontazione.rivedi(
                id_flusso, esiti=_esiti(dati), togli=[str(one) for one in togli], totali=_totali(dati.get("totali"))
            )
        except FlussoSconosciuto as error:
            raise HttpError(404, str(error)) from None
        except ValueError as error:
            raise HttpError(400, str(error)) from None
        return as_json(flusso_json(rivisto), 201)


def _esiti(dati: Mapping[str, Any]) -> dict[str, str]:
    esiti = dati.get("esiti") or {}
    if not isinstance(esiti, dict):
        raise HttpError(400, "esiti: un oggetto con un esito per ogni IUV.")
    return {str(iuv): str(esito) for iuv, esito in esiti.items()}


def _number_of(dati: Mapping[str, Any], name: str, most: int) -> int:
    numero = dati.get(name, 0)
    if isinstance(numero, bool) or not isinstance(numero, int) or not 0 <= numero <= most:
        raise HttpError(400, f"{name}: un numero da 0 a {most}.")
    return numero


def _totali(testo: object) -> Totali:
    try:
        return Totali(str(testo or Totali.GIUSTI))
    except ValueError:
        raise HttpError(400, f"totali: uno fra {', '.join(Totali)}.") from None


def flusso_json(one: Flusso) -> dict[str, Any]:
    return {
        "idFlusso": one.id_flusso,
        "revisione": one.revisione,
        "idPsp": one.id_psp,
        "idDominio": one.id_dominio,
        "iban": one.iban,
        "trn": one.trn,
        "dataOra": one.data_ora,
        "pubblicato": one.pubblicato,
        "dataRegolamento": one.data_regolamento,
        "numeroPagamenti": one.numero,
        "importoTotale": one.importo,
        "importoAccreditato": one.accreditato,
        "pagamenti": [
            {
                "iuv": riga.iuv,
                "iur": riga.iur,
                "indice": riga.indice,
                "importo": riga.importo,
                "esito": riga.esito,
                "data": riga.data,
            }
            for riga in one.righe
        ],
    }


# -- pages -----------------------------------------------------------------------------------------------------------


def _serve_pages(routes: Routes, nodo: Nodo) -> None:
    @routes.on("GET", "/")
    def _home(_request: Request) -> Response:
        return as_html(pagine.home(nodo.rendicontazione, nodo.anagrafica))

    @routes.on("GET", "/flussi/{id_flusso}")
    def _flusso(_request: Request, id_flusso: str) -> Response:
        try:
            return as_html(pagine.flusso(nodo.rendicontazione.revisione(id_flusso), nodo.anagrafica))
        except FlussoSconosciuto as error:
            raise HttpError(404, str(error)) from None

    @routes.on("POST", "/rendiconta")
    def _rendiconta(request: Request) -> Response:
        nodo.rendicontazione.rendiconta(totali=_totali(request.form().get("totali")))
        return see_other("/")

    @routes.on("POST", "/flussi/{id_flusso}/revisioni")
    def _rivedi(request: Request, id_flusso: str) -> Response:
        try:
            nodo.rendicontazione.rivedi(id_flusso, totali=_totali(request.form().get("totali")))
        except FlussoSconosciuto as error:
            raise HttpError(404, str(error)) from None
        return see_other(f"/flussi/{id_flusso}")
