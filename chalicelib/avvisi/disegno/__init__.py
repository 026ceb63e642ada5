"""Drawing on paper: millimetres from the top left corner, our fonts, text that never leaves its box, codes as vectors."""

from chalicelib.avvisi.disegno.codes import Matrix, datamatrix_matrix, qr_matrix
from chalicelib.avvisi.disegno.sheet import HEIGHT, MARGIN, WIDTH, Sheet, pdf_document
from chalicelib.avvisi.disegno.text import BOLD, GREY, MONO, MONO_BOLD, REGULAR, Laid, Paragraph, Span, Style, fit

__all__ = [
    "BOLD",
    "GREY",
    "HEIGHT",
    "MARGIN",
    "MONO",
    "MONO_BOLD",
    "REGULAR",
    "WIDTH",
    "Laid",
    "Matrix",
    "Paragraph",
    "Sheet",
    "Span",
    "Style",
    "datamatrix_matrix",
    "fit",
    "pdf_document",
    "qr_matrix",
]
