"""Applicazioni (backoffice; servizio Anagrafica Applicazioni)."""

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import Applicazione
from chalicelib.anagrafica.repository import Stored
from chalicelib.anagrafica.routes.resolved import resolved
from chalicelib.anagrafica.routes.shared import (
    by_name,
    containing,
    non_censito,
    registered,
    seen_utenza,
    seen_utenze,
    where,
)
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.common import read
from chalicelib.anagrafica.schemas.patch import change_of_abilitazioni
from chalicelib.anagrafica.schemas.utenze import ApplicazioneBody, applicazione_index_json, applicazione_json
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

routes = Blueprint(__name__)
_APPLICAZIONI = Servizio.ANAGRAFICA_APPLICAZIONI
_APPLICAZIONE = BACKOFFICE + "/applicazioni/{id_a2a}"


@routes.route(BACKOFFICE + "/applicazioni", methods=["GET"])
@operation("findApplicazioni", diritto=Diritto.LETTURA, backoffice=_APPLICAZIONI)
def find_applicazioni(call: Call) -> Answer:
    found = where(call, seen_utenze(call, Applicazione, repository.APPLICAZIONI), "abilitato")
    for name, attribute in (("idA2A", "id_a2a"), ("principal", "principal")):
        found = containing(call, found, name, attribute)
    keys = {"idA2A": by_name("id_a2a"), "principal": by_name("principal")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+idA2A"), applicazione_index_json))


@routes.route(_APPLICAZIONE, methods=["GET"])
@operation("getApplicazione", diritto=Diritto.LETTURA, backoffice=_APPLICAZIONI)
def get_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    return _applicazione(call, seen_utenza(call, Applicazione, id_a2a, nome="L'applicazione"))


@routes.route(_APPLICAZIONE, methods=["PUT"])
@operation("addApplicazione", diritto=Diritto.SCRITTURA, backoffice=_APPLICAZIONI)
def add_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    body = read(ApplicazioneBody, call.json, {"idA2A": (id_a2a, ids.codice)})
    applicazione = body.to_model(id_a2a)
    return registered(
        operations.put_applicazione(
            applicazione=applicazione,
            se=call.precondition(),
            da=call.utenza,
            password=body.password,
            now=call.now,
        )
    )


@routes.route(_APPLICAZIONE, methods=["PATCH"])
@operation("updateApplicazione", diritto=Diritto.SCRITTURA, backoffice=_APPLICAZIONI)
def update_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    change = change_of_abilitazioni(call.json())
    after = operations.patch_applicazione(id_a2a=id_a2a, change=change, se=call.precondition(), da=call.utenza)
    if after is None:
        raise non_censito("L'applicazione", id_a2a)
    return _applicazione(call, after)


def _applicazione(call: Call, found: Stored[Applicazione]) -> Answer:
    body = applicazione_json(found.value, resolved(found.value.abilitazioni, call.utenza))
    return Answer(body=body, versione=found.versione)
