"""Which addresses may be connected to: what tenants give us never reaches inside our own network.

Every address a name resolves to is checked, and the connection goes to the very address that was checked: a name that
resolves differently the second time (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import threading
import time
from typing import Any

from chalicelib.settings import settings

CONNECT_SECONDS = 1.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class IndirizzoVietato(Exception):
    """The name resolves to an address inside a network: private, link-local, loopback, of a metadata service."""


class NonConnesso(Exception):
    """The name does not resolve or nobody accepts the connection: nothing was sent. `motivo` is Italian."""

    def __init__(self, motivo: str) -> None:
        self.motivo = motivo
        super().__init__(motivo)


def is_public(address: Address) -> bool:
    """Tell whether an address is of the Internet; of one that carries an IPv4 address inside, that one is asked."""
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return inner is None or is_public(inner)
    return True


def connect(host: str, port: int, timeout: Any) -> socket.socket:
    """Connect to the first address of a name that answers, having checked that all of them may be connected to.

    `timeout` is for the name and all its addresses together.

    :raises IndirizzoVietato:
    :raises NonConnesso:
    """
    seconds = timeout if isinstance(timeout, int | float) else CONNECT_SECONDS
    end = time.monotonic() + seconds
    found = _resolve(host, port, seconds)
    if not settings().allow_private_urls:
        for _family, sockaddr in found:
            if not is_public(ipaddress.ip_address(str(sockaddr[0]).partition("%")[0])):
                raise IndirizzoVietato(host)
    for family, sockaddr in found:
        left = end - time.monotonic()
        sock = _open(family, sockaddr, left) if left > 0 else None
        if sock is not None:
            return sock
    raise NonConnesso("il servizio non accetta connessioni")


def _open(family: int, sockaddr: Any, seconds: float) -> socket.socket | None:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(seconds)
        # Headers and body are two writes: without this the second waits for the answer to the first.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(sockaddr)
    except OSError:
        sock.close()
        return None
    return sock


def _resolve(host: str, port: int, seconds: float) -> list[tuple[int, Any]]:
    """Resolve a name in time: the resolver of the system knows no time-out, so it is asked on a thread."""
    found: list[tuple[int, Any]] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend((family, sockaddr) for family, _, _, _, sockaddr in answers)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not found:
        raise NonConnesso("il nome del servizio non si risolve")
    return list(found)
