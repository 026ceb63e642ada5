"""Operatori and ruoli (backoffice; servizio Anagrafica Ruoli)."""

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import Operatore, RuoloUtenza
from chalicelib.anagrafica.repository import Stored
from chalicelib.anagrafica.routes.resolved import resolved
from chalicelib.anagrafica.routes.shared import (
    by_name,
    non_censito,
    registered,
    seen_utenza,
    seen_utenze,
    stored,
    where,
)
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.common import read
from chalicelib.anagrafica.schemas.patch import change_of_abilitazioni, change_of_acl
from chalicelib.anagrafica.schemas.utenze import (
    OperatoreBody,
    RuoloBody,
    operatore_index_json,
    operatore_json,
    ruolo_index_json,
    ruolo_json,
)
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

routes = Blueprint(__name__)
_RUOLI = Servizio.ANAGRAFICA_RUOLI
_OPERATORE = BACKOFFICE + "/operatori/{principal}"
_RUOLO = BACKOFFICE + "/ruoli/{id_ruolo}"


@routes.route(BACKOFFICE + "/operatori", methods=["GET"])
@operation("findOperatori", diritto=Diritto.LETTURA, backoffice=_RUOLI)
def find_operatori(call: Call) -> Answer:
    found = where(call, seen_utenze(call, Operatore, repository.OPERATORI), "abilitato")
    keys = {"ragioneSociale": by_name("ragione_sociale"), "principal": by_name("principal")}
    return Answer(
        body=page_of(call, sorted_as_asked(call, found, keys, default="+ragioneSociale"), operatore_index_json)
    )


@routes.route(_OPERATORE, methods=["GET"])
@operation("getOperatore", diritto=Diritto.LETTURA, backoffice=_RUOLI)
def get_operatore(call: Call, principal: str) -> Answer:
    return _operatore(call, seen_utenza(call, Operatore, principal, nome="L'operatore"))


@routes.route(_OPERATORE, methods=["PUT"])
@operation("addOperatore", diritto=Diritto.SCRITTURA, backoffice=_RUOLI)
def add_operatore(call: Call, principal: str) -> Answer:
    body = read(OperatoreBody, call.json, {"principal": (principal, ids.principal)})
    return registered(
        operations.put_operatore(operatore=body.to_model(principal), se=call.precondition(), da=call.utenza)
    )


@routes.route(_OPERATORE, methods=["PATCH"])
@operation("updateOperatore", diritto=Diritto.SCRITTURA, backoffice=_RUOLI)
def update_operatore(call: Call, principal: str) -> Answer:
    change = change_of_abilitazioni(call.json())
    after = operations.patch_operatore(principal=principal, change=change, se=call.precondition(), da=call.utenza)
    if after is None:
        raise non_censito("L'operatore", principal)
    return _operatore(call, after)


def _operatore(call: Call, found: Stored[Operatore]) -> Answer:
    body = operatore_json(found.value, resolved(found.value.abilitazioni, call.utenza))
    return Answer(body=body, versione=found.versione)


@routes.route(BACKOFFICE + "/ruoli", methods=["GET"])
@operation("findRuoli", diritto=Diritto.LETTURA, backoffice=_RUOLI)
def find_ruoli(call: Call) -> Answer:
    things: list[RuoloUtenza] = repository.partition(repository.RUOLI)
    found = sorted_as_asked(call, things, {"id": by_name("id_ruolo")}, default="+id")
    return Answer(body=page_of(call, found, ruolo_index_json))


@routes.route(_RUOLO, methods=["GET"])
@operation("getRuolo", diritto=Diritto.LETTURA, backoffice=_RUOLI)
def get_ruolo(_call: Call, id_ruolo: str) -> Answer:
    found = stored(RuoloUtenza, id_ruolo, nome="Il ruolo")
    return Answer(body=ruolo_json(found.value), versione=found.versione)


@routes.route(_RUOLO, methods=["PUT"])
@operation("addRuolo", diritto=Diritto.SCRITTURA, backoffice=_RUOLI)
def add_ruolo(call: Call, id_ruolo: str) -> Answer:
    body = read(RuoloBody, call.json, {"idRuolo": (id_ruolo, ids.ruolo)})
    return registered(operations.put_ruolo(ruolo=body.to_model(id_ruolo), se=call.precondition(), da=call.utenza))


@routes.route(_RUOLO, methods=["PATCH"])
@operation("updateRuolo", diritto=Diritto.SCRITTURA, backoffice=_RUOLI)
def update_ruolo(call: Call, id_ruolo: str) -> Answer:
    change = change_of_acl(call.json())
    after = operations.patch_ruolo(id_ruolo=id_ruolo, change=change, se=call.precondition(), da=call.utenza)
    if after is None:
        raise non_censito("Il ruolo", id_ruolo)
    return Answer(body=ruolo_json(after.value), versione=after.versione)
