"""A tracciato, its rows, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.tracciati.states import Fase, StatoTracciato

RIGHE_A_BLOCCO = 100


class Formato(StrEnum):
    JSON = "JSON"
    CSV = "CSV"


class Operazione(StrEnum):
    """What a row asks for; NON_VALIDA where that cannot be told."""

    ADD = "ADD"
    DEL = "DEL"
    NON_VALIDA = "NON_VALIDA"


class StatoOperazione(StrEnum):
    ESEGUITO = "ESEGUITO"
    SCARTATO = "SCARTATO"
    NON_VALIDO = "NON_VALIDO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracciato:
    """A file and how far its work has come.

    `id` is the number of the contract. `principal` is who uploaded it, in whose name and with whose rights its rows are
    loaded; None for a file dropped in the bucket, whose rows may be of `id_dominio` only. `blocchi` is the number of its
    blocks of RIGHE_A_BLOCCO rows; `con_annullamenti` are the blocks that hold any; `fatti` how many are done in `fase`.
    `stampa_chiesta`: who uploaded it asked for the notices by name, and so knows the state of 3.9.
    """

    id: int
    nome: str
    formato: Formato
    stato: StatoTracciato
    caricato: datetime
    aggiornato: datetime
    originale: str
    impronta: str = ""
    id_dominio: str | None = None
    id_tipo_pendenza: str | None = None
    id_tracciato: str = ""
    principal: str | None = None
    mittente: str | None = None
    stampa: bool = True
    stampa_chiesta: bool = False
    descrizione: str | None = None
    fase: Fase = Fase.LETTURA
    righe: int = 0
    eseguite: int = 0
    fallite: int = 0
    blocchi: int = 0
    con_annullamenti: tuple[int, ...] = ()
    fatti: int = 0
    avvisi: int = 0
    stampati: int = 0
    non_stampati: int = 0
    intestazione: tuple[str, ...] = ()
    versione: int = 0

    def next_version(self) -> "Tracciato":
        return replace(self, versione=self.versione + 1)

    @property
    def stato_esposto(self) -> StatoTracciato:
        """Give the stato as its client knows it: printing is a state for who asked for it, of 3.1 is IN_ELABORAZIONE."""
        is_hidden = self.stato is StatoTracciato.ELABORAZIONE_STAMPA and not self.stampa_chiesta
        return StatoTracciato.IN_ELABORAZIONE if is_hidden else self.stato

    def blocks_of(self, fase: Fase) -> tuple[int, ...]:
        """Give the blocks that are worked on in a phase, by number from 1; 0 stands for the tracciato as a whole."""
        if fase is Fase.ANNULLAMENTI:
            return self.con_annullamenti
        return tuple(range(1, self.blocchi + 1)) if fase in {Fase.INSERIMENTI, Fase.STAMPA} else (0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Riga:
    """A row as it was read. `numero` counts the operations from 1; `linea` is where it begins in the file.

    `celle` are those of a CSV, `contenuto` the object of a JSON. `errore` says why nothing can be made of it;
    `doppia_di` is the row that has the same ids before it.
    """

    numero: int
    linea: int
    operazione: Operazione
    celle: tuple[str, ...] = ()
    contenuto: Mapping[str, Any] | None = None
    errore: str | None = None
    doppia_di: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EsitoRiga:
    """What became of a row; written once. `dati` is JSON text: the avviso of what was loaded, or the FaultBean."""

    numero: int
    linea: int
    operazione: Operazione
    stato: StatoOperazione
    descrizione: str
    id_a2a: str = ""
    id_pendenza: str = ""
    id_dominio: str | None = None
    id_tipo_pendenza: str | None = None
    numero_avviso: str | None = None
    id_documento: str | None = None
    dati: str | None = None

    @property
    def is_done(self) -> bool:
        return self.stato is StatoOperazione.ESEGUITO

    @property
    def esito(self) -> str:
        verb = Operazione.DEL if self.operazione is Operazione.DEL else Operazione.ADD
        return f"{verb}_{'OK' if self.is_done else 'KO'}"

    @property
    def nome_pdf(self) -> str | None:
        """Give the name of its paper in the zip of the notices; the parts of a documento have one paper."""
        if self.numero_avviso is None or self.id_dominio is None:
            return None
        which = f"DOC_{_safe(self.id_documento)}" if self.id_documento else self.numero_avviso
        return f"{self.id_dominio}_{which}.pdf"


def _safe(text: str) -> str:
    """Give an id of the ente as it may stand in the name of a file."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in text)
