"""Who is who at run time: gives each edge and context the real thing behind its port; tests give doubles.

Called once, when app.py is imported. What is heavy is imported by the port itself when it is first used.
"""

from chalice.app import Chalice

from chalicelib.anagrafica.queries import Registry
from chalicelib.avvisi import operations as avvisi
from chalicelib.avvisi.schemas import avviso_json
from chalicelib.giornale import operations as giornale
from chalicelib.nodo.client import NodoClient
from chalicelib.nodo.documenti import Documenti
from chalicelib.notifiche.ente import EnteClient
from chalicelib.notifiche.operations import Outbox
from chalicelib.pagamenti import queries as pagamenti
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pendenze.queries import Ports as PendenzePorts
from chalicelib.rest import log
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge


def join(app: Chalice) -> None:
    """Join the edges and the ports of this process."""
    log.configure()
    Edge.current_request = lambda: app.current_request
    Edge.recorder = giornale.record
    Credentials.registry = Registry()
    PendenzePorts.rpp_of = staticmethod(pagamenti.rpp_of)
    PendenzePorts.print_avviso = staticmethod(avvisi.print_avviso)
    PendenzePorts.avviso_json = staticmethod(avviso_json)
    PagamentiPorts.verifica = EnteClient(recorder=giornale.record)
    PagamentiPorts.outbox = Outbox()
    PagamentiPorts.nodo = NodoClient(recorder=giornale.record)
    PagamentiPorts.documenti = Documenti()
