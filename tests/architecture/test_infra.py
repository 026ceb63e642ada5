"""Infrastructure, configuration and code name the same things, and no function may more than it does."""

import importlib
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest
from pynamodb.indexes import GlobalSecondaryIndex

import chalicelib
from chalicelib.aws.base_table import BaseTable, tables
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue
from chalicelib.kernel.exchange import Categoria
from chalicelib.settings import settings
from infra import templates
from sandbox.aws import server

ROOT = Path(templates.__file__).parents[1]
RESOURCES = templates.whole()["Resources"]
PARAMETERS = templates.whole()["Parameters"].keys()
CONFIG = json.loads((ROOT / ".chalice/config.json").read_text())
FUNCTIONS = CONFIG["lambda_functions"]
API = "api_handler"


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: entry for name, entry in RESOURCES.items() if entry["Type"] == kind}


def base_name(template_name: dict[str, str]) -> str:
    """`govpay-${Stage}-nodo-rpt` is `nodo-rpt`."""
    return template_name["Fn::Sub"].removeprefix("govpay-${Stage}-").removesuffix("-${AWS::AccountId}")


TABLES = {base_name(t["Properties"]["TableName"]): t for t in of_type("AWS::DynamoDB::Table").values()}
QUEUES = {base_name(q["Properties"]["QueueName"]): (name, q) for name, q in of_type("AWS::SQS::Queue").items()}
WORK_QUEUES = sorted(name for name in QUEUES if not name.endswith("-scarti"))
BUCKETS = {base_name(b["Properties"]["BucketName"]): (name, b) for name, b in of_type("AWS::S3::Bucket").items()}


def models() -> list[type[BaseTable]]:
    for module in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
        if module.name.rpartition(".")[2] == "tables":
            importlib.import_module(module.name)
    return sorted(tables(), key=lambda model: model.Meta.table_name)


class TestTables:
    @pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
    def test_of_the_code_are_those_declared(self, model: Any) -> None:
        declared = TABLES[model.Meta.table_name.removeprefix(settings().prefix)]["Properties"]

        keys = {a.attr_name: "HASH" if a.is_hash_key else "RANGE" for a in model.get_attributes().values() if is_key(a)}

        assert keys == {key["AttributeName"]: key["KeyType"] for key in declared["KeySchema"]}

    @pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
    def test_have_the_indexes_the_code_asks(self, model: Any) -> None:
        properties = TABLES[model.Meta.table_name.removeprefix(settings().prefix)]["Properties"]
        declared = {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", [])}

        for index in vars(model).values():
            if not isinstance(index, GlobalSecondaryIndex):
                continue
            wanted = declared[index.Meta.index_name]
            attributes = [a for a in index.Meta.attributes.values() if is_key(a)]
            keys = {a.attr_name: "HASH" if a.is_hash_key else "RANGE" for a in attributes}
            assert keys == {key["AttributeName"]: key["KeyType"] for key in wanted["KeySchema"]}
            assert index.Meta.projection.projection_type == wanted["Projection"]["ProjectionType"]
            asked = set(index.Meta.projection.non_key_attributes or ())
            assert asked <= keys.keys() | set(wanted["Projection"].get("NonKeyAttributes", ()))

    @pytest.mark.parametrize("name", TABLES)
    def test_lose_nothing(self, name: str) -> None:
        table = TABLES[name]

        assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["Properties"]["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": ["GovPayKey", "Arn"]}
        assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"

    @pytest.mark.parametrize("name", TABLES)
    def test_project_no_key_twice(self, name: str) -> None:
        properties = TABLES[name]["Properties"]
        own = {key["AttributeName"] for key in properties["KeySchema"]}
        for index in properties.get("GlobalSecondaryIndexes", []):
            keys = own | {key["AttributeName"] for key in index["KeySchema"]}
            assert keys.isdisjoint(index["Projection"].get("NonKeyAttributes", ()))


def is_key(attribute: Any) -> bool:
    return bool(attribute.is_hash_key or attribute.is_range_key)


class TestQueues:
    def test_are_those_of_the_code(self) -> None:
        assert sorted(Queue) == WORK_QUEUES

    @pytest.mark.parametrize("name", WORK_QUEUES)
    def test_have_dead_letters_of_their_own(self, name: str) -> None:
        redrive = QUEUES[name][1]["Properties"]["RedrivePolicy"]

        assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": [QUEUES[f"{name}-scarti"][0], "Arn"]}
        assert redrive["maxReceiveCount"] >= 5

    @pytest.mark.parametrize("name", WORK_QUEUES)
    def test_hide_a_message_six_times_as_long_as_its_consumer_may_take(self, name: str) -> None:
        timeout = FUNCTIONS[f"{name.replace('-', '_')}_consumer"]["lambda_timeout"]

        assert QUEUES[name][1]["Properties"]["VisibilityTimeout"] >= 6 * timeout

    @pytest.mark.parametrize("name", QUEUES)
    def test_are_encrypted(self, name: str) -> None:
        assert QUEUES[name][1]["Properties"]["KmsMasterKeyId"] == {"Ref": "GovPayKey"}


class TestBuckets:
    def test_are_those_of_the_code(self) -> None:
        assert set(Bucket) == set(BUCKETS)

    @pytest.mark.parametrize("name", BUCKETS)
    def test_are_closed_to_the_public_and_to_plain_http(self, name: str) -> None:
        logical_id, bucket = BUCKETS[name]
        policy = RESOURCES[f"{logical_id}Policy"]["Properties"]

        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
        assert policy["Bucket"] == {"Ref": logical_id}
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}

    @pytest.mark.parametrize("name", BUCKETS)
    def test_give_at_once_what_they_keep(self, name: str) -> None:
        """A class that must be restored first refuses the read: of a ricevuta of last year, of the body of an evento."""
        rules = BUCKETS[name][1]["Properties"]["LifecycleConfiguration"]["Rules"]
        classes = {move["StorageClass"] for rule in rules for move in rule.get("Transitions", [])}

        assert classes <= {"STANDARD_IA", "GLACIER_IR"}


class TestEventi:
    @pytest.mark.parametrize("categoria", Categoria)
    def test_go_with_their_bodies_when_the_parameter_of_their_categoria_says(self, categoria: Categoria) -> None:
        name = f"Eventi{categoria.capitalize()}Giorni"
        rules = BUCKETS["archivio"][1]["Properties"]["LifecycleConfiguration"]["Rules"]

        assert name in PARAMETERS
        assert [rule["ExpirationInDays"] for rule in rules if rule.get("Prefix") == f"eventi/{categoria.lower()}/"] == [
            {"Ref": name}
        ]


# What takes away, reaches the outside or reads secrets: who may, and why. Whoever else is given it must say why here.
RARE: dict[str, dict[str, str]] = {
    "dynamodb:BatchWriteItem": {"flussi_consumer": "rows of a flow, thousands at a time"},
    "dynamodb:UpdateItem": {
        "api_handler": "blocks of IUVs are taken from a counter",
        "tracciati_consumer": "blocks of IUVs are taken from a counter",
    },
    "s3:AbortMultipartUpload": {"tracciati_consumer": "a file of answers that fails half-way"},
    "s3:DeleteObject": {
        "giornale_di_cassa_consumer": "a file that was taken from the folder of the bank",
        "tracciati_consumer": "a file that was taken from the folder of the ente",
    },
    "ses:SendEmail": {"promemoria_consumer": "promemoria by mail"},
    "ses:SendRawEmail": {"promemoria_consumer": "promemoria with their paper"},
    "ssm:GetParameter": {
        "api_handler": "passwords that the Nodo and proxies present; credentials towards enti, pagoPA and the captcha",
        "controllo_certificati": "certificates, to see when they end",
        "flussi_consumer": "credentials towards pagoPA",
        "nodo_rpt_consumer": "the certificate towards the Nodo",
        "notifiche_consumer": "credentials towards enti",
        "recupero_consumer": "credentials towards pagoPA",
        "ricevute_consumer": "credentials towards enti and pagoPA",
    },
}


# Who reads a bucket without s3:ListBucket: a missing object is a 403 for it, as good as a 404 where both are errors.
MISSING_IS_AN_ERROR = {
    ("api_handler", "RiconciliazioneBucket"): "a report is given as an address, which whoever asks follows",
    ("flussi_consumer", "ArchivioBucket"): "the parts of a flow that it archived itself",
    ("nodo_rpt_consumer", "ArchivioBucket"): "the ricevuta that it archived itself",
    ("notifiche_consumer", "ArchivioBucket"): "the body of a notifica",
    ("recupero_consumer", "ArchivioBucket"): "the ricevuta that it archived itself",
    ("ricevute_consumer", "ArchivioBucket"): "the ricevuta that its message names",
}


class TestPolicies:
    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_name_actions_and_our_own_resources_one_by_one(self, function: str) -> None:
        for statement in policy_of(function):
            actions, resources = as_list(statement["Action"]), as_list(statement["Resource"])
            assert statement["Effect"] == "Allow"
            assert not [action for action in actions if "*" in action]
            assert all(isinstance(resource, dict) for resource in resources)
            assert names_in(statement) <= RESOURCES.keys() | PSEUDO | PARAMETERS

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_say_once_why(self, function: str) -> None:
        reasons = [statement["Sid"] for statement in policy_of(function)]

        assert len(reasons) == len(set(reasons))
        assert {"WriteOwnLogs", "UseTheKeyOfDataAtRest"} <= set(reasons)

    @pytest.mark.parametrize("function", [name for name in FUNCTIONS if name.endswith("_consumer")])
    def test_let_a_consumer_receive_from_its_own_queue_only(self, function: str) -> None:
        receive = [s for s in policy_of(function) if "sqs:ReceiveMessage" in as_list(s["Action"])]

        queue = QUEUES[function.removesuffix("_consumer").replace("_", "-")][0]
        assert [s["Resource"] for s in receive] == [{"Fn::GetAtt": [queue, "Arn"]}]

    @pytest.mark.parametrize("action", RARE)
    def test_let_only_those_with_a_reason_do_what_few_do(self, action: str) -> None:
        holders = {name for name in FUNCTIONS for s in policy_of(name) if action in as_list(s["Action"])}

        assert holders == RARE[action].keys()

    def test_let_who_writes_nothing_only_decrypt(self) -> None:
        writes = ("Put", "Delete", "Update", "BatchWrite", "Send")
        for function in FUNCTIONS:
            actions = {action for s in policy_of(function) for action in as_list(s["Action"])}
            if not any(action.partition(":")[2].startswith(writes) for action in actions - {"logs:PutLogEvents"}):
                assert "kms:GenerateDataKey" not in actions, function

    def test_let_the_sonde_ask_of_every_queue_and_its_dead_letters(self) -> None:
        queues = {name for name in of_type("AWS::SQS::Queue") if name.endswith(("Queue", "Scarti"))}
        asked = [one for one in policy_of("api_handler") if "sqs:GetQueueAttributes" in as_list(one["Action"])]

        assert set().union(*(names_in(one["Resource"]) for one in asked)) == queues

    @pytest.mark.parametrize("function", FUNCTIONS)
    def test_let_who_reads_a_bucket_tell_what_is_not_there(self, function: str) -> None:
        def buckets(action: str) -> set[str]:
            found = [one["Resource"] for one in policy_of(function) if action in as_list(one["Action"])]
            return set().union(*map(names_in, found)) - PSEUDO

        without = {(function, bucket) for bucket in buckets("s3:GetObject") - buckets("s3:ListBucket")}

        assert without == {one for one in MISSING_IS_AN_ERROR if one[0] == function}

    def test_let_no_one_scan(self) -> None:
        actions = {action for name in FUNCTIONS for s in policy_of(name) for action in as_list(s["Action"])}

        assert "dynamodb:Scan" not in actions


PSEUDO = {"AWS::Partition", "AWS::Region", "AWS::AccountId", "AWS::StackName", "Stage"}


def policy_of(function: str) -> list[dict[str, Any]]:
    path = ROOT / ".chalice" / FUNCTIONS[function]["iam_policy_file"]
    statements: list[dict[str, Any]] = json.loads(path.read_text())["Statement"]
    return statements


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def names_in(value: Any) -> set[str]:
    from sandbox.aws.template import _names_in

    return set(_names_in(value))


class TestConfiguration:
    def test_has_every_function_of_the_app_and_no_other(self) -> None:
        from app import app

        # `handler_map` names the REST views too: they all live in the one function of the API.
        assert {API, *(source.name for source in app.event_sources)} == set(FUNCTIONS)

    def test_of_stage_local_finds_the_embedded_aws(self) -> None:
        variables = CONFIG["stages"]["local"]["environment_variables"]

        assert server.environment().items() <= (variables | {"AWS_REGION": variables["AWS_DEFAULT_REGION"]}).items()

    def test_answers_before_api_gateway_gives_up(self) -> None:
        assert FUNCTIONS[API]["lambda_timeout"] <= 29

    def test_passes_the_checks_that_chalice_makes_at_deploy_only(self) -> None:
        from chalice.cli.factory import CLIFactory
        from chalice.deploy.validate import validate_configuration

        validate_configuration(CLIFactory(str(ROOT)).create_config_obj("prod"))
