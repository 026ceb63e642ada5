"""What docs/sicurezza.md says is held has a test that proves it, by its name."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

from infra import templates

ROOT = Path(templates.__file__).parents[1]
TEXT = (ROOT / "docs/sicurezza.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[^`]+)`", TEXT)))
TABLES = TEXT[TEXT.index("## OWASP API") : TEXT.index("## Che cosa non teniamo")]
ROWS = [line for line in TABLES.splitlines() if re.match(r"\| (API)?\d", line)]


@lru_cache(maxsize=64)
def proofs_in(file: str) -> frozenset[str]:
    """Give `Class` and `Class::test` of a file of tests."""
    classes = (one for one in ast.parse((ROOT / file).read_text()).body if isinstance(one, ast.ClassDef))
    methods = {c.name: [m.name for m in c.body if isinstance(m, ast.FunctionDef)] for c in classes}
    found = {name: [test for test in tests if test.startswith("test_")] for name, tests in methods.items()}
    return frozenset(
        [name for name, tests in found.items() if tests] + [f"{n}::{t}" for n, tests in found.items() for t in tests]
    )


class TestTheTable:
    @pytest.mark.parametrize("name", NAMED)
    def test_names_proofs_that_are_there(self, name: str) -> None:
        file, _, test = name.partition("::")

        assert test in proofs_in(file)

    def test_has_every_point_of_the_api_top_ten_once_and_in_order(self) -> None:
        points = re.findall(r"^\| API(\d+) ", TEXT, re.MULTILINE)

        assert points == [str(number) for number in range(1, 11)]

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split()[1])
    def test_has_a_proof_for_whatever_it_says_is_held(self, row: str) -> None:
        assert "`tests/" in row
