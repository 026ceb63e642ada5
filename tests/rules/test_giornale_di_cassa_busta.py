"""A signed journal is read out of its envelope, and says that the signature was not looked at."""

import io
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from chalicelib.riconciliazione.giornale_di_cassa import GiornaleIllegibile, open_giornale
from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale
from chalicelib.riconciliazione.giornale_di_cassa.modello import CodiceAvvertenza
from tests.rules.giornale_di_cassa_testi import csv_base, movimento, opened, opi, riga_base, zipped

JOURNAL = opi(*[movimento(numero_documento=str(number)) for number in range(1, 4)]).encode()
SIGNED, DATA, ENVELOPED = "2a864886f70d010702", "2a864886f70d010701", "2a864886f70d010703"


def tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 + len(length)]) + length + content


def endless(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x80]) + content + b"\0\0"


def oid(code: str) -> bytes:
    return tlv(0x06, bytes.fromhex(code))


def in_pieces(content: bytes, size: int = 100) -> bytes:
    """Wrap as those who sign a stream do: no length is known beforehand."""
    pieces = b"".join(tlv(0x04, content[start : start + size]) for start in range(0, len(content), size))
    inside = endless(0x30, oid(DATA) + endless(0xA0, endless(0x24, pieces)))
    algorithms = endless(0x31, endless(0x30, oid("608648016503040201")))
    return endless(0x30, oid(SIGNED) + endless(0xA0, endless(0x30, tlv(0x02, b"\1") + algorithms + inside)))


def signed(content: bytes, *options: pkcs7.PKCS7Options) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tesoriere di prova")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


def provvisori(content: bytes) -> list[str]:
    return [riga.numero_provvisorio for riga in opened(content)]


class TestASignedJournal:
    @pytest.mark.parametrize("wrap", [signed, in_pieces, lambda content: in_pieces(signed(content))])
    def test_is_read_as_if_it_were_not(self, wrap):
        assert provvisori(wrap(JOURNAL)) == provvisori(JOURNAL) == ["1", "2", "3"]

    def test_says_that_its_signature_was_not_verified(self):
        first, *_ = opened(signed(JOURNAL)).check().avvertenze

        assert first.codice is CodiceAvvertenza.FIRMA_NON_VERIFICATA
        assert ".p7m" in first.testo

    def test_may_be_of_any_format(self):
        assert provvisori(in_pieces(csv_base(riga_base(numero="64001")).encode())) == ["64001"]

    def test_may_be_a_zip(self):
        giornale = opened(in_pieces(zipped(("a.xml", JOURNAL))))

        assert next((riga.documento, riga.numero_provvisorio) for riga in giornale) == ("a.xml", "1")

    def test_has_the_name_that_it_has_without_its_envelope(self):
        riga = next(iter(open_giornale(io.BytesIO(signed(JOURNAL)), name="gdc.xml.p7m")))

        assert riga.documento == "gdc.xml"


class TestAnEnvelope:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (signed(JOURNAL, pkcs7.PKCS7Options.DetachedSignature), "solo la firma"),
            (tlv(0x30, oid(ENVELOPED) + b"\0" * 300), "cifrato"),
            (tlv(0x30, tlv(0x02, b"\1" * 300)), "danneggiato"),
            (signed(JOURNAL)[:400], "incompleto"),
            (in_pieces(JOURNAL)[:400], "incompleto"),
            (b"-----BEGIN PKCS7-----\nMIIB\n", "Base64"),
            (b"MIIBfwYJKoZIhvcNAQcCoIIBcDCC", "Base64"),
            (in_pieces(in_pieces(in_pieces(in_pieces(JOURNAL)))), "più di 3 volte"),
        ],
        ids=["detached", "encrypted", "something else", "cut", "cut in a piece", "PEM", "Base64", "four times"],
    )
    def test_that_cannot_be_opened_is_refused_by_name(self, content, words):
        with pytest.raises(NonGiornale, match=words):
            opened(content)

    def test_broken_anywhere_is_refused_or_read_and_nothing_else(self):
        whole = in_pieces(JOURNAL)
        for place in range(140):
            broken = bytearray(whole)
            broken[place] ^= 0x55
            try:
                opened(bytes(broken)).check()
            except GiornaleIllegibile:
                continue
