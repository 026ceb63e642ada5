"""StatoSpedizione and its moves."""

from collections.abc import Mapping
from enum import StrEnum


class StatoSpedizione(StrEnum):
    """Where a notifica is. The contract (GovPay 3.1 API 3.5) knows the first three.

    FALLITA is ours: given up after thirty days. The contract shows it as DA_SPEDIRE, which is what it is – nobody has
    been told, and it can be replayed – without dataProssimaSpedizione, and with a descrizioneStato that says so.
    """

    DA_SPEDIRE = "DA_SPEDIRE"
    SPEDITA = "SPEDITA"
    ANNULLATA = "ANNULLATA"
    FALLITA = "FALLITA"

    @property
    def pubblico(self) -> "StatoSpedizione":
        """Give the state by the contract's name."""
        return StatoSpedizione.DA_SPEDIRE if self is StatoSpedizione.FALLITA else self


S = StatoSpedizione

MOVES: Mapping[tuple[StatoSpedizione, StatoSpedizione], str] = {
    # Another attempt, after a wait.
    (S.DA_SPEDIRE, S.DA_SPEDIRE): "the ente did not take it",
    (S.DA_SPEDIRE, S.SPEDITA): "the ente answered 2xx",
    (S.DA_SPEDIRE, S.ANNULLATA): "the applicazione has no connector, or activation and annulment cancelled each other",
    (S.DA_SPEDIRE, S.FALLITA): "thirty days of attempts have passed",
    (S.FALLITA, S.DA_SPEDIRE): "replayed by an operator",
    (S.ANNULLATA, S.DA_SPEDIRE): "replayed by an operator: the applicazione has a connector now",
}

# The states behind each name of the contract.
PUBBLICI: Mapping[str, tuple[StatoSpedizione, ...]] = {
    name.value: tuple(stato for stato in StatoSpedizione if stato.pubblico is name)
    for name in (S.SPEDITA, S.DA_SPEDIRE, S.ANNULLATA)
}
