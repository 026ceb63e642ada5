"""nodoInviaCarrelloRPT: one to five RPT to be paid together (classic)."""

from typing import Annotated

from chalicelib.nodo.binding import PPT, complex_type, message, tag, wrapped
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.richiesta_nodo import RispostaNodo
from chalicelib.nodo.messages.simple_types import Password, Text35, XsdBase64, XsdBoolean, XsdString
from chalicelib.nodo.scalars import Integer, Text


@complex_type()
class ElementoListaRpt:
    identificativo_dominio: Text35
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35
    tipo_firma: XsdString | None = None
    rpt: XsdBase64


@message("nodoInviaCarrelloRPT", ns=PPT)
class NodoInviaCarrelloRpt:
    password: Password
    identificativo_psp: Text35 = tag("identificativoPSP")
    identificativo_intermediario_psp: Text35 = tag("identificativoIntermediarioPSP")
    identificativo_canale: Text35
    lista_rpt: tuple[ElementoListaRpt, ...] = wrapped("elementoListaRPT", name="listaRPT", most=5)
    require_light_payment: Annotated[int, Integer(least=0, most=1)] | None = None
    codice_convenzione: Annotated[str, Text(least=5, most=35)] | None = None
    multi_beneficiario: XsdBoolean | None = None


@message("nodoInviaCarrelloRPTRisposta", ns=PPT)
class NodoInviaCarrelloRptRisposta(RispostaNodo):
    """In `lista_errori_rpt` the `serial` of a fault is the place of the RPT in the cart, from 1."""

    esito_complessivo_operazione: XsdString
    url: XsdString | None = None
    lista_errori_rpt: tuple[FaultBean, ...] = wrapped("fault", name="listaErroriRPT", least=0, most=None, default=())
