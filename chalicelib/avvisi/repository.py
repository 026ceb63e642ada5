"""Printed notices, kept in S3 under a key that says what is printed: one that changes gets another key."""

from datetime import datetime
from hashlib import sha256

from chalicelib.avvisi.model import Documento
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.settings import VERSIONE

_PDF = "application/pdf"


def key_of(documento: Documento) -> str:
    """Give the key: a new release, another logo, another amount make another one."""
    avviso = documento.parti[0].avviso
    digest = sha256(f"{VERSIONE}\n{documento!r}".encode()).hexdigest()
    return f"avvisi/{avviso.id_dominio}/{avviso.numero_avviso}/{digest}.pdf"


def printed_at(id_dominio: str, numero_avviso: str, *, most: int) -> list[datetime]:
    """Give when the papers of a notice that are still kept were printed, earliest first."""
    return documents.written(Bucket.DOCUMENTI, f"avvisi/{id_dominio}/{numero_avviso}/", most=most)


def get(key: str) -> bytes | None:
    return documents.get(Bucket.DOCUMENTI, key)


def put(key: str, pdf: bytes) -> None:
    documents.put(Bucket.DOCUMENTI, key, pdf, content_type=_PDF)
