"""What a caller may ask of flussi, riscossioni and incassi: one by its key, lists by an index (`ricerca`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Generic, TypeVar

from chalicelib.aws import documents, listing
from chalicelib.aws.documents import Bucket
from chalicelib.aws.listing import Listing
from chalicelib.kernel.refusals import NotAllowed, NotFound, ParametroNonValido
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import ChiaveRiscossione, Ricevuta, Riscossione, Rpp
from chalicelib.riconciliazione import per_chiave
from chalicelib.riconciliazione.model import Flusso, Incasso, Rendicontazione, Riga
from chalicelib.riconciliazione.per_chiave import MAX_KEY, Riscossa, with_pendenze
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.ricerca import (
    Filtri,
    FiltriFlussi,
    FiltriIncassi,
    FiltriRiscossioni,
    flussi_listing,
    incassi_listing,
    riscossioni_listing,
)
from chalicelib.riconciliazione.rules.diritti import sees
from chalicelib.riconciliazione.rules.flusso import order_of
from chalicelib.riconciliazione.rules.incasso import may_see
from chalicelib.riconciliazione.states import VALIDI, Esito, StatoFlusso

__all__ = ["Filtri", "FiltriFlussi", "FiltriIncassi", "FiltriRiscossioni", "Pagina", "Riscossa", "with_pendenze"]

T = TypeVar("T")
_BATCH = 100
# What an answer may list by itself: beyond it the answer is a file.
RISCOSSIONI_IN_RISPOSTA = 1000


class FlussoNotFound(NotFound):
    codice = "404000"


class RiscossioneNotFound(NotFound):
    codice = "404000"


class IncassoNotFound(NotFound):
    codice = "404000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina(Generic[T]):
    """A page of a list, and the cursor of the next, None on the last."""

    items: tuple[T, ...]
    cursor: str | None = None
    has_next: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dettaglio:
    """A riscossione with all that hangs on it."""

    riscossa: Riscossa
    rpp: Rpp | None
    ricevuta: Ricevuta | None
    incasso: Incasso | None


# -- lists


def find_flussi(
    *, utenza: Utenza, filtri: FiltriFlussi, size: int, page: int, cursor: str | None, now: datetime
) -> Pagina[Flusso]:
    """Give a page of the flows of the caller's domini.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    if not _may_list(filtri, utenza):
        return Pagina(items=())
    if filtri.iuv is not None:
        return _cut(per_chiave.of_rows(filtri, utenza), size, page)
    if filtri.id_flusso is not None:
        return _cut(per_chiave.named(filtri, utenza), size, page)
    answer = listing.read_page(flussi_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    return _page(flussi.get_many((item.pk, item.sk) for item in answer.items), answer.cursor)


def count_flussi(*, utenza: Utenza, filtri: FiltriFlussi, now: datetime) -> int:
    if filtri.iuv is not None and _may_list(filtri, utenza):
        return len(per_chiave.of_rows(filtri, utenza))
    if filtri.id_flusso is not None and _may_list(filtri, utenza):
        return len(per_chiave.named(filtri, utenza))
    return _count(filtri, utenza, lambda: flussi_listing(filtri, utenza, now=now))


def find_incassi(
    *, utenza: Utenza, filtri: FiltriIncassi, size: int, page: int, cursor: str | None, now: datetime
) -> Pagina[Incasso]:
    """Give a page of incassi: an applicazione sees those it registered, an operatore those of its domini.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    if not _may_list(filtri, utenza):
        return Pagina(items=())
    if filtri.id_flusso or filtri.iuv:
        return _cut(per_chiave.having(filtri, utenza), size, page)
    answer = listing.read_page(incassi_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    return _page(incassi.get_many((item.pk, item.sk) for item in answer.items), answer.cursor)


def count_incassi(*, utenza: Utenza, filtri: FiltriIncassi, now: datetime) -> int:
    if (filtri.id_flusso or filtri.iuv) and _may_list(filtri, utenza):
        return len(per_chiave.having(filtri, utenza))
    return _count(filtri, utenza, lambda: incassi_listing(filtri, utenza, now=now))


def find_riscossioni(
    *, utenza: Utenza, filtri: FiltriRiscossioni, size: int, page: int, cursor: str | None, now: datetime
) -> Pagina[Riscossa]:
    """Give a page of the riscossioni of the caller's domini.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    if not _may_list(filtri, utenza):
        return Pagina(items=())
    if filtri.iuv is not None:
        return _cut(per_chiave.of_iuv(filtri, utenza, filtri.iuv), size, page)
    if filtri.id_a2a is not None and filtri.id_pendenza is not None:
        return _cut(per_chiave.of_pendenza(filtri, utenza, filtri.id_a2a, filtri.id_pendenza), size, page)
    answer = listing.read_page(riscossioni_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    found = archivio.riscossioni_of(key_of(item) for item in answer.items)
    return _page(with_pendenze(found.values()), answer.cursor)


def count_riscossioni(*, utenza: Utenza, filtri: FiltriRiscossioni, now: datetime) -> int:
    if filtri.iuv is not None and _may_list(filtri, utenza):
        return len(per_chiave.of_iuv(filtri, utenza, filtri.iuv))
    if filtri.id_a2a is not None and filtri.id_pendenza is not None and _may_list(filtri, utenza):
        return len(per_chiave.of_pendenza(filtri, utenza, filtri.id_a2a, filtri.id_pendenza))
    return _count(filtri, utenza, lambda: riscossioni_listing(filtri, utenza, now=now))


def _may_list(filtri: Filtri, utenza: Utenza) -> bool:
    utenza.require_any_dominio()
    return filtri.id_dominio is None or filtri.id_dominio in utenza.domini


def _count(filtri: Filtri, utenza: Utenza, asked: Any) -> int:
    walk: Listing | None = asked() if _may_list(filtri, utenza) else None
    return 0 if walk is None else listing.count(walk)


def _page(items: Sequence[T], cursor: str | None) -> Pagina[T]:
    return Pagina(items=tuple(items), cursor=cursor, has_next=cursor is not None)


def _cut(items: Sequence[T], size: int, page: int) -> Pagina[T]:
    start = (page - 1) * size
    return Pagina(items=tuple(items[start : start + size]), has_next=len(items) > start + size)


def key_of(item: Any) -> ChiaveRiscossione:
    id_dominio, _, iuv = item.pk.partition("#")
    iur, _, indice = item.sk.removeprefix(archivio.RISCOSSIONE).rpartition("#")
    return ChiaveRiscossione(id_dominio, iuv, iur, int(indice))


# -- one


def get_riscossione(*, utenza: Utenza, id_dominio: str, iuv: str, iur: str, indice: str) -> Dettaglio:
    """Give one riscossione, in one Query, and a read more for its incasso.

    :raises NotAllowed: 403000, for a dominio or a tipo pendenza of others
    :raises RiscossioneNotFound: 404000
    """
    utenza.require_dominio(id_dominio)
    found = None
    if len(iuv) <= MAX_KEY:
        transazione = archivio.load(id_dominio, iuv)
        found = next((r for r in transazione.riscossioni if (r.iur, str(r.indice)) == (iur, indice)), None)
    if found is None:
        raise RiscossioneNotFound(
            f"Nessuna riscossione per dominio {id_dominio}, iuv {iuv}, iur {iur}, indice {indice}."
        )
    if not sees(utenza, found.id_tipo_pendenza):
        utenza.require_tipo_pendenza(found.id_tipo_pendenza or "*")
    incasso = None if found.id_incasso is None else incassi.get(found.id_dominio_incasso, found.id_incasso)
    return Dettaglio(
        riscossa=Riscossa(riscossione=found, pendenza=transazione.posizione),
        rpp=transazione.rpp_of(found.ccp),
        ricevuta=transazione.ricevuta_of(found.ccp),
        incasso=incasso if incasso is not None and may_see(incasso, utenza) else None,
    )


def get_flusso(
    *, utenza: Utenza, id_flusso: str, id_dominio: str | None = None, data_ora: datetime | None = None
) -> Flusso:
    """Give a revision of a flow: the one of a date, or the one that holds.

    :raises NotAllowed: 403000, for a dominio of others that is named
    :raises FlussoNotFound: 404000; also for a flow of others that is not
    :raises ParametroNonValido: 100001, if several enti of the caller have a flow of that name
    """
    if id_dominio is not None:
        utenza.require_dominio(id_dominio)
        found = flussi.revisions(id_dominio, id_flusso) if len(id_flusso) <= MAX_KEY else []
    else:
        found = [f for f in per_chiave.namesakes(id_flusso) if f.chiave.id_dominio in utenza.domini]
    dated = [f for f in found if data_ora is None or _is_of(f, data_ora)]
    if not dated:
        raise FlussoNotFound(f"Il flusso {id_flusso[:MAX_KEY]} non esiste: controllare idFlusso e data.")
    if len({f.chiave.id_dominio for f in dated}) > 1:
        raise ParametroNonValido(f"Il flusso {id_flusso} è di più domini: indicare idDominio.")
    return max(dated, key=lambda f: (f.stato is not StatoFlusso.RIFIUTATA and not f.obsoleto, order_of(f.chiave)))


def _is_of(flusso: Flusso, data_ora: datetime) -> bool:
    return data_ora == flusso.chiave.data_ora or data_ora.replace(microsecond=0) == flusso.chiave.data_ora


def rendicontazioni_of(flusso: Flusso, utenza: Utenza) -> Iterator[tuple[Rendicontazione, Riscossa | None]]:
    """Give the rows of a flow with what they report, where the caller may be told of it; three reads for a hundred."""
    rows = flussi.rows(flusso.chiave)
    while chunk := list(islice(rows, _BATCH)):
        keys = [row.riscossione for _, row in chunk if row.riscossione is not None]
        found = archivio.riscossioni_of(keys)
        whole = {r.riscossione.chiave: r for r in with_pendenze(_seen(found.values(), utenza))}
        for _, row in chunk:
            yield row, None if row.riscossione is None else whole.get(row.riscossione)


def flusso_xml(flusso: Flusso) -> bytes:
    """Give a flow as FlussoRiversamento: its own bytes, or, where it came by REST, the XML that says the same.

    :raises FlussoNotFound: 404000, for one that could not be read as such
    """
    if flusso.stato is StatoFlusso.RIFIUTATA or flusso.testata is None:
        raise FlussoNotFound(f"Il flusso {flusso.chiave.id_flusso} è stato rifiutato e non ha una forma XML.")
    if flusso.formato in Ports.with_own_xml and flusso.originale:
        body = documents.get(Bucket.ARCHIVIO, flusso.originale[0])
        if body is not None:
            return body
    righe: list[Riga] = sorted((row.riga for _, row in flussi.rows(flusso.chiave)), key=lambda r: r.progressivo)
    return Ports.write_flusso(flusso.testata, righe)


def get_incasso(*, utenza: Utenza, id_dominio: str, id_incasso: str) -> Incasso:
    """Give one incasso.

    :raises NotAllowed: 403000; an applicazione sees those it registered
    :raises IncassoNotFound: 404000
    """
    utenza.require_dominio(id_dominio)
    incasso = incassi.get(id_dominio, id_incasso) if len(id_incasso) <= MAX_KEY else None
    if incasso is None:
        raise IncassoNotFound(f"L'incasso {id_incasso[:MAX_KEY]} del dominio {id_dominio} non esiste.")
    if not may_see(incasso, utenza):
        raise NotAllowed(f"L'applicazione {utenza.id_a2a} può accedere solo agli incassi che ha registrato.")
    return incasso


def riscossioni_of(incasso: Incasso, utenza: Utenza) -> Iterator[Riscossa]:
    """Give what an incasso has collected, or is about to, that the caller may be told of; nothing of one reversed."""
    if incasso.stato not in VALIDI:
        return
    if incasso.riscossione is not None:
        yield from with_pendenze(_seen(archivio.riscossioni_of([incasso.riscossione]).values(), utenza))
    elif incasso.flusso is not None:
        rows = (row for _, row in flussi.rows(incasso.flusso))
        keys = (row.riscossione for row in rows if row.riscossione and row.riga.esito != Esito.REVOCATO)
        while chunk := list(islice(keys, _BATCH)):
            yield from with_pendenze(_seen(archivio.riscossioni_of(chunk).values(), utenza))


def _seen(riscossioni: Iterable[Riscossione], utenza: Utenza) -> list[Riscossione]:
    return [riscossione for riscossione in riscossioni if sees(utenza, riscossione.id_tipo_pendenza)]
