"""Identifiers we make: time-ordered and random, without a round trip to anywhere."""

import secrets
import uuid
from datetime import datetime

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(now: datetime) -> str:
    """Make 26 characters that sort by time: 48 bits of milliseconds, 80 random."""
    value = (int(now.timestamp() * 1000) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))


def new_uuid() -> str:
    return str(uuid.uuid4())


def new_secret() -> str:
    """Make what nobody guesses: 256 random bits, as hex."""
    return secrets.token_hex(32)


def new_hex() -> str:
    """Make the 32 hex digits of a UUID: the id of a pagamento, the identificativo of a message to the Nodo."""
    return uuid.uuid4().hex
