"""Searches for receipts, the pace of Biz-Events and the last runs ↔ items of `pagamenti`; written by conditions."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, MAX_WRITES, Write, WriteConflict, absent_or_version, commit
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.recupero.model import Esecuzione, Ricerca, StatoRicerca
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from chalicelib.pendenze.repository import caricata_key

RICEVUTA, _RITMO, _OPERAZIONE = "ricevuta", "ritmo#biz-events", "operazione"
MAX_ESECUZIONI = 10  # of an operation: enough to see what it did of late
_PARTIZIONI = {StatoRicerca.DA_FARE: "R", StatoRicerca.ABBANDONATA: "F"}


def key_of(ricerca: Ricerca) -> str:
    return key_named(ricerca.id_dominio, ricerca.iuv, ricerca.iur)


def key_named(id_dominio: str, iuv: str, iur: str) -> str:
    return f"{RICEVUTA}#{id_dominio}#{iuv}#{iur}"


def get(key: str) -> Ricerca | None:
    """Give a search as last written, None where there is none."""
    try:
        item = PagamentoItem.get(key, consistent_read=True)
    except PagamentoItem.DoesNotExist:
        return None
    return replace(decode(Ricerca, item.documento or ""), versione=int(item.versione))


def get_many(keys: Sequence[str]) -> list[Ricerca]:
    """Give the searches of these keys, at most a hundred, in one call; absent ones are left out."""
    found = PagamentoItem.batch_get(list(dict.fromkeys(keys)), consistent_read=True)
    return [replace(decode(Ricerca, item.documento or ""), versione=int(item.versione)) for item in found]


def add(ricerche: Sequence[Ricerca]) -> None:
    """Store searches; one that is there already stays as it is."""
    unique = list({key_of(ricerca): ricerca for ricerca in ricerche}.values())
    for start in range(0, len(unique), MAX_WRITES):
        writes = [_write(ricerca) for ricerca in unique[start : start + MAX_WRITES]]
        try:
            commit(writes)
        except WriteConflict:
            # One of them is known: each by itself, then.
            for write in writes:
                _unless_known(write)


def _unless_known(write: Write) -> None:
    try:
        commit([write])
    except WriteConflict:
        return


def save(ricerca: Ricerca, *also: Write) -> Ricerca:
    """Store a search in the place of what was read, and what belongs to it; all or nothing.

    :raises WriteConflict: if somebody else was at it
    """
    commit([_write(ricerca), *also])
    return ricerca.next_version()


def _write(ricerca: Ricerca) -> Write:
    stored = ricerca.next_version()
    key, partizione = key_of(ricerca), _PARTIZIONI.get(ricerca.stato)
    item = PagamentoItem(
        pk=key,
        versione=stored.versione,
        documento=encode(stored),
        da_verificare=partizione,
        prossima=None if partizione is None else caricata_key(ricerca.prossima, key),
        scade=int((ricerca.creata + rules.RICERCA_CONSERVATA).timestamp()),
    )
    return Write(item=item, condition=absent_or_version(ricerca.versione or None), name=RICEVUTA)


def due(*, now: datetime, most: int, stato: StatoRicerca = StatoRicerca.DA_FARE) -> list[str]:
    """Give the keys of searches that may go on by now, those that waited longest first."""
    until = caricata_key(now) + "\U0010ffff"
    found = PagamentoItem.da_verificare_index.query(_PARTIZIONI[stato], PagamentoItem.prossima <= until, limit=most)
    return [str(item.pk) for item in found]


# -- the pace of Biz-Events


def take_turn(chiave: str, *, now: datetime) -> datetime | None:
    """Take the right to make one call now; where there is none left, give when there will be.

    `chiave` names the subscription. The last calls are counted in one item, under its version: it holds for all
    processes, and outlives them.

    :raises WriteConflict: if another process has just taken a turn
    """
    key = f"{_RITMO}#{chiave}"
    try:
        item = PagamentoItem.get(key, consistent_read=True)
        versione, made = int(item.versione), decode(list[datetime], item.documento or "[]")
    except PagamentoItem.DoesNotExist:
        versione, made = None, []
    turn = rules.turn_of(made, now=now)
    if turn > now:
        return turn
    recent = [*made, now][-rules.CHIAMATE :]
    stored = PagamentoItem(
        pk=key,
        versione=(versione or 0) + 1,
        documento=encode_instants(recent),
        scade=int((now + 2 * rules.FINESTRA).timestamp()),
    )
    commit([Write(item=stored, condition=ABSENT if versione is None else absent_or_version(versione), name=_RITMO)])
    return None


def encode_instants(instants: Sequence[datetime]) -> str:
    return "[" + ",".join(f'"{one.astimezone(UTC).isoformat()}"' for one in instants) + "]"


# -- runs


def esecuzioni(id_operazione: str) -> tuple[Esecuzione, ...]:
    """Give the last runs of an operation, the latest first."""
    return _runs(id_operazione)[1]


def record(esecuzione: Esecuzione) -> None:
    """Keep a run among the last ones. If another was kept at the same moment, that one is enough."""
    versione, known = _runs(esecuzione.id_operazione)
    item = PagamentoItem(
        pk=f"{_OPERAZIONE}#{esecuzione.id_operazione}",
        versione=(versione or 0) + 1,
        documento="[" + ",".join(encode(one) for one in (esecuzione, *known)[:MAX_ESECUZIONI]) + "]",
    )
    _unless_known(Write(item=item, condition=absent_or_version(versione), name=_OPERAZIONE))


def _runs(id_operazione: str) -> tuple[int | None, tuple[Esecuzione, ...]]:
    try:
        item = PagamentoItem.get(f"{_OPERAZIONE}#{id_operazione}", consistent_read=True)
    except PagamentoItem.DoesNotExist:
        return None, ()
    return int(item.versione), tuple(decode(list[Esecuzione], item.documento or "[]"))
