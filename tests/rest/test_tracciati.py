"""/pendenze/tracciati: how files come and go, pages, filters, and the published contract as the judge."""

import io
import json
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni
from chalicelib.anagrafica.queries import Registry
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from chalicelib.tracciati import routes as module
from chalicelib.tracciati.routes import routes
from tests import builders_anagrafica as sample
from tests.aws_calls import counted
from tests.builders_tracciati import A2A, ENTE, a_body, a_csv, a_json, a_row, run_queue, seed_ente
from tests.contract import assert_conforms
from tests.rest.pendenze_app import scrittura_pendenze

BASE = "/govpay/backend/api/backoffice/rs/basic/v1/pendenze/tracciati"
GPADMIN = (sample.GPADMIN, sample.PASSWORD_GPADMIN)
OPERATORE = ("operatore", "Operatore-2026")
BOUNDARY = "----confine"

app = GovPayApp(app_name="tracciati")
app.api.binary_types = ["application/octet-stream", "multipart/form-data", "text/csv"]
app.register_blueprint(routes)
REGISTRY = Registry()


@pytest.fixture(autouse=True)
def client(aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    seed_ente()
    abilitazioni = Abilitazioni(domini=(ENTE,), tipi_pendenza=("TARI",), acl=(scrittura_pendenze(),))
    anagrafica.put_operatore(operatore=sample.an_operatore(abilitazioni=abilitazioni))
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", REGISTRY)
    with Client(app) as chalice_client:
        yield chalice_client


def call(
    client: Client,
    method: str,
    path: str = "",
    body: bytes = b"",
    *,
    content_type: str = "application/json",
    accept: str = "*/*",
    who: tuple[str, str] = GPADMIN,
) -> Any:
    headers = {
        "Authorization": "Basic " + b64encode(":".join(who).encode()).decode(),
        "Content-Type": content_type,
        "Accept": accept,
    }
    return client.http.request(method, BASE + path, headers=headers, body=body)


def answer(client: Client, method: str, path: str = "", body: bytes = b"", status: int = 200, **other: Any) -> Any:
    response = call(client, method, path, body, **other)
    assert response.status_code == status, response.body
    return json.loads(response.body)


def posted(client: Client, content: bytes | None = None, path: str = f"/{ENTE}", **other: Any) -> Any:
    """Post a CSV and let it be worked on; give the answer to the post."""
    what = {"content_type": "text/csv", "status": 201, **other}
    body = answer(client, "POST", path, content or a_csv(a_row("P-1"), a_row("P-2", importo="x")), **what)
    run_queue()
    return body


def posted_json(client: Client, content: bytes | None = None, query: str = "", **other: Any) -> Any:
    annullamento = {"idA2A": A2A, "idPendenza": "MAI", "motivoAnnullamento": "x"}
    content = content or a_json(a_body("J-1"), a_body("J-2", importo=1), "x", annullamenti=[annullamento])
    body = answer(client, "POST", query, content, 201, **other)
    run_queue()
    return body


def a_form(content: bytes, name: str) -> tuple[bytes, str]:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="fileName"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


class TestPost:
    def test_of_a_json_answers_as_the_contract_says(self, client):
        body = posted_json(client)

        assert_conforms("backoffice", "v1", "tracciatoPendenzeIndex", body)
        assert_conforms("backoffice", "v1", "tracciatoPendenzeIndex", body, release="3.9")
        assert (body["stato"], body["nomeFile"], body["operatoreMittente"]) == (
            "IN_ATTESA",
            "T-1.json",
            "Amministratore",
        )

    def test_of_a_csv_names_its_file(self, client):
        assert posted(client, path=f"/{ENTE}?nomeFile=tari%202026.csv")["nomeFile"] == "tari 2026.csv"
        assert posted(client, a_csv(a_row("P-9")), path=f"/{ENTE}/TARI")["dominio"]["idDominio"] == ENTE

    def test_takes_the_file_of_a_form(self, client):
        content, content_type = a_form(a_csv(a_row()), "dal form.csv")
        body = posted(client, content, content_type=content_type)
        assert (body["nomeFile"], state(client, body)) == ("dal form.csv", "ESEGUITO")

        content, content_type = a_form(a_json(a_body()), "dal form.json")
        body = posted_json(client, content, content_type=content_type)
        assert (body["nomeFile"], state(client, body)) == ("dal form.json", "ESEGUITO")

    @pytest.mark.parametrize(("path", "wrong"), [("", "text/csv"), (f"/{ENTE}", "application/json"), ("", "text/xml")])
    def test_of_another_content_type_is_415(self, client, path, wrong):
        assert answer(client, "POST", path, b"x", 415, content_type=wrong)["codice"] == "415"

    @pytest.mark.parametrize(
        "content", [b"{", b"[]", b"{}", b'{"idTracciato": 1}', b'{"idTracciato":"T","inserimenti":{}}']
    )
    def test_of_what_is_no_tracciato_is_400(self, client, content):
        assert answer(client, "POST", "", content, 400)["codice"] == "SINTASSI"

    def test_of_a_form_without_file_is_400(self, client):
        body = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--{BOUNDARY}--\r\n'.encode()

        found = answer(client, "POST", "", body, 400, content_type=f"multipart/form-data; boundary={BOUNDARY}")
        assert found["codice"] == "SINTASSI"

    def test_again_is_the_same(self, client):
        assert posted(client, a_csv(a_row()))["id"] == posted(client, a_csv(a_row()))["id"]

    def test_costs_two_calls(self, client):
        posted(client)

        with counted() as calls:
            answer(client, "POST", f"/{ENTE}", a_csv(a_row("P-7")), 201, content_type="text/csv")
        assert calls == ["PutItem", "PutObject"]

    def test_is_for_who_may_act_for_dominio_and_tipo(self, client):
        for path in (f"/{sample.DOMINIO}", f"/{ENTE}/CDS"):
            assert answer(client, "POST", path, b"x", 403, content_type="text/csv", who=OPERATORE)["codice"] == "403000"


def state(client: Client, body: Any) -> str:
    return str(answer(client, "GET", f"/{body['id']}")["stato"])


class TestGet:
    def test_tells_how_far_it_is(self, client):
        body = posted(client)

        found = answer(client, "GET", f"/{body['id']}")
        assert_conforms("backoffice", "v1", "tracciatoPendenze", found)
        names = ("stato", "numeroOperazioniTotali", "numeroOperazioniEseguite", "numeroOperazioniFallite")
        assert [found[name] for name in names] == ["ESEGUITO_CON_ERRORI", 2, 1, 1]
        assert found["descrizioneStato"] == "1 operazioni su 2 non eseguite: il perché è nell'esito"

    def test_holds_the_content_of_a_json_that_is_not_too_long(self, client, monkeypatch):
        body = posted_json(client, a_json(a_body()))
        found = answer(client, "GET", f"/{body['id']}")
        assert found["contenuto"]["inserimenti"][0]["idPendenza"] == "J-1"

        monkeypatch.setattr(module, "MAX_CONTENUTO", 10)
        assert answer(client, "GET", f"/{body['id']}")["contenuto"] == {"idTracciato": "T-1", "idDominio": ENTE}

    @pytest.mark.parametrize("which", ["1", "abc", "9" * 40, "²"])
    def test_of_what_is_not_there_is_404(self, client, which):
        from urllib.parse import quote

        assert answer(client, "GET", f"/{quote(which)}", status=404)["codice"] == "404000"

    def test_of_another_tipo_or_ente_is_not_for_the_operatore(self, client):
        mine = posted(client, path=f"/{ENTE}/TARI", who=OPERATORE)
        of_tipo, of_all = posted(client, path=f"/{ENTE}/TARI"), posted(client)
        altrui = posted(client, path=f"/{sample.DOMINIO}")

        status = [
            call(client, "GET", f"/{b['id']}", who=OPERATORE).status_code for b in (mine, of_tipo, of_all, altrui)
        ]
        assert status == [200, 200, 403, 404]


class TestFind:
    def test_gives_pages_newest_first(self, client):
        made = [posted(client, a_csv(a_row(f"P-{n}")))["id"] for n in range(3)]

        first = answer(client, "GET", "?risultatiPerPagina=2")
        assert_conforms("backoffice", "v1", "GET /pendenze/tracciati", first)
        second = answer(client, "GET", first["prossimiRisultati"].removeprefix("/pendenze/tracciati"))
        assert first["numRisultati"] == 3
        assert [r["id"] for r in (*first["risultati"], *second["risultati"])] == made[::-1]

    def test_filters(self, client):
        bad, good = posted(client), posted(client, a_csv(a_row("P-8")))
        posted(client, path=f"/{sample.DOMINIO}")

        def found(query: str) -> list[int]:
            return [r["id"] for r in answer(client, "GET", query)["risultati"]]

        assert found(f"?idDominio={ENTE}") == [good["id"], bad["id"]]
        assert found(f"?idDominio={ENTE}&statoTracciatoPendenza=ESEGUITO") == [good["id"]]
        assert found("?idDominio=12345678903") == []
        assert answer(client, "GET", "?statoTracciatoPendenza=X", status=422)["codice"] == "100001"

    def test_leaves_out_what_is_not_the_callers(self, client):
        mine, of_tipo = posted(client, who=OPERATORE), posted(client, path=f"/{ENTE}/TARI")
        posted(client)
        posted(client, path=f"/{sample.DOMINIO}")

        found = answer(client, "GET", "", who=OPERATORE)
        assert [r["id"] for r in found["risultati"]] == [of_tipo["id"], mine["id"]]


class TestOperazioni:
    def test_are_in_the_order_of_the_file(self, client):
        body = posted_json(client)

        found = answer(client, "GET", f"/{body['id']}/operazioni")
        for one in found["risultati"]:
            assert_conforms("backoffice", "v1", "operazionePendenza", without_richiesta(one))
        assert [(o["numero"], o["tipoOperazione"], o["stato"]) for o in found["risultati"]] == [
            (1, "ADD", "ESEGUITO"),
            (2, "ADD", "ESEGUITO"),
            (3, "NON_VALIDA", "NON_VALIDO"),
            (4, "DEL", "SCARTATO"),
        ]
        first, last = found["risultati"][0], found["risultati"][3]
        assert first["soggettoPagatore"]["anagrafica"] == "Mario Rossi"
        assert (first["identificativoPendenza"], first["applicazione"]) == ("J-1", A2A)
        assert first["risposta"]["dati"]["numeroAvviso"] == first["numeroAvviso"]
        assert last["richiesta"]["motivoAnnullamento"] == "x"
        assert last["risposta"]["dati"]["codice"] == "VER_008"

    def test_are_cut_into_pages(self, client):
        body = posted(client, a_csv(*[a_row(f"P-{n}") for n in range(130)]))

        found = answer(client, "GET", f"/{body['id']}/operazioni?risultatiPerPagina=50&pagina=3")
        beyond = answer(client, "GET", f"/{body['id']}/operazioni?risultatiPerPagina=50&pagina=4")
        assert [o["numero"] for o in found["risultati"]] == list(range(101, 131))
        assert (found["numRisultati"], "prossimiRisultati" in found, beyond["risultati"]) == (130, False, [])
        assert found["risultati"][0]["richiesta"]["idPendenza"] == "P-100"

    def test_of_one_that_waits_are_none(self, client):
        body = answer(client, "POST", f"/{ENTE}", a_csv(a_row()), 201, content_type="text/csv")

        assert answer(client, "GET", f"/{body['id']}/operazioni")["risultati"] == []


def without_richiesta(one: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the row asked for: the contract names a schema of one of two, which both fit a wrong row."""
    return {name: value for name, value in one.items() if name not in {"richiesta", "risposta"}}


class TestFiles:
    def test_the_file_comes_back_as_it_went(self, client):
        content = a_csv(a_row(causale="perché"))
        body = posted(client, content)

        response = call(client, "GET", f"/{body['id']}/richiesta")
        assert (response.body, response.headers["Content-Type"]) == (content, "text/csv")
        assert response.headers["Content-Disposition"] == 'attachment; filename="tracciato.csv"'

    def test_the_answer_of_a_json_is_json(self, client):
        body = posted_json(client)

        found = answer(client, "GET", f"/{body['id']}/esito")
        assert found["esito"]["idTracciato"] == "T-1"
        assert [e["esito"] for e in found["esito"]["inserimenti"]] == ["ADD_OK", "ADD_OK", "ADD_KO"]
        assert [e["esito"] for e in found["esito"]["annullamenti"]] == ["DEL_KO"]
        assert found["stato"] == "ESEGUITO_CON_ERRORI"

    def test_the_answer_of_a_csv_is_what_is_accepted(self, client):
        body = posted(client)

        csv = call(client, "GET", f"/{body['id']}/esito", accept="text/csv")
        assert csv.headers["Content-Disposition"] == 'attachment; filename="esito_tracciato.csv"'
        assert csv.body.decode().splitlines()[2].startswith(",,,")
        found = answer(client, "GET", f"/{body['id']}/esito", accept="application/json")
        assert len(found["esito"]["inserimenti"]) == 2

    def test_what_is_too_long_is_elsewhere(self, client, monkeypatch):
        body = posted(client)
        monkeypatch.setattr(module, "MAX_ANSWER", 10)

        response = call(client, "GET", f"/{body['id']}/esito")
        assert response.status_code == 303
        assert f"esiti/{ENTE}/{body['id']}/esito.csv" in response.headers["Location"]

    def test_there_is_none_before_the_end_nor_of_what_is_refused(self, client):
        body = answer(client, "POST", f"/{ENTE}", a_csv(a_row()), 201, content_type="text/csv")
        assert "IN_ATTESA" in answer(client, "GET", f"/{body['id']}/esito", status=404)["dettaglio"]

        refused = posted(client, b"x")
        assert "SCARTATO" in answer(client, "GET", f"/{refused['id']}/stampe", status=404)["dettaglio"]

    def test_the_notices_are_in_a_zip(self, client):
        body = posted(client, path=f"/{ENTE}?stampaAvvisi=true&nomeFile=tari.csv")

        response = call(client, "GET", f"/{body['id']}/stampe")
        (name,) = zipfile.ZipFile(io.BytesIO(response.body)).namelist()
        assert name.startswith(f"{ENTE}_3")
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"] == 'attachment; filename="tari.zip"'

    def test_where_there_are_none_the_zip_says_why(self, client):
        body = posted(client, path=f"/{ENTE}?stampaAvvisi=false")

        response = call(client, "GET", f"/{body['id']}/stampe")
        assert zipfile.ZipFile(io.BytesIO(response.body)).namelist() == ["leggimi.txt"]


class TestTheOlderPaths:
    OLD = BASE.replace("/pendenze/tracciati", "/tracciati")

    def get(self, client, path=""):
        headers = {"Authorization": "Basic " + b64encode(":".join(GPADMIN).encode()).decode(), "Accept": "*/*"}
        return client.http.get(self.OLD + path, headers=headers)

    def test_show_the_same_tracciati_in_their_form(self, client):
        found = posted(client)

        listed = json.loads(self.get(client).body)
        one = json.loads(self.get(client, f"/{found['id']}").body)

        assert_conforms("backoffice", "v1", "GET /tracciati", listed)
        assert_conforms("backoffice", "v1", "GET /tracciati/{id}", one)
        assert listed["risultati"] == [one]
        assert (one["codDominio"], one["tipo"], one["filenameRichiesta"]) == (ENTE, "PENDENZA", found["nomeFile"])

    def test_give_the_same_files(self, client):
        found = posted(client)

        for old, new in (("richiesta", "richiesta"), ("risposta", "esito")):
            given = self.get(client, f"/{found['id']}/{old}")
            assert given.status_code == 200
            assert given.body == call(client, "GET", f"/{found['id']}/{new}").body

    def test_of_what_is_not_there_are_404(self, client):
        assert self.get(client, "/9").status_code == 404
