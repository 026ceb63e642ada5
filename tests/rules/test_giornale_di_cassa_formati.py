"""The rules of each format of the giornale di cassa, one by one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.causale import read_causale
from chalicelib.riconciliazione.giornale_di_cassa import (
    CodiceAvvertenza,
    ColonnaMancante,
    CsvNonChiuso,
    Formato,
    RigaIllegibile,
    Sospeso,
    Troncato,
)
from chalicelib.riconciliazione.giornale_di_cassa.camt_registrazione import join_folded
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile, read_amount, read_date

from .giornale_di_cassa_testi import (
    BASE,
    CAUSALE,
    FLUSSO,
    IBAN,
    camt,
    csv_base,
    movimento,
    mt940,
    ntry,
    opened,
    opi,
    riga_base,
    rows,
    tx,
)


class TestADate:
    @pytest.mark.parametrize("text", ["2026-11-20", "20/11/2026", "20-11-2026", "20.11.2026", "20261120"])
    def test_is_read_as_banks_write_it(self, text):
        assert read_date(text, name="la data") == date(2026, 11, 20)

    @pytest.mark.parametrize("text", ["", "2026-13-45", "31/02/2026", "20/11-2026", "20/11/26", "2026-1120", "oggi"])
    def test_is_refused_when_it_is_none(self, text):
        with pytest.raises(ValoreIllegibile, match="la data"):
            read_date(text, name="la data")


class TestAnAmount:
    @pytest.mark.parametrize(
        ("text", "cents"),
        [
            ("1250,75", 125075),
            ("1250.75", 125075),
            ("1.250,75", 125075),
            ("1,250.75", 125075),
            ("1.250.750,75", 125075075),
            ("1.250.750", 125075000),
            ("12,5", 1250),
            ("12", 1200),
            ("-12,50", -1250),
            ("+12,50", 1250),
            ("0,01", 1),
        ],
    )
    def test_has_its_last_separator_before_the_cents(self, text, cents):
        assert read_amount(text) == Importo(cents)

    @pytest.mark.parametrize("text", ["1.234", "1,234", "-1.234"])
    def test_is_refused_when_it_can_be_read_in_two_ways(self, text):
        with pytest.raises(ValoreIllegibile, match="ambiguo"):
            read_amount(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "1e3",
            "NaN",
            "€ 12",
            "=1+1",
            "١٢",
            "12,3456",
            "1.25,50",
            "1.2.3,4",
            "1.250,75,00",
            ",50",
            "12,",
            "1" * 14,
        ],
    )
    def test_is_refused_when_it_is_none(self, text):
        with pytest.raises(ValoreIllegibile):
            read_amount(text)

    @given(st.integers(-(10**15) + 1, 10**15 - 1))
    def test_is_read_back_as_it_is_written(self, cents):
        assert read_amount(Importo(cents).italian()) == read_amount(str(Importo(cents))) == Importo(cents)


class TestAnOpiMovement:
    @pytest.mark.parametrize(
        ("changes", "motivo"),
        [
            ({"importo": "12.345"}, "importo"),
            ({"importo": None}, "importo manca"),
            ({"data_movimento": "2026-02-30"}, "data_movimento"),
            ({"data_movimento": None}, "data_movimento manca"),
            ({"data_valuta_ente": "ieri"}, "data_valuta_ente"),
            ({"causale": " "}, "causale manca"),
            ({"tipo_movimento": "BOH"}, "tipo_movimento"),
            ({"altro": "<sospeso><numero_provvisorio>1</numero_provvisorio></sospeso>" * 1001}, "1000 provvisori"),
        ],
    )
    def test_that_cannot_be_read_is_told_with_the_reason(self, changes, motivo):
        bad, good = rows(opi(movimento(**changes), movimento()))

        assert isinstance(bad, RigaIllegibile)
        assert motivo in bad.motivo
        assert good.posizione == 2

    def test_has_as_sct_the_first_reference_that_the_bank_gives(self):
        dati = (
            "<dati_a_disposizione_BT><x><identificativo_end_to_end>E2E-BT</identificativo_end_to_end>"
            "<importo>99.99</importo></x></dati_a_disposizione_BT>"
        )

        righe = rows(
            opi(
                movimento(codice_riferimento_operazione="TRN1", end_to_end_id="E2E"),
                movimento(end_to_end_id="E2E", altro=dati),
                movimento(end_to_end_id="NOTPROVIDED", altro=dati),
                movimento(),
                movimento(codice_riferimento_operazione="X" * 40),
            )
        )

        assert [riga.sct for riga in righe] == ["TRN1", "E2E", "E2E-BT", "2026-64001", "X" * 35]
        assert {riga.importo for riga in righe} == {Importo(1000)}

    def test_has_a_value_date_or_that_of_the_movement(self):
        righe = rows(opi(movimento(), movimento(data_valuta_ente="2026-11-23+01:00")))

        assert [riga.data_valuta for riga in righe] == [date(2026, 11, 20), date(2026, 11, 23)]

    def test_is_a_storno_when_the_bank_says_so_or_the_amount_is_negative(self):
        righe = rows(opi(movimento(), movimento(tipo_operazione="STORNATO"), movimento(importo="-10.00")))

        assert [riga.is_storno for riga in righe] == [False, True, True]

    def test_lists_the_provvisori_that_it_regularises_in_old_and_new_versions(self):
        new = "<sospeso><numero_provvisorio>0064102</numero_provvisorio><importo_provvisorio>1.00</importo_provvisorio></sospeso>"

        first, second = rows(opi(movimento(altro=new * 2), movimento(numero_sospeso="64103")))

        assert first.sospesi == (Sospeso(numero="64102", importo=Importo(100)),) * 2
        assert second.sospesi == (Sospeso(numero="64103"),)

    def test_has_a_key_of_its_own_that_does_not_change(self):
        text = opi(
            movimento(),
            movimento(tipo_operazione="STORNATO"),
            movimento(numero_bolletta_quietanza="70002"),
            movimento(numero_documento="64002"),
            movimento(numero_documento="0", numero_bolletta_quietanza=None),
            movimento(numero_documento="0", numero_bolletta_quietanza=None, importo="11.00"),
        )

        keys = [riga.chiave for riga in rows(text)]

        assert len(set(keys)) == 6
        assert keys == [riga.chiave for riga in rows(text)]
        assert keys[0] == "OPI|03069|2026|SOSPESO ENTRATA|ESEGUITO|64001|70001"

    def test_has_an_id_that_the_api_takes_however_long_its_numbers(self):
        short, long = rows(opi(movimento(), movimento(numero_documento="1" * 18)))

        assert short.id_riconciliazione == "GDC20260306900640010070001"
        assert len(long.id_riconciliazione) == 33
        assert long.id_riconciliazione.startswith("GDC")


class TestAnOpiTotal:
    def test_that_differs_is_warned_of(self):
        righe = (movimento(), movimento(tipo_movimento="USCITA"), movimento(importo="-1.00"))

        for totale, expected in (("9.00", False), ("10.00", True), ("illeggibile", False)):
            text = opi(*righe, totali=f"<totale_entrate_conto_evidenza>{totale}</totale_entrate_conto_evidenza>")
            codici = [a.codice for a in opened(text).check().avvertenze]
            assert (CodiceAvvertenza.TOTALE_DIVERSO in codici) is expected

    def test_of_a_page_is_not_compared(self):
        totali = "<totale_entrate_conto_evidenza>99.00</totale_entrate_conto_evidenza>"

        codici = [a.codice for a in opened(opi(movimento(), totali=totali, pagine=2)).check().avvertenze]

        assert CodiceAvvertenza.TOTALE_DIVERSO not in codici

    def test_of_a_day_without_movements_is_a_journal_all_the_same(self):
        controllo = opened(opi()).check()

        assert controllo.righe == 0
        assert CodiceAvvertenza.SENZA_MOVIMENTI in [a.codice for a in controllo.avvertenze]


class TestACamtEntry:
    def test_of_more_payments_gives_a_movement_for_each(self):
        details = tx("4.00", "/RFB/01000000000010151") + tx("6.00", "/RFB/01000000000010252")

        first, second = rows(camt(ntry(details=details)))

        assert (first.importo, second.importo) == (Importo(400), Importo(600))
        assert first.chiave != second.chiave

    @pytest.mark.parametrize(
        ("entry", "motivo"),
        [
            (ntry(details=tx("4.00", "a") + tx("5.00", "b")), "9,00"),
            (ntry(details=tx("4.00", "a") + "<TxDtls/>"), "importo manca"),
            (ntry(ccy="USD"), "USD"),
            (ntry(amt="1.005"), "importo"),
            (ntry(ind="BOH"), "CdtDbtInd"),
            (ntry(dates="<ValDt><Dt>2026-11-20</Dt></ValDt>"), "BookgDt manca"),
            (ntry(details="<TxDtls/>"), "causale manca"),
        ],
    )
    def test_that_cannot_be_read_is_told_with_the_reason(self, entry, motivo):
        bad, good = rows(camt(entry, ntry()))

        assert isinstance(bad, RigaIllegibile)
        assert motivo in bad.motivo
        assert good.importo == Importo(1000)

    def test_that_is_not_booked_is_counted_and_left_out(self):
        giornale = opened(camt(ntry(sts="<Cd>PDNG</Cd>"), ntry(sts="<Cd>BOOK</Cd>"), ntry(sts="INFO")))

        assert giornale.check().movimenti == 1
        assert "2" in giornale.check().avvertenze[0].testo

    def test_that_is_reversed_is_a_storno_on_its_own_side(self):
        righe = rows(camt(ntry(ind="DBIT", rvsl="true"), ntry(ind="CRDT", rvsl="1"), ntry(ind="DBIT", rvsl="false")))

        assert [(riga.is_entrata, riga.is_storno, riga.importo.cents) for riga in righe] == [
            (True, True, -1000),
            (False, True, -1000),
            (False, False, 1000),
        ]

    def test_has_its_dates_from_days_or_instants(self):
        (riga,) = rows(camt(ntry()))

        assert (riga.data_contabile, riga.data_valuta, riga.esercizio) == (
            date(2026, 11, 20),
            date(2026, 11, 21),
            "2026",
        )

    def test_takes_five_decimals_if_they_are_zeros(self):
        assert rows(camt(ntry(amt="10.00000")))[0].importo == Importo(1000)

    def test_has_its_text_where_the_bank_put_it(self):
        ref = "<TxDtls><RmtInf><Strd><CdtrRefInf><Ref>RF78567483937849450550875</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"

        righe = rows(
            camt(
                ntry(details=ref),
                ntry(details=f"<TxDtls><AddtlTxInf>{CAUSALE}</AddtlTxInf></TxDtls>"),
                ntry(details="", addtl=f"<AddtlNtryInf>{CAUSALE}</AddtlNtryInf>"),
            )
        )

        assert read_causale(righe[0].causale).iuv == "RF78567483937849450550875"
        assert [riga.causale for riga in righe[1:]] == [CAUSALE, CAUSALE]

    def test_has_as_sct_the_first_reference_that_is_provided(self):
        refs = (
            "<TxId>TX</TxId><EndToEndId>E2E</EndToEndId>",
            "<EndToEndId>E2E</EndToEndId>",
            "<EndToEndId>NOTPROVIDED</EndToEndId>",
        )

        righe = rows(camt(*(ntry(details=tx("10.00", "a", refs=text)) for text in refs)))

        assert [riga.sct for riga in righe] == ["TX", "E2E", "N001"]

    def test_without_a_reference_is_told_from_its_equals_by_order(self):
        text = camt(ntry(ref=""), ntry(ref=""), ntry(ref="", amt="11.00"))

        keys = [riga.chiave for riga in rows(text)]

        assert len(set(keys)) == 3
        assert keys == [riga.chiave for riga in rows(text)]

    def test_whose_sum_differs_from_the_summary_is_warned_of(self):
        for total, expected in (("20.00", []), ("21.00", [CodiceAvvertenza.TOTALE_DIVERSO])):
            summary = f"<TxsSummry><TtlCdtNtries><Sum>{total}</Sum></TtlCdtNtries></TxsSummry>"
            controllo = opened(camt(ntry(), ntry(ref="N2"), ntry(ind="DBIT"), summary=summary)).check()
            assert [a.codice for a in controllo.avvertenze] == expected


class TestAFoldedText:
    @pytest.mark.parametrize(
        "pieces",
        [
            ["/PUR/LGPE-RIVERSAMENTO/URI/2026-11-2", "0PSPTEST1-0000000001"],
            ["/PUR/LGPE-RIVERSAMENTO/URI/", FLUSSO],
            ["/PUR/LGPE-RIVERSAMENTO", "/URI/2026-11-20PSPTEST1-", "0000000001"],
            ["ACCREDITO", CAUSALE],
            ["/PUR/LGPE-RIVER", f"SAMENTO/URI/{FLUSSO}"],
        ],
    )
    def test_is_joined_so_that_its_reference_is_read(self, pieces):
        assert read_causale(join_folded(pieces)).id_flusso == FLUSSO

    def test_of_words_gets_its_blanks_back(self):
        assert join_folded(["SALDO FATTURA", "CLIENTE ROSSI"]) == "SALDO FATTURA CLIENTE ROSSI"


class TestAnMt940Line:
    def test_in_subfields_is_its_text_its_payer_and_its_reference(self):
        (riga,) = rows(
            mt940(
                ":61:2611201120C1250,75NTRFNONREF//N001",
                ":86:166?00BONIFICO?109310?20EREF+E2E-77?21SVWZ+/PUR/LGPE-RIVERSAM",
                "ENTO/URI/2026-11-20PSPTEST1-00?220000000",
                "1?30BCITITMM?32BANCA DI PROVA ?33SPA?34000",
            )
        )

        assert riga.causale == "/PUR/LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-0000000001"
        assert (riga.cliente, riga.sct) == ("BANCA DI PROVA SPA", "E2E-77")

    def test_in_subfields_without_text_is_the_whole(self):
        (riga,) = rows(mt940(":61:2611201120C1,00NTRFNONREF//N001", ":86:?00COMMISSIONI?34000"))

        assert riga.causale == "?00COMMISSIONI?34000"

    @pytest.mark.parametrize(
        ("line", "cents", "entrata", "storno", "sct"),
        [
            (":61:2611201120C1250,75NTRFE2E-F1//N001", 125075, True, False, "E2E-F1"),
            (":61:261120C1250,NTRFNONREF//N001", 125000, True, False, "N001"),
            (":61:2611201120CR0,5NTRFNONREF//N001", 50, True, False, "N001"),
            (":61:2611201120D1,00NTRFX", 100, False, False, "X"),
            (":61:2611201120RC1,00NTRFX", -100, True, True, "X"),
            (":61:2611201120RD1,00NTRFX", -100, False, True, "X"),
            (":61:2611201120C1,00NTRFA/B//N001\nSUPPLEMENTO", 100, True, False, "A/B"),
        ],
    )
    def test_is_read(self, line, cents, entrata, storno, sct):
        (riga,) = rows(mt940(line, ":86:/RFB/0100000000", "0010151"))

        assert (riga.importo.cents, riga.is_entrata, riga.is_storno, riga.sct) == (cents, entrata, storno, sct)
        assert riga.causale == "/RFB/01000000000010151"
        assert (riga.data_contabile, riga.iban) == (date(2026, 11, 20), IBAN)

    @pytest.mark.parametrize(
        ("lines", "motivo"),
        [
            ((":61:BOH", ":86:X"), ":61:"),
            ((":61:2613451120C1,00NTRFX", ":86:X"), "data valuta"),
            ((":61:2611201345C1,00NTRFX", ":86:X"), "data contabile"),
            ((":61:2611201120C1,00NTRFX",), "causale"),
            ((":60F:C261120USD1,00", ":61:2611201120C1,00NTRFX", ":86:X"), "USD"),
        ],
    )
    def test_that_cannot_be_read_is_told_with_the_reason(self, lines, motivo):
        (riga,) = rows(mt940(*lines))

        assert isinstance(riga, RigaIllegibile)
        assert motivo in riga.motivo

    @pytest.mark.parametrize(
        ("mark", "contabile"),
        [("2612311231", date(2026, 12, 31)), ("2612310102", date(2027, 1, 2)), ("2701021231", date(2026, 12, 31))],
    )
    def test_has_its_entry_date_in_the_year_nearest_to_the_value_date(self, mark, contabile):
        assert rows(mt940(f":61:{mark}C1,00NTRFX", ":86:X"))[0].data_contabile == contabile

    def test_that_comes_twice_alike_is_two_movements(self):
        first, second = rows(mt940(*(":61:2611201120C1,00NTRFX", ":86:X") * 2))

        assert first.chiave != second.chiave

    def test_after_which_the_file_ends_is_named(self):
        with pytest.raises(Troncato, match="movimento 1 alla riga 5"):
            opened(mt940(":61:2611201120C1,00NTRFX", ":86:X", chiusura="")).check()


class TestACsvRow:
    @pytest.mark.parametrize(
        ("riga", "motivo"),
        [
            (riga_base(importo="1.234"), "ambiguo"),
            (riga_base(importo=""), "importo manca"),
            (riga_base(data="31/02/2026"), "data di esecuzione"),
            (riga_base(numero="X"), "provvisorio"),
            (riga_base(esercizio="26"), "esercizio"),
            (riga_base().replace(CAUSALE, ""), "causale manca"),
            ("2026;64001", "data di esecuzione manca"),
        ],
    )
    def test_that_cannot_be_read_is_told_with_the_reason(self, riga, motivo):
        bad, good = rows(csv_base(riga, riga_base(numero="64002")))

        assert isinstance(bad, RigaIllegibile)
        assert motivo in bad.motivo
        assert (bad.posizione, bad.riga, good.riga) == (1, 2, 3)

    @pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
    def test_is_cut_by_the_delimiter_of_the_heading(self, delimiter):
        text = csv_base(riga_base(importo="10.00")).replace(";", delimiter)

        assert rows(text)[0].importo == Importo(1000)

    def test_is_found_under_headings_in_any_dress(self):
        header = "esercizio;N. Provv;Data  Esec;Anagrafica Cliénte;descrizione_causale;Importo provvisorio"

        assert rows(csv_base(riga_base(), header=header))[0].numero_provvisorio == "64001"

    def test_may_have_line_ends_and_blank_lines_in_it(self):
        quoted = riga_base().replace(CAUSALE, '"/PUR/LGPE-RIVER\nSAMENTO/URI/2026-11-20PSP-1"')

        first, second = rows("\n" + csv_base(quoted, "", ";;;", riga_base()))

        assert read_causale(first.causale).id_flusso == "2026-11-20PSP-1"
        assert (first.riga, second.riga, second.posizione) == (3, 7, 2)

    def test_of_the_old_layout_is_read_by_position_with_and_without_headings(self):
        for header in ("anno;bolletta;contabile;chi;causale;importo;valuta", None):
            text = csv_base(riga_base(), header=header) if header else riga_base()

            giornale = opened(text)

            assert [riga.importo for riga in rows(text)] == [Importo(1000)]
            assert giornale.check().testate[0].formato is Formato.CSV_POSIZIONALE

    def test_with_text_after_its_quotes_refuses_the_file(self):
        with pytest.raises(CsvNonChiuso) as caught:
            opened(csv_base(riga_base(), riga_base().replace("BANCA", '"DITTA "ROSSI" SRL"'))).check()

        assert caught.value.riga == 3

    def test_with_a_negative_amount_is_a_storno(self):
        assert rows(csv_base(riga_base(importo="-10,00")))[0].is_storno

    def test_without_a_column_of_its_layout_refuses_the_file(self):
        for header, missing in (
            (BASE.replace("N.PROVV.", "X"), "N.PROVV."),
            ("annoBolletta;codBolletta;causale;dataBolletta", "importoCentesimi"),
            ("CONTO;DATA CONTABILE;DATA VALUTA;IMPORTO;DESCRIZIONE ESTESA", "SEGNO"),
        ):
            with pytest.raises(ColonnaMancante, match=missing):
                opened(csv_base(riga_base(), header=header)).check()


class TestAStatementRow:
    HEADER = "CONTO;DIVISA;DATA CONTABILE;DATA VALUTA;IMPORTO;SEGNO;RIF. BANCA;DESCRIZIONE ESTESA"
    POSTE = "IBAN;IT18Q0760103200000000123456\nData contabile;Data valuta;Causale;;;Addebiti;Accrediti;;Descrizione\n"

    @pytest.mark.parametrize(
        ("riga", "motivo"),
        [
            ("1;USD;20/11/2026;20/11/2026;1,00;+;;X", "USD"),
            ("1;EUR;20/11/2026;20/11/2026;1,00;?;;X", "segno"),
            ("1;EUR;20/11/2026;20/11/2026;-1,00;-;;X", "due volte"),
            ("1;EUR;20/11/2026;20/11/2026;1,00;+;;", "causale manca"),
        ],
    )
    def test_of_home_banking_that_cannot_be_read_is_told_with_the_reason(self, riga, motivo):
        (bad,) = rows(f"{self.HEADER}\n{riga}\n")

        assert motivo in bad.motivo

    def test_of_home_banking_has_the_reference_of_the_bank(self):
        (riga,) = rows(f"{self.HEADER}\n1;EUR;20/11/2026;;1,00;+;RIF9;X\n")

        assert (riga.sct, riga.data_valuta) == ("RIF9", date(2026, 11, 20))

    def test_of_poste_is_a_debit_or_a_credit(self):
        righe = rows(self.POSTE + "20/11/2026;;48;;;1,00;2,00;;X\n20/11/2026;;48;;;;;;X\n20/11/2026;;48;;;;2,00;;X\n")

        assert ["uno solo" in riga.motivo for riga in righe[:2]] == [True, True]
        assert righe[2].importo == Importo(200)

    def test_that_comes_twice_alike_is_two_movements(self):
        first, second = rows(self.POSTE + "20/11/2026;;48;;;;2,00;;X\n" * 2)

        assert first.chiave != second.chiave
