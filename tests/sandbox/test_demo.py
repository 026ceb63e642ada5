"""The main job end to end, as `make demo` runs it: in a process of its own, because GovPay reads its environment once."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("GOVPAY_", "AWS_"))}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


class TestDemo:
    def test_ends_well_and_leaves_the_paper(self, tmp_path):
        demo = sandbox("demo", "--cartella", str(tmp_path))

        assert demo.returncode == 0, demo.stdout + demo.stderr
        assert "Tutto come atteso" in demo.stdout
        assert "\033" not in demo.stdout
        assert sorted(path.name for path in tmp_path.glob("*.pdf")) == [
            "avviso-MENSA-2026-0007.pdf",
            "avviso-MULTA-2026-0042.pdf",
            "avviso-TARI-2026-0001.pdf",
            "ricevuta-MENSA-2026-0007.pdf",
            "ricevuta-MULTA-2026-0042.pdf",
            "ricevuta-TARI-2026-0001.pdf",
        ]

    def test_says_how_it_is_called(self):
        assert sandbox("boh").returncode == 2
