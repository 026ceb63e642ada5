"""States of a tracciato, and the steps of its work (GovPay 3.1 API 4.12)."""

from collections.abc import Mapping
from enum import StrEnum


class StatoTracciato(StrEnum):
    """ELABORAZIONE_STAMPA is of 3.9: the rows are done, their notices are being printed."""

    IN_ATTESA = "IN_ATTESA"
    IN_ELABORAZIONE = "IN_ELABORAZIONE"
    ELABORAZIONE_STAMPA = "ELABORAZIONE_STAMPA"
    ESEGUITO = "ESEGUITO"
    ESEGUITO_CON_ERRORI = "ESEGUITO_CON_ERRORI"
    SCARTATO = "SCARTATO"


S = StatoTracciato
MOVES: Mapping[tuple[StatoTracciato, StatoTracciato], str] = {
    (S.IN_ATTESA, S.SCARTATO): "the file cannot be read as a whole",
    (S.IN_ATTESA, S.IN_ELABORAZIONE): "its rows are counted and cut into blocks",
    (S.IN_ELABORAZIONE, S.ELABORAZIONE_STAMPA): "every row has its outcome, notices are to be printed",
    (S.IN_ELABORAZIONE, S.ESEGUITO): "every row was done",
    (S.IN_ELABORAZIONE, S.ESEGUITO_CON_ERRORI): "some rows were refused",
    (S.ELABORAZIONE_STAMPA, S.ESEGUITO): "every row was done, the notices are printed",
    (S.ELABORAZIONE_STAMPA, S.ESEGUITO_CON_ERRORI): "some rows were refused, the notices of the others are printed",
}
CONCLUSI = frozenset({S.ESEGUITO, S.ESEGUITO_CON_ERRORI, S.SCARTATO})
STAMPA_IN_CORSO = S.ELABORAZIONE_STAMPA


class Fase(StrEnum):
    """What is being done of a tracciato that is not concluded, in this order; the first four block by block."""

    LETTURA = "LETTURA"
    INSERIMENTI = "INSERIMENTI"
    ANNULLAMENTI = "ANNULLAMENTI"
    STAMPA = "STAMPA"
    UNIONE = "UNIONE"
    ESITI = "ESITI"
