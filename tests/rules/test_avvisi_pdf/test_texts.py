"""The fixed texts: the guide's, word for word, and fonts that can print them."""

import csv
from pathlib import Path

import pytest

from chalicelib.avvisi import testi
from chalicelib.avvisi.disegno.fonts import BOLD, REGULAR, printable
from chalicelib.avvisi.testi import LINGUE_SECONDARIE, TESTI, en, it, secondo

GUIDE = Path(__file__).parents[4] / "shared/formats/avviso/stringhe.tsv"


@pytest.mark.skipif(
    not GUIDE.exists(), reason="the texts of the guide (formats/avviso/stringhe.tsv) are not beside the project"
)
class TestOfficialTexts:
    @pytest.mark.parametrize("lingua", TESTI)
    def test_are_the_guides_word_for_word(self, lingua):
        with GUIDE.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

        different = [row["chiave"] for row in rows if TESTI[lingua].get(row["chiave"], "") != row[lingua]]

        assert different == []


class TestTexts:
    def test_say_nothing_in_a_language_that_has_no_such_text(self):
        assert secondo("de", "dove.io.titolo") == ""
        assert secondo(None, "dati.titolo") == ""

    def test_are_filled_in(self):
        assert testi.testo("dati.rata_numero", numero=3) == "Rata 3"
        assert secondo("sl", "dati.rata_numero", numero=3) == "Obrok št. 3"

    def test_of_ours_do_not_take_the_place_of_official_ones(self):
        assert not it.OFFICIAL.keys() & it.OWN.keys()
        assert not en.OFFICIAL.keys() & en.OWN.keys()

    @pytest.mark.parametrize("lingua", ["it", *LINGUE_SECONDARIE])
    @pytest.mark.parametrize("font", [REGULAR, BOLD])
    def test_can_be_printed_as_they_are(self, lingua, font):
        assert all(printable(value, font) == value for value in TESTI[lingua].values())
