"""SOAP from the Nodo to GovPay, with the time-outs of the real one; what goes wrong gets the code a PSP would see."""

import time
from typing import TypeVar

import requests

from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.sintassi import SintassiErrata
from sandbox.nodo.model import Rifiuto
from sandbox.nodo.registro import Registro

CCP = "/govpay/frontend/api/pagopa/PagamentiTelematiciCCPservice"
RT = "/govpay/frontend/api/pagopa/PagamentiTelematiciRTservice"
SECONDI_RICHIESTA = 7.0  # SANP 3: verify, get, demand
SECONDI_RICEVUTA = 15.0  # SANP 3: paSendRT
_CONNECT = 3.0
_ERRATA = "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"

T = TypeVar("T")


class GovPayClient:
    """Calls GovPay as `principal`: the principalPagoPa of the intermediario."""

    def __init__(self, base_url: str, principal: str, password: str, registro: Registro) -> None:
        self._base_url = base_url.rstrip("/")
        self._auth = (principal, password)
        self._registro = registro

    def call(
        self, path: str, operazione: str, richiesta: object, risposta: type[T], *, header: object = None, secondi: float
    ) -> T:
        """Send one message and give the answer, when it is a good one.

        :raises Rifiuto: PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE, _TIMEOUT, _SERVIZIO_NONATTIVO, _ERRORE_RESPONSE;
            PPT_ERRORE_EMESSO_DA_PAA when GovPay answers KO, with its code in `originale`
        """
        head = None if header is None else binding.write(header)
        body = soap.write_envelope(head, binding.write(richiesta))
        started = time.monotonic()
        received, esito = b"", "OK"
        try:
            received = self._post(path, operazione, body, secondi)
            return _accepted(_read(risposta, received))
        except Rifiuto as rifiuto:
            esito = rifiuto.originale or rifiuto.codice
            raise
        finally:
            self._registro.annota(
                verso="GovPay",
                operazione=operazione,
                esito=esito,
                millisecondi=round((time.monotonic() - started) * 1000),
                richiesta=body,
                risposta=received,
            )

    def _post(self, path: str, operazione: str, body: bytes, secondi: float) -> bytes:
        try:
            with requests.Session() as session:
                session.trust_env = False  # no proxy and no netrc stands between simulators
                response = session.post(
                    self._base_url + path,
                    data=body,
                    headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operazione}"'},
                    auth=self._auth,
                    timeout=(_CONNECT, secondi),
                    allow_redirects=False,
                )
        except requests.Timeout:
            raise Rifiuto(
                "PPT_STAZIONE_INT_PA_TIMEOUT", f"GovPay non ha risposto entro {secondi:.0f} secondi."
            ) from None
        except requests.RequestException:
            raise Rifiuto("PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE", "GovPay non è raggiungibile.") from None
        if "xml" not in response.headers.get("Content-Type", ""):
            raise Rifiuto("PPT_STAZIONE_INT_PA_SERVIZIO_NONATTIVO", f"GovPay ha risposto HTTP {response.status_code}.")
        return response.content


def _accepted(answer: T) -> T:
    """Check outcome and fault together: one without the other is no answer (SANP 3)."""
    esito = getattr(answer, "outcome", None) or getattr(answer, "esito", None)
    fault: FaultBean | None = getattr(answer, "fault", None)
    if (esito == "OK") is not (fault is None) or esito not in ("OK", "KO"):
        raise Rifiuto(_ERRATA, "GovPay ha risposto con esito e fault che si contraddicono.")
    if fault is None:
        return answer
    raise Rifiuto(
        "PPT_ERRORE_EMESSO_DA_PAA", fault.fault_string, originale=fault.fault_code, dettaglio=fault.description
    )


def _read(cls: type[T], body: bytes) -> T:
    try:
        operation = soap.read_envelope(body).operation
        fault = soap.read_soap_fault(operation)
        if fault is not None:
            raise Rifiuto(_ERRATA, f"GovPay ha risposto con un SOAP Fault: {fault.string}")
        return binding.read(cls, operation)
    except (soap.MessaggioIllegibile, SintassiErrata) as error:
        raise Rifiuto(_ERRATA, f"La risposta di GovPay non rispetta lo schema: {error}") from error
