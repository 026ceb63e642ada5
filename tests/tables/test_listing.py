"""Lists over an index: pages, cursors, merged partitions, bounds on the work of one request."""

from datetime import timedelta

import pytest

from chalicelib.aws import listing
from chalicelib.aws.listing import Listing, Range, count, read_page
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.pendenze import repository
from chalicelib.pendenze.tables import PendenzaItem
from tests.aws_calls import counted
from tests.builders import CARICATA, a_pendenza
from tests.builders_anagrafica import A2A_ALTRA, A2A_COMUNE, DOMINIO

QUEST_ANNO, ANNO_SCORSO = f"{DOMINIO}#2026", f"{DOMINIO}#2025"


@pytest.fixture(autouse=True)
def _tables(aws):
    return aws


def save(n, *, days=0, **other):
    caricata = CARICATA + timedelta(days=days, minutes=n)
    repository.save(
        None, a_pendenza(**{"id_pendenza": f"P-{n:03d}", "iuv": f"{n:017d}", "caricata": caricata, **other})
    )


def by_dominio(**other):
    return Listing(**{"index": PendenzaItem.per_dominio, "partitions": [QUEST_ANNO, ANNO_SCORSO], **other})


def ids(items):
    return [item.pk.partition("#")[2] for item in items]


def walk(asked, size):
    """Give all the ids, page by page, by cursor."""
    found, cursor, pages = [], None, 0
    while True:
        page = read_page(asked, size=size, cursor=cursor)
        found += ids(page.items)
        pages += 1
        assert pages < 200
        if page.cursor is None:
            return found
        cursor = page.cursor


class TestPage:
    def test_is_found_by_its_number(self):
        for n in range(7):
            save(n)

        assert ids(read_page(by_dominio(), size=3).items) == ["P-006", "P-005", "P-004"]
        assert ids(read_page(by_dominio(), size=3, page=2).items) == ["P-003", "P-002", "P-001"]
        last = read_page(by_dominio(), size=3, page=3)
        assert (ids(last.items), last.cursor) == (["P-000"], None)
        assert read_page(by_dominio(), size=3, page=4).items == ()

    def test_that_is_just_full_is_the_last(self):
        for n in range(3):
            save(n)

        assert read_page(by_dominio(), size=3).cursor is None

    @pytest.mark.parametrize("forward", [False, True])
    @pytest.mark.parametrize("size", [1, 2, 5, 100])
    def test_by_cursor_gives_each_item_once_in_order(self, size, forward):
        for n in range(5):
            save(n)
            save(n + 10, days=-365)
        expected = [f"P-{n:03d}" for n in (*range(10, 15), *range(5))]
        years = [ANNO_SCORSO, QUEST_ANNO] if forward else [QUEST_ANNO, ANNO_SCORSO]

        found = walk(by_dominio(partitions=years, forward=forward), size)

        assert found == (expected if forward else expected[::-1])

    def test_takes_one_call_however_far_the_cursor_is(self):
        for n in range(30):
            save(n)
        cursor = None
        for _ in range(4):
            cursor = read_page(by_dominio(), size=5, cursor=cursor).cursor

        with counted() as calls:
            read_page(by_dominio(), size=5, cursor=cursor)

        assert calls == ["Query"]

    def test_keeps_to_the_bounds(self):
        for n in range(5):
            save(n)
        bounds = Range(
            da=repository.caricata_key(CARICATA + timedelta(minutes=1)).removesuffix("#"),
            a=repository.caricata_key(CARICATA + timedelta(minutes=3)) + "\U0010ffff",
        )

        assert walk(by_dominio(bounds=bounds), 2) == ["P-003", "P-002", "P-001"]
        assert count(by_dominio(bounds=bounds)) == 3

    def test_leaves_out_what_does_not_match(self):
        for n in range(20):
            save(n, id_tipo_pendenza="TARI" if n % 5 == 0 else "MULTA")
        asked = by_dominio(matching=PendenzaItem.id_tipo_pendenza == "TARI")

        assert walk(asked, 2) == ["P-015", "P-010", "P-005", "P-000"]
        assert count(asked) == 4

    def test_beyond_the_bound_is_refused_and_the_cursor_named(self):
        with pytest.raises(ParametroNonValido, match="prossimiRisultati"):
            read_page(by_dominio(), size=200, page=100)

    @pytest.mark.parametrize("cursor", ["x", "e30", "bnVsbA", "WzFd", "é", "eyJwIjoiYWx0cmEiLCJrIjpudWxsfQ"])
    def test_of_a_cursor_that_is_not_ours_is_refused(self, cursor):
        with pytest.raises(ParametroNonValido, match="cursore"):
            read_page(by_dominio(), size=1, cursor=cursor)

    def test_of_a_cursor_of_somebody_elses_partition_is_refused(self):
        save(1)
        save(2)
        cursor = read_page(by_dominio(), size=1).cursor

        with pytest.raises(ParametroNonValido):
            read_page(by_dominio(partitions=["99999999999#2026"]), size=1, cursor=cursor)

    def test_of_a_cursor_outside_the_bounds_is_refused(self):
        save(1)
        save(2)
        cursor = read_page(by_dominio(), size=1).cursor

        with pytest.raises(ParametroNonValido):
            read_page(by_dominio(bounds=Range(a="2026-11-01")), size=1, cursor=cursor)


class TestMerged:
    """Several owners read as one: an operatore of many applicazioni."""

    @pytest.fixture(autouse=True)
    def _items(self):
        for n in range(9):
            save(n, id_a2a=A2A_COMUNE if n % 3 else A2A_ALTRA)
            save(n + 10, days=-365, id_a2a=A2A_COMUNE if n % 2 else A2A_ALTRA)

    def asked(self, *, forward=False):
        years = ["2025", "2026"] if forward else ["2026", "2025"]
        tiers = [(f"{A2A_ALTRA}#{year}", f"{A2A_COMUNE}#{year}") for year in years]
        return Listing(index=PendenzaItem.per_applicazione, partitions=tiers, forward=forward)

    @pytest.mark.parametrize("forward", [False, True])
    @pytest.mark.parametrize("size", [1, 2, 5, 100])
    def test_gives_each_item_once_in_order(self, size, forward):
        expected = [f"P-{n:03d}" for n in (*range(10, 19), *range(9))]

        found = walk(self.asked(forward=forward), size)

        assert found == (expected if forward else expected[::-1])

    def test_is_counted_whole(self):
        assert count(self.asked()) == 18


class TestBudget:
    def test_ends_a_page_early_and_the_cursor_goes_on(self, monkeypatch):
        monkeypatch.setattr(listing, "MAX_QUERIES", 2)
        monkeypatch.setattr(listing, "_QUERY_FILTERED", 3)
        for n in range(20):
            save(n, id_tipo_pendenza="TARI" if n == 0 else "MULTA")
        asked = by_dominio(matching=PendenzaItem.id_tipo_pendenza == "TARI")

        with counted() as calls:
            first = read_page(asked, size=2)

        assert (first.items, len(calls)) == ((), 2)
        assert first.cursor is not None
        assert walk(asked, 2) == ["P-000"]

    def test_ends_a_count_too(self, monkeypatch):
        monkeypatch.setattr(listing, "MAX_EVALUATED", 6)
        for n in range(20):
            save(n, id_tipo_pendenza="MULTA" if n % 2 else "TARI")

        with counted() as calls:
            assert count(by_dominio()) == 6
            assert count(by_dominio(matching=PendenzaItem.id_tipo_pendenza == "TARI")) == 3
        assert calls == ["Query", "Query"]

    def test_a_count_stops_at_its_cap(self, monkeypatch):
        monkeypatch.setattr(listing, "MAX_COUNT", 5)
        for n in range(8):
            save(n)

        assert count(by_dominio()) == 5

    def test_merged_partitions_that_give_nothing_are_refused_with_advice(self, monkeypatch):
        monkeypatch.setattr(listing, "MAX_QUERIES", 2)
        monkeypatch.setattr(listing, "_QUERY_FILTERED", 3)
        for n in range(20):
            save(n)
        asked = Listing(
            index=PendenzaItem.per_applicazione,
            partitions=[(f"{A2A_COMUNE}#2026", f"{A2A_ALTRA}#2026")],
            matching=PendenzaItem.id_tipo_pendenza == "ALTRO",
        )

        with pytest.raises(ParametroNonValido, match="restringere"):
            read_page(asked, size=2)
