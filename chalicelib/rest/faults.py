"""Refusal → status and FaultBean {categoria, codice, descrizione, dettaglio}; the only place with statuses."""

from dataclasses import dataclass
from typing import Any

from chalicelib.kernel import refusals
from chalicelib.kernel.precondition import PreconditionFailed


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    categoria: str
    descrizione: str


# GovPay 3.1 API 4.1, most specific first. Business codes (VER_002, DOM_000 …) are subclasses of these kinds.
_KINDS: tuple[tuple[type[refusals.Refusal], _Kind], ...] = (
    (refusals.NotAuthenticated, _Kind(401, "AUTORIZZAZIONE", "Richiesta non autorizzata")),
    (refusals.NotAllowed, _Kind(403, "AUTORIZZAZIONE", "Operazione non autorizzata")),
    (refusals.NotFound, _Kind(404, "OPERAZIONE", "Risorsa non trovata")),
    (refusals.EnteNonRisponde, _Kind(502, "EC", "Errore ente creditore")),
    (refusals.PagoPaRifiuta, _Kind(502, "PAGOPA", "Errore pagoPA")),
    (PreconditionFailed, _Kind(412, "RICHIESTA", "Risorsa modificata")),
    (refusals.Conflict, _Kind(409, "RICHIESTA", "Richiesta in conflitto")),
    (refusals.Unprocessable, _Kind(422, "RICHIESTA", "Richiesta non valida")),
    (refusals.Invalid, _Kind(400, "RICHIESTA", "Richiesta non valida")),
)


def status_of(refusal: refusals.Refusal) -> int:
    """Give the HTTP status; a refusal may carry its own (APP_003 is 403 with categoria RICHIESTA)."""
    return getattr(refusal, "status", None) or _kind(refusal).status


def fault_bean(refusal: refusals.Refusal) -> dict[str, Any]:
    kind = _kind(refusal)
    return {
        "categoria": getattr(refusal, "categoria", None) or kind.categoria,
        "codice": refusal.codice,
        "descrizione": getattr(refusal, "descrizione", None) or kind.descrizione,
        "dettaglio": refusal.dettaglio,
        # FaultBeanEsteso: what exists although it was refused.
        **getattr(refusal, "esteso", {}),
    }


def internal_fault(id_transazione: str) -> dict[str, Any]:
    """Tell of a bug of ours: nothing but the id under which the log has it."""
    return {
        "categoria": "INTERNO",
        "codice": "INTERNAL",
        "descrizione": "Errore interno",
        "dettaglio": f"Si è verificato un errore imprevisto: riferire all'assistenza la transazione {id_transazione}.",
    }


def _kind(refusal: refusals.Refusal) -> _Kind:
    return next(kind for refused, kind in _KINDS if isinstance(refusal, refused))
