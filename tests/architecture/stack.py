"""The stack that is deployed, made by moto's CloudFormation, and the sandbox's demo run on it: what each function asks.

`python -m tests.architecture.stack <file>` writes what it saw as JSON. A process of its own, because GovPay reads its
environment once: here it is that which the template gives the functions.
"""

import ast
import json
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient
from chalice.local import LocalGateway

from infra import package, templates
from sandbox import __main__ as commands
from sandbox import world
from sandbox.aws import pollers, template

ROOT = Path(templates.__file__).parents[1]
STAGE, ACCOUNT, NAME = "prod", "123456789012", "govpay-prod"
API = "api_handler"
# What moto's CloudFormation has no handler for, or none that works: a deployment wants methods that moto does not read
# from the body of an API, and a version and an alias are not known there. cfn-lint and the assertions of the tests
# beside this file hold them.
NOT_IN_MOTO = frozenset(
    {
        "AWS::ApiGateway::Deployment",
        "AWS::ApiGateway::Stage",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::CodeDeploy::Application",
        "AWS::CodeDeploy::DeploymentGroup",
        "AWS::Lambda::Alias",
        # moto's mappings take the messages and run nothing: the pollers of the sandbox stand in their place.
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Version",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
)
_ALIAS = "Aliaslive"


def sam_template(stage: str = STAGE) -> dict[str, Any]:
    """Give the template that `chalice package` makes, without a bundle."""
    from chalice.cli.factory import CLIFactory
    from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
    from chalice.deploy.deployer import DeploymentPackager, create_build_stage
    from chalice.deploy.swagger import CFNSwaggerGenerator
    from chalice.package import PackageOptions, ResourceBuilder, SAMTemplateGenerator
    from chalice.utils import UI, OSUtils

    config = CLIFactory(str(ROOT)).create_config_obj(stage)
    build = create_build_stage(OSUtils(), UI(), CFNSwaggerGenerator(), config)
    build._steps = [step for step in build._steps if not isinstance(step, DeploymentPackager)]
    resources = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), build)
    made = resources.construct_resources(config, stage)
    options = PackageOptions(_NoPartition())
    sam: dict[str, Any] = json.loads(json.dumps(SAMTemplateGenerator(config, options).generate(made), default=str))
    return sam


class _NoPartition:
    region_name = package.REGION

    def endpoint_dns_suffix(self, *_args: str) -> str:
        return "amazonaws.com"

    def service_principal(self, service: str, *_args: str) -> str:
        return f"{service}.amazonaws.com"


def merged(stage: str = STAGE) -> dict[str, Any]:
    return package.merge(sam_template(stage), templates.whole(), stage=stage)


def processed(stage: str = STAGE, **parameters: str) -> dict[str, Any]:
    """Give the template as CloudFormation has it after the transform of SAM."""
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    whole = merged(stage)
    for function in package._functions(whole).values():
        function["Properties"]["CodeUri"] = {"Bucket": "pacchetti", "Key": "deployment.zip"}
    defaults = {name: str(one.get("Default", "")) for name, one in whole["Parameters"].items()}
    made: dict[str, Any] = Translator({}, Parser()).translate(whole, defaults | parameters)
    return made


def for_moto(whole: dict[str, Any]) -> dict[str, Any]:
    """Leave out what moto cannot make; a reference to an alias becomes one to its function."""
    resources = {
        name: _without_aliases(entry)
        for name, entry in whole["Resources"].items()
        if entry["Type"] not in NOT_IN_MOTO and "Condition" not in entry
    }
    for entry in resources.values():
        if entry["Type"] == "AWS::Lambda::Function":
            entry["Properties"]["Code"] = {"ZipFile": "def handler(event, context): ..."}
        if entry["Type"] == "AWS::ApiGateway::RestApi":
            entry["Properties"] = {"Name": "govpay"}  # moto reads no name from the body
        entry.pop("DependsOn", None)
    kept = {"AWSTemplateFormatVersion", "Parameters", "Conditions"}
    return {key: value for key, value in whole.items() if key in kept} | {"Resources": resources}


def _without_aliases(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_aliases(one) for one in value]
    if isinstance(value, dict):
        if isinstance(value.get("Ref"), str) and value["Ref"].endswith(_ALIAS):
            return {"Fn::GetAtt": [value["Ref"].removesuffix(_ALIAS), "Arn"]}
        return {key: _without_aliases(one) for key, one in value.items()}
    return value


def create(whole: dict[str, Any]) -> dict[str, str]:
    """Create the stack; give the physical id of each logical one."""
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=NAME, TemplateBody=json.dumps(whole), Capabilities=["CAPABILITY_IAM"])
    (stack,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=NAME)
    made = [one for page in pages for one in page["StackResourceSummaries"]]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in made if "LogicalResourceId" in one}


def policies_of(whole: dict[str, Any], physical: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Give the statements of the role of every function, resolved, as IAM has them; by the name in app.py."""
    iam, found = boto3.client("iam"), {}
    for entry in whole["Resources"].values():
        if entry["Type"] != "AWS::Lambda::Function":
            continue
        name = entry["Properties"]["Handler"].removeprefix("app.")
        role = physical[entry["Properties"]["Role"]["Fn::GetAtt"][0]]
        documents = (
            iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]
        )
        found[API if name == "app" else name] = [one for document in documents for one in _read(document)["Statement"]]
    return found


def _read(document: Any) -> dict[str, Any]:
    # moto keeps what came by CloudFormation as Python writes it.
    read: dict[str, Any] = ast.literal_eval(document) if isinstance(document, str) else document
    return read


# -- what each function asks


class Recorder:
    """Which function made which call: (function, service, operation, what tells the resource), each once."""

    def __init__(self) -> None:
        self.calls: set[str] = set()
        self._of_thread = threading.local()

    def running(self, function: str, work: Callable[[], Any]) -> Any:
        self._of_thread.function = function
        try:
            return work()
        finally:
            self._of_thread.function = None

    def saw(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        function = getattr(self._of_thread, "function", None)
        if function is not None:
            for action, resource in asked(service, operation, parameters):
                self.calls.add(json.dumps([function, action, resource]))


_SAME = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "SendMessageBatch": "SendMessage",
    "ListObjectsV2": "ListBucket",
}


def asked(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the IAM actions and resources of a call (Service Authorization Reference)."""
    if service == "dynamodb":
        yield from _of_dynamodb(operation, parameters)
    elif service == "sqs":
        queue = parameters.get("QueueName") or parameters["QueueUrl"].rpartition("/")[2]
        yield f"sqs:{_SAME.get(operation, operation)}", f"arn:aws:sqs:{package.REGION}:{ACCOUNT}:{queue}"
    elif service == "s3":
        action = "GetObjectVersion" if "VersionId" in parameters else _SAME.get(operation, operation)
        key = "" if action == "ListBucket" else f"/{parameters['Key']}"
        yield f"s3:{action}", f"arn:aws:s3:::{parameters['Bucket']}{key}"
    elif service == "ssm":
        yield f"ssm:{operation}", f"arn:aws:ssm:{package.REGION}:{ACCOUNT}:parameter{parameters['Name']}"
    elif service == "sesv2":
        sender = parameters["FromEmailAddress"]
        yield f"ses:{operation}", f"arn:aws:ses:{package.REGION}:{ACCOUNT}:identity/{sender}"
    else:
        yield f"{service}:{operation}", "*"


def _of_dynamodb(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    def table(name: str) -> str:
        return f"arn:aws:dynamodb:{package.REGION}:{ACCOUNT}:table/{name}"

    if operation in {"TransactWriteItems", "TransactGetItems"}:
        kinds = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}
        for item in parameters["TransactItems"]:
            for kind, body in item.items():
                yield f"dynamodb:{kinds.get(kind, 'ConditionCheckItem')}", table(body["TableName"])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for name in parameters["RequestItems"]:
            yield f"dynamodb:{operation}", table(name)
    else:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        yield f"dynamodb:{operation}", table(parameters["TableName"]) + index


# -- the run


def run(target: Path) -> int:
    recorder, seen = Recorder(), dict[str, Any]()
    environment = world.govpay_environment
    original_call = vars(BaseClient)["_make_api_call"]
    original_poll, original_request = pollers.Pollers._call, LocalGateway.handle_request

    def create_stack() -> None:
        whole = for_moto(processed())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            physical = create(whole)
        seen.update(physical=physical, policies=policies_of(whole, physical), types=sorted(_types(whole)))
        _configure_buckets(physical)

    def call(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        recorder.saw(self.meta.service_model.service_name, operation, parameters)
        return original_call(self, operation, parameters)

    with (
        patch.object(template, "create_all", create_stack),
        patch.object(world, "govpay_environment", lambda *given: environment(*given) | _of_the_template()),
        patch.object(BaseClient, "_make_api_call", call),
        patch.object(
            pollers.Pollers,
            "_call",
            lambda self, name, event: recorder.running(name, lambda: original_poll(self, name, event)),
        ),
        patch.object(
            LocalGateway,
            "handle_request",
            lambda self, **given: recorder.running(API, lambda: original_request(self, **given)),
        ),
    ):
        ended = commands.main(["demo", "--cartella", str(target.parent)])
    target.write_text(
        json.dumps(seen | {"ended": ended, "calls": sorted(map(json.loads, recorder.calls))}, default=sorted)
    )
    return ended


def _of_the_template() -> dict[str, str]:
    return {"GOVPAY_STAGE": STAGE, "GOVPAY_BUCKET_SUFFIX": ACCOUNT}


def _types(whole: dict[str, Any]) -> set[str]:
    return {entry["Type"] for entry in whole["Resources"].values()}


def _configure_buckets(physical: dict[str, str]) -> None:
    """Tell buckets what moto's CloudFormation leaves out: whom they notify, versions, encryption, lifecycle."""
    infra = templates.whole()
    stack = template.Stack(parameters=template._parameters(infra, stage=STAGE, account_id=ACCOUNT), refs=physical)
    sqs = boto3.client("sqs")
    for name, entry in infra["Resources"].items():
        if entry["Type"] == "AWS::SQS::Queue":
            attributes = sqs.get_queue_attributes(QueueUrl=physical[name], AttributeNames=["QueueArn"])["Attributes"]
            stack.attributes[name, "Arn"] = attributes["QueueArn"]
    stack.attributes["GovPayKey", "Arn"] = f"arn:aws:kms:{package.REGION}:{ACCOUNT}:key/{physical['GovPayKey']}"
    for entry in infra["Resources"].values():
        if entry["Type"] == "AWS::S3::Bucket":
            properties = template.resolve(entry["Properties"], stack)
            template._configure_bucket(boto3.client("s3"), properties["BucketName"], properties)


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
