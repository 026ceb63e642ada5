"""nodoInviaRPT: one RPT to the Nodo (classic)."""

from chalicelib.nodo.binding import PPT, message, tag
from chalicelib.nodo.messages.richiesta_nodo import RispostaNodo
from chalicelib.nodo.messages.simple_types import Password, Text35, XsdBase64, XsdIntOrZero, XsdString


@message("nodoInviaRPT", ns=PPT)
class NodoInviaRpt:
    password: Password
    identificativo_psp: Text35 = tag("identificativoPSP")
    identificativo_intermediario_psp: Text35 = tag("identificativoIntermediarioPSP")
    identificativo_canale: Text35
    tipo_firma: XsdString | None = None
    rpt: XsdBase64


@message("nodoInviaRPTRisposta", ns=PPT)
class NodoInviaRptRisposta(RispostaNodo):
    """`redirect` missing means 0: nobody has to be sent to `url`."""

    esito: XsdString
    redirect: XsdIntOrZero | None = None
    url: XsdString | None = None
