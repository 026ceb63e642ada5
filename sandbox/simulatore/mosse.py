"""Every write that changes a state, against the table of moves of its machine."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.notifiche.states import MOVES as NOTIFICHE
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.repository import RISCOSSIONE, RPP
from chalicelib.pagamenti.sessioni.states import MOVES as SESSIONI
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import MOVES as TENTATIVI
from chalicelib.pagamenti.states import RISCOSSIONE_MOVES, StatoRiscossione, StatoRpp
from chalicelib.pendenze.repository import SK_POSIZIONE
from chalicelib.pendenze.states import MOVES as PENDENZE
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.riconciliazione.importazione.repository import SK_GIORNALE
from chalicelib.riconciliazione.importazione.states import GIORNALE_MOVES, StatoGiornale
from chalicelib.riconciliazione.repository.flussi import FLUSSO
from chalicelib.riconciliazione.repository.incassi import SK_INCASSO
from chalicelib.riconciliazione.states import FLUSSO_MOVES, INCASSO_MOVES, StatoFlusso, StatoIncasso
from chalicelib.tracciati.repository import RIGA as ESITO
from chalicelib.tracciati.repository import SK_TRACCIATO
from chalicelib.tracciati.states import MOVES as TRACCIATI
from chalicelib.tracciati.states import StatoTracciato
from sandbox.simulatore.libri import ANELLO

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Macchina:
    """The items of a table whose sort key begins so, and the moves of their state. One write may make two of them."""

    tabella: str
    inizio: str
    stati: type[StrEnum]
    mosse: Mapping[Any, str]


MACCHINE = (
    Macchina("pendenze", "", StatoPendenza, PENDENZE),
    Macchina("transazioni", RPP, StatoRpp, TENTATIVI),
    Macchina("transazioni", RISCOSSIONE, StatoRiscossione, RISCOSSIONE_MOVES),
    Macchina("notifiche", "", StatoSpedizione, NOTIFICHE),
    Macchina("pagamenti", "", StatoSessione, SESSIONI),
    Macchina("flussi", FLUSSO, StatoFlusso, FLUSSO_MOVES),
    Macchina("incassi", SK_INCASSO, StatoIncasso, INCASSO_MOVES),
    Macchina("tracciati", SK_TRACCIATO, StatoTracciato, TRACCIATI),
    Macchina("movimenti", SK_GIORNALE, StatoGiornale, GIORNALE_MOVES),
)
# What is money is never taken away, nor a notifica of it.
_MAI_TOLTI = (
    ("transazioni", "ricevuta#"),
    ("transazioni", RISCOSSIONE),
    ("transazioni", SK_POSIZIONE),
    ("notifiche", ""),
)
# What is written once: what became of a row, a ring of the chain.
_UNA_VOLTA = (("tracciati", ESITO), ("incassi", ANELLO))


def illegali(tabella: str, sk: str, prima: Item | None, dopo: Item | None) -> Iterator[str]:
    """Give what is against the machines in the write of an item."""
    nome = tabella.rpartition("-")[2]
    if dopo is None and any(nome == di and sk.startswith(inizio) for di, inizio in _MAI_TOLTI):
        yield f"{nome} {sk}: tolto"
    if prima is not None and any(nome == di and sk.startswith(inizio) for di, inizio in _UNA_VOLTA):
        yield f"{nome} {sk}: riscritto"
    for una in MACCHINE:
        if nome == una.tabella and sk.startswith(una.inizio):
            yield from _della(una, sk, prima, dopo)


def _della(macchina: Macchina, sk: str, prima: Item | None, dopo: Item | None) -> Iterator[str]:
    if prima is None or dopo is None or "stato" not in prima or "stato" not in dopo:
        return
    da, a = (macchina.stati(item["stato"]["S"].partition("+")[0]) for item in (prima, dopo))
    if da is not a and not _raggiunge(macchina.mosse, da, a):
        yield f"{macchina.tabella} {sk}: {da} -> {a}"


def _raggiunge(mosse: Mapping[Any, str], da: StrEnum, a: StrEnum) -> bool:
    """Tell whether one move goes there, or two made at once."""
    return (da, a) in mosse or any((da, via) in mosse and (via, a) in mosse for via in type(da))
