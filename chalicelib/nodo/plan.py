"""What a declaration compiles to, once, when its class is first read or written."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from chalicelib.nodo.declaration import DECLARED, PREFIXES, Tag, element_of
from chalicelib.nodo.scalars import Scalar
from chalicelib.nodo.sintassi import local_name


@dataclass(frozen=True, slots=True)
class Leaf:
    """A simple type."""

    scalar: Scalar
    python_type: type


@dataclass(frozen=True, slots=True)
class Node:
    """A complex type: a declared class."""

    python_type: type


@dataclass(frozen=True, slots=True)
class Wrapper:
    """An element that only repeats another; the value is a tuple."""

    slot: "Slot"
    python_type: type = tuple


Content = Leaf | Node | Wrapper


@dataclass(frozen=True, slots=True)
class Branch:
    attribute: str
    content: Content


@dataclass(frozen=True, slots=True)
class Slot:
    """One particle of the sequence: the elements that may stand here and how many times."""

    branches: dict[str, Branch]
    least: int
    most: int | None
    many: bool

    @property
    def label(self) -> str:
        return " o ".join(local_name(name) for name in self.branches)


@cache
def plan_of(cls: type) -> tuple[Slot, ...]:
    hints = get_type_hints(cls, include_extras=True)
    namespace = DECLARED[cls].namespace
    slots: list[Slot] = []
    choices: dict[str, Slot] = {}
    for one in fields(cls):
        declared = one.metadata.get("xml", Tag())
        slot = _slot(one.name, declared, _present(hints[one.name]), namespace, optional=one.default is not MISSING)
        if declared.choice is None:
            slots.append(slot)
        elif declared.choice in choices:
            choices[declared.choice].branches.update(slot.branches)
        else:
            choices[declared.choice] = Slot(slot.branches, 1, 1, many=False)
            slots.append(choices[declared.choice])
    return tuple(slots)


def _slot(name: str, declared: Tag, hint: Any, namespace: str, *, optional: bool) -> Slot:
    if declared.item is not None:
        item = Slot(_branches(declared.item, "item", hint, namespace), declared.least, declared.most, many=True)
        tag_name = declared.names if isinstance(declared.names, str) else _camel(name)
        return Slot({_qualified(namespace, tag_name): Branch(name, Wrapper(item))}, 0 if optional else 1, 1, many=False)
    least = 0 if optional else declared.least
    branches = _branches(declared.names or _camel(name), name, hint, namespace)
    return Slot(branches, least, declared.most, declared.many)


def _branches(names: str | Mapping[str, Any], attribute: str, hint: Any, namespace: str) -> dict[str, Branch]:
    if isinstance(names, str):
        names = {names: get_args(hint)[0] if get_origin(hint) is tuple else hint}
    return {_qualified(namespace, name): Branch(attribute, _content(kind)) for name, kind in names.items()}


def _content(kind: Any) -> Leaf | Node:
    if get_origin(kind) is Annotated:
        scalar = kind.__metadata__[0]
        return Leaf(scalar, scalar.python_type)
    return Node(kind)


def _present(hint: Any) -> Any:
    """Strip the `| None` of an optional field."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not NoneType)
    return hint


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _qualified(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


@cache
def nsmap_of(cls: type) -> dict[Any, str]:
    declared = DECLARED[cls]
    own = element_of(cls)[1:].partition("}")[0]
    if not declared.prefix:
        return {None: own}
    used = dict.fromkeys([own, *_namespaces(cls)])
    return {PREFIXES[namespace]: namespace for namespace in used if namespace in PREFIXES}


def _namespaces(cls: type) -> Iterator[str]:
    if DECLARED[cls].namespace:
        yield DECLARED[cls].namespace
    for slot in plan_of(cls):
        for branch in slot.branches.values():
            content = branch.content
            for inner in content.slot.branches.values() if isinstance(content, Wrapper) else (branch,):
                if isinstance(inner.content, Node):
                    yield from _namespaces(inner.content.python_type)
