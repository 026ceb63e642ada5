"""What a command says: words and tables on standard output, in colour on a terminal; progress and questions beside it.

With `--json` standard output is one JSON document and nothing else.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from chalicelib.rest import json_text
from govpay.esiti import Fermato

# Where nobody sees the width of a screen, a row is a line.
_LARGHEZZA = 240
STILI = {"OK": "green", "KO": "red", "FAIL": "bold red", "INFO": "cyan", "AVVISO": "yellow"}


class Avanza(Protocol):
    """Tells how far a work has come."""

    def __call__(self, fatti: int, di: int | None = ..., /) -> None: ...


class Terminale:
    def __init__(self, *, in_json: bool = False, assenso: bool = False) -> None:
        tty = sys.stdout.isatty()
        self._out = Console(file=sys.stdout, highlight=False, width=None if tty else _LARGHEZZA, soft_wrap=not tty)
        self._err = Console(file=sys.stderr, highlight=False, soft_wrap=True)
        self._assenso = assenso
        self.in_json = in_json

    def riga(self, testo: str = "", stile: str | None = None) -> None:
        if not self.in_json:
            # As text: what others wrote may look like markup.
            self._out.print(Text(testo, style=stile or ""), soft_wrap=not self._out.is_terminal)

    def nota(self, testo: str, stile: str | None = "yellow") -> None:
        """Say something that is not the answer."""
        self._err.print(Text(testo, style=stile or ""))

    def tabella(self, colonne: Sequence[str], righe: Sequence[Sequence[str]], *, stili: Sequence[str] = ()) -> None:
        """Print a table; `stili` are those of the rows."""
        if self.in_json:
            return
        tabella = Table(*colonne, box=None, header_style="bold", pad_edge=False)
        for numero, riga in enumerate(righe):
            tabella.add_row(*(Text(cella) for cella in riga), style=stili[numero] if stili else None)
        self._out.print(tabella)

    def dati(self, dati: Any) -> None:
        """Print the answer as JSON, where that was asked for."""
        if self.in_json:
            print(json_text.write(dati))

    @contextmanager
    def avanzamento(self, cosa: str, totale: int | None = None) -> Iterator[Avanza]:
        """Show how far a work has come, on a terminal; elsewhere nothing."""
        colonne = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*colonne, console=self._err, disable=not self._err.is_terminal, transient=True) as progress:
            task = progress.add_task(cosa, total=totale)

            def avanza(fatti: int, di: int | None = totale) -> None:
                progress.update(task, completed=fatti, total=di)

            yield avanza

    def conferma(self, cosa: str) -> None:
        """Ask before what cannot be undone.

        :raises Fermato: without a yes, or without anybody to ask
        """
        if self._assenso:
            return
        self.nota(cosa)
        if not sys.stdin.isatty():
            raise Fermato("Serve una conferma: ripetere con --si.")
        self._err.print("Procedere? Scrivere 'si' per esteso: ", end="")
        if sys.stdin.readline().strip().lower() not in {"si", "sì"}:
            raise Fermato("Non è stato fatto nulla.")
