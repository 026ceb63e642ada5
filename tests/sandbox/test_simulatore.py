"""The simulator gives the same history for a seed, and catches what it is there to catch."""

import os
import subprocess
import sys


def run(*arguments):
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110, check=False)  # noqa: S603


class TestAGuardTakenAway:
    def test_is_caught_by_the_history_that_shows_it_or_one_soon_after(self):
        """Those that few histories show take minutes: docs/simulazione.md says how each is proved by hand."""
        done = run("-m", "tests.sandbox.mutanti", "subito", "60")

        assert done.returncode == 0, done.stdout + done.stderr


class TestASeed:
    def test_gives_the_same_history_again(self):
        script = (
            "from sandbox.simulatore.banco import banco\n"
            "with banco() as corre:\n"
            "    print([corre(seme).impronta for seme in (5, 9, 5)])\n"
        )
        done = run("-c", script)
        first, other, again = done.stdout.strip("[]\n").split(", ")

        assert first == again != other
