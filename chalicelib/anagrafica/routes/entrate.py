"""The catalogue of entrate (backoffice; servizio Anagrafica Creditore)."""

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import TipoEntrata
from chalicelib.anagrafica.routes.shared import by_name, registered, stored
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.catalogo import TipoEntrataBody, tipo_entrata_json
from chalicelib.anagrafica.schemas.common import read
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

routes = Blueprint(__name__)
_CREDITORE = Servizio.ANAGRAFICA_CREDITORE
_ENTRATA = BACKOFFICE + "/entrate/{id_entrata}"


@routes.route(BACKOFFICE + "/entrate", methods=["GET"])
@operation("findEntrate", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_entrate(call: Call) -> Answer:
    things = [thing for thing in repository.partition(repository.CATALOGO) if isinstance(thing, TipoEntrata)]
    keys = {"idEntrata": by_name("id_entrata"), "descrizione": by_name("descrizione")}
    return Answer(body=page_of(call, sorted_as_asked(call, things, keys, default="+idEntrata"), tipo_entrata_json))


@routes.route(_ENTRATA, methods=["GET"])
@operation("getEntrata", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_entrata(_call: Call, id_entrata: str) -> Answer:
    found = stored(TipoEntrata, id_entrata, nome="L'entrata")
    return Answer(body=tipo_entrata_json(found.value), versione=found.versione)


@routes.route(_ENTRATA, methods=["PUT"])
@operation("addEntrata", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_entrata(call: Call, id_entrata: str) -> Answer:
    body = read(TipoEntrataBody, call.json, {"idEntrata": (id_entrata, ids.codice_puntato)})
    return registered(operations.put_tipo_entrata(tipo_entrata=body.to_model(id_entrata), se=call.precondition()))
