"""The fonts of the guide, embedded as subsets: Titillium Web for words, Roboto Mono for codes."""

import unicodedata
from functools import cache
from pathlib import Path

REGULAR = "TitilliumWeb-Regular"
BOLD = "TitilliumWeb-Bold"
MONO = "RobotoMono-Regular"
MONO_BOLD = "RobotoMono-Bold"

_FOLDER = Path(__file__).parent.parent / "fonts"

# Where the base line lies under the top of a line, as a part of the font size: measured on the guide's specimens,
# whose tops are the figures of every position in this package.
BASELINE = {REGULAR: 0.83, BOLD: 0.83, MONO: 0.78, MONO_BOLD: 0.78}

_SIMILAR = str.maketrans(
    {"‐": "-", "‑": "-", "‒": "–", "―": "—", "′": "’", "″": "”", "ʼ": "’", "ẞ": "SS", "ŉ": "’n", "ſ": "s", "№": "N."}
)


@cache
def register() -> None:
    """Make the four fonts known to reportlab; once per process, some ten milliseconds."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name in (REGULAR, BOLD, MONO, MONO_BOLD):
        pdfmetrics.registerFont(TTFont(name, _FOLDER / f"{name}.ttf"))


@cache
def _glyphs(font: str) -> frozenset[str]:
    from reportlab.pdfbase import pdfmetrics

    register()
    return frozenset(chr(code) for code in pdfmetrics.getFont(font).face.charToGlyph)


def printable(text: str, font: str) -> str:
    """Return the text as the font can print it: controls become spaces, a letter without glyph loses its accent or is "?"."""
    glyphs = _glyphs(font)
    composed = unicodedata.normalize("NFC", text).translate(_SIMILAR)
    return "".join(char if char in glyphs else _nearest(char, glyphs) for char in composed)


def _nearest(char: str, glyphs: frozenset[str]) -> str:
    category = unicodedata.category(char)
    if category.startswith("Z") or char in "\t\n\r\v\f":
        return " "
    if category.startswith("C") or category == "Mn":
        # Controls, direction marks and loose accents have no width of their own.
        return " " if category == "Cc" else ""
    return "".join(part for part in unicodedata.normalize("NFKD", char) if part in glyphs) or "?"


def width_mm(text: str, font: str, size: float) -> float:
    """Return the width of the text in millimetres; `size` in points."""
    from reportlab.pdfbase import pdfmetrics

    register()
    return float(pdfmetrics.stringWidth(text, font, size)) * POINT


POINT = 25.4 / 72
