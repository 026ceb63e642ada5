"""Bodies at the end of what can be: nesting, dates, texts. Refused by name, and never stored to fail at the next read."""

from typing import Literal

import pytest

from chalicelib.kernel.refusals import Sintassi
from chalicelib.rest import json_text
from chalicelib.rest.schema import Body, DateField, parse_body


class TestNesting:
    @pytest.mark.parametrize("bracket", ["[]", "{}"])
    def test_as_deep_as_it_may_be_is_read_and_written(self, bracket):
        text = nested(bracket, json_text.MAX_DEPTH)

        assert json_text.write(json_text.read(text.encode())) == text

    @pytest.mark.parametrize("depth", [json_text.MAX_DEPTH + 1, 500, 900, 100_000])
    @pytest.mark.parametrize("bracket", ["[]", "{}"])
    def test_deeper_is_refused(self, bracket, depth):
        with pytest.raises(Sintassi, match="annidamenti"):
            json_text.read(nested(bracket, depth).encode())

    def test_is_not_a_matter_of_how_many_there_are(self):
        assert len(json_text.read(b"[" + b"[],{}," * 1000 + b"1]")) == 2001


def nested(bracket, depth):
    first, last = bracket
    inner = '{"a":' if first == "{" else "["
    return inner * (depth - 1) + bracket + last * (depth - 1)


class Giorno(Body):
    giorno: DateField


class TestADay:
    @pytest.mark.parametrize(
        "text", ["2026-12-01", "2026-12-01T10:00:00", "2026-12-01T10:00:00.000+0100", "2026-12-01Z"]
    )
    def test_may_have_a_time_behind_it(self, text):
        assert parse_body(Giorno, {"giorno": text}).giorno.isoformat() == "2026-12-01"

    @pytest.mark.parametrize("text", ["2026-12-01junk", "2026-12-011", "2026-W01-1", "20261201", "2026-13-01", ""])
    def test_is_nothing_else(self, text):
        with pytest.raises(Sintassi, match="aaaa-mm-gg"):
            parse_body(Giorno, {"giorno": text})


class Scelta(Body):
    scelta: Literal["A", "B", "C"]


class TestAChoice:
    def test_is_told_in_italian(self):
        with pytest.raises(Sintassi, match=r"scelta: deve essere uno fra 'A', 'B', 'C'$"):
            parse_body(Scelta, {"scelta": "D"})
