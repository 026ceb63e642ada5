"""The type of the terminal, for commands: the real one is imported when the environment is prepared."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from govpay.terminale import Terminale
else:
    Terminale = Any

__all__ = ["Terminale"]
