"""What a tipo pendenza holds as a template: text in Base64, text, or an object each string of which is a template."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.freemarker.errori import ModelloNonValido
from chalicelib.kernel.freemarker.modello import Modello, Uscita, read
from chalicelib.kernel.freemarker.valutazione import Valutazione

MAX_LIVELLI = 12
MAX_NODI = 2_000


@dataclass(frozen=True, slots=True)
class Definizione:
    """A template as text (`modello`), or as an object of which `oggetto` is the tree: Modello in place of its strings."""

    modello: Modello | None = None
    oggetto: Any = None

    def filled(self, dati: Mapping[str, Any]) -> Any:
        """Fill in an object. A string that is one insert and nothing else becomes its value: a number, an object.

        :raises ModelloFallito:
        """
        return _filled(self.oggetto, dati)


def definizione_of(value: Any) -> Definizione:
    """Read what is configured.

    :raises ModelloNonValido:
    """
    if isinstance(value, str):
        return Definizione(modello=read(testo_of(value)))
    if isinstance(value, Mapping):
        return Definizione(oggetto=_tree(value, 0, [0]))
    raise ModelloNonValido("il modello deve essere un testo (anche in Base64) o un oggetto JSON")


def testo_of(value: str) -> str:
    """Give the text of what may be in Base64, as GovPay keeps it."""
    compact = "".join(value.split())
    try:
        text = base64.b64decode(compact, validate=True).decode("utf-8-sig")
    except (ValueError, binascii.Error):
        return value
    is_text = bool(text) and all(ch.isprintable() or ch in "\r\n\t" for ch in text)
    return text if is_text else value


def _tree(value: Any, livello: int, nodi: list[int]) -> Any:
    nodi[0] += 1
    if livello > MAX_LIVELLI or nodi[0] > MAX_NODI:
        raise ModelloNonValido("il modello ha troppi livelli o troppi campi")
    match value:
        case str():
            return read(value)
        case Mapping():
            return {name: _tree(inner, livello + 1, nodi) for name, inner in value.items()}
        case Sequence():
            return [_tree(inner, livello + 1, nodi) for inner in value]
    return value


def _filled(value: Any, dati: Mapping[str, Any]) -> Any:
    match value:
        case Modello():
            only = value.solo_inserto
            return value.render(dati, uscita=Uscita.TESTO) if only is None else Valutazione(dati).value(only)
        case dict():
            return {name: _filled(inner, dati) for name, inner in value.items()}
        case list():
            return [_filled(inner, dati) for inner in value]
    return value
