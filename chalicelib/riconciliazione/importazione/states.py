"""States of an imported giornale, and what may become of a movement."""

from collections.abc import Mapping
from enum import StrEnum

from chalicelib.riconciliazione.esiti import EsitoMovimento


class StatoGiornale(StrEnum):
    """ATTESO: announced, its bytes are not there yet. RIFIUTATO: the whole file, nothing of it is applied."""

    ATTESO = "ATTESO"
    IN_LETTURA = "IN_LETTURA"
    IN_ELABORAZIONE = "IN_ELABORAZIONE"
    CONCLUSO = "CONCLUSO"
    RIFIUTATO = "RIFIUTATO"


S = StatoGiornale
GIORNALE_MOVES: Mapping[tuple[StatoGiornale, StatoGiornale], str] = {
    (S.ATTESO, S.IN_LETTURA): "its bytes have come",
    (S.IN_LETTURA, S.RIFIUTATO): "it cannot be read to its end, or is of another ente",
    (S.IN_LETTURA, S.IN_ELABORAZIONE): "all its movements are stored",
    (S.IN_ELABORAZIONE, S.CONCLUSO): "every movement has its outcome, the report is written",
}
APERTI = frozenset({S.ATTESO, S.IN_LETTURA, S.IN_ELABORAZIONE})

E = EsitoMovimento
# Tried again by themselves: when the flow or the payment comes, when its other credit is reversed, and once a day.
RIPROVABILI = frozenset({E.FLUSSO_ASSENTE, E.FLUSSO_ANOMALO, E.PAGAMENTO_ASSENTE, E.DUPLICATO})
# A person may say what they are for.
DA_PERSONA = RIPROVABILI | {
    E.IMPORTO_DIVERSO,
    E.AMBIGUO,
    E.CAUSALE_ILLEGGIBILE,
    E.PROPOSTA,
    E.NON_PAGOPA,
    E.RIFIUTATO,
}
_DOPO_UN_TENTATIVO = DA_PERSONA | {E.RICONCILIATO}

MOVIMENTO_MOVES: Mapping[tuple[EsitoMovimento, EsitoMovimento], str] = {
    **{(da, a): "tried again" for da in sorted(DA_PERSONA) for a in sorted(_DOPO_UN_TENTATIVO) if da is not a},
    **{(da, E.STORNATO): "the bank took the credit back" for da in sorted(_DOPO_UN_TENTATIVO)},
}
