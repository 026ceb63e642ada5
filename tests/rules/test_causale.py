"""Reading a causale: what banks do to the texts of AT-05, and what may be believed of them."""

import codecs
import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione import causale as module
from chalicelib.riconciliazione.causale import (
    MAX_AFTER_MARK,
    MAX_TEXT,
    Riferimento,
    TipoRiferimento,
    is_riferimento_rf,
    normalize,
    read_causale,
)

F1 = "2026-11-20PSPTEST1-0000000001"
F2 = "2026-11-20PSPTEST1-0000000002"
RF = "RF78567483937849450550875"
T = TipoRiferimento


def _known(*flussi):
    return lambda candidate: [flusso for flusso in flussi if flusso.casefold() == candidate.casefold()]


class TestAGoldenCausale:
    def test_every_row_is_read_as_checked_by_eye(self, shared):
        path = shared / "formats" / "samples" / "causali.tsv"
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))

        wrong = []
        for row in rows:
            text = codecs.decode(row["causale"].encode("latin-1", "backslashreplace"), "unicode_escape")
            read = read_causale(text)
            expected = sorted(filter(None, row["candidati"].split("|")), key=len, reverse=True)
            if (read.tipo, read.valore or "", list(read.candidates), str(read.importo or "")) != (
                row["tipo"],
                row["valore"],
                expected,
                row["importo"],
            ):
                wrong.append((row["n"], row["descrizione"], read))

        assert len(rows) == 50
        assert wrong == []

    def test_every_example_of_the_at_05_grammar_is_read(self, shared):
        cases = json.loads((shared / "pagopa" / "examples" / "causali_riversamento.json").read_text("utf-8"))

        wrong = [case["caso"] for case in cases if not _is_as_expected(read_causale(case["causale"]), case["atteso"])]

        assert len(cases) == 25
        assert wrong == []


def _is_as_expected(read: Riferimento, expected) -> bool:
    if expected["tipo"] == "cumulativo":
        return read.tipo is T.FLUSSO and read.id_flusso == expected["idFlusso"]
    if expected["tipo"] == "singolo":
        importo = str(read.importo) if read.importo else None
        return read.tipo is T.IUV and (read.iuv, importo) == (expected["iuv"], expected["importo"])
    return read.tipo in (T.NESSUNO, T.ILLEGGIBILE)


class TestTheFlowOfACausale:
    @pytest.mark.parametrize(
        "text",
        [
            f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}",
            f"PUR LGPE-RIVERSAMENTO URI {F1}",
            f"/PUR/LGPE-RIVERSAMENTO Cumulativo same day pagamenti del 20261119/URI/{F1}",
            "/PUR/L GPE- RIVERSA\nMENTO/TXT/1/URI/2026-11- 20PSPTEST1-0000000001",
            "／PUR／LGPE－RIVERSAMENTO／URI／2026–11–20PSPTEST1–0000000001",
            f"/PUR/LGPE-RIVERSAMENTO/URI/\u200b{F1}",
            f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}. ORD BANCA",
            f"LGPE-RIVERSAMENTO SICURI 2/URI/{F1}",
        ],
    )
    def test_is_found_whatever_the_bank_did_to_the_text(self, text):
        assert (read_causale(text).tipo, read_causale(text).id_flusso) == (T.FLUSSO, F1)

    def test_wins_over_a_single_payment(self):
        assert read_causale(f"/RFB/01000000000010151/12.34 /PUR/LGPE-RIVERSAMENTO/URI/{F1}").id_flusso == F1

    def test_is_the_longest_one_that_the_ente_knows(self):
        text = "/PUR/LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-00000 00001"

        read = read_causale(text, known_flussi=_known(F1, "2026-11-20PSPTEST1-00000"))

        assert read == Riferimento(
            tipo=T.FLUSSO, candidates=(F1, "2026-11-20PSPTEST1-00000"), id_flusso=F1, conosciuto=True
        )

    def test_is_the_shortest_reading_when_the_ente_knows_none(self):
        read = read_causale(f"/PUR/LGPE-RIVERSAMENTO/URI/{F1} ORD BANCA", known_flussi=_known(F2))

        assert (read.id_flusso, read.conosciuto, read.candidates) == (F1, False, (f"{F1}ORD", F1))

    def test_is_taken_with_other_capitals_if_only_one_flow_differs_by_them(self):
        assert read_causale(f"/pur/lgpe-riversamento/uri/{F1.lower()}", known_flussi=_known(F1)).id_flusso == F1

    def test_is_taken_as_written_if_more_flows_differ_by_capitals(self):
        known = _known("2026-11-20psptest1-A", "2026-11-20PSPTEST1-A")

        assert read_causale("LGPE-RIVERSAMENTO/URI/2026-11-20psptest1-A", known_flussi=known).conosciuto
        assert not read_causale("LGPE-RIVERSAMENTO/URI/2026-11-20Psptest1-A", known_flussi=known).conosciuto

    def test_may_be_a_free_id_of_old(self):
        assert read_causale("LGPE-RIVERSAMENTO/URI/ID_LIBERO_77 ORD").id_flusso == "ID_LIBERO_77"

    def test_is_no_word_unless_the_ente_knows_it(self):
        assert read_causale("/PUR/LGPE-RIVERSAMENTO/URI/ABC").tipo is T.ILLEGGIBILE
        assert read_causale("/PUR/LGPE-RIVERSAMENTO/URI/ABC", known_flussi=_known("ABC")).id_flusso == "ABC"

    def test_is_ambiguous_when_there_are_two(self):
        read = read_causale(f"LGPE-RIVERSAMENTO/URI/{F1} LGPE-RIVERSAMENTO/URI/{F2}")

        assert (read.tipo, read.candidates, read.valore) == (T.AMBIGUO, (F1, F2), None)

    def test_is_one_when_the_same_is_written_whole_and_split(self):
        read = read_causale(f"LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-00000 00001/ LGPE-RIVERSAMENTO/URI/{F1}")

        assert (read.tipo, read.id_flusso) == (T.FLUSSO, F1)

    def test_cannot_be_read_where_the_mark_stands_alone(self):
        assert read_causale("/PUR/LGPE-RIVERSAMENTO/URI/").tipo is T.ILLEGGIBILE
        assert read_causale("/PUR/LGPE-RIVERSAMENTO").tipo is T.ILLEGGIBILE


class TestTheIuvOfACausale:
    @pytest.mark.parametrize(
        ("text", "iuv", "cents"),
        [
            ("/RFS/RF78 5674 8393 7849 4505 5087 5/45.56", RF, 4556),
            (f"RFS {RF} 45,56 TXT MENSA", RF, 4556),
            (f"/RFB/{RF.lower()}", RF, None),
            ("/RFB/0100 0000 0000 10151/12.34", "01000000000010151", 1234),
            ("/RFB/201800000001774/85,00 ORD: ROSSI", "201800000001774", 8500),
            ("/RFB/301000000000030165", "01000000000030165", None),
            ("/RFB/001000000000030165", "000000000030165", None),
            ("/RFB/ABC-2026_77/10.00", "ABC-2026_77", 1000),
            ("/RFB/01000000000010151/1.234,56", "01000000000010151", None),
        ],
    )
    def test_is_found_with_the_amount_beside_it(self, text, iuv, cents):
        read = read_causale(text)

        assert (read.tipo, read.iuv) == (T.IUV, iuv)
        assert read.importo == (Importo(cents) if cents else None)

    def test_is_ambiguous_when_there_are_two(self):
        read = read_causale("/RFB/01000000000010151/12.34 /RFB/01000000000010252/150.00")

        assert (read.tipo, read.candidates) == (T.AMBIGUO, ("01000000000010151", "01000000000010252"))

    def test_is_one_when_the_same_is_written_twice(self):
        assert read_causale("/RFB/01000000000010151 /RFB/01000000000010151").tipo is T.IUV

    @pytest.mark.parametrize("text", ["/RFB/", "/RFS/RF00 5674/45.56", "/RFB/ROSSI"])
    def test_cannot_be_read_where_nothing_legible_follows(self, text):
        assert read_causale(text).tipo is T.ILLEGGIBILE

    @pytest.mark.parametrize("text", ["SURFBOARD SRL SALDO FATTURA 12", "RFB SRL FATTURA 12", ""])
    def test_is_not_seen_in_a_name(self, text):
        assert read_causale(text) == Riferimento(tipo=T.NESSUNO)

    def test_needs_the_right_check_digits_of_iso_11649(self):
        assert is_riferimento_rf(RF)
        assert not is_riferimento_rf("RF00567483937849450550875")
        assert not is_riferimento_rf("RF78")


class TestAReferenceWithoutAMark:
    def test_is_weak(self):
        assert read_causale(f"BONIFICO {F1} BANCA") == Riferimento(tipo=T.DEBOLE, candidates=(F1,), id_flusso=F1)
        assert read_causale("TD 896 301000000000030165").iuv == "01000000000030165"

    def test_is_nothing_when_the_check_digits_are_wrong(self):
        assert read_causale("TD 896 301000000000030166").tipo is T.NESSUNO
        assert read_causale("BONIFICO 2026-13-20PSP-1").tipo is T.NESSUNO

    def test_is_ambiguous_when_there_are_two(self):
        assert read_causale(f"{F1} {F2}").tipo is T.AMBIGUO


class TestAHostileCausale:
    @pytest.mark.parametrize(
        "unit",
        ["LGPE-RIVERSAMENTO", "LGPE-RIVERSAMENTO URI ", "/RFB/", "/RFS/RF78 ", "2026-11-20A-", "/ ", "L ", "\ufdfa"],
    )
    def test_costs_no_more_than_its_first_4096_characters(self, unit, monkeypatch):
        looked_at = []
        real = module._flussi_after

        def counted(text, end, known):
            looked_at.append(end)
            return real(text, end, known)

        monkeypatch.setattr(module, "_flussi_after", counted)

        read_causale(unit * (80_000 // len(unit)))

        assert len(normalize(unit * 80_000)) <= MAX_TEXT
        # Each mark looks at a window of its own: the work is marks × window, and marks are at least 17 long.
        assert len(looked_at) <= MAX_TEXT // 17 + 1
        assert len(looked_at) * MAX_AFTER_MARK < 10 * MAX_TEXT

    @given(st.text(max_size=400))
    def test_is_always_answered(self, text):
        read = read_causale(text)

        assert (read.valore is not None) == (read.tipo in (T.FLUSSO, T.IUV, T.DEBOLE))

    @given(st.lists(st.sampled_from(["LGPE-RIVERSAMENTO", "/URI/", F1, "/RFB/", RF, " ", "\n", "3010", "-", "TXT/1/"])))
    def test_made_of_its_own_pieces_is_always_answered(self, pieces):
        read = read_causale("".join(pieces))

        assert (len(read.candidates) > 1) or read.tipo is not T.AMBIGUO
