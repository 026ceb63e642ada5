"""A small HTTP server for the simulators: threads, keep-alive, no Nagle, a deep backlog, loopback unless told.

Routes are templates (`/avvisi/{id_dominio}/{iuv}`); what stands between braces reaches the function decoded.
"""

import base64
import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.web import json_text

LOOPBACK = "127.0.0.1"
MAX_BODY = 4 * 1024 * 1024
_CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"

log = logging.getLogger(__name__)


class HttpError(Exception):
    """Answer with this status and this Italian sentence."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.message = message
        self.headers = headers or {}
        super().__init__(f"{status} {message}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request; the names of `headers` are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        return dict(self._fields())

    def form_values(self, name: str) -> list[str]:
        """Give all the values of a field: those of the boxes ticked."""
        return [value for field, value in self._fields() if field == name]

    def cookie(self, name: str) -> str | None:
        cookies = (one.strip().partition("=") for one in self.headers.get("cookie", "").split(";"))
        return next((value for key, _, value in cookies if key == name), None)

    def _fields(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def json(self) -> dict[str, Any]:
        """Read the body as a JSON object.

        :raises HttpError: 400
        """
        try:
            value = json_text.loads(self.body or b"{}")
        except ValueError:
            raise HttpError(400, "Il corpo della richiesta non è JSON valido.") from None
        if not isinstance(value, dict):
            raise HttpError(400, "Il corpo della richiesta deve essere un oggetto JSON.")
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    # Close the connection without a word: how a host that fell looks to who called it.
    dropped: bool = False


def as_json(value: object, status: int = 200) -> Response:
    return Response(body=json_text.dumps(value).encode(), status=status, content_type="application/json")


def as_html(text: str, status: int = 200, *, leaves: bool = False, script: str | None = None) -> Response:
    """Answer with a page; `leaves`: its forms end on other sites. `script` is the text of the one script in it."""
    csp = _CSP + ("; form-action http: https:" if leaves else "; form-action 'self'")
    if script is not None:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        csp += f"; script-src 'sha256-{digest}'; connect-src 'self'"
    headers = {"Content-Security-Policy": csp, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    return Response(body=text.encode(), status=status, content_type="text/html; charset=utf-8", headers=headers)


def as_xml(body: bytes, status: int = 200) -> Response:
    return Response(body=body, status=status, content_type="text/xml; charset=utf-8")


def see_other(path: str, **headers: str) -> Response:
    return Response(status=303, headers={"Location": path, **headers})


Handler = Callable[..., Response]


@dataclass(slots=True)
class Routes:
    """The routes of one simulator."""

    _routes: list[tuple[str, re.Pattern[str], Handler]] = field(default_factory=list)

    def on(self, method: str, template: str) -> Callable[[Handler], Handler]:
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))

        def register(handler: Handler) -> Handler:
            self._routes.append((method, pattern, handler))
            return handler

        return register

    def answer(self, request: Request) -> Response:
        """Call the function of the route.

        :raises HttpError: 404, 405, and those of the function
        """
        methods = set()
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            if method == request.method:
                return handler(request, **{name: unquote(value) for name, value in match.groupdict().items()})
            methods.add(method)
        if methods:
            raise HttpError(405, "Il metodo non è ammesso su questo indirizzo.", {"Allow": ", ".join(sorted(methods))})
        raise HttpError(404, "L'indirizzo non esiste in questo simulatore.")


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    # A second server on a busy port must fail, and be told: with the option it would on some systems share it.
    allow_reuse_port = False
    routes: Routes


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "GovPay-sandbox"
    sys_version = ""
    # One write per answer and no Nagle: otherwise every keep-alive answer waits 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 30

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self.close_connection = True
            self._write(Response(body=b"Il corpo della richiesta non si legge.\n", status=400))
            return
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        response = self._answer(request)
        if response.dropped:
            self.close_connection = True
        else:
            self._write(response)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the names http.server looks for

    def _answer(self, request: Request) -> Response:
        routes: Routes = self.server.routes  # type: ignore[attr-defined]
        try:
            return routes.answer(request)
        except HttpError as error:
            return _error(request, error)
        except Exception:  # the edge: whoever called must hear something, and the log must know
            log.exception("%s %s", request.method, request.path)
            return _error(request, HttpError(500, "Errore del simulatore: il dettaglio è nel log."))

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the overridden one
        log.debug(format, *args)


def _error(request: Request, error: HttpError) -> Response:
    from sandbox.web.page import page, paragraph

    if "text/html" in request.headers.get("accept", ""):
        response = as_html(page("Non è possibile", paragraph(error.message)), error.status)
    else:
        response = as_json({"errore": error.message}, error.status)
    return Response(
        body=response.body,
        status=error.status,
        content_type=response.content_type,
        headers={**response.headers, **error.headers},
    )


class HttpServer:
    """A server that answers from `start` until `stop`, which returns when no thread accepts any more."""

    def __init__(self, routes: Routes, *, port: int = 0, host: str = LOOPBACK) -> None:
        """Take the port.

        :raises OSError: when it is busy
        """
        self._server = _Server((host, port), _Connection)
        self._server.routes = routes
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
