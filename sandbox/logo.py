"""The coat of arms of the sample comune: a small PNG, drawn."""

import base64
import struct
import zlib

_LATO = 64
_BLU, _ORO, _BIANCO = (0, 102, 204), (240, 190, 60), (255, 255, 255)


def stemma() -> str:
    """Give the PNG in base64: a shield, blue, with a golden chief and a white tower."""
    righe = b"".join(b"\x00" + b"".join(bytes(_colore(x, y)) for x in range(_LATO)) for y in range(_LATO))
    header = struct.pack(">IIBBBBB", _LATO, _LATO, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(righe, 9)) + _chunk(b"IEND", b"")
    )
    return base64.b64encode(png).decode()


def _colore(x: int, y: int) -> tuple[int, int, int]:
    dal_centro = abs(2 * x - _LATO + 1)
    # The sides fall straight, then close on the point.
    meta = 56 if y < 32 else 56 - (y - 32) ** 2 // 15
    if y < 4 or dal_centro > meta:
        return _BIANCO
    if y < 16:
        return _ORO
    torre = dal_centro < 14 and 24 <= y < 50
    merlo = dal_centro < 20 and 20 <= y < 26 and (x // 4) % 2 == 0
    porta = dal_centro < 6 and y >= 40
    return _BIANCO if (torre or merlo) and not porta else _BLU


def _chunk(nome: bytes, dati: bytes) -> bytes:
    return struct.pack(">I", len(dati)) + nome + dati + struct.pack(">I", zlib.crc32(nome + dati))
