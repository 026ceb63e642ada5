"""Refusals: what we decline, by name, with the published code. Each edge has one table from kind to answer.

A refusal is declared beside the function that raises it, as a subclass of one of the kinds below, with its
published `codice` as a class attribute. Anything else that is raised is a bug and goes to the alarm untouched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class Refusal(Exception):
    """The request is declined. `codice` is the published code; `dettaglio` says what is wrong and what to do."""

    codice: ClassVar[str]

    def __init__(self, dettaglio: str) -> None:
        self.dettaglio = dettaglio
        super().__init__(f"{self.codice}: {dettaglio}")


class NotAuthenticated(Refusal):
    """Nobody we know: 401."""

    codice = "401"


class NotAllowed(Refusal):
    """Known, and not entitled: 403."""

    codice = "403000"


class NotFound(Refusal):
    """There is no such thing, or it is not the caller's to see: 404."""

    codice = "404000"


class Invalid(Refusal):
    """The request as such breaks a rule: 400."""

    codice = "400000"


class Unprocessable(Refusal):
    """Well-formed, and against a rule of the field: 422."""

    codice = "SEMANTICA"


class Conflict(Refusal):
    """Somebody else was first; read again and decide again: 409."""

    codice = "409"


class EnteNonRisponde(Refusal):
    """The ente, asked, answered badly or not at all: 502 EC."""

    codice = "502000"


class PagoPaRifiuta(Refusal):
    """The Nodo, asked, answered with a fault or not at all: 502 PAGOPA."""

    codice = "PAA_NODO_INDISPONIBILE"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: where (a JSON path such as `voci[0].importo`) and what, in Italian."""

    campo: str
    motivo: str

    def __str__(self) -> str:
        return f"{self.campo}: {self.motivo}"


class Sintassi(Invalid):
    """The body cannot be read, or fields break their rules; all of them are told at once."""

    codice = "SINTASSI"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(str(error) for error in self.errors))


class Semantica(Unprocessable):
    """It reads well, and names something that is not there."""

    codice = "SEMANTICA"


class ParametroNonValido(Unprocessable):
    """A query parameter cannot be honoured as it is."""

    codice = "100001"
