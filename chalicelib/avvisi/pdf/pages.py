"""Which modules stand on which page, for each kind of notice (pagoPA's guide 3.5, "varianti")."""

from collections.abc import Sequence

from chalicelib.avvisi.disegno import HEIGHT, MARGIN, Sheet
from chalicelib.avvisi.model import Avviso, Documento, Parte
from chalicelib.avvisi.pdf.amounts import (
    Quanto,
    by_soglia,
    draw_quanto_e_dove,
    only_rate,
    single,
    violazione_alone,
    violazione_label,
    violazione_together,
    whole_or_rate,
)
from chalicelib.avvisi.pdf.bollettino import COMPACT, draw_bollettino
from chalicelib.avvisi.pdf.heading import BAND_TOP, draw_soggetti, draw_strip
from chalicelib.avvisi.pdf.payment_data import (
    THREE_ABREAST,
    TWO_ABREAST,
    draw_box,
    draw_payment_data,
)

_QUANTO_TOP = 89.7
_DATA_HEIGHT = 60.8
_BOLLETTINO_HEIGHT = 63.2
_COMPACT_HEIGHT = 55.0
_BOTTOM = HEIGHT - MARGIN
_BOXES_BELOW_DATA = 56.8
_BOLLETTINO_TOPS = (131.0, 201.9)
_BOLLETTINI_ONLY_TOPS = (BAND_TOP, 118.0, 192.1)


def draw_avviso(sheet: Sheet, avviso: Avviso) -> None:
    """Draw the notice of one amount on a page of its own."""
    _draw_with_data(sheet, Parte(avviso=avviso), single(avviso))
    sheet.end_page()


def draw_documento(sheet: Sheet, documento: Documento) -> None:
    """Draw every avviso of the documento: whole amounts, rate, soglie, violazione."""
    interi = documento.interi
    if documento.rate:
        _draw_rate(sheet, interi[0] if interi else None, documento.rate)
        interi = interi[1:]
    for avviso in interi:
        draw_avviso(sheet, avviso)
    if documento.soglie:
        _draw_soglie(sheet, documento.soglie)
    if documento.violazione:
        _draw_violazione(sheet, documento.violazione)


def _draw_rate(sheet: Sheet, intero: Avviso | None, rate: Sequence[Parte]) -> None:
    if rate[0].avviso.has_bollettino:
        _draw_postal_rate(sheet, intero, rate)
    elif intero is None:
        end = _draw_top(sheet, rate[0].avviso, only_rate(rate), room=40)
        _draw_boxes_from(sheet, rate, y=end, per_page=3)
    else:
        quanto = whole_or_rate(intero, numero=len(rate))
        # Two languages leave no room for boxes under the whole amount.
        if intero.lingua_secondaria or intero.has_bollettino:
            _draw_with_data(sheet, Parte(avviso=intero), quanto)
            sheet.end_page()
            _draw_boxes_from(sheet, rate, y=None, per_page=3)
        else:
            end = _draw_top(sheet, intero, quanto, room=_BOTTOM - 140.8 - _BOXES_BELOW_DATA - THREE_ABREAST.height)
            draw_payment_data(sheet, Parte(avviso=intero), y=end)
            _draw_boxes_from(sheet, rate, y=end + _BOXES_BELOW_DATA, per_page=3)


def _draw_postal_rate(sheet: Sheet, intero: Avviso | None, rate: Sequence[Parte]) -> None:
    """Draw the first page with one bollettino, the whole amount's or the first rata's, and then two a page."""
    if intero is not None:
        _draw_with_data(sheet, Parte(avviso=intero), whole_or_rate(intero, numero=len(rate)))
    else:
        _draw_with_data(sheet, rate[0], only_rate(rate))
        rate = rate[1:]
    sheet.end_page()
    _draw_pages_of_two(sheet, rate)


def _draw_soglie(sheet: Sheet, soglie: Sequence[Parte]) -> None:
    end = _draw_top(sheet, soglie[0].avviso, by_soglia(soglie), room=40)
    if soglie[0].avviso.has_bollettino:
        sheet.end_page()
        _draw_pages_of_two(sheet, soglie)
    else:
        _draw_boxes_from(sheet, soglie, y=end, per_page=2)


def _draw_violazione(sheet: Sheet, parti: Sequence[Parte]) -> None:
    primo = parti[0].avviso
    if len(parti) == 2 and not primo.has_bollettino and not primo.lingua_secondaria:  # noqa: PLR2004
        y = _draw_top(sheet, primo, violazione_together(parti), room=0)
        for parte in parti:
            draw_payment_data(sheet, parte, y=y, title=violazione_label(parte))
            y += 56.9
        sheet.end_page()
        return
    for parte in parti:
        _draw_violazione_alone(sheet, parte)
    # In two languages the explanations take the bollettino's place.
    if primo.lingua_secondaria:
        _draw_bollettini_only(sheet, [parte for parte in parti if parte.avviso.has_bollettino])


def _draw_violazione_alone(sheet: Sheet, parte: Parte) -> None:
    avviso = parte.avviso
    with_bollettino = avviso.has_bollettino and not avviso.lingua_secondaria
    room = _BOTTOM - 165.9 - (59.0 + _COMPACT_HEIGHT if with_bollettino else _DATA_HEIGHT)
    y = _draw_top(sheet, avviso, violazione_alone(parte), room=room)
    draw_payment_data(sheet, parte, y=y)
    if with_bollettino:
        draw_bollettino(sheet, parte, y=y + 59.0, measures=COMPACT)
    sheet.end_page()


def _draw_bollettini_only(sheet: Sheet, parti: Sequence[Parte]) -> None:
    for page in _groups(parti, len(_BOLLETTINI_ONLY_TOPS)):
        draw_strip(sheet, page[0].avviso)
        for parte, y in zip(page, _BOLLETTINI_ONLY_TOPS, strict=False):
            draw_bollettino(sheet, parte, y=y)
        sheet.end_page()


def _draw_with_data(sheet: Sheet, parte: Parte, quanto: Quanto) -> None:
    """Draw a page with one payment and, where there is one, its bollettino; the page stays open."""
    has_bollettino = parte.avviso.has_bollettino
    below = _DATA_HEIGHT + (_BOLLETTINO_HEIGHT if has_bollettino else 0)
    y = _draw_top(sheet, parte.avviso, quanto, room=_BOTTOM - 140.8 - below)
    draw_payment_data(sheet, parte, y=y)
    if has_bollettino:
        draw_bollettino(sheet, parte, y=y + _DATA_HEIGHT)


def _draw_top(sheet: Sheet, avviso: Avviso, quanto: Quanto, *, room: float) -> float:
    """Draw the modules above the payment data, at most `room` mm taller than the specimens; return where they end."""
    draw_strip(sheet, avviso)
    # The second language needs most of the room further down.
    for_soggetti = room / 4 if avviso.lingua_secondaria else room
    grown = draw_soggetti(sheet, avviso, room=for_soggetti)
    return draw_quanto_e_dove(sheet, avviso, quanto, y=_QUANTO_TOP + grown, room=room - grown)


def _draw_boxes_from(sheet: Sheet, parti: Sequence[Parte], *, y: float | None, per_page: int) -> None:
    """Draw rows of boxes: the first on the open page at `y` (None: on a new one), the others one a page."""
    for group in _groups(parti, per_page):
        if y is None:
            draw_strip(sheet, group[0].avviso)
            y = BAND_TOP
        measures = THREE_ABREAST if len(group) == len(THREE_ABREAST.xs) else TWO_ABREAST
        for index, parte in enumerate(group):
            draw_box(sheet, parte, measures=measures, index=index, y=y)
        sheet.end_page()
        y = None


def _draw_pages_of_two(sheet: Sheet, parti: Sequence[Parte]) -> None:
    for group in _groups(parti, 2):
        draw_strip(sheet, group[0].avviso)
        for index, parte in enumerate(group):
            draw_box(sheet, parte, measures=TWO_ABREAST, index=index, y=BAND_TOP)
        with_bollettino = [parte for parte in group if parte.avviso.has_bollettino]
        for parte, y in zip(with_bollettino, _BOLLETTINO_TOPS, strict=False):
            draw_bollettino(sheet, parte, y=y)
        sheet.end_page()


def _groups(parti: Sequence[Parte], size: int) -> list[Sequence[Parte]]:
    """Return the parti in as few groups as `size` allows, as even as they come: four by three is two and two."""
    if not parti:
        return []
    count = -(-len(parti) // size)
    small, larger = divmod(len(parti), count)
    groups, start = [], 0
    for index in range(count):
        end = start + small + (1 if index < larger else 0)
        groups.append(parti[start:end])
        start = end
    return groups
