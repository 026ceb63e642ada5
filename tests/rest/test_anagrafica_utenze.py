"""Applicazioni, operatori, ruoli and the profile of a caller, as the backoffice registers and reads them."""

import json
from dataclasses import replace

import pytest

from chalicelib.anagrafica import operations, queries
from chalicelib.anagrafica.model import Abilitazioni
from chalicelib.settings import settings
from tests.builders_anagrafica import (
    A2A_ALTRA,
    A2A_COMUNE,
    ALTRO_DOMINIO,
    DOMINIO,
    GPADMIN,
    MENSA,
    an_altra_applicazione,
    an_operatore,
    seed_comune,
    there,
)
from tests.rest.anagrafica_app import BACKOFFICE, PAGAMENTO, PENDENZE, RAGIONERIA, calling

NUOVA = "/applicazioni/A2A-NUOVA"
ACL = [{"servizio": "Pendenze", "autorizzazioni": ["R", "W"]}]
BODY = {
    "principal": "nuova",
    "password": "Nuova-2026",
    "codificaAvvisi": {"codificaIuv": "7", "regExpIuv": "7[0-9]*", "generazioneIuvInterna": True},
    "domini": [DOMINIO],
    "tipiPendenza": [MENSA, "autodeterminazione"],
    "apiPendenze": True,
    "acl": ACL,
    "ruoli": ["Operatore"],
    "servizioIntegrazione": {
        "url": "https://ente.example/api",
        "versioneApi": "REST v1",
        "auth": {"username": "govpay", "password": "segreta"},
    },
    "abilitato": True,
}


@pytest.fixture
def backoffice(aws, now):
    seed_comune(now)
    with calling() as caller:
        yield caller


class TestApplicazioni:
    def test_are_registered_and_read_without_their_secrets(self, backoffice):
        backoffice.put(NUOVA, BODY, 201)

        letta = backoffice.get(NUOVA)

        assert letta["idA2A"] == "A2A-NUOVA"
        assert letta["password"] is True
        assert letta["servizioIntegrazione"]["auth"] == {"username": "govpay", "password": "********"}
        assert letta["codificaAvvisi"] == BODY["codificaAvvisi"]
        assert [d["idDominio"] for d in letta["domini"]] == [DOMINIO]
        assert [t["idTipoPendenza"] for t in letta["tipiPendenza"]] == [MENSA, "autodeterminazione"]
        assert [r["id"] for r in letta["ruoli"]] == ["Operatore"]
        assert (letta["apiPagamenti"], letta["apiPendenze"], letta["acl"]) == (False, True, ACL)

    def test_may_call_for_a_day_with_the_password_before(self, backoffice):
        backoffice.put(NUOVA, BODY, 201)
        backoffice.put(NUOVA, {**BODY, "password": "Cambiata-2026"}, 200)

        assert backoffice.as_("nuova", BODY["password"], PENDENZE).get("/profilo")["nome"] == "A2A-NUOVA"
        assert "scrypt" not in json.dumps(backoffice.get(NUOVA))

    def test_may_call_at_once_with_their_password(self, backoffice):
        backoffice.put(NUOVA, BODY, 201)

        assert backoffice.as_("nuova", "Nuova-2026", PENDENZE).get("/profilo")["nome"] == "A2A-NUOVA"
        backoffice.as_("nuova", "Nuova-2026", RAGIONERIA).get("/profilo", 403)

    def test_keep_what_is_secret_where_the_mask_comes_back(self, backoffice):
        backoffice.put(NUOVA, BODY, 201)
        letta = backoffice.get(NUOVA)
        body = {**BODY, "password": None, "servizioIntegrazione": letta["servizioIntegrazione"]}

        backoffice.put(NUOVA, body, 200)

        servizio = there(there(queries.applicazione("A2A-NUOVA")).servizio_integrazione)
        assert servizio.auth.password == "segreta"
        assert backoffice.as_("nuova", "Nuova-2026", PENDENZE).get("/profilo")

    def test_are_not_created_with_a_mask_for_a_secret(self, backoffice):
        auth = {"username": "u", "password": "********"}

        fault = backoffice.put(NUOVA, {**BODY, "servizioIntegrazione": {"url": "https://e.example", "auth": auth}}, 422)

        assert "servizioIntegrazione.auth.password" in fault["dettaglio"]

    @pytest.mark.parametrize(
        ("auth", "shown"),
        [
            ({"headerName": "X-Chiave", "headerValue": "s"}, {"headerName": "X-Chiave", "headerValue": "********"}),
            ({"apiId": "id", "apiKey": "s"}, {"apiId": "id", "apiKey": "********"}),
            (
                {"clientId": "c", "clientSecret": "s", "urlTokenEndpoint": "https://t.example", "scope": "a"},
                {"clientId": "c", "clientSecret": "********", "urlTokenEndpoint": "https://t.example", "scope": "a"},
            ),
            (
                {"tipo": "Client", "ksLocation": "ente/pem", "ksPassword": "s", "tsLocation": "ca", "tsPassword": "s"},
                {
                    "tipo": "Client",
                    "ksLocation": "ente/pem",
                    "ksPassword": "********",
                    "tsLocation": "ca",
                    "tsPassword": "********",
                },
            ),
            (None, None),
        ],
    )
    def test_are_called_in_any_of_the_ways_of_the_contract(self, backoffice, auth, shown):
        backoffice.put(NUOVA, {**BODY, "servizioIntegrazione": {"url": "https://e.example", "auth": auth}}, 201)

        assert backoffice.get(NUOVA)["servizioIntegrazione"].get("auth") == shown

    def test_tell_all_that_is_wrong_at_once_with_400(self, backoffice):
        body = {
            "principal": " ",
            "password": "corta",
            "domini": ["123", {"idDominio": DOMINIO, "unitaOperative": ["UO"]}],
            "tipiPendenza": ["a b"],
            "apiPendenze": "si",
            "acl": [{"servizio": "API Pendenze", "autorizzazioni": ["X"]}],
            "ruoli": "Operatore",
            "codificaAvvisi": {"codificaIuv": "x", "regExpIuv": "0" * 101},
            "servizioIntegrazione": {"url": "ftp://x", "versioneApi": "REST v2", "auth": {"username": "u"}},
        }

        fault = backoffice.put("/applicazioni/A%20A", body, 400)

        assert fault["codice"] == "SINTASSI"
        for campo in (
            "idA2A", "principal", "password", "domini[0]", "domini[1]", "tipiPendenza[0]", "apiPendenze",
            "acl[0].servizio", "acl[0].autorizzazioni[0]", "ruoli", "codificaAvvisi.codificaIuv",
            "codificaAvvisi.regExpIuv", "servizioIntegrazione.url", "servizioIntegrazione.versioneApi",
            "servizioIntegrazione.auth",
        ):  # fmt: skip
            assert f"{campo}: " in fault["dettaglio"], campo
        assert "mancano password" in fault["dettaglio"]

    @pytest.mark.parametrize("password", ["tuttominuscole1", "TUTTOMAIUSCOLE1", "SenzaCifre", "Con spazi 1", "Corta1"])
    def test_need_a_strong_password(self, backoffice, password):
        assert "password: " in backoffice.put(NUOVA, {**BODY, "password": password}, 400)["dettaglio"]

    def test_refuse_references_to_what_is_not_registered_with_422(self, backoffice):
        body = {**BODY, "domini": ["99999999999"], "tipiPendenza": ["IMU"], "ruoli": ["Capo"]}

        fault = backoffice.put(NUOVA, body, 422)

        assert fault["codice"] == "SEMANTICA"
        for name in ("99999999999", "IMU", "Capo"):
            assert name in fault["dettaglio"]

    def test_refuse_a_pattern_that_could_take_for_ever_with_422(self, backoffice):
        fault = backoffice.put(NUOVA, {**BODY, "codificaAvvisi": {"regExpIuv": "(a+)+$"}}, 422)

        assert "codificaAvvisi.regExpIuv" in fault["dettaglio"]

    def test_refuse_a_principal_that_is_taken_with_422(self, backoffice):
        fault = backoffice.put(NUOVA, {**BODY, "principal": GPADMIN}, 422)

        assert "principal: gpadmin è già" in fault["dettaglio"]

    def test_are_called_at_public_addresses_only(self, backoffice, monkeypatch):
        strict = replace(settings(), allow_private_urls=False)
        monkeypatch.setattr("chalicelib.anagrafica.operations.pagopa.settings", lambda: strict)
        for url in ("http://ente.example", "https://169.254.169.254/latest", "https://localhost", "https://10.0.0.1"):
            fault = backoffice.put(NUOVA, {**BODY, "servizioIntegrazione": {"url": url}}, 422)
            assert "servizioIntegrazione.url" in fault["dettaglio"]

    def test_may_do_nothing_on_no_dominio_by_default(self, backoffice):
        backoffice.put(NUOVA, {"principal": "nuova"}, 201)

        letta = backoffice.get(NUOVA)

        assert (letta["domini"], letta["tipiPendenza"], letta["acl"], letta["ruoli"]) == ([], [], [], [])
        assert letta["password"] is False

    def test_are_listed_and_filtered(self, backoffice):
        def found(**query):
            return [a["idA2A"] for a in backoffice.get("/applicazioni", **query)["risultati"]]

        operations.put_applicazione(applicazione=an_altra_applicazione(abilitato=False))
        assert found() == [A2A_ALTRA, A2A_COMUNE]
        assert found(abilitato="false") == found(idA2A="altra") == found(principal="ALTRA") == [A2A_ALTRA]
        assert found(ordinamento="-principal") == [A2A_COMUNE, A2A_ALTRA]
        assert backoffice.get("/applicazioni", 422, ordinamento="password")["codice"] == "100001"
        assert backoffice.get("/applicazioni/IGNOTA", 404)["codice"] == "404000"


class TestPatch:
    PATH = f"/applicazioni/{A2A_ALTRA}"

    def test_adds_and_deletes_domini_tipi_and_acl(self, backoffice):
        after = backoffice.patch(
            self.PATH,
            [
                {"op": "ADD", "path": "/domini", "value": DOMINIO},
                {"op": "DELETE", "path": "/domini", "value": ALTRO_DOMINIO},
                {"op": "ADD", "path": "/tipiPendenza", "value": "TARI"},
                {"op": "ADD", "path": "/acl", "value": ACL[0]},
                {"op": "ADD", "path": "/acl", "value": {"servizio": "Pagamenti", "autorizzazioni": ["R"]}},
                {"op": "DELETE", "path": "/acl", "value": {"servizio": "Pendenze", "autorizzazioni": ["R"]}},
            ],
        )

        assert [d["idDominio"] for d in after["domini"]] == [DOMINIO]
        assert [t["idTipoPendenza"] for t in after["tipiPendenza"]] == [MENSA, "TARI"]
        assert after["acl"] == [{"servizio": "Pagamenti", "autorizzazioni": ["R"]}]
        assert backoffice.get(self.PATH) == after

    def test_names_every_op_path_and_value_that_does_not_fit_with_400(self, backoffice):
        fault = backoffice.patch(
            self.PATH,
            [
                {"op": "ADD", "path": "/principal", "value": "x"},
                {"op": "ADD", "path": "/domini", "value": "x"},
                {"op": "ADD", "path": "/acl", "value": "x"},
            ],
            400,
        )

        assert fault["codice"] == "SINTASSI"
        assert "ops[0].path: deve essere uno fra /domini, /tipiPendenza, /acl" in fault["dettaglio"]
        assert "ops[1].value (/domini)" in fault["dettaglio"]
        assert "ops[2].value (/acl)" in fault["dettaglio"]
        assert "ops[0].op" in backoffice.patch(self.PATH, [{"op": "add", "path": "/acl", "value": 1}], 400)["dettaglio"]
        assert backoffice.patch(self.PATH, {"op": "ADD"}, 400)["codice"] == "SINTASSI"

    def test_refuses_what_is_not_registered(self, backoffice):
        op = {"op": "ADD", "path": "/domini", "value": "99999999999"}

        assert backoffice.patch(self.PATH, [op], 422)["codice"] == "SEMANTICA"
        for path in ("/applicazioni/IGNOTA", "/operatori/ignoto"):
            assert backoffice.patch(path, [], 404)["codice"] == "404000"
        assert backoffice.patch("/ruoli/Ignoto", [], 404)["codice"] == "404000"

    def test_of_what_has_changed_since_it_was_read_writes_nothing(self, backoffice):
        operations.put_operatore(operatore=an_operatore())
        of_abilitazioni = [{"op": "ADD", "path": "/tipiPendenza", "value": "TARI"}]
        of_acl = [{"op": "ADD", "path": "/acl", "value": {"servizio": "Pagamenti", "autorizzazioni": ["W"]}}]
        paths = {self.PATH: of_abilitazioni, "/operatori/operatore": of_abilitazioni, "/ruoli/Operatore": of_acl}
        for path, ops in paths.items():
            read = backoffice.raw("GET", path)
            tag = str(read.headers["ETag"])

            done, late = (backoffice.raw("PATCH", path, ops, **{"If-Match": tag}) for _ in range(2))

            assert (done.status_code, late.status_code) == (200, 412), path
            assert json.loads(late.body)["codice"] == "412"
            assert done.headers["ETag"] == backoffice.raw("GET", path).headers["ETag"]
            assert done.headers["ETag"].startswith('"' + str(int(tag[1]) + 1))

    def test_is_of_operatori_and_ruoli_too(self, backoffice):
        operations.put_operatore(operatore=an_operatore())

        operatore = backoffice.patch("/operatori/operatore", [{"op": "ADD", "path": "/tipiPendenza", "value": "TARI"}])
        ruolo = backoffice.patch(
            "/ruoli/Operatore",
            [{"op": "DELETE", "path": "/acl", "value": {"servizio": "Pagamenti", "autorizzazioni": []}}],
        )

        assert operatore["principal"] == "operatore"
        assert "Pagamenti" not in [acl["servizio"] for acl in ruolo["acl"]]
        assert (
            "/acl"
            in backoffice.patch("/ruoli/Operatore", [{"op": "ADD", "path": "/domini", "value": "*"}], 400)["dettaglio"]
        )


class TestOperatori:
    def test_are_registered_read_listed_and_let_in(self, backoffice):
        body = {
            "ragioneSociale": "Ada Bianchi",
            "password": "Segreta-2026",
            "domini": [{"idDominio": DOMINIO, "unitaOperative": f"/domini/{DOMINIO}/unitaOperative"}],
            "tipiPendenza": ["*"],
            "ruoli": ["Operatore"],
            "acl": ACL,
        }
        backoffice.put("/operatori/ada%40comune", body, 201)
        backoffice.put("/operatori/ada%40comune", {**body, "password": None}, 200)

        letto = backoffice.get("/operatori/ada%40comune")

        assert (letto["principal"], letto["ragioneSociale"], letto["password"]) == ("ada@comune", "Ada Bianchi", True)
        assert letto["tipiPendenza"][0]["idTipoPendenza"] == "*"
        operatori = [o["principal"] for o in backoffice.get("/operatori")["risultati"]]
        assert operatori == ["ada@comune", GPADMIN]
        assert [o["principal"] for o in backoffice.get("/operatori", abilitato="false")["risultati"]] == []
        profilo = backoffice.as_("ada@comune", "Segreta-2026").get("/profilo")
        assert {acl["servizio"]: acl["autorizzazioni"] for acl in profilo["acl"]}["Pendenze"] == ["R", "W"]

    def test_are_refused(self, backoffice):
        assert "domini[0]" in backoffice.put("/operatori/x", {"domini": [1]}, 400)["dettaglio"]
        assert "principal: " in backoffice.put("/operatori/x%3Ay", {}, 400)["dettaglio"]
        assert backoffice.put("/operatori/x", {"ruoli": ["Capo"]}, 422)["codice"] == "SEMANTICA"
        assert backoffice.put("/operatori/comune", {}, 422)["codice"] == "SEMANTICA"
        assert backoffice.get("/operatori/ignoto", 404)["codice"] == "404000"

    def test_may_have_the_longest_of_names(self, backoffice):
        from urllib.parse import quote

        principal = quote("CN=" + "x" * 252, safe="")
        backoffice.put(f"/operatori/{principal}", {"ragioneSociale": "è" * 255}, 201)

        assert backoffice.get(f"/operatori/{principal}")["ragioneSociale"] == "è" * 255
        assert "principal: " in backoffice.put(f"/operatori/{principal}x", {}, 400)["dettaglio"]
        assert "principal: " in backoffice.put("/operatori/perch%C3%A9", {}, 400)["dettaglio"]
        backoffice.put("/ruoli/" + quote("è" * 100), {"acl": []}, 201)
        assert "idRuolo: " in backoffice.put("/ruoli/" + quote("è" * 101), {"acl": []}, 400)["dettaglio"]

    def test_may_do_nothing_once_disabled(self, backoffice):
        operations.put_operatore(operatore=an_operatore())
        caller = backoffice.as_("operatore", "Operatore-2026")
        caller.get("/profilo")

        operations.put_operatore(operatore=an_operatore(abilitato=False))

        assert caller.get("/profilo", 403)["codice"] == "403000"


class TestRuoli:
    def test_are_registered_read_and_listed(self, backoffice):
        backoffice.put("/ruoli/Lettore", {"acl": ACL}, 201)
        backoffice.put("/ruoli/Lettore", {"acl": [{**ACL[0], "autorizzazioni": ["R"]}]}, 200)

        assert backoffice.get("/ruoli/Lettore") == {
            "id": "Lettore",
            "acl": [{"servizio": "Pendenze", "autorizzazioni": ["R"]}],
        }
        ruoli = [ruolo["id"] for ruolo in backoffice.get("/ruoli")["risultati"]]
        assert ruoli == ["Amministratore", "Lettore", "Operatore"]

    def test_change_at_once_what_their_bearers_may_do(self, backoffice):
        operations.put_operatore(operatore=an_operatore())
        caller = backoffice.as_("operatore", "Operatore-2026")
        caller.get("/domini", 403)

        backoffice.put(
            "/ruoli/Operatore", {"acl": [{"servizio": "Anagrafica Creditore", "autorizzazioni": ["R"]}]}, 200
        )

        caller.get("/domini")
        caller.put(f"/domini/{DOMINIO}", {}, 403)

    def test_are_refused(self, backoffice):
        assert "acl: è obbligatorio" in backoffice.put("/ruoli/X", {}, 400)["dettaglio"]
        assert backoffice.get("/ruoli/Ignoto", 404)["codice"] == "404000"


class TestProfilo:
    def test_of_the_backoffice_says_who_calls_and_what_they_may(self, backoffice):
        profilo = backoffice.get("/profilo")

        assert profilo["nome"] == "Amministratore"
        assert profilo["domini"][0]["idDominio"] == "*"
        assert len(profilo["acl"]) == 9
        assert profilo["autenticazione"] == "basic"

    @pytest.mark.parametrize("base", [PENDENZE, PAGAMENTO, RAGIONERIA])
    def test_of_an_applicazione_has_its_domini_and_entrate(self, backoffice, base):
        profilo = backoffice.as_("altra", "Altra-2026", base).get("/profilo")

        assert profilo["nome"] == A2A_ALTRA
        assert [d["idDominio"] for d in profilo["domini"]] == [ALTRO_DOMINIO]
        assert [e["idEntrata"] for e in profilo["entrate"]] == [MENSA]
        assert {"servizio": "API Pendenze", "autorizzazioni": ["Lettura", "Scrittura"]} in profilo["acl"]

    def test_of_pendenze_calls_a_capitolo_entrata(self, backoffice):
        backoffice.put(
            "/entrate/MENSA", {"descrizione": "M", "tipoContabilita": "CAPITOLO", "codiceContabilita": "123"}, 200
        )

        of_pendenze = backoffice.as_("altra", "Altra-2026", PENDENZE).get("/profilo")["entrate"][0]
        of_pagamento = backoffice.as_("altra", "Altra-2026", PAGAMENTO).get("/profilo")["entrate"][0]

        assert (of_pendenze["tipoContabilita"], of_pagamento["tipoContabilita"]) == ("ENTRATA", "CAPITOLO")

    def test_is_of_applicazioni_and_operatori_in_the_backoffice(self, backoffice):
        assert backoffice.as_("comune", "Comune-2026", BACKOFFICE).get("/profilo")["nome"] == A2A_COMUNE
        backoffice.as_(GPADMIN, "Gpadmin-2026", PENDENZE).get("/profilo", 403)

    def test_of_somebody_without_rights_is_empty(self, backoffice):
        operations.put_operatore(operatore=an_operatore(abilitazioni=Abilitazioni()))

        profilo = backoffice.as_("operatore", "Operatore-2026").get("/profilo")

        assert (profilo["domini"], profilo["tipiPendenza"], profilo["acl"]) == ([], [], [])


class TestInfo:
    def test_says_what_is_installed_to_whoever_is_known(self, backoffice):
        operations.put_operatore(operatore=an_operatore(abilitazioni=Abilitazioni()))
        caller = backoffice.as_("operatore", "Operatore-2026")

        assert caller.get("/info")["appName"] == "GovPay"
        assert len(caller.get("/enumerazioni/serviziACL")) == 9
        assert caller.get("/enumerazioni/versioneConnettore") == ["REST v1"]
        assert "API_ENTE" in caller.get("/enumerazioni/componentiEvento")
        backoffice.as_("nessuno", "x").get("/info", 401)
