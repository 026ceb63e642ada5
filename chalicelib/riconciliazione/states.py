"""States of flussi, rendicontazioni and incassi, their moves, and the anomalies of a flow (GovPay 3.1 API 4.4, 4.10)."""

from collections.abc import Mapping
from enum import StrEnum


class StatoFlusso(StrEnum):
    """RIFIUTATA: it cannot be read. ANOMALA: it was read, and something in it needs a person's eye."""

    ACCETTATA = "ACCETTATA"
    ANOMALA = "ANOMALA"
    RIFIUTATA = "RIFIUTATA"


F = StatoFlusso

# A flow gets its state when it is acquired; after that, what was missing may come (a ricevuta, a pendenza).
FLUSSO_MOVES: Mapping[tuple[StatoFlusso, StatoFlusso], str] = {
    (F.ANOMALA, F.ACCETTATA): "examined again: the payments that were missing have come",
    (F.ACCETTATA, F.ANOMALA): "examined again: a payment is no longer what it was",
    (F.RIFIUTATA, F.ACCETTATA): "brought again: the source now gives what can be read",
    (F.RIFIUTATA, F.ANOMALA): "brought again: it can be read, and does not add up",
}


class StatoRendicontazione(StrEnum):
    OK = "OK"
    ANOMALA = "ANOMALA"
    ALTRO_INTERMEDIARIO = "ALTRO_INTERMEDIARIO"


class Esito(StrEnum):
    """codiceEsitoSingoloPagamento: the union of what all editions of the flow know."""

    ESEGUITO = "0"
    REVOCATO = "3"
    STAND_IN = "4"
    STAND_IN_SENZA_RPT = "8"
    SENZA_RPT = "9"


# The ricevuta of these may never come: the flow alone is enough.
SENZA_RICEVUTA = frozenset({Esito.STAND_IN, Esito.STAND_IN_SENZA_RPT, Esito.SENZA_RPT})


class Anomalia(StrEnum):
    """What is wrong with a flow or one of its rows, by published code."""

    PAGAMENTO_NON_PRESENTE = "007101"
    PIU_PAGAMENTI = "007102"
    IMPORTO_DIVERSO = "007104"
    TOTALE_DIVERSO = "007106"
    NUMERO_DIVERSO = "007107"
    ESITO_SCONOSCIUTO = "007110"
    PENDENZA_SCONOSCIUTA = "007111"
    IMPORTO_REVOCA_DIVERSO = "007112"
    PENDENZA_CON_PIU_VOCI = "007114"
    RIGA_RIPETUTA = "007115"
    DOMINIO_DIVERSO = "007116"

    @property
    def descrizione(self) -> str:
        return _DESCRIZIONI[self]


A = Anomalia
_DESCRIZIONI = {
    A.PAGAMENTO_NON_PRESENTE: "Il pagamento rendicontato non è in archivio.",
    A.PIU_PAGAMENTI: "Alla riga corrisponde più di un pagamento.",
    A.IMPORTO_DIVERSO: "L'importo rendicontato non è quello pagato.",
    A.TOTALE_DIVERSO: "La somma delle righe non è il totale indicato nella testata.",
    A.NUMERO_DIVERSO: "Il numero delle righe non è quello indicato nella testata.",
    A.ESITO_SCONOSCIUTO: "Il codice di esito della riga non è fra quelli previsti.",
    A.PENDENZA_SCONOSCIUTA: "La pendenza pagata senza RPT è sconosciuta.",
    A.IMPORTO_REVOCA_DIVERSO: "L'importo revocato non è quello pagato.",
    A.PENDENZA_CON_PIU_VOCI: "La pendenza pagata senza RPT ha più voci.",
    A.RIGA_RIPETUTA: "La stessa riga è presente più volte nel flusso.",
    A.DOMINIO_DIVERSO: "Il dominio scritto nel flusso non è quello per cui è stato richiesto.",
}
OF_FLUSSO = frozenset({A.TOTALE_DIVERSO, A.NUMERO_DIVERSO, A.DOMINIO_DIVERSO})


class StatoIncasso(StrEnum):
    """IN_ELABORAZIONE: flow or payment are claimed, not all payments are INCASSATA yet."""

    IN_ELABORAZIONE = "IN_ELABORAZIONE"
    ACQUISITO = "ACQUISITO"
    IN_STORNO = "IN_STORNO"
    STORNATO = "STORNATO"


I = StatoIncasso  # noqa: E741 - as its neighbours

INCASSO_MOVES: Mapping[tuple[StatoIncasso, StatoIncasso], str] = {
    (I.IN_ELABORAZIONE, I.ACQUISITO): "all payments are INCASSATA",
    (I.IN_ELABORAZIONE, I.IN_STORNO): "the bank reversed it before it was done",
    (I.ACQUISITO, I.IN_ELABORAZIONE): "a newer revision of its flow came: its payments are gone through again",
    (I.ACQUISITO, I.IN_STORNO): "the bank reversed it",
    (I.IN_STORNO, I.STORNATO): "all payments are back",
    (I.STORNATO, I.IN_ELABORAZIONE): "the same credit came again",
}
# Those that hold a flow or a payment.
VALIDI = frozenset({I.IN_ELABORAZIONE, I.ACQUISITO})
