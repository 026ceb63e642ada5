"""What pendenze needs from contexts above it, as functions; wiring joins them."""

from __future__ import annotations  # wiring imports this file at every cold start, and no model for its sake

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.aws.transactions import Write
    from chalicelib.pendenze.model import NuovaPendenza, Pendenza


RppOf = Callable[[str], "Sequence[dict[str, Any]]"]


def _nothing(*_: Any) -> list[Any]:
    return []


class Ports:
    """What wiring joins. Without it a pendenza has no rpp and no pagamenti, and no paper.

    `rpp_of` and `pagamenti_of` give the JSON of the attempts and of the portal's sessions on a pendenza, for the
    contract named (`pendenze`, `pagamento`, `backoffice`); `read_with_rpp` reads the pendenza of a dominio and an IUV
    together with its attempts, in one call, and gives it with what writes them; `pendenze_of_pagamento` the pendenze (idA2A, idPendenza) of
    a session; `print_avviso` the PDF of a notice; `avviso_json` the notice as JSON. `save_settled` stores a new pendenza
    whose ricevuta came before it, as that ricevuta leaves it, and gives it as stored. `forward` sends the data of a form
    (idA2A, idDominio, idTipoPendenza, JSON) to the applicazione that makes a pendenza of them, and loads its answer once
    the function given has admitted it.
    """

    rpp_of: Callable[[Pendenza, str], Sequence[dict[str, Any]]] = staticmethod(_nothing)
    read_with_rpp: Callable[[str, str], tuple[Pendenza | None, RppOf]] | None = None
    pagamenti_of: Callable[[Pendenza, str, datetime], Sequence[dict[str, Any]]] = staticmethod(_nothing)
    pendenze_of_pagamento: Callable[[str], Sequence[tuple[str, str]]] = staticmethod(_nothing)
    print_avviso: Callable[[Pendenza, datetime], bytes] | None = None
    save_settled: Callable[[Pendenza, datetime], Pendenza] | None = None
    # What is written with a pendenza that is loaded (before, after, now), and what is done once it is.
    outbox: Callable[[Pendenza | None, Pendenza, datetime], Sequence[Write]] = staticmethod(_nothing)
    publish: Callable[[Sequence[Write]], object] = staticmethod(_nothing)
    avviso_json: Callable[[Pendenza, datetime], dict[str, Any]] | None = None
    forward: Callable[[str, str, str, Any, datetime, Callable[[NuovaPendenza], None]], tuple[Pendenza, bool]] | None = (
        None
    )
