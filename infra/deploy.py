"""Deploy a stage: `python -m infra.deploy <stage> [--si] [Nome=valore …]`; `--torna` goes back to the version before.

Checks the parameters, builds, uploads, prints the change set and asks before applying it. A parameter that is not given
keeps the value that the stack has. Data is never changed by surprise: a change set that replaces or removes a table, a
bucket or the key is refused.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra import package, parametri, templates

_DATA = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SQS::Queue"})
_WAIT = {"Delay": 5, "MaxAttempts": 720}  # an hour: a canary and a custom domain take their time
_ONE_DEPLOY = timedelta(hours=1)  # versions that are nearer than that are of one deploy
_NOTHING = ("didn't contain changes", "No updates are to be performed")

Ask = Callable[[str], str]
Say = Callable[[str], None]


class Fermato(Exception):
    """The deploy was not made. `str()` says why, and what to do."""


def deploy(
    stage: str,
    template: dict[str, Any],
    bundle: Path,
    words: Sequence[str],
    *,
    yes: bool = False,
    ask: Ask = input,
    say: Say = print,
) -> bool:
    """Deploy a built template; give whether something changed.

    :raises ParametriErrati: before anything is uploaded
    :raises Fermato: if the person, or a rule of ours, says no; or if CloudFormation does
    """
    cloudformation = boto3.client("cloudformation")
    name, region = f"govpay-{stage}", cloudformation.meta.region_name
    given = parametri.read(words, template["Parameters"])
    present = _parameters_of(cloudformation, name)
    parametri.check({**(present or {}), **given}, region=region)
    budget = given.pop(parametri.BUDGET, None)
    url = upload(stage, template, bundle)
    changes = _change_set(cloudformation, name, url, _values(template, given, present), new=present is None)
    changed = bool(changes) and _apply(cloudformation, name, changes, yes=yes, ask=ask, say=say)
    if not changes:
        say("Nessuna modifica: lo stack è già così.")
    if budget is not None:
        _budget(stage, int(budget), {**(present or {}), **given}.get("EmailAllarmi", ""))
    _say_outputs(cloudformation, name, say)
    return changed


def upload(stage: str, template: dict[str, Any], bundle: Path) -> str:
    """Put the bundle and the template where CloudFormation reads them, by their digest; give the template's address."""
    s3, account = boto3.client("s3"), boto3.client("sts").get_caller_identity()["Account"]
    bucket = f"govpay-{stage}-pacchetti-{account}"
    _make_bucket(s3, bucket)
    content = bundle.read_bytes()
    key = f"{hashlib.sha256(content).hexdigest()}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=content, ServerSideEncryption="AES256")
    for entry in template["Resources"].values():
        if entry["Type"] == "AWS::Serverless::Function":
            entry["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
    text = json.dumps(template, ensure_ascii=False).encode()
    name = f"{hashlib.sha256(text).hexdigest()}.json"
    s3.put_object(Bucket=bucket, Key=name, Body=text, ServerSideEncryption="AES256")
    return f"https://{bucket}.s3.{s3.meta.region_name}.amazonaws.com/{name}"


def _make_bucket(s3: Any, bucket: str) -> None:
    try:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))


def _parameters_of(cloudformation: Any, name: str) -> dict[str, str] | None:
    """Give the parameters of the stack as it is, None where there is none yet.

    :raises Fermato: if it is not in a state to be changed
    """
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError":
            return None
        raise
    state = stack["StackStatus"]
    if state == "REVIEW_IN_PROGRESS":  # a first change set that nobody applied
        return None
    if state.endswith("_IN_PROGRESS") or state in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED"}:
        raise Fermato(f"Lo stack {name} è in stato {state}: attendere, o vedere docs/installazione.md (Aggiornare).")
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}


def _values(
    template: Mapping[str, Any], given: Mapping[str, str], present: Mapping[str, str] | None
) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()]
    kept = template["Parameters"].keys() & (present or {}).keys() - given.keys() - {"Stage"}
    return values + [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(kept)]


def _change_set(
    cloudformation: Any, name: str, url: str, values: list[dict[str, Any]], *, new: bool
) -> list[dict[str, Any]]:
    """Have CloudFormation work out what would change.

    :raises Fermato: if it cannot
    """
    made = f"deploy-{url.rpartition('/')[2][:16]}"
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
    except Exception as error:
        reason = cloudformation.describe_change_set(StackName=name, ChangeSetName=made).get("StatusReason", str(error))
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        if any(words in reason for words in _NOTHING):
            return []
        raise Fermato(f"CloudFormation non accetta il modello: {reason}") from error
    pages = cloudformation.get_paginator("describe_change_set").paginate(StackName=name, ChangeSetName=made)
    return [{**one["ResourceChange"], "ChangeSet": made, "New": new} for page in pages for one in page["Changes"]]


def _apply(cloudformation: Any, name: str, changes: list[dict[str, Any]], *, yes: bool, ask: Ask, say: Say) -> bool:
    for one in sorted(changes, key=lambda one: (one["Action"], one["ResourceType"], one["LogicalResourceId"])):
        replaced = ", sostituita" if one.get("Replacement") == "True" else ""
        say(f"{one['Action']:8} {one['ResourceType']:34} {one['LogicalResourceId']}{replaced}")
    made, new = changes[0]["ChangeSet"], changes[0]["New"]
    lost = [one["LogicalResourceId"] for one in changes if one["ResourceType"] in _DATA and _loses(one)]
    if lost:
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        raise Fermato(f"Modifica rifiutata: si perderebbero i dati di {', '.join(sorted(lost))}.")
    if not yes and ask(f"Applicare {len(changes)} modifiche a {name}? [s/N] ").strip().lower() not in {"s", "si", "sì"}:
        cloudformation.delete_change_set(StackName=name, ChangeSetName=made)
        raise Fermato("Nulla è stato modificato.")
    cloudformation.execute_change_set(StackName=name, ChangeSetName=made)
    waiter = "stack_create_complete" if new else "stack_update_complete"
    cloudformation.get_waiter(waiter).wait(StackName=name, WaiterConfig=_WAIT)
    return True


def _loses(change: Mapping[str, Any]) -> bool:
    return change["Action"] == "Remove" or change.get("Replacement") in {"True", "Conditional"}


def _budget(stage: str, amount: int, email: str) -> None:
    """Have the account's spending told beyond `amount` USD a month; 0 takes the budget away."""
    budgets, account = boto3.client("budgets", region_name="us-east-1"), _account()
    name = f"govpay-{stage}"
    known = budgets.describe_budgets(AccountId=account).get("Budgets", [])
    if any(one["BudgetName"] == name for one in known):
        budgets.delete_budget(AccountId=account, BudgetName=name)
    if amount == 0:
        return
    budgets.create_budget(
        AccountId=account,
        Budget={
            "BudgetName": name,
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": str(amount), "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": kind,
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": threshold,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email}],
            }
            for kind, threshold in (("ACTUAL", 80), ("FORECASTED", 100))
        ],
    )


def _account() -> str:
    account: str = boto3.client("sts").get_caller_identity()["Account"]
    return account


def _say_outputs(cloudformation: Any, name: str, say: Say) -> None:
    (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    for one in stack.get("Outputs", []):
        say(f"{one['OutputKey']:20} {one['OutputValue']}")


# -- going back


def go_back(stage: str, *, say: Say = print) -> dict[str, tuple[str, str]]:
    """Take the last deploy back: every function it gave a version has its alias at the one before; give both.

    Functions that the last deploy left alone stay, as do tables, queues and parameters. The next deploy goes forward.

    :raises Fermato: if there is no version before
    """
    functions, published = boto3.client("lambda"), dict[str, tuple[str, datetime]]()
    for page in functions.get_paginator("list_functions").paginate():
        for name in (one["FunctionName"] for one in page["Functions"]):
            if name.startswith(f"govpay-{stage}-") and (live := _live(functions, name)) is not None:
                published[name] = live
    last = max((when for _, when in published.values()), default=None)
    moved = dict[str, tuple[str, str]]()
    for name, (version, when) in sorted(published.items()):
        before = _before(functions, name, int(version))
        if last is not None and before is not None and last - when <= _ONE_DEPLOY:
            functions.update_alias(
                FunctionName=name,
                Name=package.ALIAS,
                FunctionVersion=before,
                RoutingConfig={"AdditionalVersionWeights": {}},  # a canary under way ends here
            )
            moved[name] = (version, before)
            say(f"{name}: dalla versione {version} alla {before}")
    if not moved:
        raise Fermato(f"Nessuna funzione di govpay-{stage} ha una versione precedente.")
    return moved


def _live(functions: Any, name: str) -> tuple[str, datetime] | None:
    """Give the version that the alias has, and when it was made."""
    try:
        version = functions.get_alias(FunctionName=name, Name=package.ALIAS)["FunctionVersion"]
    except functions.exceptions.ResourceNotFoundException:
        return None
    made = functions.get_function_configuration(FunctionName=name, Qualifier=version)["LastModified"]
    return version, datetime.strptime(made[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _before(functions: Any, name: str, version: int) -> str | None:
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
    earlier = [number for number in numbers if number < version]
    return str(max(earlier)) if earlier else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Installa o aggiorna uno stage.")
    parser.add_argument("stage")
    parser.add_argument("parametri", nargs="*", metavar="Nome=valore")
    parser.add_argument("--si", action="store_true", help="applica senza chiedere")
    parser.add_argument("--torna", action="store_true", help="torna alla versione precedente delle funzioni")
    options = parser.parse_args(arguments)
    try:
        if options.torna:
            go_back(options.stage)
            return 0
        # What can be wrong without building is said without building.
        parametri.read(options.parametri, templates.whole()["Parameters"])
        package.main(options.stage)
        template = json.loads((package.BUILD / "template.json").read_text(encoding="utf-8"))
        deploy(options.stage, template, package.BUILD / "deployment.zip", options.parametri, yes=options.si)
    except (Fermato, parametri.ParametriErrati, package.Refused) as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
