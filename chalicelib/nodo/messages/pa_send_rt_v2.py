"""paSendRTV2 (stazioni of version 2): the receipt of a payment that was made, with the marca da bollo if one was asked."""

from chalicelib.nodo.binding import PA_FOR_NODE, complex_type, message, tag, wrapped
from chalicelib.nodo.messages.common import CtResponse, MapEntry, ReceiptHead, StationRequest, Subject
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    AnyAmount,
    FiscalCodePA,
    IdTransfer,
    IsoDate,
    IsoDateTime,
    Text20,
    Text35,
    Text70,
    Text140,
    Text210,
    XsdBase64,
    XsdBoolean,
)


@complex_type()
class TransferReceiptV2:
    id_transfer: IdTransfer
    transfer_amount: AmountNotZero
    fiscal_code_pa: FiscalCodePA = tag("fiscalCodePA")
    company_name: Text140 | None = None
    iban: Text35 | None = tag("IBAN", choice="accredito", default=None)
    mbd_attachment: XsdBase64 | None = tag("MBDAttachment", choice="accredito", default=None)
    remittance_information: Text140
    transfer_category: Text140
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())


@complex_type()
class ReceiptV2(ReceiptHead):
    transfer_list: tuple[TransferReceiptV2, ...] = wrapped("transfer", most=5)
    id_psp: Text35 = tag("idPSP")
    psp_fiscal_code: Text70 | None = None
    psp_partita_iva: Text20 | None = tag("pspPartitaIVA", default=None)
    psp_company_name: Text70 = tag("PSPCompanyName")
    id_channel: Text35
    channel_description: Text35
    payer: Subject | None = None
    payment_method: Text35 | None = None
    payment_note: Text210 | None = None
    fee: AnyAmount | None = None
    primary_ci_incurred_fee: AnyAmount | None = None
    id_bundle: Text70 | None = None
    id_ci_bundle: Text70 | None = None
    payment_date_time: IsoDateTime | None = None
    application_date: IsoDate | None = None
    transfer_date: IsoDate | None = None
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())
    stand_in: XsdBoolean | None = None


@message("paSendRTV2Request", ns=PA_FOR_NODE)
class PaSendRtV2Request(StationRequest):
    receipt: ReceiptV2


@message("paSendRTV2Response", ns=PA_FOR_NODE)
class PaSendRtV2Response(CtResponse):
    pass
