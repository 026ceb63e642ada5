"""Tracciati, outcomes of rows and marks of blocks ↔ items."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Write, commit, version_is
from chalicelib.pendenze.repository import caricata_key, year_of
from chalicelib.tracciati.model import EsitoRiga, Tracciato
from chalicelib.tracciati.states import Fase
from chalicelib.tracciati.tables import TracciatoItem

SK_TRACCIATO, RIGA, BLOCCO = "tracciato", "riga#", "blocco#"
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem


@dataclass(frozen=True, slots=True, kw_only=True)
class BloccoFatto:
    """A block that is done in a phase. `is_last`: it ended the phase, so that who wrote this sends the next."""

    is_last: bool = False


def get(id_tracciato: int) -> Tracciato | None:
    """Give a tracciato as last written."""
    for item in TracciatoItem.batch_get([(str(id_tracciato), SK_TRACCIATO)], consistent_read=True):
        return _decode(item)
    return None


def with_block(id_tracciato: int, fase: Fase, blocco: int) -> tuple[Tracciato | None, BloccoFatto | None]:
    """Give a tracciato and, if it is done, the mark of one of its blocks, in one call."""
    pk, sk = str(id_tracciato), _blocco_sk(fase, blocco)
    tracciato: Tracciato | None = None
    fatto: BloccoFatto | None = None
    for item in TracciatoItem.batch_get([(pk, SK_TRACCIATO), (pk, sk)], consistent_read=True):
        if item.sk == SK_TRACCIATO:
            tracciato = _decode(item)
        else:
            fatto = decode(BloccoFatto, item.documento or "")
    return tracciato, fatto


def by_keys(keys: Iterable[tuple[str, str]]) -> list[Tracciato]:
    """Give the tracciati of these keys of the table, in their order."""
    wanted = list(keys)
    found: dict[tuple[str, str], Tracciato] = {}
    for start in range(0, len(wanted), _BATCH):
        for item in TracciatoItem.batch_get(wanted[start : start + _BATCH], consistent_read=True):
            found[item.pk, item.sk] = _decode(item)
    return [found[key] for key in wanted if key in found]


def _decode(item: TracciatoItem) -> Tracciato:
    return replace(decode(Tracciato, item.documento or ""), versione=int(item.versione))


def save(tracciato: Tracciato, also: Sequence[Write] = ()) -> Tracciato:
    """Write a tracciato as it was read, one version on, with what belongs to the same step.

    :raises WriteConflict: naming `tracciato` if somebody wrote in between, or one of the others
    """
    stored = tracciato.next_version()
    anno = year_of(stored.caricato)
    item = TracciatoItem(
        pk=str(stored.id),
        sk=SK_TRACCIATO,
        versione=stored.versione,
        documento=encode(stored),
        anno=anno,
        dominio_anno=f"{stored.id_dominio}#{anno}" if stored.id_dominio else None,
        caricato=caricata_key(stored.caricato, str(stored.id)),
        stato=stored.stato_esposto,
        principal=stored.principal,
        id_tipo_pendenza=stored.id_tipo_pendenza,
    )
    condition = version_is(tracciato.versione) if tracciato.versione else ABSENT
    commit([Write(item=item, condition=condition, name=SK_TRACCIATO), *also])
    return stored


# -- blocks


def blocco_write(id_tracciato: int, fase: Fase, blocco: int, fatto: BloccoFatto) -> Write:
    item = TracciatoItem(pk=str(id_tracciato), sk=_blocco_sk(fase, blocco), documento=encode(fatto))
    return Write(item=item, condition=ABSENT, name=BLOCCO)


def _blocco_sk(fase: Fase, blocco: int) -> str:
    return f"{BLOCCO}{fase}#{blocco:06d}"


# -- rows


def riga_write(id_tracciato: int, esito: EsitoRiga) -> Write:
    item = TracciatoItem(pk=str(id_tracciato), sk=_riga_sk(esito.numero), documento=encode(esito))
    return Write(item=item, condition=ABSENT, name=RIGA)


def has_riga(id_tracciato: int, numero: int) -> bool:
    key = (str(id_tracciato), _riga_sk(numero))
    return any(True for _ in TracciatoItem.batch_get([key], consistent_read=True))


def righe(id_tracciato: int, *, da: int, a: int) -> Iterator[EsitoRiga]:
    """Give the outcomes of the rows between two numbers, both inclusive, in their order; a page at a time."""
    between = TracciatoItem.sk.between(_riga_sk(da), _riga_sk(a))
    for item in TracciatoItem.query(str(id_tracciato), between, consistent_read=True):
        yield decode(EsitoRiga, item.documento or "")


def _riga_sk(numero: int) -> str:
    return f"{RIGA}{numero:08d}"
