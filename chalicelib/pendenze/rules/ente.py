"""Whom a pendenza is owed to: a dominio and one of its unità."""

from chalicelib.kernel.refusals import Unprocessable
from chalicelib.pendenze.model import NuovaPendenza
from chalicelib.pendenze.rules.censimento import Censimento, Ente


class DominioInesistente(Unprocessable):
    codice = "DOM_000"


class DominioDisabilitato(Unprocessable):
    codice = "DOM_001"


class UnitaInesistente(Unprocessable):
    codice = "UOP_000"


class UnitaDisabilitata(Unprocessable):
    codice = "UOP_001"


def ente_of(id_dominio: str, censimento: Censimento) -> Ente:
    """Give the ente of a dominio.

    :raises Refusal: DOM_000, 001
    """
    ente = censimento.dominio(id_dominio)
    if ente is None:
        raise DominioInesistente(f"Il dominio {id_dominio} non è censito: controllare idDominio.")
    if not ente.dominio.abilitato:
        raise DominioDisabilitato(f"Il dominio {id_dominio} è disabilitato: chiederne l'abilitazione.")
    return ente


def check_unita(nuova: NuovaPendenza, ente: Ente) -> None:
    unita = ente.unita.get(nuova.id_unita_operativa)
    which = f"L'unità operativa {nuova.id_unita_operativa} del dominio {nuova.id_dominio}"
    if unita is None:
        raise UnitaInesistente(f"{which} non è censita: controllare idUnitaOperativa.")
    if not unita.abilitato:
        raise UnitaDisabilitata(f"{which} è disabilitata: chiederne l'abilitazione.")
