"""Every pair of states of the two machines."""

from itertools import product

import pytest

from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.pagamenti.states import (
    APERTI_AL_NODO,
    CHIUSI_AL_NODO,
    CON_RT,
    FALLITI,
    IN_ATTESA,
    MOVES,
    PENDENTI,
    RISCOSSIONE_MOVES,
    VERIFICABILI,
    StatoRiscossione,
    StatoRpp,
)

R = StatoRpp
SENDING = {
    (R.RPT_ATTIVATA, R.RPT_ACCETTATA_NODO),
    (R.RPT_ATTIVATA, R.RPT_RIFIUTATA_NODO),
    (R.RPT_ATTIVATA, R.RPT_ERRORE_INVIO_A_NODO),
    (R.RPT_ERRORE_INVIO_A_NODO, R.RPT_ATTIVATA),
}


def is_legal(da: StatoRpp, a: StatoRpp) -> bool:
    if a is R.RT_ACCETTATA_PA:
        return True
    if a is R.RT_RIFIUTATA_PA:
        return da is not R.RT_ACCETTATA_PA
    return (da, a) in SENDING or is_recovered(da, a)


TOLD_BY_THE_NODO = (CHIUSI_AL_NODO | APERTI_AL_NODO | CON_RT) - {R.RT_ACCETTATA_PA, R.RT_RIFIUTATA_PA}


def is_recovered(da: StatoRpp, a: StatoRpp) -> bool:
    """Tell what becomes of an attempt by asking, or because nothing comes of it."""
    if da in VERIFICABILI and a in TOLD_BY_THE_NODO:
        return da is not a
    if a in {R.RPT_ERRORE_INVIO_A_NODO, R.RPT_ANNULLATA}:
        return da in IN_ATTESA
    return a is R.RPT_SCADUTA and da in APERTI_AL_NODO | {R.RPT_ATTIVATA, R.INTERNO_NODO}


class TestAnAttempt:
    @pytest.mark.parametrize(("da", "a"), list(product(R, R)))
    def test_moves_only_as_the_table_says(self, da, a):
        if is_legal(da, a):
            assert move(MOVES, da, a) is a
            assert MOVES[da, a]
        else:
            with pytest.raises(IllegalMove):
                move(MOVES, da, a)

    def test_is_pending_failed_or_closed_and_never_two_of_them(self):
        assert not PENDENTI & FALLITI
        assert set(R) - PENDENTI - FALLITI == {R.RPT_DECORSI_TERMINI, R.RPT_SCADUTA, R.RT_ACCETTATA_PA}


S = StatoRiscossione
LEGAL = {
    (S.RISCOSSA, S.INCASSATA),
    (S.INCASSATA, S.RISCOSSA),
    (S.PAGATO_SENZA_RPT, S.RISCOSSA),
    (S.PAGATO_SENZA_RPT, S.INCASSATA),
    (S.INCASSATA, S.PAGATO_SENZA_RPT),
}


class TestARiscossione:
    @pytest.mark.parametrize(("da", "a"), list(product(S, S)))
    def test_moves_only_as_the_table_says(self, da, a):
        if (da, a) in LEGAL:
            assert move(RISCOSSIONE_MOVES, da, a) is a
            assert RISCOSSIONE_MOVES[da, a]
        else:
            with pytest.raises(IllegalMove):
                move(RISCOSSIONE_MOVES, da, a)
