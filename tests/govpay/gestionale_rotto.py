"""A gestionale broken in one way: the sandbox's, with one answer spoilt on its way out."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from sandbox.web import json_text


@dataclass
class Scambio:
    """An exchange: what was asked, and what the sound gestionale answered; a fault changes `stato`, `tipo`, `corpo`."""

    metodo: str
    path: str
    headers: dict[str, str]
    richiesta: bytes
    stato: int = 200
    tipo: str = "application/json"
    corpo: bytes = b""

    @property
    def is_verifica(self) -> bool:
        return self.metodo == "GET" and "/avvisi/" in self.path

    def change(self, **fields: object) -> None:
        """Answer with other fields; None takes one away."""
        found = {**json_text.loads(self.corpo), **fields}
        self.corpo = json_text.dumps({name: value for name, value in found.items() if value is not None}).encode()


@dataclass
class Rotto:
    """`before` may answer in the place of the sound one, by giving True; `after` spoils its answer."""

    before: Callable[[Scambio], bool] = lambda _scambio: False
    after: Callable[[Scambio], None] = lambda _scambio: None
    seen: list[bytes] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def seen_before(self, scambio: Scambio) -> bool:
        with self.lock:
            known = scambio.richiesta in self.seen
            self.seen.append(scambio.richiesta)
            return known


def slow(seconds: float) -> Callable[[Scambio], None]:
    return lambda _scambio: time.sleep(seconds)


@contextmanager
def served(sound: str, rotto: Rotto) -> Iterator[str]:
    """Serve the gestionale at `sound` with that fault, and give the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            scambio = Scambio(self.command, self.path, dict(self.headers), body)
            if not rotto.before(scambio):
                kept = {name: value for name, value in scambio.headers.items() if name.lower() != "host"}
                found = requests.request(self.command, sound + self.path, headers=kept, data=body, timeout=20)
                scambio.stato, scambio.corpo = found.status_code, found.content
                scambio.tipo = found.headers.get("Content-Type", "")
            rotto.after(scambio)
            self.send_response(scambio.stato)
            self.send_header("Content-Type", scambio.tipo)
            self.send_header("Content-Length", str(len(scambio.corpo)))
            self.end_headers()
            self.wfile.write(scambio.corpo)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
