"""An imported giornale, its rows, and the movements: each belongs to the giornale that brought it first."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.giornale_di_cassa.modello import Avvertenza, Movimento, Testata
from chalicelib.riconciliazione.importazione.states import StatoGiornale

_PARTE, _RESTO = 16, 24


class Classe(StrEnum):
    """What a row asks for. STORNO and REGOLARIZZAZIONE are of other movements, and come after all credits."""

    CREDITO = "CREDITO"
    STORNO = "STORNO"
    REGOLARIZZAZIONE = "REGOLARIZZAZIONE"
    NIENTE = "NIENTE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Totale:
    """How many movements have an outcome, and what their entrate and uscite add up to."""

    esito: EsitoMovimento
    quanti: int
    entrate: Importo = ZERO
    uscite: Importo = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEsito:
    """A report in the bucket; `versione` is that of S3, as the next giornale of that name writes the same key."""

    formato: str
    chiave: str
    versione: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Giornale:
    """A file of the bank and how far its import has come: what a crash leaves is gone on with from here.

    `lette`, `elaborate`, `seguite` are the last row that was stored, that got its outcome, and whose storno or
    regularisation was applied. `originale` is the key of its bytes; they are never changed.
    """

    id_dominio: str
    id_giornale: str
    nome: str
    stato: StatoGiornale
    ricevuto: datetime
    originale: str
    dimensione: int = 0
    lette: int = 0
    elaborate: int = 0
    seguite: int = 0
    seguiti: int = 0
    testate: tuple[Testata, ...] = ()
    avvertenze: tuple[Avvertenza, ...] = ()
    righe: int = 0
    entrate: Importo = ZERO
    uscite: Importo = ZERO
    codice: str | None = None
    motivo: str | None = None
    riga_errore: int | None = None
    totali: tuple[Totale, ...] = ()
    esiti: tuple[FileEsito, ...] = ()
    concluso: datetime | None = None
    principal: str | None = None
    versione: int = 0

    def next_version(self) -> "Giornale":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RigaGiornale:
    """A row of a giornale, by its number from 1: the movement it brought, or why it brought none.

    `gia` is the outcome of a row without a movement of its own: GIA_ACQUISITO, ILLEGGIBILE or RIFIUTATO.
    """

    numero: int
    documento: str
    posizione: int
    riga: int
    classe: Classe = Classe.NIENTE
    id_movimento: str | None = None
    gia: EsitoMovimento | None = None
    motivo: str | None = None
    movimento: Movimento | None = None
    numero_provvisorio: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spiegazione:
    """Why a movement has its outcome, in Italian: rule, evidence, what happens next and by when."""

    regola: str
    evidenza: str
    prossimo_passo: str
    entro: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The part of a credit that goes to a capitolo. `tipo` and `codice` are empty for money of another intermediary."""

    tipo: str
    codice: str
    importo: Importo
    pagamenti: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visto:
    """A person has looked at it."""

    principal: str
    quando: datetime
    nota: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovimentoCassa:
    """A movement and its outcome; `esito` is None until it is worked on.

    `id_flusso` and `iuv` are the reference that was read, or that a person gave (`assegnato`). `originario` is the
    movement that a storno undoes; `stornato_da`, `regolarizzato_da` what undid and what regularised this one.
    """

    id_dominio: str
    id_movimento: str
    id_giornale: str
    numero: int
    nome_file: str
    movimento: Movimento
    acquisito: datetime
    classe: Classe
    esito: EsitoMovimento | None = None
    tipo_riferimento: str = ""
    id_flusso: str | None = None
    iuv: str | None = None
    assegnato: bool = False
    codice: str | None = None
    spiegazione: Spiegazione | None = None
    atteso: Importo | None = None
    pagato: Importo | None = None
    id_incasso: str | None = None
    quote: tuple[Quota, ...] = ()
    pagamenti: int = 0
    iuv_pagati: tuple[str, ...] = ()
    iuv_doppi: tuple[str, ...] = ()
    originario: str | None = None
    stornato_da: str | None = None
    regolarizzato_da: str | None = None
    visto: Visto | None = None
    attesa_iuv: str | None = None
    versione: int = 0

    @property
    def riferimento(self) -> str:
        return self.id_flusso or self.iuv or ""

    def next_version(self) -> "MovimentoCassa":
        return replace(self, versione=self.versione + 1)


def id_movimento_of(movimento: Movimento) -> str:
    """Give the id of a movement within its ente: the provvisorio, digested, and then the key that no two have."""
    provvisorio = provvisorio_key(movimento.esercizio, movimento.numero_provvisorio) or _digest(movimento.chiave)
    return provvisorio[:_PARTE] + _digest(movimento.chiave)[:_RESTO]


def provvisorio_key(esercizio: str, numero: str) -> str:
    """Give the first part of the id of every movement of a provvisorio; empty where the bank gives no number."""
    return _digest(f"{esercizio}|{numero}")[:_PARTE] if numero.strip("0") else ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
