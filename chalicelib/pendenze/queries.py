"""What a caller may ask of pendenze: one by its id, lists by an index (`search`)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from chalicelib.aws import listing
from chalicelib.kernel.identifiers import is_codice_fiscale_ente
from chalicelib.kernel.iuv import NumeroAvvisoNonValido, parse_numero_avviso
from chalicelib.kernel.refusals import NotAllowed, NotFound
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze import incontrate, repository
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.ports import Ports, RppOf
from chalicelib.pendenze.rules.rights import check_own, check_payable, check_visible, is_hidden
from chalicelib.pendenze.search import Filtri, listing_of, matches

__all__ = [
    "Filtri",
    "Pagina",
    "Ports",
    "by_avviso",
    "by_documento",
    "count_pendenze",
    "find_pendenze",
    "get_pendenza",
    "named",
]
MAX_ID = 35


def get_pendenza(*, utenza: Utenza, id_a2a: str, id_pendenza: str, portal: bool = False) -> tuple[Pendenza, RppOf]:
    """Give one pendenza, and what writes its attempts for a contract.

    `portal`: asked to be paid, so that also another applicazione may see it. One call where this process has met the pendenza; else one for it, and one for its attempts when they are written.

    :raises NotFound: 404000; also for one of an ente of others
    :raises NotAllowed: 403000
    """
    if not portal:
        check_own(id_a2a, utenza)
    pendenza, rpp_of = _met(id_a2a, id_pendenza) or (find(id_a2a, id_pendenza), None)
    if pendenza is None or is_hidden(pendenza, utenza):
        raise not_found(id_a2a, id_pendenza)
    if portal:
        check_payable(pendenza, utenza)
    else:
        check_visible(pendenza, utenza)
    return pendenza, rpp_of or partial(Ports.rpp_of, pendenza)


def _met(id_a2a: str, id_pendenza: str) -> tuple[Pendenza, RppOf] | None:
    """Read a pendenza with its attempts, if its IUV is known to this process and is still its own."""
    known = incontrate.iuv_of(id_a2a, id_pendenza)
    if known is None or Ports.read_with_rpp is None:
        return None
    pendenza, rpp_of = Ports.read_with_rpp(*known)
    if pendenza is None or (pendenza.id_a2a, pendenza.id_pendenza) != (id_a2a, id_pendenza):
        return None
    return pendenza, rpp_of


def find(id_a2a: str, id_pendenza: str) -> Pendenza | None:
    """Give one pendenza, None where there is none; nobody's rights are asked for, and no id is too long."""
    return repository.get(id_a2a, id_pendenza) if max(len(id_a2a), len(id_pendenza)) <= MAX_ID else None


def named(*, id_dominio: str | None, iuv: str | None, id_a2a: str | None, id_pendenza: str | None) -> Pendenza | None:
    """Give the pendenza of a dominio and an IUV, or else of its two ids; nobody's rights are asked for."""
    if id_dominio and iuv:
        return repository.get_by_iuv(id_dominio, iuv) if max(len(id_dominio), len(iuv)) <= MAX_ID else None
    return find(id_a2a, id_pendenza) if id_a2a and id_pendenza else None


def not_found(id_a2a: str, id_pendenza: str) -> NotFound:
    which = f"({id_a2a[:MAX_ID]}, {id_pendenza[:MAX_ID]})"
    return NotFound(f"La pendenza {which} non esiste: controllare idA2A e idPendenza.")


def by_avviso(id_dominio: str, numero_avviso: str) -> Pendenza | None:
    """Give the pendenza of a notice, None where there is none; nobody's rights are asked for."""
    try:
        iuv = parse_numero_avviso(numero_avviso).iuv
    except NumeroAvvisoNonValido:
        return None
    if not is_codice_fiscale_ente(id_dominio):
        return None
    pendenza = repository.get_by_iuv(id_dominio, iuv)
    # Numbers of two aux digits may share an IUV.
    return pendenza if pendenza is not None and pendenza.numero_avviso == numero_avviso else None


def by_documento(id_dominio: str, identificativo: str, *, id_a2a: str | None = None) -> list[Pendenza]:
    """Give the parts of a documento (of one applicazione, if named); nobody's rights are asked for."""
    if not is_codice_fiscale_ente(id_dominio) or len(identificativo) > MAX_ID:
        return []
    parti = repository.get_by_documento(id_dominio, identificativo)
    return [parte for parte in parti if id_a2a in {None, parte.id_a2a}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagina:
    """A page of a list, and the cursor of the next, None on the last."""

    pendenze: tuple[Pendenza, ...]
    cursor: str | None
    has_next: bool


def find_pendenze(
    *, utenza: Utenza, filtri: Filtri, portal: bool, size: int, page: int, cursor: str | None, now: datetime
) -> Pagina:
    """Give a page of what the caller may see.

    An applicazione sees its own, an operatore (or a portal) its domini and tipi, a citizen what they owe.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001
    """
    narrowed = _narrowed(filtri, utenza, portal=portal)
    if narrowed is None:
        return Pagina(pendenze=(), cursor=None, has_next=False)
    few = _few(narrowed)
    if few is not None:
        found = _matching(few, narrowed, utenza, portal=portal, now=now)
        start = (page - 1) * size
        return Pagina(pendenze=tuple(found[start : start + size]), cursor=None, has_next=len(found) > start + size)
    asked = listing_of(narrowed, utenza, portal=portal, now=now)
    answer = listing.read_page(asked, size=size, page=page, cursor=cursor)
    pendenze = repository.get_many(item.pk for item in answer.items)
    if utenza.tipo is TipoUtenza.CITTADINO:
        # The index follows a write within a moment: what was theirs may have become another's debt.
        pendenze = [pendenza for pendenza in pendenze if not is_hidden(pendenza, utenza)]
    return Pagina(pendenze=tuple(pendenze), cursor=answer.cursor, has_next=answer.cursor is not None)


def count_pendenze(*, utenza: Utenza, filtri: Filtri, portal: bool, now: datetime) -> int:
    """Count what `find_pendenze` would give, up to `listing.MAX_COUNT` and as far as one request evaluates."""
    narrowed = _narrowed(filtri, utenza, portal=portal)
    if narrowed is None:
        return 0
    few = _few(narrowed)
    if few is not None:
        return len(_matching(few, narrowed, utenza, portal=portal, now=now))
    return listing.count(listing_of(narrowed, utenza, portal=portal, now=now))


def _narrowed(filtri: Filtri, utenza: Utenza, *, portal: bool) -> Filtri | None:
    """Narrow the filters to what the caller may see; None: that is nothing of what is asked."""
    if utenza.tipo is TipoUtenza.APPLICAZIONE and not portal:
        if filtri.id_a2a not in {None, utenza.id_a2a}:
            return None
        return replace(filtri, id_a2a=utenza.id_a2a)
    if utenza.tipo is TipoUtenza.CITTADINO:
        is_own = filtri.id_debitore is None or utenza.is_same_person(filtri.id_debitore)
        return replace(filtri, id_debitore=utenza.codice_fiscale) if is_own else None
    domini = utenza.domini
    utenza.require_any_dominio()
    tipi = utenza.tipi_pendenza
    if not (tipi.tutti or tipi.ids or utenza.autodeterminazione):
        return None
    if filtri.id_dominio is not None and filtri.id_dominio not in domini:
        return None
    return filtri


# -- lists whose candidates are known by key


def _few(filtri: Filtri) -> Sequence[Pendenza] | None:
    """Give the candidates where the filters name them; None where an index must be walked."""
    if filtri.id_pagamento is not None:
        return repository.get_many(repository.key_of(*ids) for ids in Ports.pendenze_of_pagamento(filtri.id_pagamento))
    if filtri.id_a2a is not None and filtri.id_pendenza is not None:
        pendenza = repository.get(filtri.id_a2a, filtri.id_pendenza)
    elif filtri.id_dominio is not None and filtri.iuv is not None:
        pendenza = repository.get_by_iuv(filtri.id_dominio, filtri.iuv)
    else:
        return None
    return [pendenza] if pendenza is not None else []


def _matching(
    candidates: Sequence[Pendenza], filtri: Filtri, utenza: Utenza, *, portal: bool, now: datetime
) -> list[Pendenza]:
    found = [p for p in candidates if _is_visible(p, utenza, portal=portal) and matches(p, filtri, now=now)]
    return sorted(found, key=lambda p: p.caricata, reverse=not filtri.crescente)


def _is_visible(pendenza: Pendenza, utenza: Utenza, *, portal: bool) -> bool:
    try:
        (check_payable if portal else check_visible)(pendenza, utenza)
    except NotAllowed:
        return False
    return True
