"""Domini and their logo (backoffice; servizio Anagrafica Creditore). What a dominio has is in dominio_*.py."""

from typing import Any, TypeVar

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, queries, repository
from chalicelib.anagrafica.model import (
    ContoAccredito,
    Dominio,
    Entrata,
    TipoEntrata,
    TipoPendenza,
    TipoPendenzaDominio,
    UnitaOperativa,
)
from chalicelib.anagrafica.routes.shared import (
    NonCensito,
    by_name,
    containing,
    own_dominio,
    registered,
    require_of,
    stored,
    where,
)
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.catalogo import tipo_pendenza_dominio_json
from chalicelib.anagrafica.schemas.common import read
from chalicelib.anagrafica.schemas.domini import (
    DominioBody,
    conto_json,
    dominio_index_json,
    dominio_json,
    entrata_json,
    is_logo_link,
    unita_json,
)
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, PENDENZE, RAGIONERIA, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

T = TypeVar("T")
routes = Blueprint(__name__)
_CREDITORE = Servizio.ANAGRAFICA_CREDITORE
_DOMINIO = "/domini/{id_dominio}"
_ORDER = {"ragioneSociale": by_name("ragione_sociale"), "idDominio": by_name("id_dominio")}


@routes.route(BACKOFFICE + "/domini", methods=["GET"])
@operation("findDomini", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_domini(call: Call) -> Answer:
    # `associati` asks for the caller's own, and nobody sees others.
    found = [dominio for dominio in repository.domini() if dominio.id_dominio in call.utenza.domini]
    for name in ("abilitato", "intermediato"):
        found = where(call, found, name)
    found = containing(call, found, "ragioneSociale", "ragione_sociale")
    stazione, id_dominio = call.text("idStazione"), call.text("idDominio")
    found = [d for d in found if stazione in {None, d.id_stazione} and id_dominio in {None, d.id_dominio}]
    return Answer(
        body=page_of(call, sorted_as_asked(call, found, _ORDER, default="+ragioneSociale"), dominio_index_json)
    )


@routes.route(BACKOFFICE + _DOMINIO, methods=["GET"])
@operation("getDominio", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_dominio(call: Call, id_dominio: str) -> Answer:
    require_of(call, id_dominio)
    found = stored(Dominio, id_dominio, nome="Il dominio")
    whole = _whole(found.value, repository.partition(repository.partition_of(id_dominio)))
    return Answer(body=whole, versione=found.versione)


@routes.route(BACKOFFICE + _DOMINIO, methods=["PUT"])
@operation("addDominio", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_dominio(call: Call, id_dominio: str) -> Answer:
    call.is_about(id_dominio=id_dominio)
    call.utenza.require_dominio(id_dominio)
    body = read(DominioBody, call.json, {"idDominio": (id_dominio, ids.undici_cifre)})
    created = operations.put_dominio(
        dominio=body.to_model(id_dominio), keep_logo=is_logo_link(body.logo), se=call.precondition()
    )
    return registered(created)


@routes.route(BACKOFFICE + _DOMINIO + "/logo", methods=["GET"])
@routes.route(PAGAMENTO + _DOMINIO + "/logo", methods=["GET"])
@routes.route(PENDENZE + _DOMINIO + "/logo", methods=["GET"])
@routes.route(RAGIONERIA + _DOMINIO + "/logo", methods=["GET"])
@operation("getLogo", diritto=Diritto.LETTURA, backoffice=_CREDITORE, cittadino=True)
def get_logo(call: Call, id_dominio: str) -> Answer:
    own_dominio(call, id_dominio)
    logo = queries.logo(id_dominio)
    if logo is None:
        raise NonCensito(f"Il dominio {id_dominio} non ha un logo.")
    return Answer(body=logo.content, content_type=logo.content_type)


def _whole(dominio: Dominio, things: list[Any]) -> dict[str, Any]:
    catalogo = repository.partition(repository.CATALOGO)
    entrate = {tipo.id_entrata: tipo for tipo in _of(TipoEntrata, catalogo)}
    tipi = {tipo.id_tipo_pendenza: tipo for tipo in _of(TipoPendenza, catalogo)}
    return {
        **dominio_json(dominio),
        "unitaOperative": [unita_json(unita) for unita in _of(UnitaOperativa, things)],
        "contiAccredito": [conto_json(conto) for conto in _of(ContoAccredito, things)],
        "entrate": [entrata_json(entrata, entrate[entrata.id_entrata]) for entrata in _of(Entrata, things)],
        "tipiPendenza": [
            tipo_pendenza_dominio_json(valori, tipi[valori.id_tipo_pendenza])
            for valori in _of(TipoPendenzaDominio, things)
        ],
    }


def _of(shape: type[T], things: list[Any]) -> list[T]:
    return [thing for thing in things if isinstance(thing, shape)]
