"""What a portal may read of the enti it collects for: domini, unità operative, conti, entrate (API Pagamento v1)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalice.app import Blueprint

from chalicelib.anagrafica import queries, repository, snapshot
from chalicelib.anagrafica.model import UO_ENTE, Dominio, UnitaOperativa
from chalicelib.anagrafica.queries import DominioCompleto, EntrataEffettiva, TipoEffettivo
from chalicelib.anagrafica.routes.shared import by_name, listed, non_censito, optional_flag, require_of
from chalicelib.anagrafica.routes.tipi import TIPI
from chalicelib.anagrafica.schemas.catalogo import tipo_entrata_json
from chalicelib.anagrafica.schemas.common import present, wire
from chalicelib.anagrafica.schemas.domini import conto_json, dominio_index_json, dominio_json, unita_json
from chalicelib.kernel.utenze import TUTTI, Diritto, TipoUtenza
from chalicelib.rest.operation import PAGAMENTO, Answer, Call, operation
from chalicelib.rest.paging import in_list, page_of, sorted_as_asked

T = TypeVar("T")
routes = Blueprint(__name__)
_DOMINI = PAGAMENTO + "/domini"
_DOMINIO = _DOMINI + "/{id_dominio}"
SPONTANEO = "spontaneo"


@routes.route(_DOMINI, methods=["GET"])
@operation("findDomini", diritto=Diritto.LETTURA, cittadino=True)
def find_domini(call: Call) -> Answer:
    own = TUTTI if call.utenza.tipo is TipoUtenza.CITTADINO else call.utenza.domini
    found = [dominio for dominio in repository.domini() if dominio.id_dominio in own]
    stazione = call.text("idStazione")
    found = [dominio for dominio in found if stazione in {None, dominio.id_stazione}]
    keys = {"ragioneSociale": "ragione_sociale", "idDominio": "id_dominio"}
    return listed(call, found, _index_json, keys, default="+ragioneSociale")


@routes.route(_DOMINIO, methods=["GET"])
@operation("getDominio", diritto=Diritto.LETTURA, cittadino=True)
def get_dominio(call: Call, id_dominio: str) -> Answer:
    ente = _own(call, id_dominio)
    return Answer(
        body={
            **dominio_json(ente.dominio),
            "unitaOperative": [unita_json(unita) for unita in _unita(ente)],
            "contiAccredito": [conto_json(conto) for conto in ente.conti.values()],
            "entrate": [_entrata_json(entrata) for entrata in ente.entrate.values()],
        }
    )


@routes.route(_DOMINIO + "/unitaOperative", methods=["GET"])
@operation("findUnitaOperative", diritto=Diritto.LETTURA, cittadino=True)
def find_unita_operative(call: Call, id_dominio: str) -> Answer:
    keys = {"ragioneSociale": "ragione_sociale", "idUnita": "id_unita"}
    return listed(call, _unita(_own(call, id_dominio)), unita_json, keys, default="+ragioneSociale")


@routes.route(_DOMINIO + "/unitaOperative/{id_unita}", methods=["GET"])
@operation("getUnitaOperativa", diritto=Diritto.LETTURA, cittadino=True)
def get_unita_operativa(call: Call, id_dominio: str, id_unita: str) -> Answer:
    return _one(_own(call, id_dominio).unita, id_unita, unita_json, nome="L'unità operativa")


@routes.route(_DOMINIO + "/contiAccredito", methods=["GET"])
@operation("findContiAccredito", diritto=Diritto.LETTURA, cittadino=True)
def find_conti_accredito(call: Call, id_dominio: str) -> Answer:
    keys = {"contiAccredito": "iban", "iban": "iban"}
    return listed(call, _own(call, id_dominio).conti.values(), conto_json, keys, default="+contiAccredito")


@routes.route(_DOMINIO + "/contiAccredito/{iban}", methods=["GET"])
@operation("getContiAccredito", diritto=Diritto.LETTURA, cittadino=True)
def get_conti_accredito(call: Call, id_dominio: str, iban: str) -> Answer:
    return _one(_own(call, id_dominio).conti, iban, conto_json, nome="Il conto")


@routes.route(_DOMINIO + "/entrate", methods=["GET"])
@operation("findEntrate", diritto=Diritto.LETTURA, cittadino=True)
def find_entrate(call: Call, id_dominio: str) -> Answer:
    keys = {"idEntrata": "id_entrata", "descrizione": "descrizione"}
    return listed(call, _own(call, id_dominio).entrate.values(), _entrata_json, keys, default="+idEntrata")


@routes.route(_DOMINIO + "/entrate/{id_entrata}", methods=["GET"])
@operation("getEntrata", diritto=Diritto.LETTURA, cittadino=True)
def get_entrata(call: Call, id_dominio: str, id_entrata: str) -> Answer:
    return _one(_own(call, id_dominio).entrate, id_entrata, _entrata_json, nome="L'entrata")


@routes.route(_DOMINIO + "/tipiPendenza", methods=["GET"])
@operation("findTipiPendenzaDominio", diritto=Diritto.LETTURA, anonimo=True, cittadino=True)
def find_tipi_pendenza(call: Call, id_dominio: str) -> Answer:
    """Give the tipi pendenza of an ente that are enabled, with the form by which the portal loads each.

    Whoever is no applicazione sees those that are open to everybody.
    """
    registered = call.utenza.tipo not in {TipoUtenza.ANONIMO, TipoUtenza.CITTADINO}
    if registered:
        require_of(call, id_dominio)
    ente: DominioCompleto = _there(queries.dominio(id_dominio), "Il dominio", id_dominio)
    found = [tipo for tipo in ente.tipi.values() if tipo.abilitato and tipo.abilitato_tipo]
    if not registered:
        found = [tipo for tipo in found if ente.dominio.abilitato and tipo.tipo == SPONTANEO and _form_of(tipo)]
    wanted, with_form = in_list(call, "tipo", TIPI), optional_flag(call, "form")
    found = [tipo for tipo in found if wanted in {None, tipo.tipo} and with_form in {None, bool(_form_of(tipo))}]
    keys = {"idTipoPendenza": by_name("id_tipo_pendenza"), "descrizione": by_name("descrizione")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+descrizione"), _tipo_json))


def _form_of(tipo: TipoEffettivo) -> Mapping[str, Any]:
    """Give the form that the portal shows, empty where there is none, or it is switched off."""
    portale = tipo.dettagli.get("portalePagamento") or tipo.dettagli
    return {} if portale.get("abilitato") is False else portale.get("form") or {}


def _tipo_json(tipo: TipoEffettivo) -> dict[str, Any]:
    """Write a tipo pendenza as a portal sees it: how to ask for it, not how it is made."""
    return present(
        idTipoPendenza=tipo.id_tipo_pendenza,
        descrizione=tipo.descrizione,
        tipo=tipo.tipo,
        form=wire(_form_of(tipo)) or None,
        visualizzazione=wire(tipo.dettagli.get("visualizzazione")),
    )


def _own(call: Call, id_dominio: str) -> DominioCompleto:
    """Give a dominio of the caller's, with all it has.

    :raises NotAllowed: 403000, for one outside the caller's, whether it exists or not
    :raises NonCensito: 404000
    """
    require_of(call, id_dominio)
    ente: DominioCompleto = _there(queries.dominio(id_dominio), "Il dominio", id_dominio)
    return ente


def _one(things: Mapping[str, T], identifier: str, shape: Callable[[T], Mapping[str, Any]], *, nome: str) -> Answer:
    return Answer(body=shape(_there(things.get(identifier), nome, identifier)))


def _there(thing: Any, nome: str, identifier: str) -> Any:
    if thing is None:
        raise non_censito(nome, identifier)
    return thing


def _unita(ente: DominioCompleto) -> list[UnitaOperativa]:
    """Give the unità that are not the ente itself."""
    return [unita for unita in ente.unita.values() if unita.id_unita != UO_ENTE]


def _index_json(dominio: Dominio) -> dict[str, Any]:
    """Write a dominio without the link to its tipi pendenza, which this contract does not know."""
    return {name: value for name, value in dominio_index_json(dominio).items() if name != "tipiPendenza"}


def _entrata_json(entrata: EntrataEffettiva) -> dict[str, Any]:
    return present(
        idEntrata=entrata.id_entrata,
        contoAccredito=entrata.iban_accredito or "",
        contoAppoggio=entrata.iban_appoggio,
        tipoContabilita=entrata.tipo_contabilita,
        codiceContabilita=entrata.codice_contabilita,
        abilitato=entrata.abilitato,
        tipoEntrata=tipo_entrata_json(snapshot.catalogo().entrate[entrata.id_entrata]),
    )
