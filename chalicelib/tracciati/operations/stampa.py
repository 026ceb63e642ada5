"""The notices of a tracciato: printed block by block, then joined into one zip that is never whole in memory or on disk."""

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from chalicelib.avvisi import operations as avvisi
from chalicelib.avvisi.codici import CodiceNonStampabile
from chalicelib.avvisi.rules import is_to_be_paid
from chalicelib.aws import documents
from chalicelib.aws.upload import Upload
from chalicelib.pendenze import queries as pendenze
from chalicelib.pendenze.model import Pendenza
from chalicelib.pendenze.repository import get_many, key_of
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.archivio import BUCKET, ZIP
from chalicelib.tracciati.model import EsitoRiga, Operazione, Tracciato
from chalicelib.tracciati.operations.avanzamento import NIENTE, Conteggi
from chalicelib.tracciati.operations.righe import bounds_of
from chalicelib.tracciati.states import Fase

LEGGIMI = "leggimi.txt"
SENZA_AVVISI = (
    "Il tracciato non ha avvisi stampati: sono in GET /avvisi, uno per uno, quelli delle pendenze da pagare.\n"
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def print_block(tracciato: Tracciato, blocco: int, *, now: datetime) -> Conteggi:
    """Print the notices of the rows of a block that were loaded; printed again after a crash they are the same."""
    da, a = bounds_of(blocco)
    wanted = [esito for esito in repository.righe(tracciato.id, da=da, a=a) if _has_paper(esito)]
    if not wanted:
        return NIENTE
    found = {key_of(p.id_a2a, p.id_pendenza): p for p in get_many(key_of(e.id_a2a, e.id_pendenza) for e in wanted)}
    printed: dict[str, bool] = {}
    with archivio.folder() as folder:
        path = Path(folder) / "avvisi.zip"
        with zipfile.ZipFile(path, "w") as target:
            for esito in wanted:
                name = esito.nome_pdf or ""
                if name in printed:
                    continue
                pdf = _paper(esito, found.get(key_of(esito.id_a2a, esito.id_pendenza)), now)
                printed[name] = pdf is not None
                if pdf is not None:
                    target.writestr(zipfile.ZipInfo(name, _EPOCH), pdf)
        with path.open("rb") as file:
            documents.put_file(BUCKET, archivio.avvisi_key(tracciato, blocco), file, content_type=ZIP)
    stampati = sum(printed[esito.nome_pdf or ""] for esito in wanted)
    return Conteggi(stampati=stampati, non_stampati=len(wanted) - stampati)


def _has_paper(esito: EsitoRiga) -> bool:
    return esito.is_done and esito.operazione is Operazione.ADD and esito.nome_pdf is not None


def _paper(esito: EsitoRiga, pendenza: Pendenza | None, now: datetime) -> bytes | None:
    """Give the PDF of a row, of its whole documento where it is a part of one; None if there is none to pay by."""
    if pendenza is None or not is_to_be_paid(pendenza):
        return None
    try:
        if esito.id_documento is None:
            return avvisi.print_avviso(pendenza, now)
        return avvisi.print_documento(_parti(pendenza, esito.id_documento))
    except CodiceNonStampabile:
        return None


def _parti(pendenza: Pendenza, id_documento: str) -> Sequence[Pendenza]:
    found = pendenze.by_documento(pendenza.id_dominio, id_documento, id_a2a=pendenza.id_a2a)
    # The index may not know yet of the part that was loaded last.
    return [parte for parte in found if is_to_be_paid(parte)] or [pendenza]


def join_notices(tracciato: Tracciato) -> Conteggi:
    """Make one zip of those of the blocks; a paper that is in several of them is in it once."""
    names: set[str] = set()
    with (
        Upload(BUCKET, archivio.esito_key(tracciato, archivio.AVVISI), content_type=ZIP) as upload,
        # It asks of a file no more than write and flush, whatever its type says.
        zipfile.ZipFile(cast("IO[bytes]", upload), "w") as target,
        archivio.folder() as folder,
    ):
        path = Path(folder) / "avvisi.zip"
        for blocco in tracciato.blocks_of(Fase.STAMPA):
            if not archivio.bring(archivio.avvisi_key(tracciato, blocco), path):
                continue
            with zipfile.ZipFile(path) as source:
                for info in source.infolist():
                    if info.filename not in names:
                        names.add(info.filename)
                        target.writestr(zipfile.ZipInfo(info.filename, _EPOCH), source.read(info))
        if not names:
            target.writestr(zipfile.ZipInfo(LEGGIMI, _EPOCH), SENZA_AVVISI)
    return NIENTE


def empty_zip() -> bytes:
    """Give the zip of a tracciato that has no notices: why is written in it."""
    import io

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        target.writestr(zipfile.ZipInfo(LEGGIMI, _EPOCH), SENZA_AVVISI)
    return content.getvalue()
