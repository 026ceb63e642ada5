"""A zip of journals: plain, small, flat; anything else is refused before it is unpacked."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import SEEK_END
from typing import BinaryIO

from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale, ZipPericoloso
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import MAX_BYTES, Sorgente

MAGIC = b"PK\x03\x04"
MAX_ENTRIES = 1000
MAX_RATIO = 200
MAX_DIRECTORY = 1024 * 1024
READ_SUFFIXES = (".xml", ".csv", ".mt940", ".940", ".sta")
_ZIP_SUFFIXES = (".zip", ".7z", ".rar", ".gz", ".tar")
_EXCEL = "xl/workbook.xml"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
# End of central directory: signature, this disk, disk of the directory, entries here, entries, size, ...
_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_ZIP64_MAGIC = b"PK\x06\x07"
_ZIP64_SIZE = 20
_MAX_COMMENT = 65_535


class Archivio:
    """The entries of a zip, each a Sorgente; `ignorati` are the names of those that are no journal by their suffix."""

    def __init__(self, base: Sorgente) -> None:
        self._base = base
        self._zip: zipfile.ZipFile | None = None
        with self.sessione() as archive:
            infos = _checked(archive)
        kept = [info for info in infos if _suffix(info) in READ_SUFFIXES]
        self.ignorati = [_flat(info) for info in infos if info not in kept]
        if not kept:
            raise NonGiornale(f"l'archivio non contiene file {', '.join(READ_SUFFIXES)}")
        self.sorgenti = [self._sorgente(info) for info in kept]

    @contextmanager
    def sessione(self) -> Iterator[zipfile.ZipFile]:
        """Keep the archive open: entries can be read only in here.

        :raises ZipPericoloso:
        """
        stream = self._base.apri()
        try:
            _check_directory(stream)
            try:
                archive = zipfile.ZipFile(stream)
            except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeError) as error:
                raise ZipPericoloso("l'archivio è danneggiato: farselo rimandare") from error
            with archive:
                self._zip = archive
                yield archive
        finally:
            self._zip = None
            stream.close()

    def _sorgente(self, info: zipfile.ZipInfo) -> Sorgente:
        return Sorgente(_flat(info), lambda: self._open(info))

    def _open(self, info: zipfile.ZipInfo) -> BinaryIO:
        if self._zip is None:
            raise RuntimeError("the archive is not open")
        try:
            entry = self._zip.open(info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, ValueError, struct.error) as error:
            raise ZipPericoloso("il contenuto dell'archivio è danneggiato", file=_flat(info)) from error
        return _Entry(entry, _flat(info))  # type: ignore[return-value]  # what of BinaryIO is used here, it has


class _Entry:
    """An entry being read: what zipfile raises on damage is told as ours."""

    def __init__(self, stream: object, nome: str) -> None:
        self._stream: BinaryIO = stream  # type: ignore[assignment]  # IO[bytes] that can be read
        self._nome = nome

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise ZipPericoloso("il contenuto dell'archivio è danneggiato", file=self._nome) from error

    def close(self) -> None:
        self._stream.close()


def _check_directory(stream: BinaryIO) -> None:
    """Look at the directory's own size before it is read: it is all held in memory."""
    size = stream.seek(0, SEEK_END)
    if size > MAX_BYTES:
        raise ZipPericoloso(f"l'archivio supera {MAX_BYTES // 1024 // 1024} MB")
    stream.seek(max(0, size - _MAX_COMMENT - _END.size))
    tail = stream.read(_MAX_COMMENT + _END.size)
    stream.seek(0)
    start = tail.rfind(_END_MAGIC)
    if start < 0 or len(tail) - start < _END.size:
        raise ZipPericoloso("l'archivio è troncato o danneggiato: farselo rimandare")
    _, _, _, here, entries, directory, _, _ = _END.unpack_from(tail, start)
    if tail[max(0, start - _ZIP64_SIZE) : start].startswith(_ZIP64_MAGIC):
        raise ZipPericoloso("l'archivio è nel formato ZIP64, che serve solo oltre i limiti ammessi")
    if max(here, entries) > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise ZipPericoloso(f"l'archivio contiene più di {MAX_ENTRIES} file")


def _checked(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if info.filename and not info.is_dir()]
    if len(infos) > MAX_ENTRIES:
        raise ZipPericoloso(f"l'archivio contiene più di {MAX_ENTRIES} file")
    if any(info.filename == _EXCEL for info in infos):
        raise NonGiornale("il file è una cartella di Excel: salvarla in formato CSV")
    if any(_suffix(info) == ".p7m" for info in infos):
        raise NonGiornale("l'archivio contiene file firmati .p7m: caricarli uno per uno, o estrarre i documenti")
    for info in infos:
        _check_entry(info)
    if sum(info.file_size for info in infos) > MAX_BYTES:
        raise ZipPericoloso(f"l'archivio supera {MAX_BYTES // 1024 // 1024} MB una volta estratto")
    return infos


def _check_entry(info: zipfile.ZipInfo) -> None:
    nome = _flat(info)
    if info.flag_bits & _ENCRYPTED:
        raise ZipPericoloso("l'archivio è protetto da password", file=nome)
    if info.compress_type not in _METHODS:
        raise ZipPericoloso("la compressione non è fra quelle lette (deflate)", file=nome)
    if info.file_size > info.compress_size * MAX_RATIO:
        raise ZipPericoloso(f"il file è compresso oltre {MAX_RATIO} volte", file=nome)
    if _suffix(info) in _ZIP_SUFFIXES:
        raise ZipPericoloso("l'archivio contiene un altro archivio: caricare i file estratti", file=nome)


def _flat(info: zipfile.ZipInfo) -> str:
    """Give the name without its folders: nothing is ever written by it."""
    return info.filename.replace("\\", "/").rpartition("/")[2][:255]


def _suffix(info: zipfile.ZipInfo) -> str:
    dot, suffix = _flat(info).rpartition(".")[1:]
    return f"{dot}{suffix}".lower()
