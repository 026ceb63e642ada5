"""What a portal may read of the enti it collects for: domini, unità operative, conti, entrate (API Pagamento v1)."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica import queries, repository, snapshot
from chalicelib.anagrafica.model import UO_ENTE, UnitaOperativa
from chalicelib.anagrafica.queries import DominioCompleto, EntrataEffettiva, TipoEffettivo
from chalicelib.anagrafica.routes.shared import by_name, non_censito, optional_flag, require_of, where
from chalicelib.anagrafica.routes.tipi import TIPI
from chalicelib.anagrafica.schemas.catalogo import tipo_entrata_json
from chalicelib.anagrafica.schemas.common import present, wire
from chalicelib.anagrafica.schemas.domini import conto_json, dominio_index_json, dominio_json, unita_json
from chalicelib.kernel.utenze import TUTTI, Diritto, TipoUtenza
from chalicelib.rest.operation import PAGAMENTO, Answer, Call, operation
from chalicelib.rest.paging import in_list, page_of, sorted_as_asked

routes = Blueprint(__name__)
_DOMINI = PAGAMENTO + "/domini"
_DOMINIO = _DOMINI + "/{id_dominio}"
SPONTANEO = "spontaneo"
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
    return Answer(body=unita_json(_there(unita, "L'unità operativa", id_unita)))


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
    return Answer(body=conto_json(_there(conto, "Il conto", iban)))


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
    return Answer(body=_entrata_json(_there(entrata, "L'entrata", id_entrata)))


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


def _there(thing: Any, nome: str, identifier: str) -> Any:
    if thing is None:
        raise non_censito(nome, identifier)
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
