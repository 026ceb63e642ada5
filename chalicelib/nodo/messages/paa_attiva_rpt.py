"""paaAttivaRPT: the payment of this IUV begins at a PSP, under the ccp the PSP chose (classic, modello 3)."""

from chalicelib.nodo.binding import PPT, complex_type, message, tag
from chalicelib.nodo.messages.dati_pagamento import EsitoConDatiPagamento
from chalicelib.nodo.messages.simple_types import AnyAmount, BicIdentifier, IbanIdentifier, Text35
from chalicelib.nodo.messages.soggetti import SoggettoPagatore, SoggettoVersante


@complex_type()
class DatiPagamentoPsp:
    importo_singolo_versamento: AnyAmount
    iban_appoggio: IbanIdentifier | None = None
    bic_appoggio: BicIdentifier | None = None
    soggetto_versante: SoggettoVersante | None = None
    iban_addebito: IbanIdentifier | None = None
    bic_addebito: BicIdentifier | None = None
    soggetto_pagatore: SoggettoPagatore | None = None


@message("paaAttivaRPT", ns=PPT)
class PaaAttivaRpt:
    identificativo_psp: Text35 = tag("identificativoPSP")
    dati_pagamento_psp: DatiPagamentoPsp = tag("datiPagamentoPSP")
    identificativo_intermediario_psp: Text35 = tag("identificativoIntermediarioPSP")
    identificativo_canale_psp: Text35 = tag("identificativoCanalePSP")


@message("paaAttivaRPTRisposta", ns=PPT, nested=True)
class PaaAttivaRptRisposta(EsitoConDatiPagamento):
    pass
