"""What CloudFormation would change in a stack, and the change itself: what is lost is refused, what fails is told."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError, WaiterError

_DATA = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue"})
_WAIT = {"Delay": 5, "MaxAttempts": 720}  # an hour: a canary and a custom domain take their time
_NOTHING = ("didn't contain changes", "No updates are to be performed")
_BEGUN = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"})
_MOST_TOLD = 10

Ask = Callable[[str], str]
Say = Callable[[str], None]


class Fermato(Exception):
    """The change was not made, or not to its end. `str()` says why, and what to do."""


def found(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """Give a stack as CloudFormation describes it, None where there is none."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    described: dict[str, Any] = stack
    return described


def parameters_of(cloudformation: Any, name: str) -> dict[str, str] | None:
    """Give the parameters of the stack as it is, None where there is none yet.

    :raises Fermato: if it is not in a state to be changed
    """
    stack = found(cloudformation, name)
    if stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS":  # a first change set that nobody applied
        return None
    state = stack["StackStatus"]
    if state.endswith("_IN_PROGRESS") or state in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"}:
        raise Fermato(f"Lo stack {name} è in stato {state}: attendere, o vedere docs/installazione.md (Aggiornare).")
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}


def values_of(
    template: Mapping[str, Any], given: Mapping[str, str], present: Mapping[str, str] | None
) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    kept = template["Parameters"].keys() & (present or {}).keys() - given.keys() - {"Stage"}
    return values + [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)]


def prepare(
    cloudformation: Any, name: str, url: str, values: list[dict[str, Any]], *, new: bool
) -> list[dict[str, Any]]:
    """Have CloudFormation work out what would change; give the changes, none if the stack is so already.

    :raises Fermato: if it cannot
    """
    made = f"deploy-{uuid4().hex}"  # of its own: one that somebody left there is no obstacle
    cloudformation.create_change_set(
        StackName=name,
        ChangeSetName=made,
        ChangeSetType="CREATE" if new else "UPDATE",
        TemplateURL=url,
        Parameters=values,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    try:
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName=name, ChangeSetName=made, WaiterConfig=_WAIT
        )
    except WaiterError as error:
        reason = cloudformation.describe_change_set(StackName=name, ChangeSetName=made).get("StatusReason", str(error))
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        if any(words in reason for words in _NOTHING):
            return []
        raise Fermato(f"CloudFormation non accetta il modello: {reason}") from error
    pages = cloudformation.get_paginator("describe_change_set").paginate(StackName=name, ChangeSetName=made)
    return [{**one["ResourceChange"], "ChangeSet": made, "New": new} for page in pages for one in page["Changes"]]


def apply(cloudformation: Any, name: str, changes: list[dict[str, Any]], *, yes: bool, ask: Ask, say: Say) -> bool:
    for one in sorted(changes, key=lambda one: (one["Action"], one["ResourceType"], one["LogicalResourceId"])):
        replaced = ", sostituita" if one.get("Replacement") == "True" else ""
        say(f"{one['Action']:8} {one['ResourceType']:34} {one['LogicalResourceId']}{replaced}")
    made, new = changes[0]["ChangeSet"], changes[0]["New"]
    lost = [one["LogicalResourceId"] for one in changes if one["ResourceType"] in _DATA and _loses(one)]
    if lost:
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        raise Fermato(f"Modifica rifiutata: si perderebbero i dati di {', '.join(sorted(lost))}.")
    if not yes and not _agreed(ask, f"Applicare {len(changes)} modifiche a {name}? [s/N] "):
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        raise Fermato("Nulla è stato modificato. SI=1 applica senza chiedere.")
    cloudformation.execute_change_set(StackName=name, ChangeSetName=made)
    try:
        waiter = cloudformation.get_waiter("stack_create_complete" if new else "stack_update_complete")
        waiter.wait(StackName=name, WaiterConfig=_WAIT)
    except WaiterError as error:
        raise Fermato(_why(cloudformation, name)) from error
    return True


def _agreed(ask: Ask, question: str) -> bool:
    """Tell whether the person says yes; nobody there, or an interruption, is a no."""
    try:
        return ask(question).strip().lower() in {"s", "si", "sì"}
    except (EOFError, KeyboardInterrupt):
        return False


def _why(cloudformation: Any, name: str) -> str:
    """Say in which state a change has ended, and what failed, the first thing first."""
    stack = found(cloudformation, name) or {}
    lines = [f"Lo stack {name} è in stato {stack.get('StackStatus', 'DELETE_COMPLETE')}."]
    lines += [f"  {one['LogicalResourceId']}: {one['ResourceStatusReason']}" for one in _failed(cloudformation, name)]
    return "\n".join([*lines, "Che cosa fare: docs/installazione.md (Aggiornare)."])


def _failed(cloudformation: Any, name: str) -> list[dict[str, Any]]:
    """Give the events of what failed in the last change of a stack, oldest first; not what was given up for it."""
    failed = list[dict[str, Any]]()
    for page in cloudformation.get_paginator("describe_stack_events").paginate(StackName=name):
        for one in page["StackEvents"]:  # the newest first
            if one["PhysicalResourceId"] == one["StackId"] and one["ResourceStatus"] in _BEGUN:
                return failed[::-1][:_MOST_TOLD]
            reason = one.get("ResourceStatusReason", "")
            if one["ResourceStatus"].endswith("_FAILED") and reason and "cancelled" not in reason:
                failed.append(one)
    return failed[::-1][:_MOST_TOLD]


def _loses(change: Mapping[str, Any]) -> bool:
    return change["Action"] == "Remove" or change.get("Replacement") in {"True", "Conditional"}
