"""Applicazioni (backoffice; servizio Anagrafica Applicazioni)."""

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import Applicazione
from chalicelib.anagrafica.routes.resolved import resolved
from chalicelib.anagrafica.routes.shared import NonCensito, by_name, containing, registered, stored, where
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
    things = [thing for thing in repository.partition(repository.APPLICAZIONI) if isinstance(thing, Applicazione)]
    found = where(call, things, "abilitato")
    for name, attribute in (("idA2A", "id_a2a"), ("principal", "principal")):
        found = containing(call, found, name, attribute)
    keys = {"idA2A": by_name("id_a2a"), "principal": by_name("principal")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+idA2A"), applicazione_index_json))


@routes.route(_APPLICAZIONE, methods=["GET"])
@operation("getApplicazione", diritto=Diritto.LETTURA, backoffice=_APPLICAZIONI)
def get_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    found = stored(Applicazione, id_a2a, nome="L'applicazione")
    applicazione = found.value
    return Answer(body=applicazione_json(applicazione, resolved(applicazione.abilitazioni)), versione=found.versione)


@routes.route(_APPLICAZIONE, methods=["PUT"])
@operation("addApplicazione", diritto=Diritto.SCRITTURA, backoffice=_APPLICAZIONI)
def add_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    body = read(ApplicazioneBody, call.json, {"idA2A": (id_a2a, ids.codice)})
    return registered(operations.put_applicazione(applicazione=body.to_model(id_a2a), se=call.precondition()))


@routes.route(_APPLICAZIONE, methods=["PATCH"])
@operation("updateApplicazione", diritto=Diritto.SCRITTURA, backoffice=_APPLICAZIONI)
def update_applicazione(call: Call, id_a2a: str) -> Answer:
    call.is_about(id_a2a=id_a2a)
    change = change_of_abilitazioni(call.json())
    after = operations.patch_applicazione(id_a2a=id_a2a, change=change, se=call.precondition())
    if after is None:
        raise NonCensito(f"L'applicazione {id_a2a} non è censita.")
    return Answer(body=applicazione_json(after, resolved(after.abilitazioni)))
