"""What a tipo pendenza says of the forms that load it: one for operators, one for the portal (GovPay 3.1 API 3.4).

3.9 has a face for each (`portaleBackoffice`, `portalePagamento`); 3.1 has one set for both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BACKOFFICE, PORTALE = "portaleBackoffice", "portalePagamento"
SPONTANEO = "spontaneo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faccia:
    """One face of a tipo pendenza; what is None is not asked for."""

    abilitata: bool = True
    form: Mapping[str, Any] | None = None
    validazione: Any = None
    trasformazione: Mapping[str, Any] | None = None
    inoltro: str | None = None


def faccia_of(dettagli: Mapping[str, Any], name: str) -> Faccia:
    """Give a face by its name in 3.9; that of 3.1 where the tipo has none of that name."""
    own = dettagli.get(name)
    of = own if isinstance(own, Mapping) and own else dettagli
    return Faccia(
        abilitata=of.get("abilitato") is not False,
        form=of.get("form"),
        validazione=of.get("validazione"),
        trasformazione=of.get("trasformazione"),
        inoltro=of.get("inoltro"),
    )
