"""StatoRpp, StatoRiscossione and their moves."""

from collections.abc import Mapping
from enum import StrEnum


class StatoRpp(StrEnum):
    """States of an attempt, by the Nodo's own names (GovPay 3.1 API 4.4)."""

    RPT_PARCHEGGIATA_NODO = "RPT_PARCHEGGIATA_NODO"
    RPT_ATTIVATA = "RPT_ATTIVATA"
    RPT_ERRORE_INVIO_A_NODO = "RPT_ERRORE_INVIO_A_NODO"
    RPT_RICEVUTA_NODO = "RPT_RICEVUTA_NODO"
    RPT_RIFIUTATA_NODO = "RPT_RIFIUTATA_NODO"
    RPT_ACCETTATA_NODO = "RPT_ACCETTATA_NODO"
    RPT_RIFIUTATA_PSP = "RPT_RIFIUTATA_PSP"
    RPT_ACCETTATA_PSP = "RPT_ACCETTATA_PSP"
    RPT_ERRORE_INVIO_A_PSP = "RPT_ERRORE_INVIO_A_PSP"
    RPT_INVIATA_A_PSP = "RPT_INVIATA_A_PSP"
    RPT_DECORSI_TERMINI = "RPT_DECORSI_TERMINI"
    RPT_ANNULLATA = "RPT_ANNULLATA"
    RPT_SCADUTA = "RPT_SCADUTA"
    RT_RICEVUTA_NODO = "RT_RICEVUTA_NODO"
    RT_RIFIUTATA_NODO = "RT_RIFIUTATA_NODO"
    RT_ACCETTATA_NODO = "RT_ACCETTATA_NODO"
    RT_ACCETTATA_PA = "RT_ACCETTATA_PA"
    RT_RIFIUTATA_PA = "RT_RIFIUTATA_PA"
    RT_ESITO_SCONOSCIUTO_PA = "RT_ESITO_SCONOSCIUTO_PA"
    RT_ERRORE_INVIO_A_PA = "RT_ERRORE_INVIO_A_PA"
    INTERNO_NODO = "INTERNO_NODO"


R = StatoRpp

# Where a payment may still come from.
PENDENTI = frozenset(
    {
        R.RPT_PARCHEGGIATA_NODO, R.RPT_ATTIVATA, R.RPT_RICEVUTA_NODO, R.RPT_ACCETTATA_NODO, R.RPT_INVIATA_A_PSP,
        R.RPT_ACCETTATA_PSP, R.RPT_ANNULLATA, R.RT_RICEVUTA_NODO, R.RT_RIFIUTATA_NODO, R.RT_ACCETTATA_NODO,
        R.RT_RIFIUTATA_PA, R.RT_ESITO_SCONOSCIUTO_PA, R.RT_ERRORE_INVIO_A_PA, R.INTERNO_NODO,
    }
)  # fmt: skip
FALLITI = frozenset({R.RPT_ERRORE_INVIO_A_NODO, R.RPT_ERRORE_INVIO_A_PSP, R.RPT_RIFIUTATA_NODO, R.RPT_RIFIUTATA_PSP})
# GovPay counts what was annulled among the pending: nothing is waited for there.
IN_ATTESA = PENDENTI - {R.RPT_ANNULLATA}
# What the Nodo says of an RPT: refused or expired; not answered by a PSP yet; answered, so that there is an RT.
CHIUSI_AL_NODO = frozenset({R.RPT_RIFIUTATA_NODO, R.RPT_RIFIUTATA_PSP, R.RPT_ERRORE_INVIO_A_PSP, R.RPT_DECORSI_TERMINI})
SENZA_PSP = frozenset({R.RPT_RICEVUTA_NODO, R.RPT_ACCETTATA_NODO, R.RPT_PARCHEGGIATA_NODO})
APERTI_AL_NODO = SENZA_PSP | {R.RPT_INVIATA_A_PSP, R.RPT_ACCETTATA_PSP}
CON_RT = frozenset(
    {
        R.RT_RICEVUTA_NODO, R.RT_RIFIUTATA_NODO, R.RT_ACCETTATA_NODO, R.RT_ACCETTATA_PA, R.RT_RIFIUTATA_PA,
        R.RT_ESITO_SCONOSCIUTO_PA, R.RT_ERRORE_INVIO_A_PA,
    }
)  # fmt: skip
# Of these it makes sense to ask what became of them: also of what we closed by ourselves, by hand or by a sweep.
VERIFICABILI = IN_ATTESA | {R.RPT_ERRORE_INVIO_A_NODO, R.RPT_SCADUTA, R.RPT_ANNULLATA}

_SENDING: Mapping[tuple[StatoRpp, StatoRpp], str] = {
    (R.RPT_ATTIVATA, R.RPT_ACCETTATA_NODO): "the Nodo took the RPT",
    (R.RPT_ATTIVATA, R.RPT_RIFIUTATA_NODO): "the Nodo refused the RPT",
    (R.RPT_ATTIVATA, R.RPT_ERRORE_INVIO_A_NODO): "the RPT could not be delivered, and no further attempt is made",
    (R.RPT_ERRORE_INVIO_A_NODO, R.RPT_ATTIVATA): "sent again by an operator",
}
# What is asked about when no ricevuta has come (recupero). An RT that we lack does not make an attempt RT_ACCETTATA_PA.
_TOLD = (CHIUSI_AL_NODO | APERTI_AL_NODO | CON_RT) - {R.RT_ACCETTATA_PA, R.RT_RIFIUTATA_PA}
_RECUPERO: Mapping[tuple[StatoRpp, StatoRpp], str] = {
    **{(da, a): "the Nodo was asked, and said so" for da in VERIFICABILI for a in _TOLD if da is not a},
    **{(da, R.RPT_ERRORE_INVIO_A_NODO): "the Nodo was asked, and never had it" for da in IN_ATTESA},
    **{(da, R.RPT_ANNULLATA): "the pendenza was paid by other means" for da in IN_ATTESA},
    **{
        (da, R.RPT_SCADUTA): "nobody paid in time, or the outcome could not be learnt"
        for da in APERTI_AL_NODO | {R.RPT_ATTIVATA, R.INTERNO_NODO}
    },
}
# A ricevuta wins over whatever we believed of the attempt, a KO before an OK included (WISP bridge);
# what is RT_ACCETTATA_PA with a positive outcome is not moved again: rules refuse the ricevuta first.
_RICEVUTA: Mapping[tuple[StatoRpp, StatoRpp], str] = {
    (stato, R.RT_ACCETTATA_PA): "a ricevuta was acquired" for stato in StatoRpp
}
# What was accepted stays accepted: a later ricevuta that does not answer the request is refused by itself.
_RICEVUTA_REFUSED: Mapping[tuple[StatoRpp, StatoRpp], str] = {
    (stato, R.RT_RIFIUTATA_PA): "a ricevuta came that does not answer the request"
    for stato in StatoRpp
    if stato is not R.RT_ACCETTATA_PA
}
MOVES: Mapping[tuple[StatoRpp, StatoRpp], str] = {**_RECUPERO, **_SENDING, **_RICEVUTA, **_RICEVUTA_REFUSED}


class StatoRiscossione(StrEnum):
    """PAGATO_SENZA_RPT: a flow reports the money, and no ricevuta has come for it."""

    RISCOSSA = "RISCOSSA"
    PAGATO_SENZA_RPT = "PAGATO_SENZA_RPT"
    INCASSATA = "INCASSATA"


RISCOSSIONE_MOVES: Mapping[tuple[StatoRiscossione, StatoRiscossione], str] = {
    (StatoRiscossione.RISCOSSA, StatoRiscossione.INCASSATA): "matched with an incasso",
    (StatoRiscossione.INCASSATA, StatoRiscossione.RISCOSSA): "the incasso was reversed",
    (StatoRiscossione.PAGATO_SENZA_RPT, StatoRiscossione.RISCOSSA): "the ricevuta came after the flow",
    (StatoRiscossione.PAGATO_SENZA_RPT, StatoRiscossione.INCASSATA): "matched with an incasso",
    (StatoRiscossione.INCASSATA, StatoRiscossione.PAGATO_SENZA_RPT): "the incasso was reversed, and no ricevuta came",
}
