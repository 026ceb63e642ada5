"""paVerifyPaymentNotice: tell whether this avviso may be paid, and how much is due."""

from chalicelib.nodo.binding import PA_FOR_NODE, message, tag
from chalicelib.nodo.messages.common import CtResponse, PaymentOptionsDescriptionList, QrCode, StationRequest
from chalicelib.nodo.messages.simple_types import FiscalCodePA, Text140


@message("paVerifyPaymentNoticeReq", ns=PA_FOR_NODE)
class PaVerifyPaymentNoticeReq(StationRequest):
    qr_code: QrCode


@message("paVerifyPaymentNoticeRes", ns=PA_FOR_NODE)
class PaVerifyPaymentNoticeRes(CtResponse):
    """With outcome OK the Nodo wants every field but `office_name`, though the XSD calls them optional."""

    payment_list: PaymentOptionsDescriptionList | None = None
    payment_description: Text140 | None = None
    fiscal_code_pa: FiscalCodePA | None = tag("fiscalCodePA", default=None)
    company_name: Text140 | None = None
    office_name: Text140 | None = None
