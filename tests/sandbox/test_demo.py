"""The sandbox as `make run` starts it: in a process of its own, because GovPay reads its environment once."""

import itertools
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.world import PortaOccupata, choose_ports

ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}


def sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


class TestCommands:
    """The demo itself is run, and what it leaves looked at, in tests/architecture/test_stack.py."""

    def test_says_how_it_is_called(self):
        assert sandbox("boh").returncode == 2


def free_base() -> int:
    """Give the first of eight free ports in a row."""
    for base in range(21000, 29000, 50):
        try:
            choose_ports(base)
        except PortaOccupata:
            continue
        return base
    pytest.skip("non ci sono otto porte libere di seguito")


class TestRun:
    def test_tells_where_everything_is_and_stops_when_asked(self):
        base = free_base()
        command = [sys.executable, "-u", "-m", "sandbox", "run", "--porta", str(base)]
        with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as running:  # noqa: S603
            assert running.stdout is not None
            try:
                told = "".join(itertools.takewhile(lambda line: "Ctrl-C" not in line, running.stdout))
                pages = [
                    requests.get(f"http://127.0.0.1:{base + n}/", timeout=5).status_code for n in (1, 2, 3, 5, 6, 7)
                ]
            finally:
                running.send_signal(signal.SIGINT)
            assert running.wait(timeout=20) == 0

        assert f"http://127.0.0.1:{base + 1}/" in told
        assert "gpadmin / " in told
        assert pages == [200] * 6

    def test_says_which_port_is_busy(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()

            refused = sandbox("run", "--porta", str(taken.getsockname()[1]))

        assert refused.returncode == 2
        assert "è occupata" in refused.stderr

    def test_refuses_a_speed_that_is_none(self):
        assert sandbox("run", "--velocita", "0").returncode == 2
