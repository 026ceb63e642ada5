"""SQS, S3 and SSM in memory."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.response import StreamingBody

from sandbox.simulatore.aws.dynamodb import errore


@dataclass(slots=True)
class Messaggio:
    """A message of a queue: `da` is from when on it may be received."""

    id: str
    corpo: str
    da: float
    ricevuto: int = 0


@dataclass(slots=True)
class Coda:
    nome: str
    visibilita: float
    massimo: int
    messaggi: list[Messaggio] = field(default_factory=list)
    scarti: list[Messaggio] = field(default_factory=list)


@dataclass(slots=True)
class Sqs:
    """`ritardo` tells how late beyond its delay a message may be seen, `copie` how many times it is there."""

    code: dict[str, Coda]
    ora: Callable[[], float] = lambda: 0.0
    ritardo: Callable[[], float] = lambda: 0.0
    copie: Callable[[], int] = lambda: 1
    _numero: int = 0

    def svuota(self) -> None:
        self._numero = 0
        for coda in self.code.values():
            coda.messaggi.clear()
            coda.scarti.clear()

    def chiama(self, operazione: str, parametri: Mapping[str, Any]) -> dict[str, Any]:
        if operazione == "GetQueueUrl":
            if parametri["QueueName"] not in self.code:
                raise errore("AWS.SimpleQueueService.NonExistentQueue", "No such queue", operazione)
            return {"QueueUrl": parametri["QueueName"]}
        if operazione == "SendMessage":
            self.spedisci(parametri["QueueUrl"], parametri["MessageBody"], attesa=parametri.get("DelaySeconds", 0))
            return {"MessageId": str(self._numero)}
        raise NotImplementedError(f"sqs.{operazione}")

    def spedisci(self, nome: str, corpo: str, *, attesa: float = 0.0) -> None:
        if len(corpo.encode()) > 262_144:
            raise errore("InvalidParameterValue", "Message must be shorter than 262144 bytes", "SendMessage")
        for _ in range(self.copie()):
            self._numero += 1
            da = self.ora() + attesa + self.ritardo()
            self.code[nome].messaggi.append(Messaggio(f"m-{self._numero}", corpo, da))

    def visibili(self) -> list[tuple[Coda, Messaggio]]:
        """Give what may be received now, whatever its order."""
        ora = self.ora()
        return [(coda, uno) for coda in self.code.values() for uno in coda.messaggi if uno.da <= ora]

    def prossimo(self) -> float | None:
        """Tell when the next message will be there."""
        return min((uno.da for coda in self.code.values() for uno in coda.messaggi), default=None)

    def ricevuto(self, coda: Coda, messaggio: Messaggio) -> bool:
        """Take a message in hand; False if it has been received too often, and is now among the scarti."""
        if messaggio.ricevuto >= coda.massimo:
            coda.messaggi.remove(messaggio)
            coda.scarti.append(messaggio)
            return False
        messaggio.ricevuto += 1
        messaggio.da = self.ora() + coda.visibilita
        return True


@dataclass(slots=True)
class S3:
    """Buckets with versions: `oggetti` are those that are there now. `avvisa` is told of what was put."""

    oggetti: dict[tuple[str, str], bytes] = field(default_factory=dict)
    versioni: dict[tuple[str, str], dict[str, bytes]] = field(default_factory=dict)
    avvisa: Callable[[str, str, int, str], None] = lambda _bucket, _key, _size, _versione: None
    _numero: int = 0

    def svuota(self) -> None:
        self.oggetti.clear()
        self.versioni.clear()
        self._numero = 0

    def chiama(self, operazione: str, parametri: Mapping[str, Any]) -> dict[str, Any]:
        match operazione:
            case "PutObject":
                corpo = parametri["Body"]
                dati = corpo.encode() if isinstance(corpo, str) else bytes(_letto(corpo))
                return self._scrive((parametri["Bucket"], parametri["Key"]), dati)
            case "GetObject":
                dati = self._trovato(parametri, operazione)
                return {"Body": StreamingBody(io.BytesIO(dati), len(dati)), "ContentLength": len(dati)}
            case "CopyObject":
                self._scrive(
                    (parametri["Bucket"], parametri["Key"]), self._trovato(parametri["CopySource"], operazione)
                )
                return {}
            case "DeleteObject":
                self._cancella((parametri["Bucket"], parametri["Key"]), parametri.get("VersionId"))
                return {}
            case "ListObjectsV2":
                trovati = self._sotto(self.oggetti, parametri)
                return {"Contents": [{"Key": key} for _, key in trovati], "IsTruncated": False}
            case "ListObjectVersions":
                trovati = self._sotto(self.versioni, parametri)
                versioni = [{"Key": uno[1], "VersionId": una} for uno in trovati for una in self.versioni[uno]]
                return {"Versions": versioni, "IsTruncated": False}
        raise NotImplementedError(f"s3.{operazione}")

    def _scrive(self, chiave: tuple[str, str], dati: bytes) -> dict[str, Any]:
        self._numero += 1
        versione = f"v{self._numero}"
        self.oggetti[chiave] = dati
        self.versioni.setdefault(chiave, {})[versione] = dati
        self.avvisa(*chiave, len(dati), versione)
        return {"ETag": '"0"', "VersionId": versione}

    def _trovato(self, parametri: Mapping[str, Any], operazione: str) -> bytes:
        chiave, versione = (parametri["Bucket"], parametri["Key"]), parametri.get("VersionId")
        dati = self.oggetti.get(chiave) if versione is None else self.versioni.get(chiave, {}).get(versione)
        if dati is None:
            raise errore("NoSuchKey", "The specified key does not exist.", operazione)
        return dati

    def _cancella(self, chiave: tuple[str, str], versione: str | None) -> None:
        if versione is None:
            self.oggetti.pop(chiave, None)  # its versions stay
            return
        versioni = self.versioni.get(chiave, {})
        if versioni and versione == list(versioni)[-1]:
            self.oggetti.pop(chiave, None)
        versioni.pop(versione, None)

    def _sotto(self, dove: Mapping[tuple[str, str], object], parametri: Mapping[str, Any]) -> list[tuple[str, str]]:
        return sorted(
            uno for uno in dove if uno[0] == parametri["Bucket"] and uno[1].startswith(parametri.get("Prefix", ""))
        )


def _letto(corpo: Any) -> bytes | bytearray:
    return corpo if isinstance(corpo, bytes | bytearray) else bytes(corpo.read())


@dataclass(slots=True)
class Posta:
    """SES; `spedita` is told of each mail that it takes."""

    spedita: Callable[[], None] = lambda: None

    def chiama(self, operazione: str, parametri: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        if operazione != "SendEmail":
            raise NotImplementedError(f"sesv2.{operazione}")
        self.spedita()
        return {"MessageId": "1"}


@dataclass(slots=True)
class Ssm:
    parametri: dict[str, str] = field(default_factory=dict)

    def chiama(self, operazione: str, parametri: Mapping[str, Any]) -> dict[str, Any]:
        if operazione == "PutParameter":
            self.parametri[parametri["Name"]] = parametri["Value"]
            return {}
        if operazione != "GetParameter":
            raise NotImplementedError(f"ssm.{operazione}")
        if parametri["Name"] not in self.parametri:
            raise errore("ParameterNotFound", "Parameter not found", operazione)
        return {"Parameter": {"Value": self.parametri[parametri["Name"]]}}


def evento_s3(bucket: str, key: str, size: int, versione: str) -> str:
    """Give the message that S3 puts into a queue when an object is created."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": key, "size": size, "versionId": versione, "sequencer": "00"}}
    return json.dumps({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}]})
