"""paaVerificaRPT: may this IUV be paid? (classic, modello 3)."""

from chalicelib.nodo.binding import PPT, message, tag
from chalicelib.nodo.messages.dati_pagamento import EsitoConDatiPagamento
from chalicelib.nodo.messages.simple_types import Text35


@message("paaVerificaRPT", ns=PPT)
class PaaVerificaRpt:
    identificativo_psp: Text35 = tag("identificativoPSP")


@message("paaVerificaRPTRisposta", ns=PPT, nested=True)
class PaaVerificaRptRisposta(EsitoConDatiPagamento):
    pass
