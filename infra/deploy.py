"""Deploy a stage: `python -m infra.deploy <stage> [--si] [Nome=valore …]`; `--torna` goes back to the version before.

Checks the parameters, builds, uploads, prints the change set and asks before applying it. A parameter that is not given
keeps the value that the stack has. Data is never changed by surprise: a change set that replaces or removes a table, a
bucket or the key is refused.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from infra import package, parametri, templates
from infra.changes import Ask, Fermato, Say, apply, parameters_of, prepare, values_of
from infra.rollback import go_back

_FIRST_REGION = "us-east-1"  # where a bucket may not name its region


def check(stage: str, words: Sequence[str]) -> None:
    """Say what can be wrong without building: parameters, stage, who calls AWS and where, the state of the stack.

    :raises ParametriErrati, package.Refused, Fermato: Italian
    """
    given = parametri.read(words, templates.whole()["Parameters"])
    package.check_stage(stage)
    cloudformation = boto3.client("cloudformation")
    present = parameters_of(cloudformation, f"govpay-{stage}")
    parametri.check({**(present or {}), **given}, region=cloudformation.meta.region_name)


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
    present = parameters_of(cloudformation, name)
    parametri.check({**(present or {}), **given}, region=region)
    budget = given.pop(parametri.BUDGET, None)
    url = upload(stage, template, bundle)
    changes = prepare(cloudformation, name, url, values_of(template, given, present), new=present is None)
    changed = bool(changes) and apply(cloudformation, name, changes, yes=yes, ask=ask, say=say)
    if not changes:
        say("Nessuna modifica: lo stack è già così.")
    if budget is not None:
        _budget(stage, int(budget), {**(present or {}), **given}.get("EmailAllarmi", ""))
    _say_outputs(cloudformation, name, say)
    return changed


def upload(stage: str, template: dict[str, Any], bundle: Path) -> str:
    """Put the bundle and the template where CloudFormation reads them, by their digest; give the template's address."""
    s3, account = boto3.client("s3"), _account()
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
    region = s3.meta.region_name
    where = {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
    except ClientError as error:
        if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
            raise
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; 0 if all went well."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Installa o aggiorna uno stage.")
    parser.add_argument("stage")
    parser.add_argument("parametri", nargs="*", metavar="Nome=valore")
    parser.add_argument("--si", action="store_true", help="applica senza chiedere")
    parser.add_argument("--torna", action="store_true", help="torna alla versione precedente delle funzioni")
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except (Fermato, parametri.ParametriErrati, package.Refused) as stopped:
        sys.stderr.write(f"{stopped}\n")
        return 1
    except (NoCredentialsError, NoRegionError) as nobody:
        sys.stderr.write(
            f"AWS non sa chi chiama, o dove ({nobody}): entrare con aws sso login, o indicare AWS_PROFILE, e "
            f"AWS_DEFAULT_REGION, per esempio {package.REGION}.\n"
        )
        return 1
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"AWS non risponde come dovrebbe: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(
            "Interrotto. Una modifica già confermata continua in AWS: "
            f"aws cloudformation describe-stack-events --stack-name govpay-{options.stage}\n"
        )
        return 130
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.torna:
        go_back(options.stage)
        return
    check(options.stage, options.parametri)
    package.main(options.stage)
    template = json.loads((package.BUILD / "template.json").read_text(encoding="utf-8"))
    deploy(options.stage, template, package.BUILD / "deployment.zip", options.parametri, yes=options.si)


if __name__ == "__main__":
    sys.exit(main())
