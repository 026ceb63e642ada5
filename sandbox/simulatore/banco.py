"""Runs histories: one process, one AWS in memory, the books read after each step."""

import hashlib
import logging
import random
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sandbox.simulatore.ambiente import applica

if TYPE_CHECKING:
    from sandbox.simulatore.aws.nuvola import Nuvola
    from sandbox.simulatore.decisioni import Decisioni
    from sandbox.simulatore.libri import Libri
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
    decisioni: "Decisioni | None" = None

    @property
    def come(self) -> str:
        """Tell which rule does not hold, or what was raised: the beginning of the first of `violazioni`."""
        return self.violazioni[0].partition(":")[0] if self.violazioni else ""


class Violata(AssertionError):
    """An invariant does not hold. `violazioni` say which, and of what."""

    def __init__(self, violazioni: list[str]) -> None:
        self.violazioni = violazioni
        super().__init__("\n".join(violazioni))


Corre = Callable[..., Esito]


@contextmanager
def banco() -> Iterator[Corre]:
    """Give what runs a history by its seed, or as `decisioni` say. The app is imported here: once a process."""
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

        def corre(seme: int, *, decisioni: "Decisioni | None" = None) -> Esito:
            nuvola.svuota(tranne=anagrafica)
            orologio.adesso = INIZIO
            caso.semina(str(seme))
            processo.ricomincia()
            return _Prova(processo, nuvola, caso.semina, seme, decisioni).esito()

        corre(0)  # what a first history imports and compiles must not tell it from the others
        yield corre


class _Prova:
    """One history, from what it draws to what was found."""

    def __init__(
        self,
        processo: "Processo",
        nuvola: "Nuvola",
        semina: Callable[[str], None],
        seme: int,
        decisioni: "Decisioni | None",
    ) -> None:
        from sandbox.simulatore.decisioni import Decisioni
        from sandbox.simulatore.libri import Lettore
        from sandbox.simulatore.mondo import Mondo
        from sandbox.simulatore.storia import Storia, guasti_di, passi_di

        self.nuvola, self.seme = nuvola, seme
        self.traccia: deque[str] = deque(maxlen=_TRACCIA)
        self.impronta = hashlib.sha256()
        nuvola.annota = self._annota
        caso = random.Random(seme)  # noqa: S311 - a game
        guasti_di(caso, nuvola.guasti)
        passi = passi_di(caso, quanti=PASSI)
        nuvola.guasti.solo = None
        if decisioni is not None:
            passi, nuvola.guasti.solo = list(decisioni.passi), frozenset(decisioni.guasti)
            if not decisioni.ritardi:
                nuvola.guasti.indietro = nuvola.guasti.vecchio = 0.0
        self.decisioni = decisioni or Decisioni(seme=seme, passi=tuple(passi), guasti=())
        self.mondo, self.lettore = Mondo(processo, nuvola), Lettore()
        self.storia = Storia(
            processo=processo,
            nuvola=nuvola,
            mondo=self.mondo,
            caso=random.Random(),  # noqa: S311
            seme=str(seme),
            semina=lambda passo: semina(f"{seme}-{passo}"),
            controlla=self._controlla,
            libri=self._libri,
        )

    def _annota(self, riga: str) -> None:
        self.traccia.append(riga)
        self.impronta.update(riga.encode())

    def _libri(self) -> "Libri":
        return self.lettore.legge(self.nuvola.dynamodb.items_di)

    def _controlla(self) -> None:
        from sandbox.simulatore.invarianti import SEMPRE, violazioni

        trovate = violazioni(self._libri(), SEMPRE)
        trovate += [f"le_mosse_sono_della_macchina: {una}" for una in self.nuvola.mosse_illegali]
        trovate += [f"il_codice_non_sbaglia: {uno}" for uno in self.nuvola.difetti]
        if trovate:
            raise Violata(trovate)

    def _vive(self) -> list[str]:
        from sandbox.simulatore.attese import attese
        from sandbox.simulatore.invarianti import ALLA_QUIETE, violazioni

        try:
            with self.mondo.attorno():
                self.storia.vive(list(self.decisioni.passi))
                self.storia.riposa()
                letti = self._libri()
                return violazioni(letti, ALLA_QUIETE) + list(attese(self.storia, letti))
        except Violata as violata:
            return violata.violazioni
        except Exception as error:  # noqa: BLE001 - a history that cannot go on is one that failed
            return [f"{type(error).__name__}: {error}", *traceback.format_exc().splitlines()[-12:]]

    def esito(self) -> Esito:
        trovate = self._vive()
        guasti = self.nuvola.guasti
        return Esito(
            seme=self.seme,
            impronta=self.impronta.hexdigest()[:16],
            passo=self.storia.passo,
            violazioni=tuple(trovate),
            traccia=tuple(self.traccia) if trovate else (),
            guasti=Counter(guasti.accaduti),
            chiamate=sum(self.nuvola.chiamate.values()),
            pagamenti=len(self.mondo.nodo.tentativi()),
            decisioni=replace(self.decisioni, guasti=tuple(guasti.decisi)) if trovate else None,
        )
