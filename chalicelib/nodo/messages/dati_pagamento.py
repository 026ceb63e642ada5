"""What the classic answers share: esito after fault, and the datiPagamentoPA of paaVerificaRPT and paaAttivaRPT."""

from typing import Annotated

from chalicelib.nodo.binding import complex_type, tag, wrapped
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    AnyAmount,
    BicIdentifier,
    IbanIdentifier,
    Text25,
    Text35,
    XsdString,
)
from chalicelib.nodo.messages.soggetti import EnteBeneficiario
from chalicelib.nodo.scalars import Text


@complex_type()
class SpezzoneStrutturato:
    causale_spezzone: Text25
    importo_spezzone: AmountNotZero


@complex_type()
class DatiPagamentoPa:
    """The causale is one text or one to six spezzoni, each a text or a text with its amount."""

    importo_singolo_versamento: AnyAmount
    iban_accredito: IbanIdentifier
    bic_accredito: BicIdentifier | None = None
    ente_beneficiario: EnteBeneficiario | None = None
    credenziali_pagatore: Text35 | None = None
    causale_versamento: Annotated[str, Text(least=0, most=140)] | None = tag(choice="causale", default=None)
    spezzoni_causale_versamento: tuple[str | SpezzoneStrutturato, ...] = wrapped(
        {"spezzoneCausaleVersamento": Text35, "spezzoneStrutturatoCausaleVersamento": SpezzoneStrutturato},
        most=6,
        choice="causale",
        default=(),
    )


@complex_type()
class EsitoPa:
    """The answer of the ente: fault comes before esito, which is OK or KO and always there."""

    fault: FaultBean | None = None
    esito: XsdString


@complex_type()
class EsitoConDatiPagamento(EsitoPa):
    dati_pagamento_pa: DatiPagamentoPa | None = tag("datiPagamentoPA", default=None)
