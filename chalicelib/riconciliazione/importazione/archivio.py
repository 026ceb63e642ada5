"""The bucket `riconciliazione`: where the bank puts its files, where originals and reports stay.

giornale-di-cassa/{idDominio}/in/<name>                  put by the bank, or by whoever has its file
giornale-di-cassa/{idDominio}/in/<idGiornale>/<name>     put by the API, which has announced the id
giornale-di-cassa/{idDominio}/originali/<idGiornale>/<name>
giornale-di-cassa/{idDominio}/esiti/<name>.json|.csv|.pdf
"""

import hashlib
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.riconciliazione.giornale_di_cassa.sorgente import MAX_BYTES

BUCKET = Bucket.RICONCILIAZIONE
_RADICE = "giornale-di-cassa"
_KEY = re.compile(rf"{_RADICE}/(?P<dominio>[^/]{{1,35}})/in/(?:(?P<id>[0-9a-f]{{32}})/)?(?P<nome>.+)", re.DOTALL)
_ID_LENGTH = 32
_COPY_MAX = 5 * 1024**3  # bytes that S3 copies in one call
_NOME_MAX = 150
_UNSAFE = re.compile(r"[^0-9A-Za-zÀ-ÿ._() -]+")
CONTENT_TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivo:
    """A file that has come."""

    id_dominio: str
    id_giornale: str
    nome: str
    chiave: str
    dimensione: int
    versione: str | None = None

    @property
    def is_too_big(self) -> bool:
        return self.dimensione > MAX_BYTES


def arrivo_of(record: Mapping[str, Any]) -> Arrivo | None:
    """Read a record of an S3 event; None for what is not a new giornale (reports, originals, folders)."""
    oggetto = record.get("s3", {}).get("object", {})
    chiave = unquote_plus(oggetto.get("key", ""))
    found = _KEY.fullmatch(chiave)
    if found is None or chiave.endswith("/") or not record.get("eventName", "").startswith("ObjectCreated"):
        return None
    versione = oggetto.get("versionId")
    unique = versione or oggetto.get("sequencer") or f"{oggetto.get('eTag')}|{record.get('eventTime')}"
    return Arrivo(
        id_dominio=found["dominio"],
        id_giornale=found["id"] or _id_of(chiave, unique),
        nome=plain_name(found["nome"]),
        chiave=chiave,
        dimensione=int(oggetto.get("size", 0)),
        versione=versione,
    )


def _id_of(chiave: str, unique: str) -> str:
    """Give the id of a dropped file: the same for every delivery of its event, another when the name is used again."""
    return hashlib.sha256(f"{chiave}|{unique}".encode()).hexdigest()[:_ID_LENGTH]


def plain_name(nome: str) -> str:
    """Give a name that is safe in keys, headers and on paper; its folders are dropped."""
    last = nome.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).strip(" .")[-_NOME_MAX:] or "giornale"


def upload_key(id_dominio: str, id_giornale: str, nome: str) -> str:
    return f"{_RADICE}/{id_dominio}/in/{id_giornale}/{plain_name(nome)}"


def original_key(id_dominio: str, id_giornale: str, nome: str) -> str:
    return f"{_RADICE}/{id_dominio}/originali/{id_giornale}/{plain_name(nome)}"


def report_key(id_dominio: str, nome: str, formato: str) -> str:
    return f"{_RADICE}/{id_dominio}/esiti/{plain_name(nome)}.{formato}"


def bring(chiave: str, folder: str, *, arrivo: Arrivo | None = None) -> Path | None:
    """Write a giornale into a file of a folder; None if it is nowhere.

    With `arrivo` it is moved from `in` to `originali` on the way; repeated, it is found where it was moved to.
    """
    path = Path(folder) / "originale"
    with path.open("w+b") as file:
        if arrivo is not None and documents.fetch(BUCKET, arrivo.chiave, into=file, version=arrivo.versione):
            file.seek(0)
            documents.put_file(BUCKET, chiave, file, content_type="application/octet-stream")
            documents.delete(BUCKET, arrivo.chiave)
            return path
        return path if documents.fetch(BUCKET, chiave, into=file) else None


def set_aside(chiave: str, arrivo: Arrivo) -> None:
    """Move a giornale that is refused unread from `in` to `originali`, without bringing it here; repeated, it is there.

    One that S3 does not copy at once stays where it is: nothing is lost by that.
    """
    if arrivo.dimensione <= _COPY_MAX and documents.copy(BUCKET, arrivo.chiave, chiave, version=arrivo.versione):
        documents.delete(BUCKET, arrivo.chiave)


def folder() -> "tempfile.TemporaryDirectory[str]":
    """Give a folder of the function's own disk, gone at the end of the block."""
    return tempfile.TemporaryDirectory(prefix="giornale-")


def put_report(chiave: str, path: Path, *, formato: str) -> str | None:
    """Store a report; give its version."""
    with path.open("rb") as file:
        return documents.put_file(BUCKET, chiave, file, content_type=CONTENT_TYPES[formato])
