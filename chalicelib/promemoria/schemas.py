"""JSON of the API: promemoriaIndex (GovPay 3.1 API 3.5)."""

from typing import Any

from chalicelib.promemoria.model import Promemoria
from chalicelib.promemoria.states import StatoPromemoria


def promemoria_index_json(promemoria: Promemoria) -> dict[str, Any]:
    body = {
        "tipo": promemoria.tipo,
        "dataCreazione": promemoria.creata,
        "stato": promemoria.stato,
        "descrizioneStato": promemoria.descrizione_stato,
        "dataUltimoAggiornamento": promemoria.aggiornata,
        "dataProssimaSpedizione": promemoria.prossima if promemoria.stato is StatoPromemoria.DA_SPEDIRE else None,
        "numeroTentativi": promemoria.tentativi,
        # Beyond the contract: what it is about, and on which channel.
        "canale": promemoria.canale,
        "idDominio": promemoria.id_dominio,
        "idA2A": promemoria.id_a2a,
        "idPendenza": promemoria.id_pendenza,
    }
    return {name: value for name, value in body.items() if value is not None}
