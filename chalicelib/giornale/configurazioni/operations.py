"""Change what an installation is set to; each change is an evento of its own, which nothing that is set leaves out."""

from collections.abc import Callable
from datetime import datetime

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.giornale.operations import event_write
from chalicelib.kernel.exchange import Categoria, Componente, Esito, Exchange, Ruolo

Change = Callable[[Configurazione], Configurazione]


def change_configurazione(
    change: Change,
    *,
    tipo_evento: str,
    principal: str,
    id_transazione: str,
    now: datetime,
    written: Callable[[Configurazione], str],
) -> Configurazione:
    """Make a change to what is set, and give what is then; one that changes nothing writes nothing.

    `written` says what was set as the evento tells it. It is on record if, and only if, the change is.

    :raises WriteConflict: 409, if others kept being faster
    """

    def audit(before: Configurazione, after: Configurazione) -> Exchange:
        return Exchange(
            componente=Componente.API_BACKOFFICE,
            ruolo=Ruolo.SERVER,
            categoria=Categoria.UTENTE,
            tipo_evento=tipo_evento,
            esito=Esito.OK,
            data=now,
            durata_ms=0,
            id_transazione=id_transazione,
            dettaglio_esito=f"Prima: {written(before)}. Dopo: {written(after)}.",
            principal=principal,
        )

    return anagrafica.change_configurazione(change, beside=lambda before, after: [event_write(audit(before, after))])
