"""HTTP/1.1 on loopback, one thread, connections kept: what the Runtime API and the AWS of a load test are served by.

`sandbox.web` serves people, a thread a connection; here a request must cost as little as it can, because what is
measured shares the processors with it.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
_REASONS = {200: "OK", 202: "Accepted", 400: "Bad Request", 404: "Not Found", 500: "Internal Server Error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Richiesta:
    """A request that has come whole; names of headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def scritta(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Other')}", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


Risponde = Callable[[Risposta], None]
Serve = Callable[[Richiesta, Risponde], None]


class _Connessione(asyncio.Protocol):
    """Reads requests one after the other; the answer may be written later."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._letto = bytearray()
        self._testa: tuple[str, str, dict[str, str]] | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - what create_server gives
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._letto += data
        while self._una():
            pass

    def _una(self) -> bool:
        """Serve one request, if it is all there."""
        if self._testa is None and not self._legge_testa():
            return False
        assert self._testa is not None  # noqa: S101 - just read
        method, path, headers = self._testa
        length = int(headers.get("content-length", 0))
        if len(self._letto) < length:
            return False
        body, self._testa = bytes(self._letto[:length]), None
        del self._letto[:length]
        self._serve(Richiesta(method=method, path=path, headers=headers, body=body), self._risponde)
        return True

    def _legge_testa(self) -> bool:
        end = self._letto.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = self._letto[:end].decode("latin-1").split("\r\n")
        del self._letto[: end + 4]
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._testa = (method, path, headers)
        if headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _risponde(self, risposta: Risposta) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(risposta.scritta())


async def server(serve: Serve, *, port: int = 0) -> tuple[asyncio.Server, str]:
    """Serve in the running loop; give the server, and host and port."""
    made = await asyncio.get_running_loop().create_server(lambda: _Connessione(serve), LOOPBACK, port, backlog=256)
    host, bound = made.sockets[0].getsockname()[:2]
    return made, f"{host}:{bound}"
