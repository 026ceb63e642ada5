"""GET /eventi and /eventi/{id} of API Backoffice, against the contract."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.test import Client

from chalicelib.giornale import operations, schemas
from chalicelib.giornale.routes import routes
from chalicelib.kernel.exchange import Categoria, Esito, Message
from chalicelib.kernel.utenze import TUTTI, Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_calls import aws_calls
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.eventi import ALTRO_DOMINIO, DOMINIO, IUV, RICHIESTA, an_exchange

BASE = "/govpay/backend/api/backoffice/rs/basic/v1"
OGGI = NOW.replace(hour=0, minute=0, second=0, microsecond=0)

app = GovPayApp(app_name="eventi")
app.register_blueprint(routes)


@dataclass
class FakeRegistry:
    """Knows one caller, whoever asks."""

    utenza: Utenza

    def by_password(self, principal: str, password: str) -> Utenza | None:
        return self.utenza

    def by_subject(self, subject: str) -> Utenza | None:
        return None


def an_operatore(domini: Ambito = TUTTI, servizio: Servizio = Servizio.GIORNALE) -> Utenza:
    return Utenza(
        principal="operatore",
        tipo=TipoUtenza.OPERATORE,
        nome="Operatore",
        domini=domini,
        tipi_pendenza=TUTTI,
        acl={servizio: frozenset({Diritto.LETTURA})},
    )


@pytest.fixture
def registry(aws, monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    registry = FakeRegistry(an_operatore())
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def client(registry: FakeRegistry) -> Iterator[Client]:
    with Client(app) as chalice_client:
        yield chalice_client


def get(client: Client, path: str, status: int = 200, **query: str) -> Any:
    credentials = base64.b64encode(b"operatore:x").decode()
    text = f"?{urlencode(query)}" if query else ""
    response = client.http.get(BASE + path + text, headers={"Authorization": f"Basic {credentials}"})
    assert response.status_code == status, response.body
    return json.loads(response.body)


def store(**other: Any) -> int:
    """Store an evento of today and give its id."""
    evento = operations._evento(an_exchange(**{"data": OGGI, **other}))
    message = json.loads(json.dumps(operations._message(evento)))
    operations.store(message)
    return evento.id


class TestFilters:
    def test_find_one_attempt_by_its_ccp(self, client):
        store(ccp="C-1")
        store(ccp="C-2")

        assert [one["ccp"] for one in get(client, "/eventi", ccp="C-2")["risultati"]] == ["C-2"]

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"severitaDa": "1"}, {"KO", "FAIL"}),
            ({"severitaA": "0"}, {"OK"}),
            ({"severitaDa": "5", "severitaA": "5"}, {"FAIL"}),
            ({"severitaDa": "1", "severitaA": "2"}, set()),
        ],
    )
    def test_find_what_is_so_grave(self, client, asked, found):
        for esito in Esito:
            store(esito=esito)

        assert {one["esito"] for one in get(client, "/eventi", **asked)["risultati"]} == found

    def test_refuse_a_gravity_there_is_not(self, client):
        assert get(client, "/eventi", 422, severitaDa="6")["codice"] == "100001"


class TestList:
    def test_conforms_to_the_contract(self, client):
        store()
        store(esito=Esito.KO, categoria=Categoria.UTENTE, ccp=None)

        body = get(client, "/eventi")

        assert_conforms("backoffice", "v1", "listaPaginata", {**body, "prossimiRisultati": "/eventi?pagina=2"})
        for item in body["risultati"]:
            assert_conforms("backoffice", "v1", "eventoIndex", item)
        assert body["numRisultati"] == 2

    def test_leaves_the_messages_out_unless_asked_for(self, client):
        store()

        plain, full = get(client, "/eventi"), get(client, "/eventi", messaggi="true")

        assert "parametriRichiesta" not in plain["risultati"][0]
        assert_conforms("backoffice", "v1", "GET /eventi", full)
        assert base64.b64decode(full["risultati"][0]["parametriRichiesta"]["payload"]) == RICHIESTA

    def test_tells_of_a_big_body_by_its_size(self, client):
        store(richiesta=Message(payload=b"<" * (schemas.MAX_PAYLOAD_IN_LIST + 1)))

        item = get(client, "/eventi", messaggi="true")["risultati"][0]

        assert item["parametriRichiesta"]["dimensionePayload"] == schemas.MAX_PAYLOAD_IN_LIST + 1
        assert "payload" not in item["parametriRichiesta"]

    def test_is_short_when_it_carries_messages(self, client):
        assert get(client, "/eventi", 422, messaggi="true", risultatiPerPagina="26")["codice"] == "100001"

    def test_gives_the_way_to_the_next_page(self, client):
        for seconds in range(3):
            store(data=OGGI + timedelta(milliseconds=seconds))

        first = get(client, "/eventi", risultatiPerPagina="2", idDominio=DOMINIO, iuv=IUV)
        path, _, query = first["prossimiRisultati"].partition("?")
        second = json.loads(client.http.get(f"{BASE}{path}?{query}", headers=_basic()).body)

        assert (first["numRisultati"], first["numPagine"]) == (3, 2)
        assert len(first["risultati"]) == 2
        assert len(second["risultati"]) == 1
        assert "prossimiRisultati" not in second

    def test_shows_seven_days_and_costs_a_query_a_categoria_and_month(self, client):
        store(data=OGGI - timedelta(days=6))
        store(data=OGGI - timedelta(days=6, milliseconds=1))

        with aws_calls() as calls:
            shown = get(client, "/eventi", metadatiPaginazione="false", maxRisultati="false")["risultati"]

        assert len(shown) == 1
        assert calls == ["dynamodb.Query"] * len(Categoria)

    def test_goes_through_the_months_it_is_asked_for(self, client):
        for days in (0, 24, 30):
            store(data=OGGI - timedelta(days=days))
        da, a = OGGI - timedelta(days=29), OGGI

        asked = {"dataDa": f"{da:%Y-%m-%d}", "dataA": f"{a:%Y-%m-%d}", "risultatiPerPagina": "1"}
        first = get(client, "/eventi", **asked)
        path, _, query = first["prossimiRisultati"].partition("?")
        second = json.loads(client.http.get(f"{BASE}{path}?{query}", headers=_basic()).body)

        assert (first["numRisultati"], len(second["risultati"])) == (2, 1)
        assert "prossimiRisultati" not in second

    def test_takes_the_italian_day_of_dataDa_and_dataA(self, client):  # noqa: N802 - names of the contract
        today = OGGI.date().isoformat()
        store(data=OGGI)

        assert get(client, "/eventi", dataDa=today, dataA=today)["numRisultati"] == 1
        assert get(client, "/eventi", dataDa="2026-01-01", dataA="2026-01-02")["numRisultati"] == 0

    @pytest.mark.parametrize(
        "query",
        [
            {"esito": "FORSE"},
            {"categoriaEvento": "x"},
            {"componente": "x"},
            {"ruolo": "x"},
            {"dataDa": "ieri"},
            {"dataDa": "2020", "dataA": "2026-11-24"},
            {"messaggi": "forse"},
            {"cursore": "x"},
            {"risultatiPerPagina": "201"},
        ],
    )
    def test_refuses_what_it_does_not_understand(self, client, query):
        assert get(client, "/eventi", 422, **query)["codice"] == "100001"

    def test_shows_only_the_domini_of_the_caller(self, client, registry):
        store()
        store(id_dominio=ALTRO_DOMINIO)
        registry.utenza = an_operatore(Ambito(ids=frozenset({DOMINIO})))

        body = get(client, "/eventi")

        assert [item["idDominio"] for item in body["risultati"]] == [DOMINIO]
        assert get(client, "/eventi", idDominio=ALTRO_DOMINIO, iuv=IUV)["numRisultati"] == 0

    def test_needs_the_servizio_giornale_degli_eventi(self, client, registry):
        registry.utenza = an_operatore(servizio=Servizio.PENDENZE)

        assert get(client, "/eventi", 403)["codice"] == "403000"


class TestDetail:
    def test_conforms_to_the_contract(self, client):
        id_evento = store()

        body = get(client, f"/eventi/{id_evento}")

        assert_conforms("backoffice", "v1", "evento", body)
        assert body["id"] == id_evento
        assert body["datiPagoPA"] == {"idStazione": "12345678901_02"}
        assert body["parametriRichiesta"]["headers"] == [{"nome": "soapaction", "valore": '"paGetPayment"'}]
        assert body["parametriRisposta"]["status"] == 200

    @pytest.mark.parametrize("id_evento", ["1", "0", "-1", "abc", "9" * 30, "%20"])
    def test_says_so_when_there_is_none(self, client, id_evento):
        assert get(client, f"/eventi/{id_evento}", 404)["codice"] == "404000"

    def test_is_not_for_who_has_not_its_dominio(self, client, registry):
        id_evento, of_nobody = store(id_dominio=ALTRO_DOMINIO), store(id_dominio=None)
        registry.utenza = an_operatore(Ambito(ids=frozenset({DOMINIO})))

        assert get(client, f"/eventi/{id_evento}", 404)["codice"] == "404000"
        assert get(client, f"/eventi/{of_nobody}", 404)["codice"] == "404000"


def _basic() -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(b'operatore:x').decode()}"}
