"""Structured logs: one JSON object a line, with ids and codes, never personal data or secrets."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

_logger = logging.getLogger("govpay")
# What a line may carry: ids of ours, codes, figures. Anything else is a mistake of the caller.
FIELDS = frozenset(
    {
        "id_transazione", "operazione", "metodo", "risorsa", "stato", "codice", "durata_ms", "principal", "id_a2a",
        "id_pendenza", "id_dominio", "iuv", "ccp", "primitiva", "tentativo", "coda", "notifica", "errore", "chiave",
        "prossima", "esito", "quanti", "guasto",
    }
)  # fmt: skip


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "ora": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "livello": record.levelname,
            "evento": record.getMessage(),
            **getattr(record, "campi", {}),
        }
        if record.exc_info:
            line["eccezione"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure() -> None:
    """Send the log of this process to standard output, once."""
    if not _logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(_JsonFormatter())
        _logger.addHandler(handler)
        _logger.propagate = False
    _logger.setLevel(logging.INFO)


def info(evento: str, **campi: Any) -> None:
    _log(logging.INFO, evento, campi)


def warning(evento: str, **campi: Any) -> None:
    _log(logging.WARNING, evento, campi)


def error(evento: str, *, exc_info: bool = False, **campi: Any) -> None:
    _log(logging.ERROR, evento, campi, exc_info=exc_info)


def _log(level: int, evento: str, campi: dict[str, Any], *, exc_info: bool = False) -> None:
    unknown = campi.keys() - FIELDS
    if unknown:
        msg = f"campi non ammessi nel log: {sorted(unknown)}"
        raise ValueError(msg)
    _logger.log(level, evento, extra={"campi": campi}, exc_info=exc_info)
