"""What a caller may ask of payments that a portal started: one by its id or session, lists by an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import listing
from chalicelib.aws.listing import Listing, Range, Tier
from chalicelib.kernel.refusals import NotFound
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import Ricevuta, Rpp
from chalicelib.pagamenti.sessioni import repository, sequel
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.pagamenti.sessioni.repository import NESSUNO
from chalicelib.pagamenti.sessioni.states import StatoPagamento, StatoSessione, shown
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.search import years_between

# How many payments of one pendenza its resource shows.
MAX_PAGAMENTI = 20

_SESSIONE_IGNOTA = "La sessione di pagamento non esiste: controllare idSession."


class PagamentoNotFound(NotFound):
    codice = "404000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    """What a list is asked by; None asks nothing. `da` and `a` are instants of the request, both inclusive."""

    da: datetime | None = None
    a: datetime | None = None
    id: str | None = None
    stato: StatoPagamento | None = None
    versante: str | None = None
    id_sessione_portale: str | None = None
    id_session: str | None = None
    verificato: bool | None = None
    id_debitore: str | None = None
    id_dominio: str | None = None
    iuv: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    crescente: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page of a list, and the cursor of the next, None on the last."""

    sessioni: tuple[Sessione, ...]
    cursor: str | None
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dettaglio:
    """A session with its pendenze and its attempts."""

    sessione: Sessione
    pendenze: tuple[Pendenza, ...]
    rpp: tuple[tuple[Rpp, Ricevuta | None], ...]


def existing(id_pagamento: str) -> Sessione:
    """Give a session; nobody's rights are asked for.

    :raises PagamentoNotFound: 404000
    """
    sessione = repository.get(id_pagamento)
    if sessione is None:
        raise _unknown(id_pagamento)
    return sessione


def _unknown(id_pagamento: str) -> PagamentoNotFound:
    return PagamentoNotFound(f"Il pagamento {id_pagamento[:64]} non esiste: controllare l'identificativo.")


def by_session(id_session: str) -> Sessione:
    """Give the session that the payer comes back from; nobody's rights are asked for.

    :raises PagamentoNotFound: 404000
    """
    id_pagamento = repository.id_by_session(id_session)
    sessione = None if id_pagamento is None else repository.get(id_pagamento)
    if sessione is None:
        raise PagamentoNotFound(_SESSIONE_IGNOTA)
    return sessione


def get_pagamento(*, utenza: Utenza, id_pagamento: str, now: datetime) -> Dettaglio:
    """Give one session: three reads.

    :raises PagamentoNotFound: 404000; also for one that the caller may not see, or no longer
    """
    return _detailed(existing(id_pagamento), utenza, now=now)


def get_by_session(*, utenza: Utenza, id_session: str, now: datetime) -> Dettaglio:
    """Give one session by the id that came back with the payer. As `get_pagamento`."""
    sessione = by_session(id_session)
    if not _is_visible(sessione, utenza, now=now):
        raise PagamentoNotFound(_SESSIONE_IGNOTA)
    return _detailed(sessione, utenza, now=now)


def _detailed(sessione: Sessione, utenza: Utenza, *, now: datetime) -> Dettaglio:
    check_visible(sessione, utenza, now=now)
    [found] = _with_all([sessione])
    return found


def _with_all(sessioni: Sequence[Sessione]) -> list[Dettaglio]:
    """Give sessions with their pendenze and attempts: two reads for all of them."""
    if not sessioni:
        return []
    tentativi = [tentativo for sessione in sessioni for tentativo in sessione.tentativi]
    found = pendenze.get_many(pendenze.key_of(t.id_a2a, t.id_pendenza) for t in tentativi)
    of_key = {(pendenza.id_a2a, pendenza.id_pendenza): pendenza for pendenza in found}
    rpp = {
        (pair[0].id_dominio, pair[0].iuv, pair[0].ccp): pair for pair in pagamenti.get_many(t.key for t in tentativi)
    }
    return [
        Dettaglio(
            sessione=sessione,
            pendenze=tuple(of_key[key] for key in _pendenze_of(sessione) if key in of_key),
            rpp=tuple(rpp[t.key] for t in sessione.tentativi if t.key in rpp),
        )
        for sessione in sessioni
    ]


def check_visible(sessione: Sessione, utenza: Utenza, *, now: datetime) -> None:
    """Check a single read: an applicazione sees what it started, an operatore what his domini and tipi are in.

    An id does not say whose payment it is: one of others is answered for as one that does not exist.

    :raises PagamentoNotFound: 404000
    """
    if not _is_visible(sessione, utenza, now=now):
        raise _unknown(sessione.id)


def _is_visible(sessione: Sessione, utenza: Utenza, *, now: datetime) -> bool:
    match utenza.tipo:
        case TipoUtenza.ANONIMO:
            return sequel.is_readable_by_anonymous(sessione, now=now)
        case TipoUtenza.APPLICAZIONE:
            return utenza.id_a2a == sessione.id_a2a
        case TipoUtenza.CITTADINO:
            versante = None if sessione.versante is None else sessione.versante.identificativo.upper()
            return versante is not None and versante == (utenza.codice_fiscale or "").upper()
        case TipoUtenza.OPERATORE:
            return _is_of(sessione, utenza)


def _is_of(sessione: Sessione, utenza: Utenza) -> bool:
    return any(
        tentativo.id_dominio in utenza.domini
        and (tentativo.id_tipo_pendenza in utenza.tipi_pendenza or utenza.autodeterminazione)
        for tentativo in sessione.tentativi
    )


# -- lists


def find_pagamenti(
    *, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None, now: datetime
) -> Pagina:
    """Give a page of what the caller may see.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    few = _few(filtri)
    if few is not None:
        found = _matching(few, filtri, utenza, now=now)
        start = (page - 1) * size
        return Pagina(sessioni=tuple(found[start : start + size]), cursor=None, has_next=len(found) > start + size)
    answer = listing.read_page(_listing(filtri, utenza, now=now), size=size, page=page, cursor=cursor)
    sessioni = repository.get_many(repository.id_of(item) for item in answer.items)
    # The index follows a write within a moment: what it showed may have become something else.
    return Pagina(
        sessioni=tuple(s for s in sessioni if _matches(s, filtri) and _is_visible(s, utenza, now=now)),
        cursor=answer.cursor,
        has_next=answer.cursor is not None,
    )


def count_pagamenti(*, utenza: Utenza, filtri: Filtri, now: datetime) -> int:
    """Count what `find_pagamenti` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
    few = _few(filtri)
    if few is not None:
        return len(_matching(few, filtri, utenza, now=now))
    return listing.count(_listing(filtri, utenza, now=now))


def _few(filtri: Filtri) -> Sequence[Sessione] | None:
    """Give the candidates where the filters name them; None where an index must be walked."""
    if filtri.id is not None:
        sessione = repository.get(filtri.id)
        return [] if sessione is None else [sessione]
    if filtri.id_session is not None:
        id_pagamento = repository.id_by_session(filtri.id_session)
        return [] if id_pagamento is None else repository.get_many([id_pagamento])
    if filtri.id_a2a is not None and filtri.id_pendenza is not None:
        pendenza = pendenze.get(filtri.id_a2a, filtri.id_pendenza)
        return [] if pendenza is None else _on(pendenza.id_dominio, pendenza.iuv)
    if filtri.id_dominio is not None and filtri.iuv is not None:
        return _on(filtri.id_dominio, filtri.iuv)
    return None


def _on(id_dominio: str, iuv: str | None) -> list[Sessione]:
    """Give the sessions that tried to pay a position."""
    if iuv is None:
        return []
    transazione = pagamenti.load(id_dominio, iuv)
    return repository.get_many(rpp.id_pagamento for rpp in transazione.rpp if rpp.id_pagamento is not None)


def pagamenti_of(pendenza: Pendenza) -> list[Dettaglio]:
    """Give the sessions that tried to pay a pendenza, the latest of them, oldest first.

    Nobody's rights are asked for. A Query; three reads more where there is any.
    """
    found = sorted(_on(pendenza.id_dominio, pendenza.iuv), key=lambda sessione: sessione.creata)
    return _with_all(found[-MAX_PAGAMENTI:])


def is_readable_by_anonymous(id_pagamento: str | None, *, now: datetime) -> bool:
    """Tell whether it is a payment that an anonymous caller started and may still read."""
    sessione = None if id_pagamento is None else repository.get(id_pagamento)
    return sessione is not None and sequel.is_readable_by_anonymous(sessione, now=now)


def pendenze_of(id_pagamento: str) -> list[tuple[str, str]]:
    """Give the pendenze of a session, none where there is no such session; nobody's rights are asked for."""
    sessione = repository.get(id_pagamento)
    return [] if sessione is None else _pendenze_of(sessione)


def _pendenze_of(sessione: Sessione) -> list[tuple[str, str]]:
    """Give the pendenze of a session, each once: one in favour of two enti has two attempts."""
    return list(dict.fromkeys((t.id_a2a, t.id_pendenza) for t in sessione.tentativi))


def rpp_keys_of(id_pagamento: str) -> list[tuple[str, str, str]]:
    """Give the keys (dominio, iuv, ccp) of the attempts of a session; nobody's rights are asked for."""
    sessione = repository.get(id_pagamento)
    return [] if sessione is None else [tentativo.key for tentativo in sessione.tentativi]


def _matching(candidates: Sequence[Sessione], filtri: Filtri, utenza: Utenza, *, now: datetime) -> list[Sessione]:
    found = [s for s in candidates if _matches(s, filtri) and _is_visible(s, utenza, now=now)]
    return sorted(found, key=lambda s: s.creata, reverse=not filtri.crescente)


def _matches(sessione: Sessione, filtri: Filtri) -> bool:
    """Tell of a session at hand what the filter of the index tells of items."""
    versante = None if sessione.versante is None else sessione.versante.identificativo.upper()
    exact = (
        (filtri.id, sessione.id),
        (filtri.stato, shown(sessione.stato)),
        (filtri.versante and filtri.versante.upper(), versante),
        (filtri.id_sessione_portale, sessione.id_sessione_portale),
        (filtri.id_session, sessione.id_session),
        (filtri.verificato, sessione.verificato),
    )
    if any(asked is not None and asked != has for asked, has in exact):
        return False
    among = (
        (filtri.id_debitore and filtri.id_debitore.upper(), {t.debitore.upper() for t in sessione.tentativi}),
        (filtri.id_dominio, {t.id_dominio for t in sessione.tentativi}),
        (filtri.iuv, {t.iuv for t in sessione.tentativi}),
        (filtri.id_pendenza, {t.id_pendenza for t in sessione.tentativi}),
        (filtri.id_a2a, {t.id_a2a for t in sessione.tentativi}),
    )
    if any(asked is not None and asked not in have for asked, have in among):
        return False
    return (filtri.da is None or filtri.da <= sessione.creata) and (filtri.a is None or sessione.creata <= filtri.a)


def _listing(filtri: Filtri, utenza: Utenza, *, now: datetime) -> Listing:
    if utenza.tipo is TipoUtenza.OPERATORE:
        utenza.require_any_dominio()
    index, partitions, rest = _walk(filtri, utenza, now=now)
    return Listing(
        index=index,
        partitions=partitions,
        bounds=Range(
            da=pendenze.caricata_key(filtri.da).removesuffix("#") if filtri.da else None,
            a=pendenze.caricata_key(filtri.a) + "\U0010ffff" if filtri.a else None,
        ),
        matching=_condition(rest, utenza, by_dominio=index is PagamentoItem.per_dominio),
        forward=filtri.crescente,
    )


def _walk(filtri: Filtri, utenza: Utenza, *, now: datetime) -> tuple[Any, Sequence[Tier], Filtri]:
    """Give the index, the partitions, and the filters that these do not cover."""
    own_versante = utenza.codice_fiscale if utenza.tipo is TipoUtenza.CITTADINO else None
    versante = own_versante or filtri.versante
    if own_versante is not None and filtri.versante is not None and not utenza.is_same_person(filtri.versante):
        # What others paid for is nobody else's to see.
        return PagamentoItem.per_versante, [], filtri
    if versante is not None:
        return PagamentoItem.per_versante, [pendenze.debitore_key(versante)], replace(filtri, versante=None)
    years = years_between(filtri.da, filtri.a, now=now)
    if filtri.crescente:
        years = years[::-1]
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        return PagamentoItem.per_applicazione, [f"{utenza.id_a2a}#{year}" for year in years], filtri
    if filtri.id_dominio is not None or not utenza.domini.tutti:
        domini = [filtri.id_dominio] if filtri.id_dominio is not None else sorted(utenza.domini.ids)
        return PagamentoItem.per_dominio, [_tier(domini, year) for year in years], filtri
    owners = [*(a.id_a2a for a in anagrafica.applicazioni()), NESSUNO]
    return PagamentoItem.per_applicazione, [_tier(owners, year) for year in years], filtri


def _tier(owners: Sequence[str], year: str) -> Tier:
    partitions = tuple(f"{owner}#{year}" for owner in owners)
    return partitions[0] if len(partitions) == 1 else partitions


def _condition(filtri: Filtri, utenza: Utenza, *, by_dominio: bool) -> Condition | None:
    """Give the filter of the index; `by_dominio`: its partitions are those of the domini."""
    item = PagamentoItem
    conditions: list[Condition] = []
    if filtri.stato is not None:
        stati = [stato for stato in StatoSessione if shown(stato) is filtri.stato]
        conditions.append(item.stato.is_in(*stati))
    if filtri.versante is not None:
        conditions.append(item.versante == pendenze.debitore_key(filtri.versante))
    if filtri.id_sessione_portale is not None:
        conditions.append(item.id_sessione_portale == filtri.id_sessione_portale)
    if filtri.verificato is not None:
        conditions.append(item.verificato == str(filtri.verificato).lower())
    if filtri.id_debitore is not None:
        conditions.append(item.debitori.contains(repository.barred([pendenze.debitore_key(filtri.id_debitore)])))
    if filtri.id_dominio is not None and not by_dominio:
        conditions.append(item.domini.contains(repository.barred([filtri.id_dominio])))
    named = (
        (repository.ID_A2A, filtri.id_a2a),
        (repository.ID_PENDENZA, filtri.id_pendenza),
        (repository.IUV, filtri.iuv),
    )
    conditions += [_mentions(name, value) for name, value in named if value is not None]
    conditions += _by_domini(filtri, utenza, by_dominio=by_dominio) + _by_tipi(utenza)
    return reduce(and_, conditions) if conditions else None


def _by_domini(filtri: Filtri, utenza: Utenza, *, by_dominio: bool) -> list[Condition]:
    """Leave out what is of no dominio of the caller's, and of a cart of several all but the first that is walked."""
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        return [PagamentoItem.id_a2a == utenza.id_a2a]
    if utenza.tipo is TipoUtenza.CITTADINO or utenza.domini.tutti:
        return []
    domini = sorted(utenza.domini.ids)
    if by_dominio and filtri.id_dominio is None:
        earlier = [PagamentoItem.precedenti.contains(repository.barred([one])) for one in domini]
        return [~reduce(or_, earlier)] if len(domini) > 1 else []
    if by_dominio and filtri.id_dominio is not None and filtri.id_dominio in utenza.domini:
        return []
    return [reduce(or_, [PagamentoItem.domini.contains(repository.barred([one])) for one in domini])]


def _by_tipi(utenza: Utenza) -> list[Condition]:
    if utenza.tipo in {TipoUtenza.APPLICAZIONE, TipoUtenza.CITTADINO}:
        return []
    if utenza.tipi_pendenza.tutti or utenza.autodeterminazione:
        return []
    tipi = [_mentions(repository.TIPO, one) for one in sorted(utenza.tipi_pendenza.ids)]
    return [reduce(or_, tipi) if tipi else PagamentoItem.stato.does_not_exist()]


def _mentions(name: str, value: str) -> Condition:
    """Hold if an attempt of the cart has that value; a cart of several may have it in another than is allowed."""
    return PagamentoItem.riferimenti.contains(repository.barred([repository.riferimento(name, value)]))
