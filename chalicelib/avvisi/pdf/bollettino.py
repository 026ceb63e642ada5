"""The bollettino postale PA: DataMatrix and code line, for the counter of Poste."""

from dataclasses import dataclass

from chalicelib.avvisi.codici import CONTO_LENGTH, datamatrix_text, nav_a_gruppi
from chalicelib.avvisi.disegno import BOLD, GREY, MONO_BOLD, REGULAR, Paragraph, Sheet, Span, Style, datamatrix_matrix
from chalicelib.avvisi.model import Avviso, Parte
from chalicelib.avvisi.pdf.heading import LEFT
from chalicelib.avvisi.pdf.payment_data import BOLD_8, MONO_10, draw_amount, draw_full_band
from chalicelib.avvisi.pdf.words import STEP_8, band_term
from chalicelib.avvisi.testi import testo

_TEXT_X, _TEXT_RIGHT = 59.0, 173.0
_MATRIX_X, _MATRIX_SIDE = 177.0, 23.0
_TIPO = "P1"


@dataclass(frozen=True, slots=True)
class BollettinoMeasures:
    """Tops of the parts, from the top of the band."""

    conto: float
    intestato: float
    destinatario: float
    oggetto: float
    codici: float
    istruzioni: float
    autorizzazione: float
    matrix: float


ROOMY = BollettinoMeasures(16.0, 27.8, 33.3, 38.6, 48.4, 41.3, 60.3, 30.2)
# A violation leaves less room under its explanations.
COMPACT = BollettinoMeasures(13.8, 23.8, 29.1, 34.6, 44.2, 35.2, 52.1, 26.0)


def draw_bollettino(sheet: Sheet, parte: Parte, *, y: float, measures: BollettinoMeasures = ROOMY) -> None:
    """Draw the form; the avviso must have one (`Avviso.has_bollettino`)."""
    avviso, ente = parte.avviso, parte.avviso.ente
    title = (Span(testo("bollettino.titolo").upper(), Style(BOLD, 10)),)
    draw_full_band(sheet, y=y, title=title, right=band_term(parte))
    _draw_euro_mark(sheet, y=y + measures.conto - 0.9)
    sheet.line((Span(testo("bollettino.conto")),), x=69, y=y + measures.conto + 0.4, width=15)
    conto = (ente.conto_postale or "").zfill(CONTO_LENGTH)
    sheet.line((Span(conto, Style(MONO_BOLD, 12)),), x=84.8, y=y + measures.conto, width=45)
    draw_amount(sheet, avviso, y=y + measures.conto)
    _draw_names(sheet, avviso, y=y, measures=measures)
    _draw_codes(sheet, avviso, y=y + measures.codici)
    sheet.matrix(datamatrix_matrix(_datamatrix(avviso)), x=_MATRIX_X, y=y + measures.matrix, side=_MATRIX_SIDE)
    istruzioni = [Paragraph((Span(testo("bollettino.istruzioni")),), STEP_8)]
    top = y + measures.istruzioni
    sheet.paragraphs(istruzioni, x=LEFT, width=44, top=top, bottom=top + 4 * STEP_8 + 0.1)
    autorizzazione = (Span(f"AUT. {_without_prefix(ente.autorizzazione_poste or '')}", Style(REGULAR, 7, GREY)),)
    sheet.line(autorizzazione, x=LEFT, y=y + measures.autorizzazione, width=160)


def _draw_names(sheet: Sheet, avviso: Avviso, *, y: float, measures: BollettinoMeasures) -> None:
    rows = (
        ("bollettino.intestato", avviso.ente.intestatario or avviso.ente.nome, 73.9, measures.intestato, 5.0),
        ("dati.destinatario", avviso.destinatario.nome, 75.7, measures.destinatario, 5.0),
        ("bollettino.oggetto", avviso.oggetto, 84.8, measures.oggetto, 9.3),
    )
    for chiave, value, x, at, room in rows:
        sheet.line((Span(testo(chiave)),), x=_TEXT_X, y=y + at, width=x - _TEXT_X - 0.5)
        paragraph = Paragraph((Span(value, BOLD_8),), STEP_8)
        sheet.paragraphs([paragraph], x=x, width=_TEXT_RIGHT - x, top=y + at, bottom=y + at + room)


def _draw_codes(sheet: Sheet, avviso: Avviso, *, y: float) -> None:
    for chiave, x, width in (
        ("dati.codice_avviso", _TEXT_X, 50),
        ("bollettino.tipo", 115.7, 20),
        ("bollettino.cf_ente", 137, 37),
    ):
        sheet.line((Span(testo(chiave)),), x=x, y=y, width=width)
    for value, x, width in (
        (nav_a_gruppi(avviso.numero_avviso), _TEXT_X, 50),
        (_TIPO, 115.7, 20),
        (avviso.id_dominio, 145.2, 28),
    ):
        sheet.line((Span(value, MONO_10),), x=x, y=y + 5.1, width=width)


def _draw_euro_mark(sheet: Sheet, *, y: float) -> None:
    sheet.band(x=59.3, y=y, w=7.5, h=7.5, colour="#000000")
    sheet.line((Span("€", Style(BOLD, 16, "#FFFFFF")),), x=61.4, y=y + 1.1, width=5)


def _datamatrix(avviso: Avviso) -> str:
    return datamatrix_text(
        numero_avviso=avviso.numero_avviso,
        id_dominio=avviso.id_dominio,
        conto_postale=avviso.ente.conto_postale or "",
        importo=avviso.importo,
        codice_fiscale=avviso.destinatario.codice_fiscale,
        nome=avviso.destinatario.nome,
        causale=avviso.oggetto,
    )


def _without_prefix(autorizzazione: str) -> str:
    return autorizzazione.strip().removeprefix("AUT.").strip()
