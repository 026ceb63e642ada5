"""How a message is declared: decorators and field specifiers, to be imported from `binding`."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field
from typing import Any, Final, TypeVar, dataclass_transform

T = TypeVar("T")

PREFIXES: Final = {
    "http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd": "paf",
    "http://ws.pagamenti.telematici.gov/": "ppt",
    "http://ws.pagamenti.telematici.gov/ppthead": "ppthead",
    "http://www.digitpa.gov.it/schemas/2011/Pagamenti/": "pay_i",
}
PA_FOR_NODE, PPT, PPT_HEAD, PAGAMENTI = PREFIXES


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """What a field declares beyond its type."""

    names: str | Mapping[str, Any] | None = None
    least: int = 1
    most: int | None = 1
    many: bool = False
    item: str | Mapping[str, Any] | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a class declares: the namespace of its children ("" = unqualified) and, for a message, its global element."""

    namespace: str = ""
    element: str | None = None
    nested: bool = False
    prefix: bool = True


DECLARED: Final[dict[type, Declared]] = {}


def tag(name: str | None = None, *, choice: str | None = None, default: Any = MISSING) -> Any:
    """Declare a field whose tag is not its name in camelCase, or which is one branch of the xsd:choice so named.

    Exactly one of the branches of a choice is present; each of them has `default=None`.
    """
    return _field(Tag(names=name, choice=choice), default)


def many(least: int, most: int | None, name: str | None = None, *, default: Any = MISSING) -> Any:
    """Declare a repeated element, a tuple; `most=None` is unbounded."""
    return _field(Tag(names=name, least=least, most=most, many=True), default)


def wrapped(
    item: str | Mapping[str, Any],
    *,
    least: int = 1,
    most: int | None,
    name: str | None = None,
    choice: str | None = None,
    default: Any = MISSING,
) -> Any:
    """Declare an element that only holds the repeated `item`: the field is the tuple itself.

    With a mapping tag → type, each item is any of these, in any order. An optional wrapper has `default=()`.
    """
    return _field(Tag(names=name, least=least, most=most, item=item, choice=choice), default)


def _field(declared: Tag, default: Any) -> Any:
    return field(metadata={"xml": declared}, **({} if default is MISSING else {"default": default}))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(tag, many, wrapped))
def complex_type(*, ns: str = "") -> Callable[[type[T]], type[T]]:
    """Make a frozen dataclass that reads as an xsd:complexType; its children are qualified with `ns`, if given."""

    def declare(cls: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        DECLARED[made] = Declared(namespace=ns)
        return made

    return declare


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(tag, many, wrapped))
def message(
    name: str, *, ns: str, nested: bool = False, qualified: bool = False, prefix: bool = True
) -> Callable[[type[T]], type[T]]:
    """Make a complex type that has a global element `name` of its own.

    `nested` is the classic answer: the content stands in a second, unqualified element of the same name.
    `qualified` children share the namespace; without `prefix` it is written as the default one (the documents).
    """

    def declare(cls: type[T]) -> type[T]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        DECLARED[made] = Declared(
            namespace=ns if qualified else "", element=f"{{{ns}}}{name}", nested=nested, prefix=prefix
        )
        return made

    return declare


def element_of(cls: type) -> str:
    """Give the qualified name of the global element of a message."""
    element = DECLARED[cls].element
    if element is None:
        raise TypeError(f"{cls.__name__} has no global element")
    return element
