"""What is owed: pendenza, its voci, whom it is asked of (GovPay 3.1 API 3.1).

`dati_allegati` and `proprieta_custom` are the ente's own JSON: kept as JSON text, so that it comes back as it came.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.anagrafica.model import UO_ENTE, TipoContabilita
from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pendenze.states import StatoPendenza, StatoVoce


@dataclass(frozen=True, slots=True, kw_only=True)
class Soggetto:
    """A debtor or a payer. `tipo` is F (a person) or G; `identificativo` a codice fiscale, partita IVA or ANONIMO."""

    tipo: str
    identificativo: str
    anagrafica: str | None = None
    indirizzo: str | None = None
    civico: str | None = None
    cap: str | None = None
    localita: str | None = None
    provincia: str | None = None
    nazione: str | None = None
    email: str | None = None
    cellulare: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bollo:
    """A marca da bollo telematica asked for a document: its hash (base64 of SHA-256) and the payer's provincia."""

    tipo: str
    hash_documento: str
    provincia_residenza: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaContabilita:
    capitolo: str
    anno_esercizio: int
    importo: Importo
    accertamento: str | None = None
    titolo: str | None = None
    tipologia: str | None = None
    categoria: str | None = None
    articolo: str | None = None
    proprieta_custom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contabilita:
    quote: tuple[QuotaContabilita, ...] = ()
    proprieta_custom: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VocePendenza:
    """An item of a pendenza. One of three kinds: `cod_entrata`, IBAN with contabilità, or `bollo`.

    IBAN and contabilità are those in force when it was loaded, also when they come from the entrata: what is paid goes
    where the notice said. `id_dominio` is set when the beneficiary is another ente (multi-beneficiary).
    """

    id_voce: str
    indice: int
    importo: Importo
    descrizione: str
    stato: StatoVoce = StatoVoce.NON_ESEGUITO
    id_dominio: str | None = None
    cod_entrata: str | None = None
    iban_accredito: str | None = None
    iban_appoggio: str | None = None
    tipo_contabilita: TipoContabilita | None = None
    codice_contabilita: str | None = None
    bollo: Bollo | None = None
    descrizione_causale_rpt: str | None = None
    dati_allegati: str | None = None
    contabilita: Contabilita | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    incassata: bool = False

    @property
    def dati_specifici_riscossione(self) -> str:
        """Give `<tipo>/<codice>`, as RPT and transferCategory carry it."""
        tipo = self.tipo_contabilita or TipoContabilita.ALTRO
        return f"{tipo.codice}/{self.codice_contabilita or 'MBT'}"


class TipoVincolo(StrEnum):
    """When an instalment of a documento may be paid: within or after so many days, or the two of a fine."""

    ENTRO = "ENTRO"
    OLTRE = "OLTRE"
    RIDOTTO = "RIDOTTO"
    SCONTATO = "SCONTATO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vincolo:
    tipo: TipoVincolo
    giorni: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiferimentoDocumento:
    """The documento that this pendenza is a part of: an instalment (`rata`) or a threshold (`vincolo`)."""

    identificativo: str
    descrizione: str
    rata: int | None = None
    vincolo: Vincolo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProprietaPendenza:
    """How its papers are printed."""

    lingua_secondaria: str | None = None
    lingua_secondaria_causale: str | None = None
    descrizione_importo: tuple[tuple[str, Importo], ...] = ()
    linea_testo_ricevuta1: str | None = None
    linea_testo_ricevuta2: str | None = None
    informativa_importo_avviso: str | None = None
    lingua_secondaria_informativa_importo_avviso: str | None = None
    data_scadenza_avviso: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nota:
    """A note that somebody left on a pendenza."""

    principal: str | None
    autore: str | None
    tipo: str | None
    data: datetime
    oggetto: str | None
    testo: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagamentoEseguito:
    """The payment that settled the pendenza, as PAA_PAGAMENTO_DUPLICATO and the lists tell of it."""

    iuv: str
    iur: str
    ccp: str
    data: datetime
    importo: Importo


@dataclass(frozen=True, slots=True, kw_only=True)
class Pendenza:
    """A debt of a citizen towards an ente. `versione` is that of the stored item, 0 when there is none yet.

    `data_notifica_avviso` is when the debtor is told of it (None: at once; `mai_notificata`: never), and
    `data_promemoria_scadenza` when they are reminded of the due date (None: as the tipo pendenza says).
    """

    id_a2a: str
    id_pendenza: str
    id_dominio: str
    id_tipo_pendenza: str
    causale: str
    soggetto_pagatore: Soggetto
    importo: Importo
    voci: tuple[VocePendenza, ...]
    caricata: datetime
    aggiornata: datetime
    stato: StatoPendenza = StatoPendenza.NON_ESEGUITO
    descrizione_stato: str | None = None
    anomalo: bool = False
    iuv: str | None = None
    numero_avviso: str | None = None
    id_unita_operativa: str = UO_ENTE
    nome: str | None = None
    data_caricamento: date | None = None
    data_validita: date | None = None
    data_scadenza: date | None = None
    anno_riferimento: int | None = None
    cartella_pagamento: str | None = None
    dati_allegati: str | None = None
    tassonomia: str | None = None
    tassonomia_avviso: str | None = None
    direzione: str | None = None
    divisione: str | None = None
    documento: RiferimentoDocumento | None = None
    proprieta: ProprietaPendenza | None = None
    data_notifica_avviso: date | None = None
    data_promemoria_scadenza: date | None = None
    mai_notificata: bool = False
    ack: bool = False
    note: tuple[Nota, ...] = ()
    annullata: datetime | None = None
    pagamento: PagamentoEseguito | None = None
    importo_pagato: Importo = ZERO
    importo_incassato: Importo = ZERO
    versione: int = 0

    @property
    def is_multibeneficiario(self) -> bool:
        return any(voce.id_dominio not in {None, self.id_dominio} for voce in self.voci)

    def next_version(self) -> "Pendenza":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NuovaPendenza:
    """What a caller asks to be owed: the body of a PUT, or what the ente answers when it is asked.

    The voci are as sent: IBAN and contabilità of an entrata are not in them yet. `id_tipo_pendenza` None is derived
    from the first voce (v1 of the API has no such field).
    """

    id_dominio: str
    causale: str
    soggetto_pagatore: Soggetto
    importo: Importo
    voci: tuple[VocePendenza, ...]
    numero_avviso: str | None = None
    id_tipo_pendenza: str | None = None
    id_unita_operativa: str = UO_ENTE
    nome: str | None = None
    data_caricamento: date | None = None
    data_validita: date | None = None
    data_scadenza: date | None = None
    anno_riferimento: int | None = None
    cartella_pagamento: str | None = None
    dati_allegati: str | None = None
    tassonomia: str | None = None
    tassonomia_avviso: str | None = None
    direzione: str | None = None
    divisione: str | None = None
    documento: RiferimentoDocumento | None = None
    proprieta: ProprietaPendenza | None = None
    data_notifica_avviso: date | None = None
    data_promemoria_scadenza: date | None = None
    mai_notificata: bool = False
