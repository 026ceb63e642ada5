"""JSON of the API: notificaIndex (GovPay 3.1 API 3.5)."""

from typing import Any

from chalicelib.notifiche.model import Notifica
from chalicelib.notifiche.states import StatoSpedizione


def notifica_index_json(notifica: Notifica) -> dict[str, Any]:
    """Write a notifica; one that was given up is DA_SPEDIRE without a date, and its descrizioneStato says so."""
    body = {
        "tipo": notifica.tipo,
        "dataCreazione": notifica.creata,
        "stato": notifica.stato.pubblico,
        "descrizioneStato": notifica.descrizione_stato,
        "dataUltimoAggiornamento": notifica.aggiornata,
        "dataProssimaSpedizione": notifica.prossima if notifica.stato is StatoSpedizione.DA_SPEDIRE else None,
        "numeroTentativi": notifica.tentativi,
        "idA2A": notifica.id_a2a,
        # Beyond the contract: what it was about.
        "idDominio": notifica.id_dominio,
        "iuv": notifica.iuv,
        "ccp": notifica.ccp,
        "idPendenza": notifica.id_pendenza,
    }
    return {name: value for name, value in body.items() if value is not None}
