"""Envelopes grown from the messages of the Nodo and made hostile at any node: refused as declared, and nothing written.

GOVPAY_FUZZ says how many each primitive gets (`make fuzz`); a few, and always the same, where it is not set.
"""

import gzip
import os
import time
from collections.abc import Iterator
from copy import deepcopy
from unittest.mock import patch

import pytest
from chalice.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from lxml import etree

from chalicelib.aws.clients import client as aws_client
from chalicelib.nodo import dispatch, handlers
from chalicelib.nodo.dispatch import PRIMITIVE
from chalicelib.nodo.soap import read_envelope, read_soap_fault
from chalicelib.pendenze import repository as pendenze
from chalicelib.rest.operation import Edge
from chalicelib.settings import settings as our_settings
from tests.builders_anagrafica import PRINCIPAL_PAGOPA, seed_comune
from tests.builders_pagamenti import a_pendenza
from tests.clock import NOW
from tests.conftest import _empty
from tests.doubles_pagamenti import ports
from tests.nodo import calls
from tests.nodo.conftest import nodo_app
from tests.nodo.filled import filled
from tests.nodo.official import PAGOPA, is_valid, schemas_for
from tests.rest.test_fuzz import Stored, changed, seen

EXAMPLES = int(os.environ.get("GOVPAY_FUZZ", "40"))
SEED = 20261124
SECONDS = 3  # of processor; pagoPA waits for more
# What came and what was answered is kept of every exchange; of a ricevuta also its original, before it is judged.
_EXCHANGES, _ORIGINALS = "-giornale", "s3 govpay-test-archivio-"

TRUE_TO_LIFE = {
    "paVerifyPaymentNotice": (calls.verify_request(), None),
    "paGetPayment": (calls.get_request(), None),
    "paGetPaymentV2": (calls.get_v2_request(), None),
    "paSendRT": (calls.send_request(), None),
    "paSendRTV2": (calls.send_v2_request(), None),
    "paaVerificaRPT": (calls.verifica_request(), calls.intestazione()),
    "paaAttivaRPT": (calls.attiva_request(), calls.intestazione()),
}
TEXTS = st.one_of(
    st.sampled_from(
        ["", " ", "0", "-1", "NaN", "1e400", "9" * 40, "x" * 5000, "٣" * 11, "0.001", "00.10", "2026-02-30", "true", "\t\n",
         "2026-11-24T25:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "AA==", "A", "]]>", "<a/>", "&x;",
         "\u202e\u200b", "😀" * 80, "../../x", "#", "%00", "'; DROP", "${x}", "{{x}}"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=80),
)  # fmt: skip
NAMESPACES = st.sampled_from(
    ["urn:altro", "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd", "http://ws.pagamenti.telematici.gov/"]
)
DTD = b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY f SYSTEM "file:///etc/hostname">]>'


def drop(draw, element):
    if element.getparent() is not None:
        element.getparent().remove(element)


def repeat(draw, element):
    if element.getparent() is not None:
        for _ in range(draw(st.sampled_from([1, 2, 30]))):
            element.addnext(deepcopy(element))


def reorder(draw, element):
    children = draw(st.permutations(list(element)))
    for child in children:
        element.remove(child)
    element.extend(children)


def write_text(draw, element):
    element.text = draw(TEXTS)


def write_tail(draw, element):
    element.tail = draw(TEXTS)


def nest(draw, element):
    for _ in range(draw(st.sampled_from([1, 3, 300]))):
        element = etree.SubElement(element, draw(st.sampled_from(["x", "idPA", "receipt"])))


def rename(draw, element):
    local = etree.QName(element).localname
    name = draw(st.sampled_from([local.upper(), local.lower(), local + "2", "Envelope", "fault"]))
    element.tag = draw(st.sampled_from([name, "{urn:altro}" + name]))


def move_namespace(draw, element):
    element.tag = f"{{{draw(NAMESPACES)}}}{etree.QName(element).localname}"


def add_attribute(draw, element):
    name = draw(
        st.sampled_from(
            ["x", "{http://www.w3.org/2001/XMLSchema-instance}nil", "{http://www.w3.org/2001/XMLSchema-instance}type",
             "{http://schemas.xmlsoap.org/soap/envelope/}mustUnderstand", "{http://www.w3.org/XML/1998/namespace}base"]
        )
    )  # fmt: skip
    element.set(name, draw(st.sampled_from(["true", "1", "", "xsd:string"])))


def split_by_comment(draw, element):
    text = element.text or ""
    half = len(text) // 2
    node = etree.Comment("x") if draw(st.booleans()) else etree.ProcessingInstruction("x", "y")
    element.insert(0, node)
    element.text, node.tail = text[:half], text[half:]


def wrap_in_cdata(draw, element):
    if not len(element):
        element.text = etree.CDATA((element.text or "").replace("]]>", ""))


EDITS = (
    drop, repeat, reorder, write_text, write_text, write_tail, nest, rename, move_namespace, add_attribute,
    split_by_comment, wrap_in_cdata,
)  # fmt: skip


def truncated(draw, xml):
    return xml[: draw(st.integers(0, len(xml)))]


def damaged(draw, xml):
    at = draw(st.integers(0, len(xml) - 1))
    return xml[:at] + draw(st.binary(max_size=4)) + xml[at + 1 :]


def with_dtd(draw, xml):
    return xml.replace(b"?>", b"?>" + DTD, 1).replace(b"</", draw(st.sampled_from([b"&x;</", b"&f;</", b"&amp;</"])), 1)


def recoded(draw, xml):
    text = xml.decode("utf-8", "replace")
    encoding = draw(
        st.sampled_from(["utf-16", "utf-16-le", "utf-8-sig", "latin-1", "cp1252", "utf-32", "utf-7", "ascii"])
    )
    said = draw(st.sampled_from(["UTF-8", "UTF-16", "ISO-8859-1", "x-boh", "EBCDIC-CP-IT"]))
    return text.replace("UTF-8", said, 1).encode(encoding, "replace")


def zipped(draw, xml):
    return gzip.compress(xml)


def shouted(draw, xml):
    return xml.upper() if draw(st.booleans()) else xml.lower()


def entity(draw, xml):
    return xml.replace(b"</", draw(st.sampled_from([b"&boh;</", b"&#0;</", b"&#xD800;</", b"&#x41;</", b"&#13;</"])), 1)


def doubled(draw, xml):
    return xml + xml


BYTES = (truncated, damaged, with_dtd, recoded, zipped, shouted, entity, doubled)


@st.composite
def envelopes(draw, name):
    """Draw the bytes of an envelope of a primitive, with edits of its tree and then, at times, of its bytes."""
    primitiva = PRIMITIVE[name]
    request, header = TRUE_TO_LIFE.get(name, (None, None))
    if request is None or draw(st.integers(0, 3)) == 0:
        request = filled(primitiva.request, branch=draw(st.integers(0, 1)), most=draw(st.integers(1, 3)))
        header = (
            None
            if primitiva.header is None
            else draw(st.sampled_from([calls.intestazione(), filled(primitiva.header)]))
        )
    root = etree.fromstring(dispatch.write_message(request, header))
    for _ in range(draw(st.integers(0, 3))):
        elements = list(root.iter("*"))
        # Seldom the envelope itself, or the operation: there is little behind them.
        within = elements[draw(st.sampled_from([0, 3, 4, 4, 4, 4, 4, 4])) :] or elements
        draw(st.sampled_from(EDITS))(draw, draw(st.sampled_from(within)))
    xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return draw(st.sampled_from(BYTES))(draw, xml) if draw(st.integers(0, 3)) == 0 else xml


@pytest.fixture(scope="module")
def nodo(_aws_session) -> Iterator[Client]:
    _empty()
    seed_comune(NOW)
    name = f"{our_settings().secrets_prefix}nodo/{PRINCIPAL_PAGOPA}"
    aws_client("ssm").put_parameter(Name=name, Value=calls.PASSWORD_PAGOPA, Type="SecureString", Overwrite=True)
    pendenze.save(None, a_pendenza(versione=0))
    app = nodo_app()
    with (
        ports(),
        patch.object(Edge, "current_request", staticmethod(lambda: app.current_request), create=True),
        patch.object(Edge, "recorder", None),
        Client(app) as client,
    ):
        yield client
    _empty()


def judged(name, answer) -> bool:
    """Tell whether the answer did what was asked; it must be one that the Nodo can read."""
    assert answer.headers["Content-Type"].startswith("text/xml")
    operation = read_envelope(answer.body).operation
    fault = read_soap_fault(operation)
    if answer.status_code != 200:
        # A fault of the server would be a bug of ours.
        assert answer.status_code == 500
        assert fault is not None
        assert fault.code == "Client", fault
        return False
    assert fault is None
    found = next((one.name for one in PRIMITIVE.values() if dispatch.element_of(one.response) == operation.tag), None)
    assert found is not None
    if PAGOPA.is_dir():
        assert is_valid(schemas_for(found)[1], operation), answer.body
    return not any(True for _ in operation.iter("{*}fault"))


class TestAnyEnvelope:
    @pytest.mark.parametrize("name", PRIMITIVE)
    def test_is_answered_as_declared_and_a_refusal_writes_nothing(self, name, nodo):
        stored = Stored()

        @seed(SEED)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate] if EXAMPLES < 50 else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(envelopes(name))
        def check(xml: bytes) -> None:
            began = time.process_time()
            answer = calls.post(nodo, name, xml)
            took, after = time.process_time() - began, seen()
            kept = (_ORIGINALS,) if name in handlers.RICEVUTE else ()
            moved = [x for x in changed(stored.seen, after) if not x.endswith(_EXCHANGES) and not x.startswith(kept)]
            try:
                assert judged(name, answer) or moved == []
                assert took < SECONDS
            finally:
                if changed(stored.seen, after):
                    stored.restore()

        check()
