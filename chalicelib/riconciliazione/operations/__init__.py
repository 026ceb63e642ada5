"""What a caller may ask: acquire flows, register an incasso and reverse it."""

from chalicelib.riconciliazione.esiti import EsitoIncasso, EsitoMovimento
from chalicelib.riconciliazione.operations.acquisizione import acquire_step
from chalicelib.riconciliazione.operations.elenco import ask_flussi, examine_again
from chalicelib.riconciliazione.operations.incassi import post_incasso, registra_incasso
from chalicelib.riconciliazione.operations.pagamenti import complete_incasso, requeue_incassi
from chalicelib.riconciliazione.operations.storno import resume_incasso, storna_incasso

__all__ = [
    "EsitoIncasso",
    "EsitoMovimento",
    "acquire_step",
    "ask_flussi",
    "complete_incasso",
    "examine_again",
    "post_incasso",
    "registra_incasso",
    "requeue_incassi",
    "resume_incasso",
    "storna_incasso",
]
