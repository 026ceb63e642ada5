"""The stato of a pendenza as the contracts name it; SCADUTA is derived, it is never stored."""

from datetime import datetime

from chalicelib.kernel.rome_time import is_decorsa
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import StatoPendenza

S = StatoPendenza
ESEGUITA, NON_ESEGUITA, ESEGUITA_PARZIALE = "ESEGUITA", "NON_ESEGUITA", "ESEGUITA_PARZIALE"
ANNULLATA, SCADUTA, INCASSATA, ANOMALA = "ANNULLATA", "SCADUTA", "INCASSATA", "ANOMALA"
STATI = (ESEGUITA, NON_ESEGUITA, ESEGUITA_PARZIALE, ANNULLATA, SCADUTA)
STATI_BACKOFFICE = (*STATI, INCASSATA, ANOMALA)
_STATI = {
    S.ESEGUITO: ESEGUITA,
    S.PARZIALMENTE_ESEGUITO: ESEGUITA_PARZIALE,
    S.ANNULLATO: ANNULLATA,
    S.NON_ESEGUITO: NON_ESEGUITA,
}


def stato_esposto(pendenza: Pendenza, *, backoffice: bool, now: datetime) -> str:
    """Give the stato that a contract shows; INCASSATA and ANOMALA are the backoffice's only (GovPay 3.1 API)."""
    if backoffice and pendenza.anomalo:
        return ANOMALA
    if pendenza.stato is S.INCASSATO:
        return INCASSATA if backoffice else ESEGUITA
    if pendenza.stato is S.NON_ESEGUITO and is_decorsa(pendenza.data_scadenza, now=now):
        return SCADUTA
    return _STATI[pendenza.stato]
