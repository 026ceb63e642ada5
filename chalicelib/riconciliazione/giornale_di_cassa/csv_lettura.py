"""One reading of one CSV: the layout is recognised by its heading, then rows are read one by one."""

from collections.abc import Iterator
from itertools import chain

from chalicelib.riconciliazione.giornale_di_cassa.csv_famiglie import (
    Base,
    Completo,
    Famiglia,
    HomeBanking,
    Posizionale,
    Poste,
    movimento_of,
)
from chalicelib.riconciliazione.giornale_di_cassa.csv_righe import Record, columns_of, records_of, sniff_delimiter
from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale, SenzaMovimenti
from chalicelib.riconciliazione.giornale_di_cassa.modello import Avvertenza, Riga, RigaIllegibile, Testata
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import Sorgente
from chalicelib.riconciliazione.giornale_di_cassa.testo import lines_of
from chalicelib.riconciliazione.giornale_di_cassa.valori import ValoreIllegibile

_MAX_SHOWN = 120


class LetturaCsv:
    """`testata` and `avvertenze` are there when `righe` has come to its end."""

    def __init__(self, sorgente: Sorgente, *, codifica: str | None) -> None:
        self._sorgente = sorgente
        self._codifica = codifica
        self.testata: Testata | None = None
        self.avvertenze: list[Avvertenza] = []

    def righe(self) -> Iterator[Riga]:
        """Read to the end.

        :raises NonUtf8:
        :raises GiornaleIllegibile:
        """
        with lines_of(self._sorgente, codifica=self._codifica) as lines:
            line, number = _first_line(lines)
            delimiter = sniff_delimiter(line)
            records = records_of(chain([line], lines), delimiter=delimiter, first_line=number)
            famiglia, rows = _recognise(records)
            posizione = 0
            for posizione, record in enumerate(rows, start=1):
                yield self._riga(famiglia, record, posizione)
        if not posizione:
            raise SenzaMovimenti("il file ha le intestazioni e nessun movimento")
        self.testata = Testata(documento=self._sorgente.nome, formato=famiglia.formato)

    def _riga(self, famiglia: Famiglia, record: Record, posizione: int) -> Riga:
        try:
            return movimento_of(famiglia, record, documento=self._sorgente.nome, posizione=posizione)
        except ValoreIllegibile as error:
            return RigaIllegibile(
                documento=self._sorgente.nome,
                posizione=posizione,
                riga=record.riga,
                motivo=str(error),
                numero_provvisorio=famiglia.provvisorio_of(record),
            )


def _first_line(lines: Iterator[str]) -> tuple[str, int]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            return line, number
    raise NonGiornale("il file è vuoto: non è un giornale di cassa")


def _recognise(records: Iterator[Record]) -> tuple[Famiglia, Iterator[Record]]:
    """Find the layout; the records that come back are the rows alone.

    :raises NonGiornale: if it is none of those we know
    """
    first = next(records, None)
    if first is None:
        raise NonGiornale("il file è vuoto: non è un giornale di cassa")
    columns = columns_of(first.celle)
    famiglia = Completo.recognise(columns) or Base.recognise(columns) or HomeBanking.recognise(columns)
    if famiglia is not None:
        return famiglia, records
    if Posizionale.fits(first):
        return Posizionale.by_position(), chain([first], records)
    second = next(records, None)
    if second is not None and (poste := Poste.recognise(first.celle, second.celle)):
        return poste, records
    if second is not None and Posizionale.fits(second):
        return Posizionale.by_position(), chain([second], records)
    shown = "; ".join(cella.strip() for cella in first.celle)[:_MAX_SHOWN]
    raise NonGiornale(f"le colonne non sono quelle di un giornale di cassa: {shown!r}", riga=first.riga)
