"""What the giornale needs from contexts above it, as functions; wiring joins them."""

from collections.abc import Callable

from chalicelib.kernel.exchange import About


class Ports:
    """What wiring joins.

    `tipo_of` gives idDominio and idTipoPendenza of the pendenza that an idDominio and an IUV name, or else an idA2A and
    an idPendenza; None where there is none. It is asked for who may not manage all tipi, and for nobody else.
    """

    tipo_of: Callable[[About], tuple[str, str] | None] = staticmethod(lambda _: None)
