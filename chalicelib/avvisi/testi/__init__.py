"""The fixed texts of the avviso, in Italian and in the four languages of the guide."""

from collections.abc import Mapping

from . import de, en, fr, it, sl

LINGUE_SECONDARIE = ("de", "en", "fr", "sl")

TESTI: Mapping[str, Mapping[str, str]] = {
    "it": it.OFFICIAL | it.OWN,
    "en": en.OFFICIAL | en.OWN,
    "de": de.OFFICIAL | de.OWN,
    "fr": fr.OFFICIAL | fr.OWN,
    "sl": sl.OFFICIAL | sl.OWN,
}


def testo(chiave: str, **campi: object) -> str:
    """Return the Italian text, its braces filled with `campi`."""
    return TESTI["it"][chiave].format(**campi)


def secondo(lingua: str | None, chiave: str, **campi: object) -> str:
    """Return the text in the second language; empty without one, or where the guide has none.

    Empty rather than Italian: the Italian text stands beside it already.
    """
    if lingua is None:
        return ""
    return TESTI[lingua].get(chiave, "").format(**campi)
