"""A signed file (.p7m, CAdES): its content, read where it lies; the signature is not verified.

CMS SignedData (RFC 5652) in DER or BER: the content is one OCTET STRING, or pieces of one after the other. Only where
the pieces lie is kept in memory.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from chalicelib.riconciliazione.giornale_di_cassa.errori import NonGiornale
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import Sorgente

_SEQUENCE, _SET, _OID, _INTEGER = 0x30, 0x31, 0x06, 0x02
_OCTETS, _OCTETS_IN_PIECES, _TAGGED = 0x04, 0x24, 0xA0
_END = (0x00, 0)
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENCRYPTED = frozenset(bytes.fromhex(code) for code in ("2a864886f70d010703", "2a864886f70d010706"))
_BUSTE_MAX = 3  # one who signs what was signed
_DEPTH_MAX = 8
_PEZZI_MAX = 500_000
_LONG = 0x80
_LENGTH_BYTES_MAX = 8
_TEXTUAL = (b"-----BEGIN", b"MII", b"MIAG")
_DANNEGGIATA = "il file firmato .p7m è danneggiato o incompleto: farselo rimandare"


@dataclass(frozen=True, slots=True)
class _Elemento:
    """A tag and where its content lies; `length` None: up to its end mark."""

    tag: int
    start: int
    length: int | None


def is_busta(head: bytes) -> bool:
    """Tell what begins as a SignedData does, in bytes or as text."""
    return (head[:1] == bytes([_SEQUENCE]) and head[1:2] >= b"\x80") or head.startswith(_TEXTUAL)


def content_of(sorgente: Sorgente) -> tuple[Sorgente, int]:
    """Give what is signed, and how many envelopes were around it: none of a file that is not signed.

    :raises NonGiornale: signed apart, encrypted, as text in Base64, damaged, or something else in DER
    """
    buste = 0
    while is_busta(sorgente.head()):
        if buste == _BUSTE_MAX:
            raise NonGiornale(f"il file è firmato più di {_BUSTE_MAX} volte: caricare il documento estratto")
        sorgente, buste = _opened(sorgente), buste + 1
    return sorgente, buste


def _opened(sorgente: Sorgente) -> Sorgente:
    if sorgente.head().startswith(_TEXTUAL):
        raise NonGiornale("il file firmato .p7m è in Base64: convertirlo in binario (DER), o caricare il file estratto")
    stream = sorgente.apri()
    try:
        pezzi = tuple(_Busta(stream).pezzi())
    finally:
        stream.close()
    nome = sorgente.nome.removesuffix(".p7m").removesuffix(".P7M")
    return Sorgente(nome, lambda: _reader(sorgente, pezzi))


def _reader(sorgente: Sorgente, pezzi: tuple[tuple[int, int], ...]) -> BinaryIO:
    inside: BinaryIO = _Contenuto(sorgente.apri(), pezzi)  # type: ignore[assignment]  # what of it is used here, it has
    return inside


class _Busta:
    """A walk through the outer structure, up to the content."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = stream.seek(0, io.SEEK_END)
        stream.seek(0)

    def pezzi(self) -> Iterator[tuple[int, int]]:
        """Give offset and length of the pieces of the content, in their order.

        :raises NonGiornale:
        """
        self._want(_SEQUENCE)
        kind = self._oid()
        if kind in _ENCRYPTED:
            raise NonGiornale("il file .p7m è cifrato: decifrarlo e caricare il documento")
        if kind != _SIGNED:
            raise NonGiornale("il file non è un giornale di cassa né un documento firmato .p7m")
        self._want(_TAGGED)
        self._want(_SEQUENCE)
        self._step_over(self._want(_INTEGER), 0)
        self._step_over(self._want(_SET), 0)
        signed = self._want(_SEQUENCE)
        self._oid()
        is_over = signed.length is not None and self._stream.tell() >= signed.start + signed.length
        if is_over or self._next().tag != _TAGGED:
            raise NonGiornale("il file .p7m ha solo la firma, senza il documento: caricare il documento firmato")
        for count, (offset, length) in enumerate(self._octets(self._next(), 0), 1):
            if count > _PEZZI_MAX:
                raise NonGiornale("il file firmato .p7m è in troppi pezzi: caricare il documento estratto")
            yield offset, length

    def _octets(self, elemento: _Elemento, depth: int) -> Iterator[tuple[int, int]]:
        if elemento.tag == _OCTETS and elemento.length is not None:
            yield elemento.start, elemento.length
            self._stream.seek(elemento.start + elemento.length)
            return
        if elemento.tag != _OCTETS_IN_PIECES or depth > _DEPTH_MAX:
            raise NonGiornale(_DANNEGGIATA)
        for inner in self._inside(elemento):
            yield from self._octets(inner, depth + 1)

    def _inside(self, elemento: _Elemento) -> Iterator[_Elemento]:
        """Give the elements within one; each must have been read, or stepped over, before the next."""
        end = None if elemento.length is None else elemento.start + elemento.length
        while end is None or self._stream.tell() < end:
            inner = self._next()
            if end is None and (inner.tag, inner.length) == _END:
                return
            yield inner

    def _step_over(self, elemento: _Elemento, depth: int) -> None:
        if elemento.length is not None:
            self._stream.seek(elemento.start + elemento.length)
            return
        if depth > _DEPTH_MAX:
            raise NonGiornale(_DANNEGGIATA)
        for inner in self._inside(elemento):
            self._step_over(inner, depth + 1)

    def _want(self, tag: int) -> _Elemento:
        elemento = self._next()
        if elemento.tag != tag:
            raise NonGiornale(_DANNEGGIATA)
        return elemento

    def _oid(self) -> bytes:
        elemento = self._want(_OID)
        return self._read(min(elemento.length or 0, 64))

    def _next(self) -> _Elemento:
        tag, first = self._read(2)
        if first == _LONG:
            length = None
        elif first < _LONG:
            length = first
        else:
            count = first - _LONG
            if count > _LENGTH_BYTES_MAX:
                raise NonGiornale(_DANNEGGIATA)
            length = int.from_bytes(self._read(count), "big")
        start = self._stream.tell()
        if length is not None and start + length > self._size:
            raise NonGiornale(_DANNEGGIATA)
        return _Elemento(tag, start, length)

    def _read(self, count: int) -> bytes:
        data = self._stream.read(count)
        if len(data) < count:
            raise NonGiornale(_DANNEGGIATA)
        return data


class _Contenuto(io.RawIOBase):
    """Read the pieces as one."""

    def __init__(self, stream: BinaryIO, pezzi: tuple[tuple[int, int], ...]) -> None:
        super().__init__()
        self._stream = stream
        self._pezzi = pezzi
        self._size = sum(length for _, length in pezzi)
        self._rewind()

    def _rewind(self) -> None:
        self._index = self._inside = self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        target = min(max(base + offset, 0), self._size)
        if target < self._position:
            self._rewind()
        while self._position < target:
            self._pass(min(target - self._position, self._pezzi[self._index][1] - self._inside))
        return self._position

    def _pass(self, count: int) -> None:
        self._position += count
        self._inside += count
        if self._inside == self._pezzi[self._index][1]:
            self._index, self._inside = self._index + 1, 0

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        data = self.read(view.nbytes)
        view[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        wanted = self._size - self._position if size < 0 else size
        found: list[bytes] = []
        while wanted > 0 and self._index < len(self._pezzi):
            offset, length = self._pezzi[self._index]
            self._stream.seek(offset + self._inside)
            data = self._stream.read(min(wanted, length - self._inside))
            if not data and length:
                raise NonGiornale(_DANNEGGIATA)
            found.append(data)
            wanted -= len(data)
            self._pass(len(data))
        return b"".join(found)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
