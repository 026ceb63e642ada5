"""What a giornale di cassa holds: movements, unreadable rows, heads and warnings."""

import hashlib
import re
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from chalicelib.kernel.importo import ZERO, Importo

ENTRATA = "ENTRATA"
USCITA = "USCITA"
SOSPESO_ENTRATA = "SOSPESO ENTRATA"
SOSPESO_USCITA = "SOSPESO USCITA"
ESEGUITO = "ESEGUITO"
STORNATO = "STORNATO"

MAX_SCT = 35
MAX_ID_RICONCILIAZIONE = 35
_ID_RICONCILIAZIONE = re.compile(r"[0-9A-Za-z]{1,35}")
_HASH_LENGTH = 30


class Formato(StrEnum):
    OPI = "OPI"
    CAMT = "CAMT"
    MT940 = "MT940"
    CSV_BASE = "CSV_BASE"
    CSV_POSIZIONALE = "CSV_POSIZIONALE"
    CSV_COMPLETO = "CSV_COMPLETO"
    CSV_POSTE = "CSV_POSTE"
    CSV_HOME_BANKING = "CSV_HOME_BANKING"


class CodiceAvvertenza(StrEnum):
    CODIFICA = "CODIFICA"
    FIRMA_NON_VERIFICATA = "FIRMA_NON_VERIFICATA"
    FIRMA_ASSENTE = "FIRMA_ASSENTE"
    PAGINE_MANCANTI = "PAGINE_MANCANTI"
    TOTALE_DIVERSO = "TOTALE_DIVERSO"
    SENZA_MOVIMENTI = "SENZA_MOVIMENTI"
    IN_ATTESA = "IN_ATTESA"
    FILE_IGNORATO = "FILE_IGNORATO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Avvertenza:
    """The file is read all the same; `testo` is for the report, in Italian."""

    codice: CodiceAvvertenza
    testo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sospeso:
    """A provvisorio that a reversale regularises; `importo` is missing in OPI 1.4."""

    numero: str
    importo: Importo | None = None


@dataclass(frozen=True, slots=True)
class Movimento:
    """One line of the bank's journal.

    Numbers (provvisorio, bolletta) have no leading zeros: banks pad them differently from day to day. `importo` is
    negative on a storno of a credit. `chiave` names the movement within its dominio, so that the same file may come
    twice; `posizione` counts from 1 within `documento` (the file, or the entry of the zip), `riga` is the line there.
    The causale is as received, cut at 8,192 characters.
    """

    documento: str
    posizione: int
    riga: int
    chiave: str
    esercizio: str
    numero_provvisorio: str
    importo: Importo
    data_contabile: date
    data_valuta: date
    causale: str
    sct: str
    tipo_movimento: str = ENTRATA
    tipo_documento: str = SOSPESO_ENTRATA
    tipo_operazione: str = ESEGUITO
    numero_bolletta: str = ""
    numero_bolletta_storno: str = ""
    numero_movimento: str = ""
    cliente: str = ""
    conto: str = ""
    iban: str = ""
    abi: str = ""
    tipo_esecuzione: str = ""
    sospesi: tuple[Sospeso, ...] = ()
    iuf: str = ""
    iuv: str = ""
    regolarizzato: bool = False
    radice_id: str = ""

    @property
    def is_entrata(self) -> bool:
        return self.tipo_movimento == ENTRATA

    @property
    def is_storno(self) -> bool:
        """Tell a reversal: declared so by the bank, or a negative amount."""
        return self.tipo_operazione == STORNATO or self.importo.cents < 0

    @property
    def provvisorio(self) -> str:
        """Write "2026-64101", as people quote it; empty where the bank gives no number (camt, MT940, statements)."""
        return f"{self.esercizio}-{self.numero_provvisorio}" if self.numero_provvisorio else ""

    @property
    def id_riconciliazione(self) -> str:
        """Give the idRiconciliazione that this movement always gets: readable where it fits, else a digest."""
        if self.radice_id and _ID_RICONCILIAZIONE.fullmatch(self.radice_id):
            return self.radice_id
        digest = b32encode(hashlib.sha256(self.chiave.encode("utf-8", "surrogatepass")).digest()).decode("ascii")
        return f"GDC{digest[:_HASH_LENGTH]}"

    def describe(self) -> str:
        return f"movimento {self.posizione} alla riga {self.riga}" + (
            f", provvisorio {self.provvisorio}" if self.numero_provvisorio else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RigaIllegibile:
    """One row that cannot be read; the others go on. `motivo` is for the report, in Italian."""

    documento: str
    posizione: int
    riga: int
    motivo: str
    numero_provvisorio: str = ""


Riga = Movimento | RigaIllegibile


@dataclass(frozen=True, slots=True, kw_only=True)
class SaldoConto:
    """What the bank declares of one account; amounts are missing where the file does not say."""

    conto: str
    descrizione: str = ""
    saldo_precedente: Importo | None = None
    totale_entrate: Importo | None = None
    totale_uscite: Importo | None = None
    saldo_finale: Importo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Testata:
    """The head of one document. `codice_fiscale_ente` is empty where the format has none: only OPI does."""

    documento: str
    formato: Formato
    codice_fiscale_ente: str = ""
    denominazione_ente: str = ""
    abi: str = ""
    id_flusso: str = ""
    esercizio: str = ""
    data: date | None = None
    creazione: str = ""
    pagina: int = 1
    pagine_totali: int = 1
    firmato: bool = False
    saldi: tuple[SaldoConto, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Controllo:
    """What a reading to the end found. Sums are of the readable rows: credits and debits, reversals subtracted."""

    testate: tuple[Testata, ...]
    avvertenze: tuple[Avvertenza, ...]
    movimenti: int = 0
    illeggibili: int = 0
    entrate: Importo = field(default=ZERO)
    uscite: Importo = field(default=ZERO)

    @property
    def righe(self) -> int:
        return self.movimenti + self.illeggibili
