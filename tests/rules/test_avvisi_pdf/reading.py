"""Reading a PDF back: its text with positions, its codes with positions, its fonts. Millimetres from the top left."""

import io
import re
from dataclasses import dataclass
from typing import Any

import pdfplumber
import pypdfium2
import zxingcpp
from pdfminer.pdftypes import resolve1

POINT = 25.4 / 72
# Parts of the font size above and below the base line that letters fill.
ASCENT, DESCENT = 0.68, 0.18


@dataclass(frozen=True)
class Word:
    text: str
    x: float
    right: float
    baseline: float
    size: float
    colour: tuple[float, ...]

    @property
    def top(self):
        return self.baseline - ASCENT * self.size * POINT

    @property
    def bottom(self):
        return self.baseline + DESCENT * self.size * POINT


@dataclass(frozen=True)
class Code:
    kind: str
    text: str
    x: float
    y: float
    side: float


def words(pdf):
    """Return the words of each page."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [_words(page) for page in document.pages]


def text(pdf):
    """Return all the text, lines broken as spaces."""
    return " ".join(word.text for page in words(pdf) for word in page)


def squeezed(value):
    return re.sub(r"\s+", " ", value).strip()


def _words(page):
    found: list[Word] = []
    current: list[tuple[Any, Any]] = []
    for char in page.chars:
        baseline = (float(page.height) - char["matrix"][5]) * POINT
        key = (round(baseline, 2), char["fontname"], round(char["size"], 2))
        follows = current and current[-1][0] == key and abs(char["x0"] - current[-1][1]["x1"]) < 0.3
        if current and (char["text"].isspace() or not follows):
            found.append(_word(current))
            current = []
        if not char["text"].isspace():
            current.append((key, char))
    return found + ([_word(current)] if current else [])


def _word(chars):
    (baseline, _, size), first = chars[0]
    return Word(
        "".join(char["text"] for _, char in chars),
        first["x0"] * POINT,
        chars[-1][1]["x1"] * POINT,
        baseline,
        size,
        tuple(round(part, 2) for part in first["non_stroking_color"]),
    )


def codes(pdf, dpi=250):
    """Return the codes that a reader finds on each page, rendered."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for page in document:
        image = page.render(scale=dpi / 72, grayscale=True).to_pil()
        pages.append([_code(barcode, 25.4 / dpi) for barcode in zxingcpp.read_barcodes(image)])
    document.close()
    return pages


def _code(barcode, mm):
    corners = [getattr(barcode.position, name) for name in ("top_left", "top_right", "bottom_left", "bottom_right")]
    xs, ys = [corner.x * mm for corner in corners], [corner.y * mm for corner in corners]
    return Code(str(barcode.format).rpartition(".")[2], barcode.text, min(xs), min(ys), max(xs) - min(xs))


def fonts(pdf):
    """Return (name, whether its program is in the file) of every font of every page."""
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return {
            (str(font["BaseFont"]), "FontFile2" in resolve1(font.get("FontDescriptor", {})))
            for page in document.pages
            for font in map(resolve1, resolve1(page.page_obj.resources["Font"]).values())
        }


def page_count(pdf):
    document = pypdfium2.PdfDocument(pdf)
    count = len(document)
    document.close()
    return count


def overlaps(page):
    """Return the pairs of words of one page that print over each other."""
    ordered = sorted(page, key=lambda word: word.top)
    pairs = []
    for index, word in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if other.top >= word.bottom - 0.05:
                break
            if other.x < word.right - 0.1 and word.x < other.right - 0.1:
                pairs.append((word, other))
    return pairs
