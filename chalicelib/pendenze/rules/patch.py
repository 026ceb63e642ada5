"""The changes of a PATCH: stato, descrizioneStato, ack, nota (GovPay 3.1 API 4.5); not those of RFC 6902."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.kernel.refusals import FieldError, Sintassi, Unprocessable
from chalicelib.kernel.rome_time import as_rome, from_rome
from chalicelib.pendenze.model import Nota, Pendenza
from chalicelib.pendenze.states import MOVES, StatoPendenza

_MAX_DESCRIZIONE = 255
_NOTA_FIELDS = {"autore": 255, "tipo": 35, "oggetto": 255, "testo": 2000}
MAX_NOTE = 30


@dataclass(frozen=True, slots=True)
class PatchOp:
    """One operation as it was read: `op` in upper case."""

    op: str
    path: str
    value: Any


class StatoNonAnnullabile(Unprocessable):
    codice = "VER_009"


class PendenzaInesistente(Unprocessable):
    codice = "VER_008"


def cancel(pendenza: Pendenza, *, now: datetime) -> Pendenza:
    """Give the pendenza cancelled; cancelling twice changes nothing.

    :raises StatoNonAnnullabile: VER_009, if it has been paid
    """
    if pendenza.stato is StatoPendenza.ANNULLATO:
        return pendenza
    try:
        stato = move(MOVES, pendenza.stato, StatoPendenza.ANNULLATO)
    except IllegalMove as error:
        name = f"{pendenza.id_a2a}, {pendenza.id_pendenza}"
        raise StatoNonAnnullabile(f"La pendenza ({name}) è in stato {pendenza.stato}: non si può annullare.") from error
    return replace(pendenza, stato=stato, annullata=now)


def restore(pendenza: Pendenza) -> Pendenza:
    """Give a cancelled pendenza owed again; one that is owed already is left as it is.

    :raises IllegalMove: if it has been paid
    """
    if pendenza.stato is StatoPendenza.NON_ESEGUITO:
        return pendenza
    # An attempt to pay is no reason against it: MOVES has this move from ANNULLATO only.
    stato = move(MOVES, pendenza.stato, StatoPendenza.NON_ESEGUITO)
    return replace(pendenza, stato=stato, annullata=None, descrizione_stato=None)


def apply_patch(pendenza: Pendenza, ops: Sequence[PatchOp], *, principal: str, now: datetime) -> Pendenza:
    """Apply all the operations, in their order, or none.

    :raises Sintassi: with all that is not allowed
    """
    errors: list[FieldError] = []
    after = pendenza
    for index, op in enumerate(ops):
        try:
            after = _apply(after, op, principal=principal, now=now)
        except _NonAmmesso as error:
            errors.append(FieldError(f"[{index}].{error.campo}", error.motivo))
    if errors:
        raise Sintassi(errors)
    return pendenza if after == pendenza else replace(after, aggiornata=now)


class _NonAmmesso(Exception):
    def __init__(self, campo: str, motivo: str) -> None:
        self.campo, self.motivo = campo, motivo
        super().__init__(f"{campo}: {motivo}")


def _apply(pendenza: Pendenza, op: PatchOp, *, principal: str, now: datetime) -> Pendenza:
    allowed = _PATHS.get(op.path)
    if allowed is None:
        raise _NonAmmesso("path", f"non è ammesso il percorso {op.path[:64]}: uno fra {', '.join(_PATHS)}")
    if op.op != allowed:
        raise _NonAmmesso("op", f"per il percorso {op.path} è ammessa solo l'operazione {allowed}")
    match op.path:
        case "/stato":
            return _patch_stato(pendenza, op.value, now)
        case "/descrizioneStato":
            return replace(pendenza, descrizione_stato=_text(op.value, _MAX_DESCRIZIONE))
        case "/ack":
            if not isinstance(op.value, bool):
                raise _NonAmmesso("value", "per il percorso /ack deve essere true o false")
            return replace(pendenza, ack=op.value)
    return _add_nota(pendenza, op.value, principal=principal, now=now)


_PATHS = {"/stato": "REPLACE", "/descrizioneStato": "REPLACE", "/ack": "REPLACE", "/nota": "ADD"}


def _patch_stato(pendenza: Pendenza, value: Any, now: datetime) -> Pendenza:
    moves: dict[Any, Callable[[], Pendenza]] = {
        "ANNULLATA": lambda: cancel(pendenza, now=now),
        "NON_ESEGUITA": lambda: restore(pendenza),
    }
    if not isinstance(value, str) or value not in moves:
        raise _NonAmmesso("value", "per il percorso /stato deve essere ANNULLATA o NON_ESEGUITA")
    try:
        return moves[value]()
    except (StatoNonAnnullabile, IllegalMove) as error:
        raise _NonAmmesso("value", f"lo stato {pendenza.stato} non può diventare {value}") from error


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise _NonAmmesso("value", f"deve essere un testo di al più {most} caratteri")
    return value


def _add_nota(pendenza: Pendenza, value: Any, *, principal: str, now: datetime) -> Pendenza:
    if not isinstance(value, Mapping):
        raise _NonAmmesso("value", "per il percorso /nota deve essere un oggetto")
    if len(pendenza.note) >= MAX_NOTE:
        raise _NonAmmesso("value", f"la pendenza ha già {MAX_NOTE} note: non se ne aggiungono altre")
    texts = {name: _nota_field(value, name, most) for name, most in _NOTA_FIELDS.items()}
    if texts["oggetto"] is None and texts["testo"] is None:
        raise _NonAmmesso("value", "la nota deve avere oggetto o testo")
    nota = Nota(
        # Who wrote it is who is authenticated, whatever the value says.
        principal=principal,
        autore=texts["autore"],
        tipo=texts["tipo"],
        data=_nota_data(value.get("data"), now),
        oggetto=texts["oggetto"],
        testo=texts["testo"],
    )
    return replace(pendenza, note=(*pendenza.note, nota))


def _nota_field(value: Mapping[str, Any], name: str, most: int) -> str | None:
    text = value.get(name)
    if text is not None and (not isinstance(text, str) or len(text) > most):
        raise _NonAmmesso(f"value.{name}", f"deve essere un testo di al più {most} caratteri")
    return text or None


def _nota_data(text: Any, now: datetime) -> datetime:
    if text is None:
        return now
    try:
        data = from_rome(datetime.fromisoformat(text))
        # Answers write it in Italian time: an instant at the end of the calendar may have none.
        as_rome(data)
    except (TypeError, ValueError, OverflowError) as error:
        raise _NonAmmesso("value.data", "deve essere una data nella forma aaaa-mm-gg") from error
    return data
