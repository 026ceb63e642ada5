"""Sheet: a page of paper in millimetres from its top left corner, over reportlab's canvas."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from chalicelib.avvisi.disegno.codes import Matrix, rectangles
from chalicelib.avvisi.disegno.fonts import BASELINE, POINT, REGULAR, register
from chalicelib.avvisi.disegno.images import logo_image
from chalicelib.avvisi.disegno.text import Laid, Paragraph, Span, fit, fit_line

WIDTH = 210.0
HEIGHT = 297.0
MARGIN = 10.0

BAND = "#ECECEC"


class Sheet:
    """Draws on the current page of one document; `end_page` begins the next."""

    def __init__(self, canvas: Any) -> None:
        self._canvas = canvas

    def end_page(self) -> None:
        self._canvas.showPage()

    def line(
        self, spans: Sequence[Span], *, y: float, width: float, x: float | None = None, right: float | None = None
    ) -> None:
        """Write one line that begins at `x` or ends at `right`, its top at `y`, never wider than `width`."""
        shown = fit_line(spans, width=width)
        # Spans of different size stand on the base line of the first, unshrunk.
        baseline = y + BASELINE[spans[0].style.font] * spans[0].style.size * POINT
        start = x if x is not None else (right or 0) - sum(span.width for span in shown)
        self._write(shown, start, baseline)

    def paragraphs(
        self, paragraphs: Sequence[Paragraph], *, x: float, width: float, top: float, bottom: float
    ) -> float:
        """Write the paragraphs in the box and return where they end."""
        laid = fit(paragraphs, width=width, top=top, bottom=bottom)
        self.laid(laid, x=x)
        return laid.bottom

    def laid(self, laid: Laid, *, x: float, down: float = 0) -> None:
        """Write lines already laid, `down` mm lower than they were."""
        for row in laid.rows:
            style = row.spans[0].style
            self._write(row.spans, x, row.y + down + BASELINE[style.font] * style.size * POINT)

    def band(self, *, x: float, y: float, w: float, h: float, colour: str = BAND) -> None:
        """Fill a rectangle."""
        self._canvas.setFillColor(colour)
        self._canvas.rect(x / POINT, (HEIGHT - y - h) / POINT, w / POINT, h / POINT, stroke=0, fill=1)

    def rule(self, *, x: float, y: float, w: float) -> None:
        """Draw a thin grey line."""
        self._canvas.setStrokeColor("#BBBBBB")
        self._canvas.setLineWidth(0.5)
        self._canvas.line(x / POINT, (HEIGHT - y) / POINT, (x + w) / POINT, (HEIGHT - y) / POINT)

    def disc(self, *, x: float, y: float, radius: float, colour: str) -> None:
        """Fill a circle around (x, y)."""
        self._canvas.setFillColor(colour)
        self._canvas.circle(x / POINT, (HEIGHT - y) / POINT, radius / POINT, stroke=0, fill=1)

    def matrix(self, matrix: Matrix, *, x: float, y: float, side: float) -> None:
        """Draw the dark modules as one path, so that no renderer shows seams; the quiet zone is the caller's."""
        module = side / len(matrix) / POINT
        left, top = x / POINT, (HEIGHT - y) / POINT
        path = self._canvas.beginPath()
        for column, row, across, down in rectangles(matrix):
            path.rect(left + column * module, top - (row + down) * module, across * module, down * module)
        self._canvas.setFillColor("#000000")
        self._canvas.drawPath(path, stroke=0, fill=1)

    def logo(self, logo: bytes | None, *, x: float, y: float, side: float) -> bool:
        """Draw the logo whole inside the square, against its right edge; False if there is none that can be drawn."""
        image = logo_image(logo) if logo else None
        if image is None:
            return False
        wide, high = image.getSize()
        w, h = side * min(1, wide / high), side * min(1, high / wide)
        self._canvas.drawImage(
            image, (x + side - w) / POINT, (HEIGHT - y - h) / POINT, width=w / POINT, height=h / POINT
        )
        return True

    def pagopa_mark(self, *, x: float, y: float, size: float) -> None:
        """Write pagoPA's name in its colour: the logo itself is the ente's to obtain, under pagoPA's licence."""
        self._canvas.setFillColor("#0066CC")
        self._canvas.setFont("TitilliumWeb-Bold", size)
        self._canvas.drawString(x / POINT, (HEIGHT - y - BASELINE[REGULAR] * size * POINT) / POINT, "pagoPA")

    def _write(self, spans: Sequence[Span], x: float, baseline: float) -> None:
        for span in spans:
            self._canvas.setFillColor(span.style.colour)
            self._canvas.setFont(span.style.font, span.style.size)
            self._canvas.drawString(x / POINT, (HEIGHT - baseline) / POINT, span.text)
            x += span.width


@contextmanager
def pdf_document(*, title: str, author: str) -> Iterator[tuple[Sheet, io.BytesIO]]:
    """Give a sheet to draw on and the buffer that holds the PDF once the block has ended.

    The same drawing gives the same bytes: no clock and no random id enters the file. Fonts are embedded.
    """
    from reportlab.pdfgen.canvas import Canvas

    register()
    buffer = io.BytesIO()
    canvas = Canvas(
        buffer,
        pagesize=(WIDTH / POINT, HEIGHT / POINT),
        invariant=1,
        # Otherwise every file names an unembedded Helvetica.
        initialFontName=REGULAR,
        lang="it-IT",
    )
    canvas.setTitle(title)
    canvas.setAuthor(author)
    yield Sheet(canvas), buffer
    canvas.save()
