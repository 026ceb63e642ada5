"""paGetPaymentV2 (stazioni of version 2): as paGetPayment, and a transfer may ask for a marca da bollo."""

from chalicelib.nodo.binding import PA_FOR_NODE, complex_type, message, tag, wrapped
from chalicelib.nodo.messages.common import CtResponse, GetPaymentRequest, MapEntry, RichiestaMarcaDaBollo, Subject
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    FiscalCodePA,
    IdTransfer,
    IsoDate,
    IsoDateTime,
    Text35,
    Text140,
    XsdBoolean,
)


@message("paGetPaymentV2Request", ns=PA_FOR_NODE)
class PaGetPaymentV2Request(GetPaymentRequest):
    pass


@complex_type()
class TransferV2:
    id_transfer: IdTransfer
    transfer_amount: AmountNotZero
    fiscal_code_pa: FiscalCodePA = tag("fiscalCodePA")
    company_name: Text140 | None = None
    iban: Text35 | None = tag("IBAN", choice="accredito", default=None)
    richiesta_marca_da_bollo: RichiestaMarcaDaBollo | None = tag(choice="accredito", default=None)
    remittance_information: Text140
    transfer_category: Text140
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())


@complex_type()
class PaymentPaV2:
    creditor_reference_id: Text35
    payment_amount: AmountNotZero
    due_date: IsoDate
    retention_date: IsoDateTime | None = None
    last_payment: XsdBoolean | None = None
    description: Text140
    company_name: Text140
    office_name: Text140 | None = None
    debtor: Subject
    transfer_list: tuple[TransferV2, ...] = wrapped("transfer", most=5)
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())


@message("paGetPaymentV2Response", ns=PA_FOR_NODE)
class PaGetPaymentV2Response(CtResponse):
    data: PaymentPaV2 | None = None
