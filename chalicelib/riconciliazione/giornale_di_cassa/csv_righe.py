"""CSV as such: the delimiter, the heading, records with their line, quotes that do not close."""

import csv
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.riconciliazione.giornale_di_cassa.errori import CsvNonChiuso

DELIMITERS = (";", "\t", "|", ",")


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the line on which it begins."""

    riga: int
    celle: Sequence[str]

    @property
    def is_blank(self) -> bool:
        return not any(cella.strip() for cella in self.celle)

    def cella(self, index: int | None) -> str:
        """Give a cell, stripped; empty where the record is short or the column is not there."""
        return self.celle[index].strip() if index is not None and index < len(self.celle) else ""


def normalize(heading: str) -> str:
    """Reduce a heading to its letters and digits: case, dots, blanks and accents do not count."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(char for char in plain if char.isascii() and char.isalnum())


def sniff_delimiter(line: str) -> str:
    """Take the delimiter that cuts the heading into most cells."""
    return max(DELIMITERS, key=lambda delimiter: len(split_line(line, delimiter)))


def split_line(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return []


def records_of(lines: Iterator[str], *, delimiter: str, first_line: int) -> Iterator[Record]:
    """Read records; blank ones are dropped.

    :raises CsvNonChiuso: at the record whose quotes do not close, or are followed by more text
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start = first_line + reader.line_num
        try:
            celle = next(reader, None)
        except csv.Error as error:
            raise CsvNonChiuso(
                "le virgolette aperte in questa riga non si chiudono: nei campi fra virgolette, "
                "le virgolette interne vanno raddoppiate",
                riga=start,
            ) from error
        if celle is None:
            return
        record = Record(start, celle)
        if not record.is_blank:
            yield record


def columns_of(headings: Sequence[str]) -> Mapping[str, int]:
    """Give the place of each heading; of two equal ones, the first."""
    columns: dict[str, int] = {}
    for index, heading in enumerate(headings):
        columns.setdefault(normalize(heading), index)
    return columns
