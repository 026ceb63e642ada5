"""Read the riscossioni of some days, all of them or a refusal: a total of a part would be believed to be the total."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.aws import listing
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import Ambito, Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Flusso, Incasso
from chalicelib.riconciliazione.per_chiave import Riscossa, with_pendenze
from chalicelib.riconciliazione.quadrature.rules import DELLA_PENDENZA, Gruppo, Statistica, grouped, valore
from chalicelib.riconciliazione.queries import key_of
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.ricerca import FiltriRiscossioni, riscossioni_listing

# Read in some three hundred calls, a few seconds.
MAX_RISCOSSIONI = 10_000
_PAGE = 1000
_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FiltriQuadratura:
    """What is counted. `domini` empty: all that the caller may see; a group empty: whatever it is."""

    da: datetime
    a: datetime
    domini: frozenset[str] = frozenset()
    tipi: frozenset[str] = frozenset()
    valori: Mapping[Gruppo, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrata:
    """A payment with its pendenza, and the flow that brought it where that is in the account; None where it is not."""

    riscossa: Riscossa
    flusso: Flusso | None


def quadratura(
    *, utenza: Utenza, filtri: FiltriQuadratura, gruppi: Sequence[Gruppo], now: datetime
) -> list[Statistica]:
    """Count and sum the payments of the caller's domini by groups.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for more payments than one request counts
    """
    asked = {gruppo: wanted for gruppo, wanted in filtri.valori.items() if wanted}
    needs_pendenze = bool(DELLA_PENDENZA & {*gruppi, *asked})
    kept = (
        pair
        for pair in _pairs(_keys(utenza, filtri, now), needs_pendenze=needs_pendenze)
        if all(valore(gruppo, *pair) in wanted for gruppo, wanted in asked.items())
    )
    return grouped(kept, gruppi)


def entrate(*, utenza: Utenza, filtri: FiltriQuadratura, now: datetime) -> list[ChiaveRiscossione]:
    """Give the keys of the payments of some days, by day.

    :raises NotAllowed: 403000, if the caller is entitled to no dominio
    :raises ParametroNonValido: 100001, for more payments than one report takes
    """
    return _keys(utenza, filtri, now)


def read_entrate(keys: Sequence[ChiaveRiscossione]) -> list[Entrata]:
    """Give these payments with what hangs on them: four reads for a hundred."""
    riscosse = [one for chunk in _chunks(keys) for one in with_pendenze(archivio.riscossioni_of(chunk).values())]
    of_incasso = _incassi(riscosse)
    of_flusso = _flussi(of_incasso.values())
    found = []
    for riscossa in riscosse:
        incasso = of_incasso.get(_incasso_key(riscossa.riscossione))
        chiave = None if incasso is None or incasso.flusso is None else flussi.key_of(incasso.flusso)
        found.append(Entrata(riscossa=riscossa, flusso=None if chiave is None else of_flusso.get(chiave)))
    return found


def _keys(utenza: Utenza, filtri: FiltriQuadratura, now: datetime) -> list[ChiaveRiscossione]:
    utenza.require_any_dominio()
    if filtri.domini:
        mine = frozenset(id_dominio for id_dominio in filtri.domini if id_dominio in utenza.domini)
        if not mine:
            return []
        utenza = replace(utenza, domini=Ambito(ids=mine))
    walk = riscossioni_listing(FiltriRiscossioni(da=filtri.da, a=filtri.a, tipi=filtri.tipi), utenza, now=now)
    found: list[ChiaveRiscossione] = []
    cursor: str | None = None
    while True:
        page = listing.read_page(walk, size=_PAGE, cursor=cursor)
        found += [key_of(item) for item in page.items]
        if len(found) > MAX_RISCOSSIONI:
            raise ParametroNonValido(
                f"dataDa, dataA: i pagamenti dell'intervallo sono più di {MAX_RISCOSSIONI}; restringerlo, o indicare "
                "idDominio."
            )
        cursor = page.cursor
        if cursor is None:
            return found


def _pairs(keys: Sequence[ChiaveRiscossione], *, needs_pendenze: bool) -> Iterable[tuple[Riscossione, Pendenza | None]]:
    for chunk in _chunks(keys):
        found = archivio.riscossioni_of(chunk).values()
        if needs_pendenze:
            yield from ((one.riscossione, one.pendenza) for one in with_pendenze(found))
        else:
            yield from ((riscossione, None) for riscossione in found)


def _chunks(keys: Sequence[ChiaveRiscossione]) -> Iterable[Sequence[ChiaveRiscossione]]:
    return (keys[start : start + _BATCH] for start in range(0, len(keys), _BATCH))


def _incasso_key(riscossione: Riscossione) -> tuple[str, str]:
    return riscossione.id_dominio_incasso, riscossione.id_incasso or ""


def _incassi(riscosse: Sequence[Riscossa]) -> dict[tuple[str, str], Incasso]:
    wanted = {_incasso_key(r.riscossione) for r in riscosse if r.riscossione.id_incasso is not None}
    found = incassi.get_many((incassi.key_of(*key), incassi.SK_INCASSO) for key in sorted(wanted))
    return {(incasso.id_dominio, incasso.id_incasso): incasso for incasso in found}


def _flussi(of: Iterable[Incasso]) -> dict[tuple[str, str], Flusso]:
    wanted = {flussi.key_of(incasso.flusso) for incasso in of if incasso.flusso is not None}
    return {flussi.key_of(flusso.chiave): flusso for flusso in flussi.get_many(sorted(wanted))}
