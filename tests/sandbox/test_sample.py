"""The sample comune is one that GovPay and pagoPA would take."""

import base64
import re
import zlib

import pytest
from stdnum import iban, luhn
from stdnum.it import codicefiscale

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import parse_numero_avviso
from sandbox import sample
from sandbox.logo import stemma
from sandbox.nodo.model import Protocollo
from tests.sandbox.govpay_finto import NOW

PENDENZE = sample.pendenze(NOW.date())


class TestStemma:
    def test_is_a_png_of_64_by_64(self):
        png = base64.b64decode(stemma())

        start = png.index(b"IDAT") + 4
        pixels = zlib.decompress(png[start : png.index(b"IEND") - 8])
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        assert len(pixels) == 64 * (1 + 64 * 3)


class TestComune:
    @pytest.mark.parametrize("conto", [sample.IBAN, sample.IBAN_POSTALE, *(ente.iban for ente in sample.ALTRI)])
    def test_has_ibans_with_right_check_digits(self, conto):
        assert iban.is_valid(conto)

    def test_has_a_postal_account(self):
        assert sample.IBAN_POSTALE[5:10] == "07601"

    def test_is_reached_by_every_protocol(self):
        anagrafica = sample.anagrafica_nodo()

        assert set(anagrafica.enti[sample.DOMINIO].stazioni.values()) == {sample.STAZIONE_V1, sample.STAZIONE_V2}

    def test_has_a_school_beside_it_whose_flows_come_by_soap(self):
        stazione = sample.anagrafica_nodo().stazioni[sample.SCUOLA.stazione]

        assert stazione.id_intermediario == sample.INTERMEDIARIO_SCUOLA != sample.INTERMEDIARIO


class TestAltriEnti:
    def test_have_a_codice_fiscale_with_the_right_check_digit(self):
        assert all(luhn.is_valid(ente.id_dominio) for ente in sample.ALTRI)

    def test_one_shares_the_stazione_of_the_comune_so_that_a_cart_holds_both(self):
        enti = sample.anagrafica_nodo().enti

        assert enti[sample.UNIONE.id_dominio].stazioni[Protocollo.V2] == enti[sample.DOMINIO].stazioni[Protocollo.V2]

    def test_one_is_on_the_old_stazione_alone(self):
        assert Protocollo.V2 not in sample.anagrafica_nodo().enti[sample.SCUOLA.id_dominio].stazioni


class TestPendenze:
    @pytest.mark.parametrize("dati", PENDENZE.values(), ids=PENDENZE)
    def test_add_up_and_name_an_entrata_of_their_ente(self, dati):
        assert Importo.total(voce["importo"] for voce in dati["voci"]) == dati["importo"]
        assert (dati["voci"][0]["codEntrata"], dati["idDominio"]) in {
            (tipo.codice, tipo.id_dominio) for tipo in sample.TIPI
        }

    @pytest.mark.parametrize("dati", PENDENZE.values(), ids=PENDENZE)
    def test_are_owed_by_somebody_with_a_right_codice_fiscale(self, dati):
        assert codicefiscale.is_valid(dati["soggettoPagatore"]["identificativo"])

    def test_has_one_whose_validity_is_over_but_not_its_term(self):
        mensa = PENDENZE["MENSA-2026-0007"]

        assert mensa["dataValidita"] < NOW.date() < mensa["dataScadenza"]

    def test_has_one_that_only_the_gestionale_knows_by_the_form_of_its_iuv(self):
        avviso = parse_numero_avviso(sample.AVVISO_NON_CARICATO)

        assert avviso.has_right_check_digits
        assert re.fullmatch(sample.REG_EXP_IUV, avviso.iuv)
