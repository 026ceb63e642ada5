import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.importo import ZERO, Importo


class TestParse:
    @pytest.mark.parametrize(
        ("text", "cents"), [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.01", 1), ("-3.10", -310), ("4.35", 435)]
    )
    def test_reads_whole_cents(self, text, cents):
        assert Importo.parse(text).cents == cents

    @pytest.mark.parametrize(
        "text", ["", ".5", "1.", "1.234", "1,50", "1e3", "NaN", "€1", " 1", "1 ", "٣", "12345678901234", "--1", "0x1"]
    )
    def test_refuses_what_is_no_amount(self, text):
        with pytest.raises(ValueError, match="importo non valido"):
            Importo.parse(text)

    @given(st.integers(min_value=-(10**14), max_value=10**14))
    def test_reads_back_what_it_writes(self, cents):
        assert Importo.parse(str(Importo(cents))) == Importo(cents)


class TestWriting:
    @pytest.mark.parametrize(
        ("cents", "wire", "italian"),
        [(123456789, "1234567.89", "1.234.567,89"), (5, "0.05", "0,05"), (-150, "-1.50", "-1,50"), (0, "0.00", "0,00")],
    )
    def test_has_two_forms(self, cents, wire, italian):
        assert (str(Importo(cents)), Importo(cents).italian()) == (wire, italian)


class TestArithmetic:
    def test_adds_and_takes_away_cents(self):
        assert Importo(10) + Importo(20) - Importo(5) == Importo(25)

    def test_totals_nothing_as_zero(self):
        assert Importo.total([]) == ZERO
        assert not ZERO

    def test_does_not_mix_with_numbers(self):
        with pytest.raises(AttributeError):
            Importo(10) + 20  # type: ignore[operator]
