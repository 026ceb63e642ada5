"""The giornale di cassa: every sample file, with what must be read of it or why it is refused."""

import json
from datetime import date

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.causale import TipoRiferimento, read_causale
from chalicelib.riconciliazione.giornale_di_cassa import (
    CodiceAvvertenza,
    ColonnaMancante,
    CsvNonChiuso,
    Doctype,
    Formato,
    GiornaleIllegibile,
    Movimento,
    NonGiornale,
    RigaIllegibile,
    SenzaMovimenti,
    Sospeso,
    Troncato,
    open_giornale,
)

from .giornale_di_cassa_testi import FLUSSO, IBAN, opened, zipped

A = CodiceAvvertenza


@pytest.fixture(scope="module")
def samples(shared):
    return shared / "formats" / "samples"


def _open(path):
    return open_giornale(path, name=path.name)


def _codici(controllo):
    return [avvertenza.codice for avvertenza in controllo.avvertenze]


class TestAnOpiGiornale:
    @pytest.mark.parametrize(
        ("name", "firma"),
        [
            ("opi_1_4_base.xml", A.FIRMA_NON_VERIFICATA),
            ("opi_1_6_1_base.xml", A.FIRMA_NON_VERIFICATA),
            ("opi_1_7_1_base.xml", A.FIRMA_NON_VERIFICATA),
            ("opi_1_8_base.xml", A.FIRMA_NON_VERIFICATA),
            ("opi_1_8_firma_in_testa.xml", A.FIRMA_NON_VERIFICATA),
            ("opi_1_8_senza_firma.xml", A.FIRMA_ASSENTE),
            ("opi_namespace_default.xml", A.FIRMA_NON_VERIFICATA),
            ("broken/bom_utf8_ok.xml", A.FIRMA_NON_VERIFICATA),
            ("broken/latin1_dichiarato_latin1_ok.xml", A.FIRMA_NON_VERIFICATA),
            ("broken/causale_2000_caratteri.xml", A.FIRMA_NON_VERIFICATA),
            ("broken/altro_ente.xml", A.FIRMA_NON_VERIFICATA),
        ],
    )
    def test_is_read_in_every_version_and_dress(self, samples, name, firma):
        giornale = _open(samples / name)

        controllo = giornale.check()
        righe = list(giornale)

        assert (controllo.movimenti, controllo.illeggibili, len(righe)) == (5, 0, 5)
        assert (controllo.entrate, controllo.uscite) == (Importo(10007408), Importo(785335))
        assert _codici(controllo) == [firma]
        assert [riga.importo.cents for riga in righe] == [125075, 4556, 1234, 9876543, 785335]
        assert righe[0].causale == f"/PUR/LGPE-RIVERSAMENTO/URI/{FLUSSO}"
        assert (righe[0].numero_provvisorio, righe[0].numero_bolletta, righe[0].provvisorio) == (
            "64001",
            "70001",
            "2026-64001",
        )
        assert righe[0].sct == "TRN20261120000000F1"
        assert righe[0].id_riconciliazione == "GDC20260306900640010070001"
        assert righe[0].cliente == "BANCA DI PROVA S.P.A. SERVIZIO PAGOPA"

    def test_says_whose_it_is(self, samples):
        (testata,) = _open(samples / "opi_1_8_base.xml").check().testate
        (altrui,) = _open(samples / "broken" / "altro_ente.xml").check().testate

        assert (testata.codice_fiscale_ente, altrui.codice_fiscale_ente) == ("99999000013", "00000000018")
        assert (testata.formato, testata.abi, testata.esercizio) == (Formato.OPI, "03069", "2026")
        assert testata.data == date(2026, 11, 20)
        assert testata.id_flusso == "GDC-202611202026000000001#001#001"
        assert [saldo.conto for saldo in testata.saldi] == ["0000001"]

    def test_gives_of_each_movement_what_the_bank_wrote(self, samples):
        expected = json.loads((samples / "expected_outcome.json").read_text("utf-8"))
        righe = {name: list(_open(samples / name)) for name in ("opi_1_8_misto.xml", "opi_1_8_storno_giorno_dopo.xml")}

        flussi = {flusso["id"].casefold(): flusso["id"] for flusso in expected["archivio"]["flussi"]}

        def known(candidate):
            return [flussi[candidate.casefold()]] if candidate.casefold() in flussi else []

        for wanted in expected["movimenti"] + expected["giorno_dopo"]:
            riga = righe[wanted["file"]][int(wanted["numero_movimento"]) - 1]
            assert riga.numero_movimento == wanted["numero_movimento"]
            assert riga.provvisorio == wanted["provvisorio"]
            assert riga.numero_bolletta == wanted["bolletta"]
            assert riga.importo.cents == wanted["importo_centesimi"]
            assert riga.data_contabile.isoformat() == wanted["data_contabile"]
            assert riga.data_valuta.isoformat() == wanted["data_valuta"]
            assert riga.sct == wanted["sct"]
            assert riga.is_storno == (wanted["esito"] == "STORNO")
            read = read_causale(riga.causale, known_flussi=known)
            assert (read.tipo, read.valore or "") == (wanted["tipo_causale"], wanted["riferimento"])

    def test_says_what_a_storno_undoes_and_a_reversale_regularises(self, samples):
        righe = list(_open(samples / "opi_1_8_misto.xml"))

        assert righe[18].numero_bolletta_storno == righe[5].numero_bolletta == "70006"
        assert (righe[14].tipo_documento, righe[14].tipo_operazione) == ("REVERSALE", "REGOLARIZZATO")
        assert righe[14].sospesi == (Sospeso(numero="64102", importo=Importo(10001)),)

    def test_gives_to_no_two_movements_the_same_key(self, samples):
        righe = [
            riga for name in ("opi_1_8_misto.xml", "opi_1_8_storno_giorno_dopo.xml") for riga in _open(samples / name)
        ]

        assert len({riga.chiave for riga in righe}) == len({riga.id_riconciliazione for riga in righe}) == 20
        assert all(riga.id_riconciliazione.isalnum() and len(riga.id_riconciliazione) <= 35 for riga in righe)

    def test_finds_the_reference_in_a_very_long_causale(self, samples):
        riga = list(_open(samples / "broken" / "causale_2000_caratteri.xml"))[3]

        assert len(riga.causale) > 1900
        assert read_causale(riga.causale).tipo is TipoRiferimento.FLUSSO

    def test_warns_that_pages_are_missing(self, samples):
        for page in ("opi_1_8_pagina_1_di_2.xml", "opi_1_8_pagina_2_di_2.xml"):
            controllo = _open(samples / page).check()

            assert controllo.movimenti == 3
            assert _codici(controllo) == [A.FIRMA_NON_VERIFICATA, A.PAGINE_MANCANTI]

    def test_is_whole_when_its_pages_come_in_one_zip(self, samples):
        names = ("opi_1_8_pagina_1_di_2.xml", "opi_1_8_pagina_2_di_2.xml")

        giornale = opened(zipped(*((f"gdc/{name}", (samples / name).read_bytes()) for name in names)))

        assert A.PAGINE_MANCANTI not in _codici(giornale.check())
        assert [(riga.documento, riga.posizione) for riga in giornale] == [
            (name, place) for name in names for place in (1, 2, 3)
        ]


class TestARowThatCannotBeRead:
    @pytest.mark.parametrize(
        ("name", "motivo"),
        [
            ("importo_gigante.xml", "99999999999999999.99"),
            ("importo_non_numerico.xml", "45,56"),
            ("movimento_senza_causale.xml", "causale manca"),
        ],
    )
    def test_is_one_row_and_the_others_go_on(self, samples, name, motivo):
        righe = list(_open(samples / "broken" / name))

        assert [isinstance(riga, Movimento) for riga in righe] == [True, False, True, True, True]
        assert isinstance(righe[1], RigaIllegibile)
        assert (righe[1].posizione, righe[1].riga, righe[1].numero_provvisorio) == (2, 48, "64002")
        assert motivo in righe[1].motivo


class TestAWholeFile:
    @pytest.mark.parametrize(
        ("name", "refusal", "riga", "motivo"),
        [
            ("troncato.xml", Troncato, 94, "movimento 2 alla riga 48, provvisorio 2026-64002"),
            ("vuoto.xml", NonGiornale, None, "vuoto"),
            ("non_xml.xml", NonGiornale, None, "PDF"),
            ("radice_diversa.xml", NonGiornale, None, "'flusso_ordinativi'"),
            ("xxe_file.xml", Doctype, None, "DOCTYPE"),
            ("xxe_billion_laughs.xml", Doctype, None, "DOCTYPE"),
            ("gdc_colonna_mancante.csv", ColonnaMancante, 1, "IMPORTO PROVVISORIO"),
            ("gdc_solo_intestazione.csv", SenzaMovimenti, None, "nessun movimento"),
            ("gdc_virgolette_aperte.csv", CsvNonChiuso, 3, "virgolette"),
        ],
    )
    def test_is_refused_by_name_with_the_line_and_the_reason(self, samples, name, refusal, riga, motivo):
        with pytest.raises(refusal) as caught:
            _open(samples / "broken" / name).check()

        assert isinstance(caught.value, GiornaleIllegibile)
        assert (caught.value.file, caught.value.riga) == (name, riga)
        assert motivo in caught.value.motivo
        assert caught.value.dettaglio.startswith(name)

    def test_gives_no_row_at_all_when_it_is_refused(self, samples):
        righe = iter(_open(samples / "broken" / "troncato.xml"))

        with pytest.raises(Troncato):
            next(righe)


class TestACsvOfTheTreasurer:
    @pytest.mark.parametrize(
        ("name", "avvertenze"),
        [
            ("gdc_base.csv", []),
            ("gdc_base_bom.csv", []),
            ("gdc_base_date_italiane.csv", []),
            ("gdc_base_virgola.csv", []),
            ("broken/gdc_intestazioni_scambiate.csv", []),
            ("broken/gdc_latin1.csv", [A.CODIFICA]),
        ],
    )
    def test_is_read_by_the_names_of_its_columns(self, samples, name, avvertenze):
        giornale = _open(samples / name)
        righe = list(giornale)

        assert _codici(giornale.check()) == avvertenze
        assert giornale.check().testate[0].formato is Formato.CSV_BASE
        assert [riga.importo.cents for riga in righe] == [125075, 4556, 1234, 9876543, 32100, 32100]
        assert {riga.data_contabile for riga in righe} == {date(2026, 11, 20)}
        assert righe[2].cliente == 'VERDI "LUCA"; GIUSEPPE'
        assert righe[4].chiave == righe[5].chiave
        assert righe[0].id_riconciliazione == "GDC20260064001"

    def test_keeps_its_accents_in_the_fallback_charset(self, samples):
        assert list(_open(samples / "broken" / "gdc_latin1.csv"))[1].cliente == "NICCOLÒ ROSSI"

    def test_is_text_even_where_it_looks_like_a_formula(self, samples):
        first, second = _open(samples / "broken" / "gdc_formule.csv")

        assert (first.cliente, second.causale) == ("=cmd|' /C calc'!A0", "-2+3")
        assert read_causale(first.causale).id_flusso == FLUSSO

    def test_has_cents_and_references_in_the_full_layout(self, samples):
        first, second = _open(samples / "gdc_completo.csv")

        assert (first.importo, first.iuf, first.sct, first.iban) == (Importo(125075), FLUSSO, "E2E-F1", IBAN)
        assert (second.iuv, second.sct, second.regolarizzato) == ("RF78567483937849450550875", "2026-64002", True)
        assert not first.regolarizzato

    def test_of_poste_is_read_by_position(self, samples):
        righe = list(_open(samples / "poste_estratto_conto.csv"))

        assert [(riga.tipo_movimento, riga.importo.cents) for riga in righe] == [
            ("ENTRATA", 123456),
            ("USCITA", 150),
            ("ENTRATA", 2500),
        ]
        assert {riga.iban for riga in righe} == {"IT18Q0760103200000000123456"}
        assert read_causale(righe[2].causale).tipo is TipoRiferimento.DEBOLE

    def test_of_home_banking_has_its_reference_among_the_tags(self, samples):
        entrata, uscita = _open(samples / "conto_corrente_movimenti.csv")

        assert read_causale(entrata.causale).id_flusso == "2026-11-19ABI03069-S2026111901"
        assert (entrata.importo, entrata.abi, entrata.conto) == (Importo(2434), "05428", "000000123456")
        assert (uscita.is_entrata, uscita.importo) == (False, Importo(1200))


class TestAStatementOfTheAccount:
    @pytest.mark.parametrize("name", ["camt053_001_02.xml", "camt053_001_08.xml", "cbi_dlystmt.xml"])
    def test_in_camt_053_is_read_in_both_versions_and_in_the_envelope(self, samples, name):
        giornale = _open(samples / name)
        righe = list(giornale)

        assert [riga.importo.cents for riga in righe] == [125075, 4556, 10001, 785335, -10000, 4556, 1234, 123456]
        assert [riga.is_storno for riga in righe] == [False] * 4 + [True] + [False] * 3
        assert [riga.is_entrata for riga in righe] == [True] * 3 + [False] + [True] * 4
        assert _codici(giornale.check()) == [A.IN_ATTESA]
        assert {riga.iban for riga in righe} == {IBAN}
        assert righe[0].cliente == "BANCA DI PROVA SPA SERVIZIO PAGOPA"
        assert righe[0].sct == "TRNN001"
        assert read_causale(righe[2].causale).id_flusso == "2026-11-20PSPTEST1-0000000002"
        assert read_causale(righe[7].causale).id_flusso == "2026-11-20PSPTEST1-0000000006"
        assert len({riga.id_riconciliazione for riga in righe}) == 8
        assert righe[0].id_riconciliazione == f"GDC{IBAN}N001"

    def test_in_mt940_is_read_with_its_folded_text(self, samples):
        giornale = _open(samples / "estratto.mt940")
        righe = list(giornale)

        assert [(riga.importo.cents, riga.is_entrata, riga.is_storno) for riga in righe] == [
            (125075, True, False),
            (4556, True, False),
            (785335, False, False),
            (-10000, True, True),
        ]
        assert [riga.sct for riga in righe] == ["E2E-F1", "N002", "N004", "N006"]
        assert righe[0].causale.endswith("/TXT/0/ORD BANCA DI PROVA SPA SERVIZIO PAGOPA")
        assert read_causale(righe[0].causale).id_flusso == FLUSSO
        (saldo,) = giornale.check().testate[0].saldi
        assert (saldo.conto, saldo.saldo_precedente, saldo.saldo_finale) == (IBAN, Importo(100000), Importo(200000))
