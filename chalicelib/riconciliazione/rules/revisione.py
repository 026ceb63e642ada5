"""A newer revision of a flow that an incasso has already: the incasso follows it where the money is the same.

A credit is for one flow and equal to the cent: a revision of another total, or with anomalies, is not what was credited
and moves nothing by itself.
"""

from dataclasses import replace

from chalicelib.kernel.machine import move
from chalicelib.riconciliazione.model import Flusso, Incasso
from chalicelib.riconciliazione.states import INCASSO_MOVES, StatoFlusso, StatoIncasso


def why_not_followed(incasso: Incasso, flusso: Flusso) -> str | None:
    """Say, in Italian, why an incasso stays with the revision that it has; None where it goes over to this one."""
    what = f"La revisione del flusso arrivata dopo l'incasso {incasso.id_incasso}"
    if flusso.testata is None or flusso.testata.importo != incasso.accredito.importo:
        totale = "" if flusso.testata is None else f" {flusso.testata.importo.italian()} €"
        return f"{what} ha un altro totale:{totale} invece di {incasso.accredito.importo.italian()} €."
    if flusso.stato is not StatoFlusso.ACCETTATA:
        return f"{what} presenta anomalie."
    return None


def following(incasso: Incasso, flusso: Flusso) -> Incasso:
    """Give the incasso with this revision: its payments are gone through again, from the first row."""
    stato = incasso.stato
    if stato is not StatoIncasso.IN_ELABORAZIONE:
        stato = move(INCASSO_MOVES, stato, StatoIncasso.IN_ELABORAZIONE)
    before = () if incasso.flusso is None else (incasso.flusso,)
    precedenti = tuple(one for one in (*incasso.precedenti, *before) if one != flusso.chiave)
    return replace(incasso, stato=stato, flusso=flusso.chiave, precedenti=precedenti, applicato=None)
