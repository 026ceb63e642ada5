"""The stack is made by CloudFormation as it is deployed, the demo runs on it, and roles allow what the demo asks."""

import json
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from infra import templates
from tests.sandbox.test_demo import environment

ROOT = Path(templates.__file__).parents[1]
# Granted, and never seen as a call of ours: who uses it, or when.
NOT_CALLED_BY_CODE = {
    "sqs:ReceiveMessage": "the event source mapping, with the role of the function",
    "sqs:DeleteMessage": "the event source mapping",
    "sqs:ChangeMessageVisibility": "the event source mapping, when a batch fails",
    "logs:CreateLogStream": "the runtime of Lambda",
    "logs:PutLogEvents": "the runtime of Lambda",
    "kms:Decrypt": "tables, buckets, queues and secrets, with the role of who reads them",
    "kms:GenerateDataKey": "buckets and queues, with the role of who writes them",
    "sqs:GetQueueAttributes": "the event source mapping; and GET /sonde, which the demo does not ask",
    "s3:ListBucket": "without it a missing object is a 403, and could not be told from a refusal",
    "s3:GetObjectVersion": "a file that a bank or an ente puts again while the first is being read",
    "s3:AbortMultipartUpload": "a file of answers that fails half-way (aws/upload.py)",
    "s3:DeleteObject": "a file that was taken from the folder where a bank or an ente puts it",
    "ses:SendEmail": "the demo has no sender: promemoria by mail are not sent",
    "ses:SendRawEmail": "a mail with its paper attached",
    "dynamodb:ConditionCheckItem": "a transaction that holds only if an item it does not write is as it was read",
    "dynamodb:DeleteItem": "what is taken back: a wrong collection, an old key",
}

# Functions that the demo does not run, or only if it is slow: what they are for comes after hours, or after a crash.
# The tests of what they do are in tests/tables and tests/journeys.
NOT_RUN = {
    "acquisizione_flussi": "every six hours",
    "controllo_certificati": "every day",
    "incassi_consumer": "an incasso of more payments than a request takes; the proof of the books, at night",
    "recupero_pagamenti": "an attempt whose outcome is not known for minutes",
    "recupero_rpt_pendenti": "every six hours",
    "riaccoda_incassi": "an incasso that a crash left",
    "riaccoda_notifiche": "a notifica that a crash left",
    "riaccoda_promemoria": "the morning before a due date; a promemoria that a crash left",
    "ricevute_consumer": "a ricevuta whose effect a failure of ours delayed",
    "riesame_flussi": "every day",
    "riesame_movimenti": "every day",
    "verifica_conti": "every day",
}
_FRESH = "the anagrafica, secrets and addresses of queues of a fresh process: all functions of the demo share one"
_AGAIN = "a second delivery, or a write that others were faster at, reads again what it is about"
# What a function of the demo may do and did not: why it may.
NOT_DONE = {
    "flussi_consumer": {"dynamodb:GetItem": _AGAIN, "ssm:GetParameter": _FRESH},
    "giornale_di_cassa_consumer": {
        "dynamodb:GetItem": _AGAIN,
        "sqs:GetQueueUrl": _FRESH,
        "sqs:SendMessage": "an import of more than one step sends itself the next",
    },
    "nodo_rpt_consumer": {
        "dynamodb:BatchGetItem": _FRESH,
        "dynamodb:GetItem": _AGAIN,
        "s3:GetObject": "an RT that the Nodo has already: its copy is archived, and acquired",
        "s3:PutObject": "an RT that the Nodo has already",
        "ssm:GetParameter": _FRESH,
    },
    "notifiche_consumer": {
        "dynamodb:BatchGetItem": _FRESH,
        "dynamodb:Query": _FRESH,
        "s3:GetObject": "a body too long for its item",
        "s3:PutObject": "an exchange too long for its message",
        "sqs:GetQueueUrl": _FRESH,
        "ssm:GetParameter": _FRESH,
    },
    "promemoria_consumer": {"dynamodb:BatchGetItem": _FRESH, "sqs:GetQueueUrl": _FRESH},
    "recupero_consumer": {
        "dynamodb:BatchGetItem": _FRESH,
        "s3:GetObject": _AGAIN,
        "sqs:GetQueueUrl": _FRESH,
        "ssm:GetParameter": _FRESH,
    },
}
# What every function may use or not, by which of them reaches a cache first.
SHARED = {"dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query", "sqs:GetQueueUrl", "ssm:GetParameter"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the demo did on the stack that moto's CloudFormation made of the template."""
    target = tmp_path_factory.mktemp("stack") / "seen.json"
    ran = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.architecture.stack", str(target)],
        cwd=ROOT,
        env=environment() | {"AWS_DEFAULT_REGION": "eu-south-1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert target.exists(), ran.stdout + ran.stderr
    read: dict[str, Any] = json.loads(target.read_text())
    return read | {"said": ran.stdout, "folder": target.parent}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.timeout(240)
class TestStack:
    def test_is_made_whole_and_serves_a_pendenza_from_its_notice_to_its_notifica(self, seen: dict[str, Any]) -> None:
        for step in ("paVerifyPaymentNotice", "paGetPayment", "paSendRT", "RICEVUTA"):
            assert step in seen["said"]
        assert seen["ended"] == 0, seen["said"]
        assert "AWS::IAM::Role" in seen["types"]

    def test_runs_the_demo_to_its_end_and_leaves_the_paper(self, seen: dict[str, Any]) -> None:
        assert "Tutto come atteso" in seen["said"]
        assert "\033" not in seen["said"]
        assert "Riconciliato quanto è stato pagato: 762.25" in seen["said"]
        assert sorted(path.name for path in seen["folder"].glob("*.pdf")) == [
            "avviso-MENSA-2026-0007.pdf",
            "avviso-MULTA-2026-0042.pdf",
            "avviso-TARI-2026-0001.pdf",
            "ricevuta-MENSA-2026-0007.pdf",
            "ricevuta-MULTA-2026-0042.pdf",
            "ricevuta-TARI-2026-0001.pdf",
        ]
        reports = sorted(path.name for path in seen["folder"].glob("cassetto/80009876543/esiti/*"))
        assert [name.rpartition(".")[2] for name in reports] == ["csv", "json", "pdf"]

    def test_lets_every_function_do_what_it_does(self, seen: dict[str, Any]) -> None:
        refused = [call for call in seen["calls"] if not allows(seen["policies"][call[0]], call[1], call[2])]

        assert seen["calls"]
        assert refused == []

    def test_grants_no_action_that_nobody_uses(self, seen: dict[str, Any]) -> None:
        granted = {a for every in seen["policies"].values() for one in every for a in as_list(one["Action"])}
        used = {action for _, action, _ in seen["calls"]}

        assert granted - used - NOT_CALLED_BY_CODE.keys() == set()

    def test_grants_no_function_an_action_that_nothing_it_runs_uses(self, seen: dict[str, Any]) -> None:
        unused = {}
        for function in seen["policies"].keys() - NOT_RUN.keys():
            granted = {action for one in seen["policies"][function] for action in as_list(one["Action"])}
            used = {action for who, action, _ in seen["calls"] if who == function}
            # Which of them finds a cache empty is chance; that some function needs them is tested above.
            reasoned = NOT_CALLED_BY_CODE.keys() | NOT_DONE.get(function, {}).keys() | SHARED
            unused[function] = sorted(granted - used - reasoned)

        assert {function: actions for function, actions in unused.items() if actions} == {}

    def test_grants_nothing_on_everything(self, seen: dict[str, Any]) -> None:
        for function, statements in seen["policies"].items():
            wide = [one["Sid"] for one in statements if "*" in as_list(one["Resource"])]

            assert not wide, function


def allows(statements: list[dict[str, Any]], action: str, resource: str) -> bool:
    """Tell whether a policy of Allow statements without conditions allows a call."""
    return any(
        action in as_list(one["Action"]) and any(fnmatchcase(resource, allowed) for allowed in as_list(one["Resource"]))
        for one in statements
    )
