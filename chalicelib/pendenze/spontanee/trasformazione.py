"""From the data of a form to the JSON of a pendenza: the template of the tipo pendenza, filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from chalicelib.kernel.freemarker import (
    Definizione,
    ModelloFallito,
    ModelloNonValido,
    Uscita,
    definizione_of,
    lettore_of,
)
from chalicelib.kernel.refusals import Sintassi, Unprocessable
from chalicelib.rest import json_text


class TrasformazioneFallita(Unprocessable):
    """The template cannot be read, or the data do not fill it."""

    codice = "TRASFORMAZIONE"
    status = 500


class RisultatoNonValido(Unprocessable):
    """What the template makes is no pendenza."""

    codice = "VAL_003"
    status = 500
    categoria = "INTERNO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Richiesta:
    """What a template may read: the request of the form. Headers are not among it: they hold credentials."""

    id_dominio: str
    id_tipo_pendenza: str
    dati: Any
    id_transazione: str
    now: datetime
    id_unita_operativa: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)


def transformed(richiesta: Richiesta, trasformazione: Mapping[str, Any]) -> Any:
    """Give the JSON of the pendenza, as the ente is sent it or the archive loads it.

    :raises TrasformazioneFallita: TRASFORMAZIONE, naming the line of the template
    :raises RisultatoNonValido: VAL_003, if it is not a JSON object
    """
    words = f"La trasformazione del tipo pendenza {richiesta.id_tipo_pendenza} non è riuscita"
    try:
        definizione = _read(trasformazione.get("definizione"))
        made = _filled(definizione, variables(richiesta))
    except (ModelloNonValido, ModelloFallito) as error:
        raise TrasformazioneFallita(f"{words}: {error.motivo}. Correggere il modello o i dati del form.") from error
    except Sintassi as error:
        raise RisultatoNonValido(f"{words}: il modello non produce un JSON ({error.dettaglio}).") from error
    if not isinstance(made, dict):
        raise RisultatoNonValido(f"{words}: il modello non produce un oggetto JSON.")
    return made


def variables(richiesta: Richiesta) -> dict[str, Any]:
    """Give the names that a template of GovPay knows (GovPay 3.1 API 4.13), but for those that reach the program."""
    dati = richiesta.dati
    return {
        "jsonPath": {"read": lettore_of(dati)},
        "dati": dati,
        "date": richiesta.now,
        ".now": richiesta.now,
        "transactionId": richiesta.id_transazione,
        "context": {"transactionId": richiesta.id_transazione},
        "pathParams": {"idDominio": richiesta.id_dominio, "idTipoPendenza": richiesta.id_tipo_pendenza},
        "query": dict(richiesta.query),
        "queryParams": dict(richiesta.query),
        "idDominio": richiesta.id_dominio,
        "idTipoPendenza": richiesta.id_tipo_pendenza,
        "idTipoVersamento": richiesta.id_tipo_pendenza,
        "idUnitaOperativa": richiesta.id_unita_operativa,
    }


def _read(definizione: Any) -> Definizione:
    return _read_text(definizione) if isinstance(definizione, str) else definizione_of(definizione)


@lru_cache(maxsize=32)
def _read_text(definizione: str) -> Definizione:
    return definizione_of(definizione)


def _filled(definizione: Definizione, dati: Mapping[str, Any]) -> Any:
    if definizione.modello is None:
        return definizione.filled(dati)
    return json_text.read(definizione.modello.render(dati, uscita=Uscita.JSON).encode())
