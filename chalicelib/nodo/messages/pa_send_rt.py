"""paSendRT (stazioni of version 1): the receipt of a payment that was made."""

from chalicelib.nodo.binding import PA_FOR_NODE, complex_type, message, tag, wrapped
from chalicelib.nodo.messages.common import CtResponse, MapEntry, ReceiptHead, StationRequest, Subject, Transfer
from chalicelib.nodo.messages.simple_types import (
    AnyAmount,
    IsoDate,
    IsoDateTime,
    Text20,
    Text35,
    Text70,
    XsdBoolean,
)


@complex_type()
class Receipt(ReceiptHead):
    transfer_list: tuple[Transfer, ...] = wrapped("transfer", most=5)
    id_psp: Text35 = tag("idPSP")
    psp_fiscal_code: Text70 | None = None
    psp_partita_iva: Text20 | None = tag("pspPartitaIVA", default=None)
    psp_company_name: Text70 = tag("PSPCompanyName")
    id_channel: Text35
    channel_description: Text35
    payer: Subject | None = None
    payment_method: Text35 | None = None
    fee: AnyAmount | None = None
    payment_date_time: IsoDateTime | None = None
    application_date: IsoDate | None = None
    transfer_date: IsoDate | None = None
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())
    stand_in: XsdBoolean | None = None


@message("paSendRTReq", ns=PA_FOR_NODE)
class PaSendRtReq(StationRequest):
    receipt: Receipt


@message("paSendRTRes", ns=PA_FOR_NODE)
class PaSendRtRes(CtResponse):
    pass
