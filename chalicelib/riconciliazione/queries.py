"""What a caller may ask of flussi, riscossioni and incassi: one by its key, lists by an index (`ricerca`)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Generic, TypeVar

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import documents, listing
from chalicelib.aws.documents import Bucket
from chalicelib.aws.listing import Listing
from chalicelib.kernel.refusals import NotAllowed, NotFound, ParametroNonValido
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import ChiaveRiscossione, Ricevuta, Riscossione, Rpp
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Flusso, Incasso, Rendicontazione, Riga
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
from chalicelib.riconciliazione.rules.flusso import order_of
from chalicelib.riconciliazione.rules.incasso import may_see
from chalicelib.riconciliazione.rules.righe import is_interno
from chalicelib.riconciliazione.states import VALIDI, Esito, StatoFlusso, StatoIncasso

__all__ = ["Filtri", "FiltriFlussi", "FiltriIncassi", "FiltriRiscossioni", "Pagina", "Riscossa"]

T = TypeVar("T")
_BATCH = 100
_NAMESAKES_MAX = 200
_ENTI_MAX = 50
MAX_KEY = 70
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
class Riscossa:
    """A riscossione and the pendenza it pays, None where that is not ours."""

    riscossione: Riscossione
    pendenza: Pendenza | None


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
    if filtri.id_flusso is not None:
        return _cut(_named(filtri, utenza), size, page)
    answer = listing.read_page(flussi_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    return _page(flussi.get_many((item.pk, item.sk) for item in answer.items), answer.cursor)


def count_flussi(*, utenza: Utenza, filtri: FiltriFlussi, now: datetime) -> int:
    if filtri.id_flusso is not None and _may_list(filtri, utenza):
        return len(_named(filtri, utenza))
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
        return _cut(_having(filtri, utenza), size, page)
    answer = listing.read_page(incassi_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    return _page(incassi.get_many((item.pk, item.sk) for item in answer.items), answer.cursor)


def count_incassi(*, utenza: Utenza, filtri: FiltriIncassi, now: datetime) -> int:
    if (filtri.id_flusso or filtri.iuv) and _may_list(filtri, utenza):
        return len(_having(filtri, utenza))
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
        return _cut(_of_iuv(filtri, utenza, filtri.iuv), size, page)
    if filtri.id_a2a is not None and filtri.id_pendenza is not None:
        return _cut(_of_pendenza(filtri, utenza, filtri.id_a2a, filtri.id_pendenza), size, page)
    answer = listing.read_page(riscossioni_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    found = archivio.riscossioni_of(_key_of(item) for item in answer.items)
    return _page(with_pendenze(found.values()), answer.cursor)


def count_riscossioni(*, utenza: Utenza, filtri: FiltriRiscossioni, now: datetime) -> int:
    if filtri.iuv is not None and _may_list(filtri, utenza):
        return len(_of_iuv(filtri, utenza, filtri.iuv))
    if filtri.id_a2a is not None and filtri.id_pendenza is not None and _may_list(filtri, utenza):
        return len(_of_pendenza(filtri, utenza, filtri.id_a2a, filtri.id_pendenza))
    return _count(filtri, utenza, lambda: riscossioni_listing(filtri, utenza, now=now))


def _may_list(filtri: Filtri, utenza: Utenza) -> bool:
    if not utenza.domini.tutti and not utenza.domini.ids:
        raise NotAllowed(f"L'utenza {utenza.principal} non è autorizzata per nessun dominio.")
    return filtri.id_dominio is None or filtri.id_dominio in utenza.domini


def _count(filtri: Filtri, utenza: Utenza, asked: Any) -> int:
    walk: Listing | None = asked() if _may_list(filtri, utenza) else None
    return 0 if walk is None else listing.count(walk)


def _page(items: Sequence[T], cursor: str | None) -> Pagina[T]:
    return Pagina(items=tuple(items), cursor=cursor, has_next=cursor is not None)


def _cut(items: Sequence[T], size: int, page: int) -> Pagina[T]:
    start = (page - 1) * size
    return Pagina(items=tuple(items[start : start + size]), has_next=len(items) > start + size)


def _named(filtri: FiltriFlussi, utenza: Utenza) -> list[Flusso]:
    """Give the flows of one name that the filters leave."""
    found = [f for f in _namesakes(filtri.id_flusso or "") if f.chiave.id_dominio in utenza.domini]
    return sorted((f for f in found if _matches(f, filtri)), key=_newest, reverse=not filtri.crescente)


def _namesakes(id_flusso: str) -> list[Flusso]:
    if not 0 < len(id_flusso) <= MAX_KEY:
        return []
    return flussi.get_many(flussi.keys_named(id_flusso, most=_NAMESAKES_MAX))


def _newest(flusso: Flusso) -> datetime:
    return flusso.chiave.data_ora


def _matches(flusso: Flusso, filtri: FiltriFlussi) -> bool:
    data_ora = flusso.chiave.data_ora
    return (
        filtri.id_dominio in {None, flusso.chiave.id_dominio}
        and filtri.stato in {None, flusso.stato}
        and filtri.incassato in {None, flusso.is_incassato}
        and not (filtri.escludi_obsoleti and flusso.obsoleto)
        and (filtri.da is None or filtri.da <= data_ora)
        and (filtri.a is None or data_ora <= filtri.a)
    )


def _of_pendenza(filtri: FiltriRiscossioni, utenza: Utenza, id_a2a: str, id_pendenza: str) -> list[Riscossa]:
    """Give the riscossioni of one pendenza, which has one IUV."""
    pendenza = pendenze.get(id_a2a, id_pendenza) if max(len(id_a2a), len(id_pendenza)) <= MAX_KEY else None
    if pendenza is None or pendenza.iuv is None or pendenza.id_dominio not in utenza.domini:
        return []
    found = archivio.load(pendenza.id_dominio, pendenza.iuv).riscossioni
    kept = [r for r in found if _is_asked(r, filtri) and filtri.id_dominio in {None, r.id_dominio}]
    kept.sort(key=lambda r: r.data, reverse=not filtri.crescente)
    return [Riscossa(riscossione=r, pendenza=pendenza) for r in kept]


def _of_iuv(filtri: FiltriRiscossioni, utenza: Utenza, iuv: str) -> list[Riscossa]:
    """Give the riscossioni of one IUV that the filters leave, of whatever ente."""
    # Under its own dominio only, as in every list: what it has under another's is told with its incasso.
    found = [r for r in _paid(utenza, filtri.id_dominio, iuv) if r.id_dominio in utenza.domini and _is_asked(r, filtri)]
    return with_pendenze(sorted(found, key=lambda r: r.data, reverse=not filtri.crescente))


def _paid(utenza: Utenza, id_dominio: str | None, iuv: str) -> list[Riscossione]:
    """Give the riscossioni of an IUV, of one ente or of those whose it may be: a Query each.

    :raises ParametroNonValido: 100001, where it may be of too many
    """
    if len(iuv) > MAX_KEY:
        return []
    enti = [id_dominio]
    if id_dominio is None:
        enti = [d.id_dominio for d in anagrafica.domini() if d.id_dominio in utenza.domini and is_interno(iuv, d)]
    if len(enti) > _ENTI_MAX:
        raise ParametroNonValido(f"iuv: può essere di {len(enti)} domini, indicare anche idDominio.")
    transazioni = [archivio.load(one, iuv) for one in enti if one is not None]
    altrove = archivio.riscossioni_of({key for transazione in transazioni for key in transazione.rinvii})
    own = {r.chiave: r for transazione in transazioni for r in transazione.riscossioni}
    return list({**altrove, **own}.values())


def _having(filtri: FiltriIncassi, utenza: Utenza) -> list[Incasso]:
    """Give the incassi that have collected a flow or an IUV, and that the other filters leave."""
    keys = set()
    if filtri.id_flusso:
        flows = [f for f in _namesakes(filtri.id_flusso) if f.id_incasso and f.chiave.id_dominio in utenza.domini]
        keys = {(f.chiave.id_dominio, f.id_incasso) for f in flows}
    if filtri.iuv:
        paid = {(r.id_dominio_incasso, r.id_incasso) for r in _paid(utenza, filtri.id_dominio, filtri.iuv)}
        keys = keys & paid if filtri.id_flusso else paid
    found = incassi.get_many(
        (incassi.key_of(id_dominio, id_incasso), incassi.SK_INCASSO) for id_dominio, id_incasso in keys if id_incasso
    )
    kept = [one for one in found if _is_asked_for(one, filtri) and may_see(one, utenza)]
    return sorted(kept, key=lambda one: one.registrato, reverse=not filtri.crescente)


def _is_asked_for(incasso: Incasso, filtri: FiltriIncassi) -> bool:
    stati = filtri.stati or set(StatoIncasso) - {StatoIncasso.STORNATO}
    return (
        filtri.id_dominio in {None, incasso.id_dominio}
        and filtri.sct in {None, incasso.accredito.sct}
        and incasso.stato in stati
        and (filtri.da is None or filtri.da <= incasso.registrato)
        and (filtri.a is None or incasso.registrato <= filtri.a)
    )


def _is_asked(riscossione: Riscossione, filtri: FiltriRiscossioni) -> bool:
    collected = riscossione.stato is StatoRiscossione.INCASSATA
    giorno = riscossione.data
    return (
        filtri.incassata in {None, collected}
        and (not filtri.tipi or riscossione.tipo.value in filtri.tipi)
        and filtri.id_dominio in {None, riscossione.id_dominio}
        and filtri.iur in {None, riscossione.iur}
        and filtri.id_tipo_pendenza in {None, riscossione.id_tipo_pendenza}
        and filtri.id_a2a in {None, riscossione.id_a2a}
        and filtri.id_pendenza in {None, riscossione.id_pendenza}
        and (filtri.da is None or rome_day(filtri.da) <= giorno)
        and (filtri.a is None or giorno <= rome_day(filtri.a))
    )


def _key_of(item: Any) -> ChiaveRiscossione:
    id_dominio, _, iuv = item.pk.partition("#")
    iur, _, indice = item.sk.removeprefix(archivio.RISCOSSIONE).rpartition("#")
    return ChiaveRiscossione(id_dominio, iuv, iur, int(indice))


def with_pendenze(riscossioni: Iterable[Riscossione]) -> list[Riscossa]:
    """Give riscossioni with their pendenze; a BatchGetItem for a hundred."""
    some = list(riscossioni)
    posizioni = archivio.posizioni_of({(r.id_dominio, r.iuv) for r in some})
    return [Riscossa(riscossione=r, pendenza=posizioni.get((r.id_dominio, r.iuv))) for r in some]


# -- one


def get_riscossione(*, utenza: Utenza, id_dominio: str, iuv: str, iur: str, indice: str) -> Dettaglio:
    """Give one riscossione, in one Query, and a read more for its incasso.

    :raises NotAllowed: 403000
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
        found = [f for f in _namesakes(id_flusso) if f.chiave.id_dominio in utenza.domini]
    dated = [f for f in found if data_ora is None or _is_of(f, data_ora)]
    if not dated:
        raise FlussoNotFound(f"Il flusso {id_flusso[:MAX_KEY]} non esiste: controllare idFlusso e data.")
    if len({f.chiave.id_dominio for f in dated}) > 1:
        raise ParametroNonValido(f"Il flusso {id_flusso} è di più domini: indicare idDominio.")
    return max(dated, key=lambda f: (f.stato is not StatoFlusso.RIFIUTATA and not f.obsoleto, order_of(f.chiave)))


def _is_of(flusso: Flusso, data_ora: datetime) -> bool:
    return data_ora == flusso.chiave.data_ora or data_ora.replace(microsecond=0) == flusso.chiave.data_ora


def rendicontazioni_of(flusso: Flusso) -> Iterator[tuple[Rendicontazione, Riscossa | None]]:
    """Give the rows of a flow with what they report; three reads for a hundred."""
    rows = flussi.rows(flusso.chiave)
    while chunk := list(islice(rows, _BATCH)):
        keys = [row.riscossione for _, row in chunk if row.riscossione is not None]
        found = archivio.riscossioni_of(keys)
        whole = {r.riscossione.chiave: r for r in with_pendenze(found.values())}
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


def riscossioni_of(incasso: Incasso) -> Iterator[Riscossa]:
    """Give what an incasso has collected, or is about to; nothing of one that was reversed."""
    if incasso.stato not in VALIDI:
        return
    if incasso.riscossione is not None:
        yield from with_pendenze(archivio.riscossioni_of([incasso.riscossione]).values())
    elif incasso.flusso is not None:
        rows = (row for _, row in flussi.rows(incasso.flusso))
        keys = (row.riscossione for row in rows if row.riscossione and row.riga.esito != Esito.REVOCATO)
        while chunk := list(islice(keys, _BATCH)):
            yield from with_pendenze(archivio.riscossioni_of(chunk).values())
