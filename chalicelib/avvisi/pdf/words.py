"""The words of the notice as spans: Italian in black, the second language in grey after it."""

from datetime import date

from chalicelib.avvisi.disegno import BOLD, GREY, REGULAR, Paragraph, Span, Style
from chalicelib.avvisi.model import Avviso, Parte, Soglia, TipoSoglia
from chalicelib.avvisi.testi import secondo, testo

Spans = tuple[Span, ...]

# The second language is a little smaller: it must stand beside the first in the same boxes.
SECOND = 0.88
# Line steps of the guide, in mm.
STEP_8 = 3.78
STEP_10 = 5.1

_DALLA_NOTIFICA = " dalla notifica"


def label(
    lingua: str | None, chiave: str, *, font: str = REGULAR, size: float = 8, upper: bool = False, **campi: object
) -> Spans:
    """Return a fixed text for one line, followed by its translation."""
    prima, seconda = testo(chiave, **campi), secondo(lingua, chiave, **campi)
    if upper:
        prima, seconda = prima.upper(), seconda.upper()
    spans = (Span(prima, Style(font, size)),)
    # "Euro" is not said twice.
    return (*spans, Span(f" {seconda}", grey(size))) if seconda.lower() not in {"", prima.lower()} else spans


def prose(lingua: str | None, chiave: str, *, gap: float = 0, **campi: object) -> list[Paragraph]:
    """Return a fixed text to be wrapped, and under it its translation."""
    return bilingual(testo(chiave, **campi), secondo(lingua, chiave, **campi), gap=gap)


def bilingual(prima: str, seconda: str, *, gap: float = 0) -> list[Paragraph]:
    """Return a text of 8 points to be wrapped, and under it, if there is one, its translation."""
    paragraphs = [Paragraph((Span(prima),), STEP_8, gap)]
    if seconda:
        paragraphs.append(Paragraph((Span(seconda, grey(8)),), STEP_8 * SECOND))
    return paragraphs


def heading(lingua: str | None, chiave: str, *, size: float = 8, gap: float = 0, upper: bool = False) -> Paragraph:
    """Return a bold title inside a column."""
    return Paragraph(label(lingua, chiave, font=BOLD, size=size, upper=upper), size * 0.51 + 0.4, gap)


def qr_caption(lingua: str | None, chiave: str, *, size: float = 8) -> list[Paragraph]:
    """Return what to do with the QR code; "codice QR" stands out."""
    before, bold, after = testo(chiave).partition("codice QR")
    spans = (Span(before, Style(REGULAR, size)), Span(bold, Style(BOLD, size)), Span(after, Style(REGULAR, size)))
    paragraphs = [Paragraph(spans, STEP_8 * size / 8)]
    if translation := secondo(lingua, chiave):
        paragraphs.append(Paragraph((Span(translation, grey(size * 0.92)),), STEP_8 * size / 8 * 0.82))
    return paragraphs


def giorno(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def box_title(parte: Parte) -> Spans:
    """Return what a box of one rata or soglia is called."""
    lingua = parte.avviso.lingua_secondaria
    if parte.soglia is not None:
        return (*soglia_label(parte.soglia, lingua, size=10, upper=True), Span(_DALLA_NOTIFICA, Style(REGULAR, 8)))
    if parte.numero_rata is not None:
        return label(lingua, "dati.rata_numero", font=BOLD, size=10, upper=True, numero=parte.numero_rata)
    return label(lingua, "dati.rata_unica", font=BOLD, size=10, upper=True)


def band_term(parte: Parte) -> Spans:
    """Return what the right end of a full-width band says: which rata, and by when."""
    avviso, lingua = parte.avviso, parte.avviso.lingua_secondaria
    if parte.soglia is not None and parte.soglia.tipo.is_violazione:
        entro, notifica = violazione_term(parte.soglia)
        return (Span(f"{testo('cds.se_paghi')} {entro}", Style(BOLD, 10)), Span(notifica, Style(REGULAR, 10)))
    if parte.soglia is not None:
        return (
            *soglia_label(parte.soglia, lingua, size=10),
            Span(f" {testo('soglia.dalla_notifica')}", Style(REGULAR, 10)),
        )
    if parte.numero_rata is not None:
        quale = label(lingua, "dati.rata_numero", font=BOLD, size=10, numero=parte.numero_rata)
    else:
        quale = label(lingua, "dati.rata_unica", font=BOLD, size=10)
    if avviso.entro_il is None:
        return quale
    entro_il, by = testo("dati.scadenza"), secondo(lingua, "dati.scadenza")
    translated = (Span(f" {by}", grey(10)),) if by else ()
    return (
        *quale,
        Span(f" {entro_il}", Style(BOLD, 10)),
        *translated,
        Span(f" {giorno(avviso.entro_il)}", Style(BOLD, 10)),
    )


def soglia_label(soglia: Soglia, lingua: str | None, *, size: float, upper: bool = False) -> Spans:
    """Return "entro 30 giorni" or "oltre 30 giorni"."""
    chiave = "soglia.entro" if soglia.tipo is TipoSoglia.ENTRO else "soglia.oltre"
    return label(lingua, chiave, font=BOLD, size=size, upper=upper, giorni=soglia.giorni)


def violazione_term(soglia: Soglia) -> tuple[str, str]:
    """Return the official term in two pieces: within when, and (with a leading space) from what."""
    chiave = "importo.cinque_giorni" if soglia.tipo is TipoSoglia.SCONTATO else "importo.sessanta_giorni"
    entro, dalla, verbale = testo(chiave).partition(_DALLA_NOTIFICA)
    return entro, dalla + verbale


def avvertenza(avviso: Avviso, *, gap: float = 0) -> list[Paragraph]:
    """Return the sentence on amounts that may change: the ente's own, the standard one, or none."""
    lingua = avviso.lingua_secondaria
    if avviso.informativa_importo is None:
        return prose(lingua, "importo.avvertenza", gap=gap)
    if not avviso.informativa_importo.strip():
        return []
    return bilingual(avviso.informativa_importo, avviso.informativa_secondaria or "" if lingua else "", gap=gap)


def grey(size: float) -> Style:
    """Return the style of the second language beside text of `size` points."""
    return Style(REGULAR, round(size * SECOND, 2), GREY)
