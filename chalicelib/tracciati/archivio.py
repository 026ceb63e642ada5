"""The bucket `tracciati`: where files come in, where originals, blocks of rows, notices and answers stay.

tracciati/{idDominio}/in/<name>                     dropped by the ente, or by who has its file
tracciati/{idDominio}/in/<idTipoPendenza>/<name>    the same, a CSV of that tipo pendenza
tracciati/{idDominio}/api/<id>/<name>               put by the API, which has registered the id; stays there
originali/{idDominio}/<id>/<name>                   what was dropped
lavori/{idDominio}/<id>/righe/<n>.jsonl             a block of rows, as read
lavori/{idDominio}/<id>/avvisi/<n>.zip              the notices of a block
esiti/{idDominio}/<id>/<name>                       the answer, in JSON and CSV, and the zip of all notices

S3 tells of what comes under `tracciati/` only.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.rest import json_text
from chalicelib.tracciati.model import Formato, Operazione, Riga, Tracciato

BUCKET = Bucket.TRACCIATI
SENZA_DOMINIO = "-"
_RADICE = "tracciati"
_KEY = re.compile(
    rf"{_RADICE}/(?P<dominio>[^/]{{1,35}})/"
    r"(?:api/(?P<id>\d{1,16})/|in/(?:(?P<tipo>[a-zA-Z0-9\-_.]{1,35})/)?)(?P<nome>[^/]+)",
    re.ASCII | re.DOTALL,
)
_NOME_MAX = 150
_UNSAFE = re.compile(r"[^0-9A-Za-zÀ-ÿ._() -]+")
CONTENT_TYPES = {Formato.JSON: "application/json", Formato.CSV: "text/csv"}
ZIP = "application/zip"
JSON, CSV, AVVISI = "esito.json", "esito.csv", "avvisi.zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivo:
    """A file that has come; `id` is that of the API, or None for one that was dropped."""

    id_dominio: str
    nome: str
    chiave: str
    dimensione: int
    unico: str
    id: int | None = None
    id_tipo_pendenza: str | None = None
    versione: str | None = None


def arrivo_of(record: Mapping[str, Any]) -> Arrivo | None:
    """Read a record of an S3 event; None for what is not a new tracciato (blocks, answers, folders)."""
    oggetto = record.get("s3", {}).get("object", {})
    chiave = unquote_plus(oggetto.get("key", ""))
    found = _KEY.fullmatch(chiave)
    if found is None or not record.get("eventName", "").startswith("ObjectCreated"):
        return None
    versione = oggetto.get("versionId")
    unique = versione or oggetto.get("sequencer") or f"{oggetto.get('eTag')}|{record.get('eventTime')}"
    return Arrivo(
        id_dominio=found["dominio"],
        nome=plain_name(found["nome"]),
        chiave=chiave,
        dimensione=int(oggetto.get("size", 0)),
        unico=f"{chiave}|{unique}",
        id=int(found["id"]) if found["id"] else None,
        id_tipo_pendenza=found["tipo"],
        versione=versione,
    )


def plain_name(nome: str) -> str:
    """Give a name that is safe in keys and headers; its folders are dropped."""
    last = nome.replace("\\", "/").rpartition("/")[2]
    return _UNSAFE.sub("_", last).strip(" .")[-_NOME_MAX:] or "tracciato"


def upload_key(id_dominio: str | None, id_tracciato: int, nome: str) -> str:
    return f"{_RADICE}/{id_dominio or SENZA_DOMINIO}/api/{id_tracciato}/{plain_name(nome)}"


def original_key(id_dominio: str, id_tracciato: int, nome: str) -> str:
    return f"originali/{id_dominio}/{id_tracciato}/{plain_name(nome)}"


def _lavori(tracciato: Tracciato) -> str:
    return f"lavori/{tracciato.id_dominio or SENZA_DOMINIO}/{tracciato.id}"


def esito_key(tracciato: Tracciato, nome: str) -> str:
    return f"esiti/{tracciato.id_dominio or SENZA_DOMINIO}/{tracciato.id}/{nome}"


def avvisi_key(tracciato: Tracciato, blocco: int) -> str:
    return f"{_lavori(tracciato)}/avvisi/{blocco:06d}.zip"


def folder() -> "tempfile.TemporaryDirectory[str]":
    """Give a folder of the function's own disk, gone at the end of the block."""
    return tempfile.TemporaryDirectory(prefix="tracciato-")


def bring(chiave: str, path: Path, *, arrivo: Arrivo | None = None) -> bool:
    """Write an original into a file; False if it is nowhere.

    One that was dropped is moved from `in` to `originali` on the way; repeated, it is found where it was moved to.
    """
    if arrivo is not None and arrivo.chiave != chiave and _fetched(arrivo.chiave, path, arrivo.versione):
        with path.open("rb") as file:
            documents.put_file(BUCKET, chiave, file, content_type="application/octet-stream")
        documents.delete(BUCKET, arrivo.chiave)
        return True
    return _fetched(chiave, path)


def _fetched(chiave: str, path: Path, versione: str | None = None) -> bool:
    with path.open("wb") as file:
        return documents.fetch(BUCKET, chiave, into=file, version=versione)


# -- blocks of rows


def _blocco_key(tracciato: Tracciato, blocco: int) -> str:
    return f"{_lavori(tracciato)}/righe/{blocco:06d}.jsonl"


def put_blocco(tracciato: Tracciato, blocco: int, righe: Iterable[Riga]) -> None:
    lines = "".join(json_text.write(_riga_json(riga)) + "\n" for riga in righe)
    documents.put(BUCKET, _blocco_key(tracciato, blocco), lines.encode(), content_type="application/x-ndjson")


def blocco(tracciato: Tracciato, numero: int) -> Iterator[Riga]:
    """Give the rows of a block, as read.

    :raises LookupError: if it is not there: a block is written before anything tells of it
    """
    content = documents.get(BUCKET, _blocco_key(tracciato, numero))
    if content is None:
        msg = f"il blocco {numero} del tracciato {tracciato.id} non è nel bucket"
        raise LookupError(msg)
    return _righe(content)


def kept_blocco(tracciato: Tracciato, numero: int) -> Iterator[Riga]:
    """Give the rows of a block if it is still kept: those of a tracciato of some months ago are not."""
    return _righe(documents.get(BUCKET, _blocco_key(tracciato, numero)) or b"")


def _righe(content: bytes) -> Iterator[Riga]:
    # By \n alone: a text may hold other characters that end a line elsewhere.
    for line in content.split(b"\n"):
        if line:
            yield _riga(json_text.read(line))


def _riga_json(riga: Riga) -> dict[str, Any]:
    body: dict[str, Any] = {"n": riga.numero, "l": riga.linea, "o": str(riga.operazione)}
    optional = {"c": list(riga.celle) or None, "j": riga.contenuto, "e": riga.errore, "d": riga.doppia_di}
    return body | {name: value for name, value in optional.items() if value is not None}


def _riga(body: Mapping[str, Any]) -> Riga:
    return Riga(
        numero=body["n"],
        linea=body["l"],
        operazione=Operazione(body["o"]),
        celle=tuple(body.get("c", ())),
        contenuto=body.get("j"),
        errore=body.get("e"),
        doppia_di=body.get("d"),
    )
