"""Change what an installation is set to."""

from collections.abc import Callable, Iterable

from chalicelib.anagrafica import repository, snapshot
from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.aws.transactions import Write, WriteConflict, commit

_ATTEMPTS = 3


def change_configurazione(
    change: Callable[[Configurazione], Configurazione],
    *,
    beside: Callable[[Configurazione, Configurazione], Iterable[Write]],
) -> Configurazione:
    """Change what is set and give what is then; `beside` are the writes that go with a change.

    A change is made to what is stored: if another was made meanwhile, to that. Other processes have it in a minute.

    :raises WriteConflict: 409, if others kept being faster
    """
    for attempt in range(_ATTEMPTS):
        stored = repository.configurazione()
        before = stored.value if stored else Configurazione()
        after = change(before)
        if after == before:
            return after
        try:
            commit([*repository.writes_of_configurazione(after, stored), *beside(before, after)])
        except WriteConflict:
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            snapshot.forget_configurazione()
            return after
    raise AssertionError
