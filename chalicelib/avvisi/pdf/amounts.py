"""How much, by when, and where to pay: the two columns under ente and destinatario."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.avvisi.disegno import BOLD, REGULAR, Paragraph, Sheet, Span, Style, fit
from chalicelib.avvisi.model import Avviso, Parte, TipoSoglia
from chalicelib.avvisi.pdf.heading import COLUMN_1_WIDTH, COLUMN_2, COLUMN_2_WIDTH, HALF_BAND, LEFT, RIGHT, SECOND_BAND
from chalicelib.avvisi.pdf.words import (
    SECOND,
    STEP_8,
    Spans,
    avvertenza,
    giorno,
    grey,
    heading,
    label,
    prose,
    soglia_label,
    violazione_term,
)
from chalicelib.avvisi.testi import secondo, testo
from chalicelib.kernel.importo import Importo

_SENTENCES_X, _SENTENCES_WIDTH = 16.0, 84.0
_AFTER = 3.9
_SECOND_COLUMN, _SECOND_COLUMN_WIDTH = 57.0, 43.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """One amount: what stands above and below it, and the tops of the three, from the top of the band."""

    importo: Importo
    x: float
    width: float
    above: Spans = ()
    below: tuple[Spans, ...] = ()
    beside: tuple[Spans, ...] = ()
    above_at: float = 14.5
    at: float = 18.5
    below_at: float = 27.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quanto:
    """The left column. Measures are mm from the top of the band; `bottom` is where the specimens end it."""

    amounts: tuple[Amount, ...]
    sentences: tuple[Paragraph, ...]
    entro_il: date | None = None
    when: bool = True
    sentences_at: float = 29.1
    bottom: float = 47.2
    footer: Spans = ()


def draw_quanto_e_dove(sheet: Sheet, avviso: Avviso, quanto: Quanto, *, y: float, room: float) -> float:
    """Draw the module from `y`; return the top of the next. It grows by at most `room` mm over the specimens."""
    _draw_bands(sheet, avviso, y=y, when=quanto.when)
    for amount in quanto.amounts:
        _draw_amount(sheet, amount, y)
    if quanto.entro_il is not None:
        _draw_due_date(sheet, avviso, quanto.entro_il, y)
    limit = y + quanto.bottom + room
    sentences = fit(quanto.sentences, width=_SENTENCES_WIDTH, top=y + quanto.sentences_at, bottom=limit)
    if sentences.rows:
        _draw_info_mark(sheet, sentences.rows[0].y + 1.8)
    sheet.laid(sentences, x=_SENTENCES_X)
    dove = sheet.paragraphs(_dove(avviso), x=COLUMN_2, width=COLUMN_2_WIDTH, top=y + 14.5, bottom=limit)
    end = max(y + quanto.bottom, sentences.bottom, dove)
    if quanto.footer:
        _draw_info_mark(sheet, end + 5.1, x=14.2)
        sheet.line(quanto.footer, x=18.0, y=end + 3.3, width=RIGHT - 18)
        end += 7.1
    return end + _AFTER


def single(avviso: Avviso) -> Quanto:
    return Quanto(
        amounts=(_whole(avviso, avviso.importo),),
        sentences=tuple(avvertenza(avviso)),
        entro_il=avviso.entro_il,
        when=avviso.entro_il is not None,
    )


def whole_or_rate(avviso: Avviso, *, numero: int) -> Quanto:
    """Return the column of an avviso that pays at once what `numero` rate pay in time."""
    sentences = (
        *prose(avviso.lingua_secondaria, "importo.intero_o_rate", numero=numero),
        *avvertenza(avviso, gap=2.3),
    )
    return Quanto(amounts=(_whole(avviso, avviso.importo),), sentences=sentences, entro_il=avviso.entro_il)


def only_rate(rate: Sequence[Parte]) -> Quanto:
    """Return the column of a documento that is paid in rate only: their total, dates in the boxes."""
    avviso = rate[0].avviso
    lingua = avviso.lingua_secondaria
    total = Importo.total(rata.avviso.importo for rata in rate)
    sentences = (
        *prose(lingua, "importo.solo_rate", numero=len(rate)),
        *prose(lingua, "importo.dettaglio_rate"),
        *avvertenza(avviso, gap=1.2),
    )
    return Quanto(amounts=(_whole(avviso, total),), sentences=sentences)


def by_soglia(soglie: Sequence[Parte]) -> Quanto:
    """Return the column of amounts that depend on when one pays; the boxes show them all, this the first two."""
    avviso = soglie[0].avviso
    dalla_notifica = (Span(testo("soglia.dalla_notifica")),)
    amounts = tuple(
        Amount(
            importo=parte.avviso.importo,
            x=x,
            width=_SECOND_COLUMN_WIDTH,
            above=soglia_label(parte.soglia, avviso.lingua_secondaria, size=8) if parte.soglia else (),
            below=(dalla_notifica,),
            below_at=26.2,
        )
        for parte, x in zip(soglie[:2], (LEFT, _SECOND_COLUMN), strict=False)
    )
    return Quanto(amounts=amounts, sentences=tuple(avvertenza(avviso)), sentences_at=33.0)


def violazione_together(parti: Sequence[Parte]) -> Quanto:
    """Return the column of a violation whose amounts share a page."""
    amounts = tuple(
        Amount(
            importo=parte.avviso.importo,
            x=x,
            width=_SECOND_COLUMN_WIDTH,
            above=(Span(testo(_violazione_chiave(parte)), Style(BOLD, 8)),),
            below=tuple((span,) for span in _term_spans(parte)),
            at=19.5,
        )
        for parte, x in zip(parti, (LEFT, _SECOND_COLUMN), strict=False)
    )
    return Quanto(
        amounts=amounts,
        sentences=tuple(_come_si_contano(None)),
        sentences_at=38.3,
        bottom=72.3,
        footer=(Span(testo("cds.scelta")),),
    )


def violazione_alone(parte: Parte) -> Quanto:
    """Return the column of one amount of a violation, on a page of its own."""
    lingua = parte.avviso.lingua_secondaria
    amount = Amount(
        importo=parte.avviso.importo,
        x=LEFT,
        width=38,
        beside=tuple((span,) for span in _term_spans(parte)),
        at=14.7,
    )
    scelta = prose(lingua, "cds.scelta")
    return Quanto(amounts=(amount,), sentences=(*scelta, *_come_si_contano(lingua)), sentences_at=26.2, bottom=72.3)


def violazione_label(parte: Parte) -> Spans:
    """Return the name of an amount of a violation, for the band over its payment data."""
    return label(parte.avviso.lingua_secondaria, _violazione_chiave(parte), font=BOLD, size=10, upper=True)


def _violazione_chiave(parte: Parte) -> str:
    is_scontato = parte.soglia is not None and parte.soglia.tipo is TipoSoglia.SCONTATO
    return "importo.scontato" if is_scontato else "importo.ridotto"


def _term_spans(parte: Parte) -> tuple[Span, Span]:
    if parte.soglia is None:
        raise ValueError("una violazione ha una soglia")
    entro, notifica = violazione_term(parte.soglia)
    return Span(entro, Style(BOLD, 8)), Span(notifica.strip(), Style(REGULAR, 8))


def _come_si_contano(lingua: str | None) -> list[Paragraph]:
    return [
        heading(lingua, "cds.scadenze.titolo", gap=1.7),
        *prose(lingua, "cds.scadenze.testo"),
        heading(lingua, "cds.giacenza.titolo", gap=1.7),
        *prose(lingua, "cds.giacenza.testo"),
    ]


def _whole(avviso: Avviso, importo: Importo) -> Amount:
    above = label(avviso.lingua_secondaria, "importo.importo", font=BOLD)
    return Amount(importo=importo, x=LEFT, width=58, above=above)


def _dove(avviso: Avviso) -> list[Paragraph]:
    """Return where to pay: with the app or on line, and at a counter."""
    lingua, ente = avviso.lingua_secondaria, avviso.ente
    suffix = "_sito" if ente.sito else ""
    # German has no text about the app alone; the one about paying on line names it.
    other = "io" if secondo(lingua, "dove.io.titolo") else "online"
    second_text = secondo(lingua, f"dove.{other}.testo{suffix}", ente=ente.nome)
    second_title = secondo(lingua, f"dove.{other}.titolo").upper()
    title = Paragraph(
        (
            *label(None, "dove.io.titolo", font=BOLD, size=10, upper=True),
            *_second(f" {second_title}" if second_title else "", 10),
        ),
        5.1,
    )
    text = Paragraph((Span(testo(f"dove.io.testo{suffix}", ente=ente.nome)),), STEP_8)
    translated = Paragraph(_second(second_text, 8), STEP_8 * SECOND)
    territorio = heading(lingua, "dove.territorio.titolo", size=10, gap=3.75, upper=True)
    return [title, text, translated, territorio, *prose(lingua, "dove.territorio.testo")]


def _second(text: str, size: float) -> Spans:
    return (Span(text, grey(size)),) if text else ()


def _draw_bands(sheet: Sheet, avviso: Avviso, *, y: float, when: bool) -> None:
    lingua = avviso.lingua_secondaria
    sheet.band(x=0, y=y, w=HALF_BAND, h=7.9)
    sheet.band(x=SECOND_BAND, y=y, w=HALF_BAND, h=7.9)
    quanto = "importo.titolo" if when else "importo.titolo_senza_data"
    sheet.line(label(lingua, quanto, font=BOLD, size=10, upper=True), x=LEFT, y=y + 2.3, width=COLUMN_1_WIDTH)
    sheet.line(label(lingua, "dove.titolo", font=BOLD, size=10, upper=True), x=COLUMN_2, y=y + 2.3, width=54)
    vai, sito = testo("dove.invito").rsplit(" ", 1)
    invito = (Span(f"{vai} ", Style(REGULAR, 8)), Span(sito, Style(BOLD, 10)))
    sheet.line(invito, right=RIGHT, y=y + 2.9, width=31)


def _draw_amount(sheet: Sheet, amount: Amount, y: float) -> None:
    if amount.above:
        sheet.line(amount.above, x=amount.x, y=y + amount.above_at, width=amount.width)
    euro = f"{amount.importo.italian()} {testo('importo.euro')}"
    sheet.line((Span(euro, Style(BOLD, 16)),), x=amount.x, y=y + amount.at, width=amount.width)
    for index, spans in enumerate(amount.below):
        sheet.line(spans, x=amount.x, y=y + amount.below_at + index * STEP_8, width=amount.width)
    for index, spans in enumerate(amount.beside):
        sheet.line(spans, x=50, y=y + 14.5 + index * STEP_8, width=50)


def _draw_due_date(sheet: Sheet, avviso: Avviso, day: date, y: float) -> None:
    date_span = Span(giorno(day), Style(BOLD, 16))
    # The label begins where the date begins, as in the specimens.
    left = 100 - date_span.width
    entro = label(avviso.lingua_secondaria, "importo.entro_il", font=BOLD)
    sheet.line(entro, x=left, y=y + 14.5, width=100 - left)
    sheet.line((date_span,), right=100, y=y + 18.5, width=COLUMN_1_WIDTH)


def _draw_info_mark(sheet: Sheet, y: float, *, x: float = 12.2) -> None:
    sheet.disc(x=x, y=y, radius=1.9, colour="#7C7C7B")
    sheet.line((Span("i", Style(BOLD, 8, "#FFFFFF")),), x=x - 0.35, y=y - 1.45, width=2)
