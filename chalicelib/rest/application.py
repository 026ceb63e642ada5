"""Chalice, with what it answers by itself (405, 415, 500) in the body of the contract."""

import json
from typing import Any

from chalice.app import Chalice

from chalicelib.kernel.ids import new_uuid
from chalicelib.rest.operation import ID_TRANSAZIONE

_WORDS = {
    400: ("RICHIESTA", "Richiesta non valida", "La richiesta non è leggibile: controllare corpo e intestazioni."),
    403: ("AUTORIZZAZIONE", "Operazione non autorizzata", "La risorsa non esiste o non è accessibile."),
    404: ("OPERAZIONE", "Risorsa non trovata", "Il percorso richiesto non esiste."),
    405: ("RICHIESTA", "Metodo non ammesso", "Il percorso esiste, ma non con questo metodo HTTP."),
    415: ("RICHIESTA", "Formato non ammesso", "Il Content-Type non è fra quelli ammessi: inviare application/json."),
}
_INTERNAL = ("INTERNO", "Errore interno", "Si è verificato un errore imprevisto: riprovare più tardi.")


class GovPayApp(Chalice):
    """The application. Every answer carries X-Govpay-IdTransazione; every error is a FaultBean."""

    def __call__(self, event: Any, context: Any) -> dict[str, Any]:
        answer: dict[str, Any] = super().__call__(event, context)
        status = answer.get("statusCode")
        headers = answer.get("headers")
        if status is None or headers is None or ID_TRANSAZIONE in headers:
            return answer
        headers[ID_TRANSAZIONE] = new_uuid()
        if status >= 400 and "xml" not in headers.get("Content-Type", ""):  # noqa: PLR2004
            categoria, descrizione, dettaglio = _WORDS.get(status, _INTERNAL)
            codice = "INTERNAL" if status >= 500 else str(status)  # noqa: PLR2004
            bean = {"categoria": categoria, "codice": codice, "descrizione": descrizione, "dettaglio": dettaglio}
            answer["body"] = json.dumps(bean, ensure_ascii=False)
            headers["Content-Type"] = "application/json"
        return answer
