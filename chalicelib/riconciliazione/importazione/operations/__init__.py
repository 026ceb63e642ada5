"""What a caller may ask: import a giornale, try again what waits, say what a movement is for."""

from chalicelib.riconciliazione.importazione.operations.aperti import find_aperti
from chalicelib.riconciliazione.importazione.operations.consegna import go_on, handle, receive
from chalicelib.riconciliazione.importazione.operations.persona import (
    MovimentoNonModificabile,
    MovimentoNotFound,
    assegna_movimento,
    conferma_movimento,
    vedi_movimento,
)
from chalicelib.riconciliazione.importazione.operations.ricezione import announce, upload
from chalicelib.riconciliazione.importazione.operations.riprova import (
    ask_retries,
    flow_or_payment_came,
    riprova_movimenti,
)

__all__ = [
    "MovimentoNonModificabile",
    "MovimentoNotFound",
    "announce",
    "ask_retries",
    "assegna_movimento",
    "conferma_movimento",
    "find_aperti",
    "flow_or_payment_came",
    "go_on",
    "handle",
    "receive",
    "riprova_movimenti",
    "upload",
    "vedi_movimento",
]
