"""The messages of the queue `flussi`: one step of work each."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.riconciliazione.model import ChiaveFlusso, Formato
from chalicelib.riconciliazione.ports import Annunciato

DELAY_MAX = 900  # SQS's own


class Passo(StrEnum):
    ELENCO = "elenco"
    FLUSSO = "flusso"
    RIESAME = "riesame"


def send_elenco(*, id_dominio: str, id_stazione: str, formato: Formato, pagina: int, delay_seconds: int) -> None:
    message = {
        "passo": Passo.ELENCO,
        "idDominio": id_dominio,
        "idStazione": id_stazione,
        "formato": formato,
        "pagina": pagina,
    }
    queues.send(Queue.FLUSSI, message, delay_seconds=min(delay_seconds, DELAY_MAX))


def send_flusso(
    annunciato: Annunciato, *, id_stazione: str, formato: Formato, delay_seconds: int, passo: Passo = Passo.FLUSSO
) -> None:
    chiave = annunciato.chiave
    message = {
        "passo": passo,
        "idDominio": chiave.id_dominio,
        "idFlusso": chiave.id_flusso,
        "idPsp": chiave.id_psp,
        "dataOra": chiave.data_ora.isoformat(),
        "revisione": chiave.revisione,
        "pubblicato": None if annunciato.pubblicato is None else annunciato.pubblicato.isoformat(),
        "idStazione": id_stazione,
        "formato": formato,
    }
    queues.send(Queue.FLUSSI, message, delay_seconds=min(delay_seconds, DELAY_MAX))


def send_again(message: Mapping[str, Any], *, delay_seconds: int) -> None:
    """Put the same step, or the next one of the same flow, at the end of the queue."""
    queues.send(Queue.FLUSSI, message, delay_seconds=delay_seconds)


def annunciato_of(message: Mapping[str, Any]) -> Annunciato:
    published = message["pubblicato"]
    return Annunciato(
        chiave=ChiaveFlusso(
            id_dominio=message["idDominio"],
            id_flusso=message["idFlusso"],
            id_psp=message["idPsp"],
            data_ora=datetime.fromisoformat(message["dataOra"]),
            revisione=message["revisione"],
        ),
        pubblicato=None if published is None else datetime.fromisoformat(published),
    )
