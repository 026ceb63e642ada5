"""The numbers of notices: prefixes, blocks, the end of a series."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.refusals import Refusal
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze.iuv import Serie, draw, resolve_prefix
from tests.aws_calls import counted
from tests.builders_anagrafica import DOMINIO
from tests.clock import NOW


@pytest.fixture(autouse=True)
def _no_leases():
    numbers.forget()
    yield
    numbers.forget()


def a_serie(**other):
    return Serie(**{"id_dominio": DOMINIO, "aux": "3", "codice": "01", **other})


def prefix(template, *, aux="3", applicazione="7", tipo="42", now=NOW):
    return resolve_prefix(
        template, aux=aux, codifica_applicazione=applicazione, codifica_tipo=tipo, name="A, P", now=now
    )


class TestPrefix:
    @pytest.mark.parametrize(
        ("template", "digits"),
        [
            (None, ""),
            ("", ""),
            ("99", "99"),
            ("%(Y)", "2026"),
            ("%(y)", "26"),
            ("%(a)", "7"),
            ("%(t)", "42"),
            ("%(p)", "42"),
            ("1%(y)%(a)%(t)", "126742"),
        ],
    )
    def test_is_resolved(self, template, digits):
        assert prefix(template) == digits

    def test_takes_the_year_of_italy(self):
        assert prefix("%(Y)", now=datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "2027"

    def test_does_not_pad_a_year_of_one_digit(self):
        assert prefix("%(y)", now=datetime(2105, 6, 1, tzinfo=UTC)) == "5"

    @pytest.mark.parametrize(
        ("template", "other"),
        [
            ("%(a)", {"applicazione": None}),
            ("%(t)", {"tipo": None}),
            ("%(u)", {}),
            ("A1", {}),
            ("1234567890123", {}),
            ("1234567890123", {"aux": "0"}),
            ("%(a)", {"applicazione": "1" * 20}),
        ],
    )
    def test_that_is_no_number_or_too_long_is_ver_028(self, template, other):
        with pytest.raises(Refusal) as refusal:
            prefix(template, **other)

        assert refusal.value.codice == "VER_028"
        assert template in refusal.value.dettaglio

    def test_of_aux_1_may_be_longer(self):
        assert prefix("1234567890123", aux="1") == "1234567890123"


class TestDraw:
    def test_goes_up_one_by_one(self, aws):
        drawn = [draw(a_serie(), now=NOW).numero[:16] for _ in range(3)]

        assert drawn == ["3010000000000001", "3010000000000002", "3010000000000003"]

    def test_begins_with_the_prefix(self, aws):
        assert draw(a_serie(prefisso="26"), now=NOW).numero.startswith("30126")

    def test_leases_bigger_blocks_under_load(self, aws):
        with counted() as calls:
            for _ in range(500):
                draw(a_serie(), now=NOW)

        # 10 + 20 + 40 + 80 + 100 + 100 + 100 + 100
        assert calls == ["UpdateItem"] * 8

    def test_leases_small_blocks_when_there_is_no_load(self, aws):
        later = NOW
        with counted() as calls:
            for _ in range(30):
                later += timedelta(minutes=2)
                draw(a_serie(), now=later)

        assert calls == ["UpdateItem"] * 3

    def test_leases_one_by_one_where_few_digits_are_left(self, aws):
        serie = a_serie(prefisso="1" * 9)
        with counted() as calls:
            for _ in range(3):
                draw(serie, now=NOW)

        assert calls == ["UpdateItem"] * 3

    def test_ends_with_the_last_number_and_says_so(self, aws):
        serie = a_serie(prefisso="1" * 12)

        drawn = [draw(serie, now=NOW).numero[15] for _ in range(9)]

        assert drawn == list("123456789")
        for _ in range(2):
            with pytest.raises(Refusal) as refusal:
                draw(serie, now=NOW)
            assert refusal.value.codice == "VER_028"
            assert "esaurita" in refusal.value.dettaglio

    def test_leaves_out_what_is_asked(self, aws):
        draw(a_serie(), now=NOW)

        assert draw(a_serie(), now=NOW, ahead=1000).numero[:16] > "3010000000001000"

    def test_never_gives_a_number_twice_to_threads_nor_to_processes(self, aws):
        def one(n):
            if n % 50 == 0:
                numbers.forget()  # as a process that dies, and one that begins
            return draw(a_serie(), now=NOW).numero

        with ThreadPoolExecutor(8) as pool:
            drawn = list(pool.map(one, range(400)))

        assert len(set(drawn)) == 400
