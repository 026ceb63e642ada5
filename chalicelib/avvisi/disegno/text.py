"""Text in boxes: wrapped, then shrunk, then cut with an ellipsis; it never grows out of the space it is given."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.avvisi.disegno.fonts import BOLD, MONO, MONO_BOLD, REGULAR, printable, width_mm

__all__ = [
    "BOLD",
    "GREY",
    "MONO",
    "MONO_BOLD",
    "REGULAR",
    "Laid",
    "Paragraph",
    "Row",
    "Span",
    "Style",
    "fit",
    "fit_line",
]

BLACK = "#000000"
GREY = "#7C7C7B"

ELLIPSIS = "…"
# Below six tenths an 8 point text is no longer read by people: better to cut it.
SCALES = (1.0, 0.94, 0.88, 0.82, 0.76, 0.7, 0.65, 0.6)


@dataclass(frozen=True, slots=True)
class Style:
    """A font, its size in points and its colour."""

    font: str = REGULAR
    size: float = 8
    colour: str = BLACK


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of text in one style."""

    text: str
    style: Style = Style()

    @property
    def width(self) -> float:
        return width_mm(self.text, self.style.font, self.style.size)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Spans that flow in lines `step` mm apart, after a `gap`; unscaled, never higher on the page than `not_before`."""

    spans: tuple[Span, ...]
    step: float
    gap: float = 0
    not_before: float = 0
    max_lines: int = 99


@dataclass(frozen=True, slots=True)
class Row:
    """One line: `y` is its top in mm, `height` the step it was given."""

    y: float
    height: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Laid:
    """Lines with their places, and where the last one ends."""

    rows: tuple[Row, ...]
    bottom: float


def fit(paragraphs: Sequence[Paragraph], *, width: float, top: float, bottom: float) -> Laid:
    """Lay the paragraphs one under the other from `top`, as large as they go in above `bottom`, all in mm.

    What does not go in at the smallest size is cut, and an ellipsis says so.
    """
    shown = [_printable(paragraph) for paragraph in paragraphs]
    for scale in SCALES:
        laid, cut = _lay(shown, width, top, scale)
        if laid.bottom <= bottom and not cut:
            return laid
    return _cut_at(laid, bottom, width)


def fit_line(spans: Sequence[Span], *, width: float) -> tuple[Span, ...]:
    """Give the spans as one line not wider than `width` mm: shrunk if need be, then cut."""
    shown = tuple(replace(span, text=printable(span.text, span.style.font)) for span in spans)
    natural = sum(span.width for span in shown)
    if natural <= width:
        return shown
    scale = max(width / natural * 0.999, SCALES[-1])
    small = tuple(_scaled(span, scale) for span in shown)
    return small if sum(span.width for span in small) <= width else _with_ellipsis(small, width)


def _printable(paragraph: Paragraph) -> Paragraph:
    return replace(
        paragraph, spans=tuple(replace(span, text=printable(span.text, span.style.font)) for span in paragraph.spans)
    )


def _lay(paragraphs: Sequence[Paragraph], width: float, top: float, scale: float) -> tuple[Laid, bool]:
    rows: list[Row] = []
    y, cut = top, False
    for paragraph in paragraphs:
        lines = _wrap([_scaled(span, scale) for span in paragraph.spans], width)
        if not lines:
            continue
        if len(lines) > paragraph.max_lines:
            cut = True
            lines = [
                *lines[: paragraph.max_lines - 1],
                _with_ellipsis(lines[paragraph.max_lines - 1], width, more=True),
            ]
        y += paragraph.gap * scale if rows else 0
        y = max(y, paragraph.not_before) if scale == 1 else y
        step = paragraph.step * scale
        rows += [Row(y + index * step, step, line) for index, line in enumerate(lines)]
        y += len(lines) * step
    return Laid(tuple(rows), y), cut


def _cut_at(laid: Laid, bottom: float, width: float) -> Laid:
    rows = [row for row in laid.rows if row.y + row.height <= bottom + 0.01]
    if rows and len(rows) < len(laid.rows):
        rows[-1] = replace(rows[-1], spans=_with_ellipsis(rows[-1].spans, width, more=True))
    return Laid(tuple(rows), min(laid.bottom, bottom))


def _scaled(span: Span, scale: float) -> Span:
    return span if scale == 1 else replace(span, style=replace(span.style, size=round(span.style.size * scale, 2)))


def _wrap(spans: Sequence[Span], width: float) -> list[tuple[Span, ...]]:
    lines: list[list[Span]] = []
    used = 0.0
    for word in _words(spans):
        space = Span(" ", word[0].style)
        wide = sum(piece.width for piece in word)
        if lines and used + space.width + wide <= width:
            lines[-1] += [space, *word]
            used += space.width + wide
            continue
        for piece in _broken(word, width):
            lines.append(list(piece))
            used = sum(span.width for span in piece)
    return [_merged(line) for line in lines]


def _words(spans: Sequence[Span]) -> list[list[Span]]:
    """Return the words; a word may change style inside, where two spans touch without a space."""
    words: list[list[Span]] = []
    glued = False
    for span in spans:
        for part in re.split(r"( +)", span.text):
            if not part:
                continue
            if part.isspace():
                glued = False
            elif glued:
                words[-1].append(replace(span, text=part))
            else:
                words.append([replace(span, text=part)])
                glued = True
    return words


def _broken(word: list[Span], width: float) -> list[list[Span]]:
    """Return the word in pieces not wider than `width`."""
    if sum(piece.width for piece in word) <= width:
        return [word]
    pieces: list[list[Span]] = [[]]
    used = 0.0
    for span in word:
        for char in span.text:
            letter = replace(span, text=char)
            if pieces[-1] and used + letter.width > width:
                pieces.append([])
                used = 0.0
            pieces[-1].append(letter)
            used += letter.width
    return pieces


def _merged(line: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in line:
        if merged and merged[-1].style == span.style:
            merged[-1] = replace(merged[-1], text=merged[-1].text + span.text)
        else:
            merged.append(span)
    return tuple(merged)


def _with_ellipsis(line: Sequence[Span], width: float, *, more: bool = False) -> tuple[Span, ...]:
    """Cut the line so that it ends in an ellipsis within `width`; `more` says that text follows that is not shown."""
    kept = [span for span in line if span.text]
    if not more and sum(span.width for span in kept) <= width:
        return tuple(kept)
    while kept:
        last = replace(kept[-1], text=kept[-1].text.rstrip(" ,;.") + ELLIPSIS)
        if sum(span.width for span in [*kept[:-1], last]) <= width:
            return (*kept[:-1], last)
        shorter = kept[-1].text[:-1].rstrip()
        kept = [*kept[:-1], replace(kept[-1], text=shorter)] if shorter else kept[:-1]
    return ()
