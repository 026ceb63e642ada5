"""What goes wrong at a bank, by a seed: and what whoever reads its giornali must make of every movement.

Two days of one ente. On the first each flow is credited in one of the ways below; on the second come the storni of what
was credited, and some of the first day again, as where a provvisorio lies across two files.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.kernel.importo import Importo
from sandbox.bank.causali import Sporco, causale_of, sporca
from sandbox.bank.opi import Movimento
from sandbox.fdr.archivio import Flusso

_SCT = "SEPA CREDIT TRANSFER"
_UN_EURO = Importo(100)
_RIPETUTI = 3


class Modo(StrEnum):
    """How a flow is credited."""

    GIUSTO = "giusto"
    DIVERSO = "importo diverso"
    DOPPIO = "due volte"
    SPEZZATO = "in due parti"
    RAGGRUPPATO = "due flussi in un accredito"
    SENZA_SEGNO = "il solo id del flusso"
    TRONCATO = "l'id è troncato"
    ILLEGGIBILE = "l'id manca"
    STORNATO = "stornato il giorno stesso"
    STORNATO_DOPO = "stornato il giorno dopo"
    STORNATO_DOPPIO = "due volte, e il primo è stornato il giorno dopo"
    SCONOSCIUTO = "un flusso che non c'è"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGiorni:
    """The movements of two days. `atteso` of a movement is its outcome once both are read."""

    primo: tuple[Movimento, ...]
    secondo: tuple[Movimento, ...]


def due_giorni(flussi: Sequence[Flusso], *, seme: int, dopo: int = 0) -> DueGiorni:
    """Credit flows of one ente as a bank might, its movements numbered from `dopo` + 1; the same seed gives the same."""
    return _Banca(random.Random(seme), dopo).due_giorni(list(flussi))  # noqa: S311 - to be repeated, not to be secret


class _Banca:
    def __init__(self, caso: random.Random, dopo: int) -> None:
        self._caso = caso
        self._numero = dopo
        self._dopo: list[Movimento] = []

    def due_giorni(self, flussi: list[Flusso]) -> DueGiorni:
        self._caso.shuffle(flussi)
        modi = list(Modo)
        self._caso.shuffle(modi)
        primo = list(self._altri())
        posto = 0
        while flussi:
            flusso, modo = flussi.pop(), modi[posto % len(modi)]
            posto += 1
            if modo is Modo.RAGGRUPPATO and flussi:
                primo.append(self._raggruppato(flusso, flussi.pop()))
            else:
                primo += self._accredita(flusso, Modo.GIUSTO if modo is Modo.RAGGRUPPATO else modo)
        ripetuti = [replace(one, atteso="GIA_ACQUISITO") for one in primo if one.storna is None][:_RIPETUTI]
        return DueGiorni(primo=tuple(primo), secondo=(*ripetuti, *self._dopo))

    def _accredita(self, flusso: Flusso, modo: Modo) -> Iterator[Movimento]:
        causale, importo = causale_of(flusso), flusso.accreditato
        match modo:
            case Modo.DIVERSO:
                yield self._credito(flusso, importo + _UN_EURO, "IMPORTO_DIVERSO")
            case Modo.DOPPIO:
                yield self._credito(flusso, importo, "RICONCILIATO")
                yield self._credito(flusso, importo, "DUPLICATO")
            case Modo.SPEZZATO:
                yield self._credito(flusso, _UN_EURO, "IMPORTO_DIVERSO")
                yield self._credito(flusso, importo - _UN_EURO, "IMPORTO_DIVERSO")
            case Modo.SENZA_SEGNO:
                yield self._credito(flusso, importo, "PROPOSTA", f"ACCREDITO {flusso.id_flusso}")
            case Modo.TRONCATO:
                yield self._credito(flusso, importo, "PROPOSTA", causale[:-2])
            case Modo.ILLEGGIBILE:
                yield self._credito(flusso, importo, "CAUSALE_ILLEGGIBILE", causale.removesuffix(flusso.id_flusso))
            case Modo.STORNATO | Modo.STORNATO_DOPO | Modo.STORNATO_DOPPIO:
                yield from self._con_storno(flusso, modo)
            case Modo.SCONOSCIUTO:
                altro = causale.replace(flusso.id_psp, "ALTROPSP")
                yield self._credito(flusso, importo, "FLUSSO_ASSENTE", altro)
            case _:
                yield self._credito(flusso, importo, "RICONCILIATO")

    def _con_storno(self, flusso: Flusso, modo: Modo) -> Iterator[Movimento]:
        credito = self._credito(flusso, flusso.accreditato, "STORNATO")
        yield credito
        storno = self._storno(credito)
        if modo is Modo.STORNATO:
            yield storno
            return
        self._dopo.append(storno)
        if modo is Modo.STORNATO_DOPPIO:
            yield self._credito(flusso, flusso.accreditato, "RICONCILIATO")

    def _raggruppato(self, uno: Flusso, altro: Flusso) -> Movimento:
        return self._credito(
            uno, uno.accreditato + altro.accreditato, "AMBIGUO", f"{causale_of(uno)} {causale_of(altro)}"
        )

    def _credito(self, flusso: Flusso, importo: Importo, atteso: str, causale: str | None = None) -> Movimento:
        return Movimento(
            numero=self._prossimo(),
            entrata=True,
            importo=importo,
            causale=causale or sporca(causale_of(flusso), Sporco.MISTO, posto=self._caso.randrange(100)),
            cliente=flusso.ragione_sociale,
            tipo_esecuzione=_SCT,
            trn=f"{flusso.trn}{self._numero:03d}"[-35:],
            atteso=atteso,
        )

    def _storno(self, credito: Movimento) -> Movimento:
        return replace(credito, numero=self._prossimo(), storna=credito.numero, atteso="STORNO")

    def _altri(self) -> Iterator[Movimento]:
        for entrata, atteso, causale in (
            (True, "NON_PAGOPA", "TRASFERIMENTI ERARIALI 2026 ACCONTO"),
            (False, "IGNORATO", "FORNITURA ENERGIA ELETTRICA OTTOBRE 2026"),
        ):
            yield Movimento(
                numero=self._prossimo(),
                entrata=entrata,
                importo=Importo(self._caso.randrange(1_000, 9_000_000)),
                causale=causale,
                cliente="TESORERIA",
                tipo_esecuzione=_SCT,
                atteso=atteso,
            )

    def _prossimo(self) -> int:
        self._numero += 1
        return self._numero
