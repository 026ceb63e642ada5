"""A deploy says what it would change, asks, and never loses data; tried on moto's CloudFormation."""

import copy
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.cloudformation.models import CloudFormationBackend, Stack, cloudformation_backends
from moto.dynamodb.models import dynamodb_backends
from moto.kms.models import kms_backends
from moto.sqs.models import sqs_backends

from infra import changes, deploy, package, parametri, rollback, templates

STAGE = "collaudo"
STACK = f"govpay-{STAGE}"
DECLARED = templates.whole()["Parameters"]
CERT = "arn:aws:acm:eu-south-1:123456789012:certificate/1-2"


def a_template() -> dict[str, Any]:
    """The tables, queues and topic of the stack: what moto's CloudFormation makes of it without a function."""
    whole = copy.deepcopy(templates.whole())
    kinds = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::KMS::Key"}
    whole["Resources"] = {
        name: entry for name, entry in whole["Resources"].items() if entry["Type"] in kinds and "Condition" not in entry
    }
    whole["Parameters"]["Stage"] |= {"Default": STAGE}
    whole["Outputs"] = {"Topic": {"Value": {"Ref": "AllarmiTopic"}}}
    del whole["Conditions"]
    return whole


def a_topic() -> dict[str, Any]:
    """The least template: what is said of any stack."""
    small = a_template()
    small["Resources"] = {"AllarmiTopic": small["Resources"]["AllarmiTopic"]}
    return small


@pytest.fixture
def bundle(tmp_path: Path, aws: Any) -> Iterator[Path]:
    path = tmp_path / "deployment.zip"
    path.write_bytes(b"PK")
    keys = {key for regions in kms_backends.values() for backend in regions.values() for key in backend.keys}
    yield path
    for backend in (backend for regions in kms_backends.values() for backend in regions.values()):
        for key in backend.keys.keys() - keys:
            del backend.keys[key]
    # Embedded AWS outlives a test: in place, because the backends of moto share what they hold.
    for backends, kind in ((dynamodb_backends, "tables"), (sqs_backends, "queues")):
        for held in (getattr(backend, kind) for regions in backends.values() for backend in regions.values()):
            for name in [name for name in held if name.startswith(f"govpay-{STAGE}-")]:
                del held[name]
    packages = boto3.resource("s3").Bucket(f"govpay-{STAGE}-pacchetti-123456789012")
    if packages.creation_date is not None:
        packages.objects.delete()
        packages.delete()
    for regions in cloudformation_backends.values():
        for backend in regions.values():
            backend.stacks.clear()
            backend.change_sets.clear()


def stacks() -> list[str]:
    return [one["StackStatus"] for one in boto3.client("cloudformation").describe_stacks()["Stacks"]]


class TestDeploy:
    def test_shows_what_would_change_and_asks_before_it_does(self, bundle):
        said: list[str] = []

        with pytest.raises(changes.Fermato, match="Nulla è stato modificato"):
            deploy.deploy(STAGE, a_template(), bundle, [], ask=lambda _: "n", say=said.append)

        assert any("Add" in line and "PendenzeTable" in line for line in said)
        assert "CREATE_COMPLETE" not in stacks()

    def test_makes_the_stack_when_told_so_without_asking(self, bundle):
        said: list[str] = []

        changed = deploy.deploy(
            STAGE, a_template(), bundle, ["BaseUrl=https://pagamenti.ente.example"], yes=True, say=said.append
        )

        assert changed
        assert stacks() == ["CREATE_COMPLETE"]
        assert f"govpay-{STAGE}-pendenze" in boto3.client("dynamodb").list_tables()["TableNames"]
        assert any("PendenzeTable" in line for line in said)

    def test_keeps_the_parameters_that_are_not_given_again(self, bundle):
        deploy.deploy(STAGE, a_template(), bundle, ["EmailAllarmi=a@ente.example"], yes=True, say=lambda _: None)
        wider = a_template()
        wider["Resources"]["AltroTopic"] = {"Type": "AWS::SNS::Topic"}

        deploy.deploy(STAGE, wider, bundle, ["BaseUrl=https://p.ente.example"], yes=True, say=lambda _: None)

        (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        values = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        assert (values["EmailAllarmi"], values["BaseUrl"]) == ("a@ente.example", "https://p.ente.example")

    def test_refuses_to_lose_a_table(self, bundle):
        deploy.deploy(STAGE, a_template(), bundle, [], yes=True, say=lambda _: None)
        without = a_template()
        del without["Resources"]["PendenzeTable"]

        with pytest.raises(changes.Fermato, match="i dati di PendenzeTable"):
            deploy.deploy(STAGE, without, bundle, [], yes=True, say=lambda _: None)

        assert f"govpay-{STAGE}-pendenze" in boto3.client("dynamodb").list_tables()["TableNames"]

    @pytest.mark.parametrize("nobody", [EOFError, KeyboardInterrupt])
    def test_changes_nothing_where_nobody_answers(self, bundle, nobody):
        def ask(_question: str) -> str:
            raise nobody

        with pytest.raises(changes.Fermato, match="SI=1 applica senza chiedere"):
            deploy.deploy(STAGE, a_topic(), bundle, [], ask=ask, say=lambda _: None)

        assert boto3.client("cloudformation").list_change_sets(StackName=STACK)["Summaries"] == []

    def test_names_each_change_set_anew(self, bundle):
        """One that an interruption left there would refuse the next of its name."""
        made = [one_change_set(a_topic(), bundle) for _ in range(2)]

        assert made[0] != made[1]

    def test_says_why_cloudformation_went_back(self, bundle, monkeypatch):
        deploy.deploy(STAGE, a_topic(), bundle, [], yes=True, say=lambda _: None)
        monkeypatch.setattr(CloudFormationBackend, "execute_change_set", goes_back)
        wider = a_topic()
        wider["Resources"]["AltroTopic"] = {"Type": "AWS::SNS::Topic"}

        with pytest.raises(changes.Fermato) as stopped:
            deploy.deploy(STAGE, wider, bundle, [], yes=True, say=lambda _: None)

        assert str(stopped.value).splitlines() == [
            f"Lo stack {STACK} è in stato UPDATE_ROLLBACK_COMPLETE.",
            f"  {STACK}: l'allarme ha suonato",
            "Che cosa fare: docs/installazione.md (Aggiornare).",
        ]

    @pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "UPDATE_IN_PROGRESS"])
    def test_leaves_a_stack_alone_that_cannot_be_changed(self, bundle, state):
        deploy.deploy(STAGE, a_topic(), bundle, [], yes=True, say=lambda _: None)
        the_stack().status = state

        with pytest.raises(changes.Fermato, match=f"è in stato {state}"):
            deploy.deploy(STAGE, a_topic(), bundle, [], yes=True, say=lambda _: None)

    def test_puts_the_bundle_where_only_the_account_reads_it(self, bundle):
        deploy.deploy(STAGE, a_template(), bundle, [], yes=True, say=lambda _: None)

        bucket = f"govpay-{STAGE}-pacchetti-123456789012"
        block = boto3.client("s3").get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert set(block.values()) == {True}

    def test_has_the_spending_told(self, bundle):
        words = ["EmailAllarmi=a@ente.example", "BudgetMensile=50"]

        deploy.deploy(STAGE, a_template(), bundle, words, yes=True, say=lambda _: None)

        budgets = boto3.client("budgets", region_name="us-east-1").describe_budgets(AccountId="123456789012")["Budgets"]
        assert [(one["BudgetName"], float(one["BudgetLimit"]["Amount"])) for one in budgets] == [(STACK, 50.0)]


def the_stack() -> Stack:
    (stack,) = cloudformation_backends["123456789012"]["eu-south-1"].stacks.values()
    return stack


def goes_back(_backend: CloudFormationBackend, *_given: Any, **_named: Any) -> None:
    """As CloudFormation does when something fails: moto knows no failure."""
    stack = the_stack()
    stack._add_stack_event("UPDATE_IN_PROGRESS", resource_status_reason="User Initiated")
    stack._add_stack_event("UPDATE_FAILED", resource_status_reason="l'allarme ha suonato")
    stack._add_stack_event("UPDATE_FAILED", resource_status_reason="Resource update cancelled")
    stack._add_stack_event("UPDATE_ROLLBACK_COMPLETE")
    stack.status = "UPDATE_ROLLBACK_COMPLETE"


def one_change_set(template: dict[str, Any], bundle: Path) -> str:
    """Give the name of the change set of a deploy that is not applied."""
    named: list[str] = []

    def ask(_question: str) -> str:
        sets = boto3.client("cloudformation").list_change_sets(StackName=STACK)["Summaries"]
        named.extend(one["ChangeSetName"] for one in sets)
        return "n"

    with pytest.raises(changes.Fermato):
        deploy.deploy(STAGE, template, bundle, [], ask=ask, say=lambda _: None)
    (name,) = named
    return name


class TestTheCommand:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["prod", "Baseurl=x"], "Baseurl: non è un parametro"),
            (["Prod_X"], "STAGE=Prod_X: non è uno stage da installare; in .chalice/config.json ci sono prod"),
            (["local"], "STAGE=local: non è uno stage da installare"),
            (["prod", "TruststoreUri=s3://b/k.pem"], "TruststoreUri: serve anche DominioNodo"),
        ],
    )
    def test_refuses_before_anything_is_built(self, aws, monkeypatch, capsys, words, said):
        monkeypatch.setattr(package, "main", built)

        assert deploy.main(words) == 1
        assert said in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [["prod"], ["--torna", "prod"]])
    @pytest.mark.parametrize("missing", ["AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"])
    def test_says_who_must_call_and_where(self, aws, monkeypatch, capsys, arguments, missing):
        for name in (missing, missing.replace("DEFAULT_", "")):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        monkeypatch.setattr(package, "main", built)

        assert deploy.main(arguments) == 1
        assert "aws sso login, o indicare AWS_PROFILE, e AWS_DEFAULT_REGION" in capsys.readouterr().err


def built(_stage: str) -> None:
    raise AssertionError("built")


class TestRestoring:
    def test_gives_a_new_table_with_what_the_old_one_had(self, bundle):
        """As docs/installazione.md says; moto copies the table as it is, whatever the instant."""
        deploy.deploy(STAGE, a_template(), bundle, [], yes=True, say=lambda _: None)
        dynamodb, source, target = boto3.client("dynamodb"), f"{STACK}-contatori", f"{STACK}-ripristino"
        dynamodb.put_item(TableName=source, Item={"pk": {"S": "serie"}, "prossimo": {"N": "7"}})

        dynamodb.restore_table_to_point_in_time(
            SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
        )

        (item,) = dynamodb.scan(TableName=target)["Items"]
        assert item["prossimo"] == {"N": "7"}


class TestGoingBack:
    def test_points_the_alias_at_the_version_before(self, bundle):
        functions = boto3.client("lambda")
        name = f"{STACK}-APIHandler-X"
        a_function(functions, name)
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
        functions.update_function_code(FunctionName=name, ZipFile=a_zip("altro"), Publish=True)
        functions.update_alias(FunctionName=name, Name="live", FunctionVersion="2")

        assert rollback.go_back(STAGE, say=lambda _: None) == {name: ("2", "1")}

        assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"
        functions.delete_function(FunctionName=name)

    @pytest.mark.parametrize(
        ("state", "said"),
        [
            ("UPDATE_IN_PROGRESS", f"aws cloudformation cancel-update-stack --stack-name {STACK}"),
            ("UPDATE_ROLLBACK_COMPLETE", "è già annullato"),
        ],
    )
    def test_leaves_to_cloudformation_what_it_takes_back_itself(self, bundle, state, said):
        """The alias of the API is at the version before already: one more back would be another version."""
        deploy.deploy(STAGE, a_topic(), bundle, [], yes=True, say=lambda _: None)
        the_stack().status = state

        with pytest.raises(changes.Fermato, match=said):
            rollback.go_back(STAGE, say=lambda _: None)

    def test_says_when_there_is_none(self, bundle):
        with pytest.raises(changes.Fermato, match="versione precedente"):
            rollback.go_back(STAGE, say=lambda _: None)


def a_function(functions: Any, name: str) -> None:
    iam = boto3.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = iam.create_role(RoleName=f"{STACK}-role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    functions.create_function(
        FunctionName=name, Runtime="python3.11", Role=role, Handler="app.app", Code={"ZipFile": a_zip("uno")},
        Publish=True,
    )  # fmt: skip


def a_zip(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", text)
    return packed.getvalue()


class TestParameters:
    def test_to_decide_are_eight_at_most(self):
        """How long eventi are kept has the values that the law asks for: nobody needs to look at them."""
        own, kept = parametri.decided((DECLARED.keys() - {"Stage"}) | {parametri.BUDGET})

        assert len(own) <= 8
        assert kept == ["EventiInterfacciaGiorni", "EventiInternoGiorni", "EventiUtenteGiorni"]

    def test_to_decide_are_those_of_the_page_that_installs(self):
        page = (Path(parametri.__file__).parents[1] / "docs/installazione.md").read_text()
        own, _ = parametri.decided((DECLARED.keys() - {"Stage"}) | {parametri.BUDGET})

        assert sorted(re.findall(r"^\| `([A-Z]\w+)` \|", page, re.MULTILINE)) == own

    def test_have_all_a_default(self):
        assert all("Default" in one for one in DECLARED.values())

    @pytest.mark.parametrize(
        ("words", "wrong"),
        [
            (["Baseurl=x"], "Baseurl: non è un parametro"),
            (["BaseUrl=http://x"], "BaseUrl: il valore non ha la forma attesa"),
            (["BaseUrl=https://x", "BaseUrl=https://y"], "BaseUrl: indicato due volte"),
            (["LimiteRichieste=molte"], "LimiteRichieste: un numero intero"),
            (["LimiteRichieste=99"], "LimiteRichieste: 0, o almeno 100"),
            (["BudgetMensile=-1"], "BudgetMensile: un numero intero"),
            (["EmailAllarmi=ente"], "EmailAllarmi: il valore"),
        ],
    )
    def test_are_refused_one_by_one(self, words, wrong):
        with pytest.raises(parametri.ParametriErrati, match=wrong):
            parametri.read(words, DECLARED)

    @pytest.mark.parametrize(
        ("values", "wrong"),
        [
            ({"DominioNodo": "nodo.ente.example"}, "DominioNodo: serve anche CertificatoArn"),
            ({"DominioNodo": "n.example", "CertificatoArn": CERT}, "serve anche TruststoreUri"),
            ({"TruststoreUri": "s3://b/k.pem"}, "serve anche DominioNodo"),
            ({"CertificatoArn": CERT.replace("south", "west"), "BaseUrl": "https://x"}, "deve essere in eu-south-1"),
            ({"CertificatoArn": CERT}, "serve anche BaseUrl o DominioNodo"),
            (
                {
                    "CertificatoArn": CERT,
                    "BaseUrl": "https://p.example",
                    "DominioNodo": "p.example",
                    "TruststoreUri": "s3://b/k.pem",
                },
                "deve essere diverso",
            ),
            ({"BudgetMensile": "10"}, "serve anche EmailAllarmi"),
        ],
    )
    def test_need_each_other(self, values, wrong):
        with pytest.raises(parametri.ParametriErrati, match=wrong):
            parametri.check(values, region="eu-south-1")

    def test_are_all_told_at_once(self):
        with pytest.raises(parametri.ParametriErrati) as refused:
            parametri.read(["Uno=1", "BaseUrl=x"], DECLARED)

        assert len(str(refused.value).splitlines()) == 2
