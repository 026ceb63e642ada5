"""What pagoPA answers when it is asked, a search for a receipt that a flow told of, a run of the work of schedules."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from chalicelib.pagamenti.model import Rpp, TipoNotifica
from chalicelib.pagamenti.states import StatoRpp


class EsitoStato(StrEnum):
    NOTA = "NOTA"  # `stato` is what became of it
    SCONOSCIUTA = "SCONOSCIUTA"  # the Nodo never had it
    INCERTO = "INCERTO"  # no answer to the question: ask again


@dataclass(frozen=True, slots=True, kw_only=True)
class RispostaStato:
    """What the Nodo says of an RPT; `redirect` and `id_session` are of one that a payer chooses a PSP for."""

    esito: EsitoStato
    stato: StatoRpp | None = None
    redirect: str | None = None
    id_session: str | None = None
    fault_code: str | None = None
    descrizione: str | None = None

    @property
    def motivo(self) -> str:
        words = ": ".join(part for part in (self.fault_code, self.descrizione) if part)
        return words or (self.stato.value if self.stato is not None else "nessuna risposta")


class EsitoCopia(StrEnum):
    ACQUISITA = "ACQUISITA"  # its bytes are stored, and applied as those of any other ricevuta
    ASSENTE = "ASSENTE"  # there is none yet
    RIFIUTATA = "RIFIUTATA"  # it is there and our rules refuse it
    INCERTO = "INCERTO"


@dataclass(frozen=True, slots=True, kw_only=True)
class RispostaCopia:
    esito: EsitoCopia
    fault_code: str | None = None
    descrizione: str | None = None

    @property
    def motivo(self) -> str:
        return ": ".join(part for part in (self.fault_code, self.descrizione) if part) or self.esito.value


class StatoRicerca(StrEnum):
    DA_FARE = "DA_FARE"
    TROVATA = "TROVATA"
    ABBANDONATA = "ABBANDONATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ricerca:
    """A payment of which a flow came and no receipt: `prossima` is when pagoPA may be asked for it again."""

    id_dominio: str
    iuv: str
    iur: str
    id_stazione: str
    creata: datetime
    prossima: datetime
    stato: StatoRicerca = StatoRicerca.DA_FARE
    tentativi: int = 0
    motivo: str | None = None
    versione: int = 0

    def next_version(self) -> "Ricerca":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Esecuzione:
    """A run: who began it (None: the schedule), when, and in Italian what was begun; `riuscita` False: it failed."""

    id: str
    id_operazione: str
    inizio: datetime
    esito: str
    riuscita: bool = True
    principal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mossa:
    """What is to become of an attempt: `rpp` as it is to be stored, what the ente is told, whether its RPT goes again.

    `conclusa`: nothing more is asked. `resa`: the outcome could not be learnt, and somebody must look.
    """

    rpp: Rpp
    notifica: TipoNotifica | None = None
    rinvia: bool = False
    conclusa: bool = False
    resa: bool = False
