"""Three processes of GovPay on one DynamoDB over HTTP, which is not moto, and around them the simulators of the sandbox.

SQS, S3, SSM and KMS are moto's: nothing of what is tried here rests on them.
"""

import itertools
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any, Self

import boto3
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.settings import settings
from sandbox import sample
from sandbox.api_client import BACKOFFICE, PAGAMENTO, PENDENZE, Api, ApiRifiuta
from sandbox.aws.server import EmbeddedAws
from sandbox.aws.template import create_all
from sandbox.checkout.checkout import Checkout
from sandbox.checkout.server import EC_PATH
from sandbox.checkout.server import server as checkout_server
from sandbox.fdr.server import SERVICE_PATH
from sandbox.fdr.server import server as fdr_server
from sandbox.gestionale.server import ENTE, Gestionale
from sandbox.gestionale.server import server as gestionale_server
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import PSP_NOTI, Protocollo, Rifiuto
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from sandbox.simulatore.libri import Lettore, Libri
from sandbox.world import seed_secrets

FUNZIONI = 3
ROOT = Path(__file__).parents[2]
DYNAMODB = ROOT / ".dynamodb" / "bin" / "dynoxide"
_SECONDI = 30.0


def insieme(chiamate: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make calls at the same moment, each in a thread; give what each answered, or was refused with."""
    partenza = Barrier(len(chiamate))

    def una(chiamata: Callable[[], Any]) -> Any:
        partenza.wait(timeout=_SECONDI)
        try:
            return chiamata()
        except (ApiRifiuta, Rifiuto) as rifiuto:
            return rifiuto

    with ThreadPoolExecutor(len(chiamate)) as pool:
        return list(pool.map(una, chiamate))


def codici(risposte: Iterable[Any]) -> set[str]:
    """Give the codes of the refusals among some answers."""
    return {str(una.fault.get("codice", una)) for una in risposte if isinstance(una, ApiRifiuta)}


def riuscite(risposte: Iterable[Any]) -> list[Any]:
    return [una for una in risposte if not isinstance(una, ApiRifiuta | Rifiuto)]


class DiUnoQualsiasi(GovPayClient):
    """The Nodo's way to GovPay: each call goes to one of the processes, whichever."""

    def __init__(self, urls: list[str]) -> None:
        super().__init__("", sample.NODO_PRINCIPAL, sample.NODO_PASSWORD, Registro())
        self.urls = urls

    @property
    def _base_url(self) -> str:
        return random.choice(self.urls)  # noqa: S311 - a game

    @_base_url.setter
    def _base_url(self, _value: str) -> None:
        """None is kept."""


@dataclass(slots=True)
class Mondo:
    """What is running, until stop(); `funzioni` are the addresses of the processes."""

    cartella: Path
    funzioni: list[str] = field(default_factory=list)
    contesa: str = ""
    nodo: Nodo = field(init=False)
    checkout: Checkout = field(init=False)
    _giro: Any = field(default_factory=itertools.count)
    _running: ExitStack = field(default_factory=ExitStack)
    _lettore: Lettore = field(default_factory=Lettore)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _start(self) -> None:
        self.nodo = Nodo(
            anagrafica=sample.anagrafica_nodo(),
            govpay=DiUnoQualsiasi(self.funzioni),
            registro=Registro(),
            psp=PSP_NOTI,
        )
        self.checkout = Checkout(self.nodo, chiave=sample.CHECKOUT_KEY)
        gestionale = Gestionale(username=sample.CONNETTORE_USERNAME, password=sample.CONNETTORE_PASSWORD)
        nodo, checkout, ente, fdr = (
            self._running.enter_context(one)
            for one in (
                nodo_server(self.nodo),
                checkout_server(self.checkout),
                gestionale_server(gestionale),
                fdr_server(self.nodo, chiave=sample.FDR_KEY),
            )
        )
        self._start_aws()
        os.environ["GOVPAY_CHECKOUT_URL"] = checkout.url + EC_PATH
        os.environ["GOVPAY_ANAGRAFICA_CACHE_SECONDS"] = "1"
        self._start_funzioni()
        sample.carica_anagrafica(
            self.api(BACKOFFICE, sample.ADMIN, sample.ADMIN_PASSWORD),
            url_nodo=nodo.url + SOAP_PATH,
            url_gestionale=ente.url + ENTE,
            url_fdr=fdr.url + SERVICE_PATH,
        )

    def _start_aws(self) -> None:
        port = _free_port()
        self._process(str(DYNAMODB), "--host", "127.0.0.1", "--port", str(port), "--log", "quiet")
        beyond = f"http://127.0.0.1:{port}"
        _until_it_answers(beyond)
        seme = os.environ.get("SEED", "1")
        self.contesa = self._told(sys.executable, "-m", "tests.concurrency.contesa", "--verso", beyond, "--seme", seme)
        self._running.enter_context(EmbeddedAws()).export()
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = self.contesa
        create_all()
        seed_secrets()

    def _start_funzioni(self) -> None:
        logs = [str(self.cartella / f"funzione-{numero}.log") for numero in range(FUNZIONI)]
        begun = [self._process(sys.executable, "-m", "tests.concurrency.funzione", log) for log in logs]
        self.funzioni += [_first_line(one) for one in begun]

    def _told(self, *command: str) -> str:
        return _first_line(self._process(*command))

    def _process(self, *command: str) -> subprocess.Popen[str]:
        """Begin a process that ends when this one closes its input, or is told to."""
        one = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
        self._running.callback(_end, one)
        return one

    # -- calls

    def api(self, path: str, user: str, password: str) -> Api:
        """Give one of the APIs, at each call of this at another process."""
        return Api(self.funzioni[next(self._giro) % len(self.funzioni)], path, user, password)

    def backoffice(self) -> Api:
        return self.api(BACKOFFICE, sample.ADMIN, sample.ADMIN_PASSWORD)

    def carica(self, id_pendenza: str, importo: str = "10.00", *, tipo: str = "mensa") -> Any:
        dati = sample._pendenza(tipo, f"Causale di {id_pendenza}", importo, sample.LUCA)
        api = self.api(PENDENZE, sample.GESTIONALE_PRINCIPAL, sample.GESTIONALE_PASSWORD)
        return api.put(f"/pendenze/{sample.ID_A2A}/{id_pendenza}", dati)

    def paga(
        self, numero_avviso: str, importo: str, *, protocollo: Protocollo = Protocollo.V2, ente: str = sample.DOMINIO
    ) -> Any:
        """Begin and close a payment; give its ricevuta, not yet delivered."""
        tentativo = self.nodo.attiva(
            id_dominio=ente,
            numero_avviso=numero_avviso,
            protocollo=protocollo,
            importo=Importo.parse(importo),
        )
        return self.nodo.paga(tentativo.token, consegna=False)

    def carrello(self, id_pendenza: str, chiave: str) -> Any:
        api = self.api(PAGAMENTO, sample.PORTALE_PRINCIPAL, sample.PORTALE_PASSWORD)
        corpo = {
            "pendenze": [{"idA2A": sample.ID_A2A, "idPendenza": id_pendenza}],
            "urlRitorno": "https://portale.example/esito",
        }
        return api.post("/pagamenti", corpo, idSessionePortale=chiave)

    # -- the books

    def libri(self) -> Libri:
        """Read all the tables."""
        return self._lettore.legge(lambda tabella: list(self.items(tabella)))

    def items(self, tabella: str) -> Iterable[Mapping[str, Any]]:
        pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=settings().prefix + tabella)
        return itertools.chain.from_iterable(page["Items"] for page in pages)

    def cifre(self) -> dict[str, int]:
        found: dict[str, int] = requests.get(self.contesa, timeout=5).json()
        return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _until_it_answers(url: str) -> None:
    deadline = time.monotonic() + _SECONDI
    while time.monotonic() < deadline:
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line, f"{process.args} non è partito"
    return line


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    if "dynoxide" in str(process.args):
        process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
