"""What a portal may read of the enti it collects for: domini, unità operative, conti, entrate (API Pagamento v1)."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica import queries, repository, snapshot
from chalicelib.anagrafica.model import UO_ENTE, UnitaOperativa
from chalicelib.anagrafica.queries import DominioCompleto, EntrataEffettiva
from chalicelib.anagrafica.routes.shared import NonCensito, by_name, require_of, where
from chalicelib.anagrafica.schemas.catalogo import tipo_entrata_json
from chalicelib.anagrafica.schemas.common import present
from chalicelib.anagrafica.schemas.domini import conto_json, dominio_index_json, dominio_json, unita_json
from chalicelib.kernel.utenze import TUTTI, Diritto, TipoUtenza
from chalicelib.rest.operation import PAGAMENTO, Answer, Call, operation
from chalicelib.rest.paging import page_of, sorted_as_asked

routes = Blueprint(__name__)
_DOMINI = PAGAMENTO + "/domini"
_DOMINIO = _DOMINI + "/{id_dominio}"
_ORDER = {"ragioneSociale": by_name("ragione_sociale"), "idDominio": by_name("id_dominio")}


@routes.route(_DOMINI, methods=["GET"])
@operation("findDomini", diritto=Diritto.LETTURA, cittadino=True)
def find_domini(call: Call) -> Answer:
    own = TUTTI if call.utenza.tipo is TipoUtenza.CITTADINO else call.utenza.domini
    found = [dominio for dominio in repository.domini() if dominio.id_dominio in own]
    stazione = call.text("idStazione")
    found = [dominio for dominio in where(call, found, "abilitato") if stazione in {None, dominio.id_stazione}]
    ordered = sorted_as_asked(call, found, _ORDER, default="+ragioneSociale")
    return Answer(body=page_of(call, ordered, lambda dominio: _without_tipi(dominio_index_json(dominio))))


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
    found = where(call, _unita(_own(call, id_dominio)), "abilitato")
    keys = {"ragioneSociale": by_name("ragione_sociale"), "idUnita": by_name("id_unita")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+ragioneSociale"), unita_json))


@routes.route(_DOMINIO + "/unitaOperative/{id_unita}", methods=["GET"])
@operation("getUnitaOperativa", diritto=Diritto.LETTURA, cittadino=True)
def get_unita_operativa(call: Call, id_dominio: str, id_unita: str) -> Answer:
    unita = _own(call, id_dominio).unita.get(id_unita)
    return Answer(body=unita_json(_there(unita, f"L'unità operativa {id_unita}")))


@routes.route(_DOMINIO + "/contiAccredito", methods=["GET"])
@operation("findContiAccredito", diritto=Diritto.LETTURA, cittadino=True)
def find_conti_accredito(call: Call, id_dominio: str) -> Answer:
    found = where(call, _own(call, id_dominio).conti.values(), "abilitato")
    keys = {"contiAccredito": by_name("iban"), "iban": by_name("iban")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+contiAccredito"), conto_json))


@routes.route(_DOMINIO + "/contiAccredito/{iban}", methods=["GET"])
@operation("getContiAccredito", diritto=Diritto.LETTURA, cittadino=True)
def get_conti_accredito(call: Call, id_dominio: str, iban: str) -> Answer:
    conto = _own(call, id_dominio).conti.get(iban)
    return Answer(body=conto_json(_there(conto, f"Il conto {iban}")))


@routes.route(_DOMINIO + "/entrate", methods=["GET"])
@operation("findEntrate", diritto=Diritto.LETTURA, cittadino=True)
def find_entrate(call: Call, id_dominio: str) -> Answer:
    found = where(call, _own(call, id_dominio).entrate.values(), "abilitato")
    keys = {"idEntrata": by_name("id_entrata"), "descrizione": by_name("descrizione")}
    return Answer(body=page_of(call, sorted_as_asked(call, found, keys, default="+idEntrata"), _entrata_json))


@routes.route(_DOMINIO + "/entrate/{id_entrata}", methods=["GET"])
@operation("getEntrata", diritto=Diritto.LETTURA, cittadino=True)
def get_entrata(call: Call, id_dominio: str, id_entrata: str) -> Answer:
    entrata = _own(call, id_dominio).entrate.get(id_entrata)
    return Answer(body=_entrata_json(_there(entrata, f"L'entrata {id_entrata}")))


def _own(call: Call, id_dominio: str) -> DominioCompleto:
    """Give a dominio of the caller's, with all it has.

    :raises NotAllowed: 403000, for one outside the caller's, whether it exists or not
    :raises NonCensito: 404000
    """
    require_of(call, id_dominio)
    ente: DominioCompleto = _there(queries.dominio(id_dominio), f"Il dominio {id_dominio}")
    return ente


def _there(thing: Any, name: str) -> Any:
    if thing is None:
        raise NonCensito(f"{name} non è censito.")
    return thing


def _unita(ente: DominioCompleto) -> list[UnitaOperativa]:
    """Give the unità that are not the ente itself."""
    return [unita for unita in ente.unita.values() if unita.id_unita != UO_ENTE]


def _without_tipi(index: dict[str, Any]) -> dict[str, Any]:
    """Leave out the link to the tipi pendenza, which this contract does not know."""
    return {name: value for name, value in index.items() if name != "tipiPendenza"}


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
