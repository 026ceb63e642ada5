"""The commands that try and prove: what they print, how they exit."""

import zipfile
from datetime import UTC, datetime

import pytest

from tests.aws_state import items_of
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import DOMINIO, NAV
from tests.builders_riconciliazione import loaded, paid
from tests.doubles_pagamenti import ports

OGGI = "2026-11-24"


@pytest.fixture
def comune(govpay):
    seed_comune(datetime.now(UTC))
    with ports():
        yield govpay


class TestWhatIf:
    def test_says_yes_to_what_may_be_paid(self, comune):
        loaded()
        before = items_of()

        detto = comune("what-if", NAV)

        assert detto.codice == 0, detto.errore
        assert "paGetPaymentV2" in detto.testo
        assert "100,50 euro" in detto.testo
        assert items_of() == before

    def test_says_why_not_in_json(self, comune):
        paid()

        detto = comune("what-if", NAV, "--json")

        assert detto.codice == 1, detto.errore
        assert detto.json["codice"] == "PAA_PAGAMENTO_DUPLICATO"
        assert next(v for v in detto.json["regole"] if v["regola"] == "stato")["esito"] == "RIFIUTO"

    def test_refuses_what_is_no_notice(self, comune):
        assert comune("what-if", "123").codice == 2


class TestAudit:
    def test_tells_what_does_not_add_up_and_chains_it(self, comune):
        paid()  # with no original in the archive

        detto = comune("audit", "conti", "--dominio", DOMINIO, "--dal", OGGI, "--registra", "--json")

        assert detto.codice == 1, detto.errore
        (risultato,) = detto.json["risultati"]
        assert [one["danno"] for one in risultato["differenze"]] == ["ORIGINALE_MANCANTE"]
        assert risultato["conti"]["riscossioni"] == 1
        catena = comune("audit", "catena", "--dominio", DOMINIO)
        assert catena.codice == 0, catena.errore
        assert risultato["impronta"] in catena.testo
        assert risultato["impronta"] in comune("audit", "notti").testo

    def test_writes_nothing_unasked(self, comune):
        paid()
        before = items_of()

        comune("audit", "conti", "--dal", OGGI)

        assert items_of() == before

    def test_is_quiet_where_the_books_add_up(self, comune):
        detto = comune("audit", "conti", "--dominio", DOMINIO)

        assert detto.codice == 0, detto.errore
        assert "I conti tornano." in detto.testo


class TestDoctor:
    def test_tells_what_is_missing_and_what_to_do(self, comune):
        detto = comune("doctor", "--solo", "segreti", "--solo", "risorse", "--solo", "anagrafe", "--json")

        assert detto.codice == 1, detto.errore
        errori = [one for one in detto.json["rilievi"] if one["gravita"] == "ERRORE"]
        assert {one["controllo"] for one in errori} == {"segreto"}
        assert all("put-parameter" in one["rimedio"] for one in errori)
        good = [one["oggetto"] for one in detto.json["rilievi"] if one["gravita"] == "INFO"]
        assert "govpay-test-transazioni" in good
        assert "govpay-test-incassi" in good

    def test_says_that_a_service_is_not_reached(self, comune):
        detto = comune("doctor", "--solo", "nodo", "--solo", "enti", "--solo", "orologio")

        assert detto.codice == 1, detto.errore
        assert "non raggiunto" in detto.testo
        assert "Controllare url" in detto.testo

    def test_has_nothing_to_say_of_certificates_where_there_are_none(self, comune):
        assert comune("doctor", "--solo", "certificati").codice == 0


class TestPersona:
    def test_gives_out_what_is_kept(self, comune, tmp_path):
        paid()
        file = tmp_path / "dati.zip"

        detto = comune("persona", "export", "RSSMRA80A01H501U", "--zip", str(file))

        assert detto.codice == 0, detto.errore
        with zipfile.ZipFile(file) as archive:
            assert b"Mario Rossi" in archive.read("dati.json")
        assert comune("persona", "export", "RSSMRA80A01H501U", "--zip", str(file)).codice == 2

    def test_asks_before_it_takes_away(self, comune):
        detto = comune("persona", "erase", "RSSMRA80A01H501U")

        assert detto.codice == 2
        assert "non si torna indietro" in detto.errore

    def test_says_what_stays(self, comune):
        loaded()

        detto = comune("persona", "erase", "RSSMRA80A01H501U", "--si")

        assert detto.codice == 1, detto.errore
        assert "1 pendenze restano" in detto.testo

    def test_refuses_what_is_no_codice_fiscale(self, comune):
        assert comune("persona", "export", "RSSMRA80A01H501X").codice == 2
