"""What the routes of the anagrafica share: reading one thing, filtering many, answering a registration."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from chalicelib.anagrafica import concessioni, repository
from chalicelib.anagrafica.model import Applicazione, Dominio, Operatore
from chalicelib.anagrafica.ports import Ports
from chalicelib.anagrafica.repository import Stored
from chalicelib.kernel.refusals import NotFound, Sintassi
from chalicelib.kernel.utenze import TipoUtenza
from chalicelib.rest.operation import Answer, Call
from chalicelib.rest.paging import page_of, sorted_as_asked

T = TypeVar("T")
C = TypeVar("C", Applicazione, Operatore)

_FEMMINILI = ("L'applicazione", "L'entrata", "L'unità", "La ")


class NonCensito(NotFound):
    """Nothing is registered under that id."""

    codice = "404000"


def non_censito(nome: str, identifier: str) -> NonCensito:
    """Give the refusal of what is not registered; `nome` is a noun with its article, "La stazione"."""
    participio = "censita" if nome.startswith(_FEMMINILI) else "censito"
    return NonCensito(f"{nome} {identifier} non è {participio}.")


def stored(shape: type[T], *key: str, nome: str) -> Stored[T]:
    """Give what is registered under a key, with its version.

    :raises NonCensito: 404000
    """
    found = repository.find(shape, *key)
    if found is None:
        raise non_censito(nome, key[-1])
    return found


def existing(shape: type[T], *key: str, nome: str) -> T:
    """Give what is registered under a key.

    :raises NonCensito: 404000
    """
    return stored(shape, *key, nome=nome).value


def seen_utenza(call: Call, shape: type[C], identifier: str, *, nome: str) -> Stored[C]:
    """Give an applicazione or an operatore that may act for a dominio of the caller's.

    :raises NonCensito: 404000, for another in the words of none
    """
    found = stored(shape, identifier, nome=nome)
    if not concessioni.sees(call.utenza, found.value.abilitazioni):
        raise non_censito(nome, identifier)
    return found


def seen_utenze(call: Call, shape: type[C], partition: str) -> list[C]:
    """Give the applicazioni, or the operatori, that may act for a dominio of the caller's."""
    things = repository.partition(partition)
    return [thing for thing in things if isinstance(thing, shape) and concessioni.sees(call.utenza, thing.abilitazioni)]


def own_dominio(call: Call, id_dominio: str) -> Dominio:
    """Give a dominio of the caller's.

    :raises NotAllowed: 403000, for one outside the caller's, whether it exists or not
    :raises NonCensito: 404000
    """
    require_of(call, id_dominio)
    return existing(Dominio, id_dominio, nome="Il dominio")


def require_of(call: Call, id_dominio: str) -> None:
    """Check that a dominio is the caller's; a citizen may pay all of them, and read who they are.

    :raises NotAllowed: 403000
    """
    call.is_about(id_dominio=id_dominio)
    if call.utenza.tipo is not TipoUtenza.CITTADINO:
        call.utenza.require_dominio(id_dominio)


def check_dettagli(id_tipo_pendenza: str, dettagli: Mapping[str, Any]) -> None:
    """Check what a tipo pendenza keeps for others, with those who use it.

    :raises Sintassi: SINTASSI, field by field
    """
    errors = list(Ports.wrong_dettagli(id_tipo_pendenza, dettagli))
    if errors:
        raise Sintassi(errors)


def registered(created: bool) -> Answer:
    return Answer(status=201 if created else 200)


def optional_flag(call: Call, name: str) -> bool | None:
    """Read a boolean query parameter, None where it is absent.

    :raises ParametroNonValido: 100001
    """
    return None if call.text(name) is None else call.flag(name, default=False)


def where(call: Call, things: Iterable[T], name: str, attribute: str | None = None) -> list[T]:
    """Keep the things with the value of a boolean filter; all of them where it is absent."""
    wanted = optional_flag(call, name)
    return [thing for thing in things if wanted is None or getattr(thing, attribute or name) is wanted]


def containing(call: Call, things: Iterable[T], name: str, attribute: str) -> list[T]:
    """Keep the things whose attribute contains a text filter, whatever the case; all of them where it is absent."""
    wanted = (call.text(name) or "").lower()
    return [thing for thing in things if wanted in getattr(thing, attribute).lower()]


def listed(
    call: Call,
    things: Iterable[T],
    shape: Callable[[T], Mapping[str, Any]],
    keys: Mapping[str, str],
    *,
    default: str,
) -> Answer:
    """Answer a page of the things that the filter `abilitato` leaves, in the order asked for.

    `keys` gives the attribute behind each name that may be asked to sort by, whatever the case.
    """
    found = where(call, things, "abilitato")
    order = {name: by_name(attribute) for name, attribute in keys.items()}
    return Answer(body=page_of(call, sorted_as_asked(call, found, order, default=default), shape))


def by_name(attribute: str) -> Any:
    """Make the sort key of a text attribute, as people sort: whatever the case."""
    return lambda thing: getattr(thing, attribute).lower()
