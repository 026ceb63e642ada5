"""What a view reads of its request, read off its source: the model of its body, its query parameters.

Names are looked up where their function was defined. What a view calls is read as well, as far as `routes`, `schemas`
and what all routes share; deeper, there is no request any more.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from pydantic import BaseModel

_EDGE = (".routes.", ".schemas.", ".rest.")
_PLAIN: dict[str, Any] = {"tuple": tuple, "frozenset": frozenset, "min": min, "max": max}
_BOUNDS = {"least": "minimum", "most": "maximum", "default": "default"}
Schema = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """The model that reads a body; `inside` is its field that is the body, where the model only wraps it."""

    model: type[BaseModel]
    inside: str | None = None


@dataclass(slots=True)
class Read:
    """What was found: the body nearest to the view, the schema of every query parameter, the headers that matter.

    `is_json` tells that there is a body in JSON, whether or not a model reads it.
    """

    body: Body | None = None
    is_json: bool = False
    params: dict[str, Schema] = field(default_factory=dict)
    headers: set[str] = field(default_factory=set)


@cache
def read_by(view: Callable[..., Any]) -> Read:
    """Give what a view reads, itself or by what it calls: nearest first."""
    found = Read()
    for function in _reached(view):
        for call in _calls(function):
            found.body = found.body or _body(call, function)
            found.headers |= _headers(call)
            found.is_json = found.is_json or _reads_json(call)
            for name, schema in _params(call, function):
                # Of two readings the one that says more holds.
                if name not in found.params or len(schema) > len(found.params[name]):
                    found.params[name] = schema
    return found


# -- functions and names ---------------------------------------------------------------------------------------------


def _reached(view: Callable[..., Any]) -> Iterator[FunctionType]:
    """Walk the functions of the edge that a view calls, breadth first."""
    waiting: list[Any] = [inspect.unwrap(view)]
    seen: set[Any] = set()
    while waiting:
        function = waiting.pop(0)
        if function in seen:
            continue
        seen.add(function)
        yield function
        named = (_resolved(node, function) for node in ast.walk(_tree(function)))
        waiting += [one for one in named if isinstance(one, FunctionType) and _is_of_the_edge(one)]


def _is_of_the_edge(function: FunctionType) -> bool:
    module = f".{function.__module__}."
    return module.startswith(".chalicelib.") and any(part in module for part in _EDGE)


def _resolved(node: ast.AST, function: FunctionType) -> Any:
    """Give what a name of the source is: `this`, or `module.this`."""
    match node:
        case ast.Name(id=name):
            return function.__globals__.get(name)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            module = function.__globals__.get(name)
            return getattr(module, attribute, None) if isinstance(module, ModuleType) else None
    return None


@cache
def _tree(function: FunctionType) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


@cache
def _calls(function: FunctionType) -> list[ast.Call]:
    found = [node for node in ast.walk(_tree(function)) if isinstance(node, ast.Call)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _value(node: ast.AST, function: FunctionType) -> Any:
    """Give what an expression of constants is; None where it needs what only a request knows."""
    inner = list(ast.walk(node))
    names = {one.id for one in inner if isinstance(one, ast.Name)}
    known = function.__globals__ | _PLAIN
    calls = [one for one in inner if isinstance(one, ast.Call)]
    if not names <= known.keys() or not all(isinstance(c.func, ast.Name) and c.func.id in _PLAIN for c in calls):
        return None
    compiled = compile(ast.Expression(node), function.__module__, "eval")  # type: ignore[arg-type]
    return eval(compiled, {name: known[name] for name in names})  # noqa: S307 - constants of our own source


# -- the body --------------------------------------------------------------------------------------------------------


def _body(call: ast.Call, function: FunctionType) -> Body | None:
    """Read `parse_body(Model, …)`, and whatever else takes a model and what it is to read."""
    if len(call.args) < 2:  # noqa: PLR2004
        return None
    model, wrapped = _resolved(call.args[0], function), call.args[1]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    if not isinstance(wrapped, ast.Dict):
        return Body(model)
    # What is put together of several parts is the path, not a body.
    names = [key.value for key in wrapped.keys if isinstance(key, ast.Constant)]
    return Body(model, str(names[0])) if len(names) == len(wrapped.keys) == 1 else None


def _reads_json(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "json" and _is_request(call.func.value)


# -- headers ---------------------------------------------------------------------------------------------------------


def _headers(call: ast.Call) -> set[str]:
    """Read `call.precondition()`, `call.headers.get("name")`."""
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr="precondition")) if _is_request(of):
            return {"If-Match", "If-None-Match"}
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=of, attr="headers"), attr="get"),
            args=[ast.Constant(value=str() as name), *_],
        ) if _is_request(of):
            return {name.title()}
    return set()


# -- the query -------------------------------------------------------------------------------------------------------


def _params(call: ast.Call, function: FunctionType) -> Iterator[tuple[str, Schema]]:
    """Read `call.text("name")` and its like, and functions that are given the request and a name."""
    found = _direct(call, function)
    if found is None:
        callee = _resolved(call.func, function)
        if isinstance(callee, FunctionType) and call.args and _is_request(call.args[0]) and _is_of_the_edge(callee):
            found = _through(call, callee, function)
    if found is not None:
        node, schema = found
        for name in _names(node, function):
            yield name, dict(schema)


def _direct(call: ast.Call, function: FunctionType) -> tuple[ast.AST, Schema] | None:
    match call:
        case ast.Call(func=ast.Attribute(value=of, attr="flag"), args=[name, *_]) if _is_request(of):
            return name, {"type": "boolean"} | _bounds(call, function)
        case ast.Call(func=ast.Attribute(value=of, attr="whole"), args=[name, *_]) if _is_request(of):
            return name, {"type": "integer"} | _bounds(call, function)
        case ast.Call(func=ast.Attribute(value=of, attr="text"), args=[name, *_]) if _is_request(of):
            return name, {"type": "string"}
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=of, attr="query"), attr="get")) if _is_request(of):
            return call.args[0], {"type": "array", "items": {"type": "string"}}
    return None


def _is_request(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "call"


def _bounds(call: ast.Call, function: FunctionType) -> Schema:
    given = {_BOUNDS[k.arg]: _value(k.value, function) for k in call.keywords if k.arg in _BOUNDS}
    return {name: value for name, value in given.items() if isinstance(value, bool | int)}


def _through(call: ast.Call, callee: FunctionType, function: FunctionType) -> tuple[ast.AST, Schema] | None:
    """Read a call of a function that reads the parameter it is given the `name` of, among what is `admitted`."""
    order = list(inspect.signature(callee).parameters)
    given = dict(zip(order, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
    schema = _kind(callee)
    if schema is None or "name" not in given:
        return None
    admitted = _value(given["admitted"], function) if "admitted" in given else None
    if admitted and all(isinstance(one, str) for one in admitted):
        values = [str(one) for one in admitted]
        enum = {"enum": sorted(values) if isinstance(admitted, set | frozenset) else values}
        schema = schema | ({"items": schema["items"] | enum} if "items" in schema else enum)
    return given["name"], schema


@cache
def _kind(reader: FunctionType) -> Schema | None:
    """Give the schema of the parameter that a function reads by its argument `name`."""
    found = [kind for call in _calls(reader) if (kind := _kind_of_call(call, reader)) is not None]
    # A text that is asked for to see whether it is there, and then read as what it is.
    return next((kind for kind in found if kind["type"] != "string"), found[0] if found else None)


def _kind_of_call(call: ast.Call, reader: FunctionType) -> Schema | None:
    direct = _direct(call, reader)
    if direct is not None:
        return direct[1] if isinstance(direct[0], ast.Name) and direct[0].id == "name" else None
    callee = _resolved(call.func, reader)
    is_given_it = any(isinstance(arg, ast.Name) and arg.id == "name" for arg in call.args)
    return _kind(callee) if is_given_it and isinstance(callee, FunctionType) and _is_of_the_edge(callee) else None


def _names(node: ast.AST, function: FunctionType) -> Iterator[str]:
    """Give the names that an argument stands for: itself, or each that a loop gives it."""
    if isinstance(node, ast.Constant):
        yield from [node.value] if isinstance(node.value, str) else []
    elif isinstance(node, ast.Name):
        for loop in ast.walk(_tree(function)):
            if isinstance(loop, ast.For | ast.comprehension):
                yield from _looped(node.id, loop, function)
        for assigned in ast.walk(_tree(function)):
            if isinstance(assigned, ast.Assign) and any(
                isinstance(target, ast.Name) and target.id == node.id for target in assigned.targets
            ):
                yield from _texts(ast.walk(assigned.value))


def _looped(variable: str, loop: ast.For | ast.comprehension, function: FunctionType) -> Iterator[str]:
    over, is_items = loop.iter, False
    match over:
        case ast.Call(func=ast.Attribute(value=inner, attr="items")):
            over, is_items = inner, True
    targets = loop.target.elts if isinstance(loop.target, ast.Tuple) else [loop.target]
    position = next((n for n, t in enumerate(targets) if isinstance(t, ast.Name) and t.id == variable), None)
    values = _value(over, function)
    if position is None or values is None:
        return
    for value in values.items() if is_items else values:
        one = value[position] if isinstance(value, tuple) else value
        yield from [one] if isinstance(one, str) else []


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Give the texts that a conditional expression chooses from, but for those it asks about."""
    for node in nodes:
        if isinstance(node, ast.IfExp):
            for branch in (node.body, node.orelse):
                yield from [branch.value] if isinstance(branch, ast.Constant) and isinstance(branch.value, str) else []
