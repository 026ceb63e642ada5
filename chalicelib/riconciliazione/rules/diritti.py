"""Which payments a caller may be told of, among those of the enti that it may act for."""

from chalicelib.kernel.utenze import TipoUtenza, Utenza


def is_limited(utenza: Utenza) -> bool:
    """Tell whether the caller is told of some tipi pendenza only.

    An applicazione that keeps the accounts of an ente is not: it has to do with all that the ente is paid.
    """
    return utenza.tipo is not TipoUtenza.APPLICAZIONE and utenza.is_limited_by_tipo


def sees(utenza: Utenza, id_tipo_pendenza: str | None) -> bool:
    """Tell whether the caller may be told of a payment of a tipo pendenza, None where nobody knows of which."""
    return not is_limited(utenza) or utenza.manages(id_tipo_pendenza)
