"""The data one pays with: QR code, numero avviso, CBILL; as a module of the whole width or as a box of a rata."""

from dataclasses import dataclass

from chalicelib.avvisi.codici import nav_a_gruppi, qr_text
from chalicelib.avvisi.disegno import BOLD, MONO_BOLD, REGULAR, WIDTH, Matrix, Paragraph, Sheet, Span, Style, qr_matrix
from chalicelib.avvisi.model import Avviso, Parte
from chalicelib.avvisi.pdf.heading import LEFT, RIGHT
from chalicelib.avvisi.pdf.words import STEP_8, Spans, band_term, box_title, giorno, label, qr_caption
from chalicelib.avvisi.testi import testo

BOLD_8 = Style(BOLD, 8)
MONO_10 = Style(MONO_BOLD, 10)
_TEXT_X = 59.0
# Where the amount may begin, at its largest.
_AMOUNT_X = 152.0


def draw_full_band(sheet: Sheet, *, y: float, title: Spans, right: Spans) -> None:
    """Draw a band across the page with a title on the left and a term on the right."""
    sheet.band(x=0, y=y, w=WIDTH, h=7.9)
    sheet.line(title, x=LEFT, y=y + 2.3, width=88)
    sheet.line(right, right=RIGHT, y=y + 2.3, width=98)


def draw_payment_data(sheet: Sheet, parte: Parte, *, y: float, title: Spans | None = None) -> None:
    """Draw "Dati per il pagamento", 59 mm high."""
    avviso, lingua = parte.avviso, parte.avviso.lingua_secondaria
    titolo = title or label(lingua, "dati.titolo", font=BOLD, size=10, upper=True)
    draw_full_band(sheet, y=y, title=titolo, right=band_term(parte))
    sheet.matrix(_qr(avviso), x=LEFT, y=y + 14.0, side=24.9)
    sheet.paragraphs(qr_caption(lingua, "dati.qr_unica"), x=LEFT, width=46.5, top=y + 44.4, bottom=y + 58.6)
    draw_amount(sheet, avviso, y=y + 15.1)
    rows = (
        ("dati.destinatario", avviso.destinatario.nome, 14.2, _AMOUNT_X - _TEXT_X - 2),
        ("dati.ente", avviso.ente.nome, 23.5, RIGHT - _TEXT_X),
        ("dati.oggetto", avviso.oggetto, 32.8, RIGHT - _TEXT_X),
    )
    for chiave, value, at, width in rows:
        sheet.line(label(lingua, chiave), x=_TEXT_X, y=y + at, width=_AMOUNT_X - _TEXT_X - 2)
        value_paragraph = Paragraph((Span(value, BOLD_8),), STEP_8)
        room = 5.2 if chiave != "dati.oggetto" else 7.6
        sheet.paragraphs([value_paragraph], x=_TEXT_X, width=width, top=y + at + 3.65, bottom=y + at + 3.65 + room)
    _draw_codes(sheet, avviso, y=y + 44.1)


def draw_amount(sheet: Sheet, avviso: Avviso, *, y: float) -> None:
    """Draw "Euro" and the amount, ending at the right margin."""
    euro = Span(f"{testo('importo.euro')} ", Style(REGULAR, 10))
    sheet.line((euro, Span(f" {avviso.importo.italian()}", Style(MONO_BOLD, 12))), right=RIGHT, y=y + 0.4, width=48)


def _draw_codes(sheet: Sheet, avviso: Avviso, *, y: float) -> None:
    lingua = avviso.lingua_secondaria
    if avviso.ente.cbill:
        sheet.line(label(lingua, "dati.cbill"), x=_TEXT_X, y=y, width=33)
        sheet.line((Span(avviso.ente.cbill, MONO_10),), x=_TEXT_X, y=y + 5.4, width=33)
    sheet.line(label(lingua, "dati.codice_avviso"), x=94.2, y=y, width=52)
    sheet.line((Span(nav_a_gruppi(avviso.numero_avviso), MONO_10),), x=94.2, y=y + 5.4, width=52)
    sheet.line(label(lingua, "dati.cf_ente"), right=RIGHT, y=y, width=51)
    sheet.line((Span(avviso.id_dominio, MONO_10),), right=RIGHT, y=y + 5.4, width=51)


@dataclass(frozen=True, slots=True)
class BoxMeasures:
    """The measures of a box of one rata: across, and down from the top of its band."""

    xs: tuple[float, ...]
    width: float
    qr_side: float
    # Tops of: due date, numero avviso, codice fiscale, oggetto, ente, caption.
    entro: float
    codice: float
    codice_fiscale: float
    oggetto: float
    ente: float
    caption: float
    caption_size: float
    height: float


TWO_ABREAST = BoxMeasures((6.9, 107.9), 95.0, 25.0, 22.8, 33.0, 43.2, 55.1, 64.3, 75.8, 8, 84.0)
THREE_ABREAST = BoxMeasures((6.9, 74.3, 141.6), 61.4, 20.0, 24.1, 35.5, 45.8, 57.7, 67.0, 78.3, 7, 86.5)

_LABEL_TO_VALUE = 4.3
_SECOND_CAPTION = 6.0


def draw_box(sheet: Sheet, parte: Parte, *, measures: BoxMeasures, index: int, y: float) -> None:
    """Draw the payment data of one rata or soglia in the box number `index` of a row."""
    avviso, lingua = parte.avviso, parte.avviso.lingua_secondaria
    left = measures.xs[index]
    x, inner = left + 3.1, measures.width - 6.2
    beside_qr = inner - measures.qr_side - 3.2
    sheet.band(x=left, y=y, w=measures.width, h=7.9)
    sheet.line(box_title(parte), x=x, y=y + 2.3, width=inner)
    sheet.matrix(_qr(avviso), x=left + measures.width - 3 - measures.qr_side, y=y + 12.0, side=measures.qr_side)
    draw = _Pairs(sheet, x, y)
    draw.pair(label(lingua, "importo.euro"), avviso.importo.italian(), at=12.5, width=beside_qr)
    if parte.soglia is None and avviso.entro_il is not None:
        draw.pair(label(lingua, "dati.scadenza"), giorno(avviso.entro_il), at=measures.entro, width=beside_qr)
    codice = nav_a_gruppi(avviso.numero_avviso)
    draw.pair(label(lingua, "dati.codice_avviso"), codice, at=measures.codice, width=min(inner, 57))
    draw.pair(label(lingua, "dati.cf_ente"), avviso.id_dominio, at=measures.codice_fiscale, width=32)
    if avviso.ente.cbill:
        draw.pair(
            label(lingua, "dati.cbill"),
            avviso.ente.cbill,
            at=measures.codice_fiscale,
            width=inner - 33.3,
            right_by=33.3,
        )
    for chiave, value, at in (
        ("dati.oggetto", avviso.oggetto, measures.oggetto),
        ("dati.ente", avviso.ente.nome, measures.ente),
    ):
        sheet.line(label(lingua, chiave), x=x, y=y + at, width=inner)
        value_paragraph = Paragraph((Span(value, BOLD_8),), STEP_8)
        sheet.paragraphs([value_paragraph], x=x, width=inner, top=y + at + 3.8, bottom=y + at + 9.1)
    caption = qr_caption(lingua, "dati.qr_rate", size=measures.caption_size)
    # Boxes in two languages never stand over anything else, so that the caption may run on.
    height = measures.height + (_SECOND_CAPTION if lingua and measures is THREE_ABREAST else 0)
    sheet.paragraphs(caption, x=x, width=inner, top=y + measures.caption, bottom=y + height)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Writes a label and, under it, its value in the font of codes."""

    sheet: Sheet
    x: float
    y: float

    def pair(self, spans: Spans, value: str, *, at: float, width: float, right_by: float = 0) -> None:
        x = self.x + right_by
        self.sheet.line(spans, x=x, y=self.y + at, width=width)
        self.sheet.line((Span(value, MONO_10),), x=x, y=self.y + at + _LABEL_TO_VALUE, width=width)


def _qr(avviso: Avviso) -> Matrix:
    text = qr_text(numero_avviso=avviso.numero_avviso, id_dominio=avviso.id_dominio, importo=avviso.importo)
    return qr_matrix(text)
