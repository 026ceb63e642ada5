"""The marca da bollo that a PSP sells for a document: its digest is the one it was asked for."""

import base64

_MARCA = """<marcaDaBollo xmlns="http://www.agenziaentrate.gov.it/2014/MarcaDaBollo" \
xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><TipoBollo>01</TipoBollo><ImprontaDocumento>\
<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>{digest}</ds:DigestValue>\
</ImprontaDocumento></marcaDaBollo>"""


def marca_per(hash_documento: bytes) -> bytes:
    """Give the marca, unsigned, as it comes in an RT or a receipt."""
    return _MARCA.format(digest=base64.b64encode(hash_documento).decode()).encode()
