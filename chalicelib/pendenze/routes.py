"""REST: /pendenze, on API Pendenze, API Pagamento (reads) and API Backoffice."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from typing import Any

from chalice.app import Blueprint

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.queries import DominioCompleto
from chalicelib.kernel.refusals import NotFound, ParametroNonValido
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza
from chalicelib.pendenze import operations, queries
from chalicelib.pendenze.model import NuovaPendenza, Pendenza
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.rules import esposto
from chalicelib.pendenze.rules.rights import check_visible
from chalicelib.pendenze.schemas import answers
from chalicelib.pendenze.schemas.requests import (
    MAI,
    patch_from_json,
    post_from_json,
    put_from_json,
    with_avvisatura,
)
from chalicelib.pendenze.search import Filtri
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, PENDENZE, Answer, Api, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, iuv_of_avviso, page_request

routes = Blueprint(__name__)
S = StatoPendenza
# The contract pagamento sorts its list by a name of its own.
_ORDINAMENTI = {"dataCaricamento", "dataRichiestaPagamento"}
MAX_TIPI = 50
MAX_ID = 70


@routes.route(f"{PENDENZE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["PUT"])
@routes.route(f"{BACKOFFICE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["PUT"])
@operation("addPendenza", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def put_pendenza(call: Call, id_a2a: str, id_pendenza: str) -> Answer:
    call.is_about(id_a2a=id_a2a, id_pendenza=id_pendenza)
    nuova = put_from_json(call.json(), id_a2a=id_a2a, id_pendenza=id_pendenza)
    return _load(call, id_a2a, id_pendenza, nuova)


@routes.route(f"{BACKOFFICE}/pendenze", methods=["POST"])
@operation("addPendenza", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def post_pendenza(call: Call) -> Answer:
    id_a2a, id_pendenza, nuova = post_from_json(call.json())
    call.is_about(id_a2a=id_a2a, id_pendenza=id_pendenza)
    return _load(call, id_a2a, id_pendenza, nuova)


@routes.route(f"{PENDENZE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["PATCH", "POST"])
@routes.route(f"{BACKOFFICE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["PATCH"])
@operation("updatePendenza", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE)
def patch_pendenza(call: Call, id_a2a: str, id_pendenza: str) -> Answer:
    """Change the stato or leave a note; POST is for clients that have no PATCH."""
    call.is_about(id_a2a=id_a2a, id_pendenza=id_pendenza)
    ops = patch_from_json(call.json())
    pendenza = operations.patch_pendenza(
        utenza=call.utenza, id_a2a=id_a2a, id_pendenza=id_pendenza, ops=ops, now=call.now, se=call.precondition()
    )
    call.is_about(id_dominio=pendenza.id_dominio, iuv=pendenza.iuv)
    return Answer(body=_json(call, pendenza), versione=pendenza.versione)


# The same resource of API Gateway as the pendenza of an idA2A: the two words of the path are dominio and tipo here.
@routes.route(f"{PAGAMENTO}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["POST"])
@routes.route(f"{BACKOFFICE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["POST"])
@operation("addPendenzaCustom", diritto=Diritto.SCRITTURA, backoffice=Servizio.PENDENZE, anonimo=True, cittadino=True)
def post_from_form(call: Call, id_a2a: str, id_pendenza: str) -> Answer:
    """Load the pendenza that the data of a form make: POST /pendenze/{idDominio}/{idTipoPendenza}."""
    from chalicelib.connettori.captcha import check_captcha
    from chalicelib.pendenze.spontanee.operations import load_from_form
    from chalicelib.pendenze.spontanee.trasformazione import Richiesta

    id_dominio, id_tipo, portale = id_a2a, id_pendenza, call.api is Api.PAGAMENTO
    call.is_about(id_dominio=id_dominio)
    check_captcha(call)
    if portale and (call.text("idA2A") or call.text("idPendenza")):
        raise ParametroNonValido("idA2A, idPendenza: dal portale un form carica sempre una pendenza nuova; ometterli.")
    richiesta = Richiesta(
        id_dominio=id_dominio,
        id_tipo_pendenza=id_tipo,
        dati=call.json(),
        id_transazione=call.id_transazione.replace("-", ""),
        now=call.now,
        id_unita_operativa=call.text("idUnitaOperativa"),
        query={name: values[-1] for name, values in call.query.items() if values},
    )
    stampa = not portale and call.flag("stampaAvviso", default=False)
    pendenza, created = load_from_form(richiesta, utenza=call.utenza, portale=portale)
    call.is_about(id_a2a=pendenza.id_a2a, id_pendenza=pendenza.id_pendenza, iuv=pendenza.iuv)
    body = _creata(call, pendenza, stampa=stampa)
    if portale:
        body = _creata_dal_portale(call, pendenza)
    return Answer(body=body, status=201 if created else 200, versione=pendenza.versione)


@routes.route(f"{PENDENZE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["GET"])
@routes.route(f"{PAGAMENTO}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["GET"])
@routes.route(f"{BACKOFFICE}/pendenze/{{id_a2a}}/{{id_pendenza}}", methods=["GET"])
@operation("getPendenza", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, cittadino=True)
def get_pendenza(call: Call, id_a2a: str, id_pendenza: str) -> Answer:
    call.is_about(id_a2a=id_a2a, id_pendenza=id_pendenza)
    pendenza, rpp_of = queries.get_pendenza(
        utenza=call.utenza, id_a2a=id_a2a, id_pendenza=id_pendenza, portal=call.api is Api.PAGAMENTO
    )
    return Answer(body=_json(call, pendenza, rpp_of(call.api)), versione=pendenza.versione)


@routes.route(f"{BACKOFFICE}/pendenze/byAvviso/{{id_dominio}}/{{numero_avviso}}", methods=["GET"])
@operation("getPendenzaByAvviso", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE)
def get_pendenza_by_avviso(call: Call, id_dominio: str, numero_avviso: str) -> Answer:
    call.utenza.require_dominio(id_dominio)
    pendenza = queries.by_avviso(id_dominio, numero_avviso)
    if pendenza is None:
        raise NotFound(f"L'avviso {numero_avviso} del dominio {id_dominio} non esiste: controllare il numero.")
    check_visible(pendenza, call.utenza)
    return Answer(body=_json(call, pendenza), versione=pendenza.versione)


@routes.route(f"{PENDENZE}/pendenze", methods=["GET"])
@routes.route(f"{PAGAMENTO}/pendenze", methods=["GET"])
@routes.route(f"{BACKOFFICE}/pendenze", methods=["GET"])
@operation("findPendenze", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, cittadino=True)
def find_pendenze(call: Call) -> Answer:
    request, filtri, portal = page_request(call), _filtri(call), call.api is Api.PAGAMENTO
    pagina = queries.find_pendenze(
        utenza=call.utenza,
        filtri=filtri,
        portal=portal,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = request.total_told_by(len(pagina.pendenze), has_next=pagina.has_next)
    if request.wants_totals and total is None:
        total = queries.count_pendenze(utenza=call.utenza, filtri=filtri, portal=portal, now=call.now)
    items = [
        answers.pendenza_index_json(pendenza, call.api, _ente(pendenza), now=call.now) for pendenza in pagina.pendenze
    ]
    body = envelope(call, request, items, has_next=pagina.has_next, cursor=pagina.cursor, total=total)
    return Answer(body=body)


def _load(call: Call, id_a2a: str, id_pendenza: str, nuova: NuovaPendenza) -> Answer:
    stampa = call.flag("stampaAvviso", default=False)
    nuova = with_avvisatura(nuova, _data_avvisatura(call))
    if stampa and not nuova.importo:
        raise ParametroNonValido("stampaAvviso: un avviso di importo zero non si stampa; caricare senza stampa.")
    pendenza, created = operations.load_pendenza(
        utenza=call.utenza, id_a2a=id_a2a, id_pendenza=id_pendenza, nuova=nuova, now=call.now, se=call.precondition()
    )
    call.is_about(id_dominio=pendenza.id_dominio, iuv=pendenza.iuv)
    body = _creata(call, pendenza, stampa=stampa)
    return Answer(body=body, status=201 if created else 200, versione=pendenza.versione)


def _data_avvisatura(call: Call) -> date | str | None:
    """Read when the debtor is told: a day, MAI, or None where the query does not say.

    :raises ParametroNonValido: 100001
    """
    text = call.text("dataAvvisatura")
    if text in {None, MAI}:
        return text
    day = instant(call, "dataAvvisatura")
    return None if day is None else rome_day(day)


def _creata(call: Call, pendenza: Pendenza, *, stampa: bool) -> dict[str, Any]:
    """Tell the notice of what was loaded: all of it where the contract says avviso, else its number."""
    body: dict[str, Any] = {"idDominio": pendenza.id_dominio}
    if pendenza.numero_avviso is not None:
        body["numeroAvviso"] = pendenza.numero_avviso
    if call.api is Api.BACKOFFICE:
        body |= {"idA2A": pendenza.id_a2a, "idPendenza": pendenza.id_pendenza}
    elif Ports.avviso_json is not None:
        body = {**Ports.avviso_json(pendenza, call.now), **body}
    if stampa and Ports.print_avviso is not None and pendenza.numero_avviso is not None:
        body["pdf"] = b64encode(Ports.print_avviso(pendenza, call.now)).decode()
    return body


def _creata_dal_portale(call: Call, pendenza: Pendenza) -> dict[str, Any]:
    """Tell what was made of a form; whoever is anonymous is shown by what to pay it, and nothing that the ente knew."""
    whole = {**_json(call, pendenza), "idDominio": pendenza.id_dominio}
    if call.utenza.tipo is not TipoUtenza.ANONIMO:
        return whole
    shown = (
        "idA2A",
        "idPendenza",
        "idDominio",
        "numeroAvviso",
        "iuvAvviso",
        "importo",
        "causale",
        "dataScadenza",
        "stato",
    )
    return {name: whole[name] for name in shown if name in whole} | {
        "idA2A": pendenza.id_a2a,
        "idPendenza": pendenza.id_pendenza,
        "idDominio": pendenza.id_dominio,
        **({"numeroAvviso": pendenza.numero_avviso} if pendenza.numero_avviso else {}),
    }


def _json(call: Call, pendenza: Pendenza, rpp: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    return answers.pendenza_json(
        pendenza,
        call.api,
        _ente(pendenza),
        rpp=Ports.rpp_of(pendenza, call.api) if rpp is None else rpp,
        pagamenti=Ports.pagamenti_of(pendenza, call.api, call.now) if call.api is not Api.PENDENZE else (),
        now=call.now,
    )


def _ente(pendenza: Pendenza) -> DominioCompleto:
    ente = anagrafica.dominio(pendenza.id_dominio)
    if ente is None:
        # A dominio is never taken out of the anagrafica.
        msg = f"dominio {pendenza.id_dominio} assente dall'anagrafica"
        raise LookupError(msg)
    return ente


def _filtri(call: Call) -> Filtri:
    stati = esposto.STATI_BACKOFFICE if call.api is Api.BACKOFFICE else esposto.STATI
    stato = in_list(call, "stato", stati)
    return Filtri(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id_dominio=_id(call, "idDominio"),
        # The manual has other names for some.
        id_a2a=_id(call, "idA2A") or _id(call, "codApplicazione"),
        id_pendenza=_id(call, "idPendenza"),
        id_debitore=_id(call, "idDebitore"),
        id_pagamento=_id(call, "idPagamento"),
        id_tipo_pendenza=_tipi(call),
        direzione=_id(call, "direzione"),
        divisione=_id(call, "divisione"),
        iuv=_id(call, "iuv") or iuv_of_avviso(call),
        crescente=_crescente(call),
        **(_of_stato(stato, call.api) if stato else {}),
    )


def _id(call: Call, name: str) -> str | None:
    """Read an id of a filter; one that is longer than any can be is refused before it becomes a key."""
    text = call.text(name)
    if text is not None and len(text) > MAX_ID:
        raise ParametroNonValido(f"{name}: indicarne uno di al più {MAX_ID} caratteri.")
    return text


def _tipi(call: Call) -> tuple[str, ...]:
    tipi = tuple(tipo for tipo in call.query.get("idTipoPendenza", ()) if tipo)
    if len(tipi) > MAX_TIPI or any(len(tipo) > MAX_ID for tipo in tipi):
        raise ParametroNonValido(f"idTipoPendenza: indicarne al più {MAX_TIPI}, ognuno di al più {MAX_ID} caratteri.")
    return tipi


def _crescente(call: Call) -> bool:
    text = (call.text("ordinamento") or "+dataCaricamento").strip()
    # In a query string a + is read as a blank.
    if text.lstrip("+-") not in _ORDINAMENTI:
        raise ParametroNonValido(f"ordinamento: è ammesso +dataCaricamento o -dataCaricamento, non {text[:64]!r}.")
    return not text.startswith("-")


def _of_stato(stato: str, api: Api) -> dict[str, Any]:
    """Give the filters that a stato of the contract stands for."""
    is_backoffice = api is Api.BACKOFFICE
    if stato == esposto.ANOMALA:
        return {"anomala": True}
    stati = {
        esposto.ESEGUITA: {S.ESEGUITO} if is_backoffice else {S.ESEGUITO, S.INCASSATO},
        esposto.ESEGUITA_PARZIALE: {S.PARZIALMENTE_ESEGUITO},
        esposto.ANNULLATA: {S.ANNULLATO},
        esposto.NON_ESEGUITA: {S.NON_ESEGUITO},
        esposto.SCADUTA: {S.NON_ESEGUITO},
        esposto.INCASSATA: {S.INCASSATO},
    }
    scaduta = {esposto.NON_ESEGUITA: False, esposto.SCADUTA: True}.get(stato)
    return {"stati": frozenset(stati[stato]), "scaduta": scaduta, "anomala": False if is_backoffice else None}
