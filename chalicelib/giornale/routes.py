"""REST: /eventi, on API Backoffice."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.giornale import diritti, queries, schemas
from chalicelib.giornale.model import MAX_SEVERITA
from chalicelib.giornale.queries import EventoNotFound, Ricerca
from chalicelib.kernel.exchange import About, Categoria, Componente, Esito, Ruolo
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.rest.operation import BACKOFFICE, Answer, Call, operation
from chalicelib.rest.paging import PER_PAGINA, PER_PAGINA_MAX, envelope, in_list, instant, page_request

routes = Blueprint(__name__)


@routes.route(f"{BACKOFFICE}/eventi", methods=["GET"])
@operation("findEventi", diritto=Diritto.LETTURA, backoffice=Servizio.GIORNALE)
def find_eventi(call: Call) -> Answer:
    messaggi = call.flag("messaggi", default=False)
    # Each body is read from the archive: with them a page is short.
    request = page_request(call, most=PER_PAGINA if messaggi else PER_PAGINA_MAX)
    ricerca = _ricerca(call)
    if not diritti.may_search(call.utenza, _about(ricerca)):
        return Answer(body=envelope(call, request, [], has_next=False, total=0))
    listing = queries.listing_of(ricerca, now=call.now)
    page = queries.search(listing, size=request.per_pagina, page=request.pagina, cursor=request.cursor)
    total = queries.total(listing) if request.wants_totals else None
    max_payload = schemas.MAX_PAYLOAD_IN_LIST if messaggi else None
    items = [schemas.evento_json(evento, max_payload=max_payload) for evento in page.items]
    return Answer(
        body=envelope(call, request, items, has_next=page.cursor is not None, cursor=page.cursor, total=total)
    )


@routes.route(f"{BACKOFFICE}/eventi/{{id}}", methods=["GET"])
@operation("getEvento", diritto=Diritto.LETTURA, backoffice=Servizio.GIORNALE)
def get_evento(call: Call, id: str) -> Answer:  # noqa: A002 - the name of the path parameter
    if not (id.isascii() and id.isdecimal() and len(id) <= len(str(2**63))):
        raise EventoNotFound(f"L'evento {id[:32]!r} non esiste: l'identificativo è un numero intero.")
    evento = queries.evento(int(id))
    if not diritti.may_read(call.utenza, evento.scambio.about):
        raise queries.not_found(evento.id)
    return Answer(body=schemas.evento_json(evento, max_payload=schemas.MAX_PAYLOAD))


def _ricerca(call: Call) -> Ricerca:
    return Ricerca(
        domini=call.utenza.domini,
        id_dominio=call.text("idDominio"),
        iuv=call.text("iuv"),
        ccp=call.text("ccp"),
        id_a2a=call.text("idA2A"),
        id_pendenza=call.text("idPendenza"),
        id_pagamento=call.text("idPagamento"),
        esito=_one_of(call, "esito", Esito),
        categoria=_one_of(call, "categoriaEvento", Categoria),
        componente=_one_of(call, "componente", Componente),
        ruolo=_one_of(call, "ruolo", Ruolo),
        tipo_evento=call.text("tipoEvento"),
        sottotipo_evento=call.text("sottotipoEvento"),
        severita=_severita(call),
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
    )


def _about(ricerca: Ricerca) -> About:
    return About(id_dominio=ricerca.id_dominio, iuv=ricerca.iuv, id_a2a=ricerca.id_a2a, id_pendenza=ricerca.id_pendenza)


def _severita(call: Call) -> tuple[int, int] | None:
    if call.text("severitaDa") is None and call.text("severitaA") is None:
        return None
    least = call.whole("severitaDa", default=0, least=0, most=MAX_SEVERITA)
    most = call.whole("severitaA", default=MAX_SEVERITA, least=0, most=MAX_SEVERITA)
    return least, most


def _one_of(call: Call, name: str, values: Any) -> Any:
    text = in_list(call, name, tuple(value.value for value in values))
    return values(text) if text is not None else None
