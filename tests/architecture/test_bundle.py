"""The bundle starts with bytecode and with no more of AWS than it calls."""

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import botocore
import pytest

from infra import bundle

ROOT = Path(bundle.__file__).parents[1]


def services_called() -> set[str]:
    """Give every `client("...")` of the product."""
    return {
        node.args[0].value
        for source in (ROOT / "chalicelib").rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "client"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A bundle of two modules, and of a botocore that knows three services."""
    root = tmp_path / "bundle"
    for name in ("chalicelib", "botocore/data/s3", "botocore/data/dynamodb", "botocore/data/accessanalyzer"):
        (root / name).mkdir(parents=True)
    (root / "app.py").write_text("from chalicelib import uno\n")
    (root / "chalicelib/__init__.py").write_text("")
    (root / "chalicelib/uno.py").write_text("def fail():\n    raise ValueError('uno')\n")
    (root / "botocore/data/endpoints.json").write_text("{}")
    for service in ("s3", "dynamodb", "accessanalyzer"):
        (root / "botocore/data" / service / "service-2.json").write_text("{}")
    return root


class TestPrune:
    def test_keeps_the_services_that_are_called_and_what_all_of_them_need(self, directory):
        bundle.prune(directory)

        assert {path.name for path in (directory / "botocore/data").iterdir()} == {"s3", "dynamodb", "endpoints.json"}

    def test_keeps_every_service_that_the_product_calls(self):
        assert services_called() <= set(bundle.SERVICES)
        assert services_called(), "nothing was found: client() has another name"

    def test_names_services_that_botocore_knows(self):
        data = Path(botocore.__file__).parent / "data"

        assert all((data / service).is_dir() for service in bundle.SERVICES)


class TestCompile:
    def test_gives_bytecode_that_is_used_whatever_the_date_of_the_source(self, directory):
        bundle.compile_all(directory)
        (directory / "chalicelib/uno.py").write_text("never read")
        ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(directory)!r}); import app"],
            check=False,
        )

        assert ran.returncode == 0


class TestPack:
    def test_gives_the_same_bytes_for_the_same_files_wherever_they_lie(self, directory, tmp_path):
        first, second = tmp_path / "1.zip", tmp_path / "2.zip"
        bundle.compile_all(directory)
        bundle.pack(directory, first)
        elsewhere = shutil.copytree(directory, tmp_path / "elsewhere")
        bundle.compile_all(elsewhere)
        bundle.pack(elsewhere, second)

        assert first.read_bytes() == second.read_bytes()

    def test_holds_every_file(self, directory, tmp_path):
        target = tmp_path / "all.zip"
        bundle.compile_all(directory)
        bundle.pack(directory, target)

        names = set(zipfile.ZipFile(target).namelist())
        tag = sys.implementation.cache_tag
        assert {"app.py", f"__pycache__/app.{tag}.pyc", f"chalicelib/__pycache__/uno.{tag}.pyc"} <= names


class TestStart:
    def test_is_that_of_the_bundle_alone(self, directory):
        """The small bundle has no AWS at all: nothing of this environment stands in for it."""
        with pytest.raises(subprocess.CalledProcessError):
            bundle.start(directory)
