"""The ente's application as a real HTTP server on loopback: answers as it is told, remembers what it was asked."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    metodo: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    client_address: tuple[str, int]


@dataclass(slots=True, kw_only=True)
class EnteFinto:
    """`stato`, `headers`, `body` are its answer; `mute` keeps it silent, `dribble` sends a byte now and then."""

    url: str = ""
    stato: int = 201
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = b"{}"
    mute: bool = False
    dribble: bool = False
    refuse_unless: Mapping[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    client_certificates: list[Any] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Asked) -> tuple[int, bytes]:
        if any(request.headers.get(name) != value for name, value in self.refuse_unless.items()):
            return 401, b""
        return self.stato, self.body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    ente: EnteFinto

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        request = Asked(
            metodo=self.command,
            path=self.path,
            headers=dict(self.headers),
            body=self.rfile.read(length),
            client_address=self.client_address,
        )
        self.ente.asked.append(request)
        if isinstance(self.connection, ssl.SSLSocket):
            self.ente.client_certificates.append(self.connection.getpeercert())
        if self.ente.mute:
            self.ente.closing.wait(10)
            self.close_connection = True
            return
        status, body = self.ente.answer(request)
        self.send_response(status)
        for name, value in self.ente.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.ente.dribble:
            self._dribble(body)
        else:
            self.wfile.write(body)

    def _dribble(self, body: bytes) -> None:
        for byte in body:
            if self.ente.closing.wait(0.02):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Stay quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that goes away in the middle is what is being tested."""


@contextmanager
def running(ente: EnteFinto, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[EnteFinto]:
    """Serve on a free port while the block runs."""
    handler = type("Handler", (_Handler,), {"ente": ente})
    server = _Server(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    ente.url = f"{'https' if tls else 'http'}://{host}:{server.server_address[1]}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield ente
    finally:
        ente.closing.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
