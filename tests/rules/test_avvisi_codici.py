"""The codes of an avviso as text, against pagoPA's rules and against the values worked out from them."""

import csv
from pathlib import Path
from typing import Any

import pytest

from chalicelib.avvisi.codici import (
    CodiceNonStampabile,
    ascii_text,
    barcode_gs1,
    datamatrix_text,
    nav_a_gruppi,
    qr_text,
)
from chalicelib.kernel.importo import Importo

GOLDEN = Path(__file__).parents[3] / "shared/formats/avviso/codici.tsv"
NAV = "301000000000012373"
CF_ENTE = "99999000013"


def golden_rows():
    if not GOLDEN.exists():
        return []
    with GOLDEN.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def a_datamatrix(**changes):
    values: dict[str, Any] = {
        "numero_avviso": NAV,
        "id_dominio": CF_ENTE,
        "conto_postale": "000000123456",
        "importo": Importo(12345),
        "codice_fiscale": "RSSMRA80A01H501U",
        "nome": "Rossi Mario",
        "causale": "TARI 2026 - utenza 00012345",
    }
    return datamatrix_text(**(values | changes))


@pytest.mark.skipif(
    not GOLDEN.exists(), reason="the golden codes (formats/avviso/codici.tsv) are not beside the project"
)
class TestGoldenCodes:
    @pytest.mark.parametrize("row", golden_rows(), ids=lambda row: row["caso"])
    def test_qr_is_as_worked_out(self, row):
        text = qr_text(numero_avviso=row["nav"], id_dominio=row["cf_ente"], importo=Importo(int(row["centesimi"])))

        assert text == row["qr"]

    @pytest.mark.parametrize("row", golden_rows(), ids=lambda row: row["caso"])
    def test_datamatrix_is_as_worked_out(self, row):
        text = datamatrix_text(
            numero_avviso=row["nav"],
            id_dominio=row["cf_ente"],
            conto_postale=row["conto"],
            importo=Importo(int(row["centesimi"])),
            codice_fiscale=row["cf_debitore"],
            nome=row["nome"],
            causale=row["causale"],
        )

        # The official specimen is not in upper case; readers do not mind.
        assert text.casefold() == row["datamatrix"].casefold()


class TestQrText:
    def test_carries_notice_ente_and_cents(self):
        text = qr_text(numero_avviso=NAV, id_dominio=CF_ENTE, importo=Importo(12345))

        assert text == "PAGOPA|002|301000000000012373|99999000013|12345"

    def test_pads_one_cent_to_two_digits(self):
        assert qr_text(numero_avviso=NAV, id_dominio=CF_ENTE, importo=Importo(1)).endswith("|01")

    @pytest.mark.parametrize("importo", ["4.35", "1.13", "0.29", "999999999.99"])
    def test_loses_no_cent(self, importo):
        text = qr_text(numero_avviso=NAV, id_dominio=CF_ENTE, importo=Importo.parse(importo))

        assert text.rpartition("|")[2] == importo.replace(".", "").lstrip("0")

    @pytest.mark.parametrize(
        "changes",
        [
            {"numero_avviso": "30100000000001237"},
            {"numero_avviso": "30100000000001237A"},
            {"id_dominio": "9999900001"},
            {"id_dominio": "９９９９９０００013"},
            {"importo": Importo(0)},
            {"importo": Importo(-1)},
            {"importo": Importo(10**11)},
        ],
    )
    def test_refuses_what_does_not_fit(self, changes):
        with pytest.raises(CodiceNonStampabile):
            qr_text(**({"numero_avviso": NAV, "id_dominio": CF_ENTE, "importo": Importo(100)} | changes))


class TestDatamatrixText:
    def test_is_the_worked_example(self):
        expected = (
            "codfase=NBPA;183010000000000123731200000012345610000001234538961P199999000013RSSMRA80A01H501UROSSI MARIO"
            + " " * 29
            + "TARI 2026 - UTENZA 00012345"
            + " " * 95
            + "A"
        )

        assert a_datamatrix() == expected

    def test_has_256_characters_even_with_the_longest_texts(self):
        text = a_datamatrix(nome="N" * 200, causale="C" * 500)

        assert len(text) == 256
        assert text[93:133] == "N" * 40
        assert text[133:243] == "C" * 110
        assert text[243:] == " " * 12 + "A"

    def test_says_anonimo_for_a_debtor_without_codice_fiscale(self):
        assert a_datamatrix(codice_fiscale="")[77:93] == "ANONIMO         "

    def test_pads_a_short_account(self):
        assert a_datamatrix(conto_postale="1")[35:47] == "000000000001"

    def test_spells_accents_and_ligatures_in_ascii(self):
        assert a_datamatrix(nome="Œuvre D’Àvila – Groß €")[93:133].rstrip() == "OEUVRE D'AVILA - GROSS EUR"

    def test_makes_controls_spaces(self):
        assert a_datamatrix(nome="A\nB\x00C\tD")[93:100] == "A B C D"

    @pytest.mark.parametrize(
        "changes", [{"conto_postale": "1234567890123"}, {"conto_postale": "12A"}, {"importo": Importo(10**10)}]
    )
    def test_refuses_what_does_not_fit(self, changes):
        with pytest.raises(CodiceNonStampabile):
            a_datamatrix(**changes)


class TestBarcodeGs1:
    def test_joins_gln_notice_and_cents(self):
        text = barcode_gs1(gln="1234567890123", numero_avviso=NAV, importo=Importo(12345))

        assert text == "4151234567890123" + "8020301000000000012373" + "390212345"

    def test_refuses_a_gln_that_has_not_13_digits(self):
        with pytest.raises(CodiceNonStampabile, match="GLN"):
            barcode_gs1(gln="123", numero_avviso=NAV, importo=Importo(1))


class TestNavAGruppi:
    def test_groups_as_the_guide_prints_it(self):
        assert nav_a_gruppi(NAV) == "3010 0000 0000 0123 73"


class TestAsciiText:
    def test_leaves_nothing_outside_ascii(self):
        assert ascii_text("Łódź Ørsted Ñ 東京 “x” ½").isascii()
