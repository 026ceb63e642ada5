"""SOAP 1.1 envelopes in and out, through a parser that trusts nothing.

What may be relied on: no DTD and therefore no entity, no network, a limit on the size before anything is parsed,
a short list of encodings, comments and processing instructions gone. What cannot be read is refused by name with
an Italian reason that never repeats the content: it travels in faults and in logs.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
MAX_BYTES: Final = 2 * 1024 * 1024

_ENVELOPE: Final = f"{{{SOAP}}}Envelope"
_HEADER: Final = f"{{{SOAP}}}Header"
_BODY: Final = f"{{{SOAP}}}Body"
_FAULT: Final = f"{{{SOAP}}}Fault"

# UTF-8 is what the Nodo sends; the others are met in documents made by PSPs. Anything else (UTF-7, EBCDIC…) is
# how a DOCTYPE would be hidden from the check below.
_ENCODINGS: Final = frozenset(
    {"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252", "utf-16", "utf-16-le", "utf-16-be"}
)
_BOMS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED: Final = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")


class MessaggioIllegibile(ValueError):
    """The bytes are not a message. `str()` is the reason, in Italian."""


class MessaggioTroppoGrande(MessaggioIllegibile):
    pass


class CodificaNonAmmessa(MessaggioIllegibile):
    pass


class DoctypeNonAmmesso(MessaggioIllegibile):
    pass


class XmlNonBenFormato(MessaggioIllegibile):
    pass


class BustaErrata(MessaggioIllegibile):
    pass


class CorpoVuoto(MessaggioIllegibile):
    pass


class CorpoMultiplo(MessaggioIllegibile):
    pass


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a SOAP message carries: the `Header` element, if there is one, and the only child of the `Body`."""

    header: etree._Element | None
    operation: etree._Element


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A SOAP 1.1 Fault: what is answered when there is no primitive to answer with."""

    code: str
    string: str


def read_envelope(body: bytes, *, max_bytes: int = MAX_BYTES) -> Envelope:
    """Open a SOAP 1.1 envelope.

    :raises MessaggioIllegibile: by the subclass that names the reason
    """
    root = read_document(body, max_bytes=max_bytes)
    if root.tag != _ENVELOPE:
        raise BustaErrata("L'elemento radice non è una busta SOAP 1.1: inviare soapenv:Envelope.")
    bodies = root.findall(_BODY)
    if len(bodies) != 1:
        raise BustaErrata("La busta SOAP deve contenere un solo elemento Body.")
    operations = list(bodies[0].iterchildren("*"))
    if not operations:
        raise CorpoVuoto("Il Body della busta SOAP è vuoto: indicare l'operazione richiesta.")
    if len(operations) > 1:
        raise CorpoMultiplo("Il Body della busta SOAP contiene più di un elemento: inviare una sola operazione.")
    return Envelope(root.find(_HEADER), operations[0])


def read_document(body: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """Parse XML that came from outside and give its root element.

    :raises MessaggioIllegibile: too big, encoding not admitted, DOCTYPE, not well-formed
    """
    if len(body) > max_bytes:
        raise MessaggioTroppoGrande(f"Il messaggio supera la dimensione massima di {max_bytes} byte.")
    text = _as_utf8(body)
    # Looked for before parsing: an entity bomb must not even be read. The text may not hold it elsewhere either
    # (in a CDATA section): no field of the Nodo has a use for it.
    if b"<!DOCTYPE" in text:
        raise DoctypeNonAmmesso("Il messaggio contiene una dichiarazione DOCTYPE, che non è ammessa.")
    try:
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise XmlNonBenFormato(f"Il messaggio non è XML ben formato (riga {line}, colonna {column}).") from None
    if root is None:
        raise XmlNonBenFormato("Il messaggio non contiene alcun elemento XML.")
    return root


def _parser() -> etree.XMLParser:
    # `encoding` overrides the declaration: the bytes have been brought to UTF-8 already.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _as_utf8(body: bytes) -> bytes:
    encoding, start = _encoding(body)
    body = body[start:]
    if encoding not in ("utf-8", "ascii"):
        try:
            body = body.decode(encoding).encode()
        except UnicodeError:
            raise CodificaNonAmmessa(f"Il messaggio non rispetta la codifica dichiarata ({encoding}).") from None
    if b"\x00" in body:
        raise CodificaNonAmmessa("Il messaggio contiene byte nulli: inviarlo in UTF-8.")
    return body


def _encoding(body: bytes) -> tuple[str, int]:
    """Give the encoding of the message and where the XML begins in it: a byte order mark wins over the declaration."""
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return encoding, len(bom)
    if body.startswith(b"<\x00"):
        return "utf-16-le", 0
    if body.startswith(b"\x00<"):
        return "utf-16-be", 0
    declared = _DECLARED.match(body)
    if declared is None:
        return "utf-8", 0
    try:
        encoding = codecs.lookup(declared[1].decode("ascii")).name
    except LookupError:
        encoding = ""
    if encoding not in _ENCODINGS:
        raise CodificaNonAmmessa("La codifica dichiarata dal messaggio non è ammessa: inviarlo in UTF-8.")
    # Declared UTF-16, but the declaration was readable as ASCII: it is not UTF-16, and UTF-8 is the likely truth.
    return ("utf-8" if encoding.startswith("utf-16") else encoding), 0


def write_envelope(header: etree._Element | None, body: etree._Element) -> bytes:
    """Wrap the elements in an envelope; an empty `Header` is written when there is nothing to put in it."""
    envelope = etree.Element(_ENVELOPE, nsmap={"soapenv": SOAP})
    head = etree.SubElement(envelope, _HEADER)
    if header is not None:
        head.append(header)
    etree.SubElement(envelope, _BODY).append(body)
    return write_document(envelope)


def write_document(root: etree._Element) -> bytes:
    """Write a document that travels inside a message."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def soap_fault(code: str, string: str) -> bytes:
    """Write a SOAP 1.1 Fault; `code` is one of the four of the standard: Client, Server, MustUnderstand, VersionMismatch."""
    fault = etree.Element(_FAULT, nsmap={"soapenv": SOAP})
    etree.SubElement(fault, "faultcode").text = f"soapenv:{code}"
    etree.SubElement(fault, "faultstring").text = string
    return write_envelope(None, fault)


def read_soap_fault(operation: etree._Element) -> SoapFault | None:
    """Give the SOAP Fault that stands where an answer was expected, or None."""
    if operation.tag != _FAULT:
        return None
    code = (operation.findtext("faultcode") or "").strip()
    return SoapFault(code.rpartition(":")[2], (operation.findtext("faultstring") or "").strip())
