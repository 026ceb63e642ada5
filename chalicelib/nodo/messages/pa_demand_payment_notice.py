"""paDemandPaymentNotice: a citizen asks a PSP to pay for a service of the catalogo, with no avviso yet."""

from typing import Annotated

from chalicelib.nodo.binding import PA_FOR_NODE, message, tag
from chalicelib.nodo.messages.common import CtResponse, PaymentOptionsDescriptionList, QrCode, StationRequest
from chalicelib.nodo.messages.simple_types import FiscalCodePA, Text140, XsdBase64
from chalicelib.nodo.scalars import Text


@message("paDemandPaymentNoticeRequest", ns=PA_FOR_NODE)
class PaDemandPaymentNoticeRequest(StationRequest):
    id_servizio: Annotated[str, Text(least=5, most=5)]
    id_soggetto_servizio: Annotated[str, Text(least=5, most=5)]
    dati_specifici_servizio_request: XsdBase64


@message("paDemandPaymentNoticeResponse", ns=PA_FOR_NODE)
class PaDemandPaymentNoticeResponse(CtResponse):
    qr_code: QrCode | None = None
    payment_list: PaymentOptionsDescriptionList | None = None
    payment_description: Text140 | None = None
    fiscal_code_pa: FiscalCodePA | None = tag("fiscalCodePA", default=None)
    company_name: Text140 | None = None
    office_name: Text140 | None = None
