"""What the requests of an ente to the Nodo share (classic)."""

from chalicelib.nodo.binding import complex_type, tag
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.simple_types import Password, Text35


@complex_type()
class ChiaveRpt:
    """Who asks, and the key of the RPT asked about."""

    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    password: Password
    identificativo_dominio: Text35
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35


@complex_type()
class RispostaNodo:
    """The answer of the Nodo begins with the fault, if there is one."""

    fault: FaultBean | None = None
