"""What the demo tells on a terminal: steps, facts, tables, and what was expected against what was found."""

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TextIO

_VERDE, _ROSSO, _GRASSETTO, _FINE = "\033[32m", "\033[31m", "\033[1m", "\033[0m"
_LARGHEZZA = 34


class Racconto:
    """Writes to `out`; in colour on a terminal alone, and never with NO_COLOR set."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._a_colori = self._out.isatty() and "NO_COLOR" not in os.environ
        self._passi = 0
        self._started = time.monotonic()
        self.verificate = 0
        self.fallite: list[str] = []

    def riga(self, testo: str = "") -> None:
        print(testo, file=self._out, flush=True)

    def passo(self, titolo: str) -> None:
        self._passi += 1
        self.riga()
        self.riga(self._colore(f"{self._passi}. {titolo}", _GRASSETTO))

    def fatto(self, nome: str, valore: object) -> None:
        self.riga(f"   {nome:<{_LARGHEZZA}} {valore}")

    def attesa(self, bene: bool, cosa: str, trovato: object = "") -> bool:
        """Tell whether an expectation held, and remember the ones that did not."""
        self.verificate += 1
        if bene:
            self.riga(f"   {self._colore('ok', _VERDE)}  {cosa}")
        else:
            detto = f"{cosa}: trovato {trovato}" if trovato != "" else cosa
            self.fallite.append(detto)
            self.riga(f"   {self._colore('NO', _ROSSO)}  {detto}")
        return bene

    def uguale(self, trovato: object, atteso: object, cosa: str) -> bool:
        """Tell whether what was found is what was expected; lists and sets are told by their elements."""
        return self.attesa(trovato == atteso, f"{cosa}: {_detto(atteso)}", _detto(trovato))

    def tabella(self, intestazioni: Sequence[str], righe: Iterable[Sequence[str]]) -> None:
        """Print columns as wide as what they hold; figures to the right."""
        celle = [list(intestazioni), *(list(riga) for riga in righe)]
        larghezze = [max(len(riga[colonna]) for riga in celle) for colonna in range(len(intestazioni))]
        for numero, riga in enumerate(celle):
            testo = "  ".join(_allinea(cella, larghezza) for cella, larghezza in zip(riga, larghezze, strict=True))
            self.riga(f"   {testo}".rstrip())
            if numero == 0:
                self.riga("   " + "  ".join("-" * larghezza for larghezza in larghezze))

    @property
    def secondi(self) -> float:
        return time.monotonic() - self._started

    def conclude(self) -> int:
        """Tell how it went, and give the exit status."""
        self.riga()
        if not self.fallite:
            esito = f"Tutto come atteso: {self.verificate} verifiche in {_virgola(self.secondi)} secondi."
            self.riga(self._colore(esito, _VERDE))
            return 0
        self.riga(self._colore(f"Non è andata come atteso: {len(self.fallite)} su {self.verificate}.", _ROSSO))
        for fallita in self.fallite:
            self.riga(f"   - {fallita}")
        return 1

    def _colore(self, testo: str, colore: str) -> str:
        return f"{colore}{testo}{_FINE}" if self._a_colori else testo


def _detto(valore: object) -> str:
    if isinstance(valore, (list, set, frozenset, tuple)):
        return ", ".join(sorted(str(one) for one in valore)) or "niente"
    return "niente" if valore in (None, "") else str(valore)


def _allinea(cella: str, larghezza: int) -> str:
    figura = cella.replace(".", "").replace(",", "").removesuffix(" ms").isdecimal() and len(cella) < 12
    return cella.rjust(larghezza) if figura else cella.ljust(larghezza)


def _virgola(secondi: float) -> str:
    return f"{secondi:.1f}".replace(".", ",")
