"""Reading XML that comes from outside: streamed, without DOCTYPE, bounded in every direction."""

import codecs
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol
from xml.parsers import expat

from chalicelib.riconciliazione.giornale_di_cassa.errori import (
    Codifica,
    Doctype,
    NonGiornale,
    Troncato,
    XmlMalformato,
)
from chalicelib.riconciliazione.giornale_di_cassa.modello import Avvertenza, Riga, Testata
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import CHUNK, LettoreLimitato, NonUtf8, Sorgente

MAX_DEPTH = 100
MAX_TEXT = 8192
# What expat must hold to make one tag, comment or attribute of it.
MAX_TOKEN = 1024 * 1024

_DECLARED = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_UTF8 = ("utf-8", "utf8", "us-ascii", "ascii")
_ENCODINGS = {
    **dict.fromkeys(_UTF8, "utf-8"),
    **dict.fromkeys(("iso-8859-1", "latin1", "latin-1", "iso8859-1"), "iso-8859-1"),
    **dict.fromkeys(("windows-1252", "cp1252"), "windows-1252"),
    "iso-8859-15": "iso-8859-15",
    # Their own byte order mark says the rest.
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16be"), None),
}
_E = expat.errors.codes
_ENDS_TOO_EARLY = frozenset(
    _E[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_WRONG_ENCODING = frozenset(
    _E[message] for message in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
)


class LettoreXml(Protocol):
    """One dialect: takes the handlers of the parser when its root has been seen, and lays rows into `pronti`."""

    pronti: list[Riga]
    ultimo: str

    def install(self, parser: expat.XMLParserType, name: str, attributes: dict[str, str]) -> None:
        """Take over from the root element, whose start is given."""

    def trim(self) -> None:
        """Cut what has grown without end; called after each chunk."""

    def finish(self) -> tuple[Testata, list[Avvertenza]]:
        """Say the head and the warnings, at the end of the document."""


def local_name(name: str) -> str:
    return name.rpartition(":")[2]


def too_deep() -> NoReturn:
    raise XmlMalformato(f"gli elementi sono annidati oltre {MAX_DEPTH} livelli: il file non è un giornale di cassa")


class LetturaXml:
    """One reading of one XML document. `testata` and `avvertenze` are there when `righe` has come to its end."""

    def __init__(self, sorgente: Sorgente, choose: Callable[[str], LettoreXml], *, codifica: str | None) -> None:
        self._sorgente = sorgente
        self._choose = choose
        self._codifica = codifica
        self._lettore: LettoreXml | None = None
        self.testata: Testata | None = None
        self.avvertenze: list[Avvertenza] = []

    def righe(self) -> Iterator[Riga]:
        """Read to the end, chunk by chunk.

        :raises NonUtf8: the bytes are not what the declaration says, and were not asked for as windows-1252
        :raises GiornaleIllegibile:
        """
        with self._sorgente.aperta() as reader:
            first = reader.read(CHUNK)
            codifica = self._codifica or _declared(first)
            parser = self._parser(codifica)
            for rows in self._chunks(parser, first, reader, codifica):
                yield from rows
        if self._lettore is None:
            raise NonGiornale("il file è vuoto: non è un giornale di cassa")
        self.testata, self.avvertenze = self._lettore.finish()

    def _parser(self, codifica: str | None) -> expat.XMLParserType:
        parser = expat.ParserCreate(codifica)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = lambda name, attributes: self._root(parser, name, attributes)
        return parser

    def _root(self, parser: expat.XMLParserType, name: str, attributes: dict[str, str]) -> None:
        self._lettore = self._choose(local_name(name))
        self._lettore.install(parser, name, attributes)

    def _chunks(
        self, parser: expat.XMLParserType, chunk: bytes, reader: LettoreLimitato, codifica: str | None
    ) -> Iterator[list[Riga]]:
        fed = 0
        while True:
            fed += len(chunk)
            self._feed(parser, chunk, codifica)
            if not chunk:
                break
            if fed - parser.CurrentByteIndex > MAX_TOKEN:
                raise XmlMalformato("un solo elemento supera 1 MB", riga=parser.CurrentLineNumber)
            if self._lettore is not None:
                if self._lettore.pronti:
                    rows, self._lettore.pronti = self._lettore.pronti, []
                    yield rows
                self._lettore.trim()
            chunk = reader.read(CHUNK)
        if self._lettore is not None:
            yield self._lettore.pronti

    def _feed(self, parser: expat.XMLParserType, chunk: bytes, codifica: str | None) -> None:
        try:
            parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            self._refuse(error, codifica)

    def _refuse(self, error: expat.ExpatError, codifica: str | None) -> NoReturn:
        if error.code in _WRONG_ENCODING:
            raise Codifica("la codifica dichiarata non è quella dei byte del file", riga=error.lineno) from error
        if self._codifica is None and codifica in (None, "utf-8") and not _decodes(self._sorgente, "utf-8"):
            raise NonUtf8 from error
        if self._lettore is None:
            raise NonGiornale(
                "il file non è un documento XML: non è un giornale di cassa", riga=error.lineno
            ) from error
        if error.code in _ENDS_TOO_EARLY:
            last = self._lettore.ultimo
            seen = f"ultimo movimento letto: {last}" if last else "nessun movimento letto"
            raise Troncato(
                f"il file finisce prima della fine del giornale ({seen}): farselo rimandare", riga=error.lineno
            ) from error
        if self._codifica is not None and not _decodes(self._sorgente, self._codifica):
            raise Codifica("i byte non sono né UTF-8 né windows-1252", riga=error.lineno) from error
        raise XmlMalformato(f"XML malformato ({expat.ErrorString(error.code)})", riga=error.lineno) from error


def _refuse_doctype(*_arguments: Any) -> NoReturn:
    raise Doctype("il file contiene un DOCTYPE: rifiutato per sicurezza, un giornale di cassa non ne ha")


def _declared(head: bytes) -> str | None:
    match = _DECLARED.match(head)
    if match is None:
        return None
    name = match[1].decode("ascii", "replace").lower()
    if name not in _ENCODINGS:
        raise Codifica(f"la codifica {name!r} non è fra quelle lette (UTF-8, UTF-16, ISO-8859-1, windows-1252)")
    return _ENCODINGS[name]


def _decodes(sorgente: Sorgente, codifica: str) -> bool:
    """Tell whether the whole document is of that charset, or is UTF-16, which expat knows by itself."""
    decoder = codecs.getincrementaldecoder(codifica)()
    with sorgente.aperta() as reader:
        chunk = reader.read(CHUNK)
        if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in chunk[:4]:
            return True
        try:
            while chunk:
                decoder.decode(chunk)
                chunk = reader.read(CHUNK)
        except UnicodeDecodeError:
            return False
    return True
