"""What a list gives where a key is named: a flow, an IUV, a pendenza. Found by it, and filtered in memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.rome_time import rome_day
from chalicelib.kernel.utenze import Utenza
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.model import Riscossione
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.riconciliazione.model import Flusso, Incasso, Rendicontazione
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.ricerca import FiltriFlussi, FiltriIncassi, FiltriRiscossioni
from chalicelib.riconciliazione.rules.diritti import sees
from chalicelib.riconciliazione.rules.incasso import may_see
from chalicelib.riconciliazione.rules.righe import is_interno
from chalicelib.riconciliazione.states import StatoIncasso

MAX_KEY = 70
_NAMESAKES_MAX = 200
_ENTI_MAX = 50
_RIGHE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Riscossa:
    """A riscossione and the pendenza it pays, None where that is not ours."""

    riscossione: Riscossione
    pendenza: Pendenza | None


def with_pendenze(riscossioni: Iterable[Riscossione]) -> list[Riscossa]:
    """Give riscossioni with their pendenze; a BatchGetItem for a hundred."""
    some = list(riscossioni)
    posizioni = archivio.posizioni_of({(r.id_dominio, r.iuv) for r in some})
    return [Riscossa(riscossione=r, pendenza=posizioni.get((r.id_dominio, r.iuv))) for r in some]


def named(filtri: FiltriFlussi, utenza: Utenza) -> list[Flusso]:
    """Give the flows of one name that the filters leave."""
    found = [f for f in namesakes(filtri.id_flusso or "") if f.chiave.id_dominio in utenza.domini]
    return sorted((f for f in found if _matches(f, filtri)), key=_newest, reverse=not filtri.crescente)


def namesakes(id_flusso: str) -> list[Flusso]:
    if not 0 < len(id_flusso) <= MAX_KEY:
        return []
    return flussi.get_many(flussi.keys_named(id_flusso, most=_NAMESAKES_MAX))


def of_rows(filtri: FiltriFlussi, utenza: Utenza) -> list[Flusso]:
    """Give the flows that report an IUV and that the filters leave."""
    found = {f.chiave: f for f, _ in reporting(filtri.iuv or "", utenza, filtri.id_dominio)}
    asked = filtri.id_flusso and filtri.id_flusso.upper()
    kept = [f for f in found.values() if asked in {None, f.chiave.id_flusso.upper()} and _matches(f, filtri)]
    return sorted(kept, key=_newest, reverse=not filtri.crescente)


def reporting(iuv: str, utenza: Utenza, id_dominio: str | None) -> list[tuple[Flusso, Rendicontazione]]:
    """Give the rows of the caller's flows that report an IUV, with their flows: a Query, and two reads for a hundred.

    One IUV may be of many enti, whose numbers are alike: of a few, each is asked for by itself.

    :raises ParametroNonValido: 100001, where the rows are too many
    """
    if not 0 < len(iuv) <= MAX_KEY:
        return []
    few = utenza.domini.ids if not utenza.domini.tutti and len(utenza.domini.ids) <= _ENTI_MAX else [None]
    keys: list[tuple[str, str]] = []
    for ente in [id_dominio] if id_dominio is not None else few:
        keys += flussi.keys_reporting(iuv, id_dominio=ente, most=_RIGHE_MAX + 1)
    if len(keys) > _RIGHE_MAX:
        raise ParametroNonValido(f"iuv: le righe che lo riportano sono più di {_RIGHE_MAX}, indicare anche idDominio.")
    return [(f, row) for f, row in flussi.rows_with_heads(keys) if f.chiave.id_dominio in utenza.domini]


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


def of_pendenza(filtri: FiltriRiscossioni, utenza: Utenza, id_a2a: str, id_pendenza: str) -> list[Riscossa]:
    """Give the riscossioni of one pendenza, which has one IUV."""
    pendenza = pendenze.get(id_a2a, id_pendenza) if max(len(id_a2a), len(id_pendenza)) <= MAX_KEY else None
    if pendenza is None or pendenza.iuv is None or pendenza.id_dominio not in utenza.domini:
        return []
    found = archivio.load(pendenza.id_dominio, pendenza.iuv).riscossioni
    found = tuple(r for r in found if sees(utenza, r.id_tipo_pendenza))
    kept = [r for r in found if _is_asked(r, filtri) and filtri.id_dominio in {None, r.id_dominio}]
    kept.sort(key=lambda r: r.data, reverse=not filtri.crescente)
    return [Riscossa(riscossione=r, pendenza=pendenza) for r in kept]


def of_iuv(filtri: FiltriRiscossioni, utenza: Utenza, iuv: str) -> list[Riscossa]:
    """Give the riscossioni of one IUV that the filters leave, of whatever ente."""
    # Under its own dominio only, as in every list: what it has under another's is told with its incasso.
    paid = (r for r in _paid(utenza, filtri.id_dominio, iuv) if sees(utenza, r.id_tipo_pendenza))
    found = [r for r in paid if r.id_dominio in utenza.domini and _is_asked(r, filtri)]
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


def having(filtri: FiltriIncassi, utenza: Utenza) -> list[Incasso]:
    """Give the incassi that have collected a flow or an IUV, and that the other filters leave."""
    keys = set()
    if filtri.id_flusso:
        flows = [f for f in namesakes(filtri.id_flusso) if f.id_incasso and f.chiave.id_dominio in utenza.domini]
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
