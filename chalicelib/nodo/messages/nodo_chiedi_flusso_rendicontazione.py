"""nodoChiediFlussoRendicontazione: one flow, in Base64 (classic)."""

from chalicelib.nodo.binding import PPT, message, tag
from chalicelib.nodo.messages.richiesta_nodo import RispostaNodo
from chalicelib.nodo.messages.simple_types import Password, Text35, XsdBase64, XsdString


@message("nodoChiediFlussoRendicontazione", ns=PPT)
class NodoChiediFlussoRendicontazione:
    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    password: Password
    identificativo_dominio: Text35 | None = None
    identificativo_psp: Text35 | None = tag("identificativoPSP", default=None)
    identificativo_flusso: XsdString


@message("nodoChiediFlussoRendicontazioneRisposta", ns=PPT)
class NodoChiediFlussoRendicontazioneRisposta(RispostaNodo):
    """`xml_rendicontazione` is missing with a fault, and empty where the ente takes its flows by SFTP.

    A flow may be of tens of megabytes: `nodo/flussi.py` reads the answer as it streams, without this class.
    """

    xml_rendicontazione: XsdBase64 | None = None
