"""paaInviaRT: the RT of an RPT of ours (classic, and still sent by the WISP bridge)."""

from chalicelib.nodo.binding import PPT, message
from chalicelib.nodo.messages.dati_pagamento import EsitoPa
from chalicelib.nodo.messages.simple_types import XsdBase64, XsdString


@message("paaInviaRT", ns=PPT)
class PaaInviaRt:
    """`tipo_firma` "" means "0", not signed; `rt` is the document that `messages.rt.read_rt` reads."""

    tipo_firma: XsdString
    rt: XsdBase64


@message("paaInviaRTRisposta", ns=PPT, nested=True)
class PaaInviaRtRisposta(EsitoPa):
    pass
