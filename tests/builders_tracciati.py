"""The ente of the sample tracciati, files in its layout, and the queue that works on them."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.kernel.utenze import Utenza
from chalicelib.pendenze import iuv as numbers
from chalicelib.settings import settings
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.mappa import standard
from chalicelib.tracciati.model import EsitoRiga, Formato, Tracciato
from chalicelib.tracciati.operations import consegna
from chalicelib.tracciati.operations.ricezione import upload
from chalicelib.tracciati.tables import TracciatoItem
from tests import builders_anagrafica as sample

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ENTE, A2A = "99999000013", "A2A-DEMO"
IBAN, IBAN_POSTA = "IT60X0542811101000000123456", "IT18Q0760103200000000123456"
_MESSAGES_MAX = 2000


def seed_ente() -> None:
    """Register the ente of ../shared/formats/tracciati, its applicazione and its tipi, beside the sample comune."""
    numbers.forget()
    sample.seed_comune(NOW)
    anagrafica.put_dominio(dominio=sample.a_dominio(id_dominio=ENTE, gln="9999900001300", cbill="ZZ999"))
    anagrafica.put_conto(conto=sample.a_conto(id_dominio=ENTE, iban=IBAN))
    anagrafica.put_conto(conto=sample.a_conto_postale(id_dominio=ENTE, iban=IBAN_POSTA))
    anagrafica.put_tipo_entrata(tipo_entrata=sample.a_tipo_entrata(id_entrata="SEGRETERIA", descrizione="Segreteria"))
    for entrata in ("SEGRETERIA", "TARI"):
        anagrafica.put_entrata(
            entrata=sample.an_entrata(id_dominio=ENTE, id_entrata=entrata, iban_accredito=IBAN, iban_appoggio=None)
        )
    anagrafica.put_entrata(
        entrata=sample.an_entrata(id_dominio=ENTE, id_entrata="BOLLOT", iban_accredito=None, iban_appoggio=None)
    )
    anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(id_tipo_pendenza="CDS", descrizione="Multe"))
    for tipo in ("TARI", "CDS", "LIBERO"):
        put_tipo(tipo)
    anagrafica.put_applicazione(applicazione=sample.an_applicazione(id_a2a=A2A, principal="gestionale-demo"))


def put_tipo(id_tipo: str, **dettagli: Any) -> None:
    anagrafica.put_tipo_pendenza_dominio(
        tipo=sample.a_tipo_pendenza_dominio(id_dominio=ENTE, id_tipo_pendenza=id_tipo, dettagli=dettagli or None)
    )


def gpadmin() -> Utenza:
    found = queries.by_principal(sample.GPADMIN)
    assert found is not None
    return found


def a_row(id_pendenza: str = "P-1", **cells: str) -> dict[str, str]:
    """Give the cells of a row that can be loaded, changed by keyword."""
    return {
        "idA2A": A2A,
        "idPendenza": id_pendenza,
        "idDominio": ENTE,
        "tipoPendenza": "TARI",
        "causale": "TARI 2026",
        "importo": "61.25",
        "tipoSoggettoPagatore": "F",
        "identificativoPagatore": "RSSMRA80A01H501U",
        "anagraficaPagatore": "Mario Rossi",
        "idVoce1": "1",
        "importoVoce1": cells.get("importo", "61.25"),
        "descrizioneVoce1": "TARI 2026",
        "ibanAccreditoVoce1": IBAN,
        "tipoContabilitaVoce1": "ALTRO",
        "codiceContabilitaVoce1": "TARI",
        **cells,
    }


def a_csv(*rows: dict[str, str], colonne: tuple[str, ...] = standard.COLONNE, separatore: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, colonne, restval="", delimiter=separatore, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_json(*inserimenti: Any, annullamenti: Any = (), **other: Any) -> bytes:
    body = {"idTracciato": "T-1", "idDominio": ENTE, "inserimenti": inserimenti, "annullamenti": annullamenti, **other}
    return json.dumps(body, ensure_ascii=False).encode()


def a_body(id_pendenza: str = "J-1", **other: Any) -> dict[str, Any]:
    """Give a pendenza of a JSON tracciato."""
    return {
        "idA2A": A2A,
        "idPendenza": id_pendenza,
        "idTipoPendenza": "TARI",
        "causale": "TARI 2026",
        "soggettoPagatore": {"tipo": "F", "identificativo": "RSSMRA80A01H501U", "anagrafica": "Mario Rossi"},
        "importo": 61.25,
        "voci": [
            {
                "idVocePendenza": "1",
                "importo": other.get("importo", 61.25),
                "descrizione": "TARI",
                "ibanAccredito": IBAN,
                "tipoContabilita": "ALTRO",
                "codiceContabilita": "TARI",
            }
        ],
        **other,
    }


def uploaded(
    content: bytes, *, formato: Formato = Formato.CSV, utenza: Utenza | None = None, **other: Any
) -> Tracciato:
    what: dict[str, Any] = {"nome": f"prova.{formato.lower()}", "id_dominio": ENTE, "stampa": False, **other}
    return upload(content=content, formato=formato, utenza=utenza or gpadmin(), now=NOW, **what)


def loaded(content: bytes, **other: Any) -> Tracciato:
    """Upload a tracciato, let it be worked on to its end, and give it as it is then."""
    tracciato = uploaded(content, **other)
    run_queue()
    return stored(tracciato.id)


def stored(id_tracciato: int) -> Tracciato:
    found = repository.get(id_tracciato)
    assert found is not None
    return found


def tracciati() -> list[Tracciato]:
    keys = [(item.pk, item.sk) for item in TracciatoItem.scan() if item.sk == repository.SK_TRACCIATO]
    return repository.by_keys(keys)


def drop(content: bytes, path: str = f"{ENTE}/in/prova.csv") -> None:
    """Put a file where the ente does."""
    client("s3").put_object(Bucket=settings().bucket(archivio.BUCKET), Key=f"tracciati/{path}", Body=content)


def run_queue(*, now: datetime = NOW) -> int:
    """Let the consumer have all that is in its queue, until nothing is; give how many messages that was."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
    for handled in range(_MESSAGES_MAX):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ())
        if not messages:
            return handled
        consegna.handle(json.loads(messages[0]["Body"]), now=now)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    raise AssertionError("the queue does not end")


def righe_of(tracciato: Tracciato) -> list[EsitoRiga]:
    return list(repository.righe(tracciato.id, da=1, a=max(1, tracciato.righe)))


def file_of(tracciato: Tracciato, nome: str) -> bytes:
    key = archivio.esito_key(tracciato, nome)
    body: bytes = client("s3").get_object(Bucket=settings().bucket(archivio.BUCKET), Key=key)["Body"].read()
    return body


def answer_rows(tracciato: Tracciato) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(tracciato, archivio.CSV).decode())))
