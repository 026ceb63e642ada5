"""What every REST operation shares: transaction id, caller, rights, faults, the record of the exchange.

A view is `def get_pendenza(call: Call, id_a2a: str, id_pendenza: str) -> Answer`; `@operation(...)` makes it a Chalice
view of all the paths stacked above it, and reads which contract was called from the path.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any, Protocol
from urllib.parse import unquote

from chalice.app import Response

from chalicelib.kernel import clock
from chalicelib.kernel.exchange import About, Componente, Esito, Exchange, Message, Recorder, Ruolo
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.precondition import Precondition, tag, tags
from chalicelib.kernel.refusals import NotAllowed, NotAuthenticated, ParametroNonValido, Refusal
from chalicelib.kernel.utenze import Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest import json_text, log
from chalicelib.rest.auth import authenticate
from chalicelib.rest.faults import fault_bean, internal_fault, status_of
from chalicelib.settings import settings

ID_TRANSAZIONE = "X-Govpay-IdTransazione"
JSON = "application/json"
_INTERNAL = 500
_NOT_MODIFIED = 304
_DECLARED = "__operation__"
PDF = "pdf"  # the field of an answer that holds an avviso, in Base64
PDF_OMESSO = "PDF omesso"
_SECRET_HEADERS = frozenset({"authorization", "x-api-key", "cookie", "x-amz-security-token"})


class Api(StrEnum):
    """The contracts, by the word in their path. `riconciliazione` is the manual's name of `ragioneria`."""

    PAGAMENTO = "pagamento"
    PENDENZE = "pendenze"
    RAGIONERIA = "ragioneria"
    BACKOFFICE = "backoffice"


PAGAMENTO = "/govpay/frontend/api/pagamento/rs/{auth}/v1"
PENDENZE = "/govpay/backend/api/pendenze/rs/{auth}/v1"
RAGIONERIA = "/govpay/backend/api/ragioneria/rs/{auth}/v1"
RICONCILIAZIONE = "/govpay/backend/api/riconciliazione/rs/{auth}/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/{auth}/v1"

_COMPONENTI = {
    Api.PAGAMENTO: Componente.API_PAGAMENTO,
    Api.PENDENZE: Componente.API_PENDENZE,
    Api.RAGIONERIA: Componente.API_RAGIONERIA,
    Api.BACKOFFICE: Componente.API_BACKOFFICE,
}
_SERVIZI = {
    Api.PAGAMENTO: Servizio.API_PAGAMENTI,
    Api.PENDENZE: Servizio.API_PENDENZE,
    Api.RAGIONERIA: Servizio.API_RAGIONERIA,
}
_REGISTERED = frozenset({"basic", "ssl", "apikey", "header", "sslheader"})
# Which proofs of identity each contract takes (GovPay 3.1 API 2.2).
VARIANTS = {
    Api.PAGAMENTO: _REGISTERED | {"spid", "public"},
    Api.PENDENZE: _REGISTERED,
    Api.RAGIONERIA: _REGISTERED,
    Api.BACKOFFICE: _REGISTERED | {"form"},
}


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, once its caller is known."""

    api: Api
    auth: str
    utenza: Utenza
    id_transazione: str
    now: datetime
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_body: bytes
    about: About = field(default_factory=About)

    def json(self) -> Any:
        """Read the body as JSON.

        :raises Sintassi: if it is not
        """
        return json_text.read(self.raw_body)

    def precondition(self) -> Precondition:
        """Read on what a write insists of what is stored; nothing, without If-Match and If-None-Match."""
        return Precondition.of(if_match=self.headers.get("if-match"), if_none_match=self.headers.get("if-none-match"))

    def is_about(self, **ids: str | None) -> None:
        """Name what the request concerns, for the giornale."""
        self.about = replace(self.about, **ids)

    def text(self, name: str) -> str | None:
        """Give a query parameter, None where it is absent or empty."""
        values = self.query.get(name)
        return values[-1] or None if values else None

    def flag(self, name: str, *, default: bool) -> bool:
        """Read a boolean query parameter: true/false/1/0.

        :raises ParametroNonValido:
        """
        text = self.text(name)
        if text is None:
            return default
        if text.lower() not in {"true", "false", "1", "0"}:
            raise ParametroNonValido(f"{name}: indicare true o false.")
        return text.lower() in {"true", "1"}

    def whole(self, name: str, *, default: int, least: int, most: int) -> int:
        """Read a whole number of a query parameter.

        :raises ParametroNonValido:
        """
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):  # noqa: PLR2004
            raise ParametroNonValido(f"{name}: indicare un numero intero fra {least} e {most}.")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a view answers: a JSON-able body (`json_text.write`), or text or bytes of another content type.

    `versione` is that of the stored thing that a JSON body is about: it gives the answer its ETag.
    """

    body: Any = None
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    versione: int | None = None


def attachment(body: bytes, *, content_type: str, file_name: str) -> Answer:
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
    return Answer(body=body, content_type=content_type, headers=headers)


class Keeps(Protocol):
    """Tells whether the giornale is to have an exchange of a componente."""

    def __call__(self, componente: Componente, *, lettura: bool, ok: bool) -> bool: ...


class Edge:
    """What wiring joins to this edge: who records the exchanges, and the request of Chalice."""

    recorder: Recorder | None = None
    # What is asked for every request must cost nothing.
    keeps: Keeps | None = None
    current_request: Callable[[], Any]


View = Callable[..., Answer]


def operation(
    name: str,
    *,
    diritto: Diritto,
    backoffice: Servizio | None = None,
    anonimo: bool = False,
    cittadino: bool = False,
) -> Callable[[View], Callable[..., Response]]:
    """Make a Chalice view. `name` is the operationId of the contract; `backoffice` the servizio its ACL asks for.

    On the other contracts the caller needs the API of that contract; `anonimo` opens the public variant, `cittadino`
    that of SPID.
    """

    def decorate(view: View) -> Callable[..., Response]:
        declared = Operation(name, diritto, backoffice, anonimo, cittadino, view)

        @wraps(view)
        def chalice_view(auth: str, **params: str) -> Response:
            return _serve(declared, auth, params)

        setattr(chalice_view, _DECLARED, declared)
        return chalice_view

    return decorate


def declared_by(chalice_view: Any) -> "Operation | None":
    """Give what a Chalice view was declared as, None for one that is no operation of a contract."""
    declared: Operation | None = getattr(chalice_view, _DECLARED, None)
    return declared


@dataclass(frozen=True, slots=True)
class Operation:
    """What a view is, and asks of its caller, on all paths it is served at."""

    name: str
    diritto: Diritto
    backoffice: Servizio | None
    anonimo: bool
    cittadino: bool
    view: View

    def admits(self, auth: str) -> bool:
        """Tell whether it is open to a variant: without credentials, and to citizens, only where it says so."""
        return {"public": self.anonimo, "spid": self.cittadino}.get(auth, True)


def _serve(op: Operation, auth: str, params: Mapping[str, str]) -> Response:
    request = Edge.current_request()
    started, now, id_transazione = time.monotonic(), clock.now(), new_uuid()
    call: Call | None = None
    refused: Refusal | None = None
    try:
        call = _call(op, auth, request, id_transazione, now)
        answer = op.view(call, **{key: unquote(value) for key, value in params.items()})
    except Refusal as refusal:
        refused, answer = refusal, Answer(body=fault_bean(refusal), status=status_of(refusal))
    except Exception:  # noqa: BLE001 - the outermost edge: the caller must get the contract's body
        # A bug of ours: the caller gets the id, the alarm gets the trace; nothing is done to go on.
        log.error("errore interno", exc_info=True, operazione=op.name, id_transazione=id_transazione)
        answer = Answer(body=internal_fault(id_transazione), status=_INTERNAL)
    response = _response(answer, id_transazione)
    _tag(answer, response, request)
    durata_ms = int((time.monotonic() - started) * 1000)
    log.info(
        "richiesta servita",
        operazione=op.name,
        id_transazione=id_transazione,
        stato=answer.status,
        codice=refused.codice if refused else None,
        durata_ms=durata_ms,
        principal=call.utenza.principal if call else None,
    )
    if call is not None and _is_recorded(op, call.api, answer):
        _record(op, call, answer, response, refused, durata_ms)
    return response


def _call(op: Operation, auth: str, request: Any, id_transazione: str, now: datetime) -> Call:
    api = _api_of(request.context["resourcePath"])
    headers = {key.lower(): value for key, value in (request.headers or {}).items()}
    if auth not in VARIANTS[api] or not op.admits(auth):
        raise NotAuthenticated(f"La variante di autenticazione {auth!r} non è attiva per questa operazione.")
    utenza = authenticate(auth, headers, request.context)
    _authorize(op, api, utenza)
    params = request.query_params
    return Call(
        api=api,
        auth=auth,
        utenza=utenza,
        id_transazione=id_transazione,
        now=now,
        path=request.context.get("path") or request.path,
        query={key: params.getlist(key) for key in params} if params else {},
        headers=headers,
        raw_body=request.raw_body or b"",
    )


def _api_of(resource_path: str) -> Api:
    word = resource_path.split("/")[4]
    return Api.RAGIONERIA if word == "riconciliazione" else Api(word)


def _authorize(op: Operation, api: Api, utenza: Utenza) -> None:
    if utenza.tipo in {TipoUtenza.ANONIMO, TipoUtenza.CITTADINO}:
        return
    if api is Api.BACKOFFICE:
        if op.backoffice is not None:
            utenza.require(op.backoffice, op.diritto)
        return
    if utenza.tipo is not TipoUtenza.APPLICAZIONE:
        raise NotAllowed("Questa API è riservata alle applicazioni.")
    utenza.require(_SERVIZI[api], op.diritto)


def _response(answer: Answer, id_transazione: str) -> Response:
    headers: dict[str, str | list[str]] = {
        "Content-Type": answer.content_type,
        ID_TRANSAZIONE: id_transazione,
        **answer.headers,
    }
    body = answer.body
    if answer.content_type == JSON:
        body = "" if body is None else json_text.write(body)
    return Response(body=body, status_code=answer.status, headers=headers)


def _tag(answer: Answer, response: Response, request: Any) -> None:
    """Give the answer about a stored thing its ETag, and to a GET nothing else where the caller has it already.

    The digest is there because an answer says more than what is stored: what was paid of it, what day it is.
    """
    if answer.versione is None:
        return
    is_get = request.method == "GET"
    whole = is_get or request.method in {"PATCH", "POST"}
    digest = hashlib.sha256(str(response.body).encode()).hexdigest()[:16] if whole else ""
    etag = tag(answer.versione, digest)
    response.headers["ETag"] = etag
    # To read, a weak tag is as good as a strong one.
    known = {one.removeprefix("W/") for one in tags((request.headers or {}).get("if-none-match"))}
    if is_get and known & {etag, "*"}:
        response.status_code, response.body = _NOT_MODIFIED, ""


def _is_recorded(op: Operation, api: Api, answer: Answer) -> bool:
    """Tell whether the giornale keeps it: where nothing else is set, what writes and what is refused."""
    lettura, ok = op.diritto is Diritto.LETTURA, answer.status < 400  # noqa: PLR2004
    if Edge.keeps is not None:
        return Edge.keeps(_COMPONENTI[api], lettura=lettura, ok=ok)
    return not (lettura and ok) or settings().log_letture


def _record(  # noqa: PLR0917
    op: Operation, call: Call, answer: Answer, response: Response, refused: Refusal | None, durata_ms: int
) -> None:
    if Edge.recorder is None:
        return
    request = Edge.current_request()
    ok = answer.status < 400  # noqa: PLR2004
    Edge.recorder(
        Exchange(
            componente=_COMPONENTI[call.api],
            ruolo=Ruolo.SERVER,
            tipo_evento=op.name,
            esito=Esito.OK if ok else Esito.FAIL if answer.status >= _INTERNAL else Esito.KO,
            data=call.now,
            durata_ms=durata_ms,
            id_transazione=call.id_transazione,
            sottotipo_esito=refused.codice if refused else str(answer.status),
            dettaglio_esito=refused.dettaglio if refused else None,
            principal=call.utenza.principal,
            about=call.about,
            richiesta=Message(
                metodo=request.method,
                url=call.path,
                headers=_without_secrets(call.headers),
                payload=call.raw_body,
            ),
            risposta=Message(
                stato=answer.status,
                headers={k: str(v) for k, v in response.headers.items()},
                payload=_recorded_body(answer, response),
            ),
        )
    )


def _recorded_body(answer: Answer, response: Response) -> bytes:
    """Give what is kept of an answer: a PDF inside it is drawn again when it is asked for, and is not kept twice."""
    if isinstance(answer.body, dict) and PDF in answer.body:
        return json_text.write({**answer.body, PDF: PDF_OMESSO}).encode()
    return response.body if isinstance(response.body, bytes) else str(response.body).encode()


def _without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key not in _SECRET_HEADERS}
