from datetime import UTC, date, datetime

from chalicelib.kernel import rome_time


class TestIsDecorsa:
    def test_leaves_the_due_day_itself_payable(self):
        last_second_in_rome = datetime(2026, 11, 30, 22, 59, 59, tzinfo=UTC)

        assert not rome_time.is_decorsa(date(2026, 11, 30), now=last_second_in_rome)

    def test_ends_at_midnight_in_rome_not_in_greenwich(self):
        assert rome_time.is_decorsa(date(2026, 11, 30), now=datetime(2026, 11, 30, 23, 0, tzinfo=UTC))
        assert rome_time.is_decorsa(date(2026, 7, 31), now=datetime(2026, 7, 31, 22, 0, tzinfo=UTC))

    def test_never_comes_without_a_date(self):
        assert not rome_time.is_decorsa(None, now=datetime(2999, 1, 1, tzinfo=UTC))


class TestDays:
    def test_begin_and_end_in_italian_time(self):
        assert rome_time.start_of_day(date(2026, 11, 24)) == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
        assert rome_time.end_of_day(date(2026, 7, 1)) == datetime(2026, 7, 1, 21, 59, 59, 999000, tzinfo=UTC)

    def test_have_23_hours_when_summer_time_begins(self):
        day = date(2026, 3, 29)

        length = rome_time.end_of_day(day) - rome_time.start_of_day(day)

        assert round(length.total_seconds()) == 23 * 3600

    def test_reads_local_times_without_zone_as_italian(self):
        assert rome_time.from_rome(datetime(2026, 11, 24, 10, 30)) == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # noqa: DTZ001
