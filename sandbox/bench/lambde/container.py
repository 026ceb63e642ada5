"""A Lambda container: the unzipped bundle, AWS's runtime client, the environment of the function, and nothing else."""

import asyncio
import importlib.util
import json
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.bench.lambde.runtime_api import ACCOUNT

BUILD = Path(__file__).resolve().parents[3] / "build"
BASE_URL = "https://govpay.example"
_RUNTIME = ("awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py")
_TICKS = os.sysconf("SC_CLK_TCK")


class NonPacchettizzato(FileNotFoundError):
    """There is no bundle, or none that can be read: `make package` makes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Funzione:
    """A function as the template declares it."""

    nome: str
    handler: str
    memory_mb: int
    timeout_s: int
    variabili: Mapping[str, str]
    coda: str = ""
    ogni: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacchetto:
    """What `make package` made, unzipped: `codice` is /var/task, `runtime` what Lambda has beside it."""

    codice: Path
    runtime: Path
    funzioni: Mapping[str, Funzione]

    def avvia(self, funzione: Funzione, *, runtime_api: str, ambiente: Mapping[str, str]) -> "Container":
        return Container(self, funzione, runtime_api=runtime_api, ambiente=ambiente)


@contextmanager
def pacchetto(build: Path = BUILD) -> Iterator[Pacchetto]:
    """Unzip the bundle beside what its runtime has.

    :raises NonPacchettizzato: if it was not built
    """
    template, archivio = build / "template.json", build / "deployment.zip"
    if not (template.exists() and archivio.exists()):
        raise NonPacchettizzato(f"{archivio} non c'è: eseguire make package")
    with TemporaryDirectory() as name:
        codice, runtime = Path(name) / "task", Path(name) / "runtime"
        runtime.mkdir()
        try:
            with zipfile.ZipFile(archivio) as chiuso:
                chiuso.extractall(codice)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise NonPacchettizzato(f"{archivio} è rovinato: eseguire make package") from error
        for modulo in _RUNTIME:
            _affianca(modulo, runtime)
        funzioni = funzioni_di(json.loads(template.read_text(encoding="utf-8")))
        yield Pacchetto(codice=codice, runtime=runtime, funzioni=funzioni)


def _affianca(modulo: str, runtime: Path) -> None:
    """Have a module of the runtime, and not the rest of where it is installed."""
    spec = importlib.util.find_spec(modulo)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(modulo)
    origine = Path(spec.origin)
    if origine.name == "__init__.py":
        origine = origine.parent
    (runtime / origine.name).symlink_to(origine)


def funzioni_di(template: Mapping[str, Any]) -> Mapping[str, Funzione]:
    """Give the functions of a packaged template by the name of their handler in app.py."""
    valori = {nome: uno.get("Default", "") for nome, uno in template["Parameters"].items()}
    valori |= {"AWS::AccountId": ACCOUNT, "BaseUrl": BASE_URL}
    nomi_code = {
        nome: risorsa["Properties"]["QueueName"]["Fn::Sub"]
        for nome, risorsa in template["Resources"].items()
        if risorsa["Type"] == "AWS::SQS::Queue"
    }
    trovate = {}
    for nome, risorsa in template["Resources"].items():
        if risorsa["Type"] != "AWS::Serverless::Function":
            continue
        proprieta = risorsa["Properties"]
        variabili = {
            chiave: str(valori[valore["Ref"]] if isinstance(valore, dict) else valore)
            for chiave, valore in proprieta["Environment"]["Variables"].items()
        }
        eventi: Mapping[str, Any] = proprieta.get("Events", {})
        evento: Mapping[str, Any] = next((uno["Properties"] for uno in eventi.values()), {})
        coda = evento["Queue"]["Fn::GetAtt"][0] if "Queue" in evento else ""
        handler = proprieta["Handler"]
        trovate[handler.partition(".")[2]] = Funzione(
            nome=nome,
            handler=handler,
            memory_mb=proprieta["MemorySize"],
            timeout_s=proprieta["Timeout"],
            variabili=variabili,
            coda=nomi_code[coda].rpartition("-${Stage}-")[2] if coda else "",
            ogni=evento.get("Schedule", ""),
        )
    return trovate


class Container:
    """A running process of a function. It sees the bundle and the runtime client, no other package of this machine."""

    def __init__(
        self, insieme: Pacchetto, funzione: Funzione, *, runtime_api: str, ambiente: Mapping[str, str]
    ) -> None:
        self._insieme, self.funzione = insieme, funzione
        self._ambiente = {
            "PATH": os.environ.get("PATH", ""),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "PYTHONPATH": str(insieme.runtime),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(insieme.codice),
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "AWS_LAMBDA_FUNCTION_NAME": funzione.nome,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(funzione.memory_mb),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{funzione.nome}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "locale",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
            "_HANDLER": funzione.handler,
            **funzione.variabili,
            **ambiente,
        }

    async def parti(self) -> float:
        """Start it; give when, by the clock of the loop."""
        began = asyncio.get_running_loop().time()
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-m", "awslambdaric", self.funzione.handler,
            cwd=self._insieme.codice, env=self._ambiente,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return began

    @property
    def cpu_ms(self) -> float:
        """Tell the CPU that it has taken since it began, by ten milliseconds; 0 where the system does not tell."""
        stat = Path(f"/proc/{self._process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS

    async def ferma(self) -> None:
        """End it, as Lambda does with one that it no longer needs."""
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
