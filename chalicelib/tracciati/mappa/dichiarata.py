"""The layout that a tipo pendenza declares: its `tracciatoCsv`, in the place of GovPay's Freemarker templates.

    {"campi": {"idPendenza": "CODICE", "importo": {"colonna": "EURO", "formato": "importo-virgola"},
               "idA2A": {"costante": "A2A-COMUNE"}, "voci[0].idVocePendenza": {"costante": "1"}}}

is what `richiesta` (`freemarkerRequest` in 3.1) holds, as an object or as its JSON text, in Base64 or not; `risposta`
(`freemarkerResponse`) is `{"colonne": ["idPendenza", "numeroAvviso", {"colonna": "CODICE"}, "errore"]}`.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.tracciati.lettura.errori import TracciatoIllegibile
from chalicelib.tracciati.mappa import standard
from chalicelib.tracciati.mappa.campi import Campo, Colonna, Condizione, is_percorso
from chalicelib.tracciati.mappa.formati import FORMATI

MAX_CAMPI = 300
_NOTI = frozenset({"colonna", "costante", "formato", "separatore", "parte", "predefinito", "se"})
# What an answer may hold, beside the columns of the request.
RISPOSTE = frozenset({*standard.RISPOSTA, "riga", "stato", "esito", "codice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappa:
    """A layout. `risposta` are the cells of the answer: a name of RISPOSTE, or a column of the request."""

    campi: tuple[Campo, ...]
    intestazione_risposta: tuple[str, ...] = standard.RISPOSTA
    risposta: tuple[str | Campo, ...] = standard.RISPOSTA
    is_standard: bool = False


STANDARD = Mappa(campi=standard.CAMPI, is_standard=True)
STANDARD_31 = Mappa(campi=standard.CAMPI_31, is_standard=True)


def mappa_of(dettagli: Mapping[str, Any]) -> Mappa:
    """Give the layout of a tipo pendenza (its `dettagli`); the standard one where it declares none.

    :raises TracciatoIllegibile: if it is a Freemarker template, or makes no sense
    """
    config = dettagli.get("tracciatoCsv")
    if not config:
        return STANDARD
    richiesta = _oggetto(config.get("richiesta", config.get("freemarkerRequest")), "richiesta")
    campi = richiesta.get("campi")
    if not isinstance(campi, Mapping) or not 0 < len(campi) <= MAX_CAMPI:
        raise _errore("richiesta: manca l'oggetto campi")
    declared = tuple(_campo(percorso, value) for percorso, value in campi.items())
    risposta = config.get("risposta", config.get("freemarkerResponse"))
    header = config.get("intestazione", config.get("responseHeader")) or ""
    if not risposta:
        return Mappa(campi=declared)
    cells = _risposta(_oggetto(risposta, "risposta"))
    names = tuple(name.strip() for name in str(header).split(",")) if header else tuple(map(_name, cells))
    if len(names) != len(cells):
        raise _errore(f"intestazione ha {len(names)} colonne, risposta ne ha {len(cells)}")
    return Mappa(campi=declared, intestazione_risposta=names, risposta=cells)


def _name(cell: str | Campo) -> str:
    return cell if isinstance(cell, str) else str(cell.colonna)


def _errore(motivo: str) -> TracciatoIllegibile:
    return TracciatoIllegibile(f"tracciatoCsv del tipo pendenza: {motivo}; correggere la configurazione del tipo")


def _oggetto(value: Any, name: str) -> Mapping[str, Any]:
    """Give the object that a client sent as such, as JSON, or as JSON in Base64."""
    if isinstance(value, str):
        text = value.strip()
        try:
            value = json.loads(text if text.startswith("{") else base64.b64decode(text, validate=True))
        except (ValueError, binascii.Error, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise _errore(f"{name} non è una mappa delle colonne (i template Freemarker non sono ammessi)")
    return value


def _campo(percorso: str, value: Any) -> Campo:
    if not is_percorso(percorso):
        raise _errore(f"campo {percorso[:64]!r} non previsto")
    if isinstance(value, str | int) and not isinstance(value, bool):
        value = {"colonna": value}
    if not isinstance(value, Mapping) or not set(value) <= _NOTI:
        raise _errore(f"{percorso}: ammessi {', '.join(sorted(_NOTI))}")
    if ("colonna" in value) == ("costante" in value):
        raise _errore(f"{percorso}: indicare colonna o costante")
    formato = value.get("formato", "testo")
    if formato not in FORMATI:
        raise _errore(f"{percorso}: formato fra {', '.join(FORMATI)}")
    parte = value.get("parte", 0)
    if not isinstance(parte, int) or isinstance(parte, bool) or parte < 0:
        raise _errore(f"{percorso}: parte è un numero da 0")
    return Campo(
        percorso=percorso,
        colonna=_colonna(value["colonna"], percorso) if "colonna" in value else None,
        costante=value.get("costante"),
        formato=formato,
        separatore=_testo(value.get("separatore"), percorso),
        parte=parte,
        predefinito=_testo(value.get("predefinito"), percorso),
        se=_condizione(value.get("se"), percorso),
    )


def _colonna(value: Any, percorso: str) -> Colonna:
    is_name = isinstance(value, str) and 0 < len(value) <= 255  # noqa: PLR2004
    is_index = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000  # noqa: PLR2004
    if not (is_name or is_index):
        raise _errore(f"{percorso}: colonna è un nome dell'intestazione o un numero da 0")
    found: Colonna = value
    return found


def _testo(value: Any, percorso: str) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _errore(f"{percorso}: separatore e predefinito sono testi")
    return value or None


def _condizione(value: Any, percorso: str) -> Condizione | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not {"colonna"} <= set(value) <= {"colonna", "uguale"}:
        raise _errore(f"{percorso}: se ha colonna, e uguale se serve")
    return Condizione(colonna=_colonna(value["colonna"], percorso), uguale=_testo(value.get("uguale"), percorso))


def _risposta(value: Mapping[str, Any]) -> tuple[str | Campo, ...]:
    colonne = value.get("colonne")
    if not isinstance(colonne, list) or not 0 < len(colonne) <= MAX_CAMPI:
        raise _errore("risposta: manca la lista colonne")
    cells: list[str | Campo] = []
    for cell in colonne:
        if isinstance(cell, str) and cell in RISPOSTE:
            cells.append(cell)
        elif isinstance(cell, Mapping) and set(cell) == {"colonna"}:
            cells.append(Campo(percorso="risposta", colonna=_colonna(cell["colonna"], "risposta")))
        else:
            raise _errore(f"risposta: colonne fra {', '.join(sorted(RISPOSTE))}, o {{colonna}}")
    return tuple(cells)
