"""The AWS of a load test, in a process of its own, and what it is told beside the calls of AWS."""

import asyncio
import json
import os
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.aws.server import environment
from sandbox.bench.lambde.runtime_api import ACCOUNT, Invocazione

CONTROLLO = "/_bench/"  # what is no call of AWS
_ROOT = Path(__file__).resolve().parents[3]
# What this process and the AWS must know as the functions do: the names of tables, queues, buckets.
NOMI = {"GOVPAY_STAGE": "prod", "GOVPAY_BUCKET_SUFFIX": ACCOUNT}


class NuvolaProcesso:
    """`ambiente` is what a client of it has in its environment."""

    def __init__(self, indirizzo: str) -> None:
        self._url = f"http://{indirizzo}"
        self.ambiente: Mapping[str, str] = environment(self._url)

    def _chiede(self, cosa: str, body: object = None) -> Any:
        request = urllib.request.Request(f"{self._url}{CONTROLLO}{cosa}", data=json.dumps(body).encode())  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    def attenda(self, millisecondi: float) -> None:
        """Keep every answer back so long, as a network and DynamoDB would."""
        self._chiede("attesa", millisecondi)

    def coda(self, nome: str) -> Sequence[str]:
        """Give the bodies of the messages in a queue."""
        bodies: Sequence[str] = self._chiede(f"coda/{nome}")
        return bodies

    def svuota(self) -> None:
        self._chiede("svuota")

    def attribuisci(self, invocazioni: Sequence[Invocazione]) -> None:
        """Tell each invocation what AWS took of its time, and in how many calls; forget it."""
        tempi: Mapping[str, Sequence[float]] = self._chiede("tempi")
        for una in invocazioni:
            suoi = tempi.get(una.traccia, ())
            una.attesa_ms, una.chiamate = sum(suoi), len(suoi)


@asynccontextmanager
async def nuvola() -> AsyncIterator[NuvolaProcesso]:
    """Run it while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.bench.lambde.nuvola_http",
        cwd=_ROOT, env={**os.environ, **NOMI, "AWS_DEFAULT_REGION": "eu-south-1"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        yield NuvolaProcesso((await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip())
    finally:
        process.kill()
        await process.wait()
