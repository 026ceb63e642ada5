"""A day of an ente's books: what was counted, what does not add up, and the ring that chains the result."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.riconciliazione.model import ChiaveFlusso

MAX_DIFFERENZE = 500  # told one by one; the number counts them all


class Danno(StrEnum):
    """What is wrong, by name; `descrizione` is what a person reads."""

    RICEVUTA_SENZA_RISCOSSIONE = "RICEVUTA_SENZA_RISCOSSIONE"
    RISCOSSIONE_SENZA_RICEVUTA = "RISCOSSIONE_SENZA_RICEVUTA"
    IMPORTO_RISCOSSIONE_DIVERSO = "IMPORTO_RISCOSSIONE_DIVERSO"
    IMPORTO_RICEVUTA_DIVERSO = "IMPORTO_RICEVUTA_DIVERSO"
    RPP_SENZA_RICEVUTA = "RPP_SENZA_RICEVUTA"
    ORIGINALE_MANCANTE = "ORIGINALE_MANCANTE"
    ORIGINALE_ALTERATO = "ORIGINALE_ALTERATO"
    IMPORTO_PAGATO_DIVERSO = "IMPORTO_PAGATO_DIVERSO"
    IMPORTO_INCASSATO_DIVERSO = "IMPORTO_INCASSATO_DIVERSO"
    STATO_PENDENZA_DIVERSO = "STATO_PENDENZA_DIVERSO"
    COPIE_PENDENZA_DIVERSE = "COPIE_PENDENZA_DIVERSE"
    RISCOSSIONE_SENZA_INCASSO = "RISCOSSIONE_SENZA_INCASSO"
    RIGHE_FLUSSO_DIVERSE = "RIGHE_FLUSSO_DIVERSE"
    SOMMA_FLUSSO_DIVERSA = "SOMMA_FLUSSO_DIVERSA"
    RIGA_SENZA_RISCOSSIONE = "RIGA_SENZA_RISCOSSIONE"
    IMPORTO_RIGA_DIVERSO = "IMPORTO_RIGA_DIVERSO"
    FLUSSO_SENZA_INCASSO = "FLUSSO_SENZA_INCASSO"
    RIGA_NON_INCASSATA = "RIGA_NON_INCASSATA"
    INCASSO_SENZA_ORIGINE = "INCASSO_SENZA_ORIGINE"
    IMPORTO_INCASSO_DIVERSO = "IMPORTO_INCASSO_DIVERSO"

    @property
    def descrizione(self) -> str:
        return _DESCRIZIONI[self]


_DESCRIZIONI = {
    Danno.RICEVUTA_SENZA_RISCOSSIONE: "Una voce pagata della ricevuta non ha la sua riscossione.",
    Danno.RISCOSSIONE_SENZA_RICEVUTA: "La riscossione dice di avere una ricevuta, che non c'è.",
    Danno.IMPORTO_RISCOSSIONE_DIVERSO: "L'importo della riscossione non è quello della ricevuta.",
    Danno.IMPORTO_RICEVUTA_DIVERSO: "L'importo della ricevuta non è la somma delle sue voci.",
    Danno.RPP_SENZA_RICEVUTA: "Il tentativo risulta pagato, e la sua ricevuta non c'è.",
    Danno.ORIGINALE_MANCANTE: "I byte originali della ricevuta non sono in archivio.",
    Danno.ORIGINALE_ALTERATO: "I byte originali della ricevuta non sono quelli ricevuti.",
    Danno.IMPORTO_PAGATO_DIVERSO: "L'importo pagato della pendenza non è la somma delle sue riscossioni.",
    Danno.IMPORTO_INCASSATO_DIVERSO: "L'importo incassato della pendenza non è la somma delle riscossioni incassate.",
    Danno.STATO_PENDENZA_DIVERSO: "Lo stato della pendenza non è quello che dicono le sue riscossioni.",
    Danno.COPIE_PENDENZA_DIVERSE: "La pendenza e la sua posizione non dicono la stessa cosa.",
    Danno.RISCOSSIONE_SENZA_INCASSO: "La riscossione è incassata, e il suo incasso non c'è o è stornato.",
    Danno.RIGHE_FLUSSO_DIVERSE: "Le righe del flusso non sono quante ne furono acquisite.",
    Danno.SOMMA_FLUSSO_DIVERSA: "La somma delle righe del flusso non è quella acquisita.",
    Danno.RIGA_SENZA_RISCOSSIONE: "La riga del flusso riferisce una riscossione che non c'è.",
    Danno.IMPORTO_RIGA_DIVERSO: "L'importo della riga del flusso non è quello della riscossione.",
    Danno.FLUSSO_SENZA_INCASSO: "Il flusso risulta incassato, e il suo incasso non c'è o è stornato.",
    Danno.RIGA_NON_INCASSATA: "Il flusso è incassato, e la riscossione di una sua riga no.",
    Danno.INCASSO_SENZA_ORIGINE: "L'incasso non ha il flusso o il pagamento con cui fu riconciliato.",
    Danno.IMPORTO_INCASSO_DIVERSO: "L'importo dell'incasso non è quello del flusso o del pagamento.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Differenza:
    """One thing that does not add up. `oggetto` names it by its keys, never by a person; amounts are as text."""

    danno: Danno
    oggetto: str
    atteso: str | None = None
    trovato: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conti:
    """What was gone through, and its money."""

    rpp: int = 0
    ricevute: int = 0
    importo_ricevute: Importo = ZERO
    riscossioni: int = 0
    importo_riscossioni: Importo = ZERO
    flussi: int = 0
    righe: int = 0
    importo_flussi: Importo = ZERO
    incassi: int = 0
    importo_incassi: Importo = ZERO


class Fase(StrEnum):
    """What a day is gone through by, in this order."""

    RPP = "RPP"
    RISCOSSIONI = "RISCOSSIONI"
    FLUSSI = "FLUSSI"
    INCASSI = "INCASSI"
    FATTA = "FATTA"


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlusso:
    """How far the rows of one flow have been gone through: a crash, or the end of a message, goes on from here."""

    chiave: ChiaveFlusso
    riga: str
    righe: int
    somma: Importo


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifica:
    """How far the proof of a day has come. `dopo` is the range key of the index up to which the phase has gone.

    `esecuzione` names the run: a message of a run that is done changes nothing.
    """

    id_dominio: str
    giorno: date
    esecuzione: str
    iniziata: datetime
    fase: Fase = Fase.RPP
    dopo: str | None = None
    flusso: InFlusso | None = None
    conti: Conti = Conti()
    differenze: tuple[Differenza, ...] = ()
    quante: int = 0
    versione: int = 0

    @property
    def is_done(self) -> bool:
        return self.fase is Fase.FATTA

    def with_found(self, found: tuple[Differenza, ...]) -> "Verifica":
        """Give it with what was found; a thing found twice is one."""
        new = tuple(one for one in dict.fromkeys(found) if one not in self.differenze)
        kept = (self.differenze + new)[:MAX_DIFFERENZE]
        return replace(self, differenze=kept, quante=self.quante + len(new))


@dataclass(frozen=True, slots=True, kw_only=True)
class Anello:
    """One ring of the chain of an ente: `impronta` is the SHA-256 of the stored result, which holds `precedente`."""

    id_dominio: str
    progressivo: int
    giorno: date
    esecuzione: str
    impronta: str
    precedente: str
    chiave: str
    differenze: int
    registrato: datetime
