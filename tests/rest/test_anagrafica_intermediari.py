"""Intermediari and stazioni, as the backoffice registers and reads them."""

import pytest

from chalicelib.anagrafica import operations, queries
from chalicelib.anagrafica.model import ServizioPagoPa, VersioneStazione
from tests.builders_anagrafica import (
    DOMINIO,
    INTERMEDIARIO,
    STAZIONE_V1,
    STAZIONE_V2,
    an_operatore,
    seed_comune,
    there,
)
from tests.rest.anagrafica_app import calling

NUOVO = "/intermediari/99999999999"
BODY = {
    "denominazione": "Altro intermediario",
    "principalPagoPa": "CN=nodo.pagopa.example,O=PagoPA",
    "servizioPagoPa": {
        "urlRPT": "https://nodo.example/rpt",
        "urlAvvisatura": "https://nodo.example/avvisatura",
        "auth": {"username": "u", "password": "segreta"},
        "subscriptionKey": "chiave",
    },
    "servizioPagoPaFR": {"url": "https://fr.example", "subscriptionKey": "chiave-fr", "abilitaGDE": True},
    "servizioFtp": {
        "ftp_lettura": {"host": "ftp.example.it", "porta": "22", "username": "u", "password": "p1"},
        "ftp_scrittura": {"host": "ftp.example.it", "porta": "22", "username": "u", "password": "p2"},
    },
    "abilitato": False,
}


@pytest.fixture
def backoffice(aws, now):
    seed_comune(now)
    with calling() as caller:
        yield caller


class TestIntermediari:
    def test_are_registered_and_read_without_their_secrets(self, backoffice):
        backoffice.put(NUOVO, BODY, 201)

        letto = backoffice.get(NUOVO)

        assert letto["idIntermediario"] == "99999999999"
        assert letto["servizioPagoPa"] == {
            "urlRPT": "https://nodo.example/rpt",
            "urlAvvisatura": "https://nodo.example/avvisatura",
            "auth": {"username": "u", "password": "********"},
            "subscriptionKey": "********",
        }
        assert letto["servizioPagoPaFR"]["subscriptionKey"] == "********"
        assert letto["servizioFtp"]["ftp_lettura"]["password"] == "********"
        assert (letto["abilitato"], letto["stazioni"]) == (False, [])

    def test_keep_every_secret_where_the_mask_comes_back(self, backoffice):
        backoffice.put(NUOVO, BODY, 201)

        backoffice.put(NUOVO, backoffice.get(NUOVO), 200)

        kept = there(queries.intermediario("99999999999"))
        assert (kept.servizio_pagopa.auth.password, kept.servizio_pagopa.subscription_key) == ("segreta", "chiave")
        assert kept.servizi[ServizioPagoPa.FR].subscription_key == "chiave-fr"
        assert (there(kept.servizio_ftp).lettura.password, there(kept.servizio_ftp).scrittura.password) == ("p1", "p2")

    def test_do_not_give_a_secret_to_another_address(self, backoffice):
        backoffice.put(NUOVO, BODY, 201)
        letto = backoffice.get(NUOVO)
        letto["servizioPagoPa"]["urlRPT"] = "https://altrove.example/rpt"

        fault = backoffice.put(NUOVO, letto, 422)

        assert "servizioPagoPa.auth.password" in fault["dettaglio"]
        assert "servizioPagoPa.subscriptionKey" in fault["dettaglio"]

    def test_tell_all_that_is_wrong_at_once_with_400(self, backoffice):
        body = {
            "servizioPagoPa": {"auth": {"tipo": "Client", "tsLocation": "x"}},
            "servizioFtp": {"ftp_lettura": {"porta": "ventidue"}},
            "servizioPagoPaACA": {"url": "x"},
        }

        fault = backoffice.put("/intermediari/1", body, 400)

        for campo in (
            "idIntermediario", "denominazione", "principalPagoPa", "servizioPagoPa.urlRPT", "servizioPagoPa.auth",
            "servizioFtp.ftp_lettura.porta", "servizioFtp.ftp_lettura.host", "servizioFtp.ftp_scrittura",
            "servizioPagoPaACA.url",
        ):  # fmt: skip
            assert f"{campo}: " in fault["dettaglio"], campo
        assert "mancano tsPassword, ksLocation" in fault["dettaglio"]

    def test_are_listed(self, backoffice):
        backoffice.put(NUOVO, BODY, 201)

        lista = backoffice.get("/intermediari", campi="idIntermediario,abilitato")

        assert lista["risultati"] == [
            {"idIntermediario": "99999999999", "abilitato": False},
            {"idIntermediario": INTERMEDIARIO, "abilitato": True},
        ]
        assert backoffice.get("/intermediari", abilitato="1")["numRisultati"] == 1
        assert backoffice.get("/intermediari", 422, abilitato="forse")["codice"] == "100001"
        assert backoffice.get("/intermediari", ordinamento="-denominazione")["risultati"][0]["abilitato"] is True
        assert backoffice.get("/intermediari/00000000000", 404)["codice"] == "404000"

    def test_need_their_own_right(self, backoffice):
        operations.put_operatore(operatore=an_operatore())
        caller = backoffice.as_("operatore", "Operatore-2026")

        caller.get("/intermediari", 403)
        caller.put(NUOVO, BODY, 403)


class TestStazioni:
    PATH = f"/intermediari/{INTERMEDIARIO}/stazioni"

    def test_are_registered_and_read_without_their_password(self, backoffice):
        backoffice.put(f"{self.PATH}/12345678901_03", {"password": "pwd", "abilitato": True, "versione": "V1"}, 201)

        letta = backoffice.get(f"{self.PATH}/12345678901_03")

        assert letta == {
            "idStazione": "12345678901_03",
            "password": "********",
            "abilitato": True,
            "versione": "V1",
            "domini": [],
        }
        backoffice.put(f"{self.PATH}/12345678901_03", {**letta, "abilitato": False}, 200)
        kept = there(queries.stazione("12345678901_03"))
        assert (kept.password, kept.abilitato, kept.versione) == ("pwd", False, VersioneStazione.V1)

    def test_may_have_no_password(self, backoffice):
        backoffice.put(f"{self.PATH}/12345678901_03", {"abilitato": True}, 201)
        letta = backoffice.get(f"{self.PATH}/12345678901_03")

        assert (letta["password"], letta["versione"]) == ("", "V2")
        backoffice.put(f"{self.PATH}/12345678901_03", letta, 200)

    def test_show_the_domini_behind_them(self, backoffice):
        letta = backoffice.get(f"{self.PATH}/{STAZIONE_V2}")
        lista = backoffice.get(self.PATH)

        assert [d["idDominio"] for d in letta["domini"]] == [DOMINIO]
        assert [s["idStazione"] for s in lista["risultati"]] == [STAZIONE_V1, STAZIONE_V2]
        assert [d["idDominio"] for d in backoffice.get(lista["risultati"][1]["domini"])["risultati"]] == [DOMINIO]
        assert backoffice.get(f"/intermediari/{INTERMEDIARIO}")["stazioni"] == lista["risultati"]

    def test_are_refused(self, backoffice):
        fault = backoffice.put(f"{self.PATH}/01", {"versione": "V3", "password": "x" * 36}, 400)

        for campo in ("idStazione", "versione", "password", "abilitato"):
            assert f"{campo}: " in fault["dettaglio"], campo
        assert backoffice.put(f"{self.PATH}/99999999999_01", {"abilitato": True}, 422)["codice"] == "SEMANTICA"
        assert backoffice.put("/intermediari/99999999999/stazioni/99999999999_01", {"abilitato": True}, 422)
        assert backoffice.get(f"{self.PATH}/12345678901_99", 404)["codice"] == "404000"
        assert backoffice.get(f"/intermediari/99999999999/stazioni/{STAZIONE_V1}", 404)["codice"] == "404000"
        assert backoffice.get("/intermediari/99999999999/stazioni", 404)["codice"] == "404000"
