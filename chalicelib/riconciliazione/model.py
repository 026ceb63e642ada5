"""Flussi di rendicontazione, their rows, and incassi: what the PSPs say they paid, and what the bank says it got."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pagamenti.model import ChiaveRiscossione
from chalicelib.riconciliazione.states import Anomalia, StatoFlusso, StatoIncasso, StatoRendicontazione


class Formato(StrEnum):
    """How a flow comes: FlussoRiversamento by SOAP, or the REST pages of FdR."""

    SOAP = "SOAP"
    FDR = "FDR"


class ChiaveFlusso(NamedTuple):
    """One revision of a flow. `data_ora` is UTC; `revisione` is 0 where the protocol has none (SOAP)."""

    id_dominio: str
    id_flusso: str
    id_psp: str
    data_ora: datetime
    revisione: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Segnalazione:
    """An anomaly, and the figures or names that show it."""

    codice: Anomalia
    dettaglio: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Testata:
    """The head of a flow as its PSP wrote it. `trn` is identificativoUnivocoRegolamento."""

    id_flusso: str
    trn: str
    data_ora: datetime
    data_regolamento: date
    id_psp: str
    id_dominio: str
    numero: int
    importo: Importo
    ragione_sociale_psp: str | None = None
    bic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Riga:
    """A row as it is written. `progressivo` is its place in the flow, from 1; `indice` is missing in old flows."""

    progressivo: int
    iuv: str
    iur: str
    importo: Importo
    esito: str
    data: date
    indice: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendicontazione:
    """A row, judged. `riscossione` is the key of the payment it reports, None where there is none of ours."""

    riga: Riga
    stato: StatoRendicontazione
    segnalazioni: tuple[Segnalazione, ...] = ()
    riscossione: ChiaveRiscossione | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conteggio:
    """What was counted over the rows: how many of each state, of more than one payment, and their sum."""

    righe: int = 0
    anomale: int = 0
    altri: int = 0
    multiple: int = 0
    somma: Importo = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class Flusso:
    """A revision of a flow, whole. `originale` are the keys of its bytes in the archive, in their order.

    A flow that was RIFIUTATA says why in `motivo`, and may have no `testata`. `obsoleto`: a newer revision is there.
    `da_verificare` says why the incasso that has the flow, by an older revision, was not brought to this one.
    """

    chiave: ChiaveFlusso
    formato: Formato
    stato: StatoFlusso
    acquisito: datetime
    originale: tuple[str, ...]
    id_stazione: str
    testata: Testata | None = None
    conteggio: Conteggio = Conteggio()
    segnalazioni: tuple[Segnalazione, ...] = ()
    motivo: str | None = None
    obsoleto: bool = False
    id_incasso: str | None = None
    da_verificare: str | None = None
    pubblicato: datetime | None = None
    versione: int = 0

    @property
    def is_incassato(self) -> bool:
        """Tell whether what this revision says is what was collected."""
        return self.id_incasso is not None and self.da_verificare is None

    def next_version(self) -> "Flusso":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Avanzamento:
    """How far the acquisition of a flow has come: what a crash leaves is gone on with from here.

    `parti` are the keys of the bytes in the archive; all of them are there once `scaricato`. `fino_a` says, part by part,
    up to which row they go: empty where that was not noted. `lette` and `somma_letta`
    are of the rows read while downloading; `conteggio` of the rows that are judged and written. `verifiche` is how many
    times an ente was asked for the pendenza of a row.
    """

    chiave: ChiaveFlusso
    formato: Formato
    id_stazione: str
    iniziato: datetime
    parti: tuple[str, ...] = ()
    fino_a: tuple[int, ...] = ()
    scaricato: bool = False
    testata: Testata | None = None
    lette: int = 0
    somma_letta: Importo = ZERO
    conteggio: Conteggio = Conteggio()
    verifiche: int = 0
    pubblicato: datetime | None = None
    versione: int = 0

    def next_version(self) -> "Avanzamento":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accredito:
    """A credit of the bank, as whoever registers it knows it: by exactly one of causale, iuv and idFlusso.

    `id_incasso` None: the id is the iuv or the idFlusso that is found (GovPay v1).
    """

    id_dominio: str
    importo: Importo
    causale: str | None = None
    iuv: str | None = None
    id_flusso: str | None = None
    id_incasso: str | None = None
    sct: str | None = None
    data_valuta: date | None = None
    data_contabile: date | None = None
    iban_accredito: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incasso:
    """A credit of the bank that is matched with a flow (`flusso`) or with one payment (`riscossione`).

    `accredito` is as it was asked for; `trovato` is the idFlusso or the iuv it was found to be. `applicato` is the last
    row of the flow whose payment was moved, to go on from after a crash. `precedenti` are the revisions that it had
    before: what they report and `flusso` does not is still to be given back.
    """

    id_dominio: str
    id_incasso: str
    accredito: Accredito
    trovato: str
    stato: StatoIncasso
    registrato: datetime
    flusso: ChiaveFlusso | None = None
    precedenti: tuple[ChiaveFlusso, ...] = ()
    riscossione: ChiaveRiscossione | None = None
    principal: str | None = None
    id_a2a: str | None = None
    applicato: str | None = None
    stornato: datetime | None = None
    motivo_storno: str | None = None
    versione: int = 0

    def next_version(self) -> "Incasso":
        return replace(self, versione=self.versione + 1)
