"""Read the QR code of a printed avviso, as the camera of a telephone does."""


def leggi_qr(pdf: bytes) -> str | None:
    """Give the text of the QR code on the first page, None where there is none."""
    import pypdfium2
    import zxingcpp

    document = pypdfium2.PdfDocument(pdf)
    try:
        image = document[0].render(scale=3).to_pil()
        codes = zxingcpp.read_barcodes(image)
    finally:
        document.close()
    return next((code.text for code in codes if code.text.startswith("PAGOPA|")), None)
