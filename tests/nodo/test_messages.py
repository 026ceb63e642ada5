"""Every message reads as its official schema does, both ways, and no wider."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.binding import element_of, read, write
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import NodoChiediStatoRptRisposta
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request
from chalicelib.nodo.messages.rpt import read_rpt, write_rpt
from chalicelib.nodo.messages.rt import read_rt, write_rt
from chalicelib.nodo.sintassi import SintassiErrata, path_of
from chalicelib.nodo.soap import read_document, read_envelope, write_document, write_envelope
from tests.nodo.catalogue import MESSAGES
from tests.nodo.filled import filled
from tests.nodo.official import canonical, documents_schema, examples, is_valid, needs_official, schema, schemas_for

WIRE = sorted((Path(__file__).parents[1] / "wire").glob("*.xml"))
ENVELOPES = examples("classic", "current")
DOCUMENTS = examples("documents")


def by_name(path):
    return path.stem


def headers(envelope):
    return [] if envelope.header is None else list(envelope.header)


def again(xml: bytes) -> bytes:
    """Read an envelope with its header and write it once more."""
    envelope = read_envelope(xml)
    entries = headers(envelope)
    header = write(read(MESSAGES[entries[0].tag], entries[0])) if entries else None
    return write_envelope(header, write(read(MESSAGES[envelope.operation.tag], envelope.operation)))


class TestRecordedMessages:
    @pytest.mark.parametrize("path", WIRE, ids=by_name)
    def test_are_written_as_they_were_read(self, path):
        recorded = path.read_bytes()

        if path.name.startswith(("rt__", "rpt__")):
            root = read_document(recorded)
            written = write_document(write(read(MESSAGES[root.tag], root)))
        else:
            written = again(recorded)

        assert canonical(written) == canonical(recorded)


@needs_official
class TestOfficialExamples:
    @pytest.mark.parametrize("path", ENVELOPES, ids=by_name)
    def test_are_written_as_they_were_read_and_stay_valid(self, path):
        original = path.read_bytes()

        written = again(original)

        assert canonical(written) == canonical(original)
        head, body = schemas_for(path.name)
        envelope = read_envelope(written)
        assert is_valid(body, envelope.operation)
        assert all(is_valid(head, entry) for entry in headers(envelope))

    @pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
    def test_documents_are_written_as_they_were_read_and_stay_valid(self, path):
        original = path.read_bytes()

        written = write_rpt(read_rpt(original)) if path.name.startswith("RPT") else write_rt(read_rt(original))

        assert canonical(written) == canonical(original)
        assert is_valid(documents_schema(), read_document(written))

    def test_are_all_there(self):
        assert len(ENVELOPES) == 48
        assert len(DOCUMENTS) == 12


def mutants(operation: etree._Element, changes):
    """Yield the operation with one element dropped, doubled, displaced, joined by a stranger, or given another text.

    Of elements that repeat, the first stands for all.
    """
    seen = {path_of(operation)}
    for index, element in enumerate(operation.iter("*")):
        path = re.sub(r"\[\d+\]", "", path_of(element))
        if path in seen:
            continue
        seen.add(path)
        for name, change in changes.items():
            mutant = deepcopy(operation)
            target = list(mutant.iter("*"))[index]
            if change(target) is not False:
                yield f"{name} {etree.QName(element).localname}", mutant


def drop(element):
    element.getparent().remove(element)


def double(element):
    element.addnext(deepcopy(element))


def displace(element):
    if (following := element.getnext()) is None:
        return False
    following.addnext(element)
    return True


def add_stranger(element):
    element.addprevious(etree.Element("sconosciuto"))


def rename(element):
    element.tag = element.tag + "X"


def requalify(element):
    element.tag = "{urn:altro}" + etree.QName(element).localname


def add_text(element):
    element.tail = "testo"


def is_base64(element) -> bool:
    """Tell where libxml2 is no judge: it reads past characters that are not Base64, XML Schema (3.2.16) refuses them."""
    names = (
        "rt",
        "rpt",
        "hashDocumento",
        "MBDAttachment",
        "datiSpecificiServizioRequest",
        "testoAllegato",
        "xmlRendicontazione",
    )
    return etree.QName(element).localname in names


def with_text(text):
    def change(element):
        if len(element) or (is_base64(element) and not re.fullmatch("[A-Za-z0-9+/=]*", text)):
            return False
        element.text = text
        return True

    return change


TEXTS = (
    "", " ", "x", "0", "1", "6", "-1", "+1", "true", "0.00", "0.01", "-1.00", "1.5", "1.505", "1,50", "1e3.00", " 12.50\n",
    "007.50", "999999999.99", "1000000000.00", "x" * 36, "x" * 71, "x" * 141, "x" * 300, "12345678901", "1" * 18,
    "٣" * 11, "2026-02-30", "2026-02-28", "2026-02-28Z", "2026-02-28T24:00:00", "2026-02-28T10:00:00.123+01:00",
    "2026-02-28T25:00:00", "2026-13-01T10:00:00", "20260228", "OK", "ok", "IT60X0542811101000000123456", "AAAA", "AAA", "it",
    "a@b.it", "9/0101101IM/", "9/01 01", "2147483648",
)  # fmt: skip
STRUCTURE = {
    "drop": drop,
    "double": double,
    "displace": displace,
    "add_stranger": add_stranger,
    "rename": rename,
    "requalify": requalify,
    "add_text": add_text,
}
VALUES = {f"text {text[:12]!r}" + f" ({len(text)})": with_text(text) for text in TEXTS}


def is_read(element) -> bool:
    try:
        read(MESSAGES[element.tag], element)
    except SintassiErrata:
        return False
    return True


def disagreements(element, official, changes) -> list[str]:
    return [name for name, mutant in mutants(element, changes) if is_read(mutant) != is_valid(official, mutant)]


@needs_official
class TestOneElementMutations:
    """What the official schema refuses we refuse, and what it admits we read."""

    @pytest.mark.parametrize("path", ENVELOPES, ids=by_name)
    def test_are_judged_as_the_schema_does(self, path):
        head, body = schemas_for(path.name)
        envelope = read_envelope(path.read_bytes())

        wrong = disagreements(envelope.operation, body, STRUCTURE)
        wrong += [one for entry in headers(envelope) for one in disagreements(entry, head, STRUCTURE)]

        # The one place where we are wider, on purpose: an answer with a fault and no state.
        assert wrong == (["drop esito"] if path.name == "nodoChiediStatoRPT.response.xml" else [])

    @pytest.mark.parametrize("path", DOCUMENTS, ids=by_name)
    def test_of_documents_are_judged_as_the_schema_does(self, path):
        assert disagreements(read_document(path.read_bytes()), documents_schema(), STRUCTURE) == []


HEADERS = {"intestazionePPT", "intestazioneCarrelloPPT"}


def official_for(cls):
    """Give the schema in which the message is declared."""
    name = etree.QName(element_of(cls)).localname
    if name in {"RT", "RPT"}:
        return documents_schema()
    return schema("xsd/NodoPerPa.head.xsd") if name in HEADERS else schemas_for(name)[1]


def filled_ways():
    """Give every message and way to fill it: the second way only where it makes another message."""
    for cls in MESSAGES.values():
        for branch in (0, 1):
            if branch == 0 or filled(cls, branch=1) != filled(cls, branch=0):
                yield pytest.param(cls, branch, id=f"{cls.__name__}-{branch}")


@needs_official
@pytest.mark.parametrize(("cls", "branch"), list(filled_ways()))
class TestMessagesWithEveryField:
    """The examples leave optional fields out; here none is."""

    def test_are_valid_and_are_read_as_they_were_written(self, cls, branch):
        everything = filled(cls, branch=branch)

        element = write(everything)

        official = official_for(cls)
        assert is_valid(official, element), official.error_log
        assert read(cls, read_document(write_document(element))) == everything

    def test_are_refused_with_one_repetition_too_many(self, cls, branch):
        element = write(filled(cls, branch=branch))

        assert disagreements(element, official_for(cls), {"double": double}) == []

    def test_mutated_are_judged_as_the_schema_does(self, cls, branch):
        element = write(filled(cls, branch=branch, most=2))
        wider = ["drop esito"] if cls is NodoChiediStatoRptRisposta else []

        assert disagreements(element, official_for(cls), STRUCTURE | VALUES) == wider


class TestReceipt:
    def test_carries_amounts_days_and_instants_as_what_they_are(self):
        envelope = read_envelope(next(path for path in WIRE if path.stem == "pa_send_rt_v2__paid_in_one").read_bytes())

        receipt = read(PaSendRtV2Request, envelope.operation).receipt

        assert receipt.payment_amount == Importo(12750)
        assert receipt.payment_date_time == datetime(2026, 10, 6, 7, 5, tzinfo=UTC)
        assert str(receipt.transfer_date) == "2026-10-07"
        assert receipt.transfer_list[0].metadata[0].key == "CAPITOLOBILANCIO"
        assert receipt.transfer_list[0].mbd_attachment is None


class TestStatoRpt:
    def test_with_a_fault_alone_is_read(self):
        xml = (
            '<ppt:nodoChiediStatoRPTRisposta xmlns:ppt="http://ws.pagamenti.telematici.gov/"><fault>'
            "<faultCode>PPT_RPT_SCONOSCIUTA</faultCode><faultString>RPT sconosciuta</faultString>"
            "<id>NodoDeiPagamentiSPC</id></fault></ppt:nodoChiediStatoRPTRisposta>"
        )

        risposta = read(NodoChiediStatoRptRisposta, read_document(xml.encode()))

        assert risposta.esito is None
        assert risposta.fault is not None
        assert risposta.fault.fault_code == "PPT_RPT_SCONOSCIUTA"
