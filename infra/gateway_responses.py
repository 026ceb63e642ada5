"""What API Gateway answers by itself, when a request reaches no function: in the words of the contract.

package.py writes them into the template, the sandbox's gateway answers them.
"""

import json
from dataclasses import dataclass
from typing import Any

# Every answer of the contract carries it; here it is API Gateway's own id of the request, an UUID too.
ID_TRANSAZIONE = "X-Govpay-IdTransazione"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """One kind of answer, by API Gateway's name of it."""

    kind: str
    status: int
    categoria: str
    codice: str
    descrizione: str
    dettaglio: str

    @property
    def body(self) -> str:
        """Give the FaultBean as JSON."""
        bean = {
            "categoria": self.categoria,
            "codice": self.codice,
            "descrizione": self.descrizione,
            "dettaglio": self.dettaglio,
        }
        return json.dumps(bean, ensure_ascii=False)

    def as_property(self) -> dict[str, Any]:
        """Give it as SAM writes it."""
        return {
            "StatusCode": self.status,
            "ResponseParameters": {"Headers": {ID_TRANSAZIONE: "context.requestId"}},
            "ResponseTemplates": {"application/json": self.body},
        }


# API Gateway calls an unknown path, or an unknown method of a known one, a missing token.
UNKNOWN_ROUTE = GatewayResponse(
    kind="MISSING_AUTHENTICATION_TOKEN",
    status=404,
    categoria="OPERAZIONE",
    codice="404",
    descrizione="Risorsa non trovata",
    dettaglio="Il percorso o il metodo richiesto non esiste: controllare l'indirizzo con la documentazione.",
)
MALFORMED = GatewayResponse(
    kind="BAD_REQUEST_BODY",
    status=400,
    categoria="RICHIESTA",
    codice="400",
    descrizione="Richiesta non valida",
    dettaglio="La richiesta HTTP non è leggibile: controllare le intestazioni Content-Length e Transfer-Encoding.",
)
TOO_LARGE = GatewayResponse(
    kind="REQUEST_TOO_LARGE",
    status=413,
    categoria="RICHIESTA",
    codice="413",
    descrizione="Richiesta troppo grande",
    dettaglio="Il corpo supera il limite ammesso: dividere la richiesta in più parti.",
)
FUNCTION_FAILED = GatewayResponse(
    kind="INTEGRATION_FAILURE",
    status=502,
    categoria="INTERNO",
    codice="INTERNAL",
    descrizione="Errore interno",
    dettaglio="Il servizio non ha risposto: riprovare più tardi.",
)
FUNCTION_LATE = GatewayResponse(
    kind="INTEGRATION_TIMEOUT",
    status=504,
    categoria="INTERNO",
    codice="INTERNAL",
    descrizione="Errore interno",
    dettaglio="Il servizio non ha risposto in tempo: controllare l'esito prima di ripetere la richiesta.",
)
ALL = (UNKNOWN_ROUTE, MALFORMED, TOO_LARGE, FUNCTION_FAILED, FUNCTION_LATE)

MOST_REQUEST_BYTES = 10 * 1024 * 1024  # of API Gateway
MOST_PAYLOAD_BYTES = 6 * 1024 * 1024  # of Lambda, in and out
