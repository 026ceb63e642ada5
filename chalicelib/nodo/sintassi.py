"""What is wrong with a message that does not fit its schema: errors of structure, and of values."""

from dataclasses import dataclass
from typing import Self

from lxml import etree


@dataclass(frozen=True, slots=True)
class Errore:
    """One thing wrong: where, from the operation down, and what, in Italian; never the value itself."""

    percorso: str
    motivo: str

    def __str__(self) -> str:
        return f"{self.percorso}: {self.motivo}"


class SintassiErrata(ValueError):
    """The message does not fit its schema. `errori` holds everything found; `str()` is fit for a fault's description."""

    element: etree._Element | None = None

    def __init__(self, *errori: Errore) -> None:
        self.errori = errori
        super().__init__("; ".join(str(errore) for errore in errori))

    @classmethod
    def at(cls, element: etree._Element, motivo: str) -> Self:
        error = cls(Errore(path_of(element), motivo))
        error.element = element
        return error


class StrutturaErrata(SintassiErrata):
    """Elements are not those of the schema: reading stops at the first."""


class ElementoMancante(StrutturaErrata):
    pass


class ElementoSconosciuto(StrutturaErrata):
    """`element` is what the schema does not know."""


class TestoNonPrevisto(ElementoSconosciuto):
    """Text where only elements may be; `element` is the one that holds it."""

    __test__ = False


class ElementoFuoriPosto(StrutturaErrata):
    """A known element, in the wrong order or too many times."""


class ValoreErrato(SintassiErrata):
    """The structure holds, but values break their simple types: all of them are told."""


def path_of(element: etree._Element) -> str:
    """Name an element by its path, e.g. `paSendRTV2Request/receipt/transferList/transfer[2]/transferAmount`."""
    steps = []
    one: etree._Element | None = element
    while one is not None and not one.tag.startswith("{http://schemas.xmlsoap.org/"):
        parent = one.getparent()
        twins = [] if parent is None else parent.findall(one.tag)
        steps.append(local_name(one.tag) + (f"[{twins.index(one) + 1}]" if len(twins) > 1 else ""))
        one = parent
    return "/".join(reversed(steps))


def local_name(tag: str) -> str:
    return tag.rpartition("}")[2]
