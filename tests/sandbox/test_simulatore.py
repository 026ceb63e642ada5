"""The simulator gives the same history for a seed, and catches what it is there to catch."""

import os
import subprocess
import sys

import pytest

# Those that few histories show take minutes: `python -m tests.sandbox.mutanti <name> 400` proves them.
SUBITO = (
    "ricevuta_senza_notifica",
    "notifiche_mai_riaccodate",
    "ricevuta_senza_riscossioni",
    "pagamento_doppio_taciuto",
    "posizione_non_aggiornata",
    "flusso_senza_righe",
)


def run(*arguments):
    command = [sys.executable, *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110, check=False)  # noqa: S603


class TestAGuardTakenAway:
    @pytest.mark.parametrize("mutante", SUBITO)
    def test_is_caught_within_two_hundred_histories(self, mutante):
        done = run("-m", "tests.sandbox.mutanti", mutante, "200")

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
