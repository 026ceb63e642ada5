"""What an operator may change of an attempt: whether it blocks another one (GovPay 3.1 API 4.14)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from chalicelib.kernel.refusals import FieldError, Sintassi
from chalicelib.pagamenti.model import Rpp
from chalicelib.pendenze.rules.patch import PatchOp

_PATH, _OP = "/bloccante", "REPLACE"


def apply_patch(rpp: Rpp, ops: Sequence[PatchOp], *, now: datetime) -> Rpp:
    """Apply all the operations, in their order, or none.

    :raises Sintassi: with all that is not allowed
    """
    errors = [error for index, op in enumerate(ops) if (error := _error(index, op)) is not None]
    if errors:
        raise Sintassi(errors)
    bloccante = ops[-1].value if ops else rpp.bloccante
    return rpp if bloccante is rpp.bloccante else replace(rpp, bloccante=bloccante, aggiornata=now)


def _error(index: int, op: PatchOp) -> FieldError | None:
    if op.path != _PATH:
        return FieldError(f"[{index}].path", f"non è ammesso il percorso {op.path[:64]}: indicare {_PATH}")
    if op.op != _OP:
        return FieldError(f"[{index}].op", f"per il percorso {_PATH} è ammessa solo l'operazione {_OP}")
    if not isinstance(op.value, bool):
        return FieldError(f"[{index}].value", f"per il percorso {_PATH} deve essere true o false")
    return None
