"""Opening a giornale: by content, never by its name; read to the end before any row is given out."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.giornale_di_cassa import camt, opi
from chalicelib.riconciliazione.giornale_di_cassa.archivio import MAGIC, Archivio
from chalicelib.riconciliazione.giornale_di_cassa.busta import content_of
from chalicelib.riconciliazione.giornale_di_cassa.csv_lettura import LetturaCsv
from chalicelib.riconciliazione.giornale_di_cassa.errori import (
    GiornaleIllegibile,
    NonGiornale,
    TroppoGrande,
    ZipPericoloso,
)
from chalicelib.riconciliazione.giornale_di_cassa.modello import (
    Avvertenza,
    CodiceAvvertenza,
    Controllo,
    Movimento,
    Riga,
    Testata,
)
from chalicelib.riconciliazione.giornale_di_cassa.mt940 import LetturaMt940
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import NonUtf8, Sorgente, sorgente_of
from chalicelib.riconciliazione.giornale_di_cassa.xml_sicuro import LettoreXml, LetturaXml

T = TypeVar("T")

FALLBACK = "windows-1252"
# 200 MB of real movements are fewer: more of them are there to keep the reader busy, and their report would not be
# written within the time of one message.
MAX_RIGHE = 250_000
_MAX_SHOWN = 20
_MAX_PAGES = 100_000
_MT940 = re.compile(rb"\s*(?:\{1:|:20:)|(?:.{0,500}\n):20:[^\n]{0,40}\n:25", re.DOTALL)
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_OTHERS = {
    b"%PDF": "un PDF",
    b"\xd0\xcf\x11\xe0": "una cartella di Excel: salvarla in formato CSV",
    b"\x1f\x8b": "un archivio gzip: caricare il file estratto",
}
# Corporate Banking Interbancario, records of 120 characters: the head says RH, the sender and the bank.
_CBI_RH = re.compile(rb"[ ]?RH[0-9A-Z ]{5}[0-9]{5}[0-9]{6}")
_HTML = frozenset({"html", "table"})


class Lettura(Protocol):
    """One reading of one document."""

    testata: Testata | None
    avvertenze: list[Avvertenza]

    def righe(self) -> Iterator[Riga]:
        """Read to the end."""


Lettore = Callable[[Sorgente, str | None], Lettura]


def open_giornale(source: BinaryIO | Path | str, *, name: str) -> "Giornale":
    """Open a journal: a path, or a stream that can be rewound, which stays the caller's and is read by one at a time.

    Only the head is read (of a zip, the directory and the heads); `Giornale.check` reads the rest.

    :raises GiornaleIllegibile: NonGiornale, Codifica or ZipPericoloso
    """
    try:
        sorgente, buste = content_of(sorgente_of(source, name=name))
        if sorgente.head().startswith(MAGIC):
            return Giornale(name, Archivio(sorgente), buste=buste)
        return Giornale(name, None, sorgente, buste=buste)
    except GiornaleIllegibile as error:
        raise error if error.file else error.of(name) from error


class Giornale:
    """A journal that can be read as often as needed. Iterating gives Movimento and RigaIllegibile, in order.

    The file is whole or nothing: the first iteration runs `check`, if it has not been run, before it gives a row.
    """

    def __init__(self, name: str, archivio: Archivio | None, *sorgenti: Sorgente, buste: int = 0) -> None:
        self.name = name
        self._buste = buste
        self._archivio = archivio
        self._sorgenti = list(sorgenti) if archivio is None else archivio.sorgenti
        self._codifiche: dict[int, str] = {}
        self._controllo: Controllo | None = None
        with self._sessione():
            self._lettori = [self._named(sorgente, _recognise) for sorgente in self._sorgenti]

    def check(self) -> Controllo:
        """Read everything to the end, keeping no row; the answer is remembered.

        :raises GiornaleIllegibile: for the whole file, which is then not to be applied
        """
        if self._controllo is None:
            conto = _Conto(self._archivio.ignorati if self._archivio else [], is_firmato=self._buste > 0)
            with self._sessione():
                for index in range(len(self._sorgenti)):
                    self._check_document(index, conto)
            self._controllo = conto.controllo()
        return self._controllo

    def righe(self) -> Iterator[Riga]:
        """Give the rows, from the first.

        :raises GiornaleIllegibile: before the first row, if any document cannot be read to its end
        """
        self.check()
        with self._sessione():
            for index in range(len(self._sorgenti)):
                yield from self._lettura(index).righe()

    def __iter__(self) -> Iterator[Riga]:
        return self.righe()

    def _sessione(self) -> AbstractContextManager[Any]:
        return self._archivio.sessione() if self._archivio else nullcontext()

    def _lettura(self, index: int) -> Lettura:
        return self._lettori[index](self._sorgenti[index], self._codifiche.get(index))

    def _check_document(self, index: int, conto: "_Conto") -> None:
        def read(_sorgente: Sorgente) -> None:
            try:
                conto.add(self._lettura(index))
            except NonUtf8:
                self._codifiche[index] = FALLBACK
                conto.add(self._lettura(index), codifica_of=self._sorgenti[index].nome)

        self._named(self._sorgenti[index], read)

    @staticmethod
    def _named(sorgente: Sorgente, action: Callable[[Sorgente], T]) -> T:
        """Run on a document; a refusal that does not say the file is given its name."""
        try:
            return action(sorgente)
        except GiornaleIllegibile as error:
            raise error if error.file else error.of(sorgente.nome) from error


class _Conto:
    """The sums of a check, document after document; one that is begun again leaves nothing behind."""

    def __init__(self, ignorati: list[str], *, is_firmato: bool) -> None:
        self._movimenti = 0
        self._illeggibili = 0
        self._entrate = 0
        self._uscite = 0
        self._testate: list[Testata] = []
        self._avvertenze: list[Avvertenza] = []
        if is_firmato:
            self._warn(
                CodiceAvvertenza.FIRMA_NON_VERIFICATA,
                "il documento è stato estratto dalla busta .p7m senza verificarne la firma: fa fede il canale con la "
                "banca",
            )
        if ignorati:
            shown = ", ".join(ignorati[:_MAX_SHOWN])
            self._warn(CodiceAvvertenza.FILE_IGNORATO, f"file dell'archivio non letti: {shown}")

    def _warn(self, codice: CodiceAvvertenza, testo: str) -> None:
        self._avvertenze.append(Avvertenza(codice=codice, testo=testo))

    def add(self, lettura: Lettura, *, codifica_of: str = "") -> None:
        movimenti = illeggibili = entrate = uscite = 0
        for count, row in enumerate(lettura.righe()):
            if count >= MAX_RIGHE:
                raise TroppoGrande(f"il file ha più di {MAX_RIGHE} movimenti: dividerlo in più file")
            if not isinstance(row, Movimento):
                illeggibili += 1
                continue
            movimenti += 1
            if row.is_entrata:
                entrate += row.importo.cents
            else:
                uscite += row.importo.cents
        self._movimenti += movimenti
        self._illeggibili += illeggibili
        self._entrate += entrate
        self._uscite += uscite
        if codifica_of:
            self._warn(
                CodiceAvvertenza.CODIFICA,
                f"{codifica_of}: il file non è UTF-8 come dovrebbe, è stato letto come windows-1252: "
                "controllare le lettere accentate",
            )
        if lettura.testata is not None:
            self._testate.append(lettura.testata)
        self._avvertenze.extend(lettura.avvertenze)
        if not movimenti + illeggibili:
            self._warn(CodiceAvvertenza.SENZA_MOVIMENTI, "il giornale non ha movimenti")

    def controllo(self) -> Controllo:
        for testo in _missing_pages(self._testate):
            self._warn(CodiceAvvertenza.PAGINE_MANCANTI, testo)
        return Controllo(
            testate=tuple(self._testate),
            avvertenze=tuple(self._avvertenze),
            movimenti=self._movimenti,
            illeggibili=self._illeggibili,
            entrate=Importo(self._entrate),
            uscite=Importo(self._uscite),
        )


def _missing_pages(testate: list[Testata]) -> Iterator[str]:
    pages: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    for testata in testate:
        if testata.pagine_totali > 1:
            # The pages of one journal share the id of the file, up to the marks that number them.
            key = (testata.codice_fiscale_ente, testata.id_flusso.partition("#")[0], testata.pagine_totali)
            pages[key].add(testata.pagina)
    for (_, id_flusso, total), seen in pages.items():
        missing = total - len(seen & set(range(1, min(total, _MAX_PAGES) + 1)))
        if missing > 0:
            there = ", ".join(str(page) for page in sorted(seen)[:_MAX_SHOWN])
            yield f"giornale {id_flusso}: letta la pagina {there} di {total}, ne mancano {missing}"


# --- by content


def _recognise(sorgente: Sorgente) -> Lettore:
    head = sorgente.head()
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        raise NonGiornale("il file è vuoto: non è un giornale di cassa")
    if head.startswith(MAGIC):
        raise ZipPericoloso("l'archivio contiene un altro archivio: caricare i file estratti")
    for magic, what in _OTHERS.items():
        if head.startswith(magic):
            raise NonGiornale(f"il file non è un giornale di cassa: è {what}")
    if _CBI_RH.match(text):
        raise NonGiornale(
            "il file non è un giornale di cassa: è una rendicontazione CBI a 120 caratteri (RH): chiedere alla banca il "
            "giornale di cassa OPI, o lo stesso estratto in formato camt.053 o MT940"
        )
    if text.startswith((b"<", *_UTF16)):
        return lambda source, codifica: LetturaXml(source, _by_root(source.nome), codifica=codifica)
    if _MT940.match(text):
        return lambda source, codifica: LetturaMt940(source, codifica=codifica)
    return lambda source, codifica: LetturaCsv(source, codifica=codifica)


def _by_root(documento: str) -> Callable[[str], LettoreXml]:
    def choose(root: str) -> LettoreXml:
        if root == opi.ROOT:
            return opi.LettoreOpi(documento)
        if camt.is_root(root):
            return camt.LettoreCamt(documento, root)
        if root.lower() in _HTML:
            raise NonGiornale("il file è una pagina HTML, forse salvata come foglio Excel: salvarla in formato CSV")
        raise NonGiornale(f"il file non è un giornale di cassa: la sua radice è {root[: _MAX_SHOWN * 3]!r}")

    return choose
