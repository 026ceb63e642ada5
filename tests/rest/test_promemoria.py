"""GET /promemoria of API Backoffice, and the tipi pendenza with their forms on API Pagamento."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import TipoPendenza, TipoPendenzaDominio
from chalicelib.anagrafica.queries import forget
from chalicelib.anagrafica.routes.portale import routes as portale_routes
from chalicelib.kernel.utenze import ANONIMO, Ambito
from chalicelib.promemoria import repository, rules
from chalicelib.promemoria.model import Canale, TipoPromemoria
from chalicelib.promemoria.routes import routes
from chalicelib.promemoria.states import StatoPromemoria as S
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests import builders_anagrafica as sample
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, a_pendenza
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.pendenze_app import BACKOFFICE, PAGAMENTO_PUBLIC, Chiamante
from tests.rest.test_eventi import FakeRegistry
from tests.rest.test_notifiche import an_operatore

app = GovPayApp(app_name="promemoria")
app.register_blueprint(routes)
app.register_blueprint(portale_routes)


@pytest.fixture
def registry(aws, monkeypatch):
    registry = FakeRegistry(an_operatore())
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def caller(registry):
    with Client(app) as client:
        yield Chiamante(client, ("operatore", "x"))


@pytest.fixture
def get(caller):
    return lambda **query: caller.get(f"{BACKOFFICE}/promemoria", **query)


def stored(id_pendenza: str = "P-1", tipo: TipoPromemoria = TipoPromemoria.AVVISO, **other: Any) -> Any:
    pendenza = a_pendenza(id_pendenza=id_pendenza, id_dominio=other.pop("id_dominio", DOMINIO))
    now = other.pop("now", NOW)
    return repository.save(replace(rules.planned(pendenza, tipo, Canale.MAIL, now=now), **other))


def ids(answer) -> list[str]:
    return [one["idPendenza"] for one in answer.json["risultati"]]


class TestAListOfPromemoria:
    def test_conforms_to_the_contract(self, get):
        stored(stato=S.FALLITO, descrizione_stato="La posta ha rifiutato: MessageRejected", tentativi=1)

        answer = get()

        assert_conforms("backoffice", "v1", "findPromemoria", answer.json, release="3.9")
        [one] = answer.json["risultati"]
        assert_conforms("backoffice", "v1", "promemoriaIndex", one)
        assert (one["tipo"], one["stato"], one["numeroTentativi"]) == ("AVVISO_PAGAMENTO", "FALLITO", 1)
        assert "dataProssimaSpedizione" not in one

    def test_is_filtered_by_stato_tipo_and_day(self, get):
        stored("P-1", stato=S.SPEDITO)
        stored("P-2", TipoPromemoria.SCADENZA)
        stored("P-3", now=NOW - timedelta(days=3))

        assert ids(get(stato="SPEDITO")) == ["P-1"]
        assert ids(get(tipo="SCADENZA_AVVISO_PAGAMENTO")) == ["P-2"]
        assert ids(get(dataA=f"{NOW - timedelta(days=2):%Y-%m-%d}")) == ["P-3"]
        assert sorted(ids(get())) == ["P-1", "P-2", "P-3"]
        for wrong in ({"stato": "X"}, {"tipo": "X"}, {"dataDa": "2020-01-01"}):
            assert get(**wrong).codice == "100001"

    def test_shows_the_callers_domini_only(self, get, registry):
        stored("P-1")
        stored("P-2", id_dominio=ALTRO_DOMINIO)

        registry.utenza = an_operatore(Ambito(ids=frozenset({DOMINIO})))
        assert ids(get()) == ["P-1"]
        registry.utenza = an_operatore(Ambito())
        assert get().status == 403


class TestTheFormsOfAPortal:
    @pytest.fixture(autouse=True)
    def tipi(self, registry):
        sample.seed_comune(NOW)
        form = {"tipo": "json-schema", "definizione": {"a": 1}, "impaginazione": {"b": 2}}
        for name, tipo, dettagli in (
            ("CON-FORM", "spontaneo", {"form": form, "trasformazione": {"tipo": "freemarker", "definizione": "{}"}}),
            ("SPENTO", "spontaneo", {"portalePagamento": {"abilitato": False, "form": form}}),
            ("DOVUTO", "dovuto", {"form": form}),
        ):
            anagrafica.put_tipo_pendenza(
                tipo_pendenza=TipoPendenza(id_tipo_pendenza=name, descrizione=name, tipo=tipo, dettagli=dettagli)
            )
            anagrafica.put_tipo_pendenza_dominio(tipo=TipoPendenzaDominio(id_dominio=DOMINIO, id_tipo_pendenza=name))
        forget()

    def test_are_told_to_anybody_without_what_makes_the_pendenza(self, caller, registry):
        registry.utenza = ANONIMO

        answer = caller.get(f"{PAGAMENTO_PUBLIC}/domini/{DOMINIO}/tipiPendenza")

        assert_conforms("pagamento", "v2", "findTipiPendenzaDominio", answer.json, release="3.9")
        [tipo] = answer.json["risultati"]
        assert tipo["idTipoPendenza"] == "CON-FORM"
        assert tipo["form"]["impaginazione"] == {"b": 2}
        assert "trasformazione" not in tipo

    def test_of_an_ente_that_is_not_there_are_not_told(self, caller):
        assert caller.get(f"{PAGAMENTO_PUBLIC}/domini/99999999999/tipiPendenza").status == 404
