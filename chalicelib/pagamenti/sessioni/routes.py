"""REST: /pagamenti, on API Pagamento (start, follow) and on API Backoffice (look, note)."""

import hashlib
import re

from chalice.app import Blueprint

from chalicelib.connettori.captcha import check_captcha
from chalicelib.kernel.refusals import FieldError, ParametroNonValido, Sintassi
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza
from chalicelib.pagamenti.sessioni import operations, queries, schemas
from chalicelib.pagamenti.sessioni.model import Idempotenza
from chalicelib.pagamenti.sessioni.queries import Dettaglio, Filtri
from chalicelib.pagamenti.sessioni.states import StatoPagamento
from chalicelib.pendenze.schemas.requests import patch_from_json
from chalicelib.rest.operation import BACKOFFICE, PAGAMENTO, Answer, Api, Call, operation
from chalicelib.rest.paging import envelope, in_list, instant, page_request

routes = Blueprint(__name__)

_PAGAMENTI = "/pagamenti"
_ORDINAMENTI = {"dataRichiestaPagamento", "smart"}
_CHIAVE = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)
_MAX_ID = 255


@routes.route(f"{PAGAMENTO}{_PAGAMENTI}", methods=["POST"])
@operation("addPagamento", diritto=Diritto.SCRITTURA, anonimo=True, cittadino=True)
def add_pagamento(call: Call) -> Answer:
    """Start a payment. The avvisatura parameters of 3.1 say nothing any more."""
    check_captcha(call)
    richiesta = schemas.richiesta_from_json(call.json())
    portale = _id(call, "idSessionePortale")
    sessione = operations.start(
        utenza=call.utenza,
        richiesta=richiesta,
        id_sessione_portale=portale,
        idempotenza=_idempotenza(call, portale),
        now=call.now,
    )
    first = sessione.tentativi[0]
    call.is_about(
        id_pagamento=sessione.id,
        id_dominio=first.id_dominio,
        iuv=first.iuv,
        ccp=first.ccp,
        id_a2a=first.id_a2a,
        id_pendenza=first.id_pendenza,
    )
    return Answer(body=schemas.creato_json(sessione), status=201)


def _idempotenza(call: Call, portale: str | None) -> Idempotenza | None:
    """Give by what a repetition of this request is known, None where it bears no key.

    Of an idSessionePortale the body is part of the key: a portal may start several payments in one session of its own.

    :raises Sintassi: for a key that is none
    """
    impronta = hashlib.sha256(call.raw_body).hexdigest()
    owner = call.utenza.id_a2a or call.utenza.codice_fiscale or call.utenza.principal
    key = call.headers.get("idempotency-key")
    if key is not None:
        if not _CHIAVE.fullmatch(key):
            raise Sintassi([FieldError("Idempotency-Key", "deve avere da 1 a 128 caratteri ASCII, senza spazi")])
        return Idempotenza(chiave=_digest("chiave", owner, key), impronta=impronta, rigida=True)
    if portale is not None:
        return Idempotenza(chiave=_digest("portale", owner, portale, impronta), impronta=impronta, rigida=False)
    return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@routes.route(f"{PAGAMENTO}{_PAGAMENTI}/{{id}}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_PAGAMENTI}/{{id}}", methods=["GET"])
@operation("getPagamento", diritto=Diritto.LETTURA, backoffice=Servizio.PAGAMENTI, anonimo=True, cittadino=True)
def get_pagamento(call: Call, id: str) -> Answer:  # noqa: A002 - the contract's name
    call.is_about(id_pagamento=id)
    return _answer(call, queries.get_pagamento(utenza=call.utenza, id_pagamento=id, now=call.now))


@routes.route(f"{PAGAMENTO}{_PAGAMENTI}/byIdSession/{{id_session}}", methods=["GET"])
@operation("getPagamentoByIdSession", diritto=Diritto.LETTURA, anonimo=True, cittadino=True)
def get_pagamento_by_session(call: Call, id_session: str) -> Answer:
    found = queries.get_by_session(utenza=call.utenza, id_session=id_session, now=call.now)
    call.is_about(id_pagamento=found.sessione.id)
    return _answer(call, found)


@routes.route(f"{PAGAMENTO}{_PAGAMENTI}", methods=["GET"])
@routes.route(f"{BACKOFFICE}{_PAGAMENTI}", methods=["GET"])
@operation("findPagamenti", diritto=Diritto.LETTURA, backoffice=Servizio.PAGAMENTI, cittadino=True)
def find_pagamenti(call: Call) -> Answer:
    request, filtri = page_request(call), _filtri(call)
    pagina = queries.find_pagamenti(
        utenza=call.utenza,
        filtri=filtri,
        size=request.per_pagina,
        page=request.pagina,
        cursor=request.cursor,
        now=call.now,
    )
    total = request.total_told_by(len(pagina.sessioni), has_next=pagina.has_next)
    if request.wants_totals and total is None:
        total = queries.count_pagamenti(utenza=call.utenza, filtri=filtri, now=call.now)
    items = [schemas.pagamento_index_json(sessione, call.api) for sessione in pagina.sessioni]
    body = envelope(call, request, items, has_next=pagina.has_next, cursor=pagina.cursor, total=total)
    return Answer(body=body)


@routes.route(f"{BACKOFFICE}{_PAGAMENTI}/{{id}}", methods=["PATCH"])
@operation("updatePagamento", diritto=Diritto.SCRITTURA, backoffice=Servizio.PAGAMENTI)
def update_pagamento(call: Call, id: str) -> Answer:  # noqa: A002 - the contract's name
    call.is_about(id_pagamento=id)
    ops = patch_from_json(call.json())
    operations.patch_sessione(utenza=call.utenza, id_pagamento=id, ops=ops, now=call.now)
    return _answer(call, queries.get_pagamento(utenza=call.utenza, id_pagamento=id, now=call.now))


def _answer(call: Call, found: Dettaglio) -> Answer:
    hidden = call.utenza.tipo is TipoUtenza.ANONIMO
    return Answer(body=schemas.pagamento_json(found, call.api, hide_debitore=hidden, now=call.now))


def _filtri(call: Call) -> Filtri:
    stato = in_list(call, "stato", tuple(StatoPagamento))
    verificato = call.flag("verificato", default=False) if call.text("verificato") is not None else None
    is_backoffice = call.api is Api.BACKOFFICE
    return Filtri(
        da=instant(call, "dataDa"),
        a=instant(call, "dataA", end_of_day=True),
        id=_id(call, "id"),
        stato=None if stato is None else StatoPagamento(stato),
        # The manual has other names for some.
        versante=_id(call, "versante") or _id(call, "identificativoSoggettoVersante"),
        id_sessione_portale=_id(call, "idSessionePortale"),
        id_session=_id(call, "idSessione"),
        verificato=verificato if is_backoffice else None,
        id_debitore=_id(call, "idDebitore") if is_backoffice else None,
        # A pendenza links to its payments by these two.
        id_a2a=_id(call, "idA2A") or _id(call, "codApplicazione"),
        id_pendenza=_id(call, "idPendenza"),
        id_dominio=_id(call, "idDominio") if is_backoffice else None,
        iuv=_id(call, "iuv") if is_backoffice else None,
        crescente=_crescente(call),
    )


def _id(call: Call, name: str) -> str | None:
    text = call.text(name)
    if text is not None and len(text) > _MAX_ID:
        raise ParametroNonValido(f"{name}: indicarne uno di al più {_MAX_ID} caratteri.")
    return text


def _crescente(call: Call) -> bool:
    text = (call.text("ordinamento") or "+dataRichiestaPagamento").strip()
    # In a query string a + is read as a blank.
    if text.lstrip("+-") not in _ORDINAMENTI:
        raise ParametroNonValido(
            f"ordinamento: è ammesso +dataRichiestaPagamento o -dataRichiestaPagamento, non {text[:64]!r}."
        )
    return not text.startswith("-")
