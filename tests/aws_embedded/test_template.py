"""What infra/ declares is what the embedded AWS has: tables, queues, buckets, keys, one by one."""

import json
from typing import Any

import boto3
import pytest

from infra import templates
from sandbox.aws import template
from sandbox.aws.server import EmbeddedAws
from tests.aws_state import another_stage_gone_after

WHOLE = templates.whole()


def of_type(kind: str) -> list[str]:
    return sorted(name for name, entry in WHOLE["Resources"].items() if entry["Type"] == kind)


def declared(stack: template.Stack, name: str) -> Any:
    return template.resolve(WHOLE["Resources"][name]["Properties"], stack)


class TestTables:
    @pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
    def test_are_created_as_declared(self, aws: template.Stack, dynamodb: Any, name: str) -> None:
        expected = declared(aws, name)

        made = dynamodb.describe_table(TableName=expected["TableName"])["Table"]

        assert made["KeySchema"] == expected["KeySchema"]
        assert made["AttributeDefinitions"] == expected["AttributeDefinitions"]
        assert made["BillingModeSummary"]["BillingMode"] == expected["BillingMode"]
        assert made["SSEDescription"]["KMSMasterKeyArn"] == expected["SSESpecification"]["KMSMasterKeyId"]
        indexes = made.get("GlobalSecondaryIndexes", [])
        wanted = expected.get("GlobalSecondaryIndexes", [])
        assert [{key: index[key] for key in ("IndexName", "KeySchema", "Projection")} for index in indexes] == wanted

    @pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
    def test_keep_and_forget_as_declared(self, aws: template.Stack, dynamodb: Any, name: str) -> None:
        expected = declared(aws, name)

        ttl = dynamodb.describe_time_to_live(TableName=expected["TableName"])["TimeToLiveDescription"]
        backups = dynamodb.describe_continuous_backups(TableName=expected["TableName"])

        assert ttl.get("AttributeName") == expected.get("TimeToLiveSpecification", {}).get("AttributeName")
        recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"


class TestQueues:
    @pytest.mark.parametrize("name", of_type("AWS::SQS::Queue"))
    def test_are_created_as_declared(self, aws: template.Stack, name: str) -> None:
        expected = declared(aws, name)

        made = boto3.client("sqs").get_queue_attributes(QueueUrl=aws.refs[name], AttributeNames=["All"])["Attributes"]

        for attribute, value in expected.items():
            if attribute == "RedrivePolicy":
                assert json.loads(made[attribute]) == value
            elif attribute != "QueueName":
                assert made[attribute] == str(value)
        assert made["QueueArn"].endswith(f":{expected['QueueName']}")


class TestBuckets:
    @pytest.mark.parametrize("name", of_type("AWS::S3::Bucket"))
    def test_are_created_as_declared(self, aws: template.Stack, name: str) -> None:
        s3, bucket, expected = boto3.client("s3"), aws.refs[name], declared(aws, name)

        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]

        assert block == expected["PublicAccessBlockConfiguration"]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert [rule["ID"] for rule in lifecycle] == [
            rule["Id"] for rule in expected["LifecycleConfiguration"]["Rules"]
        ]
        assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


class TestCreateAll:
    def test_again_changes_nothing(self, aws: template.Stack, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=aws.refs["ContatoriTable"], Item={"pk": {"S": "x"}})

        again = template.create_all("test")

        assert again == aws
        assert dynamodb.get_item(TableName=aws.refs["ContatoriTable"], Key={"pk": {"S": "x"}})["Item"]

    def test_of_another_stage_is_another_world(self, aws: template.Stack) -> None:
        with another_stage_gone_after("altra"):
            other = template.create_all("altra", account_id="111111111111")

        assert other.refs["ArchivioBucket"] == "govpay-altra-archivio-111111111111"
        assert set(other.refs.values()).isdisjoint(aws.refs.values())

    @pytest.mark.parametrize("value", [{"Fn::Join": ["", []]}, {"Ref": "Altrove"}, {"Fn::Sub": "${Altrove.Arn}"}])
    def test_refuses_what_it_does_not_know(self, aws: template.Stack, value: Any) -> None:
        with pytest.raises(template.UnknownInTemplate):
            template.resolve(value, aws)

    def test_refuses_resources_that_name_each_other_in_a_circle(self) -> None:
        circle = {"Resources": {"A": {"P": {"Ref": "B"}}, "B": {"P": {"Fn::GetAtt": ["A", "Arn"]}}}}

        with pytest.raises(template.UnknownInTemplate, match="circle"):
            list(template.in_order(circle))


class TestServer:
    """Over HTTP on loopback, which mock_aws does not see: the endpoint decides."""

    def test_has_the_same_resources_and_leaves_the_environment_as_it_was(
        self, aws: template.Stack, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        with EmbeddedAws() as server:
            s3 = boto3.client("s3", endpoint_url=server.endpoint)
            s3.put_object(Bucket=aws.refs["ArchivioBucket"], Key="uno", Body=b"rt")

            assert s3.get_object(Bucket=aws.refs["ArchivioBucket"], Key="uno")["Body"].read() == b"rt"
            assert server.environment()["AWS_ENDPOINT_URL"] == server.endpoint
