"""What makes a history: its steps and its faults, written down; and the shortest of them that fails the same way."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from sandbox.simulatore.storia import Passo

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisioni:
    """`guasti` are those that happen, as `Guasti.decisi` names them; without `ritardi` indexes and reads are of now."""

    seme: int
    passi: tuple[Passo, ...]
    guasti: tuple[str, ...]
    ritardi: bool = True

    def scrivi(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        corpo: dict[str, Any] = {"seme": self.seme, "passi": self.passi, "guasti": self.guasti, "ritardi": self.ritardi}
        path.write_text(json.dumps(corpo, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def leggi(cls, path: Path) -> "Decisioni":
        corpo = json.loads(path.read_text(encoding="utf-8"))
        passi = tuple((int(numero), str(nome)) for numero, nome in corpo["passi"])
        return cls(seme=corpo["seme"], passi=passi, guasti=tuple(corpo["guasti"]), ritardi=corpo["ritardi"])

    def __len__(self) -> int:
        return len(self.passi) + len(self.guasti)


def riduci(decisioni: Decisioni, fallisce: Callable[[Decisioni], bool], *, secondi: float) -> Decisioni:
    """Give the least that still fails: without steps, then without faults, until nothing can go, or the time is over."""
    fino = time.perf_counter() + secondi

    def prova(candidata: Decisioni) -> bool:
        return time.perf_counter() < fino and fallisce(candidata)

    senza_ritardi = replace(decisioni, ritardi=False)
    if prova(senza_ritardi):
        decisioni = senza_ritardi
    prima = -1
    while prima != len(decisioni):
        prima = len(decisioni)
        decisioni = _senza_guasti(_senza_passi(decisioni, prova), prova)
    return decisioni


def _senza_passi(decisioni: Decisioni, fallisce: Callable[[Decisioni], bool]) -> Decisioni:
    """Take steps away, and the faults in them."""
    passi = _meno(decisioni.passi, lambda scelti: fallisce(replace(decisioni, passi=tuple(scelti))))
    tolti = {str(numero) for numero, _ in decisioni.passi} - {str(numero) for numero, _ in passi}
    guasti = tuple(uno for uno in decisioni.guasti if uno.partition("/")[0] not in tolti)
    return replace(decisioni, passi=tuple(passi), guasti=guasti)


def _senza_guasti(decisioni: Decisioni, fallisce: Callable[[Decisioni], bool]) -> Decisioni:
    guasti = _meno(decisioni.guasti, lambda scelti: fallisce(replace(decisioni, guasti=tuple(scelti))))
    return replace(decisioni, guasti=tuple(guasti))


def _meno(tutti: Sequence[T], fallisce: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """Take away as much as may go: first halves, then smaller pieces, then one by one."""
    restano, pezzo = list(tutti), max(len(tutti) // 2, 1)
    while restano:
        da = 0
        while da < len(restano):
            candidati = restano[:da] + restano[da + pezzo :]
            if fallisce(candidati):
                restano = candidati
            else:
                da += pezzo
        if pezzo == 1:
            return restano
        pezzo //= 2
    return restano
