"""Fields of a pendenza out of the cells of a row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.refusals import FieldError
from chalicelib.tracciati.mappa.formati import COMPOSTI, FORMATI, ValoreNonValido

_PART = re.compile(r"(?P<nome>[A-Za-z0-9]{1,60})(?:\[(?P<indice>[0-9])\])?", re.ASCII)
Colonna = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Condizione:
    """Holds if the column has that text, or, without one, if it has any."""

    colonna: Colonna
    uguale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campo:
    """Where a field of the pendenza comes from: a column, or a constant.

    `percorso` is as `soggettoPagatore.tipo` or `voci[0].importo`. Of the text of the column `parte` (from 0) is taken,
    where it is cut at `separatore`; an empty one is `predefinito`. A `se` that does not hold leaves the field out.
    """

    percorso: str
    colonna: Colonna | None = None
    costante: Any = None
    formato: str = "testo"
    separatore: str | None = None
    parte: int = 0
    predefinito: str | None = None
    se: Condizione | None = None


@dataclass(frozen=True, slots=True)
class Celle:
    """The cells of a row, by column."""

    posizioni: Mapping[str, int]
    celle: Sequence[str]

    def __getitem__(self, colonna: Colonna) -> str:
        position = colonna if isinstance(colonna, int) else self.posizioni[colonna]
        return self.celle[position]


def text_of(campo: Campo, celle: Celle) -> str:
    """Give the text that a field is read from, empty where there is none."""
    if campo.colonna is None or (campo.se is not None and not _holds(campo.se, celle)):
        return ""
    text = celle[campo.colonna]
    if campo.separatore:
        parts = text.split(campo.separatore)
        text = parts[campo.parte].strip() if campo.parte < len(parts) else ""
    return text or campo.predefinito or ""


def _holds(condizione: Condizione, celle: Celle) -> bool:
    text = celle[condizione.colonna]
    return bool(text.strip()) if condizione.uguale is None else text == condizione.uguale


def applied(campi: Sequence[Campo], celle: Celle) -> tuple[dict[str, Any], list[FieldError]]:
    """Give the JSON of a pendenza and what is wrong with its cells.

    An object of which nothing comes from a column (a voce that is not there, whatever constants it has) is left out.
    """
    found: dict[str, Any] = {}
    errors: list[FieldError] = []
    constants: list[Campo] = []
    for campo in campi:
        if campo.colonna is None:
            if campo.se is None or _holds(campo.se, celle):
                constants.append(campo)
            continue
        text = text_of(campo, celle)
        if not text:
            continue
        try:
            value = FORMATI[campo.formato](text)
        except ValoreNonValido as error:
            errors.append(FieldError(campo.percorso, str(error)))
            # The object is there all the same: what else is wrong with it is told too.
            _put(found, campo.percorso.rpartition(".")[0], {})
            continue
        _put(found, campo.percorso, value, merge=campo.formato in COMPOSTI)
    for campo in constants:
        if _has(found, campo.percorso.rpartition(".")[0]):
            _put(found, campo.percorso, campo.costante)
    return _listed(found), errors


def _parts(percorso: str) -> list[str]:
    return percorso.split(".") if percorso else []


def _put(found: dict[str, Any], percorso: str, value: Any, *, merge: bool = False) -> None:
    if not percorso:
        return
    *outer, last = _parts(percorso)
    for part in outer:
        found = found.setdefault(part, {})
    if isinstance(value, dict) and (merge or not value):
        found.setdefault(last, {}).update(value)
    else:
        found[last] = value


def _has(found: Mapping[str, Any], percorso: str) -> bool:
    for part in _parts(percorso):
        if part not in found:
            return False
        found = found[part]
    return True


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    """Make the lists that `voci[0]`, `voci[1]` stand for."""
    result: dict[str, Any] = {}
    for part, value in found.items():
        inner = _listed(value) if isinstance(value, dict) and _is_path(value) else value
        match = _PART.fullmatch(part)
        if match is None or match["indice"] is None:
            result[part] = inner
        else:
            result.setdefault(match["nome"], {})[int(match["indice"])] = inner
    return {
        name: [value[n] for n in sorted(value)] if isinstance(value, dict) and value and _is_list(value) else value
        for name, value in result.items()
    }


def _is_path(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(key, str) for key in value)


def _is_list(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(key, int) for key in value)


def is_percorso(text: str) -> bool:
    """Tell a path that a field may have: at most three names deep."""
    parts = text.split(".")
    return len(parts) <= 3 and all(_PART.fullmatch(part) for part in parts)  # noqa: PLR2004
