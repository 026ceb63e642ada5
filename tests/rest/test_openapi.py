"""The OpenAPI documents: made from the code, as wide as the published contract, well formed."""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
import yaml
from chalice.test import Client
from openapi_schema_validator import OAS31Validator

from chalicelib.rest.operation import Api, Edge
from infra.openapi.documento import declarations, served
from infra.openapi.scrittura import TARGET, texts
from tests import openapi_ente
from tests.contract import OPENAPI, _document
from tests.openapi_confronto import between, missing
from tests.openapi_proof import document, violations

ROOT = "/govpay/backend/api/pendenze/rs/{auth}/v1"
_AVVISATURA = "l'avvisatura digitale di pagoPA è cessata: il parametro non avrebbe effetto, ed è ignorato"
_DELLA_VOCE = "campo di sola lettura: in una richiesta è ignorato"
_NELLE_LORO_LISTE = "GovPay non lo valorizza in queste risposte; sono in /riscossioni e nei flussi"
_ACL = "un'ACL è mostrata dentro chi la ha: dire di chi è sarebbe ripeterlo"
_SEGNALAZIONI = "di un elenco si leggono nel dettaglio: starebbero in ogni tentativo di ogni pendenza"
# What the published contract has and we have not, each with its reason.
ECCEZIONI: Mapping[Api, Mapping[str, str]] = {
    Api.PAGAMENTO: {
        "POST /pagamenti ?avvisaturaDigitale": _AVVISATURA,
        "POST /pagamenti ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "← aclPost.principal": _ACL,
        "← aclPost.ruolo": _ACL,
        "← pendenzaIndex.segnalazioni": _SEGNALAZIONI,
        "← profilo.anagrafica": "i dati del cittadino sono quelli che il proxy ha appena dichiarato",
        "← profilo.identityData": "i dati del cittadino sono quelli che il proxy ha appena dichiarato",
        "← segnalazione.data": "GovPay non lo valorizza mai",
    },
    Api.PENDENZE: {
        "PUT /pendenze/{idA2A}/{idPendenza} ?avvisaturaDigitale": _AVVISATURA,
        "PUT /pendenze/{idA2A}/{idPendenza} ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "← aclPost.principal": _ACL,
        "← aclPost.ruolo": _ACL,
        "← pendenzaIndex.segnalazioni": _SEGNALAZIONI,
        "← segnalazione.data": "GovPay non lo valorizza mai",
        "→ vocePendenza.indice": _DELLA_VOCE,
        "→ vocePendenza.stato": _DELLA_VOCE,
    },
    Api.RAGIONERIA: {
        "← aclPost.principal": _ACL,
        "← aclPost.ruolo": _ACL,
        "← pendenzaIndex.segnalazioni": _SEGNALAZIONI,
        "← segnalazione.data": "GovPay non lo valorizza mai",
    },
    Api.BACKOFFICE: {
        "DELETE /operatori/{principal}": "GovPay lo documenta e non lo serve; un operatore si disabilita",
        "GET /domini ?associati": "ciascuno vede sempre e solo i domini suoi",
        "GET /pendenze ?mostraSpontaneiNonPagati": "le pendenze spontanee sono mostrate come le altre",
        "POST /pendenze ?avvisaturaDigitale": _AVVISATURA,
        "POST /pendenze ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "POST /pendenze/tracciati/{idDominio}/{idTipoPendenza} ?avvisaturaDigitale": _AVVISATURA,
        "POST /pendenze/tracciati/{idDominio}/{idTipoPendenza} ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "POST /pendenze/{idDominio}/{idTipoPendenza} ?avvisaturaDigitale": _AVVISATURA,
        "POST /pendenze/{idDominio}/{idTipoPendenza} ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "PUT /pendenze/{idA2A}/{idPendenza} ?avvisaturaDigitale": _AVVISATURA,
        "PUT /pendenze/{idA2A}/{idPendenza} ?modalitaAvvisaturaDigitale": _AVVISATURA,
        "← tracciatoPendenzePost.avvisaturaDigitale": _AVVISATURA,
        "← tracciatoPendenzePost.modalitaAvvisaturaDigitale": _AVVISATURA,
        "← vocePendenza.rendicontazioni": _NELLE_LORO_LISTE,
        "← vocePendenza.riscossioni": _NELLE_LORO_LISTE,
        "→ patchOp.op =REPLACE": "di /acl, /domini e /tipiPendenza anche GovPay ammette solo ADD e DELETE; si sostituiscono con PUT",
        "→ tracciatoPendenzePost.avvisaturaDigitale": _AVVISATURA,
        "→ tracciatoPendenzePost.modalitaAvvisaturaDigitale": _AVVISATURA,
        "→ vocePendenza.indice": _DELLA_VOCE,
        "→ vocePendenza.rendicontazioni": _DELLA_VOCE,
        "→ vocePendenza.riscossioni": _DELLA_VOCE,
        "→ vocePendenza.stato": _DELLA_VOCE,
    },
}


_DEL_CONTO = "è quello del conto censito: in una pendenza è ignorato"
ECCEZIONI_ENTE: Mapping[str, str] = {
    "← datiEntrataInline.bicAccredito": _DEL_CONTO,
    "← datiEntrataInline.bicAppoggio": _DEL_CONTO,
    "← vocePendenza.indice": "GovPay numera le voci nell'ordine in cui le riceve: è ignorato",
}


class TestTheDocuments:
    def test_are_those_that_the_code_makes(self):
        made = texts()
        stale = [name for name, text in made.items() if (TARGET / name).read_text(encoding="utf-8") != text]

        assert stale == [], "make openapi"

    def test_declare_every_operation(self):
        undeclared = {
            (one.api, one.operation.name)
            for one in served()
            if one.operation.name not in declarations(one.api)["operazioni"]
        }

        assert undeclared == set()

    @pytest.mark.parametrize("api", Api)
    def test_declare_nothing_that_is_not_served(self, api):
        names = {one.operation.name for one in served() if one.api is api}

        assert set(declarations(api)["operazioni"]) - names == set()

    @pytest.mark.parametrize("api", Api)
    def test_refer_to_what_is_there(self, api):
        whole = document(api)
        referred = {node["$ref"] for node in _objects(whole) if isinstance(node.get("$ref"), str)}

        assert [reference for reference in referred if not _is_there(whole, reference)] == []

    @pytest.mark.parametrize("api", Api)
    def test_have_schemas_that_are_schemas(self, api):
        for schema in document(api)["components"]["schemas"].values():
            OAS31Validator.check_schema(schema)

    @pytest.mark.parametrize("api", Api)
    def test_name_every_operation_once(self, api):
        ids = [op["operationId"] for methods in document(api)["paths"].values() for op in methods.values()]

        assert sorted(ids) == sorted(set(ids))

    def test_tell_what_a_body_must_have(self):
        whole = document(Api.PENDENZE)
        body = whole["paths"]["/pendenze/{idA2A}/{idPendenza}"]["put"]["requestBody"]["content"]["application/json"]
        shape = whole["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]

        assert sorted(shape["required"]) == ["causale", "idDominio", "importo", "soggettoPagatore", "voci"]
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"idDominio": "uno"}, {**shape, "components": whole["components"]})

    def test_tell_query_parameters_with_their_types(self):
        params = {
            p["name"]: p["schema"] for p in document(Api.RAGIONERIA)["paths"]["/riscossioni"]["get"]["parameters"]
        }

        assert params["stato"]["enum"] == ["RISCOSSA", "INCASSATA"]
        assert params["pagina"]["minimum"] == 1
        assert params["metadatiPaginazione"] == {"type": "boolean", "default": True}

    def test_open_to_anybody_what_the_public_variant_may(self):
        paths = document(Api.PAGAMENTO)["paths"]

        assert {} in paths["/pagamenti"]["post"]["security"]
        assert "security" not in paths["/domini"]["get"]


class TestThePublishedContract:
    @pytest.mark.parametrize("api", Api)
    def test_is_served_whole_but_for_what_is_told_with_its_reason(self, api, shared):
        assert missing(api) == set(ECCEZIONI[api])


class TestTheProof:
    EVENT: Mapping[str, Any] = {
        "requestContext": {"resourcePath": f"{ROOT}/profilo", "httpMethod": "GET"},
        "headers": {},
        "body": None,
    }

    def _answer(self, body: Any, status: int = 200) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "X-Govpay-IdTransazione": "1"}
        return {"statusCode": status, "headers": headers, "body": json.dumps(body)}

    def test_takes_what_is_declared(self):
        body = {"nome": "Gestionale", "domini": [], "entrate": [], "acl": []}

        assert violations(self.EVENT, self._answer(body)) == []

    @pytest.mark.parametrize(
        ("body", "status", "told"),
        [
            ({"nome": "Gestionale", "domini": [], "entrate": [], "acl": [], "altro": 1}, 200, "altro"),
            ({"nome": 3, "domini": [], "entrate": [], "acl": []}, 200, "nome"),
            ({"nome": "Gestionale"}, 200, "domini"),
            ({}, 418, "stato non dichiarato"),
            ({"codice": "401"}, 401, "categoria"),
        ],
    )
    def test_tells_what_is_not(self, body, status, told):
        assert told in " ".join(violations(self.EVENT, self._answer(body, status)))

    def test_tells_of_a_body_that_was_taken_and_is_not_declared(self):
        event = {
            "requestContext": {"resourcePath": f"{ROOT}/pendenze/{{id_a2a}}/{{id_pendenza}}", "httpMethod": "PUT"},
            "headers": {"content-type": "application/json"},
            "body": json.dumps({"causale": "TARI"}),
        }

        told = violations(event, self._answer({"idDominio": "01234567890"}))
        assert "importo" in " ".join(told)


def _objects(node: Any) -> list[dict[str, Any]]:
    inside = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return ([node] if isinstance(node, dict) else []) + [found for item in inside for found in _objects(item)]


def _is_there(whole: Any, reference: str) -> bool:
    node = whole
    for part in reference.removeprefix("#/").split("/"):
        if not isinstance(node, dict) or part not in node:
            return False
        node = node[part]
    return True


@pytest.fixture
def client(monkeypatch):
    from app import app

    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request))
    with Client(app) as client:
        yield client


class TestTheDocumentOfTheEnte:
    """API Ente: what an applicazione serves, and we call."""

    def test_has_all_of_the_published_contract(self, shared):
        theirs = _document(OPENAPI / "3.1" / "ente" / "v1" / "govpay-api-ec-v1.yaml")

        assert between(theirs, openapi_ente.document()) == set(ECCEZIONI_ENTE)

    def test_is_well_formed(self):
        OAS31Validator.check_schema(openapi_ente.document()["components"]["schemas"]["pendenzaVerificata"])

    @pytest.mark.parametrize(
        ("call", "told"),
        [
            (("getAvviso", "GET", "/avvisi/1/2", None), None),
            (("notifyPagamento", "POST", "/pagamenti/1/2?idSession=a", b'{"idA2A": "a", "idPendenza": "p", "rpt": {}}'), None),
            (("getAvviso", "GET", "/avvisi/1", None), "indirizzo"),
            (("boh", "GET", "/avvisi/1/2", None), "operazione"),
            (("notifyPagamento", "POST", "/pagamenti/1/2?x=a", b'{"idA2A": "a", "idPendenza": "p", "rpt": {}}'), "parametro x"),
            (("deletePagamento", "POST", "/pagamenti/1/2/3/annulla", b'{"boh": 1}'), "boh"),
            (("deletePagamento", "POST", "/pagamenti/1/2/3/annulla", None), "corpo"),
        ],
    )  # fmt: skip
    def test_is_what_calls_are_held_to(self, call, told):
        found = list(openapi_ente.violations(*call))

        assert [told in one for one in found] == ([True] if told else [])

    def test_is_served_with_its_page_beside_api_pendenze(self, client):
        base = "/govpay/backend/api/pendenze/v1"

        answer = client.http.get(f"{base}/govpay-api-ec-v1.yaml")
        page = client.http.get(f"{base}/ente.html")

        assert json.loads(answer.body) == openapi_ente.document()
        assert 'fetch("govpay-api-ec-v1.json")' in page.body.decode()
        assert client.http.get("/govpay/backend/api/ragioneria/v1/ente.html").status_code == 404


class TestTheAddresses:
    BASES = (
        "/govpay/frontend/api/pagamento/v1",
        "/govpay/backend/api/pendenze/v1",
        "/govpay/backend/api/ragioneria/v1",
        "/govpay/backend/api/riconciliazione/v1",
        "/govpay/backend/api/backoffice/v1",
    )

    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize(("suffix", "kind"), [("yaml", "application/yaml"), ("json", "application/json")])
    def test_have_the_document_for_anybody(self, base, suffix, kind, client):
        word = base.split("/")[4].replace("riconciliazione", "ragioneria")

        answer = client.http.get(f"{base}/govpay-api-{word}-v1.{suffix}")

        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert yaml.load(answer.body, Loader=yaml.CSafeLoader) == document(Api(word))

    @pytest.mark.parametrize("base", BASES)
    def test_have_a_page_that_reads_the_document_beside_it(self, base, client):
        word = base.split("/")[4].replace("riconciliazione", "ragioneria")

        answer = client.http.get(f"{base}/index.html")
        page = answer.body.decode()

        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert f'fetch("govpay-api-{word}-v1.json")' in page
        assert "{{" not in page
        # It needs nothing from elsewhere, and may take nothing from there.
        assert "http://" not in page
        assert "https://" not in page
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")

    @pytest.mark.parametrize("name", ["govpay-api-backoffice-v1.yaml", "__init__.py", "..%2froutes.py"])
    def test_have_nothing_else(self, name, client):
        answer = client.http.get(f"/govpay/backend/api/pendenze/v1/{name}")

        assert answer.status_code == 404
        assert json.loads(answer.body)["codice"] == "404"
