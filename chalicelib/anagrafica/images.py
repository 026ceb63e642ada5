"""The logo of an ente: base64 as it comes, bytes and media type as it goes."""

import base64
import binascii
from dataclasses import dataclass

# A logo lies in one item of the table (400 kB at most); printed at 2 cm, 150 kB are plenty.
MAX_BASE64 = 200_000
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    content: bytes
    content_type: str


def read_logo(text: str) -> Logo | None:
    """Read the base64 of an image (also as a `data:` URL), None where it is not a PNG or a JPEG."""
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    content_type = next((name for signature, name in _SIGNATURES if content.startswith(signature)), None)
    return Logo(content=content, content_type=content_type) if content_type else None
