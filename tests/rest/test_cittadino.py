"""API Pagamento as a citizen sees it (variant spid), and what whoever is anonymous may read of attempts."""

from base64 import b64encode
from dataclasses import replace

import pytest

from chalicelib.rest import proxy
from chalicelib.rest.auth import Credentials
from chalicelib.settings import settings
from tests.builders_pagamenti import A2A, DOMINIO, NAV
from tests.builders_sessioni import (
    PAGAMENTO,
    PUBLIC,
    VERSANTE,
    a_cart,
    another,
    classic,
    portale,
    put_dominio,
    riferimento,
    session_of,
    stored,
)
from tests.contract import assert_conforms
from tests.rest.pendenze_app import Chiamante

SPID = PAGAMENTO.replace("basic", "spid")
MARIO, LUIGI = "RSSMRA80A01H501U", "VRDLGI80A01H501E"
PASSWORD = "Proxy-2026"


@pytest.fixture
def world(aws, monkeypatch):
    configured = replace(settings(), proxy_principals=("proxy",))
    monkeypatch.setattr(proxy, "settings", lambda: configured)
    monkeypatch.setattr(Credentials, "secret", lambda *said: said == ("proxy/proxy", PASSWORD))
    with portale() as joined:
        put_dominio(url_ritorno="https://portale.comune.example/")
        yield joined


def a_citizen(world, codice=MARIO, password=PASSWORD):
    caller = Chiamante(world.client, None)
    caller._headers = {
        "Authorization": "Basic " + b64encode(f"proxy:{password}".encode()).decode(),
        "X-SPID-FISCALNUMBER": codice,
        "X-SPID-NAME": "Mario",
        "X-SPID-FAMILYNAME": "Rossi",
        "X-SPID-EMAIL": "mario@esempio.it",
    }
    return caller


@pytest.fixture
def mario(world):
    return a_citizen(world)


@pytest.fixture
def luigi(world):
    return a_citizen(world, LUIGI)


def ids(answer, name):
    assert answer.status == 200, answer.json
    return [one[name] for one in answer.json["risultati"]]


def pay(caller, *pendenze, **other):
    return caller.call("POST", f"{SPID}/pagamenti", a_cart(*(riferimento(p) for p in pendenze), **other))


class TestWhatACitizenOwes:
    @pytest.fixture
    def debts(self, world):
        mine, unione = stored(), stored(classic())
        other = another(2)
        theirs = stored(
            replace(other, soggetto_pagatore=replace(other.soggetto_pagatore, identificativo=LUIGI, anagrafica="Luigi"))
        )
        return mine, unione, theirs

    def test_is_listed_whatever_the_ente(self, mario, luigi, debts):
        mine, unione, theirs = debts

        assert set(ids(mario.get(f"{SPID}/pendenze"), "idPendenza")) == {mine.id_pendenza, unione.id_pendenza}
        assert ids(luigi.get(f"{SPID}/pendenze"), "idPendenza") == [theirs.id_pendenza]

    def test_conforms_to_the_contract(self, mario, debts):
        listed = mario.get(f"{SPID}/pendenze", idDominio=DOMINIO).json
        for one in listed["risultati"]:
            one.pop("numeroAvviso")  # its pattern is misprinted in this contract

        assert_conforms("pagamento", "v1", "GET /pendenze", listed)
        assert listed["numRisultati"] == 1

    def test_is_narrowed_by_its_filters(self, mario, debts):
        mine, _unione, _theirs = debts

        assert ids(mario.get(f"{SPID}/pendenze", idDebitore=MARIO.lower(), idDominio=DOMINIO), "idPendenza") == [
            mine.id_pendenza
        ]
        assert ids(mario.get(f"{SPID}/pendenze", idA2A=A2A, stato="NON_ESEGUITA", risultatiPerPagina=1), "stato") == [
            "NON_ESEGUITA"
        ]
        assert ids(mario.get(f"{SPID}/pendenze", stato="ANNULLATA"), "idPendenza") == []
        assert ids(mario.get(f"{SPID}/pendenze", dataA="2020-01-01"), "idPendenza") == []

    def test_goes_on_from_page_to_page(self, mario, debts):
        first = mario.get(f"{SPID}/pendenze", risultatiPerPagina=1)
        rest = mario.get(SPID + first.json["prossimiRisultati"])

        assert first.json["numRisultati"] == 2
        assert len({*ids(first, "idPendenza"), *ids(rest, "idPendenza")}) == 2
        assert "prossimiRisultati" not in rest.json

    def test_is_nobody_elses_to_see(self, mario, debts):
        theirs = debts[2]

        assert ids(mario.get(f"{SPID}/pendenze", idDebitore=LUIGI), "idPendenza") == []
        assert ids(mario.get(f"{SPID}/pendenze", idA2A=A2A, idDominio=DOMINIO), "idPendenza") == [debts[0].id_pendenza]
        assert mario.get(f"{SPID}/pendenze/{A2A}/{theirs.id_pendenza}").codice == "404000"
        assert mario.get(f"{SPID}/pendenze/{A2A}/{theirs.id_pendenza}").json["dettaglio"] == (
            mario.get(f"{SPID}/pendenze/{A2A}/{'X' * len(theirs.id_pendenza)}").json["dettaglio"]
        ).replace("X" * len(theirs.id_pendenza), theirs.id_pendenza)

    def test_is_read_one_by_one(self, mario, debts):
        assert mario.get(f"{SPID}/pendenze/{A2A}/{debts[0].id_pendenza}").json["idPendenza"] == debts[0].id_pendenza

    @pytest.mark.parametrize("password", ["", "sbagliata"])
    def test_is_not_told_to_who_is_no_proxy(self, world, debts, password):
        assert a_citizen(world, password=password).get(f"{SPID}/pendenze").status == 401


class TestWhatACitizenPays:
    def test_is_theirs_without_saying_so(self, world, mario, luigi):
        pendenza = stored()

        answer = pay(mario, pendenza)

        assert answer.status == 201, answer.json
        id_pagamento = answer.json["id"]
        assert ids(mario.get(f"{SPID}/pagamenti"), "id") == [id_pagamento]
        body = mario.get(f"{SPID}/pagamenti/{id_pagamento}").json
        assert body["soggettoVersante"]["identificativo"] == MARIO
        assert body["soggettoVersante"]["anagrafica"] == "Mario Rossi"
        assert luigi.get(f"{SPID}/pagamenti/{id_pagamento}").codice == "404000"
        assert ids(luigi.get(f"{SPID}/pagamenti"), "id") == []

    def test_is_counted_where_they_name_themselves_and_where_they_name_another(self, mario):
        for pendenza in (stored(), stored(another(2))):
            assert pay(mario, pendenza).status == 201
        for versante, found in ((MARIO, 2), (MARIO.lower(), 2), (LUIGI, 0)):
            answer = mario.get(f"{SPID}/pagamenti", versante=versante, risultatiPerPagina=1)

            assert answer.json["numRisultati"] == found
            assert len(answer.json["risultati"]) == min(found, 1)

    def test_is_no_debt_of_others(self, luigi):
        assert pay(luigi, stored()).codice == "CIT_003"

    def test_is_in_their_own_name(self, mario):
        assert pay(mario, stored(), soggettoVersante=VERSANTE).codice == "CIT_004"

    def test_has_attempts_that_they_see(self, world, mario, luigi):
        sessione = session_of(pay(mario, stored()))
        dominio, iuv, ccp = sessione.tentativi[0].key
        rpp = f"{SPID}/rpp/{dominio}/{iuv}/{ccp}"

        listed = mario.get(f"{SPID}/rpp")
        assert listed.json["numRisultati"] == 1
        for query in ({"idPagamento": sessione.id}, {"iuv": iuv, "idDominio": dominio}, {"iuv": iuv}, {"idA2A": A2A}):
            assert len(mario.get(f"{SPID}/rpp", **query).json["risultati"]) == 1
            assert luigi.get(f"{SPID}/rpp", **query).json["risultati"] == []
        assert mario.get(rpp).status == mario.get(f"{rpp}/rpt").status == 200
        assert [luigi.get(url).codice for url in (rpp, f"{rpp}/rpt", f"{rpp}/rt")] == ["404000"] * 3

    def test_is_in_no_log(self, mario, caplog):
        pay(mario, stored())

        assert MARIO not in caplog.text


class TestAnAnonymousAttempt:
    @pytest.fixture
    def rpp(self, world):
        stored()
        body = a_cart({"idDominio": DOMINIO, "numeroAvviso": NAV}, soggettoVersante=VERSANTE)
        sessione = session_of(world.pay(body, base=PUBLIC, as_=None))
        dominio, iuv, ccp = sessione.tentativi[0].key
        return f"/rpp/{dominio}/{iuv}/{ccp}"

    def test_is_read_without_its_debtor(self, world, rpp):
        answer = world.anonimo.get(PUBLIC + rpp)

        assert answer.status == 200
        assert MARIO not in answer.raw.decode()
        assert MARIO not in world.anonimo.call("GET", f"{PUBLIC}{rpp}/rpt", accept="application/json").raw.decode()

    @pytest.mark.parametrize("accept", ["text/xml", "application/pdf", "application/octet-stream"])
    def test_is_not_given_in_forms_that_name_them(self, world, rpp, accept):
        assert world.anonimo.call("GET", f"{PUBLIC}{rpp}/rpt", accept=accept).status == 403

    def test_is_in_no_list(self, world, rpp):
        assert world.anonimo.get(f"{PUBLIC}/rpp").status == 401

    def test_is_not_one_of_somebody_known(self, world):
        stored(another(3))
        sessione = session_of(world.pay(a_cart(riferimento(another(3)))))
        dominio, iuv, ccp = sessione.tentativi[0].key

        assert world.anonimo.get(f"{PUBLIC}/rpp/{dominio}/{iuv}/{ccp}").codice == "404000"
