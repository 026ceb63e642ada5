"""What is printed of a pendenza, and what a notice says of itself."""

from datetime import date

import pytest

from chalicelib.avvisi.rules import StatoAvviso, is_to_be_paid, printed, stato_avviso
from chalicelib.pendenze.model import ProprietaPendenza
from chalicelib.pendenze.states import StatoPendenza
from tests.builders import a_censimento, a_pendenza, a_soggetto, a_voce, an_ente
from tests.builders_anagrafica import (
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    UFFICIO,
    a_conto,
    a_conto_postale,
    a_dominio,
)
from tests.clock import NOW


def avviso_of(pendenza=None, *, ente=None, **other):
    return printed([pendenza or a_pendenza()], ente or a_censimento().domini[DOMINIO], None, **other).parti[0].avviso


class TestStatoAvviso:
    @pytest.mark.parametrize("stato", list(StatoPendenza))
    def test_has_a_word_for_every_stato(self, stato):
        assert stato_avviso(a_pendenza(stato=stato), now=NOW) in StatoAvviso

    def test_on_the_due_day_it_may_still_be_paid(self):
        assert stato_avviso(a_pendenza(data_scadenza=date(2026, 11, 24)), now=NOW) == "NON_ESEGUITA"
        assert stato_avviso(a_pendenza(data_scadenza=date(2026, 11, 23)), now=NOW) == "SCADUTA"

    def test_of_nothing_is_sconosciuta(self):
        assert stato_avviso(None, now=NOW) == "SCONOSCIUTA"


class TestEntroIl:
    @pytest.mark.parametrize(
        ("avviso", "validita", "scadenza", "expected"),
        [
            (date(2026, 1, 1), date(2026, 2, 2), date(2026, 3, 3), date(2026, 1, 1)),
            (None, date(2026, 2, 2), date(2026, 3, 3), date(2026, 2, 2)),
            (None, None, date(2026, 3, 3), date(2026, 3, 3)),
            (None, None, None, None),
        ],
    )
    def test_is_the_first_of_three_dates(self, avviso, validita, scadenza, expected):
        proprieta = ProprietaPendenza(data_scadenza_avviso=avviso)

        pendenza = a_pendenza(proprieta=proprieta, data_validita=validita, data_scadenza=scadenza)

        assert avviso_of(pendenza).entro_il == expected


class TestLingua:
    @pytest.mark.parametrize(
        ("own", "asked", "expected"),
        [(None, None, None), ("de", None, "de"), ("de", "fr", "fr"), ("de", "false", None), ("false", None, None)],
    )
    def test_asked_for_wins_over_that_of_the_pendenza(self, own, asked, expected):
        pendenza = a_pendenza(proprieta=ProprietaPendenza(lingua_secondaria=own))

        assert avviso_of(pendenza, lingua=asked).lingua_secondaria == expected


class TestBollettino:
    def test_pays_into_the_postal_account_of_the_voce(self):
        voce = a_voce(iban_accredito=IBAN_POSTA, iban_appoggio=None)

        assert avviso_of(a_pendenza(voci=(voce,))).ente.conto_postale == "000000123456"

    def test_pays_into_that_of_appoggio_where_the_other_is_of_a_bank(self):
        assert avviso_of().ente.conto_postale == "000000123456"

    def test_bears_the_authorisation_of_the_account_before_that_of_the_dominio(self):
        conti = {IBAN_BANCA: a_conto(), IBAN_POSTA: a_conto_postale(aut_stampa_poste="AUT. CONTO")}

        assert avviso_of(ente=an_ente(conti=conti)).ente.autorizzazione_poste == "AUT. CONTO"
        assert "AUT. DB" in (avviso_of().ente.autorizzazione_poste or "")

    @pytest.mark.parametrize(
        ("pendenza", "ente"),
        [
            (a_pendenza(), an_ente(dominio=a_dominio(aut_stampa_poste=None))),
            (a_pendenza(voci=(a_voce(iban_appoggio=None),)), an_ente()),
            (a_pendenza(voci=(a_voce(id_dominio=ALTRO_DOMINIO),)), an_ente()),
        ],
    )
    def test_is_not_there_without_account_or_authorisation(self, pendenza, ente):
        assert not avviso_of(pendenza, ente=ente).has_bollettino


class TestWho:
    def test_is_the_debtor_with_an_address_in_lines(self):
        destinatario = avviso_of().destinatario

        assert destinatario.nome == "Mario Rossi"
        assert destinatario.indirizzo == ("Via Roma 1", "00100 Esempio (RM)")

    def test_without_an_address_has_no_lines(self):
        soggetto = a_soggetto(indirizzo=None, civico=None, cap=None, localita=None, provincia=None)

        assert avviso_of(a_pendenza(soggetto_pagatore=soggetto)).destinatario.indirizzo == ()

    def test_asks_is_the_ente_and_its_unita(self):
        assert avviso_of(a_pendenza(id_unita_operativa=UFFICIO)).ente.settore == "Ufficio Tributi"
        assert avviso_of().ente.nome == "Comune di Esempio"


def test_what_is_paid_does_not_belong_on_the_paper_of_a_documento():
    assert is_to_be_paid(a_pendenza())
    assert not is_to_be_paid(a_pendenza(stato=StatoPendenza.ESEGUITO))
