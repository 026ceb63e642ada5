"""REST: /pendenze/tracciati, on API Backoffice (GovPay 3.1 API 1.12 and 4.12)."""

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint

from chalicelib.aws import documents
from chalicelib.kernel.refusals import Invalid
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest import json_text, multipart
from chalicelib.rest.operation import BACKOFFICE, JSON, Answer, Call, attachment, operation
from chalicelib.rest.paging import envelope, in_list, page_request
from chalicelib.tracciati import archivio, queries
from chalicelib.tracciati.model import Formato, Tracciato
from chalicelib.tracciati.operations.ricezione import upload
from chalicelib.tracciati.queries import EsitoNonPronto, Filtri
from chalicelib.tracciati.schemas.righe import operazione_json
from chalicelib.tracciati.schemas.tracciati import (
    head_json,
    is_json,
    tracciato_31_json,
    tracciato_from_json,
    tracciato_json,
)
from chalicelib.tracciati.states import StatoTracciato

routes = Blueprint(__name__)
_TRACCIATI = f"{BACKOFFICE}/pendenze/tracciati"
_TRACCIATO = f"{_TRACCIATI}/{{primo}}"
# As 3.1 called them before, and still serves them.
_TRACCIATI_31 = f"{BACKOFFICE}/tracciati"
_TRACCIATO_31 = f"{_TRACCIATI_31}/{{primo}}"
_CREATED, _SEE_OTHER = 201, 303
_CSV, _OCTETS = "text/csv", "application/octet-stream"
# A Lambda answers 6 MB at most, in Base64.
MAX_ANSWER = 4_000_000
MAX_CONTENUTO = 1_000_000
# Text that is JSON already: written once, sent as it is.
_JSON_TEXT = f"{JSON}; charset=utf-8"


class FormatoNonAmmesso(Invalid):
    codice = "415"
    status = 415


@routes.route(_TRACCIATI, methods=["POST"], content_types=["*/*"])
@operation("addTracciatoPendenze", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def add_json(call: Call) -> Answer:
    """Take a tracciato in JSON, as the body or as the file of a form."""
    nome, content = _content(call, JSON, default="")
    head = tracciato_from_json(json_text.read(content))
    call.is_about(id_dominio=head.id_dominio)
    return _added(
        call,
        nome=nome or f"{head.id_tracciato}.json",
        content=content,
        formato=Formato.JSON,
        id_dominio=head.id_dominio,
        id_tracciato=head.id_tracciato,
    )


@routes.route(_TRACCIATO, methods=["POST"], content_types=["*/*"])
@operation("addTracciatoPendenzeDominio", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def add_csv(call: Call, primo: str) -> Answer:
    """Take a CSV of a dominio."""
    return _add_csv(call, primo, None)


@routes.route(f"{_TRACCIATO}/{{secondo}}", methods=["POST"], content_types=["*/*"])
@operation("addTracciatoPendenzeDominioTipoPendenza", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def add_csv_of_tipo(call: Call, primo: str, secondo: str) -> Answer:
    """Take a CSV of a dominio in the layout of a tipo pendenza."""
    return _add_csv(call, primo, secondo)


def _add_csv(call: Call, id_dominio: str, id_tipo_pendenza: str | None) -> Answer:
    call.is_about(id_dominio=id_dominio)
    # What the path names is checked before anything is read.
    call.utenza.require_dominio(id_dominio)
    if id_tipo_pendenza is not None:
        call.utenza.require_tipo_pendenza(id_tipo_pendenza)
    nome, content = _content(call, _CSV, default="tracciato.csv")
    return _added(
        call,
        nome=nome,
        content=content,
        formato=Formato.CSV,
        id_dominio=id_dominio,
        id_tipo_pendenza=id_tipo_pendenza,
    )


def _content(call: Call, wanted: str, *, default: str) -> tuple[str, bytes]:
    """Give name and bytes of the file: the body, or the file of a form.

    :raises FormatoNonAmmesso: for another Content-Type
    """
    content_type = call.headers.get("content-type", "")
    if multipart.is_multipart(content_type):
        return multipart.read_file(call.raw_body, content_type)
    if content_type.partition(";")[0].strip().lower() != wanted:
        raise FormatoNonAmmesso(f"Il Content-Type non è fra quelli ammessi: inviare {wanted} o multipart/form-data.")
    return call.text("nomeFile") or default, call.raw_body


def _added(call: Call, **what: Any) -> Answer:
    """Register it. `stampaAvvisi` is of 3.9: who names it knows the state that goes with it."""
    stampa = call.flag("stampaAvvisi", default=True)
    asked = stampa and call.text("stampaAvvisi") is not None
    tracciato = upload(utenza=call.utenza, now=call.now, stampa=stampa, stampa_chiesta=asked, **what)
    return Answer(body=tracciato_json(tracciato), status=_CREATED)


@routes.route(_TRACCIATI, methods=["GET"])
@operation("findTracciatiPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def find_tracciati(call: Call) -> Answer:
    return _found(call, tracciato_json)


@routes.route(_TRACCIATI_31, methods=["GET"])
@operation("findTracciati", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def find_tracciati_31(call: Call) -> Answer:
    """List the same tracciati in their older form."""
    return _found(call, tracciato_31_json)


def _found(call: Call, shape: Callable[[Tracciato], dict[str, Any]]) -> Answer:
    request = page_request(call)
    stato = in_list(call, "statoTracciatoPendenza", tuple(StatoTracciato))
    filtri = Filtri(id_dominio=call.text("idDominio"), stato=None if stato is None else StatoTracciato(stato))
    page = queries.find(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    has_next = page.cursor is not None
    total = request.total_told_by(len(page.items), has_next=has_next)
    if request.wants_totals and total is None:
        total = queries.count_all(utenza=call.utenza, filtri=filtri, now=call.now)
    items = [shape(one) for one in page.items]
    return Answer(body=envelope(call, request, items, has_next=has_next, cursor=page.cursor, total=total))


@routes.route(_TRACCIATO_31, methods=["GET"])
@operation("getTracciato", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_tracciato_31(call: Call, primo: str) -> Answer:
    """Give a tracciato in its older form."""
    return Answer(body=tracciato_31_json(queries.tracciato(id_tracciato=primo, utenza=call.utenza)))


@routes.route(_TRACCIATO, methods=["GET"])
@operation("getTracciatoPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_tracciato(call: Call, primo: str) -> Answer:
    """Give a tracciato; `contenuto` holds its rows where it is a JSON that is not too long, else only what it is."""
    found = queries.tracciato(id_tracciato=primo, utenza=call.utenza)
    return Answer(body={**tracciato_json(found), "contenuto": _contenuto(found)})


def _contenuto(found: Tracciato) -> Any:
    if not is_json(found) or found.stato is StatoTracciato.SCARTATO:
        return head_json(found)
    _, content = documents.get_within(archivio.BUCKET, found.originale, most=MAX_CONTENUTO) or (0, None)
    return head_json(found) if content is None else json_text.read(content)


@routes.route(f"{_TRACCIATO}/operazioni", methods=["GET"])
@operation("findOperazioniTracciatoPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def find_operazioni(call: Call, primo: str) -> Answer:
    """Give the rows in the order of the file; those that have no outcome yet are left out of their page."""
    request = page_request(call)
    found = queries.tracciato(id_tracciato=primo, utenza=call.utenza)
    page = queries.operazioni(found, page=request.pagina, size=request.per_pagina)
    items = [operazione_json(one.esito, one.richiesta) for one in page]
    has_next = request.pagina * request.per_pagina < found.righe
    return Answer(body=envelope(call, request, items, has_next=has_next, total=found.righe, cap=found.righe))


@routes.route(f"{_TRACCIATO}/richiesta", methods=["GET"])
@routes.route(f"{_TRACCIATO_31}/richiesta", methods=["GET"])
@operation("getRichiestaTracciatoPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_richiesta(call: Call, primo: str) -> Answer:
    """Give the file as it came."""
    found = queries.tracciato(id_tracciato=primo, utenza=call.utenza)
    return _file(found.originale, found.nome, archivio.CONTENT_TYPES[found.formato])


@routes.route(f"{_TRACCIATO}/esito", methods=["GET"])
@routes.route(f"{_TRACCIATO_31}/risposta", methods=["GET"])
@operation("getEsitoTracciatoPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_esito(call: Call, primo: str) -> Answer:
    """Give what became of the rows: as JSON for a JSON, for a CSV as CSV unless only JSON is accepted."""
    found = queries.tracciato(id_tracciato=primo, utenza=call.utenza)
    queries.require_concluso(found)
    accept = call.headers.get("accept", "").lower()
    only_json = "json" in accept and "csv" not in accept and "*/*" not in accept
    if is_json(found) or only_json:
        name = found.nome if is_json(found) else f"{found.nome}.json"
        return _file(archivio.esito_key(found, archivio.JSON), f"esito_{name}", JSON)
    return _file(archivio.esito_key(found, archivio.CSV), f"esito_{found.nome}", _CSV)


@routes.route(f"{_TRACCIATO}/stampe", methods=["GET"])
@operation("getStampeTracciatoPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_stampe(call: Call, primo: str) -> Answer:
    """Give the zip of the notices; one with a text inside where there are none."""
    found = queries.tracciato(id_tracciato=primo, utenza=call.utenza)
    queries.require_concluso(found)
    name = f"{found.nome.rpartition('.')[0] or found.nome}.zip"
    if not (found.stampa and found.avvisi):
        from chalicelib.tracciati.operations.stampa import empty_zip

        return attachment(empty_zip(), content_type=_OCTETS, file_name=name)
    return _file(archivio.esito_key(found, archivio.AVVISI), name, _OCTETS)


def _file(chiave: str, nome: str, content_type: str) -> Answer:
    """Give a file of the bucket, or, where it is longer than an answer may be, send the caller there."""
    found = documents.get_within(archivio.BUCKET, chiave, most=MAX_ANSWER)
    if found is None:
        raise EsitoNonPronto("Il file non è più nel bucket: ricaricare il tracciato.")
    _, content = found
    if content is None:
        url = documents.presigned_url(archivio.BUCKET, chiave, file_name=nome)
        return Answer(status=_SEE_OTHER, headers={"Location": url})
    if content_type != JSON:
        return attachment(content, content_type=content_type, file_name=nome)
    headers = {"Content-Disposition": f'attachment; filename="{nome}"'}
    return Answer(body=content.decode("utf-8-sig"), content_type=_JSON_TEXT, headers=headers)
