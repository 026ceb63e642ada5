"""A message of the Nodo, from its caller to its answer: body in, body out.

The caller must be the `principalPagoPa` of an intermediario, by client certificate or by Basic (its password is the
secret `nodo/<principal>`); anyone else is refused before a byte of the message is parsed.
"""

import re
import time
from typing import Any

from chalice.app import Response

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws.secrets import is_secret
from chalicelib.giornale import operations as giornale
from chalicelib.kernel import clock
from chalicelib.kernel.exchange import Esito
from chalicelib.kernel.ids import new_uuid
from chalicelib.nodo import handlers
from chalicelib.nodo.contesto import Contesto
from chalicelib.nodo.dispatch import Risposta, Servizio, answer
from chalicelib.nodo.evento import exchange_of
from chalicelib.nodo.faults import GUASTI, Paa
from chalicelib.nodo.soap import soap_fault
from chalicelib.rest import log
from chalicelib.rest.auth import basic_credentials, certificate_subject, normalized_subject
from chalicelib.rest.operation import ID_TRANSAZIONE, Edge

_XML = "text/xml; charset=utf-8"
_SOAP_TYPES = frozenset({"text/xml", "application/xml", "application/soap+xml"})
# A name in SSM Parameter Store; a subject is for certificates.
_BASIC_PRINCIPAL = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_OK, _UNAUTHORIZED, _UNSUPPORTED, _INTERNAL = 200, 401, 415, 500


def serve(servizio: Servizio) -> Response:
    request = Edge.current_request()
    id_transazione = new_uuid()
    headers = {key.lower(): value for key, value in (request.headers or {}).items()}
    principal = _principal(headers, request.context)
    if principal is None:
        log.warning("chiamante del Nodo non riconosciuto", id_transazione=id_transazione)
        words = "Chiamante non autorizzato: usare il certificato o le credenziali dell'intermediario."
        extra = {"WWW-Authenticate": 'Basic realm="govpay"'}
        return _response(_UNAUTHORIZED, soap_fault("Client", words), id_transazione, extra)
    if headers.get("content-type", "text/xml").partition(";")[0].strip().lower() not in _SOAP_TYPES:
        words = "Il Content-Type non è ammesso: inviare text/xml."
        return _response(_UNSUPPORTED, soap_fault("Client", words), id_transazione)
    contesto = Contesto(
        principal=principal,
        id_transazione=id_transazione,
        now=clock.now(),
        started=time.monotonic(),
        body=request.raw_body or b"",
    )
    risposta = _answer(contesto, headers.get("soapaction"), servizio)
    _record(contesto, risposta)
    return _response(risposta.status, risposta.body, id_transazione)


def _answer(contesto: Contesto, soap_action: str | None, servizio: Servizio) -> Risposta:
    try:
        return answer(contesto.body, soap_action, handlers=handlers.bound_to(contesto), servizio=servizio)
    except Exception:  # noqa: BLE001 - the outermost edge: a SOAP Fault, after which the Nodo repeats a ricevuta
        log.error("errore interno", exc_info=True, id_transazione=contesto.id_transazione)
        words = f"Errore interno: riferire la transazione {contesto.id_transazione}."
        return Risposta(status=_INTERNAL, body=soap_fault("Server", words), primitiva=None)


def _record(contesto: Contesto, risposta: Risposta) -> None:
    operation = "SOAP" if risposta.primitiva is None else risposta.primitiva.name
    if risposta.fault is not None:
        contesto.fault = risposta.fault
        contesto.is_about(id_dominio=risposta.fault.id or None)
        if operation in handlers.RICEVUTE:
            # Money may be behind it: the bytes are in the giornale, and somebody must look.
            log.error("ricevuta illeggibile", primitiva=operation, id_transazione=contesto.id_transazione)
    fault = contesto.fault
    log.info(
        "richiesta del Nodo servita",
        primitiva=operation,
        id_transazione=contesto.id_transazione,
        stato=risposta.status,
        codice=None if fault is None else fault.fault_code,
        guasto=risposta.status != _OK or (fault is not None and fault.fault_code in GUASTI),
        iuv=contesto.about.iuv,
        id_dominio=contesto.about.id_dominio,
        durata_ms=int((time.monotonic() - contesto.started) * 1000),
    )
    if contesto.recorded:
        return
    if risposta.status != _OK or (fault is not None and fault.fault_code == Paa.SYSTEM_ERROR):
        esito = Esito.FAIL
    else:
        esito = Esito.OK if fault is None else Esito.KO
    giornale.record(exchange_of(operation, contesto, risposta=risposta.body, esito=esito))


def _principal(headers: dict[str, str], context: Any) -> str | None:
    """Give the principalPagoPa that is calling, None for anyone else."""
    subject = certificate_subject(context)
    if subject is not None:
        presented = normalized_subject(subject)
        known = (i.principal_pagopa for i in anagrafica.intermediari().values() if i.abilitato)
        return next((p for p in known if "=" in p and normalized_subject(p) == presented), None)
    credentials = basic_credentials(headers)
    if credentials is None:
        return None
    principal, password = credentials
    if not _BASIC_PRINCIPAL.fullmatch(principal):
        return None
    if not any(i.abilitato and i.principal_pagopa == principal for i in anagrafica.intermediari().values()):
        return None
    return principal if is_secret(f"nodo/{principal}", password) else None


def _response(status: int, body: bytes, id_transazione: str, extra: dict[str, str] | None = None) -> Response:
    headers: dict[str, str | list[str]] = {"Content-Type": _XML, ID_TRANSAZIONE: id_transazione, **(extra or {})}
    return Response(body=body.decode(), status_code=status, headers=headers)
