"""The command line as its users run it: a process of its own, against embedded AWS over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chalicelib.anagrafica import queries as anagrafica_queries
from sandbox.aws.server import EmbeddedAws

ROOT = Path(__file__).parents[2]
SECONDI = 60


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
    """Runs `govpay` in the sandbox that the test has filled."""

    endpoint: str
    ambiente: dict[str, str] = field(default_factory=dict)

    def __call__(self, *argomenti: str, risposta: str = "", in_sandbox: bool = True) -> Risposta:
        with self.start(*argomenti, in_sandbox=in_sandbox) as process:
            out, err = process.communicate(risposta, timeout=SECONDI)
            return Risposta(process.returncode, out, err)

    def start(self, *argomenti: str, in_sandbox: bool = True) -> "subprocess.Popen[str]":
        stage = [] if "--stage" in argomenti else ["--stage", "test"]
        dove = ["--sandbox", "--endpoint", self.endpoint, *stage] if in_sandbox else []
        env = {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "govpay", *argomenti, *dove],
            cwd=ROOT,
            env=env | self.ambiente,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def govpay(aws) -> Iterator[Riga]:
    anagrafica_queries.forget()
    with EmbeddedAws() as served:
        yield Riga(served.endpoint)
    anagrafica_queries.forget()
