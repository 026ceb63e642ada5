"""`<idDominio>/in/` goes to the bucket, what the bucket has under `esiti/` comes to `<idDominio>/esiti/`.

A file is taken when two looks in a row find it the same, and goes to `<idDominio>/presi/`.
"""

import logging
import threading
from pathlib import Path
from typing import Any, Self

_RADICE = "giornale-di-cassa"
_SECONDI = 1.0
_INCOMPLETI = (".part", ".tmp", ".crdownload")

log = logging.getLogger(__name__)


class Cassetto:
    """Looks by itself between start() and stop(). `s3` is a client of boto3."""

    def __init__(self, radice: Path, *, s3: Any, bucket: str, domini: list[str], ogni: float = _SECONDI) -> None:
        self._radice = radice
        self._s3, self._bucket, self._domini, self._ogni = s3, bucket, domini, ogni
        self._visti: dict[Path, tuple[int, int]] = {}
        self._copiati: dict[str, str] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._guarda, name="cassetto", daemon=True)
        for id_dominio in domini:
            (radice / id_dominio / "in").mkdir(parents=True, exist_ok=True)

    def giro(self) -> None:
        """Look once: take what has arrived whole, bring back the reports that are new or changed."""
        for id_dominio in self._domini:
            self._prende(id_dominio)
            self._riporta(id_dominio)

    def _prende(self, id_dominio: str) -> None:
        cartella = self._radice / id_dominio / "in"
        for path in sorted(cartella.iterdir()):
            if not path.is_file() or path.name.startswith((".", "~")) or path.suffix in _INCOMPLETI:
                continue
            stat = path.stat()
            ora = (stat.st_size, stat.st_mtime_ns)
            if self._visti.get(path) != ora:
                self._visti[path] = ora
                continue
            with path.open("rb") as file:
                self._s3.put_object(Bucket=self._bucket, Key=f"{_RADICE}/{id_dominio}/in/{path.name}", Body=file)
            presi = cartella.parent / "presi"
            presi.mkdir(exist_ok=True)
            path.replace(presi / path.name)
            del self._visti[path]

    def _riporta(self, id_dominio: str) -> None:
        prefisso = f"{_RADICE}/{id_dominio}/esiti/"
        esiti = self._radice / id_dominio / "esiti"
        for one in self._s3.list_objects_v2(Bucket=self._bucket, Prefix=prefisso).get("Contents", []):
            chiave, etag = one["Key"], one["ETag"]
            nome = Path(chiave.removeprefix(prefisso)).name
            if not nome or self._copiati.get(chiave) == etag:
                continue
            esiti.mkdir(exist_ok=True)
            (esiti / nome).write_bytes(self._s3.get_object(Bucket=self._bucket, Key=chiave)["Body"].read())
            self._copiati[chiave] = etag

    def _guarda(self) -> None:
        while not self._stopped.wait(self._ogni):
            try:
                self.giro()
            except Exception:  # a look that fails is told in the log, and the next comes anyway
                log.exception("il cassetto non si è letto")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)
