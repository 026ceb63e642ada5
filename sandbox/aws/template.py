"""Create the resources of infra/ in the AWS that the environment points at.

Only what our templates use is understood; anything else is an error, so that a template never means less here than
it does in AWS.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from chalicelib.settings import settings
from infra import templates

REGION = "eu-south-1"
# The embedded AWS has no alarms and no domains; it enforces no bucket policy, and reads the TLS-only statement as a
# refusal of everyone.
_NOT_CREATED = frozenset(
    {
        "AWS::ApiGateway::BasePathMapping",
        "AWS::ApiGateway::DomainName",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::Dashboard",
        "AWS::Logs::MetricFilter",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::QueuePolicy",
        "AWS::WAFv2::WebACL",
        "AWS::WAFv2::WebACLAssociation",
    }
)
_ALREADY = frozenset({"ResourceInUseException", "BucketAlreadyOwnedByYou", "AlreadyExistsException"})
_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


class UnknownInTemplate(KeyError):
    """A name, function or resource type this loader does not know."""


@dataclass(slots=True)
class Stack:
    """What has been created: `Ref` and attributes of every logical id."""

    parameters: dict[str, str]
    refs: dict[str, str] = field(default_factory=dict)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)

    def ref(self, name: str) -> str:
        for known in (self.parameters, self.refs):
            if name in known:
                return known[name]
        raise UnknownInTemplate(name)

    def attribute(self, name: str) -> str:
        logical_id, _, attribute = name.partition(".")
        try:
            return self.attributes[logical_id, attribute]
        except KeyError as error:
            raise UnknownInTemplate(name) from error


def create_all(stage: str | None = None, *, account_id: str | None = None) -> Stack:
    """Create every table, queue, bucket and key of infra/, and leave alone what is there already.

    :param stage: first part of every name; what the settings say by default
    :param account_id: ends the name of every bucket; the settings' bucket suffix by default
    :raises UnknownInTemplate: if a template says something this loader does not know
    """
    template = templates.whole()
    stack = Stack(parameters=_parameters(template, stage=stage, account_id=account_id))
    for logical_id, resource in in_order(template):
        kind = resource["Type"]
        if kind in _NOT_CREATED:
            continue
        if kind not in _CREATORS:
            raise UnknownInTemplate(kind)
        ref, attributes = _CREATORS[kind](resolve(resource.get("Properties", {}), stack))
        stack.refs[logical_id] = ref
        stack.attributes.update({(logical_id, name): value for name, value in attributes.items()})
    return stack


def _parameters(template: dict[str, Any], *, stage: str | None, account_id: str | None) -> dict[str, str]:
    declared = {name: str(entry["Default"]) for name, entry in template.get("Parameters", {}).items()}
    return declared | {
        "Stage": stage or settings().stage,
        "AWS::AccountId": account_id or settings().bucket_suffix,
        "AWS::Region": boto3.session.Session().region_name or REGION,
        "AWS::Partition": "aws",
    }


def in_order(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the resources so that each comes after those it names.

    :raises UnknownInTemplate: if they name each other in a circle
    """
    resources = template["Resources"]
    waiting = {name: set(_names_in(body)) & resources.keys() - {name} for name, body in resources.items()}
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            raise UnknownInTemplate(f"circle: {sorted(waiting)}")
        for name in ready:
            del waiting[name]
            yield name, resources[name]


def _names_in(value: Any) -> Iterator[str]:
    """Give every logical id that a value names, and some words that are none."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "Fn::Sub":
                yield from (name.partition(".")[0] for name in _VARIABLE.findall(inner))
            else:
                yield from _names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_in(inner)


def resolve(value: Any, stack: Stack) -> Any:
    """Give a value with its Ref, Fn::Sub and Fn::GetAtt replaced.

    :raises UnknownInTemplate: for any other function
    """
    if isinstance(value, list):
        return [resolve(inner, stack) for inner in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value:
        return stack.ref(value["Ref"])
    if "Fn::GetAtt" in value:
        return stack.attribute(".".join(value["Fn::GetAtt"]))
    if "Fn::Sub" in value:
        return _VARIABLE.sub(lambda found: _variable(found[1], stack), value["Fn::Sub"])
    if unknown := [key for key in value if key.startswith("Fn::")]:
        raise UnknownInTemplate(unknown[0])
    return {key: resolve(inner, stack) for key, inner in value.items()}


def _variable(name: str, stack: Stack) -> str:
    return stack.attribute(name) if "." in name else stack.ref(name)


# One function a type: resolved properties in; the value of Ref, and the attributes, out.

_Created = tuple[str, dict[str, str]]


def _key(properties: dict[str, Any]) -> _Created:
    kms = boto3.client("kms")
    known = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    for key_id in known:
        description = kms.describe_key(KeyId=key_id)["KeyMetadata"]
        if description["Description"] == properties["Description"]:
            return key_id, {"Arn": description["Arn"]}
    made = kms.create_key(Description=properties["Description"], Policy=json.dumps(properties["KeyPolicy"]))
    return made["KeyMetadata"]["KeyId"], {"Arn": made["KeyMetadata"]["Arn"]}


def _alias(properties: dict[str, Any]) -> _Created:
    with _unless_there():
        boto3.client("kms").create_alias(AliasName=properties["AliasName"], TargetKeyId=properties["TargetKeyId"])
    return properties["AliasName"], {}


def _table(properties: dict[str, Any]) -> _Created:
    dynamodb, name = boto3.client("dynamodb"), properties["TableName"]
    later = {"TimeToLiveSpecification", "PointInTimeRecoverySpecification", "SSESpecification"}
    sse = {key: value for key, value in properties["SSESpecification"].items() if key != "SSEEnabled"}
    with _unless_there():
        dynamodb.create_table(
            **{key: value for key, value in properties.items() if key not in later},
            SSESpecification={"Enabled": True, **sse},
        )
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=properties["PointInTimeRecoverySpecification"]
        )
        if "TimeToLiveSpecification" in properties:
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
    return name, {"Arn": dynamodb.describe_table(TableName=name)["Table"]["TableArn"]}


def _queue(properties: dict[str, Any]) -> _Created:
    sqs, name = boto3.client("sqs"), properties["QueueName"]
    attributes = {key: _attribute(value) for key, value in properties.items() if key != "QueueName"}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, {"Arn": arn, "QueueName": name}


def _attribute(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _bucket(properties: dict[str, Any]) -> _Created:
    s3, name = boto3.client("s3"), properties["BucketName"]
    with _unless_there():
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
        _configure_bucket(s3, name, properties)
    return name, {"Arn": f"arn:aws:s3:::{name}"}


def _configure_bucket(s3: Any, name: str, properties: dict[str, Any]) -> None:
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])
    rules = [_encryption(rule) for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]]
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    lifecycle = [_lifecycle(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": lifecycle})
    if "NotificationConfiguration" in properties:
        queues = [_notified(one) for one in properties["NotificationConfiguration"]["QueueConfigurations"]]
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"QueueConfigurations": queues})


def _notified(rule: dict[str, Any]) -> dict[str, Any]:
    """Spell which queue is told of which keys as the S3 API does."""
    return {
        "QueueArn": rule["Queue"],
        "Events": [rule["Event"]],
        "Filter": {"Key": {"FilterRules": rule["Filter"]["S3Key"]["Rules"]}},
    }


def _encryption(rule: dict[str, Any]) -> dict[str, Any]:
    by_default = rule["ServerSideEncryptionByDefault"]
    return {
        "BucketKeyEnabled": rule["BucketKeyEnabled"],
        "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": by_default["SSEAlgorithm"],
            "KMSMasterKeyID": by_default["KMSMasterKeyID"],
        },
    }


def _lifecycle(rule: dict[str, Any]) -> dict[str, Any]:
    """Spell a rule as the S3 API does, which is not quite as CloudFormation does."""
    spelled: dict[str, Any] = {"ID": rule["Id"], "Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    for transition in rule.get("Transitions", []):
        spelled.setdefault("Transitions", []).append(
            {"StorageClass": transition["StorageClass"], "Days": transition["TransitionInDays"]}
        )
    if "ExpirationInDays" in rule:
        spelled["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    for same in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if same in rule:
            spelled[same] = rule[same]
    return spelled


class _unless_there:  # noqa: N801 - reads as a statement: with _unless_there()
    """Leave the block quietly if the resource exists."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        return isinstance(error, ClientError) and error.response["Error"]["Code"] in _ALREADY


_CREATORS: dict[str, Callable[[dict[str, Any]], _Created]] = {
    "AWS::KMS::Key": _key,
    "AWS::KMS::Alias": _alias,
    "AWS::DynamoDB::Table": _table,
    "AWS::SQS::Queue": _queue,
    "AWS::S3::Bucket": _bucket,
}
