"""GET /eventi/cronistoria of API Backoffice: for who may read the giornale of that ente."""

import pytest
from chalice.test import Client

from chalicelib.cronistoria.routes import routes
from chalicelib.giornale.routes import routes as eventi
from chalicelib.kernel.utenze import Ambito, Servizio
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import DOMINIO
from tests.builders_riconciliazione import IUV, paid
from tests.clock import NOW
from tests.doubles_pagamenti import ports
from tests.rest.test_eventi import FakeRegistry, an_operatore, get

app = GovPayApp(app_name="cronistoria")
app.register_blueprint(routes)
app.register_blueprint(eventi)


@pytest.fixture
def registry(aws, monkeypatch):
    registry = FakeRegistry(an_operatore())
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def client(registry):
    seed_comune(NOW)
    with ports(), Client(app) as client:
        paid()
        yield client


class TestCronistoria:
    def test_tells_facts_what_is_missing_and_what_comes_next(self, client):
        body = get(client, "/eventi/cronistoria", idDominio=DOMINIO, iuv=IUV)

        assert (body["iuv"], body["stato"], body["situazione"]) == (IUV, "ESEGUITA", "Pagata, non ancora incassata.")
        assert "RICEVUTA" in {fatto["fase"] for fatto in body["fatti"]}
        assert {"FLUSSO", "INCASSO"} <= {one["fase"] for one in body["mancano"]}
        assert all({"fase", "descrizione", "daFare"} <= one.keys() for one in body["seguiti"])

    def test_names_nobody(self, client):
        text = str(get(client, "/eventi/cronistoria", idDominio=DOMINIO, iuv=IUV))

        assert "RSSMRA" not in text
        assert "Rossi" not in text

    def test_leaves_the_eventi_where_they_were(self, client):
        assert get(client, "/eventi/1", 404)["codice"] == "404000"

    def test_of_an_ente_of_others_is_not_there(self, client, registry):
        registry.utenza = an_operatore(Ambito(ids=frozenset({"12345678901"})))

        assert get(client, "/eventi/cronistoria", 404, idDominio=DOMINIO, iuv=IUV)["codice"] == "404000"

    def test_is_for_who_may_read_the_giornale(self, client, registry):
        registry.utenza = an_operatore(servizio=Servizio.PENDENZE)

        assert get(client, "/eventi/cronistoria", 403, idDominio=DOMINIO, iuv=IUV)["codice"] == "403000"

    @pytest.mark.parametrize(
        "query", [{}, {"iuv": IUV}, {"idDominio": DOMINIO}, {"idDominio": DOMINIO, "iuv": "x" * 36}]
    )
    def test_must_say_of_what(self, client, query):
        assert get(client, "/eventi/cronistoria", 422, **query)["codice"] == "100001"
