"""Whether what ships has known vulnerabilities: `python -m infra.audit`, after `make package`.

Asks pip-audit, and so PyPI, then OSV. Without their answer nothing is known, and that is said: it is neither a
success nor a failure. A vulnerability fails unless infra/vulnerabilita.toml says why we live with it, and until when.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from infra import sbom

ROOT = Path(__file__).resolve().parent.parent
SBOM = ROOT / "build/sbom.json"
EXCEPTIONS = Path(__file__).with_name("vulnerabilita.toml")
SERVICES = ("pypi", "osv")
_SECONDS = 7  # for each service: CI waits for it
_LEAST_REASON = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Eccezione:
    """A vulnerability that we live with up to and on `scade`."""

    id: str
    pacchetto: str
    motivo: str
    scade: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Vulnerabilita:
    """A known vulnerability: `nomi` are its names in every database that has it."""

    pacchetto: str
    versione: str
    nomi: frozenset[str]
    rimedi: Sequence[str] = ()

    def __str__(self) -> str:
        rimedio = f"; corretta in {', '.join(self.rimedi)}" if self.rimedi else "; non ancora corretta"
        return f"{self.pacchetto} {self.versione}: {', '.join(sorted(self.nomi))}{rimedio}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    """What a database said of the packages that it knows, and which it does not know."""

    trovate: Sequence[Vulnerabilita]
    note: int
    ignoti: Sequence[str]


class EccezioneErrata(ValueError):
    """The file of exceptions cannot be believed. Italian."""


def exceptions(text: str) -> Sequence[Eccezione]:
    """Read the exceptions.

    :raises EccezioneErrata: if one has no reason, or no day on which it ends
    """
    try:
        read = [Eccezione(**one) for one in tomllib.loads(text).get("eccezione", [])]
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise EccezioneErrata(f"{EXCEPTIONS.name}: {error}") from error
    for one in read:
        if len(str(one.motivo)) < _LEAST_REASON or type(one.scade) is not date:
            raise EccezioneErrata(f"{EXCEPTIONS.name}: {one.id}: servono un motivo, scritto, e una data di scadenza")
    return read


def judge(found: Iterable[Vulnerabilita], known: Iterable[Eccezione], *, today: date) -> tuple[list[str], list[str]]:
    """Give what is wrong, and what is only to be said; a line each."""
    wrong, told, used = [], [], set[str]()
    for one in found:
        match = next((e for e in known if e.id in one.nomi and e.pacchetto == one.pacchetto), None)
        if match is None:
            wrong.append(f"{one}: nessuna eccezione")
            continue
        used.add(match.id)
        if match.scade < today:
            wrong.append(f"{one}: eccezione scaduta il {match.scade:%d/%m/%Y} ({match.motivo})")
        else:
            told.append(f"{one}: ammessa fino al {match.scade:%d/%m/%Y} ({match.motivo})")
    told += [f"{e.id} ({e.pacchetto}): non trovata, l'eccezione si può togliere" for e in known if e.id not in used]
    return wrong, told


def read(answer: Mapping[str, Any]) -> Risposta:
    """Read what pip-audit writes with --format json."""
    dependencies = answer["dependencies"]
    return Risposta(
        trovate=[
            Vulnerabilita(
                pacchetto=one["name"],
                versione=one["version"],
                nomi=frozenset([vuln["id"], *vuln.get("aliases", ())]),
                rimedi=vuln.get("fix_versions", ()),
            )
            for one in dependencies
            for vuln in one.get("vulns", ())
        ],
        note=sum("vulns" in one for one in dependencies),
        ignoti=[one["name"] for one in dependencies if "vulns" not in one],
    )


def ask(service: str, pins: Sequence[str]) -> Risposta | None:
    """Ask pip-audit about pinned packages; None where the service does not answer, or in no time."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "requirements.txt"
        listed.write_text("\n".join(pins) + "\n", encoding="utf-8")
        command = [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(listed), "--no-deps", "--disable-pip"),
            *("--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"),
            *("--timeout", "3", "--cache-dir", folder),
        ]
        try:
            ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603 - our own tool
        except subprocess.TimeoutExpired:
            return None
    try:
        answer = read(json.loads(ran.stdout))
    except json.JSONDecodeError:
        return None
    return answer if answer.note else None


def main(
    pins: Sequence[str],
    *,
    today: date,
    known: Sequence[Eccezione],
    asked: Callable[[str, Sequence[str]], Risposta | None] = ask,
) -> int:
    """Audit packages; 1 where there is a vulnerability that nobody answers for."""
    for service in SERVICES:
        answer = asked(service, pins)
        if answer is not None:
            break
    else:
        _say(f"audit      NON FATTO: nessuna base di vulnerabilità risponde ({', '.join(SERVICES)})")
        return 0
    wrong, told = judge(answer.trovate, known, today=today)
    _say(*told, *wrong)
    if answer.ignoti:
        _say(f"audit      {service} non conosce {', '.join(sorted(answer.ignoti))}")
    _say(f"audit      {answer.note} pacchetti, {len(wrong)} vulnerabilità di cui nessuno risponde ({service})")
    return 1 if wrong else 0


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


if __name__ == "__main__":
    if not SBOM.exists():
        sys.exit("Manca build/sbom.json: prima make package.")
    try:
        read_exceptions = exceptions(EXCEPTIONS.read_text(encoding="utf-8"))
    except EccezioneErrata as refused:
        sys.exit(str(refused))
    sys.exit(main(sbom.pins(SBOM), today=datetime.now(UTC).date(), known=read_exceptions))
