"""The SOAP headers of the classic protocol: they carry the key of the payment, the body does not repeat it."""

from chalicelib.nodo.binding import PPT_HEAD, message, tag
from chalicelib.nodo.messages.simple_types import Text35


@message("intestazionePPT", ns=PPT_HEAD)
class IntestazionePpt:
    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    identificativo_dominio: Text35
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35


@message("intestazioneCarrelloPPT", ns=PPT_HEAD)
class IntestazioneCarrelloPpt:
    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    identificativo_carrello: Text35
