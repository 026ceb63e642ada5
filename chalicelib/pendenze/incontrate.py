"""The IUV of every pendenza that this process has met: what is at an IUV is read in one call, if the IUV is known.

Process memory, bounded. The IUV of a pendenza is given once and never changes; still it is only a hint, as the write it
comes from may not have been committed: who reads by it looks whether it found that pendenza.
"""

from threading import Lock

from chalicelib.pendenze.model import Pendenza

MAX_MET = 10_000  # some 3 MB
_iuv: dict[tuple[str, str], tuple[str, str]] = {}
_lock = Lock()


def meet(pendenza: Pendenza) -> None:
    """Remember a pendenza that was read, or is to be written."""
    if pendenza.iuv is None:
        return
    key = (pendenza.id_a2a, pendenza.id_pendenza)
    with _lock:
        _iuv.pop(key, None)
        _iuv[key] = (pendenza.id_dominio, pendenza.iuv)
        if len(_iuv) > MAX_MET:
            del _iuv[next(iter(_iuv))]


def iuv_of(id_a2a: str, id_pendenza: str) -> tuple[str, str] | None:
    """Give dominio and IUV of a pendenza, None where this process has not met it."""
    return _iuv.get((id_a2a, id_pendenza))


def forget() -> None:
    _iuv.clear()
