"""An alarm has a page that says what to do; what it watches exists, and is written by the code."""

import ast
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.aws.queues import Queue
from chalicelib.connettori import scadenze
from chalicelib.kernel.certificati import CertificatoIlleggibile, scadenze_of
from chalicelib.nodo.faults import GUASTI, Paa
from chalicelib.rest import log
from infra import templates

ROOT = Path(templates.__file__).parents[1]
RUNBOOK = ROOT / "docs/runbook"
RESOURCES = templates.whole()["Resources"]
ALARMS = {
    entry["Properties"]["AlarmName"]["Fn::Sub"].removeprefix("govpay-${Stage}-"): entry["Properties"]
    for entry in RESOURCES.values()
    if entry["Type"] == "AWS::CloudWatch::Alarm"
}
FILTERS = [entry["Properties"] for entry in RESOURCES.values() if entry["Type"] == "AWS::Logs::MetricFilter"]
SECTIONS = ["Che cosa è successo", "Che cosa vedono i cittadini", "Come guardare", "Che cosa fare", "Quando è finito"]
# Told by e-mail by AWS Budgets, without an alarm.
WITHOUT_ALARM = {"budget", "README"}
_LOGS = {"log.info", "log.warning", "log.error"}
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    return [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", []) if "MetricStat" in one] or [alarm]


def logged() -> dict[str, set[str]]:
    """Give the events that the code logs, with the fields each carries."""
    found: dict[str, set[str]] = {}
    for source in (ROOT / "chalicelib").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in _LOGS or not node.args:
                continue
            if isinstance(node.args[0], ast.Constant):
                fields = {one.arg for one in node.keywords if one.arg}
                found.setdefault(str(node.args[0].value), set()).update(fields)
    return found


class TestAlarms:
    def test_have_a_page_each_and_no_page_is_without_one(self):
        assert {page.stem for page in RUNBOOK.glob("*.md")} - WITHOUT_ALARM == set(ALARMS)

    @pytest.mark.parametrize("name", ALARMS)
    def test_name_their_page_and_tell_somebody(self, name):
        assert ALARMS[name]["AlarmDescription"].endswith(f"Pagina: docs/runbook/{name}.md")
        assert ALARMS[name]["AlarmActions"] == [{"Ref": "AllarmiTopic"}]
        assert ALARMS[name]["TreatMissingData"] == "notBreaching"

    @pytest.mark.parametrize("page", sorted({*ALARMS, "budget"}))
    def test_are_explained_in_the_same_order(self, page):
        text = (RUNBOOK / f"{page}.md").read_text()

        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS

    @pytest.mark.parametrize("name", ALARMS)
    def test_watch_no_more_metrics_than_an_alarm_may(self, name):
        assert len(metrics_of(ALARMS[name])) <= 10

    @pytest.mark.parametrize("name", ALARMS)
    def test_compute_with_the_metrics_they_name(self, name):
        for one in ALARMS[name].get("Metrics", []):
            if "Expression" in one:
                words = set(re.findall(r"[a-z]\w*", one["Expression"]))
                assert words == {other["Id"] for other in ALARMS[name]["Metrics"] if "MetricStat" in other}

    @pytest.mark.parametrize("queue", Queue)
    def test_ring_for_every_dead_letter_and_for_every_queue_that_lags(self, queue):
        logical = {
            entry["Properties"]["QueueName"]["Fn::Sub"].removeprefix("govpay-${Stage}-"): name
            for name, entry in RESOURCES.items()
            if entry["Type"] == "AWS::SQS::Queue"
        }
        watched = [
            (metric["MetricName"], metric["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
            for alarm in ALARMS.values()
            for metric in metrics_of(alarm)
            if metric["Namespace"] == "AWS/SQS"
        ]

        assert ("ApproximateNumberOfMessagesVisible", logical[f"{queue}-scarti"]) in watched
        assert ("ApproximateAgeOfOldestMessage", logical[queue]) in watched

    def test_ring_when_a_function_has_failed_in_all_its_attempts(self):
        """A schedule is tried three times within minutes, and forgotten: the period may cut them in two."""
        alarm = ALARMS["funzioni-guaste"]

        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", "Errors", "Sum")
        assert (alarm["Threshold"], alarm["Period"]) == (2, 900)
        assert "Dimensions" not in alarm

    def test_ring_when_one_answer_to_the_nodo_in_ten_is_a_fault(self):
        alarm = ALARMS["nodo-guasti"]

        assert (alarm["Threshold"], alarm["Metrics"][1]["MetricStat"]["Period"]) == (10, 120)
        assert alarm["Metrics"][0]["Expression"] == "100 * FILL(guasti, 0) / richieste"


class TestMetrics:
    def test_of_ours_are_all_made_from_the_log(self):
        made = {one["MetricTransformations"][0]["MetricName"] for one in FILTERS}
        watched = {
            metric["MetricName"]
            for alarm in ALARMS.values()
            for metric in metrics_of(alarm)
            if isinstance(metric["Namespace"], dict)
        }

        assert watched == made

    @pytest.mark.parametrize("one", FILTERS, ids=lambda one: one["FilterPattern"])
    def test_read_lines_that_the_code_writes(self, one):
        lines = logged()
        value = one["MetricTransformations"][0]["MetricValue"]

        events = re.findall(r'\$\.evento = "([^"]+)"', one["FilterPattern"])
        fields = set(re.findall(r"\$\.(\w+)", one["FilterPattern"] + value)) - {"evento"}
        assert events
        for event in events:
            assert fields <= lines[event]
        assert fields <= log.FIELDS

    def test_are_of_log_groups_of_functions(self):
        from app import app

        names = {source.name.replace("_", "") for source in app.event_sources} | {"apihandler"}
        groups = {one["LogGroupName"]["Ref"].removesuffix("LogGroup").lower() for one in FILTERS}

        assert groups <= names


class TestGuasti:
    def test_are_not_the_true_answers_about_a_position(self):
        assert GUASTI.isdisjoint(
            {
                Paa.PAGAMENTO_SCONOSCIUTO,
                Paa.PAGAMENTO_DUPLICATO,
                Paa.PAGAMENTO_SCADUTO,
                Paa.PAGAMENTO_ANNULLATO,
                Paa.PAGAMENTO_IN_CORSO,
                Paa.ATTIVA_RPT_IMPORTO_NON_VALIDO,
            }
        )
        assert Paa.SYSTEM_ERROR in GUASTI


class TestDashboard:
    def test_is_json_and_stays_in_what_is_free(self):
        body = json.loads(RESOURCES["Cruscotto"]["Properties"]["DashboardBody"]["Fn::Sub"])

        assert sum(len(one["properties"]["metrics"]) for one in body["widgets"]) <= 50


class TestCertificates:
    @pytest.mark.parametrize("days", [-1, 0, 5, 7, 30, 60])
    def test_are_told_of_two_months_and_one_before_and_in_the_last_week(self, monkeypatch, days):
        assert told(monkeypatch, a_pem(NOW + timedelta(days=days))) == [("certificato in scadenza", days)]

    @pytest.mark.parametrize("days", [8, 29, 31, 61, 700])
    def test_are_not_told_of_on_other_days(self, monkeypatch, days):
        assert told(monkeypatch, a_pem(NOW + timedelta(days=days))) == []

    @pytest.mark.parametrize(
        "pem", [None, "", "una password", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----"]
    )
    def test_that_cannot_be_read_are_told_of(self, monkeypatch, pem):
        assert told(monkeypatch, pem) == [("certificato illeggibile", None)]

    def test_end_when_the_first_of_a_chain_does(self):
        soon, later = NOW + timedelta(days=3), NOW + timedelta(days=9000)

        assert scadenze_of(a_pem(later) + a_pem(soon)) == [later, soon]

    def test_of_another_kind_are_refused(self):
        with pytest.raises(CertificatoIlleggibile):
            scadenze_of("-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----")


def told(monkeypatch: pytest.MonkeyPatch, pem: str | None) -> list[tuple[str, int | None]]:
    said: list[tuple[str, int | None]] = []

    def keep(evento: str, **fields: Any) -> None:
        said.append((evento, fields.get("quanti")))

    monkeypatch.setattr(log, "warning", keep)
    monkeypatch.setattr(log, "error", keep)
    scadenze._check("certificato per il Nodo", pem, now=NOW)
    return said


def a_pem(ends: datetime) -> str:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
