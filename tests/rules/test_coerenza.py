"""Whether what is registered can work: each incoherence is told with what to do."""

from dataclasses import replace

import pytest

from chalicelib.anagrafica.coerenza import Gravita, check_applicazione, check_dominio
from chalicelib.anagrafica.model import AuthConnettore, VersioneStazione
from tests.builders import an_ente
from tests.builders_anagrafica import (
    IBAN_BANCA,
    INTERMEDIARIO,
    STAZIONE_V2,
    a_conto,
    a_dominio,
    a_stazione,
    an_applicazione,
    an_intermediario,
    there,
)


def found(stazione=None, intermediario=None, conti=None, **dominio):
    completo = replace(an_ente(), dominio=a_dominio(**dominio))
    completo = completo if conti is None else replace(completo, conti=conti)
    stazioni = {STAZIONE_V2: stazione or a_stazione(password="segreta")}
    intermediari = {INTERMEDIARIO: intermediario or an_intermediario()}
    return [(one.gravita, one.controllo) for one in check_dominio(completo, stazioni, intermediari)]


def errors(**other):
    return {controllo for gravita, controllo in found(**other) if gravita is Gravita.ERRORE}


class TestAnEnte:
    def test_that_is_coherent_has_no_error(self):
        assert errors() == set()

    @pytest.mark.parametrize(
        ("dominio", "controllo"),
        [
            ({"id_stazione": "12345678901_09"}, "stazione"),
            ({"segregation_code": None}, "segregazione"),
            ({"segregation_code": "1"}, "segregazione"),
            ({"iuv_prefix": "AB"}, "iuvPrefix"),
            ({"iuv_prefix": "1" * 13}, "iuvPrefix"),
        ],
    )
    def test_has_what_is_wrong_told(self, dominio, controllo):
        assert controllo in errors(**dominio)

    def test_of_aux_digit_zero_wants_the_code_of_the_stazione(self):
        stazione = a_stazione(id_stazione="12345678901_A", password="segreta")

        assert "auxDigit" in errors(aux_digit="0", segregation_code=None, stazione=stazione)

    def test_is_warned_of_a_numbering_that_ends_soon(self):
        assert (Gravita.AVVISO, "iuvPrefix") in found(iuv_prefix="%(Y)%(a)%(t)1")

    def test_is_warned_of_a_segregation_that_is_not_used(self):
        assert (Gravita.AVVISO, "segregazione") in found(aux_digit="0", segregation_code="01")

    def test_wants_its_stazione_and_intermediario_enabled(self):
        assert "stazione" in errors(stazione=a_stazione(abilitato=False))
        assert "intermediario" in errors(intermediario=an_intermediario(abilitato=False))

    def test_wants_the_password_of_a_classic_stazione(self):
        assert "stazione" in errors(stazione=a_stazione(versione=VersioneStazione.V1, password=None))
        assert (Gravita.AVVISO, "stazione") in found(stazione=a_stazione(password=None))

    def test_has_an_iban_with_wrong_check_digits_told(self):
        wrong = "IT61" + IBAN_BANCA[4:]

        assert "iban" in errors(conti={**an_ente().conti, wrong: a_conto(iban=wrong)})

    def test_is_warned_of_an_account_that_is_not_what_it_says(self):
        conti = {**an_ente().conti, IBAN_BANCA: a_conto(postale=True)}

        assert (Gravita.AVVISO, "iban") in found(conti=conti)

    def test_has_an_entrata_without_its_account_told(self):
        assert "entrata" in errors(conti={})


class TestAnApplicazione:
    def words(self, **connettore):
        base = an_applicazione()
        servizio = replace(there(base.servizio_integrazione), **connettore)
        return [one.problema for one in check_applicazione(replace(base, servizio_integrazione=servizio))]

    def test_called_without_proof_or_in_the_clear_is_warned_of(self):
        words = " ".join(self.words(url="http://ente.example", auth=AuthConnettore()))

        assert "senza autenticazione" in words
        assert "in chiaro" in words

    def test_without_a_service_is_warned_of(self):
        assert next(check_applicazione(an_applicazione(servizio_integrazione=None))).gravita is Gravita.AVVISO
