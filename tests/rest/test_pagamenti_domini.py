"""GET /domini on API Pagamento: what a portal may read of the enti it collects for."""

import pytest

from chalicelib.anagrafica import operations as anagrafica
from tests.builders_anagrafica import (
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    PASSWORD_ALTRA,
    PASSWORD_COMUNE,
    PRINCIPAL_ALTRA,
    PRINCIPAL_COMUNE,
    TARI,
    UFFICIO,
    a_conto_postale,
    seed_comune,
)
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.anagrafica_app import PAGAMENTO, calling


@pytest.fixture
def gpadmin(aws):
    seed_comune(NOW)
    with calling() as caller:
        yield caller


@pytest.fixture
def comune(gpadmin):
    return gpadmin.as_(PRINCIPAL_COMUNE, PASSWORD_COMUNE, PAGAMENTO)


@pytest.fixture
def altra(gpadmin):
    return gpadmin.as_(PRINCIPAL_ALTRA, PASSWORD_ALTRA, PAGAMENTO)


class TestAPortal:
    @pytest.mark.parametrize(
        ("path", "operation"),
        [
            ("/domini", "GET /domini"),
            (f"/domini/{DOMINIO}", "GET /domini/{idDominio}"),
            (f"/domini/{DOMINIO}/unitaOperative", "GET /domini/{idDominio}/unitaOperative"),
            (f"/domini/{DOMINIO}/unitaOperative/{UFFICIO}", "unitaOperativa"),
            (f"/domini/{DOMINIO}/contiAccredito", "GET /domini/{idDominio}/contiAccredito"),
            (f"/domini/{DOMINIO}/contiAccredito/{IBAN_BANCA}", "contiAccredito"),
            (f"/domini/{DOMINIO}/entrate", "GET /domini/{idDominio}/entrate"),
            (f"/domini/{DOMINIO}/entrate/{TARI}", "entrata"),
            ("/profilo", "GET /profilo"),
        ],
    )
    def test_is_answered_as_the_contract_says(self, comune, path, operation):
        assert_conforms("pagamento", "v1", operation, comune.get(path))

    def test_sees_its_own_domini(self, comune, altra):
        assert [one["idDominio"] for one in comune.get("/domini")["risultati"]] == [DOMINIO, ALTRO_DOMINIO]
        assert [one["idDominio"] for one in altra.get("/domini")["risultati"]] == [ALTRO_DOMINIO]
        assert altra.get(f"/domini/{DOMINIO}", 403)["codice"] == "403000"

    def test_finds_the_accounts_of_a_dominio(self, comune):
        anagrafica.put_conto(conto=a_conto_postale(abilitato=False))

        found = comune.get(f"/domini/{DOMINIO}/contiAccredito", abilitato="false")["risultati"]

        assert [one["iban"] for one in found] == [IBAN_POSTA]

    def test_is_told_where_the_money_of_an_entrata_goes(self, comune):
        entrata = comune.get(f"/domini/{DOMINIO}/entrate/{TARI}")

        assert entrata["contoAccredito"] == IBAN_BANCA
        assert entrata["tipoEntrata"]["idEntrata"] == TARI

    @pytest.mark.parametrize("path", ["unitaOperative/NESSUNA", "contiAccredito/IT00X", "entrate/NESSUNA"])
    def test_asks_for_what_is_not_there(self, comune, path):
        assert comune.get(f"/domini/{DOMINIO}/{path}", 404)["codice"] == "404000"

    def test_asks_for_a_dominio_that_is_not_there(self, comune):
        assert comune.get("/domini/99999999999", 404)["codice"] == "404000"


class TestTheReturnUrlOfADominio:
    def body(self, **other):
        return {
            "ragioneSociale": "Comune",
            "gln": "8012000826001",
            "stazione": "12345678901_02",
            "abilitato": True,
            **other,
        }

    def test_is_kept(self, gpadmin):
        gpadmin.put(f"/domini/{DOMINIO}", self.body(urlRitorno="https://portale.comune.example/"), 200)

        assert gpadmin.get(f"/domini/{DOMINIO}")["urlRitorno"] == "https://portale.comune.example/"

    def test_is_an_address(self, gpadmin):
        refused = gpadmin.put(f"/domini/{DOMINIO}", self.body(urlRitorno="javascript:alert(1)"), 400)

        assert refused["codice"] == "SINTASSI"
