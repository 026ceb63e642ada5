"""paGetPayment (stazioni of version 1): the payment begins; tell who owes, and where the money goes."""

from chalicelib.nodo.binding import PA_FOR_NODE, complex_type, message, wrapped
from chalicelib.nodo.messages.common import CtResponse, GetPaymentRequest, MapEntry, Subject, Transfer
from chalicelib.nodo.messages.simple_types import AmountNotZero, IsoDate, IsoDateTime, Text35, Text140, XsdBoolean


@message("paGetPaymentReq", ns=PA_FOR_NODE)
class PaGetPaymentReq(GetPaymentRequest):
    pass


@complex_type()
class PaymentPa:
    creditor_reference_id: Text35
    payment_amount: AmountNotZero
    due_date: IsoDate
    retention_date: IsoDateTime | None = None
    last_payment: XsdBoolean | None = None
    description: Text140
    company_name: Text140 | None = None
    office_name: Text140 | None = None
    debtor: Subject
    transfer_list: tuple[Transfer, ...] = wrapped("transfer", most=5)
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())


@message("paGetPaymentRes", ns=PA_FOR_NODE)
class PaGetPaymentRes(CtResponse):
    data: PaymentPa | None = None
