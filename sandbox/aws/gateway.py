"""API Gateway for development: HTTP in, the Lambda event to the app, its answer out.

It stands where `chalice local` stands, without its delays (Nagle's 40 ms, a backlog of five connections, a new
gateway for each), and with what API Gateway does and it does not: chunked bodies, HEAD and 204 without a body, limits
of size, one request in hand a thread.
"""

import base64
import logging
import re
import threading
from collections.abc import Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import (
    LambdaEventConverter,
    LocalChalice,
    LocalGateway,
    LocalGatewayException,
    MatchResult,
    RouteMatcher,
)

from infra import gateway_responses as answers

_log = logging.getLogger(__name__)
_API_SECONDS = 29  # what API Gateway waits for a function
_IDLE_SECONDS = 65
_CHUNK_LINE = 1024
_UNKNOWN = "UnauthorizedException"  # by which LocalGateway, as API Gateway, means a route it does not know


class Gateway:
    """A running API. Use it in a `with`, or call stop()."""

    def __init__(self, app: Chalice, *, host: str = "127.0.0.1", port: int = 0) -> None:
        _one_request_a_thread(app)
        self._server = _Server((host, port), _Handler)
        self._server.gateway = _gateway(app)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="api", daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Serve until stopped or interrupted."""
        self._thread.join()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(app: Chalice, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve the app until interrupted."""
    with Gateway(app, host=host, port=port) as gateway:
        gateway.wait()


class _OfTheThread(LocalChalice):
    """An app whose request and context are those of the thread: in Lambda a process has one request at a time."""

    _own = threading.local()

    @property
    def current_request(self) -> Any:
        return getattr(self._own, "request", None)

    @current_request.setter
    def current_request(self, value: Any) -> None:
        self._own.request = value

    @property
    def lambda_context(self) -> Any:
        return getattr(self._own, "context", None)

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._own.context = value


def _one_request_a_thread(app: Any) -> None:
    if not isinstance(app, _OfTheThread):
        app.__class__ = type("LocalApp", (_OfTheThread, app.__class__), {})


def _gateway(app: Any) -> LocalGateway:
    config = Config.create(
        chalice_stage="local", app_name=app.app_name, lambda_timeout=_API_SECONDS, lambda_memory_size=1769
    )
    gateway = _RoutesOnly(app, config)
    gateway.event_converter = _Events(Routes(app.routes), app.api.binary_types)
    return gateway


class _RoutesOnly(LocalGateway):
    """Knows a path only with a method declared for it, as API Gateway does: no other request reaches the function."""

    def _generate_lambda_event(self, method: str, path: str, headers: Any, body: Any) -> Any:
        event = super()._generate_lambda_event(method, path, headers, body)
        if method != "OPTIONS" and method not in self._app_object.routes[event["requestContext"]["resourcePath"]]:
            raise ValueError(method)
        return event


class Routes(RouteMatcher):
    """Match as API Gateway does: the whole path as sent, a fixed segment before a variable one."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._by_length: dict[int, list[list[str]]] = {}
        for route in sorted(routes, key=lambda route: [part.startswith("{") for part in route.split("/")]):
            parts = route.split("/")
            self._by_length.setdefault(len(parts), []).append(parts)

    def match_route(self, url: str) -> MatchResult:
        split = urlsplit(url)
        path = split.path if split.path == "/" else split.path.rstrip("/")
        parts = path.split("/")
        for route in self._by_length.get(len(parts), ()):
            variables = [part.startswith("{") for part in route]
            if all(variable or part == given for part, given, variable in zip(route, parts, variables, strict=True)):
                captured = {
                    part[1:-1]: given for part, given, variable in zip(route, parts, variables, strict=True) if variable
                }
                return MatchResult("/".join(route), captured, parse_qs(split.query, keep_blank_values=True))
        raise ValueError(path)


class _Events(LambdaEventConverter):
    """The event, with binary bodies known whatever the case of the header."""

    def _is_binary(self, headers: Mapping[str, str]) -> bool:
        types = {name.lower(): value for name, value in headers.items()}
        return types.get("content-type", "").partition(";")[0].strip() in self._binary_types


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True
    gateway: LocalGateway

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        """Let clients go away without a word; the rest is a bug of this file."""
        _log.debug("connection of %s", client_address, exc_info=True)


def _by_itself(answer: answers.GatewayResponse) -> tuple[int, dict[str, str], str]:
    """Give what API Gateway answers without a function, with an id of the request as it has one."""
    return answer.status, {answers.ID_TRANSAZIONE: str(uuid4())}, answer.body


class _BadRequest(Exception):
    """The bytes are no request; the connection is of no more use."""

    def __init__(self, answer: answers.GatewayResponse) -> None:
        super().__init__(answer.kind)
        self.answer = answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = _IDLE_SECONDS
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's own name
        _log.debug(format, *args)

    def handle_expect_100(self) -> bool:
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def _handle(self) -> None:
        try:
            body = self._body()
        except _BadRequest as refused:
            self.close_connection = True
            status, headers, content = _by_itself(refused.answer)
            self._send(status, {**headers, "Connection": "close"}, content)
            return
        self._send(*self._answer(body))

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = _handle  # noqa: N815 - http.server's names

    def _answer(self, body: bytes | None) -> tuple[int, Mapping[str, Any], str | bytes | None]:
        try:
            response = self.server.gateway.handle_request(
                method=self.command, path=self.path, headers=dict(self.headers), body=body
            )
        except LocalGatewayException as refused:
            if refused.headers.get("x-amzn-ErrorType") == _UNKNOWN:
                return _by_itself(answers.UNKNOWN_ROUTE)
            return refused.CODE, refused.headers, refused.body
        except Exception:  # noqa: BLE001 - as API Gateway: whatever the function did, the client has an answer
            _log.exception("%s %s failed", self.command, urlsplit(self.path).path)
            return _by_itself(answers.FUNCTION_FAILED)
        if len(response["body"] or "") > answers.MOST_PAYLOAD_BYTES:
            _log.error("an answer of %d bytes: Lambda gives no more than six MB", len(response["body"]))
            return _by_itself(answers.FUNCTION_FAILED)
        content = base64.b64decode(response["body"]) if response.get("isBase64Encoded") else response["body"]
        return response["statusCode"], response["headers"] | response["multiValueHeaders"], content

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,18}", length):
            raise _BadRequest(answers.MALFORMED)
        return self._read(int(length)) or None

    def _read(self, length: int) -> bytes:
        if length > answers.MOST_REQUEST_BYTES:
            raise _BadRequest(answers.TOO_LARGE)
        return self.rfile.read(length)

    def _chunks(self) -> bytes:
        chunks: list[bytes] = []
        left = answers.MOST_REQUEST_BYTES
        while True:
            size = self.rfile.readline(_CHUNK_LINE).partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
                raise _BadRequest(answers.MALFORMED)
            length = int(size, 16)
            if length == 0:
                while self.rfile.readline(_CHUNK_LINE).strip():
                    """Trailers end with an empty line."""
                return b"".join(chunks)
            left -= length
            chunks.append(self._read(length if left >= 0 else answers.MOST_REQUEST_BYTES + 1))
            self.rfile.readline(_CHUNK_LINE)

    def _send(self, status: int, headers: Mapping[str, Any], body: str | bytes | None) -> None:
        content = body.encode() if isinstance(body, str) else body or b""
        self.send_response(status)
        names = {name.lower() for name in headers}
        if "content-type" not in names and content:
            self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name, str(one))
        without_body = status in {204, 304}
        if not without_body:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if content and not without_body and self.command != "HEAD":
            self.wfile.write(content)
