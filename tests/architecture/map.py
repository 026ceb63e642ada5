"""The map of README.md, drawn from the code: `python -m tests.architecture.map` writes it between its markers."""

import importlib
import json
import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
CONTRACTS = ("pagamento", "pendenze", "ragioneria", "riconciliazione", "backoffice")
_REST = re.compile(r"/govpay/(?:frontend|backend)/api/(?P<contract>[a-z]+)/rs/\{auth\}/v1(?P<path>/.*)")
_PAGOPA = "/api/pagopa/"
# Moves that have their cause in common are drawn as one when they are so many.
_MANY = 8


def sections() -> dict[str, str]:
    """Give every section of the map by its name, as Markdown."""
    return {
        "contexts": contexts(),
        "rest": rest(),
        "soap": soap(),
        "web": web(),
        "queues": queues(),
        "schedules": schedules(),
        "tables": tables(),
        "buckets": buckets(),
        "states": states(),
        "alarms": alarms(),
    }


def pasted(text: str, made: Mapping[str, str]) -> str:
    """Give `text` with what is made between the markers of each section.

    :raises ValueError: if a section has no markers
    """
    for name, body in made.items():
        text, found = _between(name).subn(lambda m, body=body: f"{m[1]}\n{body}\n{m[3]}", text)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"README.md: section {name} needs <!-- map:{name} --> and <!-- /map:{name} -->, once")
    return text


def written(text: str, name: str) -> str:
    """Give what stands between the markers of a section, None spelled as empty."""
    found = _between(name).search(text)
    return "" if found is None else found[2].strip()


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- map:{name} -->)(.*?)(<!-- /map:{name} -->)", re.DOTALL)


# -- what is drawn ---------------------------------------------------------------------------------------------------


def contexts() -> str:
    """Draw the packages of chalicelib in the order of the import contract, highest first."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    rows = []
    for layer in layers:
        for name in layer.split(" | "):
            doc = importlib.import_module(f"chalicelib.{name}").__doc__ or ""
            rows.append((f"`{name}`", " | ".join(f"`{n}`" for n in layer.split(" | ") if n != name), _first(doc)))
    return _table(("context", "beside", "what it is"), [(a, b.replace("|", "·"), c) for a, b, c in rows])


def rest() -> str:
    """Draw the REST routes: a table a context, a row a path, a column a contract."""
    by_context: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(lambda: defaultdict(dict))
    for resource, methods in _app().routes.items():
        found = _REST.fullmatch(resource)
        for method, entry in methods.items():
            context = entry.view_function.__module__.split(".")[1]
            if found is not None:
                by_context[context][found["path"]].setdefault(found["contract"], []).append(method)
    return "\n\n".join(f"**{context}**\n\n{_paths(by_context[context])}" for context in sorted(by_context))


def served() -> set[tuple[str, str]]:
    """Give contract and path of every REST route, path parameters without their names."""
    found = [_REST.fullmatch(resource) for resource in _app().routes]
    return {(match["contract"], without_names(match["path"])) for match in found if match is not None}


def without_names(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", path)


def other_routes() -> set[str]:
    """Give the routes that belong to no REST contract."""
    return {resource for resource in _app().routes if _REST.fullmatch(resource) is None}


def web() -> str:
    """Draw what is neither REST nor SOAP: where browsers come by."""
    rows = [
        (f"`{resource}`", method, f"`{_where(entry.view_function)}`")
        for resource in sorted(other_routes())
        if _PAGOPA not in resource
        for method, entry in sorted(_app().routes[resource].items())
    ]
    return _table(("path", "method", "view"), rows)


def _paths(paths: Mapping[str, Mapping[str, list[str]]]) -> str:
    used = [contract for contract in CONTRACTS if any(contract in served for served in paths.values())]
    rows = [
        (f"`{path}`", *(" ".join(sorted(paths[path].get(contract, ()))) for contract in used)) for path in sorted(paths)
    ]
    return _table(("path after `/v1`", *used), rows)


def soap() -> str:
    """Draw the primitives of the Nodo that are served, and where."""
    from chalicelib.nodo.dispatch import PRIMITIVE

    bases = {resource.rpartition("/")[2]: resource for resource in other_routes() if _PAGOPA in resource}
    rows = []
    for primitiva in PRIMITIVE.values():
        generation = "classic" if primitiva.is_classic else "current"
        module = primitiva.request.__module__.rpartition(".")[2]
        path = bases.get(str(primitiva.servizio), "")
        rows.append((f"`{primitiva.name}`", generation, f"`{path}`", f"`nodo/messages/{module}.py`"))
    return _table(("primitive", "generation", "path", "message"), rows)


def queues() -> str:
    """Draw the queues that app.py consumes, with their retries and dead letters."""
    from chalicelib.settings import settings

    declared = _queues()
    rows = []
    for source in _app().event_sources:
        if not hasattr(source, "queue"):
            continue
        name = source.queue.removeprefix(settings().prefix)
        entry = declared[name]
        redrive = entry["RedrivePolicy"]
        dead = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
        letters = next(queue for queue, other in declared.items() if other["id"] == dead)
        seconds = f"{_timeout(source.name)} s / {entry['VisibilityTimeout']} s"
        rows.append((f"`{name}`", f"`{source.name}`", seconds, str(redrive["maxReceiveCount"]), f"`{letters}`"))
    return _table(("queue", "consumer in app.py", "time-out / visibility", "receives", "dead letters"), rows)


def schedules() -> str:
    rows = [
        (f"`{source.name}`", f"`{_expression(source.schedule_expression)}`", f"{_timeout(source.name)} s")
        for source in _app().event_sources
        if hasattr(source, "schedule_expression")
    ]
    return _table(("function in app.py", "when", "time-out"), rows)


def tables() -> str:
    """Draw every pynamodb model: key and indexes, by the names of the wire."""
    from chalicelib.settings import settings

    rows = []
    for model in sorted(_models(), key=lambda one: one.Meta.table_name):
        name = model.Meta.table_name.removeprefix(settings().prefix)
        context = model.__module__.split(".")[1]
        rows.append((f"`{name}`", f"`{context}/tables.py`", "", _key(model.get_attributes().values())))
        indexes = sorted(model._indexes.values(), key=lambda one: one.Meta.index_name)
        rows += [("", "", f"`{index.Meta.index_name}`", _key(_attributes(index))) for index in indexes]
    return _table(("table", "declared in", "index", "key"), rows)


def buckets() -> str:
    from chalicelib.aws.documents import Bucket

    kept = {
        _short(_text(entry["Properties"]["BucketName"])).partition("-$")[0]: _kept(entry["Properties"])
        for entry in _infra().values()
        if entry["Type"] == "AWS::S3::Bucket"
    }
    return _table(("bucket", "kept for"), [(f"`{bucket}`", kept.get(bucket, "")) for bucket in Bucket])


def _kept(bucket: Mapping[str, Any]) -> str:
    rules = bucket.get("LifecycleConfiguration", {}).get("Rules", ())
    days = [f"{_days(rule['ExpirationInDays'])} days{_under(rule)}" for rule in rules if "ExpirationInDays" in rule]
    return ", ".join(days) or "ever"


def _days(days: Any) -> str:
    """Give a number of days, or the parameter of the stack that says it."""
    return f"`{days['Ref']}`" if isinstance(days, dict) else str(days)


def _under(rule: Mapping[str, Any]) -> str:
    return f" under `{rule['Prefix']}`" if rule.get("Prefix") else ""


def states() -> str:
    """Draw every table of moves of `*/states.py`."""
    drawn = []
    for path in sorted((ROOT / "chalicelib").rglob("states.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for name, moves in vars(module).items():
            if name.endswith("MOVES") and not name.startswith("_"):
                machine = type(next(iter(moves))[0]).__name__
                where = f"`{path.relative_to(ROOT / 'chalicelib')}`"
                drawn.append(f"**{machine}** ({where})\n\n```mermaid\n{_diagram(moves)}\n```")
    return "\n\n".join(drawn)


def alarms() -> str:
    rows = []
    for entry in _infra().values():
        if entry["Type"] == "AWS::CloudWatch::Alarm":
            properties = entry["Properties"]
            name = _short(_text(properties["AlarmName"]))
            sources = [one["MetricStat"] for one in properties.get("Metrics", []) if "MetricStat" in one]
            seconds = (sources[0] if sources else properties)["Period"] * properties["EvaluationPeriods"]
            measured = properties["Metrics"][0]["Label"] if sources else _measured(properties)
            when = f"{measured} {_SIGNS[properties['ComparisonOperator']]} {properties['Threshold']}"
            rows.append((f"[`{name}`](docs/runbook/{name}.md)", when, f"{seconds} s"))
    return _table(("alarm", "when", "for"), sorted(rows))


def _measured(properties: Mapping[str, Any]) -> str:
    percentile = f"{properties['ExtendedStatistic']} " if "ExtendedStatistic" in properties else ""
    return f"{percentile}{properties['MetricName']}"


# -- how it is drawn -------------------------------------------------------------------------------------------------

_SIGNS = {"GreaterThanThreshold": ">", "GreaterThanOrEqualToThreshold": "≥", "LessThanOrEqualToThreshold": "≤"}


def _diagram(moves: Mapping[tuple[StrEnum, StrEnum], str]) -> str:
    # As the states are declared: tables made from sets have no order of their own.
    order = {stato: number for number, stato in enumerate(type(next(iter(moves))[0]))}
    pairs: dict[str, list[tuple[StrEnum, StrEnum]]] = defaultdict(list)
    for move in sorted(moves, key=lambda one: (order[one[0]], order[one[1]])):
        pairs[moves[move]].append(move)
    lines = ["stateDiagram-v2"]
    for why, drawn in pairs.items():
        text = why.replace(": ", ", ").replace(";", ",")
        froms, tos = [sorted({move[side] for move in drawn}, key=order.__getitem__) for side in (0, 1)]
        if len(drawn) < _MANY or {(da, a) for da in froms for a in tos if da != a} != {
            m for m in drawn if m[0] != m[1]
        }:
            lines += [f"    {da} --> {a}: {text}" for da, a in drawn]
            continue
        names = []
        for group in (froms, tos):
            names.append(group[0] if len(group) == 1 else f"group{len(lines)}")
            if len(group) > 1:
                lines.append(f'    state "{_group(group)}" as {names[-1]}')
        lines.append(f"    {names[0]} --> {names[1]}: {text}")
    return "\n".join(lines)


def _group(states: Sequence[StrEnum]) -> str:
    """Name many states at once, by those it leaves out where they are fewer."""
    missing = [stato for stato in type(states[0]) if stato not in states]
    if not missing:
        return "every state"
    return f"every state but {', '.join(missing)}" if len(missing) < len(states) else ", ".join(states)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _key(attributes: Iterable[Any]) -> str:
    keys = [one for one in attributes if one.is_hash_key] + [one for one in attributes if one.is_range_key]
    return ", ".join(f"`{one.attr_name}`" for one in keys)


def _attributes(index: Any) -> list[Any]:
    from pynamodb.attributes import Attribute

    return [value for value in vars(type(index)).values() if isinstance(value, Attribute)]


def _first(doc: str) -> str:
    return doc.strip().partition("\n")[0]


def _where(view: Any) -> str:
    return f"{'/'.join(view.__module__.split('.')[1:])}.py {view.__name__}"


def _expression(value: Any) -> str:
    return value if isinstance(value, str) else str(value.to_string())


def _text(value: Any) -> str:
    return str(value["Fn::Sub"]) if isinstance(value, dict) else str(value)


def _short(name: str) -> str:
    return name.removeprefix("govpay-${Stage}-")


# -- what it is drawn from -------------------------------------------------------------------------------------------


def _app() -> Any:
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-south-1")
    return importlib.import_module("app").app


def _infra() -> dict[str, Any]:
    from infra import templates

    resources: dict[str, Any] = templates.whole()["Resources"]
    return resources


def _queues() -> dict[str, Any]:
    return {
        _short(_text(entry["Properties"]["QueueName"])): entry["Properties"] | {"id": name}
        for name, entry in _infra().items()
        if entry["Type"] == "AWS::SQS::Queue"
    }


def _timeout(function: str) -> int:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    own = config["lambda_functions"].get(function, {})
    return int(own.get("lambda_timeout", config["lambda_timeout"]))


def _models() -> list[Any]:
    from chalicelib.aws.base_table import tables

    for path in sorted((ROOT / "chalicelib").rglob("tables.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return [model for model in tables() if model.__module__.startswith("chalicelib.")]


def main() -> None:
    README.write_text(pasted(README.read_text(encoding="utf-8"), sections()), encoding="utf-8")


if __name__ == "__main__":
    main()
