"""What a request proves of its caller, as it is sent: user and password, or the certificate that API Gateway verified."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

_COMMA = re.compile(r"(?<!\\),")
_ONELINE = re.compile(r"(?<!\\)/")


def basic_credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """Read the user and password of an Authorization header, None where there are none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def certificate_subject(context: Mapping[str, Any]) -> str | None:
    """Give the subject of the client certificate that API Gateway verified (mutual TLS of the custom domain)."""
    identity = context.get("identity") or {}
    certificate = identity.get("clientCert") or {}
    subject: str | None = certificate.get("subjectDN")
    return subject


def normalized_subject(subject: str) -> frozenset[tuple[str, str]]:
    """Make a subject comparable attribute by attribute, in whatever order it is written.

    It is `CN=x,O=y` with commas escaped inside values (RFC 4514), or `/CN=x/O=y` as OpenSSL prints it: never both, so
    that no value can pass for an attribute.
    """
    separator = _ONELINE if subject.startswith("/") else _COMMA
    parts = (part.partition("=") for part in separator.split(subject) if "=" in part)
    return frozenset((name.strip().upper(), value.strip().replace("\\", "")) for name, _, value in parts)
