"""The AWS of a history: every call of every client comes here, and may not come back."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.settings import settings
from infra import templates
from sandbox.simulatore.aws.dynamodb import DynamoDb, annullata, errore, tabelle_di
from sandbox.simulatore.aws.servizi import S3, Coda, Posta, Sqs, Ssm, evento_s3
from sandbox.simulatore.mosse import illegali
from sandbox.simulatore.tempo import Orologio

MILLISECONDI = 4
_SCRITTURE = frozenset({"PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem", "PutObject"})
_CONFLITTI = frozenset({"PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems"})
_LENTEZZE = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "sqs": "RequestThrottled",
    "s3": "SlowDown",
    "ssm": "ThrottlingException",
    "sesv2": "TooManyRequestsException",
}


class ProcessoMorto(BaseException):
    """Nothing of ours catches it: as if the process were gone."""


@dataclass(slots=True, kw_only=True)
class Guasti:
    """What may go wrong, by chances that a history draws for itself; all of them 0 for none.

    `passo` is the step of the history that is being lived. What happens is told in `decisi` as `passo/nome/volta`, the
    last being how many times that step could have had that fault; with `solo`, those faults happen, and no others.
    `crash` before or after a call, `lento` a throttle that outlived the retries of the SDK, `conflitto` a transaction
    that met another, `persa` an answer that was lost for good, `ripetuta` one that was lost and whose call the SDK made
    again; `intreccio` that another process does something between two calls of this one; `indietro` the seconds by which
    an index lags, `vecchio` those by which an eventual read may be old; `ente` that the ente does not answer well,
    `illeggibile` that what anybody answers cannot be read.
    """

    caso: random.Random
    sorte: random.Random = field(default_factory=random.Random)
    crash: float = 0.0
    lento: float = 0.0
    conflitto: float = 0.0
    persa: float = 0.0
    ripetuta: float = 0.0
    rete: float = 0.0
    indietro: float = 0.0
    vecchio: float = 0.0
    parziale: float = 0.0
    doppio: float = 0.0
    tardi: float = 0.0
    intreccio: float = 0.0
    ente: float = 0.0
    illeggibile: float = 0.0
    acceso: bool = False
    accaduti: Counter[str] = field(default_factory=Counter)
    passo: str = ""
    decisi: list[str] = field(default_factory=list)
    solo: frozenset[str] | None = None
    _volte: Counter[str] = field(default_factory=Counter)

    def comincia(self, seme: str, passo: str) -> None:
        """Begin a step: what it draws is its own, whatever came before."""
        self.passo = passo
        self._volte.clear()
        self.caso.seed(f"guasti-{seme}-{passo}")
        self.sorte.seed(f"sorte-{seme}-{passo}")

    def tocca(self, nome: str) -> bool:
        """Draw whether a fault happens now; nothing is drawn while they are off."""
        chance: float = getattr(self, nome)
        if not self.acceso or not chance:
            return False
        self._volte[nome] += 1
        if self.solo is None and self.sorte.random() >= chance:
            return False
        quale = f"{self.passo}/{nome}/{self._volte[nome]}"
        if self.solo is not None and quale not in self.solo:
            return False
        self.accaduti[nome] += 1
        self.decisi.append(quale)
        return True


@dataclass(slots=True)
class Nuvola:
    """`annota` is told every call and every fault, for the trace."""

    orologio: Orologio
    guasti: Guasti
    dynamodb: DynamoDb
    sqs: Sqs
    s3: S3
    ssm: Ssm
    posta: Posta = field(default_factory=Posta)
    annota: Callable[[str], None] = lambda _: None
    # Counts the calls of DynamoDB of a history, by name.
    chiamate: Counter[str] = field(default_factory=Counter)
    mosse_illegali: list[str] = field(default_factory=list)
    difetti: list[str] = field(default_factory=list)
    # What another process does meanwhile, whole; never within itself.
    intreccia: Callable[[], None] = lambda: None
    _intrecciata: bool = False

    @classmethod
    def nuova(cls, orologio: Orologio) -> "Nuvola":
        template = templates.whole()
        guasti = Guasti(caso=random.Random(0))  # noqa: S311 - a game
        stage = settings().stage
        nuvola = cls(
            orologio,
            guasti,
            DynamoDb(tabelle_di(template, lambda nome: nome["Fn::Sub"].replace("${Stage}", stage))),
            Sqs(_code(template, stage)),
            S3(),
            Ssm(),
        )
        nuvola._congiungi(_avvisati(template, stage))
        return nuvola

    def _congiungi(self, avvisati: Mapping[str, list[tuple[str, str]]]) -> None:
        def avvisa(bucket: str, key: str, size: int, versione: str) -> None:
            for prefisso, coda in avvisati.get(bucket, ()):
                if key.startswith(prefisso):
                    self.sqs.spedisci(coda, evento_s3(bucket, key, size, versione))

        secondi = self.orologio.secondi
        self.dynamodb.ora = self.sqs.ora = secondi
        self.dynamodb.ritardo = lambda: self._quanto("indietro")
        self.dynamodb.passato = lambda: self._quanto("vecchio")
        self.dynamodb.in_parte = lambda quanti: (
            self.guasti.caso.randrange(1, quanti + 1) if self.guasti.tocca("parziale") else quanti
        )
        self.sqs.copie = lambda: 2 if self.guasti.tocca("doppio") else 1
        self.sqs.ritardo = lambda: self.guasti.caso.choice([1, 30, 600]) if self.guasti.tocca("tardi") else 0.0
        self.s3.avvisa = avvisa
        self.dynamodb.scritto = lambda tabella, chiave, prima, dopo: self.mosse_illegali.extend(
            illegali(tabella, chiave[1], prima, dopo)
        )

    def _quanto(self, nome: str) -> float:
        """Give seconds of lag: up to those of the history, often none."""
        most: float = getattr(self.guasti, nome)
        if not self.guasti.acceso or not most or self.guasti.caso.random() < 0.5:
            return 0.0
        return self.guasti.caso.random() * most

    def svuota(self, *, tranne: frozenset[str]) -> None:
        """Be as a new account with what is in some tables, and the secrets."""
        self.dynamodb.svuota(tranne=tranne)
        self.sqs.svuota()
        self.s3.svuota()
        self.chiamate.clear()
        self.mosse_illegali.clear()
        self.difetti.clear()

    # -- calls

    def chiama(self, servizio: str, operazione: str, parametri: dict[str, Any]) -> dict[str, Any]:
        """Answer one call, or fail as the service, the network or the process may."""
        self.orologio.avanza(milliseconds=MILLISECONDI)
        self.chiamate[operazione] += 1
        nome = f"{servizio}.{operazione}"
        guasti = self.guasti
        if not guasti.acceso:
            return self._risponde(servizio, operazione, parametri)
        if not self._intrecciata and guasti.tocca("intreccio"):
            self._intrecciata = True
            try:
                self.intreccia()
            finally:
                self._intrecciata = False
        self._prima(nome, servizio, operazione, parametri)
        risposta = self._risponde(servizio, operazione, parametri)
        if guasti.tocca("crash"):
            self.annota(f"    il processo muore dopo {nome}")
            raise ProcessoMorto
        if guasti.tocca("persa"):
            self.annota(f"    {nome} riesce, la risposta si perde")
            raise ReadTimeoutError(endpoint_url=servizio)
        if operazione in _SCRITTURE and guasti.tocca("ripetuta"):
            # The SDK sees no answer and makes the same call again; of a transaction with the same token.
            self.annota(f"    {nome} riesce, la risposta si perde, la SDK ripete")
            riavvolgi(parametri)
            return self._risponde(servizio, operazione, parametri)
        return risposta

    def _prima(self, nome: str, servizio: str, operazione: str, parametri: Mapping[str, Any]) -> None:
        guasti = self.guasti
        if guasti.tocca("crash"):
            self.annota(f"    il processo muore prima di {nome}")
            raise ProcessoMorto
        if guasti.tocca("lento"):
            self.annota(f"    {nome} rifiutata: {_LENTEZZE[servizio]}")
            raise errore(_LENTEZZE[servizio], "Rate exceeded", operazione)
        if operazione in _CONFLITTI and guasti.tocca("conflitto"):
            self.annota(f"    {nome} rifiutata: un'altra transazione")
            if operazione == "TransactWriteItems":
                quante = len(parametri["TransactItems"])
                chi = guasti.caso.randrange(quante)
                raise annullata(["TransactionConflict" if n == chi else "None" for n in range(quante)])
            raise errore("TransactionConflictException", "Transaction is ongoing for the item", operazione)

    def _risponde(self, servizio: str, operazione: str, parametri: dict[str, Any]) -> dict[str, Any]:
        if operazione == "TransactWriteItems" and "ClientRequestToken" not in parametri:
            # botocore draws one for each call, and keeps it when it makes the call again.
            parametri["ClientRequestToken"] = f"{self.orologio.secondi():.3f}"
        try:
            servizi = {"sesv2": self.posta}
            chi = servizi.get(servizio) or getattr(self, servizio)
            risposta: dict[str, Any] = chi.chiama(operazione, parametri)
        except ClientError as error:
            self.annota(f"    {servizio}.{operazione}: {error.response['Error']['Code']}")
            raise
        return risposta


def riavvolgi(parametri: Mapping[str, Any]) -> None:
    """Bring a body that is a file to its beginning, as botocore does before it sends it again."""
    if hasattr(parametri.get("Body"), "seek"):
        parametri["Body"].seek(0)


def _code(template: Mapping[str, Any], stage: str) -> dict[str, Coda]:
    code = {}
    for risorsa in template["Resources"].values():
        proprieta = risorsa.get("Properties", {})
        if risorsa["Type"] == "AWS::SQS::Queue" and "RedrivePolicy" in proprieta:
            nome = proprieta["QueueName"]["Fn::Sub"].replace("${Stage}", stage)
            massimo = int(proprieta["RedrivePolicy"]["maxReceiveCount"])
            code[nome] = Coda(nome, float(proprieta["VisibilityTimeout"]), massimo)
    return code


def _avvisati(template: Mapping[str, Any], stage: str) -> dict[str, list[tuple[str, str]]]:
    """Give, by bucket, which prefixes are told to which queue."""
    nomi = {
        logico: risorsa["Properties"]["QueueName"]["Fn::Sub"].replace("${Stage}", stage)
        for logico, risorsa in template["Resources"].items()
        if risorsa["Type"] == "AWS::SQS::Queue"
    }
    avvisati: dict[str, list[tuple[str, str]]] = {}
    for risorsa in template["Resources"].values():
        configurazione = risorsa.get("Properties", {}).get("NotificationConfiguration", {})
        for una in configurazione.get("QueueConfigurations", ()):
            testo = risorsa["Properties"]["BucketName"]["Fn::Sub"]
            bucket = testo.replace("${Stage}", stage).replace("${AWS::AccountId}", settings().bucket_suffix)
            prefisso = una["Filter"]["S3Key"]["Rules"][0]["Value"]
            avvisati.setdefault(bucket, []).append((prefisso, nomi[una["Queue"]["Fn::GetAtt"][0]]))
    return avvisati


@contextmanager
def al_posto_di_aws(nuvola: Nuvola) -> Iterator[None]:
    """Let every client of botocore in this process call `nuvola`, while the block runs."""

    def chiama(cliente: Any, operazione: str, parametri: dict[str, Any]) -> Any:
        return nuvola.chiama(cliente.meta.service_model.service_name, operazione, parametri)

    with mock.patch.object(BaseClient, "_make_api_call", chiama):
        yield
