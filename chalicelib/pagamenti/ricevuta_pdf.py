"""Ricevuta and quietanza → PDF bytes. What is printed is handed over as `RicevutaStampa`; nothing is looked up here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from chalicelib.avvisi.codici import nav_a_gruppi
from chalicelib.avvisi.disegno import BOLD, GREY, HEIGHT, MONO, REGULAR, WIDTH, Paragraph, Sheet, Span, Style, fit
from chalicelib.avvisi.disegno import pdf_document as new_document
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import as_rome

# 40 points on every side, as GovPay's ricevuta has them.
_LEFT = 14.1
_RIGHT = WIDTH - _LEFT
_BOTTOM = HEIGHT - _LEFT
_WIDE = _RIGHT - _LEFT
_LOGO_SIDE = 30.0
_LABEL_WIDTH = 62.0
_STEP = 4.6
_MISSING = "--"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoggettoStampa:
    nome: str
    codice_fiscale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoceStampa:
    """One amount paid: `id_riscossione` (IUR) is known for an RT only; `beneficiario` is the codice fiscale of its ente."""

    causale: str
    importo: Importo
    id_riscossione: str | None = None
    beneficiario: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BolloStampa:
    """Marca da bollo: its IUBD and the digest of the document it is for."""

    iubd: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RicevutaStampa:
    """What a ricevuta says.

    `identificativo` is the CCP of an RT, the receiptId of a receipt. `sha256` is that of the XML as received.
    With `id_flusso` it is a quietanza: the payment is known from that flow only.
    """

    ente_nome: str
    ente_codice_fiscale: str
    ente_indirizzo: tuple[str, ...] = ()
    logo: bytes | None = None
    oggetto: str
    importo: Importo
    esito: str
    psp_nome: str
    psp_codice: str = ""
    iuv: str
    numero_avviso: str = ""
    identificativo: str = ""
    data_operazione: datetime | None = None
    data_applicativa: date | None = None
    debitore: SoggettoStampa | None = None
    versante: SoggettoStampa | None = None
    canale: str = ""
    commissioni: Importo | None = None
    voci: tuple[VoceStampa, ...] = ()
    bollo: BolloStampa | None = None
    sha256: str = ""
    id_flusso: str = ""
    nota: str = ""


def render_ricevuta(ricevuta: RicevutaStampa) -> bytes:
    """Return the ricevuta as a PDF, of as many pages as its voci need; the same ricevuta gives the same bytes."""
    title = f"{_title(ricevuta)} {ricevuta.iuv}"
    with new_document(title=title, author=ricevuta.ente_nome) as (sheet, buffer):
        page = _Page(sheet)
        _draw_heading(page, ricevuta)
        _draw_blocks(page, ricevuta)
        _draw_voci(page, ricevuta)
        _draw_footer(page, ricevuta)
        sheet.end_page()
    return buffer.getvalue()


class _Page:
    """Where the next thing goes; what does not fit goes on a new page."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.y = _LEFT

    def need(self, height: float) -> bool:
        """Make sure that `height` mm are left; tell whether that took a new page."""
        if self.y + height <= _BOTTOM:
            return False
        self.sheet.end_page()
        self.y = _LEFT
        return True

    def title(self, text: str) -> None:
        self.need(14)
        self.sheet.band(x=_LEFT, y=self.y, w=_WIDE, h=6.6)
        self.sheet.line((Span(text.upper(), Style(BOLD, 10)),), x=_LEFT + 2, y=self.y + 1.6, width=_WIDE - 4)
        self.y += 9.0

    def text(self, *paragraphs: Paragraph, most: float = 40) -> None:
        laid = fit(paragraphs, width=_WIDE - 4, top=0, bottom=most)
        self.need(laid.bottom)
        self.sheet.laid(laid, x=_LEFT + 2, down=self.y)
        self.y += laid.bottom

    def pair(self, label: str, value: str, *, font: str = BOLD) -> None:
        """Write a label and its value beside it, in up to three lines."""
        laid = fit(
            [Paragraph((Span(value, Style(font, 10)),), _STEP)], width=_WIDE - _LABEL_WIDTH - 4, top=0, bottom=14
        )
        self.need(laid.bottom)
        self.sheet.line((Span(label, Style(REGULAR, 10)),), x=_LEFT + 2, y=self.y, width=_LABEL_WIDTH - 3)
        self.sheet.laid(laid, x=_LEFT + 2 + _LABEL_WIDTH, down=self.y)
        self.y += max(_STEP, laid.bottom) + 0.6


def _title(ricevuta: RicevutaStampa) -> str:
    return "Quietanza di pagamento" if ricevuta.id_flusso else "Ricevuta di pagamento"


def _draw_heading(page: _Page, ricevuta: RicevutaStampa) -> None:
    sheet = page.sheet
    sheet.pagopa_mark(x=_LEFT, y=14.5, size=24)
    has_logo = sheet.logo(ricevuta.logo, x=_RIGHT - _LOGO_SIDE, y=_LEFT, side=_LOGO_SIDE)
    width = _WIDE - (_LOGO_SIDE + 5 if has_logo else 0)
    sheet.line((Span(_title(ricevuta), Style(BOLD, 24)),), x=_LEFT, y=37.4, width=width)
    oggetto = Paragraph((Span(ricevuta.oggetto, Style(REGULAR, 12)),), 5.6)
    page.y = max(57.0, sheet.paragraphs([oggetto], x=_LEFT, width=_WIDE, top=49.5, bottom=62) + 3)


def _draw_blocks(page: _Page, ricevuta: RicevutaStampa) -> None:
    page.title("Ente creditore")
    lines = (f"Codice fiscale: {ricevuta.ente_codice_fiscale}", *ricevuta.ente_indirizzo)
    page.text(
        Paragraph((Span(ricevuta.ente_nome, Style(BOLD, 10)),), _STEP),
        *(Paragraph((Span(line, Style(REGULAR, 10)),), _STEP) for line in lines if line.strip()),
    )
    page.y += 4
    soggetti = [("Debitore", ricevuta.debitore), ("Versante", _other_payer(ricevuta))]
    if any(soggetto for _, soggetto in soggetti):
        page.title("Chi paga")
        for label, soggetto in soggetti:
            if soggetto is not None:
                page.pair(label, ", ".join(part for part in (soggetto.nome, soggetto.codice_fiscale) if part))
        page.y += 3.4
    page.title("Informazioni sul pagamento")
    for label, value, font in _pairs(ricevuta):
        page.pair(label, value, font=font)
    page.y += 3.4


def _other_payer(ricevuta: RicevutaStampa) -> SoggettoStampa | None:
    return None if ricevuta.versante == ricevuta.debitore else ricevuta.versante


def _pairs(ricevuta: RicevutaStampa) -> list[tuple[str, str, str]]:
    psp = ", ".join(part for part in (ricevuta.psp_nome, ricevuta.psp_codice) if part)
    numero_avviso = nav_a_gruppi(ricevuta.numero_avviso)
    commissioni = _euro(ricevuta.commissioni) if ricevuta.commissioni is not None else ""
    always = [
        ("Importo operazione", _euro(ricevuta.importo), BOLD),
        ("Esito", ricevuta.esito, BOLD),
        ("Prestatore del servizio di pagamento", psp or _MISSING, BOLD),
        ("Identificativo versamento (IUV)", ricevuta.iuv, MONO),
    ]
    when_known = [
        ("Numero avviso", numero_avviso, MONO),
        ("Identificativo pagamento", ricevuta.identificativo, MONO),
        ("Canale", ricevuta.canale, BOLD),
        ("Commissioni applicate dal PSP", commissioni, BOLD),
        ("Flusso di rendicontazione", ricevuta.id_flusso, MONO),
    ]
    dates = [
        ("Data operazione", _istante(ricevuta.data_operazione), BOLD),
        ("Data applicativa", _giorno(ricevuta.data_applicativa), BOLD),
    ]
    return [*always, *(pair for pair in when_known if pair[1]), *dates]


def _euro(importo: Importo) -> str:
    return f"{importo.italian()} Euro"


def _istante(instant: datetime | None) -> str:
    """Write the Italian date and time; the date alone where the time is midnight, which is how "no time" arrives."""
    if instant is None:
        return _MISSING
    local = as_rome(instant)
    return f"{local:%d/%m/%Y}" if local.time() == time.min else f"{local:%d/%m/%Y %H:%M}"


def _giorno(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day is not None else _MISSING


_IUR_X, _IUR_WIDTH = 112.0, 48.0
_IMPORTO_WIDTH = 33.0


def _draw_voci(page: _Page, ricevuta: RicevutaStampa) -> None:
    if not ricevuta.voci:
        return
    has_iur = any(voce.id_riscossione for voce in ricevuta.voci)
    page.need(24)
    _draw_voci_header(page, has_iur=has_iur)
    for voce in ricevuta.voci:
        _draw_voce(page, voce, ente=ricevuta.ente_codice_fiscale, has_iur=has_iur)
    if page.need(8):
        _draw_voci_header(page, has_iur=has_iur)
    totale = Importo.total(voce.importo for voce in ricevuta.voci)
    _draw_cells(page, "Totale", "", _euro(totale), style=Style(BOLD, 10))
    page.y += 8


def _draw_voci_header(page: _Page, *, has_iur: bool) -> None:
    page.sheet.band(x=_LEFT, y=page.y, w=_WIDE, h=6.6)
    page.y += 1.6
    _draw_cells(page, "Causale importi", "ID riscossione" if has_iur else "", "Importo", style=Style(BOLD, 10))
    page.y += 6.4


def _draw_voce(page: _Page, voce: VoceStampa, *, ente: str, has_iur: bool) -> None:
    paragraphs = [Paragraph((Span(voce.causale, Style(REGULAR, 10)),), _STEP, max_lines=4)]
    if voce.beneficiario and voce.beneficiario != ente:
        paragraphs.append(Paragraph((Span(f"a favore di {voce.beneficiario}", Style(REGULAR, 8, GREY)),), 3.8))
    width = (_IUR_X if has_iur else _RIGHT - _IMPORTO_WIDTH) - _LEFT - 5
    laid = fit(paragraphs, width=width, top=0, bottom=24)
    if page.need(laid.bottom + 2):
        _draw_voci_header(page, has_iur=has_iur)
    page.sheet.laid(laid, x=_LEFT + 2, down=page.y)
    _draw_cells(page, "", voce.id_riscossione or "", _euro(voce.importo), style=Style(REGULAR, 10))
    page.y += laid.bottom + 1.6
    page.sheet.rule(x=_LEFT, y=page.y - 0.6, w=_WIDE)


def _draw_cells(page: _Page, causale: str, iur: str, importo: str, *, style: Style) -> None:
    cells: Sequence[tuple[str, float | None, float | None, float]] = (
        (causale, _LEFT + 2, None, 80),
        (iur, _IUR_X, None, _IUR_WIDTH),
        (importo, None, _RIGHT - 2, _IMPORTO_WIDTH),
    )
    for text, x, right, width in cells:
        if text:
            page.sheet.line((Span(text, style),), x=x, right=right, y=page.y, width=width)


def _draw_footer(page: _Page, ricevuta: RicevutaStampa) -> None:
    if ricevuta.bollo is not None:
        page.title("Marca da bollo telematica")
        page.pair("IUBD", ricevuta.bollo.iubd, font=MONO)
        page.pair("Impronta del documento", ricevuta.bollo.digest, font=MONO)
        page.y += 3.4
    small, grey = Style(REGULAR, 8), Style(REGULAR, 8, GREY)
    if ricevuta.nota.strip():
        page.text(Paragraph((Span(ricevuta.nota, small),), 3.8))
        page.y += 2
    page.text(Paragraph((Span(_legal_value(ricevuta), grey),), 3.8))
    if ricevuta.sha256:
        impronta = f"SHA-256 del documento originale: {ricevuta.sha256}"
        page.text(Paragraph((Span(impronta, grey),), 3.8))


def _legal_value(ricevuta: RicevutaStampa) -> str:
    if ricevuta.id_flusso:
        return (
            f"Il pagamento risulta dal flusso di rendicontazione {ricevuta.id_flusso}: per questo pagamento "
            "non è stata acquisita una ricevuta telematica."
        )
    return "Rappresentazione a stampa: fa fede la ricevuta telematica conservata dall’ente creditore."
