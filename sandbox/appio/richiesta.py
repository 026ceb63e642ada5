"""A message as a service sends it (NewMessage of the API Servizi of App IO), checked field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.kernel.importo import Importo

CODICE_FISCALE = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]", re.ASCII
)
_AVVISO = re.compile(r"[0123][0-9]{17}", re.ASCII)
_ENTE = re.compile(r"[0-9]{11}", re.ASCII)
_SCADENZA = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
_OGGETTO, _TESTO = (10, 120), (80, 10_000)
_DURATA = (3_600, 604_800)  # seconds; 0 was of the API once, and is refused today
_MAX_IMPORTO = 9_999_999_999


class MessaggioNonValido(ValueError):
    """The message does not fit the schema. `str()` names the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pagamento:
    """How the message is paid. `chiude`: it cannot be paid any more after the due date."""

    importo: Importo
    numero_avviso: str
    id_dominio: str | None
    chiude: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Testo:
    """What a citizen reads; `testo` is Markdown, `scadenza` as it was sent."""

    codice_fiscale: str
    oggetto: str
    testo: str
    scadenza: str | None
    pagamento: Pagamento | None


def leggi(dati: Mapping[str, Any]) -> Testo:
    """Read a message.

    :raises MessaggioNonValido:
    """
    content = dati.get("content")
    if not isinstance(content, dict):
        raise MessaggioNonValido("content: not an object")
    durata = dati.get("time_to_live", _DURATA[0])
    if not _intero(durata) or not _DURATA[0] <= durata <= _DURATA[1]:
        raise MessaggioNonValido(f"time_to_live: an integer from {_DURATA[0]} to {_DURATA[1]}")
    scadenza = content.get("due_date")
    if scadenza is not None and (not isinstance(scadenza, str) or not _SCADENZA.fullmatch(scadenza)):
        raise MessaggioNonValido("content.due_date: a UTC date and time with milliseconds")
    return Testo(
        codice_fiscale=_forma(dati, "fiscal_code", "fiscal_code", CODICE_FISCALE),
        oggetto=_lungo(content, "subject", _OGGETTO),
        testo=_lungo(content, "markdown", _TESTO),
        scadenza=scadenza,
        pagamento=_pagamento(content.get("payment_data")),
    )


def _pagamento(dati: object) -> Pagamento | None:
    if dati is None:
        return None
    dove = "content.payment_data"
    if not isinstance(dati, dict):
        raise MessaggioNonValido(f"{dove}: not an object")
    importo, chiude, payee = dati.get("amount"), dati.get("invalid_after_due_date", False), dati.get("payee")
    if not _intero(importo) or not 1 <= int(importo or 0) <= _MAX_IMPORTO:
        raise MessaggioNonValido(f"{dove}.amount: an integer from 1 to {_MAX_IMPORTO} (euro cents)")
    if not isinstance(chiude, bool):
        raise MessaggioNonValido(f"{dove}.invalid_after_due_date: not a boolean")
    if payee is not None and not isinstance(payee, dict):
        raise MessaggioNonValido(f"{dove}.payee: not an object")
    return Pagamento(
        importo=Importo(int(importo or 0)),
        numero_avviso=_forma(dati, "notice_number", f"{dove}.notice_number", _AVVISO),
        id_dominio=None if payee is None else _forma(payee, "fiscal_code", f"{dove}.payee.fiscal_code", _ENTE),
        chiude=chiude,
    )


def _intero(valore: object) -> bool:
    return isinstance(valore, int) and not isinstance(valore, bool)


def _forma(dati: Mapping[str, Any], nome: str, dove: str, forma: re.Pattern[str]) -> str:
    valore = dati.get(nome)
    if not isinstance(valore, str) or not forma.fullmatch(valore):
        raise MessaggioNonValido(f"{dove}: must match {forma.pattern}")
    return valore


def _lungo(dati: Mapping[str, Any], nome: str, limiti: tuple[int, int]) -> str:
    valore = dati.get(nome)
    if not isinstance(valore, str) or not limiti[0] <= len(valore) <= limiti[1]:
        raise MessaggioNonValido(f"content.{nome}: from {limiti[0]} to {limiti[1]} characters")
    return valore
