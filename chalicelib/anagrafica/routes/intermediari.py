"""Intermediari and their stazioni (backoffice; servizio Anagrafica PagoPA)."""

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import Intermediario, Stazione
from chalicelib.anagrafica.routes.shared import NonCensito, by_name, existing, registered, stored, where
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.common import read
from chalicelib.anagrafica.schemas.pagopa import (
    IntermediarioBody,
    StazioneBody,
    intermediario_index_json,
    intermediario_json,
    stazione_index_json,
    stazione_json,
)
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

routes = Blueprint(__name__)
_PAGOPA = Servizio.ANAGRAFICA_PAGOPA
_INTERMEDIARIO = BACKOFFICE + "/intermediari/{id_intermediario}"
_STAZIONE = _INTERMEDIARIO + "/stazioni/{id_stazione}"
_ORDER = {"denominazione": by_name("denominazione"), "idIntermediario": by_name("id_intermediario")}


@routes.route(BACKOFFICE + "/intermediari", methods=["GET"])
@operation("findIntermediari", diritto=Diritto.LETTURA, backoffice=_PAGOPA)
def find_intermediari(call: Call) -> Answer:
    things = [thing for thing in repository.partition(repository.PAGOPA) if isinstance(thing, Intermediario)]
    found = sorted_as_asked(call, where(call, things, "abilitato"), _ORDER, default="+denominazione")
    return Answer(body=page_of(call, found, intermediario_index_json))


@routes.route(_INTERMEDIARIO, methods=["GET"])
@operation("getIntermediario", diritto=Diritto.LETTURA, backoffice=_PAGOPA)
def get_intermediario(_call: Call, id_intermediario: str) -> Answer:
    found = stored(Intermediario, id_intermediario, nome="L'intermediario")
    intermediario = found.value
    return Answer(body=intermediario_json(intermediario, _stazioni(id_intermediario)), versione=found.versione)


@routes.route(_INTERMEDIARIO, methods=["PUT"])
@operation("addIntermediario", diritto=Diritto.SCRITTURA, backoffice=_PAGOPA)
def add_intermediario(call: Call, id_intermediario: str) -> Answer:
    body = read(IntermediarioBody, call.json, {"idIntermediario": (id_intermediario, ids.undici_cifre)})
    return registered(
        operations.put_intermediario(intermediario=body.to_model(id_intermediario), se=call.precondition())
    )


@routes.route(_INTERMEDIARIO + "/stazioni", methods=["GET"])
@operation("findStazioni", diritto=Diritto.LETTURA, backoffice=_PAGOPA)
def find_stazioni(call: Call, id_intermediario: str) -> Answer:
    existing(Intermediario, id_intermediario, nome="L'intermediario")
    things = where(call, _stazioni(id_intermediario), "abilitato")
    found = sorted_as_asked(call, things, {"idStazione": by_name("id_stazione")}, default="+idStazione")
    return Answer(body=page_of(call, found, stazione_index_json))


@routes.route(_STAZIONE, methods=["GET"])
@operation("getStazione", diritto=Diritto.LETTURA, backoffice=_PAGOPA)
def get_stazione(call: Call, id_intermediario: str, id_stazione: str) -> Answer:
    found = stored(Stazione, id_stazione, nome="La stazione")
    stazione = found.value
    if stazione.id_intermediario != id_intermediario:
        raise NonCensito(f"La stazione {id_stazione} non è dell'intermediario {id_intermediario}.")
    domini = [d for d in repository.domini() if d.id_stazione == id_stazione and d.id_dominio in call.utenza.domini]
    return Answer(body=stazione_json(stazione, domini), versione=found.versione)


@routes.route(_STAZIONE, methods=["PUT"])
@operation("addStazione", diritto=Diritto.SCRITTURA, backoffice=_PAGOPA)
def add_stazione(call: Call, id_intermediario: str, id_stazione: str) -> Answer:
    path = {"idIntermediario": (id_intermediario, ids.undici_cifre), "idStazione": (id_stazione, ids.stazione)}
    body = read(StazioneBody, call.json, path)
    return registered(
        operations.put_stazione(stazione=body.to_model(id_intermediario, id_stazione), se=call.precondition())
    )


def _stazioni(id_intermediario: str) -> list[Stazione]:
    things = repository.partition(repository.PAGOPA)
    return [s for s in things if isinstance(s, Stazione) and s.id_intermediario == id_intermediario]
