"""A small application with flussi, incassi and riscossioni, and the callers that use it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from unittest.mock import patch

from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.anagrafica.queries import Registry
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.nodo.flussi import flusso_xml
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.quadrature.routes import routes as quadrature
from chalicelib.riconciliazione.rendicontazioni.routes import routes as rendicontazioni
from chalicelib.riconciliazione.routes import blueprints
from tests import builders_anagrafica as sample
from tests.builders_riconciliazione import FonteFinta
from tests.doubles_pagamenti import ports
from tests.rest.pendenze_app import ALTRA, COMUNE, GPADMIN, OPERATORE, Chiamante

RAGIONERIA = "/govpay/backend/api/ragioneria/rs/basic/v1"
RICONCILIAZIONE = "/govpay/backend/api/riconciliazione/rs/basic/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"

app = GovPayApp(app_name="ragioneria")
app.api.binary_types = ["application/pdf"]
for blueprint in (*blueprints, quadrature, rendicontazioni):
    app.register_blueprint(blueprint)
REGISTRY = Registry()


@dataclass
class Ufficio:
    """The application, the sample comune, and the source of its flows."""

    client: Client
    fonte: FonteFinta

    @property
    def comune(self) -> Chiamante:
        return Chiamante(self.client, COMUNE)

    @property
    def altra(self) -> Chiamante:
        return Chiamante(self.client, ALTRA)

    @property
    def gpadmin(self) -> Chiamante:
        return Chiamante(self.client, GPADMIN)

    @property
    def operatore(self) -> Chiamante:
        """One who may read flussi and incassi of DOMINIO, and nothing else."""
        return Chiamante(self.client, OPERATORE)


@contextmanager
def ufficio(now: datetime) -> Iterator[Ufficio]:
    sample.seed_comune(now)
    lettura = Acl(servizio=Servizio.RENDICONTAZIONI, autorizzazioni=(Diritto.LETTURA,))
    anagrafica.put_operatore(
        operatore=sample.an_operatore(
            abilitazioni=Abilitazioni(domini=(sample.DOMINIO,), tipi_pendenza=("*",), acl=(lettura,))
        )
    )
    fonte = FonteFinta()
    with (
        ports(),
        Client(app) as client,
        patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True),
        patch.object(Ports, "write_flusso", staticmethod(flusso_xml), create=True),
        patch.object(Edge, "current_request", staticmethod(lambda: app.current_request), create=True),
        patch.object(Edge, "recorder", None),
        patch.object(Credentials, "registry", REGISTRY),
    ):
        yield Ufficio(client, fonte)
