"""Envelopes are opened without trust: what cannot be read is refused by name."""

import pytest
from lxml import etree

from chalicelib.nodo.soap import (
    BustaErrata,
    CodificaNonAmmessa,
    CorpoMultiplo,
    CorpoVuoto,
    DoctypeNonAmmesso,
    MessaggioIllegibile,
    MessaggioTroppoGrande,
    SoapFault,
    XmlNonBenFormato,
    read_envelope,
    read_soap_fault,
    soap_fault,
    write_envelope,
)

NS = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'


def an_envelope(body="<op>città</op>", *, prolog="", head="<s:Header/>", after=""):
    return f"{prolog}<s:Envelope {NS}>{head}<s:Body>{body}</s:Body>{after}</s:Envelope>"


def declared(encoding):
    return f'<?xml version="1.0" encoding="{encoding}"?>'


class TestReadEnvelope:
    def test_gives_header_and_operation(self):
        envelope = read_envelope(an_envelope().encode())

        assert envelope.header is not None
        assert envelope.operation.text == "città"

    def test_needs_no_header(self):
        assert read_envelope(an_envelope(head="").encode()).header is None

    @pytest.mark.parametrize("encoding", ["UTF-8", "utf-8", "ISO-8859-1", "ISO-8859-15", "windows-1252", "UTF-16"])
    def test_honours_the_declared_encoding(self, encoding):
        body = an_envelope(prolog=declared(encoding)).encode(encoding)

        assert read_envelope(body).operation.text == "città"

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
    def test_recognises_an_undeclared_encoding(self, encoding):
        assert read_envelope(an_envelope().encode(encoding)).operation.text == "città"

    def test_lets_a_byte_order_mark_win_over_the_declaration(self):
        body = an_envelope(prolog=declared("ISO-8859-1")).encode("utf-8-sig")

        assert read_envelope(body).operation.text == "città"

    def test_ignores_comments_and_processing_instructions(self):
        body = an_envelope("<!-- a --><?b c?><op>cit<!-- d -->tà</op>", prolog="<!-- e -->").encode()

        assert read_envelope(body).operation.text == "città"

    def test_reads_an_attachment_of_one_megabyte(self):
        body = an_envelope(f"<op>{'A' * 1_000_000}</op>").encode()

        assert len(read_envelope(body).operation.text or "") == 1_000_000


class TestReadEnvelopeRefuses:
    @pytest.mark.parametrize(
        "prolog",
        [
            "<!DOCTYPE x>",
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x SYSTEM "http://localhost/x.dtd">',
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
        ],
        ids=["plain", "external entity", "external subset", "entity bomb"],
    )
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
    def test_any_doctype(self, prolog, encoding):
        with pytest.raises(DoctypeNonAmmesso, match="DOCTYPE"):
            read_envelope(an_envelope("<op>&c;</op>", prolog=prolog).encode(encoding))

    def test_more_than_two_megabytes(self):
        with pytest.raises(MessaggioTroppoGrande, match="2097152 byte"):
            read_envelope(an_envelope("A" * 10_000_000).encode())

    def test_more_than_the_limit_given(self):
        with pytest.raises(MessaggioTroppoGrande):
            read_envelope(an_envelope().encode(), max_bytes=50)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"{}",
            an_envelope().encode()[:-20],
            an_envelope().replace("</op>", "</po>").encode(),
            an_envelope("<op>&sconosciuta;</op>").encode(),
            an_envelope("<a>" * 300 + "</a>" * 300).encode(),
            an_envelope().encode() + b"<altro/>",
            an_envelope().encode("latin-1"),
            an_envelope("<op>\x01</op>").encode(),
        ],
        ids=[
            "empty", "blank", "JSON", "truncated", "crossed tags", "unknown entity", "too deep", "two roots",
            "latin-1 undeclared", "control character",
        ],
    )  # fmt: skip
    def test_what_is_not_well_formed(self, body):
        with pytest.raises(XmlNonBenFormato):
            read_envelope(body)

    @pytest.mark.parametrize("encoding", ["UTF-7", "EBCDIC-CP-BE", "UTF-32", "utf_8_sig_no", "idna", "rot13", "hex"])
    def test_an_encoding_that_is_not_admitted(self, encoding):
        with pytest.raises(CodificaNonAmmessa):
            read_envelope(an_envelope(prolog=declared(encoding)).encode())

    @pytest.mark.parametrize(
        "body", [an_envelope().encode("utf-32"), an_envelope().encode("utf-16")[:-1], an_envelope("a\0b").encode()]
    )
    def test_bytes_that_are_not_text(self, body):
        with pytest.raises(CodificaNonAmmessa):
            read_envelope(body)

    @pytest.mark.parametrize(
        "body",
        [
            "<op/>",
            '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><op/></s:Body></s:Envelope>',
            f"<s:Envelope {NS}><s:Header/></s:Envelope>",
            an_envelope(after="<s:Body><op/></s:Body>"),
        ],
        ids=["bare operation", "SOAP 1.2", "no body", "two bodies"],
    )
    def test_what_is_not_an_envelope(self, body):
        with pytest.raises(BustaErrata):
            read_envelope(body.encode())

    def test_an_empty_body(self):
        with pytest.raises(CorpoVuoto):
            read_envelope(an_envelope(" <!-- niente --> ").encode())

    def test_two_operations(self):
        with pytest.raises(CorpoMultiplo):
            read_envelope(an_envelope("<op/><op/>").encode())

    def test_without_repeating_the_content(self):
        with pytest.raises(MessaggioIllegibile) as refused:
            read_envelope(an_envelope("<op>RSSMRA62D13L219K</altro>").encode())

        assert "RSSMRA" not in str(refused.value)
        assert refused.value.__cause__ is None


class TestWriteEnvelope:
    def test_wraps_what_is_read_back(self):
        operation = etree.Element("op")
        operation.text = "L’importo"

        written = write_envelope(etree.Element("testa"), operation)

        envelope = read_envelope(written)
        assert envelope.header is not None
        assert [entry.tag for entry in envelope.header] == ["testa"]
        assert envelope.operation.text == "L’importo"
        assert b"UTF-8" in written[:60]


class TestSoapFault:
    def test_is_read_as_it_was_written(self):
        operation = read_envelope(soap_fault("Client", "Operazione sconosciuta.")).operation

        assert read_soap_fault(operation) == SoapFault("Client", "Operazione sconosciuta.")

    def test_is_not_seen_in_an_answer(self):
        assert read_soap_fault(etree.Element("paSendRTRes")) is None
