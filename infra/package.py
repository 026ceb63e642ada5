"""Build what is deployed, into build/: `python -m infra.package [stage]`.

Chalice makes the bundle and the template of the functions; this makes the bundle ready to start (infra/bundle.py),
joins the infrastructure, mends what Chalice cannot say, and refuses what API Gateway or CloudFormation would refuse at
deploy only. Deploy with
`aws cloudformation package` and `aws cloudformation deploy --capabilities CAPABILITY_IAM`.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from chalicelib.settings import VERSIONE
from infra import bundle, gateway_responses, sbom, templates

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
BINARIES = Path(sys.executable).parent
REGION = "eu-south-1"

# Quotas that deploy meets and nothing local does.
MOST_API_RESOURCES = 300
MOST_ZIP_BYTES = 40 * 1024 * 1024  # ours; Lambda's is 50 MB
LOG_DAYS = 90

# The alias through which everything calls a function: a new version takes a tenth of the requests of the API for five
# minutes, then all of them, and goes back by itself if one of these alarms rings.
ALIAS = "live"
_CANARY = "Canary10Percent5Minutes"
_CANARY_ALARMS = ("ApiErroriAlarm", "NodoGuastiAlarm")
API = "APIHandler"
# What all callers together may ask a second; and the Nodo apart from them, so that no one else takes its share.
_RATE, _BURST = 300, 600
_NODO_RATE, _NODO_BURST = 200, 400
_NODO = "/api/pagopa/"


class Refused(Exception):
    """AWS would not take it."""


def main(stage: str = "prod") -> None:
    """Build, check, and say what came out.

    :raises Refused: naming everything that AWS would not take
    """
    check_stage(stage)
    sam = chalice_package(stage)
    template = merge(sam, templates.whole(), stage=stage)
    target = BUILD / "template.json"
    target.write_text(json.dumps(template, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    paths = api_paths(template)
    started = bundle.finish(BUILD / "deployment.zip")
    size = (BUILD / "deployment.zip").stat().st_size
    shipped, unsound = _bill_of_materials()
    wrong = [*sibling_conflicts(paths), *too_many(paths, size), *lint(target), *unsound]
    _say(
        f"template   {target.relative_to(ROOT)}, {len(template['Resources'])} resources",
        f"bundle     {size / 1e6:.1f} MB (at most {MOST_ZIP_BYTES / 1e6:.0f})",
        f"sbom       {(BUILD / 'sbom.json').relative_to(ROOT)}, {shipped} components",
        f"start      {_told(started)}",
        f"API        {len(api_resources(paths))} resources for {len(paths)} paths (at most {MOST_API_RESOURCES})",
        f"checks     {'clean' if not wrong else 'see below'}",
    )
    if wrong:
        raise Refused("\n".join(wrong))


def check_stage(stage: str) -> None:
    """Check that config.json has a stage that can be deployed.

    :raises Refused: naming those it has
    """
    config = json.loads((ROOT / ".chalice" / "config.json").read_text(encoding="utf-8"))
    variables = {name: one.get("environment_variables", {}) for name, one in config["stages"].items()}
    # What names the address of AWS is the sandbox.
    ours = sorted(n for n, v in variables.items() if v.get("GOVPAY_STAGE") == n and "AWS_ENDPOINT_URL" not in v)
    if stage not in ours:
        raise Refused(
            f"STAGE={stage[:40]}: non è uno stage da installare; in .chalice/config.json ci sono {', '.join(ours)}. "
            "Come si aggiunge: docs/installazione.md (Installare)."
        )


def _bill_of_materials() -> tuple[int, Sequence[str]]:
    """Write the SBOM of the bundle; give how much is in it, and why it may not ship."""
    try:
        found = sbom.write(BUILD / "deployment.zip", BUILD / "sbom.json", versione=VERSIONE)
    except sbom.Inesatta as inesatta:
        return 0, str(inesatta).splitlines()
    return len(found), ()


def _told(started: bundle.Start | None) -> str:
    if started is None:
        return "not tried: the bundle is for Linux on x86_64"
    return f"app.py {started.import_ms:.0f} ms of CPU, one client of each service {started.clients_ms:.0f} ms"


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


def chalice_package(stage: str) -> dict[str, Any]:
    """Run `chalice package` and take its template away from build/; the bundle stays."""
    subprocess.run(  # noqa: S603 - our own tool and a stage name
        [str(BINARIES / "chalice"), "package", "--stage", stage, str(BUILD)],
        cwd=ROOT,
        env={"AWS_DEFAULT_REGION": REGION} | os.environ,
        check=True,
    )
    made = BUILD / "sam.json"
    sam: dict[str, Any] = json.loads(made.read_text(encoding="utf-8"))
    made.unlink()
    return sam


def merge(sam: dict[str, Any], infra: dict[str, Any], *, stage: str) -> dict[str, Any]:
    """Join Chalice's template with ours.

    :raises TemplateError: if both declare a name
    :raises Refused: if a function consumes a queue that is not ours
    """
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": sam["Transform"],
        "Description": f"GovPay, {stage}",
    }
    templates.join(template, {key: value for key, value in infra.items() if key in templates.SECTIONS}, "infra")
    functions = {key: value for key, value in sam.items() if key in templates.SECTIONS}
    templates.join(template, functions, "chalice")
    # Names were built into the functions for this stage: the template serves no other.
    template["Parameters"]["Stage"] |= {"Default": stage, "AllowedValues": [stage]}
    queues = _queue_names(infra, stage)
    for name, function in _functions(sam).items():
        _configure(function)
        _join_queues(function, queues)
        _publish(name, function)
        _trace(function, sam["Resources"])
        template["Resources"][f"{name}LogGroup"] = _log_group(name)
    if "RestAPI" in template["Resources"]:
        _configure_api(template["Resources"])
    return template


def _functions(sam: dict[str, Any]) -> dict[str, dict[str, Any]]:
    resources = sam["Resources"].items()
    return {name: entry for name, entry in resources if entry["Type"] == "AWS::Serverless::Function"}


def _configure(function: dict[str, Any]) -> None:
    """Tell a function what only the account knows: config.json cannot."""
    variables = function["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
    variables |= {"GOVPAY_BUCKET_SUFFIX": {"Ref": "AWS::AccountId"}, "GOVPAY_BASE_URL": {"Ref": "BaseUrl"}}
    for categoria in ("Interfaccia", "Interno", "Utente"):
        # The bodies go when their eventi do: the same figure is in the lifecycle of the bucket.
        variables[f"GOVPAY_EVENTI_RETENTION_{categoria.upper()}_DAYS"] = {"Ref": f"Eventi{categoria}Giorni"}
    variables["GOVPAY_MAIL_FROM"] = {"Ref": "MailMittente"}


def _publish(name: str, function: dict[str, Any]) -> None:
    """Give every deploy a version of its own, behind an alias: to go back is to move the alias (infra/deploy.py)."""
    # All properties: a deploy that changes only a variable of the environment is a version too.
    function["Properties"] |= {"AutoPublishAlias": ALIAS, "AutoPublishAliasAllProperties": True}
    if name == API:
        function["Properties"]["DeploymentPreference"] = {
            "Type": _CANARY,
            "Alarms": [{"Ref": alarm} for alarm in _CANARY_ALARMS],
        }


def _trace(function: dict[str, Any], resources: dict[str, Any]) -> None:
    """Let a function send its traces, where the stage asks for X-Ray (`xray` in config.json)."""
    if function["Properties"].get("Tracing") != "Active":
        return
    role = resources[function["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
    role["Policies"][0]["PolicyDocument"]["Statement"].append(
        {
            "Sid": "SendTraces",
            "Effect": "Allow",
            "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            "Resource": "*",  # X-Ray knows no narrower one
        }
    )


def _configure_api(resources: dict[str, Any]) -> None:
    """Have the API call the alias, limit its callers, and close its default address where it has a domain."""
    properties = resources["RestAPI"]["Properties"]
    properties["GatewayResponses"] = {answer.kind: answer.as_property() for answer in gateway_responses.ALL}
    paths = properties["DefinitionBody"]["paths"]
    for operation in (one for path in paths.values() for one in path.values()):
        uri = operation["x-amazon-apigateway-integration"]["uri"]
        uri["Fn::Sub"] = uri["Fn::Sub"].replace(f"${{{API}.Arn}}", f"${{{API}.Arn}}:{ALIAS}")
    resources[f"{API}InvokePermission"]["Properties"]["FunctionName"] = {"Ref": f"{API}.Alias"}
    properties["MethodSettings"] = [
        _limit("/*", "*", _RATE, _BURST),
        *(_limit(path, "POST", _NODO_RATE, _NODO_BURST) for path in sorted(paths) if _NODO in path),
    ]
    # Read by API Gateway with the body: a domain of the stack makes the address that AWS gave superfluous.
    properties["DisableExecuteApiEndpoint"] = {"Fn::If": ["ConUnDominio", True, False]}


def _limit(path: str, method: str, rate: int, burst: int) -> dict[str, Any]:
    # The path of a method setting has its inner slashes escaped (RFC 6901).
    return {
        "ResourcePath": path if path == "/*" else f"/{path.strip('/').replace('/', '~1')}",
        "HttpMethod": method,
        "ThrottlingRateLimit": rate,
        "ThrottlingBurstLimit": burst,
    }


def _queue_names(infra: dict[str, Any], stage: str) -> dict[str, str]:
    """Give the logical id of every queue by its name."""
    queues = {name: entry for name, entry in infra["Resources"].items() if entry["Type"] == "AWS::SQS::Queue"}
    return {
        entry["Properties"]["QueueName"]["Fn::Sub"].replace("${Stage}", stage): name for name, entry in queues.items()
    }


def _join_queues(function: dict[str, Any], queues: dict[str, str]) -> None:
    """Name the queue of an event source by its resource, so that it exists before; let batches fail in part."""
    for event in function["Properties"].get("Events", {}).values():
        if event["Type"] != "SQS":
            continue
        name = event["Properties"]["Queue"]["Fn::Sub"].rpartition(":")[2]
        if name not in queues:
            raise Refused(f"queue {name} is consumed, and infra/queues.yaml does not declare it")
        event["Properties"] |= {
            "Queue": {"Fn::GetAtt": [queues[name], "Arn"]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }


def _log_group(function: str) -> dict[str, Any]:
    """Give the log group of a function: without one Lambda makes its own, which keeps everything for ever."""
    return {
        "Type": "AWS::Logs::LogGroup",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/${{{function}}}"}, "RetentionInDays": LOG_DAYS},
    }


# --- what API Gateway counts and refuses


def api_paths(template: dict[str, Any]) -> Sequence[str]:
    """Give the paths of the API in a template."""
    api = template["Resources"].get("RestAPI", {"Properties": {"DefinitionBody": {"paths": {}}}})
    return sorted(api["Properties"]["DefinitionBody"]["paths"])


def api_resources(paths: Iterable[str]) -> set[tuple[str, ...]]:
    """Give what API Gateway makes of paths: one resource for every prefix, the root among them."""
    split = [tuple(part for part in path.split("/") if part) for path in paths]
    return {parts[:length] for parts in split for length in range(len(parts) + 1)}


def sibling_conflicts(paths: Iterable[str]) -> Sequence[str]:
    """Name the places where two variables of different names stand side by side, which API Gateway refuses."""
    variables: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for resource in api_resources(paths):
        if resource and resource[-1].startswith("{"):
            variables[resource[:-1]].add(resource[-1])
    return [
        f"/{'/'.join(parent)}/ has siblings {' and '.join(sorted(names))}"
        for parent, names in sorted(variables.items())
        if len(names) > 1
    ]


def too_many(paths: Sequence[str], size: int) -> Sequence[str]:
    """Name the quotas that are passed."""
    resources = len(api_resources(paths))
    passed = []
    if resources > MOST_API_RESOURCES:
        passed.append(f"{resources} API resources, at most {MOST_API_RESOURCES}")
    if size > MOST_ZIP_BYTES:
        passed.append(f"a bundle of {size} bytes, at most {MOST_ZIP_BYTES}")
    return passed


def lint(template: Path) -> Sequence[str]:
    """Give what cfn-lint finds, warnings too."""
    found = subprocess.run(  # noqa: S603 - our own tool and file
        [str(BINARIES / "cfn-lint"), "--regions", REGION, "--template", str(template)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in (found.stdout + found.stderr).splitlines() if line.strip()]


if __name__ == "__main__":
    try:
        main(*sys.argv[1:2])
    except Refused as refused:
        sys.exit(f"refused:\n{refused}")
