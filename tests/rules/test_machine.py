from itertools import product

import pytest

from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.pagamenti import states as pagamenti
from chalicelib.pendenze import states as pendenze

MACHINES = [
    (pendenze.StatoPendenza, pendenze.MOVES),
    (pagamenti.StatoRpp, pagamenti.MOVES),
    (pagamenti.StatoRiscossione, pagamenti.RISCOSSIONE_MOVES),
]


@pytest.mark.parametrize(("states", "moves"), MACHINES, ids=lambda value: getattr(value, "__name__", ""))
class TestEveryPair:
    def test_moves_if_and_only_if_the_table_names_it(self, states, moves):
        for da, a in product(states, states):
            if (da, a) in moves:
                assert move(moves, da, a) is a
            else:
                with pytest.raises(IllegalMove, match=f"{da} -> {a}"):
                    move(moves, da, a)

    def test_has_a_cause(self, states, moves):
        assert all(cause.strip() for cause in moves.values())
