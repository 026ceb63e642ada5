"""A run: case after case, each with what it found."""

import time
from collections.abc import Callable, Iterator

from chalicelib.notifiche.conformita import notifica, verifica
from chalicelib.notifiche.conformita.banco import Banco
from chalicelib.notifiche.conformita.model import Caso, Esito, Incarico, NonConforme, Referto, Saltato


def casi() -> tuple[Caso, ...]:
    """Give all cases, in the order in which they are run; their names are one each."""
    return (*verifica.casi(), *notifica.casi())


def esegui(incarico: Incarico, *, after: Callable[[int], None] = lambda _done: None) -> Iterator[Referto]:
    """Run the cases against a gestionale; `after` is told how many are done."""
    banco = Banco(incarico=incarico)
    for number, caso in enumerate(casi(), 1):
        yield _referto(caso, banco)
        after(number)


def _referto(caso: Caso, banco: Banco) -> Referto:
    started = time.monotonic()
    esito, motivo = Esito.CONFORME, ""
    try:
        caso.prova(banco)
    except NonConforme as found:
        esito, motivo = Esito.NON_CONFORME, str(found)
    except Saltato as skipped:
        esito, motivo = Esito.SALTATO, str(skipped)
    return Referto(
        nome=caso.nome,
        regola=caso.regola,
        esito=esito,
        motivo=motivo,
        millisecondi=int((time.monotonic() - started) * 1000),
    )
