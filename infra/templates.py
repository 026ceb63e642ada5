"""Read the templates of this directory as one. Shared by package.py and by the sandbox's embedded AWS."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SECTIONS = ("Parameters", "Conditions", "Mappings", "Resources", "Outputs")


class TemplateError(ValueError):
    """The parts do not make one template."""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags; anchors are refused, because CloudFormation refuses them."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            msg = "CloudFormation takes no YAML aliases"
            raise TemplateError(msg)
        return super().compose_node(parent, index)


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """Give the long form of a short tag: `!Sub x` is `{"Fn::Sub": "x"}`."""
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def read(path: Path) -> dict[str, Any]:
    """Read one file, intrinsics in their long form."""
    with path.open(encoding="utf-8") as text:
        part: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - derives from SafeLoader
    return part


def whole() -> dict[str, Any]:
    """Join every *.yaml of this directory.

    :raises TemplateError: if a name is declared twice or a section is unknown
    """
    template: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09"}
    for path in sorted(HERE.glob("*.yaml")):
        join(template, read(path), path.name)
    return template


def join(template: dict[str, Any], part: dict[str, Any], source: str) -> None:
    """Add the sections of `part` to `template`, in place.

    :raises TemplateError: naming what `source` declares again
    """
    for section, entries in part.items():
        if section not in SECTIONS:
            raise TemplateError(f"{source}: unknown section {section}")
        target = template.setdefault(section, {})
        if again := target.keys() & entries.keys():
            raise TemplateError(f"{source}: {', '.join(sorted(again))} declared twice")
        target.update(entries)
