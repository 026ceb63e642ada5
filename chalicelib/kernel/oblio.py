"""A person taken out of stored JSON: their soggetti made anonymous, their name wherever else it is written. Pure.

Amounts, keys, dates and states are left as they are: the accounts say the same afterwards.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ANONIMO = "ANONIMO"  # what an RPT itself allows in the place of a codice fiscale
_LEAST = 5  # shorter names are words of other things
_OF_PERSON = ("anagrafica", "email", "e_mail", "cellulare", "indirizzo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A citizen by codice fiscale, and the texts under which stored soggetti know them: names, email, telephone."""

    codice: str
    testi: frozenset[str] = frozenset()

    def pattern(self) -> re.Pattern[str]:
        """Give what to look for: the longest first, in any case."""
        words = sorted({self.codice, *(testo for testo in self.testi if len(testo) >= _LEAST)}, key=len, reverse=True)
        return re.compile("|".join(re.escape(word) for word in words), re.IGNORECASE)


def texts_of(value: Any, codice: str) -> Iterator[str]:
    """Give the names and contacts of that person in a JSON value."""
    if isinstance(value, dict):
        if _is(value, codice):
            yield from (str(value[name]) for name in _OF_PERSON if value.get(name))
        for one in value.values():
            yield from texts_of(one, codice)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one, codice)


def without(value: Any, persona: Persona, pattern: re.Pattern[str]) -> Any:
    """Give the JSON value without the person."""
    match value:
        case dict():
            if _is(value, persona.codice):
                return {"tipo": "F", "identificativo": ANONIMO, "anagrafica": ANONIMO}
            return {name: without(one, persona, pattern) for name, one in value.items()}
        case list():
            return [without(one, persona, pattern) for one in value]
        case str():
            return pattern.sub(ANONIMO, value)
    return value


def _is(value: dict[str, Any], codice: str) -> bool:
    return str(value.get("identificativo", "")).upper() == codice.upper()
