"""Avviso → PDF bytes, laid out as pagoPA's guide to the notice (3.5) draws it; A4, millimetres from the top left corner."""

from chalicelib.avvisi.disegno import pdf_document
from chalicelib.avvisi.model import Avviso, Documento
from chalicelib.avvisi.pdf.pages import draw_avviso, draw_documento

__all__ = ["render_avviso", "render_documento"]


def render_avviso(avviso: Avviso) -> bytes:
    """Return the notice as a PDF of one page; the same avviso gives the same bytes.

    :raises CodiceNonStampabile: if numero avviso, codice fiscale of the ente or importo do not fit their codes
    """
    with pdf_document(title=f"Avviso di pagamento {avviso.numero_avviso}", author=avviso.ente.nome) as (sheet, buffer):
        draw_avviso(sheet, avviso)
    return buffer.getvalue()


def render_documento(documento: Documento) -> bytes:
    """Return all the notices of a documento as one PDF: the whole amount first, then rate, soglie, violazione.

    :raises CodiceNonStampabile: as `render_avviso`
    :raises ValueError: if the documento has no parti
    """
    if not documento.parti:
        raise ValueError("un documento senza avvisi non si stampa")
    primo = documento.parti[0].avviso
    with pdf_document(title=f"Avviso di pagamento {primo.numero_avviso}", author=primo.ente.nome) as (sheet, buffer):
        draw_documento(sheet, documento)
    return buffer.getvalue()
