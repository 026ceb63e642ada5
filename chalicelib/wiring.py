"""Who is who at run time: gives each edge and context the real thing behind its port; tests give doubles.

Called once, when app.py is imported. What speaks to pagoPA is imported when it is first used: its messages are most of
what a cold start would read, and most functions send none.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from chalice.app import Chalice

from chalicelib.anagrafica.queries import Registry
from chalicelib.avvisi import operations as avvisi
from chalicelib.avvisi.schemas import avviso_json
from chalicelib.giornale import operations as giornale
from chalicelib.notifiche.ente import EnteClient
from chalicelib.notifiche.operations import Outbox
from chalicelib.pagamenti import queries as pagamenti
from chalicelib.pagamenti.operations import save_settled
from chalicelib.pagamenti.ports import Carrelli, Documenti, Nodo
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pagamenti.sessioni import queries as sessioni
from chalicelib.pagamenti.sessioni import schemas as sessioni_schemas
from chalicelib.pendenze.queries import Ports as PendenzePorts
from chalicelib.rest import log
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.riconciliazione.importazione.operations.riprova import flow_or_payment_came
from chalicelib.riconciliazione.model import Formato, Riga, Testata
from chalicelib.riconciliazione.ports import Fonte
from chalicelib.riconciliazione.ports import Ports as RiconciliazionePorts

T = TypeVar("T")


def join(app: Chalice) -> None:
    """Join the edges and the ports of this process."""
    log.configure()
    Edge.current_request = lambda: app.current_request
    Edge.recorder = giornale.record
    Credentials.registry = Registry()
    PendenzePorts.rpp_of = staticmethod(pagamenti.rpp_of)
    PendenzePorts.pagamenti_of = staticmethod(sessioni_schemas.pagamenti_of)
    PendenzePorts.pendenze_of_pagamento = staticmethod(sessioni.pendenze_of)
    PendenzePorts.print_avviso = staticmethod(avvisi.print_avviso)
    PendenzePorts.avviso_json = staticmethod(avviso_json)
    PendenzePorts.save_settled = staticmethod(save_settled)
    PagamentiPorts.verifica = EnteClient(recorder=giornale.record)
    PagamentiPorts.outbox = Outbox()
    PagamentiPorts.nodo = _later(_nodo)
    PagamentiPorts.documenti = _later(_documenti)
    RiconciliazionePorts.write_flusso = staticmethod(_flusso_xml)
    PagamentiPorts.wisp = _later(_wisp)
    PagamentiPorts.checkout = _later(_checkout)
    RiconciliazionePorts.fonti = {Formato.SOAP: _later(_flussi_soap), Formato.FDR: _later(_flussi_fdr)}
    # A credit whose flow or ricevuta was not there yet is tried again when it comes.
    RiconciliazionePorts.flusso_acquisito = staticmethod(flow_or_payment_came)
    PagamentiPorts.credito_in_attesa = staticmethod(flow_or_payment_came)


def _nodo() -> Nodo:
    from chalicelib.nodo.client import NodoClient

    return NodoClient(recorder=giornale.record)


def _documenti() -> Documenti:
    from chalicelib.nodo.documenti import Documenti

    return Documenti()


def _wisp() -> Carrelli:
    from chalicelib.nodo.carrello import CarrelloWisp

    return CarrelloWisp(recorder=giornale.record)


def _checkout() -> Carrelli:
    from chalicelib.pagopa.checkout import CheckoutClient

    return CheckoutClient(recorder=giornale.record)


def _flussi_soap() -> Fonte:
    from chalicelib.nodo.flussi import FlussiSoap

    return FlussiSoap(recorder=giornale.record)


def _flusso_xml(testata: Testata, righe: Sequence[Riga]) -> bytes:
    from chalicelib.nodo.flussi import flusso_xml

    return flusso_xml(testata, righe)


def _flussi_fdr() -> Fonte:
    from chalicelib.pagopa.fdr import FlussiFdr

    return FlussiFdr(recorder=giornale.record)


def _later(make: Callable[[], T]) -> T:
    """Give what is used as `make()` is, and is made when it is first used."""
    return cast("T", _Later(lru_cache(maxsize=1)(make)))


class _Later:
    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:
        return getattr(self._make(), name)
