"""`python -m sandbox.simulatore [--seme N] [--storie N] [--processi N]`: run histories, print the first that fails.

With one history its trace is printed too. A seed gives the same history wherever it runs.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import lru_cache

from sandbox.simulatore.banco import Corre, Esito, banco

_BLOCCO = 50


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.simulatore")
    parser.add_argument("--seme", type=int, default=1)
    parser.add_argument("--storie", type=int, default=1000)
    parser.add_argument("--processi", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--traccia", action="store_true")
    asked = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of a set of strings is part of a history.
        os.execve(  # noqa: S606 - itself, again
            sys.executable,
            [sys.executable, "-m", "sandbox.simulatore", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    began = time.perf_counter()
    falliti, totale, guasti = [], Counter[str](), Counter[str]()
    semi = range(asked.seme, asked.seme + asked.storie)
    blocchi = [semi[at : at + _BLOCCO] for at in range(0, len(semi), _BLOCCO)]
    with ProcessPoolExecutor(min(asked.processi, len(blocchi))) as pool:
        for esiti in pool.map(_blocco, blocchi):
            for esito in esiti:
                totale.update(storie=1, passi=esito.passo, chiamate=esito.chiamate, pagamenti=esito.pagamenti)
                guasti.update(esito.guasti)
                if esito.violazioni:
                    falliti.append(esito)
    secondi = time.perf_counter() - began
    for esito in falliti[:5]:
        _racconta(esito, intera=asked.traccia)
    print(
        f"{totale['storie']} storie, {totale['passi']} passi, {totale['pagamenti']} pagamenti, "
        f"{totale['chiamate']} chiamate ad AWS, guasti {sum(guasti.values())} {dict(guasti)}: "
        f"{len(falliti)} fallite, {secondi:.1f} s"
    )
    return 1 if falliti else 0


def _racconta(esito: Esito, *, intera: bool) -> None:
    print(f"\nseme {esito.seme}, passo {esito.passo}:  make simulate SEED={esito.seme} N=1")
    for riga in esito.violazioni:
        print(f"  !! {riga}")
    for riga in esito.traccia if intera else esito.traccia[-40:]:
        print(f"  | {riga}")


_aperto = ExitStack()


@lru_cache(maxsize=1)
def _corre() -> Corre:
    """Give the bench of this process, open until its end."""
    return _aperto.enter_context(banco())


def _blocco(semi: range) -> list[Esito]:
    return [_corre()(seme) for seme in semi]


if __name__ == "__main__":
    sys.exit(main())
