"""What the documents promise: their links lead somewhere, their names exist, their examples work."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import PORTE

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
_VARIABLE = re.compile(r"GOVPAY_[A-Z_]+")
_CODE = re.compile(r'^\s+codice = "([A-Z]{3}_\d{3}|\d{6})"', re.MULTILINE)
_PROVA = re.compile(r"^```bash prova\n(.*?)^```\n(?:\n```(?:json|text)\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_DI_UNA_RIGA = re.compile(r"^0071\d\d$")  # anomalies of a flow: shown with its rows, they refuse no request


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class TestADocument:
    @pytest.mark.parametrize("name", NAMES)
    def test_links_to_what_is_there(self, name):
        base = (ROOT / name).parent
        targets = [match[0] or Path(name).name for match in _LINK.findall(text_of(name))]

        assert [target for target in targets if not (base / target).exists()] == []

    @pytest.mark.parametrize("name", NAMES)
    def test_links_to_headings_that_are_there(self, name):
        base = (ROOT / name).parent
        wanted = [(base / (to or Path(name).name), anchor[1:]) for to, anchor in _LINK.findall(text_of(name)) if anchor]

        assert [anchor for path, anchor in wanted if anchor not in anchors_of(path)] == []

    @pytest.mark.parametrize("name", NAMES)
    def test_names_targets_of_make_that_are_there(self, name):
        targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))

        assert set(re.findall(r"`make ([a-z]+)", text_of(name))) <= targets

    @pytest.mark.parametrize("name", NAMES)
    def test_names_variables_that_are_read(self, name):
        known = set(_VARIABLE.findall(text_of("chalicelib/settings.py")))

        assert {variable for variable in _VARIABLE.findall(text_of(name)) if not variable.endswith("_")} <= known


class TestReadme:
    def test_names_every_variable_of_the_environment(self):
        table = set(re.findall(r"^\| `(GOVPAY_[A-Z_]+)`", text_of("README.md"), re.MULTILINE))

        assert table == set(_VARIABLE.findall(text_of("chalicelib/settings.py")))

    def test_says_what_the_dead_letters_of_every_queue_mean(self):
        queues = set(re.findall(r"QueueName: !Sub govpay-\${Stage}-(\S+-scarti)", text_of("infra/queues.yaml")))

        assert queues == set(re.findall(r"^\| `(\S+-scarti)` \| (?!Approx)", text_of("README.md"), re.MULTILINE))

    def test_names_every_secret(self):
        secrets = set(re.findall(r"^# +(/govpay/\S+)", text_of("infra/keys.yaml"), re.MULTILINE))

        assert secrets == set(re.findall(r"^\| `(/govpay/<[^`]+)`", text_of("README.md"), re.MULTILINE))


class TestTheCodes:
    def test_that_a_client_may_meet_are_all_told(self):
        raised = {
            code
            for path in (ROOT / "chalicelib").rglob("*.py")
            for code in _CODE.findall(path.read_text(encoding="utf-8"))
        }
        told = set(re.findall(r"`([A-Z]{3}_\d{3}|\d{6})`", text_of("docs/integratori.md")))

        assert {code for code in raised - told if not _DI_UNA_RIGA.match(code)} == set()

    def test_that_are_told_are_raised(self):
        code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "chalicelib").rglob("*.py"))
        told = set(re.findall(r"`([A-Z]{3}_\d{3})`", text_of("docs/integratori.md")))

        assert {codice for codice in told if f'"{codice}"' not in code} == set()


class TestWhatIsNotServed:
    def test_is_not_served(self):
        from tests.architecture import map as the_map

        told = {
            (contract, the_map.without_names(path))
            for contract, paths in re.findall(
                r"^\| ([a-z]+) \| ((?:`/[^`]+`,? ?)+)", text_of("docs/migrazione-da-govpay.md"), re.MULTILINE
            )
            for path in re.findall(r"`([^`]+)`", paths)
        }

        assert told
        assert told & the_map.served() == set(), "docs/migrazione-da-govpay.md says that these are not served"


class TestTheExamples:
    """Every block of docs/ marked `bash prova`, in its order, against one sandbox; what follows is the answer."""

    @pytest.mark.parametrize("name", ["docs/integratori.md", "docs/operatori.md", "docs/ragioneria.md"])
    def test_do_what_they_say(self, name, sandbox, tmp_path):
        blocks = _PROVA.findall(text_of(name))

        answers = run([script for script, _ in blocks], sandbox, tmp_path)

        assert len(answers) == len(blocks) > 1
        for (script, expected), answer in zip(blocks, answers, strict=True):
            if expected:
                assert differs(read(expected), read(answer)) is None, f"{script}\n{answer}"


class TestAnAnswer:
    def test_may_have_more_than_is_expected(self):
        assert differs({"a": "…"}, {"a": 1, "b": 2}) is None

    def test_may_not_have_less(self):
        assert differs([{"a": 1}], [{}]) == "[0].a: manca"

    def test_may_not_differ(self):
        assert differs({"a": [1]}, {"a": [2]}) == ".a[0]: 2 e non 1"


def read(text: str) -> Any:
    """Read what was printed: JSON, or words."""
    try:
        return json.loads(text)
    except ValueError:
        return text.split()


def anchors_of(path: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def differs(expected: Any, actual: Any, where: str = "") -> str | None:
    """Say where an answer is not what was expected; `…` is anything, and an object may have more."""
    if expected == "…":
        return None
    if isinstance(expected, dict) and isinstance(actual, dict):
        missing = [name for name in expected if name not in actual]
        if missing:
            return f"{where}.{missing[0]}: manca"
        found = (differs(value, actual[name], f"{where}.{name}") for name, value in expected.items())
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        found = (differs(*pair, f"{where}[{index}]") for index, pair in enumerate(zip(expected, actual, strict=True)))
    else:
        return None if expected == actual else f"{where}: {actual} e non {expected}"
    return next((one for one in found if one), None)


# -- the sandbox -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A sandbox left up, as who reads the documents would have it; gives where it is."""
    if shutil.which("curl") is None or shutil.which("bash") is None:
        pytest.skip("gli esempi dei documenti si eseguono con bash e curl, che qui non ci sono")
    port = _free_ports(len(PORTE))
    log = tmp_path_factory.mktemp("sandbox") / "run.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}
    with log.open("w") as out:
        process = subprocess.Popen(  # noqa: S603 - our own sandbox
            [sys.executable, "-u", "-m", "sandbox", "run", "--porta", str(port), "--velocita", "60"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(log, process)
        yield {name: f"http://127.0.0.1:{port + n}" for n, name in enumerate(map(str.upper, PORTE))}
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            # That it stops when asked is for tests/sandbox to see; the examples have said what they had to.
            process.kill()
            process.wait(timeout=15)


def run(scripts: list[str], sandbox: dict[str, str], where: Path) -> list[str]:
    """Run scripts one after the other in one shell, so that they share their variables; give what each printed."""
    mark = "\x1e"
    whole = "set -euo pipefail\n" + "".join(f"{script}\nprintf '{mark}'\n" for script in scripts)
    done = subprocess.run(  # noqa: S603 - the examples of our own documents
        [str(shutil.which("bash")), "-c", whole],
        cwd=where,
        env={"PATH": os.environ["PATH"], "no_proxy": "*", **sandbox},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout.split(mark)[-1]}\n{done.stderr}"
    return done.stdout.split(mark)[:-1]


def _wait_for(log: Path, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if "Ctrl-C per fermare" in log.read_text(encoding="utf-8"):
            return
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _free_ports(how_many: int) -> int:
    """Find so many ports in a row that nobody listens on; two processes that look at once begin apart."""
    for first in range(24000 + os.getpid() % 500 * how_many, 30000, how_many):
        sockets = [socket.socket() for _ in range(how_many)]
        try:
            for number, one in enumerate(sockets):
                one.bind(("127.0.0.1", first + number))
        except OSError:
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    raise AssertionError("no free ports")
