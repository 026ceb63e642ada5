import pytest
import stdnum.iban
import stdnum.it.codicefiscale
import stdnum.it.iva
import stdnum.luhn
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel import identifiers


class TestCodiceFiscale:
    @pytest.mark.parametrize("text", ["RSSMRA80A01H501U", "VRDLGU75B02F205A", "RSSMRAULALMHRLMZ"])
    def test_agrees_with_an_independent_reader(self, text):
        assert identifiers.is_codice_fiscale_persona(text) == stdnum.it.codicefiscale.is_valid(text)

    @given(st.text(alphabet="ABCDEHLMPRSTUVZ0123456789", min_size=16, max_size=16))
    def test_accepts_nothing_that_the_other_refuses(self, text):
        if identifiers.is_codice_fiscale_persona(text):
            assert stdnum.it.codicefiscale.calc_check_digit(text[:15]) == text[15]

    def test_knows_omocodia(self):
        assert identifiers.is_codice_fiscale_persona(
            "RSSMRA80A01H50M" + stdnum.it.codicefiscale.calc_check_digit("RSSMRA80A01H50M")
        )


class TestPartitaIva:
    @given(st.text(alphabet="0123456789", min_size=11, max_size=11))
    def test_agrees_with_an_independent_reader_on_the_check_digit(self, text):
        assert identifiers.is_partita_iva(text) == (stdnum.luhn.is_valid(text))


class TestIban:
    @pytest.mark.parametrize(
        "text", ["IT60X0542811101000000123456", "IT60X0542811101000000123457", "DE89370400440532013000", "IT60X05428"]
    )
    def test_agrees_with_an_independent_reader(self, text):
        assert identifiers.is_iban(text) == stdnum.iban.is_valid(text)

    def test_knows_an_account_of_poste(self):
        assert identifiers.is_iban_postale("IT60X0760111101000000123456")
        assert not identifiers.is_iban_postale("IT60X0542811101000000123456")

    def test_gives_the_conto_postale(self):
        assert identifiers.conto_postale_of("IT60X0760111101000000123456") == "000000123456"
