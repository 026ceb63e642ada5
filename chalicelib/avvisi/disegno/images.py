"""The logo of an ente, made ready for print; a broken one is no reason to withhold a notice."""

import io
import logging
from functools import lru_cache
from typing import Any

logger = logging.getLogger(__name__)

# 30 mm at 300 dots per inch; more would only make every notice of the ente heavier.
_SIDE_PIXELS = 360
_MAX_BYTES = 2_000_000
_MAX_PIXELS = 25_000_000
_FORMATS = ("PNG", "JPEG", "GIF")


@lru_cache(maxsize=16)
def logo_image(logo: bytes) -> Any | None:
    """Return the logo for `drawImage`, on white and not larger than print needs; None if it cannot be read."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    if len(logo) > _MAX_BYTES:
        logger.warning("logo left out: larger than %d bytes", _MAX_BYTES)
        return None
    try:
        with Image.open(io.BytesIO(logo), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                logger.warning("logo left out: more than %d pixels", _MAX_PIXELS)
                return None
            image.thumbnail((_SIDE_PIXELS, _SIDE_PIXELS))
            coloured = image.convert("RGBA")
    # Pillow's decoders raise any of these on damaged bytes; UnidentifiedImageError is an OSError.
    except (OSError, ValueError, SyntaxError, IndexError, EOFError, Warning, Image.DecompressionBombError) as error:
        logger.warning("logo left out: %s", type(error).__name__)
        return None
    paper = Image.new("RGB", coloured.size, "white")
    paper.paste(coloured, mask=coloured.getchannel("A"))
    return ImageReader(paper)
