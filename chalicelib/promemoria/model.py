"""A promemoria: what a citizen is to be told once, of a pendenza or of a ricevuta."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import quote

from chalicelib.promemoria.states import StatoPromemoria

CAUSA_AVVISO = "avviso"


class TipoPromemoria(StrEnum):
    AVVISO = "AVVISO_PAGAMENTO"
    SCADENZA = "SCADENZA_AVVISO_PAGAMENTO"
    RICEVUTA = "RICEVUTA_TELEMATICA"


class Canale(StrEnum):
    MAIL = "MAIL"
    APP_IO = "APP_IO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promemoria:
    """What is to be told, by reference: no address and no text are kept. Times are UTC.

    `causa` completes the natural key: one cause makes one promemoria. `ccp` and `id_ricevuta` name a ricevuta,
    `scadenza` the due date that is reminded of. `prossima` is when an attempt is due; `in_consegna_fino` until when the
    attempt that is being made has it for itself.
    """

    tipo: TipoPromemoria
    canale: Canale
    id_dominio: str
    id_a2a: str
    id_pendenza: str
    id_tipo_pendenza: str
    iuv: str
    causa: str
    creata: datetime
    aggiornata: datetime
    prossima: datetime
    ccp: str | None = None
    id_ricevuta: str | None = None
    scadenza: date | None = None
    stato: StatoPromemoria = StatoPromemoria.DA_SPEDIRE
    descrizione_stato: str | None = None
    tentativi: int = 0
    in_consegna_fino: datetime | None = None
    versione: int = 0

    @property
    def chiave(self) -> str:
        """Give the natural key, each part free of `#`."""
        begin = prefix_of(self.id_dominio, self.id_a2a, self.id_pendenza)
        return begin + "#".join(quote(part, safe="") for part in (self.tipo, self.canale, self.causa))

    def next_version(self) -> "Promemoria":
        return replace(self, versione=self.versione + 1)


def prefix_of(id_dominio: str, id_a2a: str, id_pendenza: str) -> str:
    """Give what the keys of all promemoria of a pendenza begin with."""
    return "".join(f"{quote(part, safe='')}#" for part in (id_dominio, id_a2a, id_pendenza))


def chiavi_of(id_dominio: str, id_a2a: str, id_pendenza: str, cause: Iterable[tuple[TipoPromemoria, str]]) -> list[str]:
    """Give the keys, on every channel, of what may have been told for these causes."""
    begin = prefix_of(id_dominio, id_a2a, id_pendenza)
    return [f"{begin}{tipo}#{canale}#{quote(causa, safe='')}" for tipo, causa in cause for canale in Canale]


class Consegna(StrEnum):
    """How an attempt ended. INCERTA: it may have been taken, and nobody can say."""

    PRESA = "PRESA"
    RIFIUTATA = "RIFIUTATA"
    RIMANDATA = "RIMANDATA"
    INCERTA = "INCERTA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Esito:
    """How an attempt ended. `motivo` is Italian and names no person; `attesa` are the seconds that we were told to wait."""

    consegna: Consegna
    motivo: str
    attesa: int | None = None
