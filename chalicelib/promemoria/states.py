"""StatoPromemoria and its moves (GovPay 3.1 API 3.5)."""

from collections.abc import Mapping
from enum import StrEnum


class StatoPromemoria(StrEnum):
    DA_SPEDIRE = "DA_SPEDIRE"
    SPEDITO = "SPEDITO"
    ANNULLATO = "ANNULLATO"
    FALLITO = "FALLITO"


S = StatoPromemoria

MOVES: Mapping[tuple[StatoPromemoria, StatoPromemoria], str] = {
    (S.DA_SPEDIRE, S.DA_SPEDIRE): "another attempt, after a wait",
    (S.DA_SPEDIRE, S.SPEDITO): "it was taken",
    (S.ANNULLATO, S.DA_SPEDIRE): "the pendenza asks for another day",
    (S.DA_SPEDIRE, S.ANNULLATO): "there is nothing left to remind of, or nobody to remind",
    (S.DA_SPEDIRE, S.FALLITO): "it will not be taken, or whether it was is not known",
}
