"""Who asks whom: the strip at the top, then ente creditore and destinatario."""

from chalicelib.avvisi.disegno import BOLD, GREY, MARGIN, MONO, REGULAR, WIDTH, Paragraph, Sheet, Span, Style, fit
from chalicelib.avvisi.model import Avviso
from chalicelib.avvisi.pdf.words import STEP_8, label

BAND_TOP = 43.9
LEFT, RIGHT = MARGIN, WIDTH - MARGIN
COLUMN_2 = 114.0
COLUMN_1_WIDTH, COLUMN_2_WIDTH = 90.0, 86.0
SECOND_BAND = 106.1
HALF_BAND = 104.0

_LOGO_X, _LOGO_Y, _LOGO_SIDE = 170.1, 10.1, 29.9
_OGGETTO_TOP, _OGGETTO_BOTTOM = 24.8, 42.2
_NOMI_TOP, _NOMI_BOTTOM = 58.7, 86.3
_SECOND_ROW = 70.9
_INFO_ROW = 82.3


def draw_strip(sheet: Sheet, avviso: Avviso) -> None:
    """Draw pagoPA's mark, the title, what is to be paid and the ente's logo."""
    lingua = avviso.lingua_secondaria
    has_logo = sheet.logo(avviso.ente.logo, x=_LOGO_X, y=_LOGO_Y, side=_LOGO_SIDE)
    width = (_LOGO_X - 6 if has_logo else RIGHT) - LEFT
    sheet.pagopa_mark(x=LEFT, y=9.7, size=13)
    sheet.line(label(lingua, "intestazione.titolo", font=BOLD, size=10, upper=True), x=29, y=10.5, width=width - 19)
    oggetto = [Paragraph((Span(avviso.oggetto, Style(BOLD, 16)),), 6.9)]
    if lingua and avviso.causale_secondaria:
        oggetto.append(Paragraph((Span(avviso.causale_secondaria, Style(REGULAR, 10, GREY)),), 4.7))
    sheet.paragraphs(oggetto, x=LEFT, width=width, top=_OGGETTO_TOP, bottom=_OGGETTO_BOTTOM)


def draw_soggetti(sheet: Sheet, avviso: Avviso, *, room: float) -> float:
    """Draw ente and destinatario; return by how many mm (at most `room`) they are taller than usual."""
    _draw_bands(sheet, avviso)
    bottom = _NOMI_BOTTOM + room
    ente = fit(_ente(avviso), width=COLUMN_1_WIDTH, top=_NOMI_TOP, bottom=bottom)
    destinatario = fit(_destinatario(avviso), width=COLUMN_2_WIDTH, top=_NOMI_TOP, bottom=bottom)
    sheet.laid(ente, x=LEFT)
    sheet.laid(destinatario, x=COLUMN_2)
    return max(0.0, ente.bottom - _NOMI_BOTTOM, destinatario.bottom - _NOMI_BOTTOM)


def _draw_bands(sheet: Sheet, avviso: Avviso) -> None:
    columns = (
        ("ente.titolo", avviso.id_dominio, 0.0, LEFT, 100.0),
        ("destinatario.titolo", avviso.destinatario.codice_fiscale, SECOND_BAND, COLUMN_2, RIGHT),
    )
    for chiave, codice_fiscale, band, left, right in columns:
        sheet.band(x=band, y=BAND_TOP, w=HALF_BAND, h=8.2)
        titolo = label(avviso.lingua_secondaria, chiave, font=BOLD, size=10, upper=True)
        sheet.line(titolo, x=left, y=46.3, width=right - left - 31)
        sheet.line((Span(codice_fiscale, Style(MONO, 8)),), right=right, y=46.9, width=29)


def _ente(avviso: Avviso) -> list[Paragraph]:
    ente = avviso.ente
    info = " - ".join(part for part in (ente.sito, _tel(ente.telefono), ente.email, ente.pec) if part)
    return [
        Paragraph((Span(ente.nome, Style(BOLD, 14)),), 6.1, max_lines=3),
        Paragraph((Span(ente.settore, Style(REGULAR, 12)),), 6.1, not_before=_SECOND_ROW, max_lines=2),
        # Two lines of contacts begin one line higher, to end where one line would.
        Paragraph(
            (Span(info),),
            STEP_8,
            not_before=_INFO_ROW - (STEP_8 if Span(info).width > COLUMN_1_WIDTH else 0),
            max_lines=3,
        ),
    ]


def _tel(telefono: str) -> str:
    return f"tel. {telefono}" if telefono else ""


def _destinatario(avviso: Avviso) -> list[Paragraph]:
    destinatario = avviso.destinatario
    lines = [line for line in destinatario.indirizzo if line.strip()]
    return [
        Paragraph((Span(destinatario.nome, Style(BOLD, 14)),), 6.1, max_lines=3),
        *(
            Paragraph((Span(line, Style(REGULAR, 12)),), 6.1, not_before=_SECOND_ROW if index == 0 else 0, max_lines=2)
            for index, line in enumerate(lines[:3])
        ),
    ]
