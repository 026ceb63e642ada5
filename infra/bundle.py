"""What Chalice bundled, made ready to start: bytecode in, the AWS services that nothing calls out.

Lambda cannot write beside the code, so a bundle without bytecode compiles all it imports at every cold start.
"""

import compileall
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory

# Every client that chalicelib makes (pynamodb's is dynamodb), and sts, which credentials may come from.
SERVICES = ("dynamodb", "kms", "s3", "sesv2", "sqs", "ssm", "sts")
_DATA = Path("botocore/data")
_TASK = "/var/task"  # where Lambda unpacks it; and no word of where it was built
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16
# -I -S: nothing but the standard library and the bundle is importable.
_START = """
import json, sys, time
began = time.process_time()
sys.path.insert(0, sys.argv[1])
import app
imported = time.process_time()
from chalicelib.aws.clients import client
from chalicelib.aws.base_table import raw_client
from chalicelib.pendenze.tables import PendenzaItem
made = [raw_client(PendenzaItem), *(client(name) for name in json.loads(sys.argv[2]))]
clients = time.process_time()
print(json.dumps({"import_ms": (imported - began) * 1000, "clients_ms": (clients - imported) * 1000}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """CPU milliseconds of a fresh process: `app.py` imported, then one client of every service."""

    import_ms: float
    clients_ms: float


def finish(bundle: Path) -> Start | None:
    """Prune, compile and pack anew, in place; start it once, and give what that took, None on another platform.

    The same bundle gives the same bytes.

    :raises subprocess.CalledProcessError: if it does not start
    """
    with TemporaryDirectory() as name:
        directory = Path(name)
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(directory)
        prune(directory)
        compile_all(directory)
        started = start(directory) if _runs_here() else None
        pack(directory, bundle)
    return started


def prune(directory: Path, services: Iterable[str] = SERVICES) -> None:
    """Take away what botocore knows of services that are not called; what it knows of all stays."""
    kept = set(services)
    for entry in (directory / _DATA).iterdir():
        if entry.is_dir() and entry.name not in kept:
            shutil.rmtree(entry)


def compile_all(directory: Path) -> None:
    """Compile every source. Unchecked: nobody edits a bundle, and a check would be paid at each cold start."""
    compileall.compile_dir(
        directory,
        quiet=2,  # some packages carry a source of another Python: it is never imported
        force=True,
        maxlevels=20,
        stripdir=str(directory),
        prependdir=_TASK,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )


def pack(directory: Path, target: Path) -> None:
    """Zip a directory: in order and without dates, so that only a change changes the bytes."""
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(directory).as_posix(), _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _MODE
            archive.writestr(entry, path.read_bytes())


def start(directory: Path, services: Sequence[str] = SERVICES) -> Start:
    """Import the bundle in a fresh process that sees nothing else, and make its clients."""
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-I", "-S", "-B", "-c", _START, str(directory), json.dumps(services)],
        cwd=directory,
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return Start(**json.loads(ran.stdout))


def _environment() -> dict[str, str]:
    """Give what Lambda sets, and nothing of this machine's own AWS."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "GOVPAY_", "PYTHON"))}
    return inherited | {"AWS_DEFAULT_REGION": "eu-south-1", "GOVPAY_STAGE": "prod"}


def _runs_here() -> bool:
    """Tell whether the wheels of the bundle, which are Lambda's, are also this machine's."""
    return (sys.platform, platform.machine()) == ("linux", "x86_64")
