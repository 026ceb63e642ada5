"""StatoSessione and its moves; StatoPagamento is what the contracts show of it."""

from collections.abc import Mapping
from enum import StrEnum


class StatoSessione(StrEnum):
    """States of a payment that a portal started (GovPay 3.1 API 4.4, codiceStato); IN_INVIO is before pagoPA took it."""

    IN_INVIO = "IN_INVIO"
    IN_CORSO_AL_PSP = "PAGAMENTO_IN_CORSO_AL_PSP"
    IN_ATTESA_DI_ESITO = "IN_ATTESA_DI_ESITO"
    ESEGUITO = "ESEGUITO"
    NON_ESEGUITO = "NON_ESEGUITO"
    PARZIALMENTE_ESEGUITO = "PARZIALMENTE_ESEGUITO"
    FALLITO = "FALLITO"
    ANNULLATO = "ANNULLATO"


class StatoPagamento(StrEnum):
    """What the contracts show (statoPagamento)."""

    IN_CORSO = "IN_CORSO"
    ESEGUITO = "ESEGUITO"
    NON_ESEGUITO = "NON_ESEGUITO"
    ESEGUITO_PARZIALE = "ESEGUITO_PARZIALE"
    ANNULLATO = "ANNULLATO"
    FALLITO = "FALLITO"


S = StatoSessione
APERTI = frozenset({S.IN_INVIO, S.IN_CORSO_AL_PSP, S.IN_ATTESA_DI_ESITO})

_SENDING: Mapping[tuple[StatoSessione, StatoSessione], str] = {
    (S.IN_INVIO, S.IN_CORSO_AL_PSP): "pagoPA took the cart and told where to send the payer",
    (S.IN_INVIO, S.FALLITO): "pagoPA refused the cart, or it could surely not be delivered",
    (S.IN_CORSO_AL_PSP, S.IN_ATTESA_DI_ESITO): "the payer came back; what happened only the ricevute say",
}
# Ricevute may come before anything else is known, an OK after a KO too (WISP bridge). What is paid stays paid.
_OUTCOMES = {S.ESEGUITO, S.NON_ESEGUITO, S.PARZIALMENTE_ESEGUITO}
_RICEVUTE: Mapping[tuple[StatoSessione, StatoSessione], str] = {
    (da, a): "the last ricevuta that was missing came" for da in APERTI for a in _OUTCOMES
}
_LATER: Mapping[tuple[StatoSessione, StatoSessione], str] = {
    (da, a): "a ricevuta of money came after what was believed to be the end"
    for da in (S.NON_ESEGUITO, S.FALLITO, S.ANNULLATO)
    for a in (S.ESEGUITO, S.PARZIALMENTE_ESEGUITO)
}
_ENDS: Mapping[tuple[StatoSessione, StatoSessione], str] = {
    **{(da, S.FALLITO): "no attempt of the cart came to the PSP" for da in APERTI},
    **{(da, S.ANNULLATO): "all attempts of the cart were annulled" for da in APERTI},
    **{(da, S.NON_ESEGUITO): "a ricevuta says that it was not paid" for da in (S.FALLITO, S.ANNULLATO)},
    **{
        (da, a): "asked about anew, its attempts have ended otherwise"
        for da in (S.NON_ESEGUITO, S.FALLITO, S.ANNULLATO)
        for a in (S.FALLITO, S.ANNULLATO)
        if da is not a
    },
    (S.PARZIALMENTE_ESEGUITO, S.ESEGUITO): "what was missing was paid after all",
}
MOVES: Mapping[tuple[StatoSessione, StatoSessione], str] = {**_SENDING, **_RICEVUTE, **_LATER, **_ENDS}

_SHOWN = {
    S.IN_INVIO: StatoPagamento.IN_CORSO,
    S.IN_CORSO_AL_PSP: StatoPagamento.IN_CORSO,
    S.IN_ATTESA_DI_ESITO: StatoPagamento.IN_CORSO,
    S.PARZIALMENTE_ESEGUITO: StatoPagamento.ESEGUITO_PARZIALE,
}


def shown(stato: StatoSessione) -> StatoPagamento:
    """Give the stato as the contracts name it."""
    return _SHOWN.get(stato) or StatoPagamento(stato)
