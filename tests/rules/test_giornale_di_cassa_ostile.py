"""What comes from outside: bombs, lies about charsets and sizes, and any bytes at all."""

import contextlib
import io
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.riconciliazione.giornale_di_cassa import (
    CodiceAvvertenza,
    Codifica,
    Doctype,
    GiornaleIllegibile,
    Movimento,
    NonGiornale,
    TroppoGrande,
    XmlMalformato,
    ZipPericoloso,
    open_giornale,
)

from .giornale_di_cassa_testi import (
    BASE,
    camt,
    csv_base,
    movimento,
    mt940,
    ntry,
    opened,
    opi,
    riga_base,
    rows,
    tx,
    zipped,
)

PROLOGO = '<?xml version="1.0" encoding="UTF-8"?>'


class TestADoctype:
    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE f SYSTEM "https://example.invalid/f.dtd">',
            '<!DOCTYPE f [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>',
            "<!DOCTYPE f>",
        ],
    )
    def test_is_refused_before_anything_is_expanded(self, doctype):
        text = opi(movimento(causale="&c;"), prologo=PROLOGO + doctype)

        with pytest.raises(Doctype):
            opened(text).check()

    def test_is_refused_in_utf_16_too(self):
        text = opi(movimento(), prologo='<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE f [<!ENTITY a "ha">]>')

        with pytest.raises(Doctype):
            opened(text.encode("utf-16")).check()


class TestTheCharset:
    def test_is_what_the_declaration_says(self):
        for name in ("ISO-8859-1", "windows-1252", "UTF-16", "utf8", "ISO-8859-15"):
            text = opi(movimento(causale="Unità"), prologo=f'<?xml version="1.0" encoding="{name}"?>')

            (riga,) = rows(text.encode(name))

            assert riga.causale == "Unità"

    @pytest.mark.parametrize("prologo", [PROLOGO, ""])
    def test_is_windows_1252_with_a_warning_when_utf_8_is_a_lie(self, prologo):
        giornale = opened(opi(movimento(causale="Unità – 10€"), prologo=prologo).encode("cp1252"), "g.xml")

        assert [riga.causale for riga in giornale if isinstance(riga, Movimento)] == ["Unità – 10€"]
        assert giornale.check().movimenti == 1
        assert giornale.check().avvertenze[0].codice is CodiceAvvertenza.CODIFICA

    def test_is_refused_when_it_is_neither(self):
        for content in (opi(movimento(causale="ZZ")), csv_base(riga_base().replace("BANCA", "ZZ"))):
            with pytest.raises(Codifica):
                opened(content.encode().replace(b"ZZ", b"\x81\xff")).check()

    def test_is_not_blamed_for_markup_that_is_wrong_besides(self):
        with pytest.raises(XmlMalformato):
            opened(opi(movimento(causale="Unità <"), movimento()).encode("cp1252")).check()

    @pytest.mark.parametrize("name", ["KLINGON", "hex", "EUC-JP", "unicode_escape"])
    def test_is_refused_when_it_is_not_one_that_treasurers_use(self, name):
        with pytest.raises(Codifica, match=name.lower()):
            opened(opi(movimento(), prologo=f'<?xml version="1.0" encoding="{name}"?>')).check()

    def test_is_refused_when_the_bytes_deny_it(self):
        with pytest.raises(Codifica):
            opened(opi(movimento(), prologo='<?xml version="1.0" encoding="UTF-16"?>')).check()


class TestAnXmlBuiltToExhaust:
    def test_is_refused_for_its_depth(self):
        for content in (
            opi(coda="<a>" * 500),
            opi(movimento(altro="<dati_a_disposizione_BT>" + "<a>" * 500)),
            camt("<Ntry>" * 500),
        ):
            with pytest.raises(XmlMalformato, match="livelli"):
                opened(content).check()

    def test_is_refused_for_a_tag_of_more_than_a_megabyte(self):
        with pytest.raises(XmlMalformato, match="1 MB"):
            opened(opi(coda=f'<a b="{"x" * 3_000_000}"/>')).check()

    def test_keeps_no_more_than_the_head_of_a_text_without_end(self):
        (riga,) = rows(opi(movimento(causale="x" * 3_000_000)))

        assert len(riga.causale) == 8192

    def test_is_refused_for_an_entry_of_too_many_elements(self):
        with pytest.raises(XmlMalformato, match="200000"):
            opened(camt(ntry(details="<a/>" * 200_001))).check()

    def test_is_refused_where_it_is_not_well_formed_with_the_line(self):
        with pytest.raises(XmlMalformato) as caught:
            opened("<flusso_giornale_di_cassa>\n<a></b></flusso_giornale_di_cassa>").check()

        assert caught.value.riga == 2


class _Endless(io.BytesIO):
    """A stream that begins like a file and never ends."""

    def __init__(self, head: bytes, unit: bytes) -> None:
        super().__init__()
        self._head = head
        self._unit = unit * (64 * 1024 // len(unit))
        self._at_start = True

    def seek(self, offset, whence=0, /):
        self._at_start = True
        return 0

    def read(self, size=-1, /):
        if self._at_start:
            self._at_start = False
            return self._head[:size]
        return self._unit[:size]


class TestAFileWithoutEnd:
    def test_is_refused_at_200_mb(self):
        for head, unit in (
            (b"<flusso_giornale_di_cassa>", b" "),
            (f"{BASE}\n".encode(), b"x" * 8191 + b"\n"),
            (b":20:S\n:25:X\n", b":28:" + b"x" * 8187 + b"\n"),
        ):
            with pytest.raises(TroppoGrande, match="200 MB"):
                open_giornale(_Endless(head, unit), name="enorme").check()

    def test_is_refused_sooner_if_its_lines_are_too_many(self):
        with pytest.raises(TroppoGrande, match="righe"):
            open_giornale(_Endless(f"{BASE}\n".encode(), b"\n"), name="vuote").check()

    def test_is_refused_sooner_if_its_rows_are_too_many(self, monkeypatch):
        monkeypatch.setattr("chalicelib.riconciliazione.giornale_di_cassa.apertura.MAX_RIGHE", 2)

        assert opened(opi(movimento(), movimento())).check().movimenti == 2
        with pytest.raises(TroppoGrande, match="movimenti"):
            opened(opi(movimento(), movimento(), movimento())).check()

    def test_is_refused_sooner_if_its_line_does_not_end(self):
        with pytest.raises(NonGiornale, match="256 KB"):
            open_giornale(_Endless(b"ESERCIZIO;", b"x"), name="riga").check()

    def test_is_refused_at_a_nul(self):
        with pytest.raises(NonGiornale, match="nulli"):
            opened(csv_base(riga_base() + "\0")).check()


class TestAZip:
    @pytest.mark.parametrize(
        ("content", "motivo"),
        [
            (zipped(("bomba.xml", b" " * 50_000_000)), "200 volte"),
            (zipped(*((f"{n}.xml", b"") for n in range(1001))), "1000 file"),
            (zipped(("dentro.zip", zipped(("a.xml", b"x")))), "altro archivio"),
            (zipped(("dentro.xml", zipped(("a.xml", b"x")))), "altro archivio"),
            (zipped(("a.xml", b"x" * 100), method=zipfile.ZIP_LZMA), "compressione"),
            (zipped(("a.xml", opi(movimento())))[:-30], "danneggiato"),
        ],
    )
    def test_is_refused_when_it_breaks_a_limit(self, content, motivo):
        with pytest.raises(ZipPericoloso, match=motivo):
            opened(content).check()

    def test_is_refused_when_it_asks_for_a_password(self):
        content = bytearray(zipped(("a.xml", opi(movimento()))))
        content[content.rindex(b"PK\x01\x02") + 8] |= 1

        with pytest.raises(ZipPericoloso, match="password"):
            opened(bytes(content))

    def test_is_refused_when_its_content_is_damaged(self):
        content = bytearray(zipped(("a.xml", opi(movimento())), method=zipfile.ZIP_STORED))
        content[content.index(b"99999000013")] ^= 1

        with pytest.raises(ZipPericoloso, match="danneggiato"):
            opened(bytes(content)).check()

    def test_is_read_past_an_entry_without_a_name(self):
        # A name is read up to its first NUL.
        content = zipped(("a.xml", opi(movimento())), ("b.xml", b"x")).replace(b"b.xml", b"\0.xml")

        assert len(rows(content)) == 1

    def test_is_refused_when_it_declares_more_than_200_mb(self):
        content = bytearray(zipped(("a.xml", b"x")))
        struct.pack_into("<LL", content, content.rindex(b"PK\x01\x02") + 20, 2_000_000, 300_000_000)

        with pytest.raises(ZipPericoloso, match="200 MB"):
            opened(bytes(content))

    def test_is_refused_whole_when_one_of_its_files_is(self):
        giornale = opened(zipped(("a.xml", opi(movimento())), ("b.xml", opi(movimento())[:-80])))

        with pytest.raises(GiornaleIllegibile) as caught:
            next(iter(giornale))

        assert caught.value.file == "b.xml"

    def test_is_read_past_what_is_no_journal_with_a_warning(self):
        giornale = opened(
            zipped(
                ("leggimi.pdf", b"%PDF"),
                ("../../fuori/a.xml", opi(movimento())),
                ("b.csv", csv_base(riga_base())),
                ("c.mt940", mt940(":61:2611201120C1,00NTRFX//B1", ":86:CAUSALE")),
            )
        )

        assert [riga.documento for riga in giornale] == ["a.xml", "b.csv", "c.mt940"]
        assert giornale.check().avvertenze[0].codice is CodiceAvvertenza.FILE_IGNORATO
        assert "leggimi.pdf" in giornale.check().avvertenze[0].testo

    def test_without_journals_is_no_journal(self):
        with pytest.raises(NonGiornale):
            opened(zipped(("leggimi.pdf", b"%PDF")))

    def test_of_signed_files_is_told_to_be_taken_apart(self):
        with pytest.raises(NonGiornale, match="uno per uno"):
            opened(zipped(("a.xml", opi(movimento())), ("b.xml.p7m", b"0")))

    def test_of_excel_is_told_to_be_saved_as_csv(self):
        with pytest.raises(NonGiornale, match="CSV"):
            opened(zipped(("xl/workbook.xml", b"<workbook/>")))


class TestSomethingElse:
    @pytest.mark.parametrize(
        ("content", "motivo"),
        [
            (b"", "vuoto"),
            (b"\xef\xbb\xbf \n ", "vuoto"),
            (b"\x30\x82\x01\x00", "p7m"),
            (b"\x30\x03\x02\x01\x05", "giornale"),
            (b" RH1234503069201126SUPPORTO" + b" " * 93, "camt.053"),
            (b"<html><body><table/></body></html>", "CSV"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
            (b"\x1f\x8b\x08", "gzip"),
            (b"<Document/>", "'Document'"),
            (b"<html><body/></html>", "HTML"),
            (b"<", "XML"),
            (b"a;b;c\n1;2;3\n", "colonne"),
            (b"una frase", "colonne"),
        ],
    )
    def test_is_named(self, content, motivo):
        with pytest.raises(NonGiornale, match=motivo):
            opened(content).check()


class TestMemory:
    def test_does_not_grow_with_the_file(self, tmp_path):
        peaks = []
        for count in (2_000, 12_000):
            path = tmp_path / f"{count}.xml"
            with path.open("w") as out:
                head, tail = opi("§").split("§")
                out.write(head)
                out.writelines(movimento(numero_documento=str(n)) for n in range(count))
                out.write(tail)
            tracemalloc.start()
            assert sum(1 for _ in open_giornale(path, name="grande")) == count
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

        assert peaks[1] < peaks[0] + 512 * 1024
        assert max(peaks) < 4 * 1024 * 1024


SEEDS = (
    opi(movimento(), movimento(altro="<sospeso><numero_provvisorio>1</numero_provvisorio></sospeso>")).encode(),
    camt(ntry(), ntry(details=tx("5.00", "a") + tx("5.00", "b"))).encode(),
    mt940(":61:2611201120C1250,75NTRFE2E//N001", ":86:CAUSALE").encode(),
    csv_base(riga_base(), riga_base(importo="x")).encode(),
    zipped(("a.xml", opi(movimento())), ("b.csv", csv_base(riga_base()))),
)


def _read_all(content: bytes) -> None:
    # Anything but a named refusal goes through, and fails the test.
    with contextlib.suppress(GiornaleIllegibile):
        list(opened(content))


class TestAnyBytes:
    @given(st.binary(max_size=300))
    def test_are_read_or_refused_by_name(self, content):
        _read_all(content)

    @given(
        seed=st.sampled_from(SEEDS),
        edits=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 8), st.binary(max_size=8)), max_size=6),
    )
    @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def test_of_a_damaged_journal_are_read_or_refused_by_name(self, seed, edits):
        content = bytearray(seed)
        for at, length, new in edits:
            place = at % (len(content) + 1)
            content[place : place + length] = new

        _read_all(bytes(content))

    @given(
        st.text(alphabet=';,"\n\t|:20561862FC/.-<>&[]!{} aEI', max_size=200),
        st.sampled_from([f"{BASE}\n", ":20:S\n:25:X\n", "<Document>", ""]),
    )
    def test_of_the_characters_of_the_formats_are_read_or_refused_by_name(self, text, head):
        _read_all((head + text).encode())
