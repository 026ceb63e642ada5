"""HTTP out to addresses that others give us: guarded, bounded, kept alive. Imports requests: import it where it is used.

- Connections go to addresses that were checked (`indirizzi`).
- One deadline holds for name, connection, TLS, headers and body together: a peer that sends a byte a second is cut off.
- No redirects, no proxies of the environment, no cookies, bodies up to a limit, TLS always verified.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any, BinaryIO

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from chalicelib.connettori import indirizzi

MAX_BODY = 1_000_000
_CHUNK = 65_536
_IDLE_POOLS = 16


_Read = Callable[[requests.Response], bytes]


class Guasto(Exception):
    """The exchange did not come to an answer. `motivo` is Italian; `incerta`: the request may have been received."""

    def __init__(self, motivo: str, *, incerta: bool) -> None:
        self.motivo, self.incerta = motivo, incerta
        super().__init__(motivo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Richiesta:
    """A request. `ca` and `cert` are paths of files: a CA in place of the known ones, a client's (certificate, key)."""

    metodo: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    ca: str | None = None
    cert: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    stato: int
    headers: Mapping[str, str]
    body: bytes


def exchange(richiesta: Richiesta, *, seconds: float) -> Risposta:
    """Send a request and read its answer within so many seconds.

    A GET whose kept-alive connection the peer had closed is sent once more, within the same time.

    :raises Guasto: if no whole answer came
    """
    with _deadline(seconds) as deadline:
        try:
            return _send(richiesta, deadline)
        except Guasto as guasto:
            if richiesta.metodo != "GET" or not guasto.incerta or deadline.expired:
                raise
        return _send(richiesta, deadline)


def download(richiesta: Richiesta, *, seconds: float, into: BinaryIO, max_bytes: int) -> Risposta:
    """Send a request and write the body of its answer into a file as it comes; the body given back is empty.

    It is sent once: what was written is part of an answer that may not be whole.

    :raises Guasto: if no whole answer came, or it is longer than `max_bytes`
    """

    def read(response: requests.Response) -> bytes:
        written = 0
        for chunk in response.iter_content(_CHUNK):
            written += into.write(chunk)
            if written > max_bytes:
                raise Guasto(f"la risposta supera {max_bytes} byte", incerta=True)
        return b""

    with _deadline(seconds) as deadline:
        return _send(richiesta, deadline, read)


def _send(richiesta: Richiesta, deadline: "_Deadline", read: "_Read | None" = None) -> Risposta:
    seconds = deadline.left()
    try:
        with _session().request(
            richiesta.metodo,
            richiesta.url,
            headers=dict(richiesta.headers),
            data=richiesta.body,
            timeout=(min(indirizzi.CONNECT_SECONDS, seconds), seconds),
            allow_redirects=False,
            stream=True,
            verify=richiesta.ca or True,
            cert=richiesta.cert,
        ) as response:
            body = (read or _read)(response)
            return Risposta(stato=response.status_code, headers=dict(response.headers), body=body)
    except indirizzi.IndirizzoVietato as error:
        raise Guasto("l'indirizzo del servizio non è pubblico", incerta=False) from error
    except indirizzi.NonConnesso as error:
        raise Guasto(error.motivo, incerta=False) from error
    except (requests.RequestException, OSError, ValueError) as error:
        raise _guasto(error, deadline) from error


def _guasto(error: Exception, deadline: "_Deadline") -> Guasto:
    if deadline.expired or isinstance(error, requests.exceptions.Timeout):
        return Guasto(f"nessuna risposta entro {int(deadline.seconds * 1000)} ms", incerta=True)
    if isinstance(error, requests.exceptions.SSLError):
        return Guasto("la connessione TLS non è stata stabilita: controllare i certificati", incerta=False)
    if isinstance(error, ValueError):  # InvalidURL, InvalidSchema, InvalidHeader of requests, and LocationParseError
        return Guasto("la configurazione del servizio non è valida", incerta=False)
    return Guasto("la connessione è stata interrotta", incerta=True)


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_content(_CHUNK):
        body += chunk
        if len(body) > MAX_BODY:
            raise Guasto(f"la risposta supera {MAX_BODY} byte", incerta=True)
    return bytes(body)


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    """Give the session of this process: connections are kept alive, nothing else is kept."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(pool_connections=_IDLE_POOLS, pool_maxsize=4, max_retries=0))
    return session


class _Deadline:
    """An end in time, which closes under the reader's hands whatever connection is in use."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.expired = False
        self._end = time.monotonic() + seconds
        self._guards: list[socket.socket] = []
        self._adopted: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def left(self) -> float:
        return max(self._end - time.monotonic(), 0.001)

    def watch(self, guard: socket.socket) -> None:
        self._guards.append(guard)
        if self.expired:
            self._expire()

    def adopt(self, guard: socket.socket) -> None:
        """Keep a guard beyond its connection, which is closed before its last answer is read (Connection: close)."""
        self._adopted.append(guard)

    def cancel(self) -> None:
        self._timer.cancel()
        for guard in self._adopted:
            guard.close()

    def _expire(self) -> None:
        self.expired = True
        for guard in self._guards:
            try:
                guard.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # closed already: there is nothing to cut off


_current = threading.local()


@contextmanager
def _deadline(seconds: float) -> Iterator[_Deadline]:
    deadline = _Deadline(seconds)
    _current.deadline = deadline
    try:
        yield deadline
    finally:
        _current.deadline = None
        deadline.cancel()


class _Guarded(HTTPConnection):
    """A connection to a checked address, which the deadline of the request can cut off.

    The guard is a second handle on the same connection: TLS takes the first one over.
    """

    guard: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        sock = indirizzi.connect(self.host, self.port or self.default_port, self.timeout)
        self.guard = sock.dup()
        _watch(self.guard)
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.guard is not None:  # kept alive from an earlier request
            _watch(self.guard)
        super().request(*args, **kwargs)

    def close(self) -> None:
        if self.guard is not None:
            deadline = _deadline_of_thread()
            if deadline is not None:
                deadline.adopt(self.guard)
            else:
                self.guard.close()
            self.guard = None
        super().close()


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same under TLS: the name that is verified is the one that was asked for."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def _watch(guard: socket.socket) -> None:
    deadline = _deadline_of_thread()
    if deadline is not None:
        deadline.watch(guard)


def _deadline_of_thread() -> _Deadline | None:
    deadline: _Deadline | None = getattr(_current, "deadline", None)
    return deadline
