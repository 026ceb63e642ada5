"""Working days in Italy: what banks and PSPs count by."""

from datetime import date, timedelta

_SATURDAY = 5
# Month and day. San Francesco is a holiday again since 2026 (law 151/2025).
_FESTIVI = frozenset({(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (10, 4), (11, 1), (12, 8), (12, 25), (12, 26)})


def after_working_days(giorno: date, count: int) -> date:
    """Give the day that is so many working days after another."""
    while count > 0:
        giorno += timedelta(days=1)
        count -= is_lavorativo(giorno)
    return giorno


def is_lavorativo(giorno: date) -> bool:
    lunedi_dell_angelo = pasqua(giorno.year) + timedelta(days=1)
    return giorno.weekday() < _SATURDAY and (giorno.month, giorno.day) not in _FESTIVI and giorno != lunedi_dell_angelo


def pasqua(anno: int) -> date:
    """Give Easter Sunday (Gauss, as corrected by Meeus, for the Gregorian calendar)."""
    a, (b, c) = anno % 19, divmod(anno, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    l = (32 + 2 * e + 2 * i - h - k) % 7  # noqa: E741 - as in the formula
    m = (a + 11 * h + 22 * l) // 451
    month, day = divmod(h + l - 7 * m + 114, 31)
    return date(anno, month, day + 1)
