"""Who is who at run time: gives each edge and context the real thing behind its port; tests give doubles.

Called once, when app.py is imported. What is heavy is imported by the port itself when it is first used.
"""

from chalice.app import Chalice

from chalicelib.anagrafica.queries import Registry
from chalicelib.avvisi import operations as avvisi
from chalicelib.avvisi.schemas import avviso_json
from chalicelib.giornale import operations as giornale
from chalicelib.nodo.carrello import CarrelloWisp
from chalicelib.nodo.client import NodoClient
from chalicelib.nodo.documenti import Documenti
from chalicelib.nodo.flussi import FlussiSoap
from chalicelib.notifiche.ente import EnteClient
from chalicelib.notifiche.operations import Outbox
from chalicelib.pagamenti import queries as pagamenti
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pagamenti.sessioni import queries as sessioni
from chalicelib.pagamenti.sessioni import schemas as sessioni_schemas
from chalicelib.pagopa.checkout import CheckoutClient
from chalicelib.pagopa.fdr import FlussiFdr
from chalicelib.pendenze.queries import Ports as PendenzePorts
from chalicelib.rest import log
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports as RiconciliazionePorts


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
    PagamentiPorts.verifica = EnteClient(recorder=giornale.record)
    PagamentiPorts.outbox = Outbox()
    PagamentiPorts.nodo = NodoClient(recorder=giornale.record)
    PagamentiPorts.documenti = Documenti()
    RiconciliazionePorts.fonti = {
        Formato.SOAP: FlussiSoap(recorder=giornale.record),
        Formato.FDR: FlussiFdr(recorder=giornale.record),
    }
    PagamentiPorts.wisp = CarrelloWisp(recorder=giornale.record)
    PagamentiPorts.checkout = CheckoutClient(recorder=giornale.record)
