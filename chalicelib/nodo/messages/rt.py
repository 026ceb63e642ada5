"""RT 6.2.0: the Ricevuta Telematica, carried as Base64 inside paaInviaRT and nodoChiediCopiaRT."""

from typing import Annotated

from chalicelib.nodo.binding import PAGAMENTI, complex_type, many, message, read, tag, write
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    AnyAmount,
    DatiSpecificiRiscossione,
    IsoDate,
    IsoDateTime,
    Text16,
    Text35,
    Text140,
    XsdBase64,
)
from chalicelib.nodo.messages.soggetti import (
    Dominio,
    EnteBeneficiario,
    IstitutoAttestante,
    SoggettoPagatore,
    SoggettoVersante,
)
from chalicelib.nodo.scalars import Text
from chalicelib.nodo.soap import read_document, write_document


@complex_type(ns=PAGAMENTI)
class AllegatoRicevuta:
    """ES: the outcome as the PSP had it; BD: a marca da bollo digitale."""

    tipo_allegato_ricevuta: Annotated[str, Text(choices=("ES", "BD"))]
    testo_allegato: XsdBase64


@complex_type(ns=PAGAMENTI)
class DatiSingoloPagamento:
    singolo_importo_pagato: AnyAmount
    esito_singolo_pagamento: Text35 | None = None
    data_esito_singolo_pagamento: IsoDate
    identificativo_univoco_riscossione: Text35
    causale_versamento: Text140
    dati_specifici_riscossione: DatiSpecificiRiscossione
    commissioni_applicate_psp: AnyAmount | None = tag("commissioniApplicatePSP", default=None)
    commissioni_applicate_pa: AmountNotZero | None = tag("commissioniApplicatePA", default=None)
    allegato_ricevuta: AllegatoRicevuta | None = None


@complex_type(ns=PAGAMENTI)
class DatiPagamento:
    """`codice_esito_pagamento`: 0 eseguito, 1 non eseguito, 2 parzialmente, 3 decorrenza termini, 4 parziale."""

    codice_esito_pagamento: Annotated[str, Text(choices=("0", "1", "2", "3", "4"))]
    importo_totale_pagato: AnyAmount
    identificativo_univoco_versamento: Text35
    codice_contesto_pagamento: Text35 = tag("CodiceContestoPagamento")
    dati_singolo_pagamento: tuple[DatiSingoloPagamento, ...] = many(0, 5, default=())


@message("RT", ns=PAGAMENTI, qualified=True, prefix=False)
class Rt:
    versione_oggetto: Text16
    dominio: Dominio
    identificativo_messaggio_ricevuta: Text35
    data_ora_messaggio_ricevuta: IsoDateTime
    riferimento_messaggio_richiesta: Text35
    riferimento_data_richiesta: IsoDate
    istituto_attestante: IstitutoAttestante
    ente_beneficiario: EnteBeneficiario
    soggetto_versante: SoggettoVersante | None = None
    soggetto_pagatore: SoggettoPagatore
    dati_pagamento: DatiPagamento


def read_rt(document: bytes) -> Rt:
    """Read an RT.

    :raises MessaggioIllegibile: it is not XML that we admit
    :raises SintassiErrata: it does not fit the XSD
    """
    return read(Rt, read_document(document))


def write_rt(rt: Rt) -> bytes:
    """Write an RT.

    :raises SintassiErrata: it does not fit the XSD
    """
    return write_document(write(rt))
