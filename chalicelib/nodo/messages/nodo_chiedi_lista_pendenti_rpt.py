"""nodoChiediListaPendentiRPT: the RPT that have no RT yet (classic)."""

from chalicelib.nodo.binding import PPT, complex_type, many, message, tag
from chalicelib.nodo.messages.richiesta_nodo import RispostaNodo
from chalicelib.nodo.messages.simple_types import (
    IsoDateTime,
    Password,
    Text35,
    XsdInt,
    XsdPositiveInteger,
    XsdString,
)


@message("nodoChiediListaPendentiRPT", ns=PPT)
class NodoChiediListaPendentiRpt:
    identificativo_intermediario_pa: Text35 = tag("identificativoIntermediarioPA")
    identificativo_stazione_intermediario_pa: Text35 = tag("identificativoStazioneIntermediarioPA")
    password: Password
    identificativo_dominio: Text35 | None = None
    range_da: IsoDateTime | None = None
    range_a: IsoDateTime | None = None
    dimensione_lista: XsdPositiveInteger


@complex_type()
class RptPendente:
    identificativo_dominio: Text35
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35
    stato: XsdString


@complex_type()
class ListaRptPendenti:
    tot_restituiti: XsdInt
    rpt_pendente: tuple[RptPendente, ...] = many(0, None, default=())


@message("nodoChiediListaPendentiRPTRisposta", ns=PPT)
class NodoChiediListaPendentiRptRisposta(RispostaNodo):
    lista_rpt_pendenti: ListaRptPendenti | None = tag("listaRPTPendenti", default=None)
