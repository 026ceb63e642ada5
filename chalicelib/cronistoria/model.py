"""The cronistoria of one IUV, and what it is made of. Pure. Words for people are Italian; times are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.giornale.model import Evento
from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.model import Notifica
from chalicelib.pagamenti.model import Transazione
from chalicelib.pagamenti.recupero.model import Ricerca
from chalicelib.pagamenti.sessioni.model import Sessione
from chalicelib.promemoria.model import Promemoria
from chalicelib.riconciliazione.model import Flusso, Incasso, Rendicontazione


class Fase(StrEnum):
    """Where in the life of a payment a fact belongs."""

    PENDENZA = "PENDENZA"
    AVVISO = "AVVISO"
    VERIFICA = "VERIFICA"
    CARRELLO = "CARRELLO"
    ATTIVAZIONE = "ATTIVAZIONE"
    RPT = "RPT"
    RICEVUTA = "RICEVUTA"
    NOTIFICA = "NOTIFICA"
    PROMEMORIA = "PROMEMORIA"
    RECUPERO = "RECUPERO"
    FLUSSO = "FLUSSO"
    INCASSO = "INCASSO"
    STORNO = "STORNO"
    ALTRO = "ALTRO"


class Segno(StrEnum):
    """How a fact went: OK; KO, refused or undone; FAIL, somebody's system failed; INFO, it is just told."""

    OK = "OK"
    KO = "KO"
    FAIL = "FAIL"
    INFO = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fatto:
    """One thing that happened. `id_evento` is that of the giornale, where it was read there."""

    data: datetime
    fase: Fase
    titolo: str
    segno: Segno = Segno.INFO
    dettaglio: str | None = None
    ccp: str | None = None
    id_evento: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mancanza:
    """Something that should be there and is not."""

    fase: Fase
    testo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seguito:
    """What happens next. `quando` None: it waits for somebody; `da_fare`: for whoever reads this."""

    fase: Fase
    testo: str
    quando: datetime | None = None
    da_fare: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rigo:
    """A row of a flow that reports money of the IUV."""

    flusso: Flusso
    rendicontazione: Rendicontazione


@dataclass(frozen=True, slots=True, kw_only=True)
class Materiale:
    """All that was read of an IUV. `troncato` says in Italian what was too much to be read whole."""

    transazione: Transazione
    eventi: tuple[Evento, ...] = ()
    notifiche: tuple[Notifica, ...] = ()
    promemoria: tuple[Promemoria, ...] = ()
    sessioni: tuple[Sessione, ...] = ()
    ricerche: tuple[Ricerca, ...] = ()
    righe: tuple[Rigo, ...] = ()
    incassi: tuple[Incasso, ...] = ()
    stampe: tuple[datetime, ...] = ()
    troncato: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        t = self.transazione
        return t.posizione is None and not (t.rpp or t.ricevute or t.riscossioni or t.rinvii or self.eventi)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cronistoria:
    """What is told of an IUV: facts oldest first, then what is missing, then what comes next, soonest first."""

    id_dominio: str
    iuv: str
    situazione: str
    fatti: tuple[Fatto, ...]
    mancano: tuple[Mancanza, ...] = ()
    seguiti: tuple[Seguito, ...] = ()
    avvertenze: tuple[str, ...] = ()
    id_a2a: str | None = None
    id_pendenza: str | None = None
    numero_avviso: str | None = None
    stato: str | None = None
    importo: Importo | None = None
