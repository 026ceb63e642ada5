from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
from chalice.test import Client

from chalicelib.aws.clients import client as aws_client
from chalicelib.nodo.endpoint import routes
from chalicelib.pendenze import repository as pendenze
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.operation import Edge
from chalicelib.settings import settings
from tests.builders_anagrafica import PRINCIPAL_PAGOPA, seed_comune
from tests.builders_pagamenti import a_pendenza
from tests.clock import NOW
from tests.doubles_pagamenti import ports
from tests.nodo.calls import PASSWORD_PAGOPA

TODAY = NOW


@pytest.fixture
def comune(aws):
    """The comune, its Nodo's password, and the ports of pagamenti with nobody outside."""
    seed_comune(TODAY)
    aws_client("ssm").put_parameter(
        Name=f"{settings().secrets_prefix}nodo/{PRINCIPAL_PAGOPA}",
        Value=PASSWORD_PAGOPA,
        Type="SecureString",
        Overwrite=True,
    )
    with ports():
        yield


@cache
def nodo_app():
    """Make the application once a process: a blueprint gives its routes away when it is registered."""
    app = GovPayApp(app_name="govpay-nodo")
    app.register_blueprint(routes)
    return app


@pytest.fixture
def client(comune, monkeypatch):
    app = nodo_app()
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    with Client(app) as one:
        yield one


@pytest.fixture
def stored(comune):
    """Store a position, unpaid and due in a month unless said otherwise."""

    def store(pendenza=None, **other):
        due = {"data_scadenza": (TODAY + timedelta(days=30)).date(), **other}
        return pendenze.save(None, replace(pendenza or a_pendenza(), versione=0, **due))

    return store
