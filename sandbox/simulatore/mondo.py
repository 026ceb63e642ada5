"""The world of a history, in this process: the Nodo, Checkout, WISP, FdR, Biz-Events, the bank, the gestionale.

They are those of the sandbox. What they are asked over HTTP comes by `risponde`, what they ask of GovPay goes by
`Processo`: no socket, no thread, no second.
"""

import base64
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from types import SimpleNamespace
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, unquote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.connettori import trasporto
from chalicelib.connettori.trasporto import Guasto, Richiesta, Risposta
from sandbox import sample
from sandbox.api_client import BACKOFFICE, ApiRifiuta
from sandbox.aws.gateway import Routes as Percorsi
from sandbox.bank.tesoriere import Tesoriere
from sandbox.bench import events
from sandbox.checkout.checkout import Checkout
from sandbox.checkout.server import _serve_ente as serve_checkout
from sandbox.fdr.bizevents import serve_biz_events
from sandbox.fdr.server import SERVICE_PATH
from sandbox.fdr.server import _serve_fdr as serve_fdr
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import PSP_NOTI, Rifiuto
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import _serve_soap as serve_nodo
from sandbox.simulatore.ambiente import URL
from sandbox.simulatore.aws.nuvola import Nuvola, ProcessoMorto
from sandbox.simulatore.aws.servizi import Coda, Messaggio
from sandbox.web import json_text
from sandbox.web.server import HttpError, Request, Response, Routes, as_json
from sandbox.wisp.wisp import Wisp

APP_IO = "/appio"
_HTML = b"<html><body>Servizio in manutenzione</body></html>"
URL_ENTE = "https://gestionale.example/ente"
WEB_CONNECTOR = "https://govpay.example/govpay/frontend/web/connector/ecsp/psp"
_PROMEMORIA = {"abilitato": True, "tipo": "freemarker", "oggetto": None, "messaggio": None, "allegaPdf": False}
_TUTTI = {
    "promemoriaAvviso": _PROMEMORIA,
    "promemoriaRicevuta": _PROMEMORIA,
    "promemoriaScadenza": _PROMEMORIA | {"preavviso": 5},
}
# A form of the portal, whose pendenza has the amount and the codice fiscale that were filled in.
_TRASFORMAZIONE = """{
  "idA2A": "GESTIONALE", "idPendenza": "${transactionId}", "idDominio": "${pathParams.idDominio}",
  "idTipoPendenza": "${pathParams.idTipoPendenza}", "causale": "Mensa",
  "importo": ${jsonPath.read("$.importo")?c},
  "soggettoPagatore": {"tipo": "F", "identificativo": "${jsonPath.read("$.codiceFiscale")}", "anagrafica": "Rossetti"},
  "voci": [{"idVocePendenza": "1", "descrizione": "Mensa", "importo": ${jsonPath.read("$.importo")?c},
            "codEntrata": "mensa"}]
}"""
_DETTAGLI: dict[str, dict[str, Any]] = {
    "tari": {"avvisaturaMail": _TUTTI},
    "multa": {"avvisaturaMail": {"promemoriaAvviso": _PROMEMORIA}},
    "asilo": {"avvisaturaAppIO": _TUTTI | {"apiKey": "appio"}},
    "mensa": {
        "avvisaturaMail": _TUTTI,
        "avvisaturaAppIO": _TUTTI | {"apiKey": "appio"},
        "tipo": "spontaneo",
        "portalePagamento": {
            "abilitato": True,
            "form": {"tipo": "angular2-json-schema-form", "definizione": "e30="},
            "trasformazione": {
                "tipo": "freemarker",
                "definizione": base64.b64encode(_TRASFORMAZIONE.encode()).decode(),
            },
        },
    },
}
_MALE, _INTERNO = 300, 500
_CONTESTO = SimpleNamespace(
    function_name="simula",
    memory_limit_in_mb=1769,
    aws_request_id="simula",
    get_remaining_time_in_millis=lambda: 29_000,
)


class Processo:
    """A Lambda: calls the handlers of app.py as API Gateway, the queues and the schedules do. A crash begins another."""

    def __init__(self, app: Any, nuvola: Nuvola) -> None:
        self.app, self.nuvola = app, nuvola
        self.in_mano = ""  # the message that is being consumed
        self.percorsi = Percorsi(app.routes)
        self.consumatori = {
            evento.queue: evento.name for evento in app.event_sources if getattr(evento, "queue", None) is not None
        }

    def chiama(self, request: events.Request) -> tuple[int, str]:
        """Make a request; 502 is what API Gateway answers for a process that died."""
        self.nuvola.annota(f"  {request.method} {urlsplit(request.url).path}")
        try:
            answer = self.app(request.event(self.percorsi), _CONTESTO)
        except ProcessoMorto:
            self.ricomincia()
            return 502, ""
        if answer["statusCode"] == _INTERNO and not self.nuvola.guasti.acceso:
            self.nuvola.difetti.append(f"{request.method} {request.url}: errore interno, e nulla era guasto")
        body = answer.get("body") or ""
        if answer.get("isBase64Encoded"):
            body = base64.b64decode(body).decode("utf-8", "replace")
        return answer["statusCode"], body

    def consuma(self, coda: Coda, messaggio: Messaggio) -> bool:
        """Hand a message over to its consumer; False if it failed, and will come back."""
        nome = self.consumatori[coda.nome]
        self.nuvola.annota(f"  {nome} {messaggio.corpo[:160]}")
        prima, self.in_mano = self.in_mano, messaggio.corpo
        try:
            self.app_handler(nome)(events.message(messaggio.corpo, queue=coda.nome), _CONTESTO)
        except ProcessoMorto:
            self.ricomincia()
            return False
        except Exception as error:  # noqa: BLE001 - as Lambda: the queue tries again
            self._nota(nome, error)
            self.nuvola.annota(f"    {nome} fallisce: {type(error).__name__} {str(error)[:160]}")
            return False
        finally:
            self.in_mano = prima
        return True

    def programmata(self, nome: str) -> None:
        """Call a scheduled function; what it raises is only noted, as in Lambda: the next tick comes anyway."""
        self.nuvola.annota(f"  {nome}")
        try:
            self.app_handler(nome)(
                {
                    "id": "",
                    "detail-type": "Scheduled Event",
                    "source": "aws.events",
                    "account": "",
                    "time": "",
                    "region": "",
                    "resources": [],
                    "detail": {},
                    "version": "0",
                },
                _CONTESTO,
            )
        except ProcessoMorto:
            self.ricomincia()
        except Exception as error:  # noqa: BLE001
            self._nota(nome, error)
            self.nuvola.annota(f"    {nome} fallisce: {type(error).__name__} {str(error)[:160]}")

    def _nota(self, nome: str, error: Exception) -> None:
        """Tell a mistake of the code from what AWS and others do to it."""
        if isinstance(error, AttributeError | TypeError | NameError | AssertionError):
            self.nuvola.difetti.append(f"{nome}: {type(error).__name__} {error}")

    def esegue(self, nome: str, comando: Callable[[], None]) -> None:
        """Run a command of the CLI: a process of its own, in whose crash or refusal only that command ends."""
        self.nuvola.annota(f"  {nome}")
        with self.un_altro():
            try:
                comando()
            except ProcessoMorto:
                self.ricomincia()
            except (BotoCoreError, ClientError, PynamoDBException) as error:
                self.nuvola.annota(f"    {nome} fallisce: {type(error).__name__} {str(error)[:160]}")

    def app_handler(self, nome: str) -> Any:
        return self.app.handler_map[nome]

    @contextmanager
    def un_altro(self) -> Iterator[None]:
        """Be another process while the block runs: the request in hand is that of the first, when it goes on."""
        from chalicelib.pendenze import iuv

        app = self.app
        prima = app.current_request, app.lambda_context
        with mock.patch.object(iuv, "_lock", Lock()), mock.patch.object(iuv, "_leases", {}):
            try:
                yield
            finally:
                app.current_request, app.lambda_context = prima

    def ricomincia(self) -> None:
        """Forget what a process holds in memory that another does not know, but for the passwords it has tried.

        Queues are asked for their URL again too: every process begins with the same calls.
        """
        from chalicelib.anagrafica import snapshot
        from chalicelib.aws import queues, secrets
        from chalicelib.pendenze import iuv

        iuv.forget()
        snapshot.forget()
        secrets.forget()
        queues._url.cache_clear()


class _Nodo(GovPayClient):
    """The Nodo's way to GovPay."""

    def __init__(self, processo: Processo) -> None:
        super().__init__("", sample.NODO_PRINCIPAL, sample.NODO_PASSWORD, Registro())
        self._processo = processo

    def _post(self, path: str, operazione: str, body: bytes, secondi: float) -> bytes:  # noqa: ARG002
        request = events.Request(
            method="POST",
            url=path,
            body=body,
            user=sample.NODO_PRINCIPAL,
            password=sample.NODO_PASSWORD,
            headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operazione}"'},
        )
        stato, risposta = self._processo.chiama(request)
        if "<" not in risposta:
            raise Rifiuto("PPT_STAZIONE_INT_PA_SERVIZIO_NONATTIVO", f"GovPay ha risposto HTTP {stato}.")
        return risposta.encode()


class Api:
    """One of the APIs, called in this process; as `sandbox.api_client.Api`."""

    def __init__(self, processo: Processo, path: str, user: str, password: str) -> None:
        self._processo, self._path, self._user, self._password = processo, path, user, password

    def chiama(self, method: str, path: str, corpo: object = None) -> tuple[int, Any]:
        body = b"" if corpo is None else json_text.dumps(corpo).encode()
        return self.manda(method, path, body, "application/json")

    def manda(self, method: str, path: str, body: bytes, tipo: str) -> tuple[int, Any]:
        """Send bytes as they are."""
        request = events.Request(
            method=method,
            url=self._path + path,
            body=body,
            user=self._user,
            password=self._password,
            headers={"Content-Type": tipo},
        )
        stato, testo = self._processo.chiama(request)
        return stato, json_text.loads(testo) if testo.startswith(("{", "[")) else None

    def put(self, path: str, corpo: object, **_query: str) -> Any:
        """Put, and want a good answer.

        :raises ApiRifiuta:
        """
        stato, risposta = self.chiama("PUT", path, corpo)
        if stato >= 300:
            raise ApiRifiuta(f"PUT {path}", stato, str(risposta))
        return risposta


@dataclass(slots=True)
class Ente:
    """The gestionale: it may not take a notifica, or take it and not say so (the fault `ente`).

    `prese` counts what it has taken, by address and body: `consegne` all that came. `sue` are the pendenze that it alone
    knows, by numero avviso.
    """

    nuvola: Nuvola
    prese: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    consegne: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    sue: dict[str, dict[str, Any]] = field(default_factory=dict)

    def risponde(self, richiesta: Richiesta) -> Risposta:
        if richiesta.metodo == "GET":
            return self._verifica(urlsplit(richiesta.url).path)
        chiave = (urlsplit(richiesta.url).path, richiesta.body or b"")
        self.consegne[chiave] += 1
        guasti = self.nuvola.guasti
        if guasti.tocca("ente"):
            esito = guasti.caso.choice([500, 503, 404, None])
            self.nuvola.annota(f"    l'ente risponde {esito}")
            if esito is None:
                self.prese[chiave] += 1  # taken, and its answer lost
                raise Guasto("la connessione è stata interrotta", incerta=True)
            return Risposta(stato=esito, headers={}, body=b"")
        self.prese[chiave] += 1
        return Risposta(stato=201, headers={}, body=b"{}")

    def _verifica(self, path: str) -> Risposta:
        if self.nuvola.guasti.tocca("ente"):
            return Risposta(stato=self.nuvola.guasti.caso.choice([500, 404]), headers={}, body=b"")
        quale = path.rpartition("/")[2]
        for numero, sua in self.sue.items():
            if quale in {numero, numero[1:], sua["idPendenza"]}:
                return _risposta(as_json({"stato": "NON_ESEGUITA", **sua}))
        return _risposta(as_json({"stato": "SCONOSCIUTA", "descrizioneStato": "Pendenza non presente"}))


class Mondo:
    """Everybody around GovPay; one to a history."""

    def __init__(self, processo: Processo, nuvola: Nuvola) -> None:
        self.processo, self.nuvola = processo, nuvola
        now = lambda: nuvola.orologio.adesso  # noqa: E731
        self.nodo = Nodo(
            anagrafica=sample.anagrafica_nodo(WEB_CONNECTOR),
            govpay=_Nodo(processo),
            registro=Registro(),
            psp=PSP_NOTI,
            now=now,
            secondi_rpt=0,
        )
        self.nodo.url_wisp = URL + "/wisp"
        self.wisp, self.tesoriere = Wisp(self.nodo), Tesoriere(self.nodo)
        self.checkout = Checkout(self.nodo, chiave=sample.CHECKOUT_KEY)
        self.ente = Ente(nuvola)
        # How often a promemoria was handed over, by its key: by mail or to App IO.
        self.promemoria: Counter[str] = Counter()
        nuvola.posta.spedita = self._promemoria_spedito
        self.routes = Routes()
        serve_nodo(self.routes, self.nodo)
        serve_checkout(self.routes, self.checkout, URL)
        serve_fdr(self.routes, self.nodo, sample.FDR_KEY)
        serve_biz_events(self.routes, self.nodo, sample.BIZ_EVENTS_KEY)
        self._serve_app_io()

    def _promemoria_spedito(self) -> None:
        self.promemoria[json_text.loads(self.processo.in_mano)["chiave"]] += 1

    def _serve_app_io(self) -> None:
        @self.routes.on("GET", APP_IO + "/profiles/{codice}")
        def _profilo(_request: Request, codice: str) -> Response:
            return as_json({"sender_allowed": codice != sample.GIULIA["identificativo"]})

        @self.routes.on("POST", APP_IO + "/messages")
        def _messaggio(_request: Request) -> Response:
            guasti = self.nuvola.guasti
            if guasti.tocca("ente"):
                return Response(body=b"", status=guasti.caso.choice([429, 500, 503]))
            self._promemoria_spedito()
            return as_json({"id": "1"}, 201)

    def risponde(self, richiesta: Richiesta, *, seconds: float) -> Risposta:
        """Answer what GovPay asks of anybody, or lose the question or the answer."""
        guasti, dove = self.nuvola.guasti, urlsplit(richiesta.url)
        self.nuvola.annota(f"    HTTP {richiesta.metodo} {dove.path} {richiesta.headers.get('SOAPAction', '')}")
        self.nuvola.orologio.avanza(milliseconds=20)
        if guasti.tocca("rete"):
            self.nuvola.annota("    non connesso")
            raise Guasto("la connessione non riesce", incerta=False)
        if guasti.tocca("crash"):
            self.nuvola.annota("    il processo muore prima di chiamare")
            raise ProcessoMorto
        risposta = self.ente.risponde(richiesta) if richiesta.url.startswith(URL_ENTE) else self._pagopa(richiesta)
        if guasti.tocca("crash"):
            self.nuvola.annota("    il processo muore dopo la risposta")
            raise ProcessoMorto
        # Only what was done: whoever says that all is well without having done it cannot be found out.
        if risposta.stato < _MALE and guasti.tocca("illeggibile"):
            risposta = self._illeggibile(risposta)
        if guasti.tocca("rete"):
            self.nuvola.annota("    la risposta si perde")
            self.nuvola.orologio.avanza(seconds=seconds)
            raise Guasto("la connessione è stata interrotta", incerta=True)
        return risposta

    def _illeggibile(self, risposta: Risposta) -> Risposta:
        """Spoil an answer: what was asked for is done, and the status says that all is well."""
        intero = risposta.body
        corpo = self.nuvola.guasti.caso.choice(
            [b"", b"\x00\xff\x1f", _HTML, intero[: len(intero) // 2], intero[:-3], b"{}"]
        )
        self.nuvola.annota(f"    la risposta è illeggibile: {corpo[:40]!r}")
        tipo = {"Content-Type": "text/html"} if corpo is _HTML else risposta.headers
        return Risposta(stato=200, headers=tipo, body=corpo)

    def _pagopa(self, richiesta: Richiesta) -> Risposta:
        url = urlsplit(richiesta.url)
        request = Request(
            method=richiesta.metodo,
            path=unquote(url.path) if "%" in url.path else url.path,
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in richiesta.headers.items()},
            body=richiesta.body or b"",
        )
        try:
            return _risposta(self.routes.answer(request))
        except HttpError as error:
            return Risposta(stato=error.status, headers={}, body=error.message.encode())

    def scarica(self, richiesta: Richiesta, *, seconds: float, into: Any, max_bytes: int) -> Risposta:  # noqa: ARG002
        risposta = self.risponde(richiesta, seconds=seconds)
        into.write(risposta.body)
        return Risposta(stato=risposta.stato, headers=risposta.headers, body=b"")

    @contextmanager
    def attorno(self) -> Iterator[None]:
        """Be whom GovPay reaches over HTTP while the block runs."""
        with (
            mock.patch.object(trasporto, "exchange", self.risponde),
            mock.patch.object(trasporto, "download", self.scarica),
        ):
            yield


def _risposta(response: Response) -> Risposta:
    return Risposta(stato=response.status, headers=dict(response.headers), body=response.body)


def carica_anagrafica(processo: Processo, nuvola: Nuvola) -> None:
    """Register the enti of the sandbox, and the secrets: what every history begins with."""
    from chalicelib.settings import settings

    prefisso = settings().secrets_prefix
    nuvola.ssm.parametri |= {
        f"{prefisso}gpadmin/password": sample.ADMIN_PASSWORD,
        f"{prefisso}nodo/{sample.NODO_PRINCIPAL}": sample.NODO_PASSWORD,
        f"{prefisso}biz-events/{sample.INTERMEDIARIO}": sample.BIZ_EVENTS_KEY,
    }
    api: Any = Api(processo, BACKOFFICE, sample.ADMIN, sample.ADMIN_PASSWORD)
    sample.carica_anagrafica(api, url_nodo=URL + SOAP_PATH, url_gestionale=URL_ENTE, url_fdr=URL + SERVICE_PATH)
    for tipo in sample.TIPI:
        dettagli = _DETTAGLI.get(tipo.codice, {})
        api.put(f"/tipiPendenza/{tipo.codice}", {"descrizione": tipo.descrizione, "tipo": "dovuto", **dettagli})
