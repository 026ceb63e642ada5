"""`python -m sandbox.simulatore [--seme N] [--storie N] [--processi N]`: run histories, print those that fail.

A seed gives the same history wherever it runs. The first that fails is made shorter, as long as it fails the same way,
and written down: `--decisioni FILE` lives it again.
"""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path

from sandbox.simulatore.ambiente import applica, da_capo
from sandbox.simulatore.banco import Corre, Esito, banco

_BLOCCO = 25
_RACCONTATE = 20
_DOVE = Path("build/simulazione")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.simulatore")
    parser.add_argument("--seme", type=int, default=1)
    parser.add_argument("--storie", type=int, default=1000)
    parser.add_argument("--processi", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--traccia", action="store_true", help="print all that happened")
    parser.add_argument("--decisioni", type=Path, help="live what is written in this file")
    parser.add_argument("--riduci", type=float, default=60.0, help="seconds to spend on making a history shorter")
    asked = parser.parse_args()
    da_capo("sandbox.simulatore")
    applica()
    if asked.decisioni is not None:
        return _rivive(asked.decisioni)
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
                    if len(falliti) <= _RACCONTATE:
                        _racconta(esito, intera=asked.traccia)
        secondi = time.perf_counter() - began
        if falliti and asked.riduci:
            print(pool.submit(_riduci, falliti[0], asked.riduci).result())
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
    sys.stdout.flush()


def _rivive(path: Path) -> int:
    from sandbox.simulatore.decisioni import Decisioni

    decisioni = Decisioni.leggi(path)
    esito = _corre()(decisioni.seme, decisioni=decisioni)
    _racconta(esito, intera=True)
    print("non vale" if esito.violazioni else "vale")
    return 1 if esito.violazioni else 0


def _riduci(esito: Esito, secondi: float) -> str:
    """Make a history that failed shorter; give what it is now, and how it is lived again."""
    from sandbox.simulatore.decisioni import riduci

    if esito.decisioni is None:
        return ""
    corre = _corre()
    corta = riduci(esito.decisioni, lambda uno: corre(uno.seme, decisioni=uno).come == esito.come, secondi=secondi)
    path = _DOVE / f"{esito.seme}.json"
    corta.scrivi(path)
    passi = ", ".join(f"{numero} {nome}" for numero, nome in corta.passi) or "nessuno"
    return (
        f"\nin breve: {len(corta.passi)} passi di {len(esito.decisioni.passi)} ({passi}), "
        f"{len(corta.guasti)} guasti di {len(esito.decisioni.guasti)} ({', '.join(corta.guasti)})\n"
        f"  make simulate DECISIONI={path}"
    )


_aperto = ExitStack()


@lru_cache(maxsize=1)
def _corre() -> Corre:
    """Give the bench of this process, open until its end."""
    return _aperto.enter_context(banco())


def _blocco(semi: range) -> list[Esito]:
    return [_corre()(seme) for seme in semi]


if __name__ == "__main__":
    sys.exit(main())
