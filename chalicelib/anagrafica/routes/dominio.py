"""What a dominio has: unità operative, conti di accredito, entrate, tipi pendenza (servizio Anagrafica Creditore)."""

from dataclasses import dataclass
from typing import Any, TypeVar

from chalice.app import Blueprint

from chalicelib.anagrafica import operations, repository, snapshot
from chalicelib.anagrafica.model import (
    ContoAccredito,
    Entrata,
    TipoEntrata,
    TipoPendenza,
    TipoPendenzaDominio,
    UnitaOperativa,
)
from chalicelib.anagrafica.routes.shared import (
    by_name,
    check_dettagli,
    containing,
    existing,
    listed,
    own_dominio,
    registered,
    stored,
    where,
)
from chalicelib.anagrafica.routes.tipi import TIPI, with_form
from chalicelib.anagrafica.schemas import ids
from chalicelib.anagrafica.schemas.catalogo import TipoPendenzaDominioBody, tipo_pendenza_dominio_json
from chalicelib.anagrafica.schemas.common import read
from chalicelib.anagrafica.schemas.domini import (
    ContoBody,
    EntrataBody,
    UnitaBody,
    conto_json,
    entrata_json,
    unita_json,
)
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import in_list, page_of, sorted_as_asked

T = TypeVar("T")
routes = Blueprint(__name__)
_CREDITORE = Servizio.ANAGRAFICA_CREDITORE
_DOMINIO = BACKOFFICE + "/domini/{id_dominio}"
_UNITA = _DOMINIO + "/unitaOperative"
_CONTI = _DOMINIO + "/contiAccredito"
_ENTRATE = _DOMINIO + "/entrate"
_TIPI = _DOMINIO + "/tipiPendenza"


@routes.route(_UNITA, methods=["GET"])
@operation("findUnitaOperative", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_unita_operative(call: Call, id_dominio: str) -> Answer:
    found = containing(call, _of(UnitaOperativa, call, id_dominio), "ragioneSociale", "ragione_sociale")
    keys = {"ragioneSociale": "ragione_sociale", "idUnita": "id_unita"}
    return listed(call, found, unita_json, keys, default="+ragioneSociale")


@routes.route(_UNITA + "/{id_unita}", methods=["GET"])
@operation("getUnitaOperativa", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_unita_operativa(call: Call, id_dominio: str, id_unita: str) -> Answer:
    own_dominio(call, id_dominio)
    found = stored(UnitaOperativa, id_dominio, id_unita, nome="L'unità operativa")
    return Answer(body=unita_json(found.value), versione=found.versione)


@routes.route(_UNITA + "/{id_unita}", methods=["PUT"])
@operation("addUnitaOperativa", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_unita_operativa(call: Call, id_dominio: str, id_unita: str) -> Answer:
    _may_write(call, id_dominio)
    body = read(UnitaBody, call.json, {"idUnitaOperativa": (id_unita, ids.codice)})
    return registered(operations.put_unita(unita=body.to_model(id_dominio, id_unita), se=call.precondition()))


@routes.route(_CONTI, methods=["GET"])
@operation("findContiAccredito", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_conti_accredito(call: Call, id_dominio: str) -> Answer:
    found = containing(call, _of(ContoAccredito, call, id_dominio), "iban", "iban")
    keys = dict.fromkeys(("ibanAccredito", "iban", "contoAccredito"), "iban")
    return listed(call, found, conto_json, keys, default="+ibanAccredito")


@routes.route(_CONTI + "/{iban}", methods=["GET"])
@operation("getContiAccredito", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_conti_accredito(call: Call, id_dominio: str, iban: str) -> Answer:
    own_dominio(call, id_dominio)
    found = stored(ContoAccredito, id_dominio, iban, nome="Il conto")
    return Answer(body=conto_json(found.value), versione=found.versione)


@routes.route(_CONTI + "/{iban}", methods=["PUT"])
@operation("addContiAccredito", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_conti_accredito(call: Call, id_dominio: str, iban: str) -> Answer:
    _may_write(call, id_dominio)
    body = read(ContoBody, call.json, {"ibanAccredito": (iban, ids.iban)})
    return registered(operations.put_conto(conto=body.to_model(id_dominio, iban), se=call.precondition()))


@dataclass(frozen=True, slots=True)
class _EntrataConTipo:
    entrata: Entrata
    tipo: TipoEntrata

    @property
    def abilitato(self) -> bool:
        return self.entrata.abilitato

    @property
    def descrizione(self) -> str:
        return self.tipo.descrizione

    @property
    def id_entrata(self) -> str:
        return self.tipo.id_entrata

    def json(self) -> dict[str, Any]:
        return entrata_json(self.entrata, self.tipo)


@routes.route(_ENTRATE, methods=["GET"])
@operation("findEntrateDominio", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_entrate_dominio(call: Call, id_dominio: str) -> Answer:
    catalogo = _catalogo(TipoEntrata, "id_entrata")
    entrate = [_EntrataConTipo(e, catalogo[e.id_entrata]) for e in _of(Entrata, call, id_dominio)]
    found = containing(call, entrate, "descrizione", "descrizione")
    keys = {"idEntrata": "id_entrata", "descrizione": "descrizione"}
    return listed(call, found, _EntrataConTipo.json, keys, default="+idEntrata")


@routes.route(_ENTRATE + "/{id_entrata}", methods=["GET"])
@operation("getEntrataDominio", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_entrata_dominio(call: Call, id_dominio: str, id_entrata: str) -> Answer:
    own_dominio(call, id_dominio)
    found = stored(Entrata, id_dominio, id_entrata, nome="L'entrata")
    tipo = existing(TipoEntrata, id_entrata, nome="Il tipo entrata")
    return Answer(body=entrata_json(found.value, tipo), versione=found.versione)


@routes.route(_ENTRATE + "/{id_entrata}", methods=["PUT"])
@operation("addEntrataDominio", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_entrata_dominio(call: Call, id_dominio: str, id_entrata: str) -> Answer:
    _may_write(call, id_dominio)
    body = read(EntrataBody, call.json, {"idEntrata": (id_entrata, ids.codice_puntato)})
    return registered(operations.put_entrata(entrata=body.to_model(id_dominio, id_entrata), se=call.precondition()))


@dataclass(frozen=True, slots=True)
class _TipoConValori:
    valori: TipoPendenzaDominio
    tipo: TipoPendenza

    @property
    def effettivo(self) -> snapshot.TipoEffettivo:
        return snapshot.tipo_effettivo(self.valori, self.tipo)

    def json(self) -> dict[str, Any]:
        return tipo_pendenza_dominio_json(self.valori, self.tipo)


@routes.route(_TIPI, methods=["GET"])
@operation("findTipiPendenzaDominio", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def find_tipi_pendenza_dominio(call: Call, id_dominio: str) -> Answer:
    catalogo = _catalogo(TipoPendenza, "id_tipo_pendenza")
    pairs = [_TipoConValori(v, catalogo[v.id_tipo_pendenza]) for v in _of(TipoPendenzaDominio, call, id_dominio)]
    by_id = {pair.tipo.id_tipo_pendenza: pair for pair in pairs}
    found = where(call, [pair.effettivo for pair in pairs], "abilitato")
    found = with_form(call, containing(call, found, "descrizione", "descrizione"))
    tipo = in_list(call, "tipo", TIPI)
    found = [t for t in found if tipo in {None, t.tipo}]
    if call.flag("associati", default=False) and not call.utenza.autodeterminazione:
        found = [t for t in found if t.id_tipo_pendenza in call.utenza.tipi_pendenza]
    keys = {"descrizione": by_name("descrizione"), "idTipoPendenza": by_name("id_tipo_pendenza")}
    ordered = sorted_as_asked(call, found, keys, default="+descrizione")
    return Answer(body=page_of(call, ordered, lambda t: by_id[t.id_tipo_pendenza].json()))


@routes.route(_TIPI + "/{id_tipo_pendenza}", methods=["GET"])
@operation("getTipoPendenzaDominio", diritto=Diritto.LETTURA, backoffice=_CREDITORE)
def get_tipo_pendenza_dominio(call: Call, id_dominio: str, id_tipo_pendenza: str) -> Answer:
    own_dominio(call, id_dominio)
    found = stored(TipoPendenzaDominio, id_dominio, id_tipo_pendenza, nome="Il tipo pendenza")
    tipo = existing(TipoPendenza, id_tipo_pendenza, nome="Il tipo pendenza")
    return Answer(body=tipo_pendenza_dominio_json(found.value, tipo), versione=found.versione)


@routes.route(_TIPI + "/{id_tipo_pendenza}", methods=["PUT"])
@operation("addTipoPendenzaDominio", diritto=Diritto.SCRITTURA, backoffice=_CREDITORE)
def add_tipo_pendenza_dominio(call: Call, id_dominio: str, id_tipo_pendenza: str) -> Answer:
    _may_write(call, id_dominio)
    body = read(TipoPendenzaDominioBody, call.json, {"idTipoPendenza": (id_tipo_pendenza, ids.codice_puntato)})
    check_dettagli(id_tipo_pendenza, body.dettagli)
    return registered(
        operations.put_tipo_pendenza_dominio(tipo=body.to_model(id_dominio, id_tipo_pendenza), se=call.precondition())
    )


def _may_write(call: Call, id_dominio: str) -> None:
    call.is_about(id_dominio=id_dominio)
    call.utenza.require_dominio(id_dominio)


def _of(shape: type[T], call: Call, id_dominio: str) -> list[T]:
    own_dominio(call, id_dominio)
    things = repository.partition(repository.partition_of(id_dominio))
    return [thing for thing in things if isinstance(thing, shape)]


def _catalogo(shape: type[T], key: str) -> dict[str, T]:
    things = repository.partition(repository.CATALOGO)
    return {getattr(thing, key): thing for thing in things if isinstance(thing, shape)}
