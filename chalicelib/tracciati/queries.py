"""What a caller may read: their tracciati, what became of the rows, the files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from chalicelib.aws.listing import Listing, Page, Tier, count, read_page
from chalicelib.kernel.refusals import NotAllowed, NotFound
from chalicelib.kernel.utenze import TipoUtenza, Utenza
from chalicelib.pendenze.search import years_between
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.model import RIGHE_A_BLOCCO, EsitoRiga, Tracciato
from chalicelib.tracciati.states import CONCLUSI, StatoTracciato
from chalicelib.tracciati.tables import TracciatoItem

_KEYS = ("pk", "sk")
_ID_MAX = 16
_IN_MAX = 100  # DynamoDB's own limit of IN


class TracciatoNotFound(NotFound):
    codice = "404000"


class EsitoNonPronto(NotFound):
    codice = "404000"


def tracciato(*, id_tracciato: str, utenza: Utenza) -> Tracciato:
    """Give a tracciato that the caller may see.

    What is of an ente of others is not there; inside one's own, what is of another applicazione or tipo is refused.

    :raises NotAllowed: 403000
    :raises TracciatoNotFound: 404000
    """
    is_id = id_tracciato.isascii() and id_tracciato.isdecimal() and len(id_tracciato) <= _ID_MAX
    found = repository.get(int(id_tracciato)) if is_id else None
    if found is None or not _is_of_own_ente(found, utenza):
        raise TracciatoNotFound(f"Il tracciato {id_tracciato[:_ID_MAX]} non esiste: controllare l'id.")
    if not _is_own(found, utenza):
        if utenza.tipo is TipoUtenza.APPLICAZIONE:
            raise NotAllowed(f"L'applicazione {utenza.id_a2a} può accedere solo ai propri tracciati.")
        # Without a tipo its rows may be of any.
        utenza.require_tipo_pendenza(found.id_tipo_pendenza or "*")
    return found


def _is_own(found: Tracciato, utenza: Utenza) -> bool:
    return found.principal is not None and found.principal == utenza.principal


def _is_of_own_ente(found: Tracciato, utenza: Utenza) -> bool:
    if found.id_dominio is None:
        return utenza.domini.tutti or _is_own(found, utenza)
    return found.id_dominio in utenza.domini


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtri:
    id_dominio: str | None = None
    stato: StatoTracciato | None = None


def find(*, utenza: Utenza, filtri: Filtri, size: int, page: int, cursor: str | None, now: datetime) -> Page:
    """Give a page of the tracciati of the caller, newest first.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    """
    listing = _listing(utenza, filtri, now=now)
    if listing is None:
        return Page(items=(), cursor=None)
    found = read_page(listing, size=size, page=page, cursor=cursor)
    return Page(items=tuple(repository.by_keys((i.pk, i.sk) for i in found.items)), cursor=found.cursor)


def count_all(*, utenza: Utenza, filtri: Filtri, now: datetime) -> int:
    """Count what `find` would give, as far as one request evaluates."""
    listing = _listing(utenza, filtri, now=now)
    return 0 if listing is None else count(listing)


def _listing(utenza: Utenza, filtri: Filtri, *, now: datetime) -> Listing | None:
    domini = utenza.domini
    utenza.require_any_dominio()
    if filtri.id_dominio is not None and filtri.id_dominio not in domini:
        return None
    years = years_between(None, None, now=now)
    index: Any = TracciatoItem.per_anno
    partitions: Sequence[Tier] = years
    if filtri.id_dominio is not None or not domini.tutti:
        index = TracciatoItem.per_dominio
        wanted = [filtri.id_dominio] if filtri.id_dominio is not None else sorted(domini.ids)
        partitions = [_tier(wanted, year) for year in years]
    return Listing(index=index, partitions=partitions, matching=_matching(utenza, filtri), key_names=_KEYS)


def _tier(domini: Sequence[str], year: str) -> Tier:
    keys = tuple(f"{dominio}#{year}" for dominio in domini)
    return keys[0] if len(keys) == 1 else keys


def _matching(utenza: Utenza, filtri: Filtri) -> Condition | None:
    conditions: list[Condition] = []
    if filtri.stato is not None:
        conditions.append(TracciatoItem.stato == filtri.stato.value)
    own: Condition = TracciatoItem.principal == utenza.principal
    if utenza.tipo is TipoUtenza.APPLICAZIONE:
        conditions.append(own)
    elif not utenza.tipi_pendenza.tutti and not utenza.autodeterminazione:
        tipi = sorted(utenza.tipi_pendenza.ids)[:_IN_MAX]
        conditions.append(own | TracciatoItem.id_tipo_pendenza.is_in(*tipi) if tipi else own)
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else conditions[0] & conditions[1]


# -- rows


@dataclass(frozen=True, slots=True, kw_only=True)
class OperazioneLetta:
    """What became of a row, and what it asked for as far as it could be read."""

    esito: EsitoRiga
    richiesta: dict[str, Any] | None


def operazioni(found: Tracciato, *, page: int, size: int) -> list[OperazioneLetta]:
    """Give the rows of a page that have their outcome: the page says which numbers, so that it costs no more later."""
    da = (page - 1) * size + 1
    a = min(page * size, found.righe)
    if da > a:
        return []
    richieste = _richieste(found, da, a)
    return [
        OperazioneLetta(esito=esito, richiesta=richieste.get(esito.numero))
        for esito in repository.righe(found.id, da=da, a=a)
    ]


def _richieste(found: Tracciato, da: int, a: int) -> dict[int, dict[str, Any]]:
    from chalicelib.tracciati.operations.lettore import Lettore

    lettore = Lettore.of(found)
    result: dict[int, dict[str, Any]] = {}
    for blocco in range((da - 1) // RIGHE_A_BLOCCO + 1, (a - 1) // RIGHE_A_BLOCCO + 2):
        for riga in archivio.kept_blocco(found, blocco):
            if da <= riga.numero <= a and riga.errore is None:
                result[riga.numero] = lettore.richiesta(riga)
    return result


# -- files


def require_concluso(found: Tracciato) -> None:
    """Check that there is an answer.

    :raises EsitoNonPronto: 404000
    """
    if found.stato not in CONCLUSI:
        raise EsitoNonPronto(f"Il tracciato è {found.stato_esposto}: esito e stampe ci saranno quando è concluso.")
    if found.stato is StatoTracciato.SCARTATO:
        raise EsitoNonPronto(f"Il tracciato è SCARTATO e non ha esito: {found.descrizione}.")
