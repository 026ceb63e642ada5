"""A4 landscape, a table that goes on from page to page: what the report needs of a sheet, in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.avvisi.disegno import BOLD, GREY, REGULAR, Paragraph, Span, Style, fit
from chalicelib.avvisi.disegno.fonts import BASELINE, POINT, register
from chalicelib.avvisi.disegno.text import fit_line

WIDTH, HEIGHT, MARGIN = 297.0, 210.0, 10.0
WIDE = WIDTH - 2 * MARGIN
_BOTTOM = HEIGHT - 14.0
_BAND, _RULE = "#ECECEC", "#BBBBBB"
_PAD, _STEP, SIZE = 0.8, 2.9, 6.5
_HEAD_HEIGHT = 5.0
_GUTTER = 3.0  # between a column of figures and the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Colonna:
    titolo: str
    wide: float
    right: bool = False
    lines: int = 4


def _kept(text: str) -> str:
    """Keep an amount and its sign on one line."""
    return text.replace(" €", "\N{NO-BREAK SPACE}€")


class Foglio:
    """Draws from the top down; what does not fit goes on a new page, under the heading of its table again."""

    def __init__(self, path: Path, *, title: str, author: str, foot: str) -> None:
        from reportlab.pdfgen.canvas import Canvas

        register()
        self._canvas: Any = Canvas(
            str(path),
            pagesize=(WIDTH / POINT, HEIGHT / POINT),
            invariant=1,
            pageCompression=1,
            initialFontName=REGULAR,
            lang="it-IT",
        )
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._foot = foot
        self._page = 1
        self._colonne: Sequence[Colonna] = ()
        self.y = MARGIN

    def save(self) -> None:
        self._end_page()
        self._canvas.save()

    def title(self, text: str, *, size: float = 13) -> None:
        self._colonne = ()
        self._need(size * 0.6 + 8)
        self._line((Span(text, Style(BOLD, size)),), x=MARGIN, width=WIDE)
        self.y += size * 0.55

    def text(self, text: str, *, size: float = 8, colour: str = "#000000", lines: int = 4, bold: bool = False) -> None:
        self._colonne = ()
        laid = fit(
            (
                Paragraph(
                    (Span(_kept(text), Style(BOLD if bold else REGULAR, size, colour)),), size * 0.45, max_lines=lines
                ),
            ),
            width=WIDE,
            top=0,
            bottom=size * 0.45 * lines + 1,
        )
        self._need(laid.bottom)
        self._laid(laid, MARGIN)
        self.y += laid.bottom + 0.6

    def gap(self, height: float = 3) -> None:
        self.y += height

    def table(self, colonne: Sequence[Colonna]) -> None:
        """Begin a table: its heading stands on every page it takes."""
        self._need(_HEAD_HEIGHT + 6)
        self._colonne = colonne
        self._heading()

    def row(self, cells: Sequence[str], *, bold: bool = False, indent: float = 0) -> None:
        laid = [self._cell(c, cell, bold=bold) for c, cell in zip(self._colonne, cells, strict=True)]
        height = max([one.bottom for one in laid if one is not None], default=_STEP) + 2 * _PAD
        if self._need(height):
            self._heading()
        x = MARGIN + indent
        for colonna, cell, one in zip(self._colonne, cells, laid, strict=True):
            if colonna.right:
                style = Style(BOLD if bold else REGULAR, SIZE)
                self._line(
                    (Span(cell, style),),
                    x=x + colonna.wide - _GUTTER,
                    width=colonna.wide - _GUTTER,
                    right=True,
                    down=_PAD,
                )
            elif one is not None:
                self._laid(one, x, down=_PAD)
            x += colonna.wide
        self.y += height
        self._rule()

    def _cell(self, colonna: Colonna, text: str, *, bold: bool) -> Any:
        if colonna.right or not text:
            return None
        style = Style(BOLD if bold else REGULAR, SIZE)
        paragraphs = tuple(
            Paragraph(
                (Span(_kept(part), style if number == 0 else Style(REGULAR, SIZE, GREY)),),
                _STEP,
                max_lines=colonna.lines,
            )
            for number, part in enumerate(text.split("\n"))
            if part
        )
        return fit(paragraphs, width=colonna.wide - 1.5, top=0, bottom=_STEP * colonna.lines * len(paragraphs))

    def _heading(self) -> None:
        self._canvas.setFillColor(_BAND)
        self._canvas.rect(
            MARGIN / POINT,
            (HEIGHT - self.y - _HEAD_HEIGHT) / POINT,
            WIDE / POINT,
            _HEAD_HEIGHT / POINT,
            stroke=0,
            fill=1,
        )
        x = MARGIN
        for colonna in self._colonne:
            span = Span(colonna.titolo, Style(BOLD, SIZE))
            at = x + colonna.wide - _GUTTER if colonna.right else x
            self._line((span,), x=at, width=colonna.wide - 1, right=colonna.right, down=1.1)
            x += colonna.wide
        self.y += _HEAD_HEIGHT

    def _need(self, height: float) -> bool:
        if self.y + height <= _BOTTOM:
            return False
        self._end_page()
        self._page += 1
        self.y = MARGIN
        return True

    def _end_page(self) -> None:
        kept, self.y = self.y, HEIGHT - 10
        grey = Style(REGULAR, 6.5, GREY)
        self._line((Span(self._foot, grey),), x=MARGIN, width=WIDE - 30)
        self._line((Span(f"Pagina {self._page}", grey),), x=WIDTH - MARGIN, width=28, right=True)
        self.y = kept
        self._canvas.showPage()

    def _rule(self) -> None:
        self._canvas.setStrokeColor(_RULE)
        self._canvas.setLineWidth(0.3)
        y = (HEIGHT - self.y) / POINT
        self._canvas.line(MARGIN / POINT, y, (WIDTH - MARGIN) / POINT, y)

    def _laid(self, laid: Any, x: float, *, down: float = 0) -> None:
        for row in laid.rows:
            style = row.spans[0].style
            self._write(row.spans, x, self.y + down + row.y + BASELINE[style.font] * style.size * POINT)

    def _line(self, spans: Sequence[Span], *, x: float, width: float, right: bool = False, down: float = 0) -> None:
        shown = fit_line(spans, width=width)
        start = x - sum(span.width for span in shown) if right else x
        style = shown[0].style
        self._write(shown, start, self.y + down + BASELINE[style.font] * spans[0].style.size * POINT)

    def _write(self, spans: Sequence[Span], x: float, baseline: float) -> None:
        for span in spans:
            self._canvas.setFillColor(span.style.colour)
            self._canvas.setFont(span.style.font, span.style.size)
            self._canvas.drawString(x / POINT, (HEIGHT - baseline) / POINT, span.text)
            x += span.width
