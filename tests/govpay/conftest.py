"""The command line as its users run it, against embedded AWS: in this process, or in one of its own over HTTP."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import queries as anagrafica_queries
from chalicelib.aws import secrets
from chalicelib.aws.clients import client
from govpay import attesa
from govpay.riga import main
from sandbox.aws.server import EmbeddedAws

ROOT = Path(__file__).parents[2]
SECONDI = 60
NESSUNO = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Risposta:
    codice: int
    testo: str
    errore: str

    @property
    def json(self) -> Any:
        return json.loads(self.testo)


@dataclass
class Riga:
    """Runs `govpay` in the sandbox that the test has filled.

    `main` is all that a process of its own would run; what a process keeps to itself (environment, caches) is taken
    away after each command.
    """

    def __call__(self, *argomenti: str, risposta: str = "") -> Risposta:
        out, err = io.StringIO(), io.StringIO()
        forget()
        stdin = patch.object(sys, "stdin", io.StringIO(risposta))
        with patch.dict(os.environ), stdin, redirect_stdout(out), redirect_stderr(err):
            codice = main([*argomenti, "--sandbox", "--endpoint", NESSUNO, "--stage", "test"])
        forget()
        return Risposta(codice, out.getvalue(), err.getvalue())

    def served(self, run_queue: Callable[[], object], *argomenti: str) -> Risposta:
        """Run a command that waits; while it does, the consumers work."""
        steps = iter(range(200))

        def sleep(_seconds: float) -> None:
            next(steps)
            run_queue()

        with patch.object(attesa, "time", SimpleNamespace(monotonic=lambda: 0.0, sleep=sleep)):
            return self(*argomenti)


def forget() -> None:
    anagrafica_queries.forget()
    secrets.forget()


@dataclass
class Processo:
    """Runs `govpay` as a process of its own, which reaches the same AWS over HTTP."""

    endpoint: str

    def __call__(self, *argomenti: str, stage: str = "test") -> Risposta:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}
        ran = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "govpay", *argomenti, "--sandbox", "--endpoint", self.endpoint, "--stage", stage],
            cwd=ROOT,
            env=env,
            input="",
            capture_output=True,
            text=True,
            timeout=SECONDI,
            check=False,
        )
        return Risposta(ran.returncode, ran.stdout, ran.stderr)


@pytest.fixture
def govpay(aws) -> Iterator[Riga]:
    # Clients are made once a process: these are of the embedded AWS whatever a command says of the address.
    for service in ("dynamodb", "sqs", "s3", "ssm"):
        client(service)
    forget()
    yield Riga()
    forget()


@pytest.fixture
def processo(aws) -> Iterator[Processo]:
    forget()
    with EmbeddedAws() as served:
        yield Processo(served.endpoint)
    forget()
