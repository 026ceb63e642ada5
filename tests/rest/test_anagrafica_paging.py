"""Lists and the dates of their filters, as every API gives and takes them."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import ANONIMO
from chalicelib.rest import paging
from chalicelib.rest.operation import Api, Call
from tests.clock import NOW

PATH = "/govpay/backend/api/backoffice/rs/basic/v1/domini"


def a_call(**query: str) -> Call:
    return Call(
        api=Api.BACKOFFICE,
        auth="basic",
        utenza=ANONIMO,
        id_transazione="t",
        now=NOW,
        path=PATH,
        query={key: [value] for key, value in query.items()},
        headers={},
        raw_body=b"",
    )


def pages(items: list[int], **query: str) -> dict[str, Any]:
    return paging.page_of(a_call(**query), items, lambda n: {"n": n, "doppio": n * 2})


class TestPageOf:
    def test_gives_twenty_five_items_and_where_the_next_are(self):
        body = pages(list(range(60)))

        assert body["numRisultati"] == 60
        assert body["numPagine"] == 3
        assert body["risultatiPerPagina"] == 25
        assert body["pagina"] == 1
        assert body["maxRisultati"] == 10_000
        assert body["prossimiRisultati"] == "/domini?pagina=2&risultatiPerPagina=25"
        assert [item["n"] for item in body["risultati"]] == list(range(25))

    def test_keeps_the_filters_in_the_next_page_and_replaces_the_page(self):
        body = pages(list(range(60)), pagina="2", risPerPagina="10", ragioneSociale="così & così")

        assert body["prossimiRisultati"] == (
            "/domini?ragioneSociale=cos%C3%AC%20%26%20cos%C3%AC&pagina=3&risultatiPerPagina=10"
        )
        assert [item["n"] for item in body["risultati"]] == list(range(10, 20))

    def test_has_no_next_after_the_last_page(self):
        assert "prossimiRisultati" not in pages(list(range(50)), pagina="2")

    def test_counts_one_page_of_nothing(self):
        body = pages([])

        assert (body["numRisultati"], body["numPagine"], body["risultati"]) == (0, 1, [])

    def test_leaves_out_the_counts_that_are_not_wanted(self):
        body = pages([1], metadatiPaginazione="false", maxRisultati="false")

        assert set(body) == {"risultatiPerPagina", "pagina", "risultati"}

    def test_keeps_only_the_fields_asked_for(self):
        assert pages([1], campi="doppio, altro")["risultati"] == [{"doppio": 2}]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("pagina", "0"), ("pagina", "uno"), ("risultatiPerPagina", "201"), ("metadatiPaginazione", "forse")],
    )
    def test_refuses_a_page_that_cannot_be_with_100001(self, name, value):
        with pytest.raises(ParametroNonValido, match=f"100001: {name}"):
            pages([1], **{name: value})

    @given(total=st.integers(0, 400), size=st.integers(1, 200))
    def test_walking_to_the_end_meets_each_item_once(self, total, size):
        met: list[int] = []
        pagina: str | None = "1"
        while pagina:
            body = pages(list(range(total)), pagina=pagina, risultatiPerPagina=str(size))
            met += [item["n"] for item in body["risultati"]]
            pagina = str(body["pagina"] + 1) if "prossimiRisultati" in body else None

        assert met == list(range(total))


class TestEnvelope:
    def test_carries_the_cursor_of_a_list_that_has_one(self):
        call = a_call(cursore="vecchio", stato="ESEGUITA")
        request = paging.page_request(call)

        body = paging.envelope(call, request, [{"n": 1}], has_next=True, cursor="nuovo", total=None)

        assert request.cursor == "vecchio"
        assert body["prossimiRisultati"] == "/domini?stato=ESEGUITA&pagina=2&risultatiPerPagina=25&cursore=nuovo"
        assert "numRisultati" not in body


class TestSortedAsAsked:
    KEYS: ClassVar = {"n": lambda x: x[0], "m": lambda x: x[1]}

    def test_sorts_by_several_fields_each_its_way(self):
        call = a_call(ordinamento="-n,m")

        assert paging.sorted_as_asked(call, [(1, 2), (2, 2), (2, 1)], self.KEYS, default="+m") == [
            (2, 1),
            (2, 2),
            (1, 2),
        ]

    def test_reads_a_plus_that_came_as_a_blank(self):
        assert paging.sorted_as_asked(a_call(ordinamento=" n"), [(2, 0), (1, 0)], self.KEYS, default="m")[0] == (1, 0)

    def test_refuses_a_field_it_does_not_know_with_100001(self):
        with pytest.raises(ParametroNonValido, match="100001: ordinamento: 'password'"):
            paging.sorted_as_asked(a_call(ordinamento="-password"), [], self.KEYS, default="n")


class TestInList:
    def test_takes_what_is_among_the_values(self):
        assert paging.in_list(a_call(tipo="dovuto"), "tipo", ["dovuto", "spontaneo"]) == "dovuto"
        assert paging.in_list(a_call(), "tipo", ["dovuto"]) is None

    def test_refuses_the_rest_with_100001(self):
        with pytest.raises(ParametroNonValido, match="100001: tipo: indicare uno fra dovuto"):
            paging.in_list(a_call(tipo="altro"), "tipo", ["dovuto"])


class TestParseData:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2026", datetime(2025, 12, 31, 23, tzinfo=UTC)),
            ("2026-11-24", datetime(2026, 11, 23, 23, tzinfo=UTC)),
            ("2026-11-24+01:00", datetime(2026, 11, 23, 23, tzinfo=UTC)),
            ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
            ("2026-11-24T10:30", datetime(2026, 11, 24, 9, 30, tzinfo=UTC)),
            ("2026-11-24T10:30:01", datetime(2026, 11, 24, 9, 30, 1, tzinfo=UTC)),
            ("2026-11-24T10:30:01.250", datetime(2026, 11, 24, 9, 30, 1, 250_000, tzinfo=UTC)),
            ("2026-11-24T10:30:01.250+0100", datetime(2026, 11, 24, 9, 30, 1, 250_000, tzinfo=UTC)),
            ("2026-11-24T10:30:01.250 01:00", datetime(2026, 11, 24, 9, 30, 1, 250_000, tzinfo=UTC)),
            ("2026-11-24T10:30:01Z", datetime(2026, 11, 24, 10, 30, 1, tzinfo=UTC)),
            ("24112026103001250", datetime(2026, 11, 24, 9, 30, 1, 250_000, tzinfo=UTC)),
        ],
    )
    def test_reads_every_form_that_govpay_reads(self, text, expected):
        assert paging.parse_data(text, end_of_day=False) == expected

    def test_ends_a_day_or_a_year_with_its_last_millisecond(self):
        assert paging.parse_data("2026-11-24", end_of_day=True) == datetime(2026, 11, 24, 22, 59, 59, 999_000, UTC)
        assert paging.parse_data("2026", end_of_day=True) == datetime(2026, 12, 31, 22, 59, 59, 999_000, UTC)

    def test_leaves_an_hour_as_it_is(self):
        assert paging.parse_data("2026-11-24T10:30", end_of_day=True) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    @pytest.mark.parametrize("text", ["ieri", "24/11/2026", "2026-13-01", "2026-W48-1", "20261124", "9" * 17])
    def test_refuses_anything_else_with_100001(self, text):
        with pytest.raises(ParametroNonValido, match="100001: dataDa"):
            paging.parse_data(text, end_of_day=False, name="dataDa")

    def test_reads_a_parameter_that_is_there(self):
        assert paging.instant(a_call(dataDa="2026-11-24"), "dataDa") == datetime(2026, 11, 23, 23, tzinfo=UTC)
        assert paging.instant(a_call(), "dataDa") is None

    @pytest.mark.parametrize(("name", "data", "year"), [("dataA", "0001-01-01", 1900), ("dataDa", "9999-12-31", 2999)])
    def test_takes_the_ends_of_the_calendar_for_days_that_can_be_counted_from(self, name, data, year):
        found = paging.instant(a_call(**{name: data}), name, end_of_day=name == "dataA")

        assert found is not None
        assert found.year == year

    @given(st.text(max_size=30))
    def test_never_fails_otherwise(self, text):
        try:
            paging.parse_data(text, end_of_day=True)
        except ParametroNonValido:
            return
