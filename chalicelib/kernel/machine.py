"""The only engine of states: a machine is one table of moves, and nothing else writes a state."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

S = TypeVar("S", bound=StrEnum)


class IllegalMove(Exception):
    """The machine has no such move. The edge decides with which code it is refused."""

    def __init__(self, da: StrEnum, a: StrEnum) -> None:
        self.da, self.a = da, a
        super().__init__(f"{da} -> {a}")


def move(moves: Mapping[tuple[S, S], str], da: S, a: S) -> S:
    """Give the state after the move.

    :raises IllegalMove: if the table does not name it
    """
    if (da, a) not in moves:
        raise IllegalMove(da, a)
    return a
