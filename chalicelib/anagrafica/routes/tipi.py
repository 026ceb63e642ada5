"""The catalogue of tipi pendenza (backoffice; servizio Anagrafica Creditore)."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository
from chalicelib.anagrafica.model import TipoPendenza, TipoPendenzaDominio
from chalicelib.anagrafica.routes.shared import (
    by_name,
    check_dettagli,
    containing,
    optional_flag,
    own_dominio,
    registered,
    stored,
    where,
)
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.catalogo import TipoPendenzaBody, tipo_pendenza_json
from chalicelib.anagrafica.schemas.common import read
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import in_list, page_of, sorted_as_asked

routes = Blueprint(__name__)
TIPI = ("spontaneo", "dovuto")
_CREDITORE = Servizio.ANAGRAFICA_CREDITORE
_TIPO = BACKOFFICE + "/tipiPendenza/{id_tipo_pendenza}"
_ORDER = {
    "idTipoPendenza": by_name("id_tipo_pendenza"),
    "idEntrata": by_name("id_tipo_pendenza"),  # so the contract calls it
    "descrizione": by_name("descrizione"),
}


class _HasDettagli(Protocol):
    @property
    def dettagli(self) -> Mapping[str, Any] | None: ...


D = TypeVar("D", bound=_HasDettagli)


@routes.route(BACKOFFICE + "/tipiPendenza", methods=["GET"])
@operation("findTipiPendenza", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_tipi_pendenza(call: Call) -> Answer:
    things = [thing for thing in repository.partition(repository.CATALOGO) if isinstance(thing, TipoPendenza)]
    found = with_form(call, where(call, things, "abilitato"))
    for name, attribute in (("descrizione", "descrizione"), ("idTipoPendenza", "id_tipo_pendenza")):
        found = containing(call, found, name, attribute)
    tipo, excluded = in_list(call, "tipo", TIPI), _already_of(call)
    found = [t for t in found if tipo in {None, t.tipo} and t.id_tipo_pendenza not in excluded]
    if call.flag("associati", default=False) and not call.utenza.autodeterminazione:
        found = [t for t in found if t.id_tipo_pendenza in call.utenza.tipi_pendenza]
    return Answer(body=page_of(call, sorted_as_asked(call, found, _ORDER, default="+idEntrata"), tipo_pendenza_json))


@routes.route(_TIPO, methods=["GET"])
@operation("getTipoPendenza", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_tipo_pendenza(_call: Call, id_tipo_pendenza: str) -> Answer:
    found = stored(TipoPendenza, id_tipo_pendenza, nome="Il tipo pendenza")
    return Answer(body=tipo_pendenza_json(found.value), versione=found.versione)


@routes.route(_TIPO, methods=["PUT"])
@operation("addTipoPendenza", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_tipo_pendenza(call: Call, id_tipo_pendenza: str) -> Answer:
    body = read(TipoPendenzaBody, call.json, {"idTipoPendenza": (id_tipo_pendenza, ids.codice_puntato)})
    check_dettagli(id_tipo_pendenza, body.dettagli)
    return registered(
        operations.put_tipo_pendenza(tipo_pendenza=body.to_model(id_tipo_pendenza), se=call.precondition())
    )


def with_form(call: Call, tipi: Iterable[D]) -> list[D]:
    """Keep the tipi with (or without) a form and a trasformazione, as `form` and `trasformazione` ask."""
    found = list(tipi)
    for name in ("form", "trasformazione"):
        wanted = optional_flag(call, name)
        found = [tipo for tipo in found if wanted is None or _has(tipo.dettagli or {}, name) is wanted]
    return found


def _has(dettagli: Mapping[str, Any], name: str) -> bool:
    portali = (dettagli, dettagli.get("portaleBackoffice") or {}, dettagli.get("portalePagamento") or {})
    return any(portale.get(name) for portale in portali)


def _already_of(call: Call) -> frozenset[str]:
    """Give the tipi that the dominio named by `nonAssociati` has already."""
    id_dominio = call.text("nonAssociati")
    if id_dominio is None:
        return frozenset()
    own_dominio(call, id_dominio)
    things = repository.partition(repository.partition_of(id_dominio))
    return frozenset(thing.id_tipo_pendenza for thing in things if isinstance(thing, TipoPendenzaDominio))
