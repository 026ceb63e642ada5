"""Dataclass ↔ element, declared with the order, cardinality and simple types of the official XSD.

A message reads as its schema does: the order of the fields is the sequence, `X | None = None` is minOccurs="0",
`many` is maxOccurs, `tag(choice=…)` is xsd:choice, an `Annotated` alias is a simple type. The tag is the name of
the field in camelCase; `tag("idPA")` spells the exceptions. Both directions are strict: what the schema does not
admit is neither read nor written. Attributes, xsi:type among them, are not looked at; an element with
xsi:nil="true" counts as absent.
"""

from typing import Any, Final, TypeVar

from lxml import etree

from chalicelib.nodo.declaration import (
    DECLARED,
    PA_FOR_NODE,
    PAGAMENTI,
    PPT,
    PPT_HEAD,
    complex_type,
    element_of,
    many,
    message,
    tag,
    wrapped,
)
from chalicelib.nodo.plan import Branch, Content, Leaf, Node, Slot, Wrapper, nsmap_of, plan_of
from chalicelib.nodo.scalars import BLANKS
from chalicelib.nodo.sintassi import (
    ElementoFuoriPosto,
    ElementoMancante,
    ElementoSconosciuto,
    Errore,
    StrutturaErrata,
    TestoNonPrevisto,
    ValoreErrato,
    local_name,
    path_of,
)

__all__ = [
    "PAGAMENTI",
    "PA_FOR_NODE",
    "PPT",
    "PPT_HEAD",
    "complex_type",
    "element_of",
    "many",
    "message",
    "read",
    "tag",
    "wrapped",
    "write",
]

T = TypeVar("T")

_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"


# -- reading ---------------------------------------------------------------------------------------------------------


def read(cls: type[T], element: etree._Element) -> T:
    """Read a message from its global element.

    :raises StrutturaErrata: an element is missing, unknown or out of place
    :raises ValoreErrato: values break their simple types
    """
    declared = DECLARED[cls]
    if element.tag != declared.element:
        raise ElementoSconosciuto.at(element, f"elemento non previsto: è atteso {local_name(element_of(cls))}")
    if declared.nested:
        element = _inner(cls, element)
    errors: list[Errore] = []
    value = _read_node(cls, element, errors)
    if errors:
        raise ValoreErrato(*errors)
    return value  # type: ignore[no-any-return]


def _read_content(content: Content, element: etree._Element, errors: list[Errore]) -> Any:
    match content:
        case Leaf():
            return _read_leaf(content, element, errors)
        case Node():
            return _read_node(content.python_type, element, errors)
        case Wrapper():
            values: dict[str, Any] = {}
            _read_slots((content.slot,), element, values, errors)
            return values.get("item", ())


def _read_leaf(leaf: Leaf, element: etree._Element, errors: list[Errore]) -> Any:
    if len(element):
        raise ElementoSconosciuto.at(element[0], "elemento non previsto: qui è atteso un testo")
    try:
        return leaf.scalar.parse(element.text or "")
    except ValueError as error:
        errors.append(Errore(path_of(element), str(error)))
        return None


def _read_node(cls: type, element: etree._Element, errors: list[Errore]) -> Any:
    values: dict[str, Any] = {}
    _read_slots(plan_of(cls), element, values, errors)
    # With errors the values are incomplete, and the message is refused anyway.
    return None if errors else cls(**values)


def _inner(cls: type, element: etree._Element) -> etree._Element:
    name = local_name(element_of(cls))
    children = _children(element)
    if not children:
        raise ElementoMancante.at(element, f"manca l'elemento {name}")
    for child in children:
        if child.tag != name or child is not children[0]:
            raise ElementoSconosciuto.at(child, f"elemento non previsto: è atteso un solo {name}")
    return children[0]


def _read_slots(plan: tuple[Slot, ...], element: etree._Element, values: dict[str, Any], errors: list[Errore]) -> None:
    children = _children(element)
    position, end = 0, len(children)
    for slot in plan:
        found = 0
        branches = slot.branches
        while position < end and found != slot.most and (branch := branches.get(children[position].tag)) is not None:
            value = _read_content(branch.content, children[position], errors)
            if slot.many:
                values.setdefault(branch.attribute, []).append(value)
            else:
                values[branch.attribute] = value
            position += 1
            found += 1
        if found < slot.least:
            raise _misfit(plan, slot, element, children[position:])
        if slot.many and found:
            for attribute in {branch.attribute for branch in branches.values()} & values.keys():
                values[attribute] = tuple(values[attribute])
    if position < end:
        raise _leftover(plan, children[position])


def _children(element: etree._Element) -> list[etree._Element]:
    """Give the child elements, nil ones apart, of an element that has no text of its own."""
    children = []
    if element.text and element.text.strip(BLANKS):
        raise TestoNonPrevisto.at(element, "testo non previsto tra gli elementi")
    for child in element.iterchildren("*"):
        if child.tail and child.tail.strip(BLANKS):
            raise TestoNonPrevisto.at(element, "testo non previsto tra gli elementi")
        if child.text is None and len(child) == 0 and child.get(_NIL) in ("true", "1"):
            continue
        children.append(child)
    return children


def _misfit(plan: tuple[Slot, ...], slot: Slot, element: etree._Element, rest: list[etree._Element]) -> StrutturaErrata:
    """Say why the elements that follow do not begin with this slot."""
    if rest and not any(rest[0].tag in other.branches for other in plan):
        return ElementoSconosciuto.at(rest[0], f"elemento non previsto: qui è atteso {slot.label}")
    if any(one.tag in slot.branches for one in rest):
        return ElementoFuoriPosto.at(rest[0], f"elemento fuori posto: qui è atteso {slot.label}")
    return ElementoMancante.at(element, f"manca l'elemento {slot.label}")


def _leftover(plan: tuple[Slot, ...], child: etree._Element) -> StrutturaErrata:
    for slot in plan:
        if child.tag in slot.branches:
            most = f" o ripetuto più di {slot.most} volte" if slot.many else " o ripetuto"
            return ElementoFuoriPosto.at(child, f"elemento fuori posto{most}")
    return ElementoSconosciuto.at(child, "elemento non previsto")


# -- writing ---------------------------------------------------------------------------------------------------------


def write(value: object) -> etree._Element:
    """Write a message as its global element, with the prefixes of the official examples.

    :raises ElementoMancante: too few or too many occurrences
    :raises ValoreErrato: values break their simple types
    """
    cls: type = type(value)
    name = element_of(cls)
    root = element = etree.Element(name, nsmap=nsmap_of(cls))
    if DECLARED[cls].nested:
        element = etree.SubElement(root, local_name(name))
    errors: list[Errore] = []
    _write_node(cls, element, value, errors)
    if errors:
        raise ValoreErrato(*errors)
    return root


def _write_content(content: Content, element: etree._Element, value: Any, errors: list[Errore]) -> None:
    match content:
        case Leaf():
            _write_leaf(content, element, value, errors)
        case Node():
            _write_node(content.python_type, element, value, errors)
        case Wrapper():
            _write_items(content.slot, element, [("item", one) for one in value], errors)


def _write_leaf(leaf: Leaf, element: etree._Element, value: Any, errors: list[Errore]) -> None:
    try:
        text = leaf.scalar.render(value)
    except ValueError as error:
        errors.append(Errore(path_of(element), str(error)))
        return
    try:
        element.text = text
    except ValueError:
        errors.append(Errore(path_of(element), "il testo contiene caratteri che l'XML non ammette"))


def _write_node(cls: type, element: etree._Element, value: object, errors: list[Errore]) -> None:
    for slot in plan_of(cls):
        _write_slot(slot, element, value, errors)


def _write_slot(slot: Slot, element: etree._Element, value: object, errors: list[Errore]) -> None:
    items: list[tuple[str, Any]] = []
    for attribute in dict.fromkeys(branch.attribute for branch in slot.branches.values()):
        content = getattr(value, attribute)
        if slot.many:
            items.extend((attribute, one) for one in content)
        elif content is not None and content != ():
            items.append((attribute, content))
    _write_items(slot, element, items, errors)


def _write_items(slot: Slot, element: etree._Element, items: list[tuple[str, Any]], errors: list[Errore]) -> None:
    if len(items) < slot.least:
        raise ElementoMancante.at(element, f"manca l'elemento {slot.label}")
    if slot.most is not None and len(items) > slot.most:
        raise ElementoFuoriPosto.at(element, f"sono ammessi al massimo {slot.most} elementi {slot.label}")
    for attribute, content in items:
        name, branch = _branch_for(slot, attribute, content)
        _write_content(branch.content, etree.SubElement(element, name), content, errors)


def _branch_for(slot: Slot, attribute: str, content: object) -> tuple[str, Branch]:
    for name, branch in slot.branches.items():
        if branch.attribute == attribute and isinstance(content, branch.content.python_type):
            return name, branch
    raise TypeError(f"{attribute} cannot hold a {type(content).__name__}")
