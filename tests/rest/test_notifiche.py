"""GET /notifiche of API Backoffice: what was told to the enti, and what could not be."""

from dataclasses import replace
from datetime import timedelta

import pytest
from chalice.test import Client

from chalicelib.kernel.utenze import TUTTI, Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.notifiche import repository, rules
from chalicelib.notifiche.routes import routes
from chalicelib.notifiche.states import StatoSpedizione as S
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_calls import aws_calls
from tests.builders_pagamenti import A2A, ALTRO_DOMINIO, DOMINIO, IUV, an_attempt, an_rt
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.pendenze_app import BACKOFFICE, Chiamante
from tests.rest.test_eventi import FakeRegistry

OGGI = NOW
app = GovPayApp(app_name="notifiche")
app.register_blueprint(routes)


def an_operatore(domini=TUTTI):
    acl = {Servizio.CONFIGURAZIONE: frozenset({Diritto.LETTURA})}
    return Utenza(
        principal="operatore",
        tipo=TipoUtenza.OPERATORE,
        nome="Operatore",
        domini=domini,
        tipi_pendenza=TUTTI,
        acl=acl,
    )


@pytest.fixture
def registry(aws, monkeypatch):
    registry = FakeRegistry(an_operatore())
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def get(registry):
    with Client(app) as client:
        yield lambda **query: Chiamante(client, ("operatore", "x")).get(f"{BACKOFFICE}/notifiche", **query)


def stored(tipo=TipoNotifica.RICEVUTA, *, now=OGGI, ccp="CCP-1", id_dominio=DOMINIO, **other):
    rpp = replace(an_attempt(ccp=ccp), id_dominio=id_dominio)
    ricevuta = an_rt(rpp) if tipo is TipoNotifica.RICEVUTA else None
    notifica = rules.plan(DaNotificare(tipo=tipo, rpp=rpp, ricevuta=ricevuta), b"{}", now=now)
    return repository.save(replace(notifica, **other))


class TestAList:
    def test_conforms_to_the_contract(self, get):
        stored(stato=S.SPEDITA, tentativi=1)

        answer = get()

        assert_conforms("backoffice", "v1", "findNotifiche", answer.json, release="3.9")
        [notifica] = answer.json["risultati"]
        assert (notifica["tipo"], notifica["stato"], notifica["idA2A"]) == ("RICEVUTA", "SPEDITA", A2A)
        assert (notifica["iuv"], notifica["numeroTentativi"]) == (IUV, 1)
        assert "dataProssimaSpedizione" not in notifica

    def test_shows_what_was_given_up_as_to_be_sent_with_no_date(self, get):
        stored(stato=S.FALLITA, descrizione_stato="Trenta giorni di tentativi")

        [notifica] = get(stato="DA_SPEDIRE").json["risultati"]

        assert (notifica["stato"], notifica["descrizioneStato"]) == ("DA_SPEDIRE", "Trenta giorni di tentativi")
        assert "dataProssimaSpedizione" not in notifica

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"stato": "SPEDITA"}, ["B"]),
            ({"stato": "DA_SPEDIRE"}, ["A"]),
            ({"stato": "ANNULLATA"}, []),
            ({"tipo": "ATTIVAZIONE"}, ["A"]),
            ({"idDominio": DOMINIO}, ["B", "A"]),
            ({"idDominio": ALTRO_DOMINIO}, []),
            ({"dataDa": f"{OGGI:%Y-%m-%dT%H:%M:%SZ}"}, ["B"]),
            ({"dataA": f"{OGGI - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}, ["A"]),
            ({"sconosciuto": "x"}, ["B", "A"]),
        ],
    )
    def test_is_narrowed_by_its_filters(self, get, query, found):
        stored(TipoNotifica.ATTIVAZIONE, ccp="A", now=OGGI - timedelta(days=2))
        stored(ccp="B", stato=S.SPEDITA, now=OGGI + timedelta(seconds=2))

        assert [notifica["ccp"] for notifica in get(**query).json["risultati"]] == found

    def test_goes_on_with_its_cursor(self, get):
        for number in range(3):
            stored(ccp=f"C-{number}", now=OGGI - timedelta(days=number))

        first = get(risultatiPerPagina="2")

        assert (first.json["numRisultati"], len(first.json["risultati"])) == (3, 2)
        assert "cursore" in first.json["prossimiRisultati"]

    def test_is_of_the_domini_of_who_asks(self, get, registry):
        stored()
        stored(id_dominio=ALTRO_DOMINIO)
        registry.utenza = an_operatore(Ambito(ids=frozenset({ALTRO_DOMINIO})))

        assert [n["idDominio"] for n in get().json["risultati"]] == [ALTRO_DOMINIO]
        assert get(idDominio=DOMINIO).json["risultati"] == []

    def test_is_not_for_who_has_no_dominio(self, get, registry):
        registry.utenza = an_operatore(Ambito())

        assert get().codice == "403000"

    @pytest.mark.parametrize(
        "query",
        [{"stato": "FALLITA"}, {"tipo": "x"}, {"dataDa": "2020-01-01"}, {"dataDa": "ieri"}, {"cursore": "x"}],
    )
    def test_refuses_what_it_cannot_honour(self, get, query):
        assert (get(**query).status, get(**query).codice) == (422, "100001")

    def test_shows_thirty_one_days_and_costs_a_query_a_month_of_them(self, get):
        stored(ccp="PRIMO", now=OGGI - timedelta(days=30))
        stored(ccp="PRIMA", now=OGGI - timedelta(days=31))

        with aws_calls() as calls:
            shown = get(metadatiPaginazione="false", maxRisultati="false").json["risultati"]

        assert [one["ccp"] for one in shown] == ["PRIMO"]
        assert [one for one in calls if one.startswith("dynamodb")] == ["dynamodb.Query"] * 2 + [
            "dynamodb.BatchGetItem"
        ]

    def test_costs_one_query_and_one_read_of_all_it_shows(self, get):
        stored()

        with aws_calls() as calls:
            get(dataDa=f"{OGGI:%Y-%m-%d}", metadatiPaginazione="false")

        assert calls == ["dynamodb.Query", "dynamodb.BatchGetItem"]
