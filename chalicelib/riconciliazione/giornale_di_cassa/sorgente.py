"""Where the bytes come from: a file or a seekable stream, opened anew for each reading, never past the limit."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from chalicelib.riconciliazione.giornale_di_cassa.errori import TroppoGrande

MAX_BYTES = 200 * 1024 * 1024
CHUNK = 64 * 1024
HEAD = 4096


class NonUtf8(Exception):
    """The bytes are not the UTF-8 they should be: the reading is begun again as windows-1252, with a warning."""


@dataclass(frozen=True, slots=True)
class Sorgente:
    """One document: its name, and how to open it from the beginning."""

    nome: str
    apri: Callable[[], BinaryIO]

    @contextmanager
    def aperta(self) -> Iterator["LettoreLimitato"]:
        """Open for one reading.

        :raises TroppoGrande: while reading, past 200 MB
        """
        stream = self.apri()
        try:
            yield LettoreLimitato(stream, nome=self.nome)
        finally:
            stream.close()

    def head(self) -> bytes:
        with self.aperta() as reader:
            return reader.read(HEAD)


class LettoreLimitato(io.RawIOBase):
    """Count what is read, and stop at the limit."""

    def __init__(self, stream: BinaryIO, *, nome: str) -> None:
        super().__init__()
        self._stream = stream
        self._nome = nome
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        data = self.read(view.nbytes)
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size)
        self._count += len(data)
        if self._count > MAX_BYTES:
            raise TroppoGrande(
                f"il file supera {MAX_BYTES // 1024 // 1024} MB: dividerlo in più file, uno per giornata",
                file=self._nome,
            )
        return data


class _NonChiudere(io.RawIOBase):
    """Lend the caller's stream: closing the loan does not close the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def sorgente_of(source: BinaryIO | Path | str, *, name: str) -> Sorgente:
    """Take a path, or a stream that can be rewound."""
    if isinstance(source, (str, Path)):
        path = Path(source)
        return Sorgente(name, lambda: path.open("rb"))
    return Sorgente(name, lambda: _rewound(source))


def _rewound(stream: BinaryIO) -> BinaryIO:
    stream.seek(0)
    loan: BinaryIO = _NonChiudere(stream)  # type: ignore[assignment]  # what of BinaryIO is used here, it has
    return loan
