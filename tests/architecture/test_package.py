"""What deploy would refuse is refused when packaging."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra import package, templates

POLICY = Path(templates.__file__).parents[1] / ".chalice/policy-notifiche_consumer.json"


def a_sam_template(queue: str = "govpay-prod-notifiche") -> dict[str, Any]:
    """What Chalice makes of an app with one route and one consumer, shortened."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Outputs": {"RestAPIId": {"Value": {"Ref": "RestAPI"}}},
        "Resources": {
            "NotificheConsumerRole": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "lambda.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    },
                    "Policies": [{"PolicyName": "Own", "PolicyDocument": json.loads(POLICY.read_text())}],
                },
            },
            "NotificheConsumer": a_function(
                {
                    "NotificheConsumerSqsEventSource": {
                        "Type": "SQS",
                        "Properties": {
                            "Queue": {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:x:{queue}"},
                            "BatchSize": 1,
                        },
                    }
                }
            ),
            "APIHandler": a_function({}),
            "APIHandlerInvokePermission": {
                "Type": "AWS::Lambda::Permission",
                "Properties": {
                    "FunctionName": {"Ref": "APIHandler"},
                    "Action": "lambda:InvokeFunction",
                    "Principal": "apigateway.amazonaws.com",
                },
            },
            # Those whose log is read for alarms.
            **{
                name: a_function({})
                for name in (
                    "RicevuteConsumer",
                    "RecuperoConsumer",
                    "FlussiConsumer",
                    "GiornaleDiCassaConsumer",
                    "IncassiConsumer",
                    "ControlloCertificati",
                )
            },
            "RestAPI": {
                "Type": "AWS::Serverless::Api",
                "Properties": {
                    "StageName": "prod",
                    "DefinitionBody": {"swagger": "2.0", "info": {"version": "1.0", "title": "g"}, "paths": {"/a": {}}},
                },
            },
        },
    }


def a_function(events: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {
            "Runtime": "python3.11",
            "Handler": "app.app",
            "CodeUri": "./deployment.zip",
            "Environment": {"Variables": {"GOVPAY_STAGE": "prod"}},
            "Role": {"Fn::GetAtt": ["NotificheConsumerRole", "Arn"]},
            "Events": events,
        },
    }


@pytest.fixture
def merged() -> dict[str, Any]:
    return package.merge(a_sam_template(), copy.deepcopy(templates.whole()), stage="prod")


class TestMerge:
    def test_names_queues_by_their_resource_and_lets_batches_fail_in_part(self, merged: dict[str, Any]) -> None:
        event = merged["Resources"]["NotificheConsumer"]["Properties"]["Events"]["NotificheConsumerSqsEventSource"]

        assert event["Properties"]["Queue"] == {"Fn::GetAtt": ["NotificheQueue", "Arn"]}
        assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]

    def test_keeps_logs_for_a_time_only(self, merged: dict[str, Any]) -> None:
        group = merged["Resources"]["NotificheConsumerLogGroup"]["Properties"]

        assert group == {"LogGroupName": {"Fn::Sub": "/aws/lambda/${NotificheConsumer}"}, "RetentionInDays": 90}

    def test_tells_functions_what_only_the_account_knows(self, merged: dict[str, Any]) -> None:
        variables = merged["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]

        assert variables["GOVPAY_BUCKET_SUFFIX"] == {"Ref": "AWS::AccountId"}
        assert variables["GOVPAY_STAGE"] == "prod"

    def test_answers_in_the_words_of_the_contract_where_no_function_is_reached(self, merged: dict[str, Any]) -> None:
        answer = merged["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]

        assert answer["StatusCode"] == 404
        bean = json.loads(answer["ResponseTemplates"]["application/json"])
        assert bean.keys() == {"categoria", "codice", "descrizione", "dettaglio"}
        assert answer["ResponseParameters"]["Headers"] == {"X-Govpay-IdTransazione": "context.requestId"}

    def test_puts_every_function_behind_an_alias_and_the_api_behind_a_canary(self, merged: dict[str, Any]) -> None:
        functions = {name: one["Properties"] for name, one in package._functions(merged).items()}

        assert {one["AutoPublishAlias"] for one in functions.values()} == {"live"}
        preference = functions["APIHandler"]["DeploymentPreference"]
        assert {alarm["Ref"] for alarm in preference["Alarms"]} <= merged["Resources"].keys()
        assert [name for name, one in functions.items() if "DeploymentPreference" in one] == ["APIHandler"]
        permission = merged["Resources"]["APIHandlerInvokePermission"]["Properties"]
        assert permission["FunctionName"] == {"Ref": "APIHandler.Alias"}

    def test_closes_the_default_address_only_where_there_is_a_domain(self, merged: dict[str, Any]) -> None:
        properties = merged["Resources"]["RestAPI"]["Properties"]

        assert properties["DisableExecuteApiEndpoint"] == {"Fn::If": ["ConUnDominio", True, False]}
        assert properties["MethodSettings"][0]["ThrottlingRateLimit"] > 0

    def test_lets_functions_send_traces_only_where_the_stage_asks_for_them(self) -> None:
        sam = a_sam_template()
        sam["Resources"]["NotificheConsumer"]["Properties"]["Tracing"] = "Active"

        role = package.merge(sam, templates.whole(), stage="prod")["Resources"]["NotificheConsumerRole"]

        assert role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][-1]["Sid"] == "SendTraces"

    def test_is_of_one_stage(self, merged: dict[str, Any]) -> None:
        assert merged["Parameters"]["Stage"]["AllowedValues"] == ["prod"]

    def test_refuses_a_queue_that_is_not_declared(self) -> None:
        with pytest.raises(package.Refused, match="govpay-prod-altra"):
            package.merge(a_sam_template("govpay-prod-altra"), templates.whole(), stage="prod")

    def test_refuses_a_name_declared_twice(self) -> None:
        sam = a_sam_template()
        sam["Resources"]["NotificheQueue"] = {"Type": "AWS::SQS::Queue"}

        with pytest.raises(templates.TemplateError, match="NotificheQueue declared twice"):
            package.merge(sam, templates.whole(), stage="prod")


class TestLint:
    def test_finds_nothing_in_what_we_deploy(self, merged: dict[str, Any], tmp_path: Path) -> None:
        path = tmp_path / "template.json"
        path.write_text(json.dumps(merged))

        assert package.lint(path) == []

    def test_finds_a_name_that_nothing_declares(self, merged: dict[str, Any], tmp_path: Path) -> None:
        merged["Resources"]["NotificheQueue"]["Properties"]["KmsMasterKeyId"] = {"Ref": "Altrove"}
        path = tmp_path / "template.json"
        path.write_text(json.dumps(merged))

        assert any("Altrove" in line for line in package.lint(path))


class TestApi:
    def test_resources_are_the_prefixes_of_the_paths(self) -> None:
        assert len(package.api_resources(["/a/b/{c}", "/a/b", "/a/d"])) == 5

    def test_variables_side_by_side_must_have_one_name(self) -> None:
        assert package.sibling_conflicts(["/s/{a}", "/s/{a}/x", "/t/{b}"]) == []
        assert package.sibling_conflicts(["/s/{a}", "/s/{b}/x"]) == ["/s/ has siblings {a} and {b}"]

    def test_quotas_are_told(self) -> None:
        paths = [f"/{number}" for number in range(300)]

        assert package.too_many(paths, package.MOST_ZIP_BYTES + 1) == [
            "301 API resources, at most 300",
            f"a bundle of {package.MOST_ZIP_BYTES + 1} bytes, at most {package.MOST_ZIP_BYTES}",
        ]

    def test_of_this_app_is_one_that_api_gateway_takes(self) -> None:
        from app import app

        paths = list(app.routes)

        assert package.sibling_conflicts(paths) == []
        assert len(package.api_resources(paths)) <= package.MOST_API_RESOURCES


class TestTemplates:
    def test_take_no_aliases(self, tmp_path: Path) -> None:
        path = tmp_path / "x.yaml"
        path.write_text("Resources:\n  A: &a {Type: X}\n  B: *a\n")

        with pytest.raises(templates.TemplateError, match="aliases"):
            templates.read(path)

    def test_take_no_section_they_do_not_know(self) -> None:
        with pytest.raises(templates.TemplateError, match="Rules"):
            templates.join({}, {"Rules": {}}, "x.yaml")
