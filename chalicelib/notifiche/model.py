"""A notifica: what an applicazione of the ente must be told, once, of an attempt to pay."""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.model import TipoNotifica


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifica:
    """The message, frozen when it was planned, and how its delivery goes. Times are UTC.

    `causa` completes the natural key: one cause makes one notifica. `corpo` is the JSON body, the same bytes at each
    attempt; one too big for the item lies in the archive under `corpo_key`. `prossima` is when an attempt is due;
    `in_consegna_fino` until when the attempt that is being made has the notifica for itself. `incerta`: an attempt
    ended without an answer, so that the ente may have it. `inizio` is when the thirty days began: the creation, or the
    last replay.
    """

    tipo: TipoNotifica
    id_a2a: str
    id_pendenza: str
    id_dominio: str
    iuv: str
    ccp: str
    causa: str
    creata: datetime
    aggiornata: datetime
    inizio: datetime
    prossima: datetime
    corpo: bytes = b""
    corpo_key: str | None = None
    id_session: str | None = None
    id_sessione_portale: str | None = None
    id_carrello: str | None = None
    stato: StatoSpedizione = StatoSpedizione.DA_SPEDIRE
    descrizione_stato: str | None = None
    tentativi: int = 0
    in_consegna_fino: datetime | None = None
    incerta: bool = False
    elisa: bool = False
    versione: int = 0

    @property
    def chiave(self) -> str:
        return chiave_of(id_dominio=self.id_dominio, iuv=self.iuv, ccp=self.ccp, tipo=self.tipo, causa=self.causa)

    def next_version(self) -> "Notifica":
        return replace(self, versione=self.versione + 1)


def chiave_of(*, id_dominio: str, iuv: str, ccp: str, tipo: TipoNotifica, causa: str) -> str:
    """Give the natural key `idDominio#iuv#ccp#tipo#causa`, each part free of `#`."""
    return "#".join(quote(part, safe="") for part in (id_dominio, iuv, ccp, tipo, causa))


@dataclass(frozen=True, slots=True, kw_only=True)
class Esito:
    """How an attempt ended. `motivo` is Italian and names status or reason, never what the ente wrote.

    `incerta`: there was no answer, and the ente may have taken it.
    """

    accolta: bool
    motivo: str
    incerta: bool = False
