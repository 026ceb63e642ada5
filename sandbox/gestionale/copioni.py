"""What the gestionale is told to answer: a script for one pendenza, or for all."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from chalicelib.kernel.importo import Importo

MAX_RITARDO = 60.0


class Verifica(StrEnum):
    """How it answers when asked about a pendenza."""

    CONFERMA = "CONFERMA"  # as it was loaded
    IMPORTO = "IMPORTO"  # with another amount, and perhaps other dates
    SCADUTA = "SCADUTA"
    ANNULLATA = "ANNULLATA"
    SCONOSCIUTA = "SCONOSCIUTA"
    DUPLICATA = "DUPLICATA"
    ASSENTE = "ASSENTE"  # HTTP 404
    ERRORE = "ERRORE"  # HTTP 500
    ILLEGGIBILE = "ILLEGGIBILE"  # HTTP 200 and no JSON


class CopioneErrato(ValueError):
    """The script cannot be played. `str()` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copione:
    """Answers to verifica: `verifica`, after `ritardo` seconds. Answers to notifica: HTTP `notifica`, the first `volte`."""

    verifica: Verifica = Verifica.CONFERMA
    ritardo: float = 0.0
    importo: Importo | None = None
    data_validita: date | None = None
    data_scadenza: date | None = None
    notifica: int = 201
    volte: int = 0

    @classmethod
    def from_json(cls, dati: dict[str, Any]) -> Self:
        """Read {verifica, ritardo, importo, dataValidita, dataScadenza, notifica, volte}.

        :raises CopioneErrato:
        """
        try:
            copione = cls(
                verifica=Verifica(dati.get("verifica", Verifica.CONFERMA)),
                ritardo=float(dati.get("ritardo", 0)),
                importo=Importo.parse(str(dati["importo"])) if "importo" in dati else None,
                data_validita=_data(dati.get("dataValidita")),
                data_scadenza=_data(dati.get("dataScadenza")),
                notifica=int(dati.get("notifica", 201)),
                volte=int(dati.get("volte", 0)),
            )
        except (ValueError, TypeError) as error:
            raise CopioneErrato(f"Il copione non è valido: {error}.") from error
        copione.controlla()
        return copione

    def controlla(self) -> None:
        if not 0 <= self.ritardo <= MAX_RITARDO:
            raise CopioneErrato(f"ritardo: da 0 a {MAX_RITARDO:.0f} secondi.")
        if not 200 <= self.notifica <= 599:
            raise CopioneErrato("notifica: uno stato HTTP da 200 a 599.")
        if self.verifica is Verifica.IMPORTO and self.importo is None:
            raise CopioneErrato("importo: manca, e la verifica IMPORTO lo richiede.")


def _data(testo: str | None) -> date | None:
    return None if testo is None else date.fromisoformat(testo)
