"""REST: /ricevute, on API Backoffice: a ricevuta that an operator has in a file."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.refusals import Invalid
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.nodo import caricate
from chalicelib.pagamenti import schemas
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.schemas import answers
from chalicelib.rest import multipart
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation

routes = Blueprint(__name__)
_CREATED, _ACCEPTED = 201, 202
_XML = frozenset({"text/xml", "application/xml"})


class RicevutaNonXml(Invalid):
    codice = "415"
    status = 415


@routes.route(f"{BACKOFFICE}/ricevute", methods=["POST"], content_types=["*/*"])
@operation("addRicevuta", diritto=Diritto.SCRITTURA, backoffice=Servizio.PAGAMENTI)
def add_ricevuta(call: Call) -> Answer:
    """Acquire a ricevuta from XML, the body or the file of a form; 202 where there is no attempt of ours to show."""
    esito = caricate.load(_content(call), utenza=call.utenza, id_transazione=call.id_transazione, now=call.now)
    ricevuta, rpp = esito.ricevuta, esito.rpp
    call.is_about(id_dominio=ricevuta.id_dominio, iuv=ricevuta.iuv, ccp=ricevuta.ccp)
    if rpp is None:
        return Answer(status=_ACCEPTED)
    call.is_about(id_a2a=rpp.id_a2a, id_pendenza=rpp.id_pendenza)
    pendenza = _pendenza_json(esito.pendenza, call)
    body = schemas.rpp_json(rpp, ricevuta, api=call.api, pendenza=pendenza, riscossioni=esito.riscossioni)
    return Answer(body=body, status=_CREATED)


def _pendenza_json(pendenza: Pendenza | None, call: Call) -> dict[str, Any] | None:
    """Give what was paid, as 3.9 has it: whole, with its tipo; None where nothing of it changes."""
    ente = None if pendenza is None else anagrafica.dominio(pendenza.id_dominio)
    if pendenza is None or ente is None:
        return None
    shown = answers.pendenza_index_json(pendenza, call.api, ente, now=call.now)
    return {**shown, "tipo": shown["tipoPendenza"]["tipo"]}


def _content(call: Call) -> bytes:
    """Give the bytes of the file.

    :raises RicevutaNonXml: for another Content-Type
    """
    content_type = call.headers.get("content-type", "")
    if multipart.is_multipart(content_type):
        return multipart.read_file(call.raw_body, content_type)[1]
    if content_type.partition(";")[0].strip().lower() not in _XML:
        raise RicevutaNonXml("Il Content-Type non è fra quelli ammessi: inviare text/xml o multipart/form-data.")
    return call.raw_body
