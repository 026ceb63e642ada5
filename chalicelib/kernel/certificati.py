"""When certificates end: their PEM, read as far as that (RFC 5280, 4.1). No signature is verified."""

import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _VERSION, _UTC_TIME, _GENERALIZED_TIME = 0x30, 0xA0, 0x17, 0x18
_FORMATS = {_UTC_TIME: "%y%m%d%H%M%SZ", _GENERALIZED_TIME: "%Y%m%d%H%M%SZ"}
_LONG = 0x80
_MOST = 200  # a truststore of every CA there is has fewer


class CertificatoIlleggibile(ValueError):
    """There is no certificate, or what stands for one is none."""


def scadenze_of(pem: str) -> Sequence[datetime]:
    """Give when each certificate of a PEM ends, in their order; keys and other parts of it are not looked at.

    :raises CertificatoIlleggibile:
    """
    found = [_not_after(match[1]) for match in islice(_PEM.finditer(pem), _MOST)]
    if not found:
        raise CertificatoIlleggibile("nessun certificato nel PEM")
    return found


def _not_after(base64: str) -> datetime:
    try:
        tag, certificate, _ = _element(binascii.a2b_base64(base64))
        _, signed, _ = _element(certificate)
        if tag != _SEQUENCE:
            raise CertificatoIlleggibile("il PEM non contiene un certificato X.509")
        first, _, after = _element(signed)
        # The version may be left out: then the first is the serial number.
        rest = _skip(after if first == _VERSION else signed, 3)  # serial number, algorithm, issuer
        _, validity, _ = _element(rest)
        kind, text, _ = _element(_skip(validity, 1))
        return datetime.strptime(text.decode("ascii"), _FORMATS[kind]).replace(tzinfo=UTC)
    except (ValueError, IndexError, KeyError) as error:
        raise CertificatoIlleggibile("il PEM non contiene un certificato X.509") from error


def _skip(data: bytes, elements: int) -> bytes:
    for _ in range(elements):
        _, _, data = _element(data)
    return data


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """Give the tag of the first element of DER, its content, and what comes after it."""
    length, start = data[1], 2
    if length & _LONG:
        start += length & ~_LONG
        length = int.from_bytes(data[2:start], "big")
    if start + length > len(data):
        raise IndexError
    return data[0], data[start : start + length], data[start + length :]
