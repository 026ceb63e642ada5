"""A file of whoever runs the command."""

from pathlib import Path

from govpay.esiti import Fermato

MAX_BYTES = 512 * 1_048_576


def leggi(path: Path) -> bytes:
    """Give what is in a file.

    :raises Fermato: if it is not there, is empty, or is beyond what any import takes
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Fermato(f"{path}: supera {MAX_BYTES // 1_048_576} MB, dividerlo.")
        content = path.read_bytes()
    except OSError as error:
        raise Fermato(f"{path}: non si legge ({error.strerror}).") from error
    if not content:
        raise Fermato(f"{path}: il file è vuoto.")
    return content
