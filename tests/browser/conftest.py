"""The sandbox, whole, in a process of its own; and a window for each test."""

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.world import PORTE, choose_ports
from tests.browser.webdriver import CHROMEDRIVER, CHROMIUM, Browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "demo-out" / "browser"


@dataclass(frozen=True, slots=True)
class Mondo:
    """Where everything is, and the numero avviso of each sample pendenza with its ente."""

    url: Mapping[str, str]
    avvisi: Mapping[str, tuple[str, str]]


@pytest.fixture(scope="session")
def programmi() -> tuple[str, str]:
    found = shutil.which(CHROMIUM), shutil.which(CHROMEDRIVER)
    if found[0] is None or found[1] is None:
        pytest.skip(f"mancano {CHROMIUM} e {CHROMEDRIVER}: su Debian, apt-get install chromium chromium-driver")
    return found[0], found[1]


@pytest.fixture(scope="session")
def mondo(programmi) -> Iterator[Mondo]:
    base = _free_base()
    command = [sys.executable, "-u", "-m", "sandbox", "run", "--porta", str(base)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
        assert running.stdout is not None
        try:
            told = "".join(itertools.takewhile(lambda line: "Ctrl-C" not in line, running.stdout))
            avvisi = re.findall(r"^ +(\S+) .*PAGOPA\|002\|(\d{18})\|(\d{11})", told, re.MULTILINE)
            url = {nome: f"http://127.0.0.1:{base + offset}" for offset, nome in enumerate(PORTE)}
            yield Mondo(url, {id_pendenza: (numero, ente) for id_pendenza, numero, ente in avvisi})
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=30)


def _free_base() -> int:
    """Give the first of as many free ports in a row as there are servers."""
    for base in range(29000, 32000, 50):
        try:
            choose_ports(base)
        except RuntimeError:
            continue
        return base
    pytest.skip("non ci sono abbastanza porte libere di seguito")


@pytest.fixture
def browser(programmi, mondo, tmp_path, request) -> Iterator[Browser]:
    """Give a window without history; the picture of how it was left is kept."""
    window = Browser(tmp_path)
    try:
        yield window.start(*programmi)
        PICTURES.mkdir(parents=True, exist_ok=True)
        window.picture(PICTURES / f"{request.node.name}.png")
    finally:
        window.stop()
