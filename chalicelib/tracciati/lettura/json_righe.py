"""JSON: `{idTracciato, idDominio, inserimenti: […], annullamenti: […]}`, an element at a time.

The file is never whole in memory: the decoder is given a window of it, which grows until an element is in it.
"""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn, TextIO

from chalicelib.kernel.refusals import Sintassi
from chalicelib.rest import json_text
from chalicelib.tracciati.lettura.errori import MAX_RIGA, MAX_RIGHE, TracciatoIllegibile
from chalicelib.tracciati.model import Operazione

_CHUNK = 65_536
_SPACES = " \t\r\n"
LISTE = {"inserimenti": Operazione.ADD, "annullamenti": Operazione.DEL}

Letto = tuple[int, Operazione, Any]


def open_json(path: Path) -> tuple[dict[str, Any], Iterator[Letto]]:
    """Give the fields of the tracciato, complete once the elements are read, and the elements with their line.

    :raises TracciatoIllegibile: while they are read
    """
    head: dict[str, Any] = {}
    return head, _bounded(_elements(path, head))


def _bounded(elements: Iterator[Letto]) -> Iterator[Letto]:
    number = 0
    for number, element in enumerate(elements, 1):
        if number > MAX_RIGHE:
            raise TracciatoIllegibile(f"il file supera {MAX_RIGHE} operazioni: dividerlo in più tracciati")
        yield element
    if not number:
        raise TracciatoIllegibile("il file è vuoto: non ha inserimenti né annullamenti")


def _elements(path: Path, head: dict[str, Any]) -> Iterator[Letto]:
    with path.open(encoding="utf-8-sig") as file:
        window = _Window(file)
        try:
            if not window.peek():
                raise TracciatoIllegibile("il file è vuoto: inviare idTracciato e almeno un'operazione")
            for name in _members(window):
                if name in LISTE and window.peek() != "n":
                    for linea, element in _items(window):
                        yield linea, LISTE[name], element
                else:
                    head[name] = window.value()
            if window.peek():
                window.fail()
        except UnicodeDecodeError:
            raise TracciatoIllegibile("il file non è in UTF-8: salvarlo con questa codifica") from None


def _members(window: "_Window") -> Iterator[str]:
    """Walk the members of an object: gives a name, and goes on when its value has been taken."""
    window.take("{")
    if window.peek() == "}":
        window.take("}")
        return
    while True:
        name = window.value()
        if not isinstance(name, str):
            window.fail()
        window.take(":")
        yield name
        if window.take(",}") == "}":
            return


def _items(window: "_Window") -> Iterator[tuple[int, Any]]:
    window.take("[")
    if window.peek() == "]":
        window.take("]")
        return
    while True:
        window.peek()
        linea = window.linea
        yield linea, window.value()
        if window.take(",]") == "]":
            return


class _Window:
    """What of a file is in memory, and how much of that is read."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._text, self._at, self._line, self._ended = file, "", 0, 1, False
        self._decoder = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)

    @property
    def linea(self) -> int:
        return self._line + self._text.count("\n", 0, self._at)

    def peek(self) -> str:
        """Give the next character that is no space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACES:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def take(self, wanted: str) -> str:
        found = self.peek()
        if not found or found not in wanted:
            self.fail()
        self._at += 1
        return found

    def value(self) -> Any:
        """Read the value that begins here.

        :raises TracciatoIllegibile: if it is none, or longer than a row may be
        """
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError):
                # It may only be cut by the end of the window.
                if len(self._text) - self._at > MAX_RIGA or not self._grow():
                    self.fail()
                continue
            # A number that ends where the window does may go on behind it.
            if end == len(self._text) and self._grow():
                continue
            self._at = end
            return value

    def fail(self) -> NoReturn:
        raise TracciatoIllegibile("JSON non leggibile: controllare virgole, virgolette e parentesi", linea=self.linea)

    def _grow(self) -> bool:
        """Put more of the file behind the window, and let go of what is read; False at the end."""
        if self._ended:
            return False
        more = self._file.read(_CHUNK)
        self._ended = not more
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def checked(element: Any) -> str | None:
    """Tell why nothing can be made of an element; None if something can."""
    if not isinstance(element, Mapping):
        return "l'operazione deve essere un oggetto JSON"
    try:
        json_text.read(json_text.write(element).encode())
    except (UnicodeEncodeError, RecursionError, Sintassi):
        return "l'operazione contiene caratteri non validi o è annidata oltre ogni limite"
    return None
