"""The world around GovPay, whole: embedded AWS, GovPay itself, pagoPA, a PSP and the enti, on loopback, offline."""

import logging
import os
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sandbox import posta, sample
from sandbox.api_client import BACKOFFICE, PAGAMENTO, PENDENZE, Api
from sandbox.appio.appio import AppIo, Iscrizione
from sandbox.appio.server import SERVICE_PATH as APP_IO_PATH
from sandbox.appio.server import server as appio_server
from sandbox.bank.server import server as bank_server
from sandbox.bank.tesoriere import Tesoriere
from sandbox.cassetto.cassetto import Cassetto
from sandbox.checkout.checkout import Checkout
from sandbox.checkout.server import EC_PATH
from sandbox.checkout.server import server as checkout_server
from sandbox.fdr.bizevents import BIZ_EVENTS_PATH
from sandbox.fdr.server import SERVICE_PATH
from sandbox.fdr.server import server as fdr_server
from sandbox.gestionale.server import ENTE, Gestionale
from sandbox.gestionale.server import server as gestionale_server
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import PSP_NOTI
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from sandbox.portal.portale import Portale
from sandbox.portal.server import server as portale_server
from sandbox.psp.pagine import Altrove
from sandbox.psp.psp import Psp
from sandbox.psp.server import server as psp_server
from sandbox.web.server import LOOPBACK
from sandbox.wisp.server import server as wisp_server
from sandbox.wisp.wisp import Wisp

PORTA = 8700
AWS_PORT = 5566
PORTE = ("govpay", "psp", "gestionale", "nodo", "aws", "checkout", "wisp", "portale", "fdr", "banca", "appio")
# Where the Web Connector of GovPay takes over the payers that come back from the WISP.
WEB_CONNECTOR = "/govpay/frontend/web/connector/ecsp/psp"
_SECONDI_PRONTO = 20.0
# Of the citizens of the sandbox; of the third App IO knows nothing.
ISCRITTI = {
    sample.MARIA["identificativo"]: Iscrizione.AMMETTE,
    sample.LUCA["identificativo"]: Iscrizione.NON_AMMETTE,
}


class PortaOccupata(RuntimeError):
    """A port is taken. `str()` says which, and what to do."""


@dataclass(slots=True, kw_only=True)
class World:
    """What is running, until stop(). One to a process: GovPay reads its environment once."""

    porte: dict[str, int]
    url: dict[str, str] = field(default_factory=dict)
    nodo: Nodo
    psp: Psp
    gestionale: Gestionale
    checkout: Checkout
    wisp: Wisp
    portale: Portale
    tesoriere: Tesoriere
    appio: AppIo
    _running: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def start(cls, *, port_base: int = 0, log_file: Path | None = None, speed: float = 1.0) -> Self:
        """Start everything on `port_base` and the ports after it, or on free ones, and wait until it answers.

        `log_file` takes GovPay's log; without it the log goes to standard output. With `speed` 60 queues try again,
        and schedules come, after a sixtieth of the time they take in AWS.

        :raises PortaOccupata: before anything is started
        """
        porte = choose_ports(port_base)
        url = {nome: f"http://{LOOPBACK}:{porta}" for nome, porta in porte.items()}
        registro = Registro()
        govpay = GovPayClient(url["govpay"], sample.NODO_PRINCIPAL, sample.NODO_PASSWORD, registro)
        anagrafica = sample.anagrafica_nodo(url["govpay"] + WEB_CONNECTOR)
        nodo = Nodo(anagrafica=anagrafica, govpay=govpay, registro=registro, psp=PSP_NOTI)
        world = cls(
            porte=porte,
            url=url,
            nodo=nodo,
            psp=Psp(nodo),
            gestionale=Gestionale(username=sample.CONNETTORE_USERNAME, password=sample.CONNETTORE_PASSWORD),
            checkout=Checkout(nodo, chiave=sample.CHECKOUT_KEY),
            wisp=Wisp(nodo),
            portale=Portale(_pagamento(url["govpay"]), enti=sample.ENTI, nomi=sample.PERSONE),
            tesoriere=Tesoriere(nodo),
            appio=AppIo(chiave=sample.APP_IO_KEY, iscritti=ISCRITTI),
        )
        try:
            world._start_simulators()
            world._start_govpay(log_file, speed)
            world.wait_ready()
        except BaseException:
            world.stop()
            raise
        return world

    def _start_simulators(self) -> None:
        altrove = Altrove(govpay=self.url["govpay"], nodo=self.url["nodo"], gestionale=self.url["gestionale"])
        self._running.enter_context(nodo_server(self.nodo, port=self.porte["nodo"]))
        self._running.enter_context(psp_server(self.psp, altrove=altrove, port=self.porte["psp"]))
        self._running.enter_context(gestionale_server(self.gestionale, port=self.porte["gestionale"]))
        self._running.enter_context(checkout_server(self.checkout, port=self.porte["checkout"]))
        self._running.enter_context(wisp_server(self.wisp, port=self.porte["wisp"]))
        self._running.enter_context(portale_server(self.portale, port=self.porte["portale"]))
        self._running.enter_context(
            fdr_server(
                self.nodo, chiave=sample.FDR_KEY, chiave_biz_events=sample.BIZ_EVENTS_KEY, port=self.porte["fdr"]
            )
        )
        self._running.enter_context(bank_server(self.tesoriere, port=self.porte["banca"]))
        self._running.enter_context(appio_server(self.appio, port=self.porte["appio"]))

    def _start_govpay(self, log_file: Path | None, speed: float) -> None:
        from sandbox.aws.server import EmbeddedAws
        from sandbox.aws.template import create_all

        self._running.enter_context(EmbeddedAws(port=self.porte["aws"])).export()
        os.environ.update(govpay_environment(self.url["govpay"], self.url["checkout"] + EC_PATH))
        os.environ["GOVPAY_BIZ_EVENTS_URL"] = self.url["fdr"] + BIZ_EVENTS_PATH
        os.environ["GOVPAY_APP_IO_URL"] = self.url["appio"] + APP_IO_PATH
        create_all()
        seed_secrets()
        posta.apri()

        from app import app
        from sandbox.aws.gateway import Gateway
        from sandbox.aws.pollers import Pollers

        if log_file is not None:
            self._running.callback(redirect_log(log_file).close)
        self._running.enter_context(Gateway(app, port=self.porte["govpay"]))
        self._running.enter_context(Pollers(app, speed=speed))

    def open_cassetto(self, radice: Path) -> None:
        """Watch a folder for each ente in the place of the bucket of giornali di cassa, until stop()."""
        import boto3

        from chalicelib.aws.documents import Bucket
        from chalicelib.settings import settings

        bucket = settings().bucket(Bucket.RICONCILIAZIONE)
        cassetto = Cassetto(radice, s3=boto3.client("s3"), bucket=bucket, domini=list(sample.ENTI))
        self._running.enter_context(cassetto)

    def wait_ready(self) -> None:
        """Wait until GovPay answers its administrator.

        :raises TimeoutError:
        """
        deadline = time.monotonic() + _SECONDI_PRONTO
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            time.sleep(0.1)
        raise TimeoutError(f"GovPay non risponde dopo {_SECONDI_PRONTO:.0f} secondi: il perché è nel log.")

    def is_ready(self) -> bool:
        import requests

        try:
            self.backoffice().get("/domini", risultatiPerPagina="1")
        except requests.RequestException:
            return False
        return True

    def stop(self) -> None:
        """Stop everything, in the order contrary to the start."""
        self._running.close()

    def backoffice(self) -> Api:
        return Api(self.url["govpay"], BACKOFFICE, sample.ADMIN, sample.ADMIN_PASSWORD)

    def pendenze(self) -> Api:
        return Api(self.url["govpay"], PENDENZE, sample.GESTIONALE_PRINCIPAL, sample.GESTIONALE_PASSWORD)

    def pagamento(self) -> Api:
        """Give API Pagamento as the portal calls it."""
        return _pagamento(self.url["govpay"])

    def api_gestionale(self) -> Api:
        return Api(self.url["gestionale"], "", "", "")

    def load_anagrafica(self) -> None:
        sample.carica_anagrafica(
            self.backoffice(),
            url_nodo=self.url["nodo"] + SOAP_PATH,
            url_gestionale=self.url["gestionale"] + ENTE,
            url_fdr=self.url["fdr"] + SERVICE_PATH,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _pagamento(base_url: str) -> Api:
    return Api(base_url, PAGAMENTO, sample.PORTALE_PRINCIPAL, sample.PORTALE_PASSWORD)


def govpay_environment(base_url: str, checkout_url: str = "") -> dict[str, str]:
    """Give what GovPay reads of its environment here; the credentials of AWS are the embedded one's."""
    return {
        "GOVPAY_STAGE": "local",
        "GOVPAY_BASE_URL": base_url,
        "GOVPAY_CHECKOUT_URL": checkout_url,
        "GOVPAY_ALLOW_PRIVATE_URLS": "true",
        "GOVPAY_ANAGRAFICA_CACHE_SECONDS": "5",
        "GOVPAY_LOG_LETTURE": "true",
        "GOVPAY_MAIL_FROM": posta.MITTENTE,
    }


def seed_secrets() -> None:
    """Write into the embedded SSM what a deploy asks of whoever installs GovPay."""
    import boto3

    from chalicelib.settings import settings

    secrets = {
        "gpadmin/password": sample.ADMIN_PASSWORD,
        f"nodo/{sample.NODO_PRINCIPAL}": sample.NODO_PASSWORD,
        f"biz-events/{sample.INTERMEDIARIO}": sample.BIZ_EVENTS_KEY,
    }
    ssm = boto3.client("ssm")
    for name, value in secrets.items():
        ssm.put_parameter(Name=settings().secrets_prefix + name, Value=value, Type="SecureString", Overwrite=True)


def redirect_log(path: Path) -> Any:
    """Send GovPay's log to a file; give the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stream = path.open("w", encoding="utf-8")
    for handler in logging.getLogger("govpay").handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(stream)
    logging.basicConfig(stream=stream, level=logging.WARNING)
    return stream


def choose_ports(port_base: int) -> dict[str, int]:
    """Give a port to each server: consecutive ones from `port_base`, or free ones for 0.

    From the usual PORTA, the embedded AWS is on the port that `.chalice/config.json` names.

    :raises PortaOccupata: naming the port
    """
    taken: dict[str, int] = {}
    with ExitStack() as held:
        for offset, nome in enumerate(PORTE):
            wanted = port_base + offset if port_base else 0
            if nome == "aws" and port_base == PORTA:
                # Where `chalice local --stage local` looks for it.
                wanted = AWS_PORT
            one = held.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind((LOOPBACK, wanted))
            except (OSError, OverflowError):
                raise PortaOccupata(
                    f"La porta {wanted} ({nome}) è occupata o non è ammessa: "
                    "chiudere il programma che la usa, o scegliere altre porte con --porta."
                ) from None
            taken[nome] = one.getsockname()[1]
    return taken
