import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Sintassi
from chalicelib.rest import json_text


class TestWrite:
    def test_writes_amounts_as_exact_numbers(self):
        assert json_text.write({"importo": Importo(10), "quota": Decimal("1.10")}) == '{"importo":0.10,"quota":1.10}'

    def test_writes_days_and_instants_as_the_contract_does(self):
        value = [date(2026, 11, 24), datetime(2020, 1, 31, 9, 11, 12, tzinfo=UTC)]

        assert json_text.write(value) == '["2026-11-24","2020-01-31T10:11:12.000+0100"]'

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_writes_what_any_reader_reads_back(self, value):
        assert json.loads(json_text.write(value)) == value

    def test_has_no_form_for_a_float(self):
        with pytest.raises(TypeError):
            json_text.write({"importo": 1.5})


class TestRead:
    def test_keeps_decimals_exact(self):
        assert json_text.read(b'{"importo": 0.10}') == {"importo": Decimal("0.10")}

    def test_reads_characters_beyond_the_first_plane(self):
        assert json_text.read(rb'{"a": "\ud83d\ude00"}') == {"a": "\U0001f600"}

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b'{"a": NaN}',
            b"\xff\xfe",
            b"[" * 100_000,
            b"1" * 10_000,
            b'{"a": Infinity}',
            b"{'a': 1}",
            b'{"a": ["\\ud800"]}',
            b'{"\\uDFFF": 1}',
        ],
    )
    def test_refuses_what_is_no_json_by_name(self, body):
        with pytest.raises(Sintassi, match="corpo"):
            json_text.read(body)
