"""Registered thing ↔ item. Every kind is declared once, in `_KINDS`: where it lies and how it sorts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.anagrafica import model
from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.anagrafica.tables import AnagraficaItem
from chalicelib.aws.codec import decode, encode
from chalicelib.aws.transactions import ABSENT, PRESENT, Condition, Write, absent_or_version
from chalicelib.rest.auth import normalized_subject

T = TypeVar("T")

PAGOPA = "pagopa"
CATALOGO = "catalogo"
APPLICAZIONI = "applicazioni"
OPERATORI = "operatori"
RUOLI = "ruoli"
MAX_PARTITION = 20_000
MAX_DOMINI = 20_000
_SK_DOMINIO = "dominio"
_SK_LOGO = "logo"
_SK_UTENZA = "utenza"
_SK_CONFIGURAZIONE = "configurazione"
# A logo is written with its dominio, whose condition holds for both.
_ALWAYS = Condition("attribute_exists(pk) OR attribute_not_exists(pk)")
_MAX_ORDINE = 100  # characters: a sort key has 1024 bytes
_BATCH = 100  # DynamoDB's own limit of a BatchGetItem


@dataclass(frozen=True, slots=True)
class Stored(Generic[T]):
    """A thing as it is stored, with the version it must still have when it is written again."""

    value: T
    versione: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a kind of thing is kept: `key` and `ordine` are names of its fields; without `partition` it is a dominio's."""

    name: str
    key: tuple[str, ...]
    ordine: str
    partition: str | None = None

    def keys(self, key: Sequence[str]) -> tuple[str, str]:
        """Give pk and sk of the thing with that key."""
        if self.partition is not None:
            return self.partition, f"{self.name}#{key[0]}"
        return partition_of(key[0]), f"{self.name}#{key[1]}" if len(key) > 1 else _SK_DOMINIO

    def key_of(self, thing: Any) -> tuple[str, ...]:
        return tuple(getattr(thing, name) for name in self.key)

    def ordine_of(self, thing: Any) -> str:
        return f"{getattr(thing, self.ordine)[:_MAX_ORDINE].lower()}#{self.key_of(thing)[-1]}"

    def genere_of(self, thing: Any) -> str:
        return self.name if len(self.key) == 1 else f"{self.name}#{thing.id_dominio}"


def partition_of(id_dominio: str) -> str:
    return f"dominio#{id_dominio}"


_KINDS: dict[type[Any], _Kind] = {
    model.Intermediario: _Kind("intermediario", ("id_intermediario",), "denominazione", PAGOPA),
    model.Stazione: _Kind("stazione", ("id_stazione",), "id_stazione", PAGOPA),
    model.TipoEntrata: _Kind("entrata", ("id_entrata",), "id_entrata", CATALOGO),
    model.TipoPendenza: _Kind("tipo", ("id_tipo_pendenza",), "id_tipo_pendenza", CATALOGO),
    model.Applicazione: _Kind("applicazione", ("id_a2a",), "id_a2a", APPLICAZIONI),
    model.Operatore: _Kind("operatore", ("principal",), "ragione_sociale", OPERATORI),
    model.RuoloUtenza: _Kind("ruolo", ("id_ruolo",), "id_ruolo", RUOLI),
    model.Dominio: _Kind("dominio", ("id_dominio",), "ragione_sociale"),
    model.UnitaOperativa: _Kind("unita", ("id_dominio", "id_unita"), "ragione_sociale"),
    model.ContoAccredito: _Kind("conto", ("id_dominio", "iban"), "iban"),
    model.Entrata: _Kind("entrata", ("id_dominio", "id_entrata"), "id_entrata"),
    model.TipoPendenzaDominio: _Kind("tipo", ("id_dominio", "id_tipo_pendenza"), "id_tipo_pendenza"),
}
# The shape of an item, by its partition (None: a dominio's) and the word its sort key begins with.
_SHAPES = {(kind.partition, kind.name): shape for shape, kind in _KINDS.items()}


def find(shape: type[T], *key: str) -> Stored[T] | None:
    """Give what is stored under a key (idDominio first, where it is a dominio's), read consistently."""
    item = _item(*_KINDS[shape].keys(key))
    return Stored(decode(shape, item.documento or "{}"), int(item.versione)) if item else None


def find_like(thing: T) -> Stored[T] | None:
    """Give what is stored under the key of `thing`."""
    return find(type(thing), *_KINDS[type(thing)].key_of(thing))


def write_of(thing: Any, stored: Stored[Any] | None) -> Write:
    """Make the write of a thing: new if nothing was stored, else instead of what had been read."""
    kind = _KINDS[type(thing)]
    pk, sk = kind.keys(kind.key_of(thing))
    versione = stored.versione if stored else None
    item = AnagraficaItem(
        pk=pk,
        sk=sk,
        genere=kind.genere_of(thing),
        ordine=kind.ordine_of(thing),
        versione=(versione or 0) + 1,
        documento=encode(thing),
    )
    return Write(item=item, condition=absent_or_version(versione), name=kind.name)


def partition(pk: str) -> list[Any]:
    """Give all that lies in a partition, by sort key, read consistently; the configurazione is among the utenze."""
    items = AnagraficaItem.query(pk, consistent_read=True, limit=MAX_PARTITION)
    return [_thing(pk, item) for item in items]


def domini() -> list[model.Dominio]:
    """Give all domini by ragione sociale; one written within the last second may still be missing."""
    items = AnagraficaItem.per_genere.query(_SK_DOMINIO, limit=MAX_DOMINI)
    return [decode(model.Dominio, item.documento or "{}") for item in items]


def domini_of(ids: Iterable[str]) -> dict[str, model.Dominio]:
    """Give those of these domini that are registered, by id."""
    keys: list[tuple[Any, Any]] = [(partition_of(id_dominio), _SK_DOMINIO) for id_dominio in sorted(set(ids))]
    found: dict[str, model.Dominio] = {}
    for start in range(0, len(keys), _BATCH):
        for item in AnagraficaItem.batch_get(keys[start : start + _BATCH], consistent_read=True):
            dominio = decode(model.Dominio, item.documento or "{}")
            found[dominio.id_dominio] = dominio
    return found


def _item(pk: str, sk: str) -> AnagraficaItem | None:
    try:
        return AnagraficaItem.get(pk, sk, consistent_read=True)
    except AnagraficaItem.DoesNotExist:
        return None


def _thing(pk: str, item: AnagraficaItem) -> Any:
    if item.sk == _SK_CONFIGURAZIONE:
        return decode(Configurazione, item.documento or "{}")
    where = None if pk.startswith("dominio#") else pk
    return decode(_SHAPES[where, item.sk.partition("#")[0]], item.documento or "{}")


# -- the configurazione, once with the operatori and once with the applicazioni: who is called has read one of them


def configurazione() -> Stored[Configurazione] | None:
    """Give what was set, read consistently; None if nothing ever was."""
    item = _item(OPERATORI, _SK_CONFIGURAZIONE)
    return Stored(decode(Configurazione, item.documento or "{}"), int(item.versione)) if item else None


def writes_of_configurazione(new: Configurazione, stored: Stored[Configurazione] | None) -> list[Write]:
    """Make the writes of the configurazione: new if nothing was stored, else instead of what had been read."""
    versione = stored.versione if stored else None
    items = [
        AnagraficaItem(
            pk=pk,
            sk=_SK_CONFIGURAZIONE,
            genere=_SK_CONFIGURAZIONE,
            ordine=pk,
            versione=(versione or 0) + 1,
            documento=encode(new),
        )
        for pk in (OPERATORI, APPLICAZIONI)
    ]
    return [Write(item=item, condition=absent_or_version(versione), name="configurazione") for item in items]


# -- the logo of a dominio


def logo(id_dominio: str) -> str | None:
    """Give the logo of a dominio, base64; None where it has none."""
    item = _item(f"logo#{id_dominio}", _SK_LOGO)
    text: str | None = json.loads(item.documento or "null") if item else None
    return text


def write_of_logo(id_dominio: str, text: str | None) -> Write:
    """Make the write of a logo; it goes with the write of its dominio."""
    item = AnagraficaItem(
        pk=f"logo#{id_dominio}", sk=_SK_LOGO, genere="logo", ordine=id_dominio, documento=json.dumps(text)
    )
    return Write(item=item, condition=_ALWAYS, name="logo")


# -- principals


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a principal is: the `genere` is `applicazione` or `operatore`."""

    genere: str
    chiave: str


def principal_key(principal: str) -> str:
    """Give the form under which principals are the same: a subject DN attribute by attribute, in whatever order."""
    if "=" not in principal:
        return principal
    return "dn:" + ",".join(f"{name}={value}" for name, value in sorted(normalized_subject(principal)))


def owner_of(principal: str) -> Owner | None:
    item = _item(f"utenza#{principal_key(principal)}", _SK_UTENZA)
    return decode(Owner, item.documento or "{}") if item else None


def writes_of_principal(owner: Owner, *, new: str, old: str | None, name: str) -> Iterator[Write]:
    """Make the writes that claim a principal and free the one held before; none where they are the same.

    The claim bears `name`: if it fails the principal is somebody else's.
    """
    if old is not None and principal_key(old) == principal_key(new):
        return
    yield Write(item=_utenza_item(new, owner), condition=ABSENT, name=name)
    if old is not None:
        yield Write(item=_utenza_item(old, owner), condition=PRESENT, name="utenza", delete=True)


def _utenza_item(principal: str, owner: Owner) -> AnagraficaItem:
    key = principal_key(principal)
    return AnagraficaItem(pk=f"utenza#{key}", sk=_SK_UTENZA, genere=_SK_UTENZA, ordine=key, documento=encode(owner))


def sorted_by(things: Sequence[T]) -> list[T]:
    """Sort things as the lists of their kind do by default."""
    return sorted(things, key=lambda thing: _KINDS[type(thing)].ordine_of(thing))
