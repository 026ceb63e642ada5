"""One sentence on where a payment is."""

from datetime import datetime

from chalicelib.cronistoria.model import Materiale
from chalicelib.cronistoria.rules.stato import tutte_le_rpp
from chalicelib.kernel.rome_time import is_decorsa
from chalicelib.pagamenti.states import IN_ATTESA, StatoRiscossione
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.states import StatoPendenza


def situazione_of(materiale: Materiale, *, now: datetime) -> str:
    """Say in Italian where it is; never who owes it."""
    transazione = materiale.transazione
    if transazione.posizione is not None:
        return _of_pendenza(transazione.posizione, materiale, now)
    if transazione.rinvii:
        return "L'ente è beneficiario secondario di questo IUV: la pendenza è di un altro ente."
    if any(one.stato is StatoRiscossione.INCASSATA for one in transazione.riscossioni):
        return "Pagato e incassato, senza una pendenza in archivio."
    if transazione.riscossioni or transazione.ricevute:
        return "Pagato, senza una pendenza in archivio."
    return "Non pagato, e senza una pendenza in archivio."


def _of_pendenza(pendenza: Pendenza, materiale: Materiale, now: datetime) -> str:
    match pendenza.stato:
        case StatoPendenza.INCASSATO:
            return "Pagata e incassata."
        case StatoPendenza.ESEGUITO:
            return "Pagata, non ancora incassata."
        case StatoPendenza.PARZIALMENTE_ESEGUITO:
            return "Pagata in parte."
        case StatoPendenza.ANNULLATO:
            return "Annullata dall'ente."
    if any(rpp.stato in IN_ATTESA for rpp in tutte_le_rpp(materiale)):
        return "Pagamento in corso."
    if is_decorsa(pendenza.data_validita or pendenza.data_scadenza, now=now):
        return "Non pagata, il termine è passato."
    return "Da pagare."
