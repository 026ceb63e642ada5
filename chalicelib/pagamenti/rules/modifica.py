"""What an operator may change of an attempt: whether it blocks another one (GovPay 3.1 API 4.14).

And, of ours: that pagoPA is asked at once, and anew, what became of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.pagamenti.model import Rpp
from chalicelib.pagamenti.recupero.rules import restarted
from chalicelib.pendenze.rules.patch import PatchOp

_PATH, VERIFICA, _OP = "/bloccante", "/verifica", "REPLACE"


def apply_patch(rpp: Rpp, ops: Sequence[PatchOp], *, now: datetime) -> Rpp:
    """Apply all the operations, in their order, or none.

    :raises Sintassi: with all that is not allowed
    """
    errors = [error for index, op in enumerate(ops) if (error := _error(index, op)) is not None]
    if errors:
        raise Sintassi(errors)
    asked = [op.value for op in ops if op.path == _PATH]
    bloccante = asked[-1] if asked else rpp.bloccante
    after = rpp if bloccante is rpp.bloccante else replace(rpp, bloccante=bloccante, aggiornata=now)
    return restarted(after, now=now) if any(op.path == VERIFICA for op in ops) else after


def _error(index: int, op: PatchOp) -> FieldError | None:
    if op.path not in {_PATH, VERIFICA}:
        return FieldError(f"[{index}].path", f"non è ammesso il percorso {op.path[:64]}: indicare {_PATH} o {VERIFICA}")
    if op.op != _OP:
        return FieldError(f"[{index}].op", f"per il percorso {op.path} è ammessa solo l'operazione {_OP}")
    if op.path == VERIFICA and op.value is not True:
        return FieldError(f"[{index}].value", f"per il percorso {VERIFICA} deve essere true")
    if not isinstance(op.value, bool):
        return FieldError(f"[{index}].value", f"per il percorso {_PATH} deve essere true o false")
    return None
