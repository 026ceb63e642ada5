"""A comune, its gestionale and the Nodo, all in this process: the steps that lead to what is measured."""

import itertools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.iuv import parse_numero_avviso
from chalicelib.nodo.dispatch import write_message
from chalicelib.nodo.messages.common import QrCode
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import NodoInviaCarrelloRptRisposta
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Request
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeReq
from chalicelib.settings import settings
from sandbox.aws import contents
from sandbox.aws.gateway import Routes
from sandbox.bench import events
from sandbox.bench.events import Request
from sandbox.bench.process import CONTEXT
from sandbox.nodo import classico, client, corrente
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Protocollo, Psp, Stazione, Tentativo
from sandbox.nodo.registro import Registro
from tests import builders_anagrafica as comune

IMPORTO = Importo(15_050)
PENDENZE = "/govpay/backend/api/pendenze/rs/basic/v1"
BACKOFFICE = "/govpay/backend/api/backoffice/rs/basic/v1"
PAGAMENTO = "/govpay/frontend/api/pagamento/rs/basic/v1"
_SECRET = "nodo-bench"
_PSP = Psp()
_CORRENTE = Stazione(id_stazione=comune.STAZIONE_V2, id_intermediario=comune.INTERMEDIARIO, password="stazione-02")
_CLASSICA = Stazione(id_stazione=comune.STAZIONE_V1, id_intermediario=comune.INTERMEDIARIO, password="stazione-01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carico:
    """A pendenza that was loaded."""

    id_pendenza: str
    id_dominio: str
    numero_avviso: str

    @property
    def iuv(self) -> str:
        return parse_numero_avviso(self.numero_avviso).iuv

    @property
    def url(self) -> str:
        return f"{PENDENZE}/pendenze/{comune.A2A_COMUNE}/{self.id_pendenza}"


Handle = Callable[[], Any]


class World:
    """The app and who calls it, in an AWS where only the comune is registered.

    `handle(request)` gives what a Lambda would run; `call` runs it and wants a good answer.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.routes = Routes(app.routes)
        self._numbers = itertools.count(1)
        _begin_anew()
        comune.seed_comune(datetime.now(UTC))
        name = f"{settings().secrets_prefix}nodo/{comune.PRINCIPAL_PAGOPA}"
        boto3.client("ssm").put_parameter(Name=name, Value=_SECRET, Type="SecureString")

    # --- calls

    def handle(self, request: Request) -> Handle:
        event = request.event(self.routes)
        return lambda: self.app(event, CONTEXT)

    def call(self, request: Request) -> dict[str, Any]:
        """Call the API.

        :raises Refused: if the answer is not a good one
        """
        return events.require_good(self.handle(request)())

    def consume(self, consumer: str, body: str) -> Handle:
        """Give the call of a queue's consumer."""
        event = events.message(body, queue=consumer)

        def consumed() -> dict[str, Any]:
            self.app.handler_map[consumer](event, CONTEXT)
            return {"statusCode": 200}

        return consumed

    def last_message(self, queue: str) -> str:
        """Give the body of the message last sent to a queue, and empty it."""
        sqs = boto3.client("sqs")
        url = sqs.get_queue_url(QueueName=f"{settings().prefix}{queue}")["QueueUrl"]
        body = ""
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            body = messages[-1]["Body"]
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if not body:
            raise events.Refused(f"nothing in {queue}")
        return body

    def gestionale(self, method: str, url: str, body: bytes = b"", **headers: str) -> Request:
        return Request(
            method=method,
            url=url,
            body=body,
            user=comune.PRINCIPAL_COMUNE,
            password=comune.PASSWORD_COMUNE,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def soap(self, message: object, *, header: object = None, path: str = client.CCP) -> Request:
        return Request(
            method="POST",
            url=path,
            body=write_message(message, header),
            user=comune.PRINCIPAL_PAGOPA,
            password=_SECRET,
            headers={"Content-Type": "text/xml; charset=utf-8"},
        )

    # --- pendenze

    def put_of(
        self, id_pendenza: str, *, causale: str = "TARI 2026, utenza 00012345", classica: bool = False
    ) -> Request:
        body = _json(_body(comune.ALTRO_DOMINIO if classica else comune.DOMINIO, causale))
        return self.gestionale("PUT", f"{PENDENZE}/pendenze/{comune.A2A_COMUNE}/{id_pendenza}", body)

    def new_id(self) -> str:
        return f"BENCH-{next(self._numbers):08d}"

    def load(self, *, classica: bool = False) -> Carico:
        """Load a new pendenza."""
        id_pendenza = self.new_id()
        created = events.read_json(self.call(self.put_of(id_pendenza, classica=classica)))
        return Carico(id_pendenza=id_pendenza, id_dominio=created["idDominio"], numero_avviso=created["numeroAvviso"])

    # --- the Nodo

    @property
    def dove(self) -> corrente.Indirizzo:
        return corrente.Indirizzo(id_dominio=comune.DOMINIO, stazione=_CORRENTE)

    def verify(self, carico: Carico) -> Request:
        qr = QrCode(fiscal_code=carico.id_dominio, notice_number=carico.numero_avviso)
        return self.soap(PaVerifyPaymentNoticeReq(qr_code=qr, **self.dove.testa()))

    def get_payment(self, carico: Carico) -> Request:
        qr = QrCode(fiscal_code=carico.id_dominio, notice_number=carico.numero_avviso)
        return self.soap(PaGetPaymentV2Request(qr_code=qr, amount=IMPORTO, **self.dove.testa()))

    def activate(self, carico: Carico) -> Any:
        """Ask for the payment as the Nodo does (paGetPaymentV2), and give what was answered."""
        return corrente.attiva(_InProcess(self), self.dove, carico.numero_avviso, Protocollo.V2, IMPORTO)

    def receipt(self, carico: Carico, dati: Any) -> Request:
        """Give the paSendRTV2 of an activated pendenza."""
        now = datetime.now(UTC)
        tentativo = Tentativo(
            token=f"{next(self._numbers):032x}",
            id_dominio=carico.id_dominio,
            numero_avviso=carico.numero_avviso,
            iuv=carico.iuv,
            protocollo=Protocollo.V2,
            importo=IMPORTO,
            aperto_il=now,
            dati=dati,
        )
        ricevuta = corrente.ricevuta_of(
            tentativo, dati, self.dove, _PSP, versione=Protocollo.V2, stand_in=False, now=now
        )
        return self.soap(ricevuta)

    def paid(self) -> Carico:
        """Load a pendenza and have it paid."""
        carico = self.load()
        self.call(self.receipt(carico, self.activate(carico)))
        return carico

    def classic_header(self, carico: Carico, ccp: str) -> Any:
        return classico.intestazione(_CLASSICA, id_dominio=carico.id_dominio, iuv=carico.iuv, ccp=ccp)

    def rt(self, carico: Carico, ccp: str) -> bytes:
        """Give the RT of an attempt that paaAttivaRPT began."""
        from chalicelib.nodo.documenti import rpt_of
        from chalicelib.pagamenti import repository

        transazione = repository.load(carico.id_dominio, carico.iuv)
        rpp = next(one for one in transazione.rpp if one.ccp == ccp)
        return classico.rt_of(rpt_of(rpp), _PSP, positiva=True, now=datetime.now(UTC))

    @property
    def psp(self) -> Psp:
        return _PSP


def _begin_anew() -> None:
    from chalicelib.anagrafica import snapshot
    from chalicelib.aws import secrets
    from chalicelib.pendenze import iuv

    contents.empty_everything()
    for cache in (snapshot, secrets, iuv):
        cache.forget()


class _InProcess(GovPayClient):
    """The Nodo's client, without a network."""

    def __init__(self, world: World) -> None:
        super().__init__("", comune.PRINCIPAL_PAGOPA, _SECRET, Registro())
        self._world = world

    def _post(self, path: str, _operazione: str, body: bytes, _secondi: float) -> bytes:
        request = Request(
            method="POST",
            url=path,
            body=body,
            user=comune.PRINCIPAL_PAGOPA,
            password=_SECRET,
            headers={"Content-Type": "text/xml; charset=utf-8"},
        )
        answer: str = self._world.call(request)["body"]
        return answer.encode()


def _answer_of(request: Any) -> tuple[int, dict[str, str], bytes]:
    """Give what pagoPA answers to a cart, by either way, and an applicazione to a notifica."""
    if request.url.endswith("/carts"):
        return 302, {"Location": "https://checkout.pagopa.example/c/1"}, b""
    if "nodoInviaCarrelloRPT" in request.headers.get("SOAPAction", ""):
        url = f"https://wisp.pagopa.example/?idSession={uuid.uuid4()}"
        return 200, {}, write_message(NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="OK", url=url))
    return 200, {}, b""


@contextmanager
def ente_that_accepts() -> Iterator[None]:
    """Answer in the place of every applicazione, and of pagoPA: requests are built in full and go nowhere."""
    session: Any = requests.Session
    send = session.send

    def accepted(_session: Any, request: Any, **_options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, headers, body = _answer_of(request)
        response.request, response.url = request, request.url
        response.headers.update(headers)
        response.raw = BytesIO(body)
        return response

    session.send = accepted
    try:
        yield
    finally:
        session.send = send


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def _body(id_dominio: str, causale: str) -> dict[str, Any]:
    scadenza = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    return {
        "idDominio": id_dominio,
        "idTipoPendenza": comune.TARI,
        "causale": causale,
        "soggettoPagatore": {
            "tipo": "F",
            "identificativo": "RSSMRA80A01H501U",
            "anagrafica": "Mario Rossi",
            "indirizzo": "Via Garibaldi",
            "civico": "12",
            "cap": "00100",
            "localita": "Esempio",
            "provincia": "RM",
            "nazione": "IT",
        },
        "importo": 150.50,
        "dataScadenza": scadenza,
        "voci": [{"idVocePendenza": "1", "importo": 150.50, "descrizione": "TARI 2026", "codEntrata": comune.TARI}],
    }
