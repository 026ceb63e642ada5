"""REST: /giornaliDiCassa and /movimentiDiCassa, on API Ragioneria (also by its other name) and on API Backoffice."""

import io
from datetime import date, timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.aws import documents
from chalicelib.kernel.refusals import FieldError, NotFound, ParametroNonValido, Sintassi
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest import multipart
from chalicelib.rest.operation import BACKOFFICE, JSON, RAGIONERIA, RICONCILIAZIONE, Answer, Call, operation
from chalicelib.rest.paging import envelope, in_list, page_request
from chalicelib.rest.schema import parse_body
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import archivio, operations, queries, schemas
from chalicelib.riconciliazione.importazione.model import MovimentoCassa
from chalicelib.riconciliazione.importazione.operations.persona import movimento
from chalicelib.riconciliazione.importazione.schemas import AnnuncioBody, PatchMovimentoBody
from chalicelib.riconciliazione.rules.incasso import Riferito

routes = Blueprint(__name__)
_RENDICONTAZIONI = Servizio.RENDICONTAZIONI
_GIORNALI = "/giornaliDiCassa/{id_dominio}"
_GIORNALE = f"{_GIORNALI}/{{id_giornale}}"
_MOVIMENTI = "/movimentiDiCassa/{id_dominio}"
_MOVIMENTO = f"{_MOVIMENTI}/{{id_movimento}}"
_CREATED, _SEE_OTHER = 201, 303
_GIORNI = 31
_APERTI = "aperti"  # no id of a giornale is that: they are thirty-two hexadecimal digits


class EsitoNonPronto(NotFound):
    codice = "404000"


@routes.route(f"{RAGIONERIA}{_GIORNALI}", methods=["POST"], content_types=["*/*"])
@routes.route(f"{RICONCILIAZIONE}{_GIORNALI}", methods=["POST"], content_types=["*/*"])
@routes.route(f"{BACKOFFICE}{_GIORNALI}", methods=["POST"], content_types=["*/*"])
@operation("addGiornaleDiCassa", diritto=Diritto.SCRITTURA, backoffice=_RENDICONTAZIONI)
def add_giornale(call: Call, id_dominio: str) -> Answer:
    """Take the file itself (raw, or one part of multipart/form-data), or, as JSON, the name of one to come."""
    call.is_about(id_dominio=id_dominio)
    content_type = call.headers.get("content-type", "")
    if content_type.partition(";")[0].strip() == JSON:
        nome = parse_body(AnnuncioBody, call.json()).nome
        giornale, url = operations.announce(id_dominio=id_dominio, nome=nome, utenza=call.utenza, now=call.now)
        body = {**schemas.giornale_json(giornale), "urlCaricamento": url}
        return Answer(body=body, status=_CREATED)
    nome, content = _file_of(call, content_type)
    giornale = operations.upload(id_dominio=id_dominio, nome=nome, content=content, utenza=call.utenza, now=call.now)
    return Answer(body=schemas.giornale_json(giornale), status=_CREATED)


def _file_of(call: Call, content_type: str) -> tuple[str, bytes]:
    if multipart.is_multipart(content_type):
        return multipart.read_file(call.raw_body, content_type)
    return call.text("nome") or "giornale", call.raw_body


@routes.route(f"{RAGIONERIA}{_GIORNALI}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_GIORNALI}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_GIORNALI}", methods=["GET"])
@operation("findGiornaliDiCassa", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_giornali(call: Call, id_dominio: str) -> Answer:
    request = page_request(call)
    page = queries.giornali(
        id_dominio=id_dominio,
        utenza=call.utenza,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
    )
    total = queries.count_giornali(id_dominio) if request.wants_totals else None
    items = [schemas.giornale_json(giornale) for giornale in page.items]
    has_next = page.cursor is not None
    return Answer(body=envelope(call, request, items, has_next=has_next, cursor=page.cursor, total=total))


@routes.route(f"{RAGIONERIA}{_GIORNALE}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_GIORNALE}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_GIORNALE}", methods=["GET"])
@operation("getGiornaleDiCassa", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_giornale(call: Call, id_dominio: str, id_giornale: str) -> Answer:
    """Give a giornale; in the place of an id, `aperti` gives what is open for the ente today (JSON, or CSV)."""
    if id_giornale == _APERTI:
        return _aperti(call, id_dominio)
    found = queries.giornale(id_dominio=id_dominio, id_giornale=id_giornale, utenza=call.utenza)
    return Answer(body=schemas.giornale_json(found))


def _aperti(call: Call, id_dominio: str) -> Answer:
    from chalicelib.riconciliazione.importazione.report import elenchi, scrittura

    found = operations.find_aperti(id_dominio=id_dominio, utenza=call.utenza, oggi=rome_day(call.now))
    if "csv" not in call.headers.get("accept", "").lower():
        return Answer(body=scrittura.aperti_json(found))
    text = io.StringIO(newline="")
    text.write("\N{BYTE ORDER MARK}")  # by which spreadsheets know UTF-8
    elenchi.write_aperti(found, text)
    return Answer(body=text.getvalue().encode(), content_type=archivio.CONTENT_TYPES["csv"])


@routes.route(f"{RAGIONERIA}{_GIORNALE}/report", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_GIORNALE}/report", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_GIORNALE}/report", methods=["GET"])
@operation("getReportGiornaleDiCassa", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_report(call: Call, id_dominio: str, id_giornale: str) -> Answer:
    """Send the caller to the report in the bucket (`formato` json, csv or pdf): it may be longer than an answer may."""
    formato = in_list(call, "formato", tuple(archivio.CONTENT_TYPES)) or "json"
    found = queries.giornale(id_dominio=id_dominio, id_giornale=id_giornale, utenza=call.utenza)
    esito = next((esito for esito in found.esiti if esito.formato == formato), None)
    if esito is None:
        raise EsitoNonPronto(f"Il giornale è {found.stato}: il report ci sarà quando è CONCLUSO o RIFIUTATO.")
    url = documents.presigned_url(
        archivio.BUCKET, esito.chiave, file_name=f"{found.nome}.{formato}", version=esito.versione
    )
    return Answer(status=_SEE_OTHER, headers={"Location": url})


@routes.route(f"{RAGIONERIA}{_MOVIMENTI}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_MOVIMENTI}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_MOVIMENTI}", methods=["GET"])
@operation("findMovimentiDiCassa", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def find_movimenti(call: Call, id_dominio: str) -> Answer:
    request = page_request(call)
    esito = in_list(call, "esito", tuple(EsitoMovimento))
    a = _day(call, "dataA") or rome_day(call.now)
    listing = queries.listing_of(
        id_dominio=id_dominio,
        utenza=call.utenza,
        esito=None if esito is None else EsitoMovimento(esito),
        id_giornale=call.text("idGiornale"),
        da=_day(call, "dataDa") or a - min(timedelta(days=_GIORNI), a - date.min),
        a=a,
    )
    page = queries.movimenti(listing, size=request.per_pagina, page=request.pagina, cursor=request.cursor)
    total = queries.count_movimenti(listing) if request.wants_totals else None
    items = [schemas.movimento_json(one) for one in page.items]
    has_next = page.cursor is not None
    return Answer(body=envelope(call, request, items, has_next=has_next, cursor=page.cursor, total=total))


def _day(call: Call, name: str) -> date | None:
    text = call.text(name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ParametroNonValido(f"{name}: indicare una data nella forma aaaa-mm-gg.") from None


@routes.route(f"{RAGIONERIA}{_MOVIMENTO}", methods=["GET"])
@routes.route(f"{RICONCILIAZIONE}{_MOVIMENTO}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_MOVIMENTO}", methods=["GET"])
@operation("getMovimentoDiCassa", diritto=Diritto.LETTURA, backoffice=_RENDICONTAZIONI)
def get_movimento(call: Call, id_dominio: str, id_movimento: str) -> Answer:
    found = movimento(id_dominio=id_dominio, id_movimento=id_movimento, utenza=call.utenza)
    return Answer(body=schemas.movimento_json(found))


@routes.route(f"{RAGIONERIA}{_MOVIMENTO}", methods=["PATCH"])
@routes.route(f"{RICONCILIAZIONE}{_MOVIMENTO}", methods=["PATCH"])
@routes.route(f"{BACKOFFICE}{_MOVIMENTO}", methods=["PATCH"])
@operation("updateMovimentoDiCassa", diritto=Diritto.SCRITTURA, backoffice=_RENDICONTAZIONI)
def patch_movimento(call: Call, id_dominio: str, id_movimento: str) -> Answer:
    call.is_about(id_dominio=id_dominio)
    body = parse_body(PatchMovimentoBody, call.json())
    which: dict[str, Any] = {"id_dominio": id_dominio, "id_movimento": id_movimento, "utenza": call.utenza}
    return Answer(body=schemas.movimento_json(_changed(body, which, call)))


def _changed(body: PatchMovimentoBody, which: dict[str, Any], call: Call) -> MovimentoCassa:
    given = [bool(body.conferma), body.idFlusso is not None, body.iuv is not None, bool(body.visto)]
    if sum(given) != 1:
        raise Sintassi([FieldError("conferma, idFlusso, iuv, visto", "indicarne uno e uno solo")])
    if body.conferma:
        return operations.conferma_movimento(**which, now=call.now)
    if body.visto:
        return operations.vedi_movimento(**which, nota=body.nota, now=call.now)
    riferito = Riferito(id_flusso=body.idFlusso, iuv=body.iuv)
    return operations.assegna_movimento(**which, riferito=riferito, now=call.now)
