"""Runs histories: one process, one AWS in memory, the books read after each step."""

import hashlib
import logging
import random
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.simulatore.ambiente import applica

if TYPE_CHECKING:
    from sandbox.simulatore.aws.nuvola import Nuvola
    from sandbox.simulatore.mondo import Processo

PASSI = (4, 24)
_TRACCIA = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Esito:
    """What became of a history; `violazioni` is empty where all held. `impronta` is of all that was done."""

    seme: int
    impronta: str
    passo: int
    violazioni: tuple[str, ...] = ()
    traccia: tuple[str, ...] = ()
    guasti: Counter[str] = field(default_factory=Counter)
    chiamate: int = 0
    pagamenti: int = 0


class Violata(AssertionError):
    """An invariant does not hold. `violazioni` say which, and of what."""

    def __init__(self, violazioni: list[str]) -> None:
        self.violazioni = violazioni
        super().__init__("\n".join(violazioni))


Corre = Callable[..., Esito]


@contextmanager
def banco() -> Iterator[Corre]:
    """Give what runs a history by its seed. The app is imported here: once a process, and settings with it."""
    applica()
    import app
    from chalicelib.settings import settings
    from sandbox.simulatore.aws.nuvola import Nuvola, al_posto_di_aws
    from sandbox.simulatore.mondo import Processo, carica_anagrafica
    from sandbox.simulatore.tempo import INIZIO, Caso, Orologio, governati

    logging.getLogger("govpay").disabled = True
    orologio, caso = Orologio(), Caso()
    nuvola = Nuvola.nuova(orologio)
    with governati(orologio, caso), al_posto_di_aws(nuvola):
        processo = Processo(app.app, nuvola)
        carica_anagrafica(processo, nuvola)
        anagrafica = frozenset({f"{settings().prefix}anagrafica"})

        def corre(seme: int, *, massimo: int | None = None) -> Esito:
            nuvola.svuota(tranne=anagrafica)
            orologio.adesso = INIZIO
            caso.semina(seme)
            processo.ricomincia()
            return _storia(processo, nuvola, seme, massimo)

        corre(0)  # what a first history imports and compiles must not tell it from the others
        yield corre


def _storia(processo: "Processo", nuvola: "Nuvola", seme: int, massimo: int | None) -> Esito:
    from sandbox.simulatore.attese import attese
    from sandbox.simulatore.invarianti import ALLA_QUIETE, SEMPRE, violazioni
    from sandbox.simulatore.libri import Lettore, Libri
    from sandbox.simulatore.mondo import Mondo
    from sandbox.simulatore.storia import Storia, guasti_di

    caso = random.Random(seme)  # noqa: S311 - a game
    traccia: deque[str] = deque(maxlen=_TRACCIA)
    impronta = hashlib.sha256()

    def annota(riga: str) -> None:
        traccia.append(riga)
        impronta.update(riga.encode())

    nuvola.annota = annota
    nuvola.guasti.caso = random.Random(f"guasti-{seme}")  # noqa: S311
    guasti_di(caso, nuvola.guasti)
    mondo, lettore = Mondo(processo, nuvola), Lettore()
    mondo.ente.mal_di_testa = caso.choice([0.0, 0.1, 0.5])
    storia = Storia(processo, nuvola, mondo, caso)

    def libri() -> Libri:
        return lettore.legge(nuvola.dynamodb.items_di)

    def controlla() -> None:
        trovate = violazioni(libri(), SEMPRE) + [
            f"le_mosse_sono_della_macchina: {una}" for una in nuvola.mosse_illegali
        ]
        if trovate:
            raise Violata(trovate)

    storia.controlla = controlla
    passi = caso.randint(*PASSI)
    trovate: list[str] = []
    try:
        with mondo.attorno():
            storia.vive(passi if massimo is None else min(passi, massimo))
            storia.riposa()
            letti = libri()
            trovate = violazioni(letti, ALLA_QUIETE) + list(attese(storia, letti))
    except Violata as violata:
        trovate = violata.violazioni
    except Exception as error:  # noqa: BLE001 - a history that cannot go on is one that failed
        trovate = [f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-12:]]
    return Esito(
        seme=seme,
        impronta=impronta.hexdigest()[:16],
        passo=storia.passo,
        violazioni=tuple(trovate),
        traccia=tuple(traccia) if trovate else (),
        guasti=Counter(nuvola.guasti.accaduti),
        chiamate=sum(nuvola.chiamate.values()),
        pagamenti=len(mondo.nodo.tentativi()),
    )
