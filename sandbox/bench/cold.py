"""Cold import of the Lambda entries against their floor, in fresh processes.

All entries are in app.py and import the same: what is measured once holds for each. CPU milliseconds of the process
from its first line on, so that a busy machine does not show; the floor runs in between, so that its mood does not.
Both find their bytecode compiled; `uncompiled_ms` is what a bundle without bytecode pays at each cold start, because
Lambda cannot write it. What serves a request or a message is imported by the first one: `first_ms` are app.py and that.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

PROCESSES = 5
TARGET = 1.5
_ROOT = Path(__file__).resolve().parents[2]
_TIMED = "import time; t = time.process_time()\n{}\nprint((time.process_time() - t) * 1000)"
_ENTRY = _TIMED.format("import app")
_FLOOR = _TIMED.format("import chalice.app, botocore.session\nbotocore.session.get_session().create_client('dynamodb')")
_REGISTRY = "import chalicelib.anagrafica.registry, chalicelib.giornale.operations"
_ROUTES = "import app; app.app.routes[{!r}]; " + _REGISTRY
# What a first request or message of each kind imports: its routes or its operations, and what is behind their ports.
FIRST = {
    "first request for a pendenza": _ROUTES.format("/govpay/backend/api/pendenze/rs/{auth}/v1/pendenze")
    + "; import chalicelib.pagamenti.queries",
    "first message of the Nodo": _ROUTES.format("/govpay/frontend/api/pagopa/PagamentiTelematiciCCPservice")
    + "; import chalicelib.notifiche.operations",
    "first notifica": "import app, chalicelib.notifiche.operations, chalicelib.notifiche.ente; " + _REGISTRY,
    "first exchange stored": "import app, chalicelib.giornale.operations",
    "first step of a flow": "import app, chalicelib.riconciliazione.operations",
}
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|\s*(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """Medians; `heaviest` are modules with their own microseconds, when the target is missed."""

    entry_ms: float
    floor_ms: float
    uncompiled_ms: float
    first_ms: Mapping[str, float] = field(default_factory=dict)
    heaviest: Sequence[tuple[str, int]] = ()

    @property
    def ratio(self) -> float:
        return self.entry_ms / self.floor_ms


def measure(processes: int = PROCESSES) -> Cold:
    entry_ms, floor_ms = list[float](), list[float]()
    first = {name: _TIMED.format(code) for name, code in FIRST.items()}
    first_ms: dict[str, list[float]] = {name: [] for name in first}
    with TemporaryDirectory() as bytecode, TemporaryDirectory() as nothing:
        for code in (_ENTRY, _FLOOR, *first.values()):
            _run(code, bytecode)
        for _ in range(processes):
            entry_ms.append(_ms(_ENTRY, bytecode))
            floor_ms.append(_ms(_FLOOR, bytecode))
            for name, code in first.items():
                first_ms[name].append(_ms(code, bytecode))
        entry, floor = median(entry_ms), median(floor_ms)
        return Cold(
            entry_ms=entry,
            floor_ms=floor,
            uncompiled_ms=_ms(_ENTRY, nothing, write=False),
            first_ms={name: median(figures) for name, figures in first_ms.items()},
            heaviest=heaviest(bytecode) if entry > TARGET * floor else (),
        )


def _ms(code: str, bytecode: str, *, write: bool = True) -> float:
    return float(_run(code, bytecode, write=write).stdout)


def heaviest(bytecode: str, most: int = 10) -> Sequence[tuple[str, int]]:
    """Give the packages whose modules take longest beyond those of the floor, by -X importtime."""
    ours, floor = _own_times(_ENTRY, bytecode), _own_times(_FLOOR, bytecode)
    totals: dict[str, int] = {}
    for module, microseconds in ours.items():
        if module not in floor:
            package = ".".join(module.split(".")[:2])
            totals[package] = totals.get(package, 0) + microseconds
    return sorted(totals.items(), key=lambda entry: -entry[1])[:most]


def _own_times(code: str, bytecode: str) -> dict[str, int]:
    found = (_LINE.match(line) for line in _run(code, bytecode, "-X", "importtime").stderr.splitlines())
    return {match[3]: int(match[1]) for match in found if match}


def _run(code: str, bytecode: str, *options: str, write: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "GOVPAY_STAGE": "bench",
        "AWS_DEFAULT_REGION": "eu-south-1",
        "PYTHONPYCACHEPREFIX": bytecode,
        "PYTHONDONTWRITEBYTECODE": "" if write else "1",
    }
    return subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, *options, "-c", code],
        cwd=_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
