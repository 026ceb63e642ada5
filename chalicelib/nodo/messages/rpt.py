"""RPT 6.2.0: the Richiesta Pagamento Telematico, carried as Base64 inside nodoInviaRPT and nodoInviaCarrelloRPT."""

from typing import Annotated

from chalicelib.nodo.binding import PAGAMENTI, complex_type, many, message, read, tag, write
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    BicIdentifier,
    DatiSpecificiRiscossione,
    IbanIdentifier,
    IsoDate,
    IsoDateTime,
    NazioneProvincia,
    Text16,
    Text35,
    Text140,
    TipoBollo,
)
from chalicelib.nodo.messages.soggetti import Dominio, EnteBeneficiario, SoggettoPagatore, SoggettoVersante
from chalicelib.nodo.scalars import Base64, Text
from chalicelib.nodo.soap import read_document, write_document


@complex_type(ns=PAGAMENTI)
class DatiMarcaBolloDigitale:
    tipo_bollo: TipoBollo
    hash_documento: Annotated[bytes, Base64(least=1, most=70)]
    provincia_residenza: NazioneProvincia


@complex_type(ns=PAGAMENTI)
class DatiSingoloVersamento:
    """Either `iban_accredito` or `dati_marca_bollo_digitale`: a rule of the Nodo, which the XSD does not state."""

    importo_singolo_versamento: AmountNotZero
    commissione_carico_pa: AmountNotZero | None = tag("commissioneCaricoPA", default=None)
    iban_accredito: IbanIdentifier | None = None
    bic_accredito: BicIdentifier | None = None
    iban_appoggio: IbanIdentifier | None = None
    bic_appoggio: BicIdentifier | None = None
    credenziali_pagatore: Text35 | None = None
    causale_versamento: Text140
    dati_specifici_riscossione: DatiSpecificiRiscossione
    dati_marca_bollo_digitale: DatiMarcaBolloDigitale | None = None


@complex_type(ns=PAGAMENTI)
class DatiVersamento:
    data_esecuzione_pagamento: IsoDate
    importo_totale_da_versare: AmountNotZero
    tipo_versamento: Annotated[str, Text(choices=("BBT", "BP", "AD", "CP", "PO", "OBEP", "OTH", "JIF", "MYBK", "PPAL"))]
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35
    iban_addebito: IbanIdentifier | None = None
    bic_addebito: BicIdentifier | None = None
    firma_ricevuta: Annotated[str, Text(choices=("0",))]
    dati_singolo_versamento: tuple[DatiSingoloVersamento, ...] = many(1, 5)


@message("RPT", ns=PAGAMENTI, qualified=True, prefix=False)
class Rpt:
    versione_oggetto: Text16
    dominio: Dominio
    identificativo_messaggio_richiesta: Text35
    data_ora_messaggio_richiesta: IsoDateTime
    autenticazione_soggetto: Annotated[str, Text(choices=("CNS", "USR", "OTH", "N/A"))]
    soggetto_versante: SoggettoVersante | None = None
    soggetto_pagatore: SoggettoPagatore
    ente_beneficiario: EnteBeneficiario
    dati_versamento: DatiVersamento


def read_rpt(document: bytes) -> Rpt:
    """Read an RPT.

    :raises MessaggioIllegibile: it is not XML that we admit
    :raises SintassiErrata: it does not fit the XSD
    """
    return read(Rpt, read_document(document))


def write_rpt(rpt: Rpt) -> bytes:
    """Write an RPT.

    :raises SintassiErrata: it does not fit the XSD
    """
    return write_document(write(rpt))
