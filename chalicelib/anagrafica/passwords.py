"""Passwords: kept as scrypt, compared in constant time; a right one is remembered for a while without being kept."""

import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from threading import Lock

from chalicelib.settings import settings

_N, _R, _P = 2**15, 8, 1
_MAX_MEMORY = 64 * 1024 * 1024  # twice what n = 2^15, r = 8 takes
_SALT_BYTES = 16
_HASH_BYTES = 32
_MAX_PASSWORD = 1024
_MAX_REMEMBERED = 1000


def hash_password(password: str) -> str:
    """Make `scrypt$<salt>$<hash>`, base64."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${base64.b64encode(salt).decode()}${base64.b64encode(_scrypt(password, salt)).decode()}"


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MAX_MEMORY, dklen=_HASH_BYTES)


# Compared with when there is nobody to compare with: no password has it, and it takes as long.
_NOBODY = f"scrypt${base64.b64encode(bytes(_SALT_BYTES)).decode()}${base64.b64encode(bytes(_HASH_BYTES)).decode()}"


def _verify(password: str, stored: str) -> bool:
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_scrypt(password, base64.b64decode(salt)), base64.b64decode(expected))


def is_password(password: str, stored: str | None) -> bool:
    """Tell whether a password, which whoever registers an utenza says again, is the one that is stored."""
    return stored is not None and len(password) <= _MAX_PASSWORD and _verify(password, stored)


class Verifier:
    """Verifies passwords. What it remembers is an HMAC by a key of this process, which nobody can turn back."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(_HASH_BYTES)
        self._right: OrderedDict[bytes, float] = OrderedDict()
        self._lock = Lock()

    def remembers(self, password: str, stored: str | None) -> bool:
        """Tell whether a password was right a moment ago, at next to no cost."""
        if stored is None or len(password) > _MAX_PASSWORD:
            return False
        with self._lock:
            return self._right.get(self._token(password, stored), 0.0) > time.monotonic()

    def is_right(self, password: str, stored: str | None) -> bool:
        """Tell whether a password is the one that was hashed. With nothing stored it is wrong, in the same time."""
        if len(password) > _MAX_PASSWORD:
            return False
        right = _verify(password, stored or _NOBODY) and stored is not None
        if right and stored is not None:
            self._remember(self._token(password, stored))
        return right

    def _token(self, password: str, stored: str) -> bytes:
        # With the hash in it, what was remembered is worth nothing once the password is another.
        return hmac.digest(self._key, f"{stored}\0{password}".encode(), "sha256")

    def _remember(self, token: bytes) -> None:
        with self._lock:
            self._right[token] = time.monotonic() + settings().credentials_cache_seconds
            self._right.move_to_end(token)
            while len(self._right) > _MAX_REMEMBERED:
                self._right.popitem(last=False)

    def forget(self) -> None:
        with self._lock:
            self._right.clear()
