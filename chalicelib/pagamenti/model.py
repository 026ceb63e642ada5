"""What was paid. One model for both generations of pagoPA: attempt (rpp) → ricevuta → riscossioni.

RPT/RT, paGetPayment V1/V2, paSendRT V1/V2 are encodings of attempt and ricevuta; only `nodo` knows them.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.states import StatoRiscossione, StatoRpp
from chalicelib.pendenze.model import Bollo, Pendenza, Soggetto

PSP_NON_NOTO = "ND"
# The ccp of the one attempt that waits for its ricevuta: the Nodo tells the payment token only with the ricevuta. No PSP
# would choose it, and an RPT has room for it (35 characters).
CCP_IN_ATTESA = "attesa-3f9c2b71d0e84a5c"
# The ccp of money that a flow reports and no ricevuta has told.
SENZA_CCP = ""


class Formato(StrEnum):
    """The encoding in which an attempt or a ricevuta came."""

    RPT = "RPT"  # classic: paaAttivaRPT / nodoInviaRPT, and RT
    V1 = "V1"  # paGetPayment, paSendRT
    V2 = "V2"  # paGetPaymentV2, paSendRTV2


class ModelloPagamento(StrEnum):
    ENTE = "Pagamento ad iniziativa Ente"
    PSP = "Pagamento ad iniziativa PSP"
    UNICO = "Modello unico"


class EsitoPagamento(StrEnum):
    """codiceEsitoPagamento of an RT, with the digit of the wire in `codice`."""

    ESEGUITO = "ESEGUITO"
    NON_ESEGUITO = "NON_ESEGUITO"
    ESEGUITO_PARZIALE = "ESEGUITO_PARZIALE"
    DECORRENZA = "DECORRENZA"
    DECORRENZA_PARZIALE = "DECORRENZA_PARZIALE"

    @property
    def codice(self) -> str:
        return str(list(EsitoPagamento).index(self))

    @classmethod
    def of_codice(cls, codice: str) -> "EsitoPagamento":
        return list(cls)[int(codice)]

    @property
    def is_positivo(self) -> bool:
        """Tell whether money moved."""
        return self in {self.ESEGUITO, self.ESEGUITO_PARZIALE, self.DECORRENZA_PARZIALE}


@dataclass(frozen=True, slots=True, kw_only=True)
class VoceRichiesta:
    """One datiSingoloVersamento of an attempt: what the citizen was asked, frozen when the attempt was made."""

    indice: int
    id_voce: str
    id_dominio: str
    importo: Importo
    causale: str
    dati_specifici_riscossione: str
    iban_accredito: str | None = None
    bic_accredito: str | None = None
    iban_appoggio: str | None = None
    bic_appoggio: str | None = None
    bollo: Bollo | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanalePsp:
    """Who asked for an attempt (classic activation), so that the RPT can be sent to the same."""

    id_psp: str
    id_intermediario_psp: str
    id_canale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ente:
    """The ente beneficiario as an RPT names it."""

    id_dominio: str
    denominazione: str
    codice_unita: str | None = None
    denominazione_unita: str | None = None
    indirizzo: str | None = None
    civico: str | None = None
    cap: str | None = None
    localita: str | None = None
    provincia: str | None = None
    nazione: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rpp:
    """An attempt to pay: Richiesta di Pagamento Pendenza. `id_messaggio` is identificativoMessaggioRichiesta.

    `ccp` is the PSP's (classic), ours until the ricevuta comes (current), then the receiptId. `id_pagamento` is the
    session that it belongs to, started by the applicazione `id_a2a_portale`; None where a PSP started it. Of two RPT of
    one pendenza in favour of two enti, that of the second has `id_dominio_posizione`: the ente of the pendenza, under
    whose dominio it lies. Times are UTC.

    `prossima_verifica` is from when on the Nodo must be asked what became of it, `verifiche` how often it was;
    `abbandonata` is when that was given up. Of a session's attempts the session knows.
    """

    id_dominio: str
    iuv: str
    ccp: str
    formato: Formato
    modello: ModelloPagamento
    stato: StatoRpp
    creata: datetime
    aggiornata: datetime
    id_messaggio: str
    id_a2a: str
    id_pendenza: str
    id_tipo_pendenza: str
    id_stazione: str
    ente: Ente
    pagatore: Soggetto
    importo: Importo
    voci: tuple[VoceRichiesta, ...]
    descrizione_stato: str | None = None
    numero_avviso: str | None = None
    causale: str | None = None
    versante: Soggetto | None = None
    tipo_versamento: str = "PO"
    data_esecuzione: date | None = None
    autenticazione: str = "N/A"
    iban_addebito: str | None = None
    bic_addebito: str | None = None
    credenziali_pagatore: str | None = None
    psp: CanalePsp | None = None
    payment_note: str | None = None
    id_pagamento: str | None = None
    id_a2a_portale: str | None = None
    id_dominio_posizione: str | None = None
    bloccante: bool = True
    esito: EsitoPagamento | None = None
    tentativi_invio: int = 0
    prossima_verifica: datetime | None = None
    verifiche: int = 0
    abbandonata: datetime | None = None
    versione: int = 0

    @property
    def is_pagata(self) -> bool:
        """Tell whether a ricevuta of money was accepted for this attempt."""
        return self.stato is StatoRpp.RT_ACCETTATA_PA and self.esito is not None and self.esito.is_positivo

    def next_version(self) -> "Rpp":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Istituto:
    """istitutoAttestante: the PSP that took the money. `tipo` is G, A (ABI) or B (BIC)."""

    tipo: str
    codice: str
    denominazione: str
    codice_unita: str | None = None
    denominazione_unita: str | None = None
    indirizzo: str | None = None
    civico: str | None = None
    cap: str | None = None
    localita: str | None = None
    provincia: str | None = None
    nazione: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VocePagata:
    """One datiSingoloPagamento or transfer of a ricevuta. `allegato` is base64 text; its tipo ES or BD (bollo).

    `impronta_bollo` is the digest (base64) of the document that a marca da bollo in it was bought for.
    """

    indice: int
    id_dominio: str
    importo: Importo
    iur: str
    causale: str
    dati_specifici_riscossione: str
    data: date
    esito: str | None = None
    iban: str | None = None
    commissioni_psp: Importo | None = None
    commissioni_pa: Importo | None = None
    tipo_allegato: str | None = None
    allegato: str | None = None
    impronta_bollo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ricevuta:
    """The proof of an outcome: an RT or a receipt. `originale` is the key of the bytes as received, in the archive.

    `id_ricevuta` is the receiptId, or the CCP of an RT; `data_pagamento` may be missing in a receipt.
    `riferimento_messaggio` is that of the RPT it answers (classic only).
    """

    formato: Formato
    id_dominio: str
    iuv: str
    ccp: str
    id_ricevuta: str
    esito: EsitoPagamento
    importo: Importo
    istituto: Istituto
    ente: Ente
    pagatore: Soggetto
    voci: tuple[VocePagata, ...]
    ricevuta: datetime
    originale: str
    sha256: str
    id_messaggio: str
    data_messaggio: datetime
    riferimento_messaggio: str | None = None
    riferimento_data: date | None = None
    versante: Soggetto | None = None
    id_stazione: str | None = None
    numero_avviso: str | None = None
    descrizione: str | None = None
    id_psp: str | None = None
    id_canale: str | None = None
    descrizione_canale: str | None = None
    metodo: str | None = None
    payment_note: str | None = None
    commissioni: Importo | None = None
    data_pagamento: datetime | None = None
    data_applicazione: date | None = None
    data_trasferimento: date | None = None
    stand_in: bool = False
    versione: int = 0

    def next_version(self) -> "Ricevuta":
        return replace(self, versione=self.versione + 1)


class TipoRiscossione(StrEnum):
    ENTRATA = "ENTRATA"
    MBT = "MBT"
    ALTRO_INTERMEDIARIO = "ALTRO_INTERMEDIARIO"
    ENTRATA_PA_NON_INTERMEDIATA = "ENTRATA_PA_NON_INTERMEDIATA"


class ChiaveRiscossione(NamedTuple):
    """The key of a riscossione; the dominio is that of the IUV."""

    id_dominio: str
    iuv: str
    iur: str
    indice: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Riscossione:
    """Money that a PSP took for one voce: keyed (dominio, iuv, iur, indice), the dominio being that of the IUV.

    `id_dominio_beneficiario` is set when the money goes to another ente; `anomalie` are codes of rules.Anomalia.
    """

    id_dominio: str
    iuv: str
    iur: str
    indice: int
    importo: Importo
    data: date
    acquisita: datetime
    ccp: str
    tipo: TipoRiscossione
    stato: StatoRiscossione = StatoRiscossione.RISCOSSA
    id_dominio_beneficiario: str | None = None
    id_a2a: str | None = None
    id_pendenza: str | None = None
    id_tipo_pendenza: str | None = None
    id_voce: str | None = None
    commissioni: Importo | None = None
    tipo_allegato: str | None = None
    allegato: str | None = None
    anomalie: tuple[str, ...] = ()
    id_incasso: str | None = None
    versione: int = 0

    @property
    def chiave(self) -> ChiaveRiscossione:
        return ChiaveRiscossione(self.id_dominio, self.iuv, self.iur, self.indice)

    @property
    def id_dominio_incasso(self) -> str:
        """Give the dominio to which the bank credits it, under which its incasso lies."""
        return self.id_dominio_beneficiario or self.id_dominio

    @property
    def has_ricevuta(self) -> bool:
        return self.ccp != SENZA_CCP

    def next_version(self) -> "Riscossione":
        return replace(self, versione=self.versione + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transazione:
    """All that is stored of one IUV of a dominio; `posizione` is None where we know no pendenza of it.

    `attesa`: the bank has credited it before its ricevuta came. `rinvii` are the keys of the riscossioni that lie under
    another dominio and are of this one, which is a secondary beneficiary of that IUV. `altrui` is what is here of the
    pendenza of another ente with the same IUV, of whose two RPT the second is of this dominio.
    """

    id_dominio: str
    iuv: str
    posizione: Pendenza | None = None
    rpp: tuple[Rpp, ...] = ()
    ricevute: tuple[Ricevuta, ...] = ()
    riscossioni: tuple[Riscossione, ...] = ()
    attesa: bool = False
    rinvii: tuple[ChiaveRiscossione, ...] = ()
    altrui: "Transazione | None" = None

    def rpp_of(self, ccp: str) -> Rpp | None:
        found = next((rpp for rpp in self.rpp if rpp.ccp == ccp), None)
        return found if found is not None or self.altrui is None else self.altrui.rpp_of(ccp)

    def part_of(self, ccp: str) -> "Transazione":
        """Give the part that an attempt belongs to: this one, or that of the pendenza of another ente."""
        is_altrui = self.altrui is not None and self.altrui.rpp_of(ccp) is not None
        return self.altrui if is_altrui and self.altrui is not None else self

    def ricevuta_of(self, id_ricevuta: str) -> Ricevuta | None:
        return next((ricevuta for ricevuta in self.ricevute if ricevuta.id_ricevuta == id_ricevuta), None)


class TipoNotifica(StrEnum):
    ATTIVAZIONE = "ATTIVAZIONE"
    RICEVUTA = "RICEVUTA"
    ANNULLAMENTO = "ANNULLAMENTO"
    FALLIMENTO = "FALLIMENTO"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiferimentiPortale:
    """By what pagoPA, the portal and the Nodo know a payment that a portal started (API Ente, notifyPagamento)."""

    id_carrello: str
    id_session: str | None = None
    id_sessione_portale: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaNotificare:
    """What the ente's applicazione must be told of an attempt; `portale` where a portal started the payment."""

    tipo: TipoNotifica
    rpp: Rpp
    ricevuta: Ricevuta | None = None
    riscossioni: tuple[Riscossione, ...] = ()
    portale: RiferimentiPortale | None = None
