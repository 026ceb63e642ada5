"""nodoChiediCopiaRT: the RT of an RPT, once more (classic)."""

from chalicelib.nodo.binding import PPT, message
from chalicelib.nodo.messages.richiesta_nodo import ChiaveRpt, RispostaNodo
from chalicelib.nodo.messages.simple_types import XsdBase64, XsdString


@message("nodoChiediCopiaRT", ns=PPT)
class NodoChiediCopiaRt(ChiaveRpt):
    pass


@message("nodoChiediCopiaRTRisposta", ns=PPT)
class NodoChiediCopiaRtRisposta(RispostaNodo):
    tipo_firma: XsdString | None = None
    rt: XsdBase64 | None = None
