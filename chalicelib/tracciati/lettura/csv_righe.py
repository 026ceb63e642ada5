"""CSV: UTF-8 (a mark at its beginning is let be), comma, semicolon or tab, quotes of RFC 4180, a heading."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from chalicelib.tracciati.lettura.errori import MAX_RIGA, MAX_RIGHE, TracciatoIllegibile

_SEPARATORI = ",;\t"
_CHUNK = 65_536

Letta = tuple[int, list[str]]


def open_csv(path: Path) -> tuple[tuple[str, ...], Iterator[Letta]]:
    """Give the heading, and the rows with the line each begins at; blank lines are left out.

    :raises TracciatoIllegibile: now, or while the rows are read
    """
    _check_text(path)
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise TracciatoIllegibile("il file è vuoto: inviare l'intestazione e almeno una riga")
    return tuple(cell.strip() for cell in first[1]), _bounded(rows)


def _check_text(path: Path) -> None:
    """Check that the whole file is text in UTF-8: names would be printed wrong on paper."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    linea = 1
    with path.open("rb") as file:
        while chunk := file.readline(_CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                raise TracciatoIllegibile("il file non è in UTF-8: salvarlo con questa codifica", linea=linea) from None
            if b"\0" in chunk:
                raise TracciatoIllegibile("il file non è testo (caratteri nulli): salvarlo come CSV UTF-8", linea=linea)
            linea += chunk.endswith(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise TracciatoIllegibile("il file finisce a metà di un carattere: è troncato", linea=linea) from None


def _rows(path: Path) -> Iterator[Letta]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=_separatore(file), strict=True)
        while True:
            linea = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as error:
                raise TracciatoIllegibile(_motivo(error), linea=linea) from None
            if row is None:
                return
            if any(cell.strip() for cell in row):
                if sum(map(len, row)) > MAX_RIGA:
                    raise TracciatoIllegibile(
                        f"la riga supera {MAX_RIGA} caratteri: controllare le virgolette", linea=linea
                    )
                yield linea, row


def _separatore(file: TextIO) -> str:
    """Give what separates the columns: what the heading has most of; the file is left at its beginning."""
    heading = ""
    for line in iter(lambda: file.readline(_CHUNK), ""):
        heading = line
        if heading.strip():
            break
    file.seek(0)
    return max(_SEPARATORI, key=heading.count)


def _motivo(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return "virgolette aperte e mai chiuse"
    if "field larger" in str(error):
        return "un campo è troppo lungo: controllare le virgolette"
    return "virgolette fuori posto: raddoppiare quelle dentro un campo e metterlo fra virgolette"


def _bounded(rows: Iterator[Letta]) -> Iterator[Letta]:
    is_empty = True
    for number, letta in enumerate(rows, 1):
        is_empty = False
        if number > MAX_RIGHE:
            raise TracciatoIllegibile(f"il file supera {MAX_RIGHE} righe: dividerlo in più tracciati")
        yield letta
    if is_empty:
        raise TracciatoIllegibile("il file è vuoto: c'è solo l'intestazione")


def looks_like_data(heading: Sequence[str]) -> bool:
    """Tell a first line that is a row already: headings have no amounts."""
    return any(cell.replace(".", "", 1).isdecimal() and len(cell) > 2 for cell in heading)  # noqa: PLR2004
