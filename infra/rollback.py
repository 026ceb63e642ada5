"""Going back to the version before the last deploy, function by function."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3

from infra import package
from infra.changes import Fermato, Say, found

_ONE_DEPLOY = timedelta(hours=1)  # versions that are nearer than that are of one deploy
_UNDONE = frozenset(
    {"UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"}
)


def go_back(stage: str, *, say: Say = print) -> dict[str, tuple[str, str]]:
    """Take the last deploy back: every function it gave a version has its alias at the one before; give both.

    Functions that the last deploy left alone stay, as do tables, queues and parameters. The next deploy goes forward.

    :raises Fermato: if there is no version before, or CloudFormation is going back, or has gone back, by itself
    """
    _check_state(f"govpay-{stage}")
    functions, published = boto3.client("lambda"), dict[str, tuple[str, datetime]]()
    for page in functions.get_paginator("list_functions").paginate():
        for name in (one["FunctionName"] for one in page["Functions"]):
            if name.startswith(f"govpay-{stage}-") and (live := _live(functions, name)) is not None:
                published[name] = live
    last = max((when for _, when in published.values()), default=None)
    moved = dict[str, tuple[str, str]]()
    for name, (version, when) in sorted(published.items()):
        before = _before(functions, name, int(version))
        if last is not None and before is not None and last - when <= _ONE_DEPLOY:
            functions.update_alias(
                FunctionName=name,
                Name=package.ALIAS,
                FunctionVersion=before,
                RoutingConfig={"AdditionalVersionWeights": {}},  # a canary under way ends here
            )
            moved[name] = (version, before)
            say(f"{name}: dalla versione {version} alla {before}")
    if not moved:
        raise Fermato(f"Nessuna funzione di govpay-{stage} ha una versione precedente.")
    return moved


def _check_state(name: str) -> None:
    """While an update is under way the alias of the API is still at the version before, and is not ours to move."""
    state = (found(boto3.client("cloudformation"), name) or {"StackStatus": ""})["StackStatus"]
    if state == "UPDATE_IN_PROGRESS":
        raise Fermato(
            f"L'aggiornamento di {name} è in corso: aws cloudformation cancel-update-stack --stack-name {name} lo "
            "annulla, e riporta ogni funzione alla versione di prima."
        )
    if state in _UNDONE:
        raise Fermato(
            f"L'ultimo aggiornamento di {name} è già annullato ({state}): le funzioni sono alla versione di prima. Per "
            "andare più indietro: git checkout della versione voluta, poi make deploy."
        )


def _live(functions: Any, name: str) -> tuple[str, datetime] | None:
    """Give the version that the alias has, and when it was made."""
    try:
        version = functions.get_alias(FunctionName=name, Name=package.ALIAS)["FunctionVersion"]
    except functions.exceptions.ResourceNotFoundException:
        return None
    made = functions.get_function_configuration(FunctionName=name, Qualifier=version)["LastModified"]
    return version, datetime.strptime(made[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _before(functions: Any, name: str, version: int) -> str | None:
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    numbers = [int(one["Version"]) for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
    earlier = [number for number in numbers if number < version]
    return str(max(earlier)) if earlier else None
