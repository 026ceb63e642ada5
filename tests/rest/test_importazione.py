"""/giornaliDiCassa and /movimentiDiCassa: a file comes by a request, its report goes by a redirect, a person decides."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.kernel.utenze import TUTTI, Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.riconciliazione.importazione.routes import routes
from tests.builders_importazione import ENTE, comune_with_archive, giornali, movimenti_of, run_queue, seed_sample

BASE = "/govpay/backend/api/ragioneria/rs/basic/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
LEGGE_E_SCRIVE = frozenset(Diritto)
CSV = (
    b"ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO\n"
    b"2026;7;2026-11-20;BANCA;/PUR/LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-0000000009;10,00\n"
    b"2026;8;2026-11-20;BANCA;=AFFITTO;5,00\n"
)
BOUNDARY = "----confine"

app = GovPayApp(app_name="importazione")
app.api.binary_types = ["application/octet-stream", "multipart/form-data", "text/csv"]
app.register_blueprint(routes)


@dataclass
class FakeRegistry:
    utenza: Utenza

    def by_password(self, principal: str, password: str) -> Utenza | None:
        return self.utenza

    def by_subject(self, subject: str) -> Utenza | None:
        return None


def an_applicazione(domini: Ambito = TUTTI) -> Utenza:
    return Utenza(
        principal="gestionale",
        tipo=TipoUtenza.APPLICAZIONE,
        nome="Gestionale",
        id_a2a="A2A-COMUNE",
        domini=domini,
        acl={Servizio.API_RAGIONERIA: LEGGE_E_SCRIVE, Servizio.RENDICONTAZIONI: LEGGE_E_SCRIVE},
    )


@pytest.fixture
def registry(aws, monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    registry = FakeRegistry(an_applicazione())
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", registry)
    return registry


@pytest.fixture
def client(registry: FakeRegistry) -> Iterator[Client]:
    with Client(app) as chalice_client:
        yield chalice_client


@pytest.fixture(autouse=True)
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


def call(client: Client, method: str, path: str, body: bytes = b"", *, content_type: str = "", base: str = BASE) -> Any:
    headers = {"Authorization": "Basic " + base64.b64encode(b"gestionale:x").decode()}
    if content_type:
        headers["Content-Type"] = content_type
    return client.http.request(method, base + path, headers=headers, body=body)


def answer(client: Client, method: str, path: str, body: Any = None, status: int = 200, **other: Any) -> Any:
    content = b"" if body is None else json.dumps(body).encode()
    response = call(client, method, path, content, content_type="application/json", **other)
    assert response.status_code == status, response.body
    return json.loads(response.body)


def uploaded(client: Client) -> dict[str, Any]:
    path = f"/giornaliDiCassa/{ENTE}?nome=gdc.csv"
    response = call(client, "POST", path, CSV, content_type="application/octet-stream")
    assert response.status_code == 201, response.body
    run_queue()
    return json.loads(response.body)


class TestPost:
    def test_takes_the_file_itself(self, client):
        body = uploaded(client)

        found = answer(client, "GET", f"/giornaliDiCassa/{ENTE}/{body['id']}")
        assert (body["stato"], found["stato"], found["nome"]) == ("ATTESO", "CONCLUSO", "gdc.csv")
        assert found["totaleEntrate"] == 15

    def test_takes_a_part_of_a_form(self, client):
        body = (
            (
                f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="dal form.csv"\r\n'
                "Content-Type: text/csv\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            ).encode()
            + CSV
            + f"\r\n--{BOUNDARY}--\r\n".encode()
        )
        content_type = f"multipart/form-data; boundary={BOUNDARY}"

        response = call(client, "POST", f"/giornaliDiCassa/{ENTE}", body, content_type=content_type)
        run_queue()

        assert response.status_code == 201, response.body
        (giornale,) = giornali()
        assert (giornale.nome, giornale.stato, giornale.righe) == ("dal form.csv", "CONCLUSO", 2)

    def test_refuses_a_form_without_a_file(self, client):
        content_type = f"multipart/form-data; boundary={BOUNDARY}"

        response = call(client, "POST", f"/giornaliDiCassa/{ENTE}", b"--x--", content_type=content_type)

        assert (response.status_code, json.loads(response.body)["codice"]) == (400, "SINTASSI")

    def test_gives_the_url_for_a_file_that_no_request_can_carry(self, client):
        body = answer(client, "POST", f"/giornaliDiCassa/{ENTE}", {"nome": "grande.xml"}, status=201)

        assert f"/in/{body['id']}/grande.xml" in body["urlCaricamento"]
        assert body["stato"] == "ATTESO"

    def test_refuses_an_empty_body(self, client):
        response = call(client, "POST", f"/giornaliDiCassa/{ENTE}", content_type="application/octet-stream")

        assert (response.status_code, json.loads(response.body)["codice"]) == (400, "GDC_VUOTO")

    def test_refuses_a_dominio_of_others(self, client, registry):
        registry.utenza = an_applicazione(Ambito(ids=frozenset({"80012000826"})))

        answer(client, "POST", f"/giornaliDiCassa/{ENTE}", {"nome": "x.xml"}, status=403)
        answer(client, "GET", f"/movimentiDiCassa/{ENTE}", status=403)

    def test_refuses_a_dominio_that_is_not_registered(self, client):
        assert (
            answer(client, "POST", "/giornaliDiCassa/12312312312", {"nome": "x"}, status=422)["codice"] == "SEMANTICA"
        )


class TestGet:
    def test_lists_the_giornali(self, client):
        uploaded(client)

        body = answer(client, "GET", f"/giornaliDiCassa/{ENTE}")

        assert (body["numRisultati"], [g["nome"] for g in body["risultati"]]) == (1, ["gdc.csv"])

    @pytest.mark.parametrize("formato", ["json", "csv", "pdf"])
    def test_sends_to_the_report(self, client, formato):
        body = uploaded(client)

        response = call(client, "GET", f"/giornaliDiCassa/{ENTE}/{body['id']}/report?formato={formato}")

        assert response.status_code == 303
        assert f"/esiti/gdc.csv.{formato}" in response.headers["Location"]

    def test_says_that_a_report_is_not_there_yet(self, client):
        body = answer(client, "POST", f"/giornaliDiCassa/{ENTE}", {"nome": "x.xml"}, status=201)

        answer(client, "GET", f"/giornaliDiCassa/{ENTE}/{body['id']}/report", status=404)

    def test_says_that_a_giornale_is_not_there(self, client):
        answer(client, "GET", f"/giornaliDiCassa/{ENTE}/nessuno", status=404)

    def test_tells_what_is_open_today(self, client):
        uploaded(client)

        aperti = answer(client, "GET", f"/giornaliDiCassa/{ENTE}/aperti")

        assert list(aperti) == [
            "flussiSenzaAccredito",
            "revisioniDaVerificare",
            "accreditiInAttesa",
            "ricevuteSenzaFlusso",
            "pagamentiDoppi",
            "provvisoriDaRegolarizzare",
        ]
        assert {item["etichetta"] for item in aperti["accreditiInAttesa"]} == {"TES_NO_IUF_OR_IUV"}

    def test_tells_what_is_open_as_a_spreadsheet_reads_it(self, client):
        uploaded(client)
        headers = {"Authorization": "Basic " + base64.b64encode(b"gestionale:x").decode(), "Accept": "text/csv"}

        response = client.http.get(f"{BASE}/giornaliDiCassa/{ENTE}/aperti", headers=headers)

        head, row, *_ = response.body.decode("utf-8-sig").split("\r\n")
        assert head == "elenco;etichetta;riferimento;data;importo;nota"
        assert row.startswith("accreditiInAttesa;TES_NO_IUF_OR_IUV;")
        assert response.headers["Content-Type"] == "text/csv; charset=utf-8"

    def test_tells_nothing_of_an_ente_of_others(self, client, registry):
        registry.utenza = an_applicazione(Ambito())

        assert answer(client, "GET", f"/giornaliDiCassa/{ENTE}/aperti", status=403)["codice"] == "403000"

    def test_finds_movements_by_outcome(self, client):
        uploaded(client)
        period = "dataDa=2026-11-01&dataA=2026-11-30"

        body = answer(client, "GET", f"/movimentiDiCassa/{ENTE}?{period}&esito=FLUSSO_ASSENTE")

        assert [m["provvisorio"] for m in body["risultati"]] == ["7"]
        assert body["risultati"][0]["prossimoPasso"].startswith("Si riprova da solo")
        assert answer(client, "GET", f"/movimentiDiCassa/{ENTE}?{period}", base=BACKOFFICE)["numRisultati"] == 2

    def test_of_the_first_days_of_all_are_none(self, client):
        assert answer(client, "GET", f"/movimentiDiCassa/{ENTE}?dataA=0001-01-05")["risultati"] == []

    @pytest.mark.parametrize("query", ["esito=NESSUNO", "dataDa=ieri", "dataDa=2020-01-01&dataA=2026-01-01"])
    def test_refuses_a_filter_that_it_cannot_honour(self, client, query):
        assert answer(client, "GET", f"/movimentiDiCassa/{ENTE}?{query}", status=422)["codice"] == "100001"


class TestPatch:
    def test_takes_the_reference_that_a_person_gives(self, client, fonte, shared):
        seed_sample(fonte, shared / "formats")
        uploaded(client)
        (giornale,) = giornali()
        cassa = movimenti_of(giornale)[1]

        path = f"/movimentiDiCassa/{ENTE}/{cassa.id_movimento}"
        body = answer(client, "PATCH", path, {"iuv": "01000000000010151"})

        assert (body["esito"], body["riferimento"], body["atteso"]) == ("IMPORTO_DIVERSO", "01000000000010151", 12.34)
        assert answer(client, "GET", path)["esito"] == "IMPORTO_DIVERSO"

    def test_notes_that_it_was_seen(self, client):
        uploaded(client)
        cassa = movimenti_of(giornali()[0])[1]

        path = f"/movimentiDiCassa/{ENTE}/{cassa.id_movimento}"
        body = answer(client, "PATCH", path, {"visto": True, "nota": "affitto di novembre"})

        assert body["visto"]["nota"] == "affitto di novembre"

    @pytest.mark.parametrize("body", [{}, {"conferma": True, "iuv": "1"}])
    def test_takes_one_thing_at_a_time(self, client, body):
        answer(client, "PATCH", f"/movimentiDiCassa/{ENTE}/x", body, status=400)

    def test_says_that_a_movement_is_not_there(self, client):
        answer(client, "PATCH", f"/movimentiDiCassa/{ENTE}/x", {"visto": True}, status=404)
