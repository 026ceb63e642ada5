"""Riscossioni are collected and given back in batches, and money is known that only a flow tells of.

Whatever is repeated changes nothing: a riscossione that is where it should be is not written again.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws.transactions import MAX_WRITES, Write, WriteConflict, commit
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pagamenti.rules import incasso as rules
from chalicelib.pagamenti.rules.incasso import Mossa, Riferita
from chalicelib.pendenze.model import Pendenza

_MAX_ATTEMPTS = 5
_Move = Callable[[Sequence[Riscossione], Pendenza | None], Mossa]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raccolta:
    """What an incasso is about to collect, as it was read, and the writes that do it."""

    riscossioni: Mapping[ChiaveRiscossione, Riscossione]
    posizioni: Mapping[tuple[str, str], Pendenza]
    writes: tuple[Write, ...]


def plan_collection(chiavi: Iterable[ChiaveRiscossione], *, id_incasso: str, now: datetime) -> Raccolta:
    """Give the writes by which an incasso collects these, for whoever commits them with its own. Nothing is written.

    They fail where a riscossione or a position has changed in the meantime. AWS calls: a BatchGetItem for fifty.
    """
    riscossioni, posizioni = repository.money_of(chiavi)
    writes: list[Write] = []
    for key, some in _by_iuv(riscossioni.values()).items():
        writes += _writes(some, posizioni.get(key), lambda s, p: rules.collect(s, p, id_incasso=id_incasso, now=now))
    return Raccolta(riscossioni=riscossioni, posizioni=posizioni, writes=tuple(writes))


def collect_riscossioni(chiavi: Iterable[ChiaveRiscossione], *, id_incasso: str, now: datetime) -> None:
    """Make the riscossioni of these keys INCASSATE, and INCASSATO the pendenze of which that was the last part.

    AWS calls for fifty IUVs: a BatchGetItem, two transactions.

    :raises WriteConflict: if others write one of the positions faster than we can, five times in a row
    """
    _move_all(chiavi, lambda some, pendenza: rules.collect(some, pendenza, id_incasso=id_incasso, now=now))


def release_riscossioni(chiavi: Iterable[ChiaveRiscossione], *, id_incasso: str, now: datetime) -> None:
    """Give back what that incasso had collected; what another has is left alone.

    :raises WriteConflict: as `collect_riscossioni`
    """
    _move_all(chiavi, lambda some, pendenza: rules.release(some, pendenza, id_incasso=id_incasso, now=now))


def acquire_without_rpt(id_dominio: str, iuv: str, riferita: Riferita, *, now: datetime) -> None:
    """Know the money that a row of a flow reports without a ricevuta. A Query and a transaction, the Query if repeated.

    :raises PendenzaSconosciuta: 007111
    :raises PendenzaConPiuVoci: 007114
    :raises WriteConflict: if others write the position faster than we can, five times in a row
    """
    for attempt in range(_MAX_ATTEMPTS):
        transazione = repository.load(id_dominio, iuv)
        mossa = rules.paid_without_rpt(transazione, riferita, now=now)
        if not mossa.riscossioni:
            return
        try:
            commit(repository.money_writes(transazione.posizione, mossa.riscossioni, mossa.pendenza))
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
        else:
            return


def _move_all(chiavi: Iterable[ChiaveRiscossione], move: _Move) -> None:
    riscossioni, posizioni = repository.money_of(chiavi)
    by_iuv = _by_iuv(riscossioni.values())
    together: dict[tuple[str, str], list[Write]] = {}
    for key, some in by_iuv.items():
        writes = _writes(some, posizioni.get(key), move)
        if sum(map(len, together.values())) + len(writes) > MAX_WRITES:
            _commit(together, by_iuv, move)
            together = {}
        if writes:
            together[key] = writes
    _commit(together, by_iuv, move)


def _by_iuv(riscossioni: Iterable[Riscossione]) -> dict[tuple[str, str], list[Riscossione]]:
    by_iuv: dict[tuple[str, str], list[Riscossione]] = defaultdict(list)
    for riscossione in riscossioni:
        by_iuv[riscossione.id_dominio, riscossione.iuv].append(riscossione)
    return by_iuv


def _writes(riscossioni: Sequence[Riscossione], pendenza: Pendenza | None, move: _Move) -> list[Write]:
    mossa = move(riscossioni, pendenza)
    return repository.money_writes(pendenza, mossa.riscossioni, mossa.pendenza) if mossa.riscossioni else []


def _commit(
    together: dict[tuple[str, str], list[Write]], by_iuv: dict[tuple[str, str], list[Riscossione]], move: _Move
) -> None:
    """Write many IUVs as one; if one of them has changed in the meantime, each by itself, from what it is now."""
    if not together:
        return
    try:
        commit([write for writes in together.values() for write in writes])
    except WriteConflict:
        for key in together:
            _move_one(key, [riscossione.chiave for riscossione in by_iuv[key]], move)


def _move_one(key: tuple[str, str], chiavi: Sequence[ChiaveRiscossione], move: _Move) -> None:
    for attempt in range(_MAX_ATTEMPTS):
        transazione = repository.load(*key)
        some = [riscossione for riscossione in transazione.riscossioni if riscossione.chiave in chiavi]
        writes = _writes(some, transazione.posizione, move)
        try:
            if writes:
                commit(writes)
        except WriteConflict:
            if attempt == _MAX_ATTEMPTS - 1:
                raise
        else:
            return
