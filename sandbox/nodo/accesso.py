"""Who asks something of the Nodo: an intermediario, by one of its stazioni and the password of it."""

import secrets
from typing import TYPE_CHECKING

from sandbox.nodo.model import Rifiuto

if TYPE_CHECKING:
    from sandbox.nodo.nodo import Nodo


def autorizza(nodo: "Nodo", intermediario: str, id_stazione: str, password: str, id_dominio: str) -> None:
    """Let in a stazione that speaks for an ente.

    :raises Rifiuto:
    """
    stazione_of(nodo, intermediario, id_stazione, password)
    ente = nodo.anagrafica.enti.get(id_dominio)
    if ente is None:
        raise Rifiuto("PPT_DOMINIO_SCONOSCIUTO", "L'ente non è registrato presso il Nodo.")
    if id_stazione not in ente.stazioni.values():
        raise Rifiuto("PPT_AUTORIZZAZIONE", "La stazione non è configurata per questo ente.")


def stazione_of(nodo: "Nodo", intermediario: str, id_stazione: str, password: str) -> None:
    """Let in a stazione.

    :raises Rifiuto:
    """
    stazioni = nodo.anagrafica.stazioni
    if intermediario not in {one.id_intermediario for one in stazioni.values()}:
        raise Rifiuto("PPT_INTERMEDIARIO_PA_SCONOSCIUTO", "L'intermediario non è registrato presso il Nodo.")
    stazione = stazioni.get(id_stazione)
    if stazione is None or stazione.id_intermediario != intermediario:
        raise Rifiuto("PPT_STAZIONE_INT_PA_SCONOSCIUTA", "La stazione non è registrata presso il Nodo.")
    if not secrets.compare_digest(stazione.password.encode(), password.encode()):
        raise Rifiuto("PPT_AUTENTICAZIONE", "La password della stazione è errata.")
