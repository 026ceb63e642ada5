"""The messages of the queue `giornale-di-cassa`, beside those of S3: one step of work each."""

from enum import StrEnum

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue


class Passo(StrEnum):
    IMPORTA = "importa"
    RIPROVA = "riprova"
    ESITI = "esiti"


def send_importa(id_dominio: str, id_giornale: str) -> None:
    """Go on with an import."""
    queues.send(Queue.GIORNALE_DI_CASSA, {"passo": Passo.IMPORTA, "idDominio": id_dominio, "idGiornale": id_giornale})


def send_esiti(id_dominio: str, id_giornale: str) -> None:
    """Write the report of a giornale again: something of it has changed."""
    queues.send(Queue.GIORNALE_DI_CASSA, {"passo": Passo.ESITI, "idDominio": id_dominio, "idGiornale": id_giornale})


def send_riprova(id_dominio: str, riferimento: str | None = None, *, dopo: str = "") -> None:
    """Try again the movements of an ente that wait: those of a reference, or all of them, from one on."""
    message = {"passo": Passo.RIPROVA, "idDominio": id_dominio, "riferimento": riferimento, "dopo": dopo}
    queues.send(Queue.GIORNALE_DI_CASSA, message)
