"""StatoPendenza and its moves. SCADUTA is never stored: it is what a due date makes of NON_ESEGUITO."""

from collections.abc import Mapping
from enum import StrEnum


class StatoPendenza(StrEnum):
    NON_ESEGUITO = "NON_ESEGUITO"
    ESEGUITO = "ESEGUITO"
    PARZIALMENTE_ESEGUITO = "PARZIALMENTE_ESEGUITO"
    ANNULLATO = "ANNULLATO"
    INCASSATO = "INCASSATO"


class StatoVoce(StrEnum):
    NON_ESEGUITO = "NON_ESEGUITO"
    ESEGUITO = "ESEGUITO"
    ANOMALO = "ANOMALO"


S = StatoPendenza

MOVES: Mapping[tuple[StatoPendenza, StatoPendenza], str] = {
    (S.NON_ESEGUITO, S.ESEGUITO): "ricevuta acquired from the Nodo, or reported as paid without one",
    (S.NON_ESEGUITO, S.PARZIALMENTE_ESEGUITO): "ricevuta acquired, not all voci paid",
    (S.NON_ESEGUITO, S.ANNULLATO): "cancelled by the ente",
    # The ente may change its mind: nobody has paid in between, or the pendenza would be ESEGUITO.
    (S.ANNULLATO, S.NON_ESEGUITO): "restored by the ente, or loaded again",
    # The citizen was already paying when the ente cancelled: the money is real, and wins.
    (S.ANNULLATO, S.ESEGUITO): "ricevuta acquired after the cancellation",
    (S.ANNULLATO, S.PARZIALMENTE_ESEGUITO): "ricevuta acquired after the cancellation, not all voci paid",
    (S.PARZIALMENTE_ESEGUITO, S.ESEGUITO): "the ricevuta of the other ente of the same payment was acquired",
    (S.ESEGUITO, S.INCASSATO): "matched with an incasso",
    (S.PARZIALMENTE_ESEGUITO, S.INCASSATO): "matched with an incasso",
    # An incasso that the bank reverses (storno).
    (S.INCASSATO, S.ESEGUITO): "the incasso was reversed",
    (S.INCASSATO, S.PARZIALMENTE_ESEGUITO): "the incasso of a pendenza paid in part was reversed",
}

PAGATI = frozenset({S.ESEGUITO, S.PARZIALMENTE_ESEGUITO, S.INCASSATO})
