"""Whether a pendenza may be loaded: every refusal by its published code."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.anagrafica.model import BOLLOT, LIBERO, TipoContabilita
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import NotAllowed, Refusal
from chalicelib.kernel.utenze import Ambito, TipoUtenza
from chalicelib.pendenze.model import Contabilita, QuotaContabilita
from chalicelib.pendenze.rules.avviso import check_numero_avviso
from chalicelib.pendenze.rules.load import check
from tests.builders import (
    a_bollo,
    a_censimento,
    a_nuova_pendenza,
    a_nuova_voce,
    a_tipo_effettivo,
    an_ente,
    an_entrata_effettiva,
    an_utenza,
)
from tests.builders_anagrafica import (
    A2A_COMUNE,
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    TARI,
    UFFICIO,
    a_conto,
    a_conto_postale,
    a_dominio,
    a_tipo_pendenza,
    an_applicazione,
    an_unita,
)

DI_IBAN = {
    "cod_entrata": None,
    "iban_accredito": IBAN_BANCA,
    "tipo_contabilita": TipoContabilita.ALTRO,
    "codice_contabilita": "9/123",
}


def checked(nuova=None, *, utenza=None, censimento=None, id_a2a=A2A_COMUNE):
    return check(
        nuova or a_nuova_pendenza(),
        id_a2a=id_a2a,
        id_pendenza="P-1",
        utenza=utenza or an_utenza(),
        censimento=censimento or a_censimento(),
    )


def refused(nuova=None, **other):
    with pytest.raises(Refusal) as refusal:
        checked(nuova, **other)
    return refusal.value


class TestWho:
    def test_another_applicazione_is_app_002_and_both_are_named(self):
        refusal = refused(utenza=an_utenza(id_a2a="A2A-ALTRA"))

        assert refusal.codice == "APP_002"
        assert "A2A-ALTRA" in refusal.dettaglio
        assert A2A_COMUNE in refusal.dettaglio

    def test_an_unknown_applicazione_is_app_000(self):
        operatore = an_utenza(tipo=TipoUtenza.OPERATORE, id_a2a=None)

        assert refused(utenza=operatore, id_a2a="NESSUNA").codice == "APP_000"

    def test_a_disabled_applicazione_is_app_001(self):
        censimento = a_censimento(applicazioni={A2A_COMUNE: an_applicazione(abilitato=False)})

        assert refused(censimento=censimento).codice == "APP_001"

    def test_a_dominio_that_is_not_the_callers_is_forbidden(self):
        assert isinstance(refused(utenza=an_utenza(domini=Ambito(ids=frozenset({"1"})))), NotAllowed)

    def test_a_tipo_that_is_not_the_applicaziones_is_ver_022(self):
        assert refused(utenza=an_utenza(tipi_pendenza=Ambito())).codice == "VER_022"

    def test_a_tipo_that_is_not_the_operatores_is_forbidden(self):
        operatore = an_utenza(tipo=TipoUtenza.OPERATORE, id_a2a=None, tipi_pendenza=Ambito())

        assert isinstance(refused(utenza=operatore), NotAllowed)

    def test_autodeterminazione_opens_every_tipo(self):
        assert checked(utenza=an_utenza(tipi_pendenza=Ambito(), autodeterminazione=True)).id_tipo_pendenza == TARI

    def test_the_ente_itself_needs_no_rights(self):
        caricamento = check(
            a_nuova_pendenza(), id_a2a=A2A_COMUNE, id_pendenza="P", utenza=None, censimento=a_censimento()
        )

        assert caricamento.id_tipo_pendenza == TARI


class TestWhatItRefersTo:
    @pytest.mark.parametrize(
        ("codice", "nuova", "censimento"),
        [
            ("DOM_000", a_nuova_pendenza(id_dominio="00000000000"), a_censimento()),
            ("DOM_001", a_nuova_pendenza(), a_censimento().but(dominio=a_dominio(abilitato=False))),
            ("UOP_000", a_nuova_pendenza(id_unita_operativa="ALTRA"), a_censimento()),
            (
                "UOP_001",
                a_nuova_pendenza(id_unita_operativa=UFFICIO),
                a_censimento().but(unita={UFFICIO: an_unita(abilitato=False)}),
            ),
            ("TVR_000", a_nuova_pendenza(id_tipo_pendenza="ALTRO"), a_censimento()),
            ("TVR_001", a_nuova_pendenza(), a_censimento(tipi={TARI: a_tipo_pendenza(abilitato=False)})),
            ("TVD_000", a_nuova_pendenza(), a_censimento().but(tipi={})),
            ("TVD_001", a_nuova_pendenza(), a_censimento().but(tipi={TARI: a_tipo_effettivo(abilitato=False)})),
            ("TRB_000", a_nuova_pendenza(voci=(a_nuova_voce(cod_entrata="ALTRA"),)), a_censimento()),
            (
                "TRB_001",
                a_nuova_pendenza(),
                a_censimento().but(entrate={TARI: an_entrata_effettiva(abilitato=False)}),
            ),
            ("VER_020", a_nuova_pendenza(), a_censimento().but(conti={})),
            (
                "VER_020",
                a_nuova_pendenza(),
                a_censimento().but(entrate={TARI: an_entrata_effettiva(iban_accredito=None)}),
            ),
            (
                "VER_020",
                a_nuova_pendenza(voci=(a_nuova_voce(**{**DI_IBAN, "iban_accredito": "IT00X"}),)),
                a_censimento(),
            ),
            (
                "VER_032",
                a_nuova_pendenza(voci=(a_nuova_voce(**DI_IBAN),)),
                a_censimento().but(conti={IBAN_BANCA: a_conto(abilitato=False)}),
            ),
            (
                "VER_033",
                a_nuova_pendenza(voci=(a_nuova_voce(**DI_IBAN, iban_appoggio="IT00X"),)),
                a_censimento(),
            ),
            (
                "VER_034",
                a_nuova_pendenza(voci=(a_nuova_voce(**DI_IBAN, iban_appoggio=IBAN_POSTA),)),
                a_censimento().but(conti={IBAN_BANCA: a_conto(), IBAN_POSTA: a_conto_postale(abilitato=False)}),
            ),
        ],
    )
    def test_is_refused_by_its_code(self, codice, nuova, censimento):
        assert refused(nuova, censimento=censimento).codice == codice

    def test_the_first_thing_wrong_in_the_published_order_is_told(self):
        nuova = a_nuova_pendenza(importo=Importo(1), id_unita_operativa="ALTRA", id_tipo_pendenza="ALTRO")

        assert refused(nuova).codice == "UOP_000"

    def test_what_an_entrata_says_is_frozen_in_the_voce(self):
        voce = checked().voci[0]

        assert (voce.iban_accredito, voce.iban_appoggio) == (IBAN_BANCA, IBAN_POSTA)
        assert voce.dati_specifici_riscossione == "9/TARI/2026"

    def test_an_iban_in_small_letters_is_taken_as_it_is_registered(self):
        nuova = a_nuova_pendenza(voci=(a_nuova_voce(**{**DI_IBAN, "iban_accredito": IBAN_BANCA.lower()}),))

        assert checked(nuova).voci[0].iban_accredito == IBAN_BANCA

    def test_the_entrata_of_another_beneficiary_is_looked_up_there(self):
        nuova = a_nuova_pendenza(voci=(a_nuova_voce(id_dominio=ALTRO_DOMINIO),))
        censimento = a_censimento()
        censimento = replace(
            censimento, domini={**censimento.domini, ALTRO_DOMINIO: an_ente(dominio=a_dominio(), entrate={})}
        )

        assert checked(nuova).voci[0].id_dominio == ALTRO_DOMINIO
        assert refused(nuova, censimento=censimento).codice == "TRB_000"

    def test_the_same_dominio_named_in_a_voce_is_no_other_beneficiary(self):
        assert checked(a_nuova_pendenza(voci=(a_nuova_voce(id_dominio=DOMINIO),))).voci[0].id_dominio is None


class TestWhatItAddsUpTo:
    def test_an_id_of_voce_twice_is_ver_001(self):
        voci = (a_nuova_voce(importo=Importo(50)), a_nuova_voce(importo=Importo(50)))

        refusal = refused(a_nuova_pendenza(importo=Importo(100), voci=voci))

        assert refusal.codice == "VER_001"
        assert "V1" in refusal.dettaglio

    def test_an_importo_that_is_not_the_sum_is_ver_002_with_both_figures(self):
        refusal = refused(a_nuova_pendenza(importo=Importo(10051)))

        assert refusal.codice == "VER_002"
        assert "100.50" in refusal.dettaglio
        assert "100.51" in refusal.dettaglio

    def test_quote_that_do_not_add_up_to_their_voce_are_ver_035(self):
        quota = QuotaContabilita(capitolo="1", anno_esercizio=2026, importo=Importo(1))
        voce = a_nuova_voce(contabilita=Contabilita(quote=(quota,)))

        assert refused(a_nuova_pendenza(voci=(voce,))).codice == "VER_035"


class TestTipoOfV1:
    def test_is_the_entrata_of_the_first_voce(self):
        assert checked(a_nuova_pendenza(id_tipo_pendenza=None)).id_tipo_pendenza == TARI

    def test_is_bollot_for_a_marca_da_bollo(self):
        nuova = a_nuova_pendenza(id_tipo_pendenza=None, importo=Importo(1600), voci=(a_bollo(),))

        assert checked(nuova).id_tipo_pendenza == BOLLOT

    def test_is_libero_for_an_iban(self):
        nuova = a_nuova_pendenza(id_tipo_pendenza=None, voci=(a_nuova_voce(**DI_IBAN),))

        assert checked(nuova).id_tipo_pendenza == LIBERO

    def test_is_libero_where_the_entrata_is_no_tipo(self):
        nuova = a_nuova_pendenza(id_tipo_pendenza=None, voci=(a_nuova_voce(cod_entrata="ALTRA"),))
        censimento = a_censimento().but(entrate={"ALTRA": an_entrata_effettiva(id_entrata="ALTRA")})

        assert checked(nuova, censimento=censimento).id_tipo_pendenza == LIBERO


class TestNumeroAvviso:
    @pytest.mark.parametrize(
        ("codice", "numero", "dominio"),
        [
            ("VER_017", "901000000000012373", a_dominio()),
            ("VER_017", "12", a_dominio()),
            ("VER_026", "001000000000012373", a_dominio(aux_digit="0")),
            ("VER_027", "302000000000012373", a_dominio()),
            ("VER_039", "002000000000012373", a_dominio()),
            ("VER_039", "101000000000012373", a_dominio()),
        ],
    )
    def test_is_refused_by_its_code(self, codice, numero, dominio):
        caricamento = checked(censimento=a_censimento().but(dominio=dominio))

        with pytest.raises(Refusal) as refusal:
            check_numero_avviso(caricamento, numero)

        assert refusal.value.codice == codice

    def test_with_wrong_check_digits_is_taken(self):
        assert check_numero_avviso(checked(), "301000000000012300").iuv == "01000000000012300"

    def test_of_several_voci_of_which_one_is_a_bollo_is_ver_031(self):
        nuova = a_nuova_pendenza(importo=Importo(11650), voci=(a_nuova_voce(), a_bollo()))

        with pytest.raises(Refusal) as refusal:
            check_numero_avviso(checked(nuova), "301000000000012373")

        assert refusal.value.codice == "VER_031"

    def test_of_several_voci_without_bollo_is_taken(self):
        voci = (a_nuova_voce(importo=Importo(50)), a_nuova_voce(importo=Importo(50), id_voce="V2"))
        nuova = a_nuova_pendenza(importo=Importo(100), voci=voci, data_scadenza=date(2027, 1, 1))

        assert check_numero_avviso(checked(nuova), "301000000000012373").aux == "3"
