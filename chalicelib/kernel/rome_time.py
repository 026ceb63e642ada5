"""The Italian day of an instant. Instants are UTC everywhere else."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ROMA = ZoneInfo("Europe/Rome")


def rome_day(instant: datetime) -> date:
    """Give the calendar day that a person in Italy reads at that instant."""
    return instant.astimezone(ROMA).date()


def is_decorsa(giorno: date | None, *, now: datetime) -> bool:
    """Tell whether a date (dataScadenza, dataValidita) has passed: the day itself is still good (GovPay 3.1 API 4.5)."""
    return giorno is not None and giorno < rome_day(now)


def start_of_day(giorno: date) -> datetime:
    """Give the instant at which that Italian day begins, in UTC."""
    return datetime.combine(giorno, time.min, tzinfo=ROMA).astimezone(UTC)


def end_of_day(giorno: date) -> datetime:
    """Give the last millisecond of that Italian day, in UTC."""
    return start_of_day(giorno + timedelta(days=1)) - timedelta(milliseconds=1)


def as_rome(instant: datetime) -> datetime:
    return instant.astimezone(ROMA)


def from_rome(local: datetime) -> datetime:
    """Read a date and time without zone, as pagoPA writes them, as Italian local time; give it in UTC."""
    return (local.replace(tzinfo=ROMA) if local.tzinfo is None else local).astimezone(UTC)
