"""What of the giornale is told to who may manage some tipi pendenza only: what is of a pendenza of one of them.

An evento knows no tipo: the pendenza that it names is asked for it. What names none is for who may manage all.
"""

from chalicelib.giornale.ports import Ports
from chalicelib.kernel.exchange import About
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Utenza


class SoloPerPendenza(NotAllowed):
    """The eventi of many pendenze, asked by who may not manage them all."""

    codice = "403000"

    def __init__(self, utenza: Utenza) -> None:
        super().__init__(
            f"L'utenza {utenza.principal} è autorizzata solo per alcuni tipi pendenza: indicare idDominio e iuv, oppure "
            "idA2A e idPendenza."
        )


def may_search(utenza: Utenza, about: About) -> bool:
    """Tell whether there is anything to look for: nothing is told of a pendenza that there is not, or is of others.

    :raises SoloPerPendenza: 403000, where no pendenza is named
    :raises NotAllowed: 403000, for a tipo pendenza that is not the caller's, in a dominio of theirs
    """
    if not utenza.is_limited_by_tipo:
        return True
    if not _names_one(about):
        raise SoloPerPendenza(utenza)
    return _is_of_caller(utenza, about)


def may_read(utenza: Utenza, about: About) -> bool:
    """Tell whether the caller may be told of one evento: one of no dominio is for who may act for all of them.

    :raises NotAllowed: 403000, for a tipo pendenza that is not the caller's, in a dominio of theirs
    """
    visible = utenza.domini.tutti if about.id_dominio is None else about.id_dominio in utenza.domini
    if not visible or not utenza.is_limited_by_tipo:
        return visible
    return _names_one(about) and _is_of_caller(utenza, about)


def _names_one(about: About) -> bool:
    return bool((about.id_dominio and about.iuv) or (about.id_a2a and about.id_pendenza))


def _is_of_caller(utenza: Utenza, about: About) -> bool:
    found = Ports.tipo_of(about)
    if found is None or found[0] not in utenza.domini:
        return False
    utenza.require_tipo_pendenza(found[1])
    return True
