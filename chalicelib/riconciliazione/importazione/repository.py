"""Giornali, rows and movements ↔ items."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, Write, commit, version_is
from chalicelib.pendenze.repository import caricata_key
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione.model import (
    Classe,
    Giornale,
    MovimentoCassa,
    RigaGiornale,
    provvisorio_key,
)
from chalicelib.riconciliazione.importazione.states import RIPROVABILI
from chalicelib.riconciliazione.importazione.tables import MovimentoItem

SK_GIORNALE, RIGA, MOVIMENTO = "giornale", "riga#", "movimento#"
_PROVVISORIO = 16  # characters of the id of a movement that say its provvisorio
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem
_PER_CHIAVE_MAX = 100


# -- giornali


def giornale_key(id_dominio: str, id_giornale: str) -> str:
    return f"{id_dominio}#giornale#{id_giornale}"


def giornale(id_dominio: str, id_giornale: str) -> Giornale | None:
    """Give a giornale as last written."""
    pk = giornale_key(id_dominio, id_giornale)
    for item in MovimentoItem.batch_get([(pk, SK_GIORNALE)], consistent_read=True):
        return decode_giornale(item)
    return None


def giornali_of(keys: Iterable[tuple[str, str]]) -> list[Giornale]:
    """Give the giornali of these keys of the table, in their order."""
    wanted = list(keys)
    found = _batch(wanted)
    return [decode_giornale(found[key]) for key in wanted if key in found]


def decode_giornale(item: MovimentoItem) -> Giornale:
    return replace(decode(Giornale, item.documento or ""), versione=int(item.versione))


def save_giornale(giornale: Giornale, writes: Sequence[Write] = ()) -> Giornale:
    """Write a giornale, with what belongs to the same step.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    commit([giornale_write(giornale), *writes])
    return giornale.next_version()


def giornale_write(giornale: Giornale) -> Write:
    stored, pk = giornale.next_version(), giornale_key(giornale.id_dominio, giornale.id_giornale)
    item = MovimentoItem(
        pk=pk,
        sk=SK_GIORNALE,
        versione=stored.versione,
        documento=encode(stored),
        giornali_di=giornale.id_dominio,
        ricevuto=caricata_key(giornale.ricevuto, giornale.id_giornale),
        stato=giornale.stato,
    )
    condition = version_is(giornale.versione) if giornale.versione else ABSENT
    return Write(item=item, condition=condition, name="giornale")


# -- rows


def riga_write(giornale: Giornale, riga: RigaGiornale) -> Write:
    pk = giornale_key(giornale.id_dominio, giornale.id_giornale)
    item = MovimentoItem(pk=pk, sk=f"{RIGA}{riga.numero:08d}", documento=encode(riga))
    return Write(item=item, condition=ABSENT, name=f"riga {riga.numero}")


def righe(giornale: Giornale, *, dopo: int, most: int | None = None) -> Iterator[RigaGiornale]:
    """Give the rows of a giornale that follow one, in their order, a page at a time."""
    between = MovimentoItem.sk.between(f"{RIGA}{dopo + 1:08d}", f"{RIGA}~")
    pk = giornale_key(giornale.id_dominio, giornale.id_giornale)
    for item in MovimentoItem.query(pk, between, consistent_read=True, limit=most, page_size=most):
        yield decode(RigaGiornale, item.documento or "")


# -- movements


def movimento_key(id_dominio: str, id_movimento: str) -> tuple[str, str]:
    return f"{id_dominio}#{id_movimento[:_PROVVISORIO]}", MOVIMENTO + id_movimento[_PROVVISORIO:]


def movimenti(id_dominio: str, ids: Iterable[str]) -> dict[str, MovimentoCassa]:
    """Give movements by their ids, as last written; a BatchGetItem for a hundred."""
    wanted = {movimento_key(id_dominio, one): one for one in ids}
    return {wanted[key]: decode_movimento(item) for key, item in _batch(list(wanted)).items()}


def by_keys(keys: Iterable[tuple[str, str]]) -> list[MovimentoCassa]:
    """Give the movements of these keys of the table, in their order."""
    wanted = list(keys)
    found = _batch(wanted)
    return [decode_movimento(found[key]) for key in wanted if key in found]


def _batch(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], MovimentoItem]:
    found: dict[tuple[str, str], MovimentoItem] = {}
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), _BATCH):
        for item in MovimentoItem.batch_get(wanted[start : start + _BATCH], consistent_read=True):
            found[item.pk, item.sk] = item
    return found


def decode_movimento(item: MovimentoItem) -> MovimentoCassa:
    return replace(decode(MovimentoCassa, item.documento or ""), versione=int(item.versione))


def save(*moved: MovimentoCassa, also: Sequence[Write] = ()) -> None:
    """Write movements as they were read, one version on; together.

    :raises WriteConflict: if somebody else worked on one of them
    """
    commit([*(movimento_write(one) for one in moved), *also])


def movimento_write(cassa: MovimentoCassa) -> Write:
    stored, movimento = cassa.next_version(), cassa.movimento
    pk, sk = movimento_key(cassa.id_dominio, cassa.id_movimento)
    item = MovimentoItem(
        pk=pk,
        sk=sk,
        versione=stored.versione,
        documento=encode(stored),
        id_movimento=cassa.id_movimento,
        id_giornale=cassa.id_giornale,
        esito=cassa.esito,
        dominio_mese=f"{cassa.id_dominio}#{movimento.data_contabile:%Y-%m}",
        data_chiave=f"{movimento.data_contabile.isoformat()}#{cassa.id_movimento}",
        riferimento=riferimento_key(cassa.id_dominio, cassa.riferimento) if cassa.riferimento else None,
        bolletta=_bolletta_of(cassa) if cassa.classe is Classe.CREDITO else None,
        in_attesa=cassa.id_dominio if is_in_attesa(cassa) else None,
    )
    condition = version_is(cassa.versione) if cassa.versione else ABSENT
    return Write(item=item, condition=condition, name=f"movimento {cassa.id_movimento}")


def is_in_attesa(cassa: MovimentoCassa) -> bool:
    """Tell what is tried again by itself: also a storno whose original is not there yet."""
    orphan = cassa.esito is EsitoMovimento.STORNO and cassa.originario is None
    return orphan or cassa.esito in RIPROVABILI


def riferimento_key(id_dominio: str, riferimento: str) -> str:
    return f"{id_dominio}#{riferimento.upper()}"


def _bolletta_of(cassa: MovimentoCassa) -> str | None:
    movimento = cassa.movimento
    return bolletta_key(cassa.id_dominio, movimento.abi, movimento.esercizio, movimento.numero_bolletta, movimento.sct)


def bolletta_key(id_dominio: str, abi: str, esercizio: str, bolletta: str, sct: str) -> str | None:
    """Give by what a storno names what it undoes: the bolletta, or where the bank gives none the sct."""
    if bolletta:
        return f"{id_dominio}#{abi}#{esercizio}#{bolletta}"
    return f"{id_dominio}#sct#{sct}" if sct else None


def of_provvisorio(id_dominio: str, esercizio: str, numero: str) -> list[MovimentoCassa]:
    """Give the movements of a provvisorio, as last written."""
    digest = provvisorio_key(esercizio, numero)
    if not digest:
        return []
    found = MovimentoItem.query(f"{id_dominio}#{digest}", consistent_read=True, limit=_PER_CHIAVE_MAX)
    return [decode_movimento(item) for item in found]


def of_bolletta(key: str) -> list[MovimentoCassa]:
    found = MovimentoItem.per_bolletta.query(key, limit=_PER_CHIAVE_MAX)
    return by_keys((item.pk, item.sk) for item in found)


def of_riferimento(
    id_dominio: str, riferimento: str, *, esiti: Iterable[EsitoMovimento] | None = None
) -> list[MovimentoCassa]:
    """Give the movements that name a flow or an iuv, of all outcomes or of some."""
    wanted = None if esiti is None else {str(esito) for esito in esiti}
    found = MovimentoItem.per_riferimento.query(riferimento_key(id_dominio, riferimento), limit=_PER_CHIAVE_MAX)
    return by_keys((item.pk, item.sk) for item in found if wanted is None or item.esito in wanted)


def waiting(id_dominio: str, *, dopo: str, most: int) -> list[MovimentoCassa]:
    """Give the movements of an ente that wait to be tried again, by id, those that follow one."""
    found = MovimentoItem.in_attesa_index.query(
        id_dominio, MovimentoItem.id_movimento > (dopo or "!"), limit=most, page_size=most
    )
    return by_keys((item.pk, item.sk) for item in found)
