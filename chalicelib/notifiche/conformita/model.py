"""What a run is told of the gestionale, and what it finds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

VERIFICA_SECONDS = 1.5  # what the Nodo leaves us for the ente (docs/integratori.md)
NOTIFICA_SECONDS = 10.0


class Esito(StrEnum):
    CONFORME = "CONFORME"
    NON_CONFORME = "NON_CONFORME"
    SALTATO = "SALTATO"  # the example it needs was not given


class NonConforme(Exception):
    """The contract is not kept. `str()` says how, in Italian."""


class Saltato(Exception):
    """The case needs what was not given. `str()` says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Esempio:
    """A pendenza that the gestionale holds for the run. `importo` is what it must answer, as text."""

    iuv: str | None = None
    id_pendenza: str | None = None
    importo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incarico:
    """Where the gestionale is, and what it knows. `stati` are the examples by the state that it must answer.

    `headers` are the credentials of GovPay, none where the gestionale asks for none.
    """

    url: str
    id_dominio: str
    id_a2a: str
    headers: Mapping[str, str] = field(default_factory=dict)
    stati: Mapping[str, Esempio] = field(default_factory=dict)
    notifiche: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Caso:
    """One thing the contract asks. `prova` raises NonConforme or Saltato."""

    nome: str
    regola: str
    prova: Callable[["Any"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Referto:
    nome: str
    regola: str
    esito: Esito
    motivo: str = ""
    millisecondi: int = 0
