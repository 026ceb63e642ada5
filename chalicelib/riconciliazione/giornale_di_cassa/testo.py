"""Reading text line by line: UTF-8, else windows-1252; no line without end, no NUL."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.riconciliazione.giornale_di_cassa.errori import Codifica, NonGiornale, TroppoGrande
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import NonUtf8, Sorgente

MAX_LINE = 256 * 1024
MAX_LINES = 3_000_000


@contextmanager
def lines_of(sorgente: Sorgente, *, codifica: str | None) -> Iterator[Iterator[str]]:
    """Open the lines, with their ends, of a document.

    :raises NonUtf8: while reading, if `codifica` is None and the bytes are not UTF-8
    :raises Codifica: while reading, if they are not of `codifica` either
    :raises NonGiornale: while reading, at a NUL or at a line of more than 256 KB
    :raises TroppoGrande: while reading, past 200 MB or three million lines
    """
    with (
        sorgente.aperta() as raw,
        io.TextIOWrapper(io.BufferedReader(raw), encoding=codifica or "utf-8-sig", newline="") as text,
    ):
        yield _lines(text, codifica=codifica)


def _lines(text: io.TextIOWrapper, *, codifica: str | None) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            if "\0" in line:
                raise NonGiornale("il file contiene caratteri nulli: non è un testo", riga=number)
            if len(line) >= MAX_LINE:
                raise NonGiornale("una riga supera 256 KB: il file non è un giornale di cassa", riga=number)
            if number > MAX_LINES:
                raise TroppoGrande(f"il file ha più di {MAX_LINES} righe: dividerlo in più file")
            yield line
    except UnicodeDecodeError as error:
        if codifica is None:
            raise NonUtf8 from error
        raise Codifica("i byte non sono né UTF-8 né windows-1252", riga=number + 1) from error
