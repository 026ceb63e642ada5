"""Last step: the answer is written, row by row, and the tracciato is ESEGUITO or ESEGUITO_CON_ERRORI."""

from datetime import datetime
from pathlib import Path

from chalicelib.aws import documents
from chalicelib.rest import log
from chalicelib.tracciati import archivio, repository, rules
from chalicelib.tracciati.model import Formato, Tracciato
from chalicelib.tracciati.operations.risposta import write_answers


def conclude(tracciato: Tracciato, *, now: datetime) -> Tracciato:
    """Write the answer and close the tracciato; done again after a crash it writes the same.

    :raises WriteConflict: if another delivery of the same message is at work
    """
    after = rules.concluded(tracciato, now=now)
    with archivio.folder() as folder:
        json_path, csv_path = Path(folder) / archivio.JSON, Path(folder) / archivio.CSV
        write_answers(after, json_path, csv_path if tracciato.formato is Formato.CSV else None)
        _put(after, json_path, archivio.JSON, Formato.JSON)
        if tracciato.formato is Formato.CSV:
            _put(after, csv_path, archivio.CSV, Formato.CSV)
    saved = repository.save(after)
    log.info("tracciato concluso", id_dominio=after.id_dominio, chiave=str(after.id), stato=after.stato)
    return saved


def _put(tracciato: Tracciato, path: Path, nome: str, formato: Formato) -> None:
    with path.open("rb") as file:
        documents.put_file(
            archivio.BUCKET, archivio.esito_key(tracciato, nome), file, content_type=archivio.CONTENT_TYPES[formato]
        )
