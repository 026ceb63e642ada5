"""The list of inbound primitives: name → service, SOAPAction, header, request, response. Handlers join from outside.

Three ways a message can be wrong, each answered differently: it cannot be read (MessaggioIllegibile) or asks for
nothing we serve (NonServita): a SOAP Fault; it does not fit the schema of its primitive (RichiestaErrata): the KO
of that primitive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeVar

from lxml import etree

from chalicelib.nodo.binding import element_of, read, write
from chalicelib.nodo.faults import Fault, Paa, paa
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.pa_demand_payment_notice import (
    PaDemandPaymentNoticeRequest,
    PaDemandPaymentNoticeResponse,
)
from chalicelib.nodo.messages.pa_get_payment import PaGetPaymentReq, PaGetPaymentRes
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Request, PaGetPaymentV2Response
from chalicelib.nodo.messages.pa_send_rt import PaSendRtReq, PaSendRtRes
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request, PaSendRtV2Response
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes
from chalicelib.nodo.messages.paa_attiva_rpt import PaaAttivaRpt, PaaAttivaRptRisposta
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt, PaaInviaRtRisposta
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRpt, PaaVerificaRptRisposta
from chalicelib.nodo.sintassi import ElementoMancante, ElementoSconosciuto, Errore, SintassiErrata, TestoNonPrevisto
from chalicelib.nodo.soap import (
    Envelope,
    MessaggioIllegibile,
    read_envelope,
    read_soap_fault,
    soap_fault,
    write_envelope,
)

T = TypeVar("T")


class Servizio(StrEnum):
    """The two addresses that a stazione registers at pagoPA."""

    CCP = "PagamentiTelematiciCCPservice"
    RT = "PagamentiTelematiciRTservice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Primitiva:
    """One inbound primitive; its SOAPAction is its name. `header` is None in the current protocol."""

    name: str
    servizio: Servizio
    header: type[IntestazionePpt] | None
    request: type[Any]
    response: type[Any]
    sintassi: Paa
    # A receipt is money: elements that a later edition of its schema adds are passed over, not refused.
    lenient: bool = False

    @property
    def is_classic(self) -> bool:
        return self.header is not None


def _classic(name: str, servizio: Servizio, request: type[Any], response: type[Any]) -> Primitiva:
    return Primitiva(
        name=name,
        servizio=servizio,
        header=IntestazionePpt,
        request=request,
        response=response,
        sintassi=Paa.SINTASSI_XSD,
    )


def _current(
    name: str,
    request: type[Any],
    response: type[Any],
    *,
    sintassi: Paa = Paa.SINTASSI_EXTRAXSD,
    lenient: bool = False,
) -> Primitiva:
    return Primitiva(
        name=name,
        servizio=Servizio.CCP,
        header=None,
        request=request,
        response=response,
        sintassi=sintassi,
        lenient=lenient,
    )


PRIMITIVE: Final[Mapping[str, Primitiva]] = {
    primitiva.name: primitiva
    for primitiva in (
        _classic("paaVerificaRPT", Servizio.CCP, PaaVerificaRpt, PaaVerificaRptRisposta),
        _classic("paaAttivaRPT", Servizio.CCP, PaaAttivaRpt, PaaAttivaRptRisposta),
        _classic("paaInviaRT", Servizio.RT, PaaInviaRt, PaaInviaRtRisposta),
        _current("paVerifyPaymentNotice", PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes),
        _current("paGetPayment", PaGetPaymentReq, PaGetPaymentRes),
        _current("paGetPaymentV2", PaGetPaymentV2Request, PaGetPaymentV2Response),
        _current("paSendRT", PaSendRtReq, PaSendRtRes, lenient=True),
        _current("paSendRTV2", PaSendRtV2Request, PaSendRtV2Response, lenient=True),
        # The one primitive of paForNode for which the official table lists the XSD code beside the extra-XSD one.
        _current(
            "paDemandPaymentNotice",
            PaDemandPaymentNoticeRequest,
            PaDemandPaymentNoticeResponse,
            sintassi=Paa.SINTASSI_XSD,
        ),
    )
}

_MAX_SCONOSCIUTI: Final = 20
_BY_ELEMENT: Final = {element_of(primitiva.request): primitiva for primitiva in PRIMITIVE.values()}


class NonServita(ValueError):
    """We have no primitive to answer with: a SOAP Fault. `str()` is the reason, in Italian."""


class OperazioneSconosciuta(NonServita):
    pass


class SoapActionErrata(NonServita):
    pass


class RichiestaErrata(ValueError):
    """The request does not fit its schema; `ko(error.primitiva, error.fault)` is the answer."""

    def __init__(self, primitiva: Primitiva, fault: Fault) -> None:
        self.primitiva = primitiva
        self.fault = fault
        super().__init__(f"{primitiva.name}: {fault.description}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Richiesta:
    """An inbound request, read."""

    primitiva: Primitiva
    header: IntestazionePpt | None
    request: Any


Handler = Callable[[Richiesta], Any]
"""Takes a request, gives the response message of its primitive."""


def read_request(envelope: Envelope, soap_action: str | None, *, servizio: Servizio | None = None) -> Richiesta:
    """Read the request that an envelope carries.

    `soap_action` is the HTTP header as it came: quoted or not, empty and missing admitted. With a `servizio`, only
    its own primitives are served.

    :raises NonServita: nothing that we serve, or the SOAPAction names another primitive
    :raises RichiestaErrata: the header or the body does not fit the schema
    """
    operation = envelope.operation
    primitiva = _BY_ELEMENT.get(operation.tag)
    if primitiva is None or servizio not in (None, primitiva.servizio):
        raise OperazioneSconosciuta("L'operazione richiesta non è tra quelle offerte dal servizio.")
    if (soap_action or "").strip().strip('"').strip() not in ("", primitiva.name):
        raise SoapActionErrata(f"La SOAPAction non corrisponde all'operazione inviata: indicare {primitiva.name}.")
    try:
        header = None if primitiva.header is None else read_header(envelope, primitiva.header)
        request = (_read_leniently if primitiva.lenient else read)(primitiva.request, operation)
    except SintassiErrata as error:
        id_dominio = _dominio_of(primitiva, envelope)
        fault = paa(primitiva.sintassi, id_dominio=id_dominio, description=str(error))
        raise RichiestaErrata(primitiva, fault) from error
    return Richiesta(primitiva=primitiva, header=header, request=request)


def _read_leniently(cls: type[T], operation: etree._Element) -> T:
    """Read a message, passing over the elements that its schema does not know.

    :raises SintassiErrata: for everything else
    """
    for _ in range(_MAX_SCONOSCIUTI):
        try:
            return read(cls, operation)
        except ElementoSconosciuto as error:
            unknown = error.element
            parent = None if unknown is None else unknown.getparent()
            if isinstance(error, TestoNonPrevisto) or unknown is operation or unknown is None or parent is None:
                raise
            parent.remove(unknown)
    return read(cls, operation)


def _dominio_of(primitiva: Primitiva, envelope: Envelope) -> str:
    """Find whom a message that cannot be read was meant for: the fault must carry an id, be it empty."""
    where = envelope.header if primitiva.is_classic else envelope.operation
    name = "identificativoDominio" if primitiva.is_classic else "idPA"
    text = "" if where is None else where.findtext(f".//{name}") or ""
    return text if text.isascii() and text.isalnum() and len(text) <= 35 else ""  # noqa: PLR2004 (stText35)


def read_header(envelope: Envelope, cls: type[T]) -> T:
    """Read one entry of the SOAP header; the others are not looked at.

    :raises SintassiErrata: it is missing, or does not fit its schema
    """
    entry = None if envelope.header is None else envelope.header.find(element_of(cls))
    if entry is None:
        name = element_of(cls).rpartition("}")[2]
        raise ElementoMancante(Errore("Header", f"manca l'elemento {name}"))
    return read(cls, entry)


def write_response(primitiva: Primitiva, response: Any) -> bytes:
    """Write the answer of a primitive.

    :raises TypeError: it is the answer of another one
    :raises ValueError: OK with a fault or KO without, which the Nodo takes for no answer at all; or, as
        SintassiErrata, it does not fit the schema
    """
    if not isinstance(response, primitiva.response):
        raise TypeError(f"{primitiva.name} cannot answer with {type(response).__name__}")
    outcome = response.esito if primitiva.is_classic else response.outcome
    if outcome != ("OK" if response.fault is None else "KO"):
        raise ValueError(f"{primitiva.name}: {outcome} with{'out' if response.fault is None else ''} a fault")
    return write_message(response)


def ko(primitiva: Primitiva, fault: Fault) -> bytes:
    """Write the KO of a primitive."""
    key = "esito" if primitiva.is_classic else "outcome"
    return write_response(primitiva, primitiva.response(**{key: "KO", "fault": fault}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    """What goes back over HTTP: a SOAP Fault travels with 500, everything else, KO included, with 200.

    `fault` is that of a request that does not fit its schema: its handler never saw it.
    """

    status: int
    body: bytes
    primitiva: Primitiva | None
    fault: Fault | None = None


def answer(
    body: bytes, soap_action: str | None, *, handlers: Mapping[str, Handler], servizio: Servizio | None = None
) -> Risposta:
    """Read a request, have the handler of its primitive answer it, write the answer.

    Whatever the handler raises is not caught here.
    """
    try:
        richiesta = read_request(read_envelope(body), soap_action, servizio=servizio)
    except (MessaggioIllegibile, NonServita) as error:
        return Risposta(status=500, body=soap_fault("Client", str(error)), primitiva=None)
    except RichiestaErrata as error:
        body = ko(error.primitiva, error.fault)
        return Risposta(status=200, body=body, primitiva=error.primitiva, fault=error.fault)
    primitiva = richiesta.primitiva
    response = handlers[primitiva.name](richiesta)
    return Risposta(status=200, body=write_response(primitiva, response), primitiva=primitiva)


# -- one message at a time: for the client, and for whoever plays the Nodo -------------------------------------------


class SoapFaultRicevuto(ValueError):
    """A SOAP Fault stands where an answer was expected."""

    def __init__(self, code: str, string: str) -> None:
        self.code = code
        self.string = string
        super().__init__(f"{code}: {string}")


def write_message(message: object, header: object | None = None) -> bytes:
    """Write a message, and its header, in an envelope.

    :raises SintassiErrata: it does not fit the schema
    """
    return write_envelope(None if header is None else write(header), write(message))


def read_message(body: bytes, cls: type[T]) -> T:
    """Read the message that is expected in an envelope.

    :raises MessaggioIllegibile: it is not an envelope
    :raises SoapFaultRicevuto: it is a SOAP Fault
    :raises SintassiErrata: it is something else, or does not fit the schema
    """
    operation: etree._Element = read_envelope(body).operation
    fault = read_soap_fault(operation)
    if fault is not None:
        raise SoapFaultRicevuto(fault.code, fault.string)
    return read(cls, operation)
