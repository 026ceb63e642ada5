"""The anagrafica as this process last read it, partition by partition, for at most a minute.

A partition is read in one Query and joined once; what is asked of it after that costs nothing. A write of this process
is seen at once, that of another within `settings().anagrafica_cache_seconds`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from chalicelib.anagrafica import repository, rules
from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.anagrafica.model import (
    UO_ENTE,
    Applicazione,
    ContoAccredito,
    Dominio,
    Entrata,
    Intermediario,
    Operatore,
    RuoloUtenza,
    Stazione,
    TipoContabilita,
    TipoEntrata,
    TipoPendenza,
    TipoPendenzaDominio,
    UnitaOperativa,
)
from chalicelib.kernel.utenze import Utenza
from chalicelib.settings import settings

T = TypeVar("T")
_MAX_PARTITIONS = 2000
_CONFIGURAZIONE = "configurazione"


class _Cache:
    """Parsed partitions and when they expire; the least recently loaded go first."""

    def __init__(self) -> None:
        self._parts: OrderedDict[str, tuple[float, Any]] = OrderedDict()
        self._lock = Lock()
        self._generation = 0

    def get(self, pk: str, load: Callable[[list[Any]], T], *, read: Callable[[str], list[Any]] | None = None) -> T:
        with self._lock:
            expires, value = self._parts.get(pk, (0.0, None))
            generation = self._generation
        if expires > time.monotonic():
            known: T = value
            return known
        loaded = load((read or repository.partition)(pk))
        with self._lock:
            # What was forgotten while it was being read may be read stale: it is used once, not kept.
            if generation == self._generation:
                self._parts[pk] = (time.monotonic() + settings().anagrafica_cache_seconds, loaded)
                self._parts.move_to_end(pk)
                while len(self._parts) > _MAX_PARTITIONS:
                    self._parts.popitem(last=False)
        return loaded

    def at_hand(self, pk: str) -> Any:
        """Give a partition that is believed, None where it would have to be read."""
        expires, value = self._parts.get(pk, (0.0, None))
        return value if expires > time.monotonic() else None

    def forget(self, *pks: str) -> None:
        with self._lock:
            self._generation += 1
            if not pks:
                self._parts.clear()
            for pk in pks:
                self._parts.pop(pk, None)


_cache = _Cache()


def forget(*partitions: str) -> None:
    """Forget what was read: of these partitions, or all of it."""
    _cache.forget(*partitions)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrataEffettiva:
    """An entrata of a dominio, with what the catalogue says where the dominio says nothing."""

    id_entrata: str
    descrizione: str
    tipo_contabilita: TipoContabilita
    codice_contabilita: str
    iban_accredito: str | None
    iban_appoggio: str | None
    abilitato: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TipoEffettivo:
    """A tipo pendenza of a dominio, with what the catalogue says where the dominio says nothing.

    `abilitato` is the dominio's own (TVD_001); `abilitato_tipo` that of the catalogue (TVR_001).
    """

    id_tipo_pendenza: str
    descrizione: str
    tipo: str
    codifica_iuv: str | None
    paga_terzi: bool
    abilitato: bool
    abilitato_tipo: bool
    dettagli: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DominioCompleto:
    """An ente and all it has, by id. Among the unità is the ente itself (`EC`)."""

    dominio: Dominio
    unita: Mapping[str, UnitaOperativa]
    conti: Mapping[str, ContoAccredito]
    entrate: Mapping[str, EntrataEffettiva]
    tipi: Mapping[str, TipoEffettivo]


@dataclass(frozen=True, slots=True)
class PagoPa:
    intermediari: Mapping[str, Intermediario]
    stazioni: Mapping[str, Stazione]


@dataclass(frozen=True, slots=True)
class Catalogo:
    entrate: Mapping[str, TipoEntrata]
    tipi: Mapping[str, TipoPendenza]


@dataclass(frozen=True, slots=True)
class _Ente:
    """What lies in the partition of a dominio."""

    dominio: Dominio | None
    unita: Mapping[str, UnitaOperativa]
    conti: Mapping[str, ContoAccredito]
    entrate: Mapping[str, Entrata]
    tipi: Mapping[str, TipoPendenzaDominio]


@dataclass(frozen=True, slots=True)
class _Utenze(Generic[T]):
    """Those who call, by id, and the configurazione that lies among them."""

    by_key: Mapping[str, T]
    configurazione: Configurazione


# Enti joined with the catalogue, as long as neither has been read again.
_joined: dict[str, tuple[_Ente, Catalogo, DominioCompleto]] = {}


def pagopa() -> PagoPa:
    return _cache.get(
        repository.PAGOPA,
        lambda things: PagoPa(_by("id_intermediario", Intermediario, things), _by("id_stazione", Stazione, things)),
    )


def catalogo() -> Catalogo:
    return _cache.get(
        repository.CATALOGO,
        lambda things: Catalogo(_by("id_entrata", TipoEntrata, things), _by("id_tipo_pendenza", TipoPendenza, things)),
    )


def applicazioni() -> Mapping[str, Applicazione]:
    return _cache.get(repository.APPLICAZIONI, lambda things: _utenze("id_a2a", Applicazione, things)).by_key


def operatori() -> Mapping[str, Operatore]:
    return _cache.get(repository.OPERATORI, lambda things: _utenze("principal", Operatore, things)).by_key


def configurazione_at_hand() -> Configurazione | None:
    """Give the configurazione as this process has read it with its callers, None where it has not: it costs nothing."""
    for partition in (repository.OPERATORI, repository.APPLICAZIONI, _CONFIGURAZIONE):
        known = _cache.at_hand(partition)
        if known is not None:
            found: Configurazione = known if partition == _CONFIGURAZIONE else known.configurazione
            return found
    return None


def configurazione() -> Configurazione:
    """Give the configurazione, at one read a minute."""
    known = configurazione_at_hand()
    if known is not None:
        return known
    return _cache.get(_CONFIGURAZIONE, _only, read=lambda _: [_stored_configurazione()])


def _only(things: list[Configurazione]) -> Configurazione:
    return things[0]


def forget_configurazione() -> None:
    """Forget it, wherever it was read."""
    forget(repository.OPERATORI, repository.APPLICAZIONI, _CONFIGURAZIONE)


def _stored_configurazione() -> Configurazione:
    stored = repository.configurazione()
    return stored.value if stored else Configurazione()


def ruoli() -> Mapping[str, RuoloUtenza]:
    return _cache.get(repository.RUOLI, lambda things: _by("id_ruolo", RuoloUtenza, things))


def utenza_of(chi: Applicazione | Operatore) -> Utenza:
    """Make the caller that an applicazione or an operatore is, with the ACL of its ruoli."""
    return rules.utenza_of(chi, ruoli() if chi.abilitazioni.ruoli else {})


def dominio(id_dominio: str) -> DominioCompleto | None:
    """Give an ente with all it has, None where it is not registered."""
    ente, of_catalogo = _cache.get(repository.partition_of(id_dominio), _ente), catalogo()
    if ente.dominio is None:
        return None
    known = _joined.get(id_dominio)
    if known is None or known[0] is not ente or known[1] is not of_catalogo:
        if len(_joined) >= _MAX_PARTITIONS:
            _joined.clear()
        known = _joined[id_dominio] = (ente, of_catalogo, _complete(ente, ente.dominio, of_catalogo))
    return known[2]


def _utenze(key: str, shape: type[T], things: list[Any]) -> "_Utenze[T]":
    found = next((thing for thing in things if isinstance(thing, Configurazione)), None)
    return _Utenze(_by(key, shape, things), found or Configurazione())


def _by(key: str, shape: type[T], things: list[Any]) -> dict[str, T]:
    return {getattr(thing, key): thing for thing in things if isinstance(thing, shape)}


def _ente(things: list[Any]) -> _Ente:
    return _Ente(
        dominio=next((thing for thing in things if isinstance(thing, Dominio)), None),
        unita=_by("id_unita", UnitaOperativa, things),
        conti=_by("iban", ContoAccredito, things),
        entrate=_by("id_entrata", Entrata, things),
        tipi=_by("id_tipo_pendenza", TipoPendenzaDominio, things),
    )


def _complete(ente: _Ente, dominio: Dominio, catalogo: Catalogo) -> DominioCompleto:
    return DominioCompleto(
        dominio=dominio,
        unita={UO_ENTE: _unita_of(dominio), **ente.unita},
        conti=ente.conti,
        entrate={
            id_entrata: entrata_effettiva(entrata, catalogo.entrate[id_entrata])
            for id_entrata, entrata in ente.entrate.items()
            if id_entrata in catalogo.entrate
        },
        tipi={
            id_tipo: tipo_effettivo(tipo, catalogo.tipi[id_tipo])
            for id_tipo, tipo in ente.tipi.items()
            if id_tipo in catalogo.tipi
        },
    )


def _unita_of(dominio: Dominio) -> UnitaOperativa:
    return UnitaOperativa(
        id_dominio=dominio.id_dominio,
        id_unita=UO_ENTE,
        ragione_sociale=dominio.ragione_sociale,
        recapiti=dominio.recapiti,
        area=dominio.area,
    )


def entrata_effettiva(entrata: Entrata, tipo: TipoEntrata) -> EntrataEffettiva:
    return EntrataEffettiva(
        id_entrata=entrata.id_entrata,
        descrizione=tipo.descrizione,
        tipo_contabilita=entrata.tipo_contabilita or tipo.tipo_contabilita,
        codice_contabilita=entrata.codice_contabilita or tipo.codice_contabilita,
        iban_accredito=entrata.iban_accredito,
        iban_appoggio=entrata.iban_appoggio,
        abilitato=entrata.abilitato,
    )


def tipo_effettivo(valori: TipoPendenzaDominio, tipo: TipoPendenza) -> TipoEffettivo:
    return TipoEffettivo(
        id_tipo_pendenza=tipo.id_tipo_pendenza,
        descrizione=tipo.descrizione,
        tipo=tipo.tipo,
        codifica_iuv=valori.codifica_iuv if valori.codifica_iuv is not None else tipo.codifica_iuv,
        paga_terzi=valori.paga_terzi if valori.paga_terzi is not None else tipo.paga_terzi,
        abilitato=valori.abilitato if valori.abilitato is not None else tipo.abilitato,
        abilitato_tipo=tipo.abilitato,
        dettagli={**(tipo.dettagli or {}), **(valori.dettagli or {})},
    )
