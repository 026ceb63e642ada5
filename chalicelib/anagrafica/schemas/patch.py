"""PATCH of what an utenza or a ruolo may touch: `[{op: ADD|DELETE, path: /acl|/domini|/tipiPendenza, value}]`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.anagrafica.schemas.common import Camel
from chalicelib.anagrafica.schemas.utenze import AclBody, IdDominio, IdTipo
from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.rest.schema import field_error, parse_body

_ADD = "ADD"
_MAX = 1000
T = TypeVar("T")


class _Op(Camel):
    op: Literal["ADD", "DELETE"]
    path: str
    value: Any


class _Patch(Camel):
    ops: Annotated[list[_Op], Field(max_length=100)]


class _Domini(Camel):
    value: IdDominio


class _Tipi(Camel):
    value: IdTipo


class _AclValue(Camel):
    value: AclBody


def change_of_abilitazioni(body: Any) -> Callable[[Abilitazioni], Abilitazioni]:
    """Read a PATCH of an applicazione or an operatore.

    :raises Sintassi: SINTASSI, naming every path or value that does not fit
    """
    changes = _changes(body, {"/domini": _on_domini, "/tipiPendenza": _on_tipi, "/acl": _on_acl_of_utenza})

    def change(abilitazioni: Abilitazioni) -> Abilitazioni:
        for each in changes:
            abilitazioni = each(abilitazioni)
        return abilitazioni

    return change


def change_of_acl(body: Any) -> Callable[[tuple[Acl, ...]], tuple[Acl, ...]]:
    """Read a PATCH of a ruolo.

    :raises Sintassi: SINTASSI, naming every path or value that does not fit
    """
    changes = _changes(body, {"/acl": _on_acl})

    def change(acl: tuple[Acl, ...]) -> tuple[Acl, ...]:
        for each in changes:
            acl = each(acl)
        return acl

    return change


def _changes(body: Any, paths: dict[str, Callable[[_Op], Callable[[T], T]]]) -> list[Callable[[T], T]]:
    changes, errors = [], []
    for number, op in enumerate(parse_body(_Patch, {"ops": body}).ops):
        if op.path not in paths:
            errors.append(FieldError(f"ops[{number}].path", f"deve essere uno fra {', '.join(paths)}"))
            continue
        try:
            changes.append(paths[op.path](op))
        except ValidationError as error:
            errors += [
                FieldError(f"ops[{number}].{problem.campo} ({op.path})", problem.motivo)
                for problem in map(field_error, error.errors(include_url=False, include_input=False))
            ]
    if errors:
        raise Sintassi(errors)
    return changes


def _on_domini(op: _Op) -> Callable[[Abilitazioni], Abilitazioni]:
    value = _Domini.model_validate({"value": op.value}).value
    return lambda before: replace(before, domini=_names(op, before.domini, value))


def _on_tipi(op: _Op) -> Callable[[Abilitazioni], Abilitazioni]:
    value = _Tipi.model_validate({"value": op.value}).value
    return lambda before: replace(before, tipi_pendenza=_names(op, before.tipi_pendenza, value))


def _on_acl_of_utenza(op: _Op) -> Callable[[Abilitazioni], Abilitazioni]:
    change = _on_acl(op)
    return lambda before: replace(before, acl=change(before.acl))


def _on_acl(op: _Op) -> Callable[[tuple[Acl, ...]], tuple[Acl, ...]]:
    """An ACL is of its servizio: adding one takes the place of that there was, deleting one takes it away."""
    value = _AclValue.model_validate({"value": op.value}).value.to_model()

    def change(before: tuple[Acl, ...]) -> tuple[Acl, ...]:
        others = tuple(acl for acl in before if acl.servizio is not value.servizio)
        return (*others, value) if op.op == _ADD else others

    return change


def _names(op: _Op, before: Sequence[str], value: str) -> tuple[str, ...]:
    others: Iterable[str] = (name for name in before if name != value)
    return (*others, value)[:_MAX] if op.op == _ADD else tuple(others)
