"""What the messages of paForNode share. Children are unqualified throughout."""

from typing import Annotated

from chalicelib.nodo.binding import complex_type, tag, wrapped
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.simple_types import (
    AmountNotZero,
    AnyAmount,
    CodiceIdentificativoUnivoco,
    EMail,
    FiscalCodePA,
    IdTransfer,
    IsoDate,
    NazioneProvincia,
    NoticeNumber,
    Outcome,
    Text16,
    Text35,
    Text70,
    Text140,
    Text210,
    TipoBollo,
    XsdBoolean,
    XsdString,
)
from chalicelib.nodo.scalars import Base64, Text


@complex_type()
class StationRequest:
    """The head of every request: the ente, its intermediario and the stazione that the Nodo means to reach."""

    id_pa: Text35 = tag("idPA")
    id_broker_pa: Text35 = tag("idBrokerPA")
    id_station: Text35


@complex_type()
class CtResponse:
    outcome: Outcome
    fault: FaultBean | None = None


@complex_type()
class QrCode:
    fiscal_code: FiscalCodePA
    notice_number: NoticeNumber


@complex_type()
class EntityUniqueIdentifier:
    entity_unique_identifier_type: Annotated[str, Text(choices=("F", "G"))]
    entity_unique_identifier_value: CodiceIdentificativoUnivoco


@complex_type()
class Subject:
    unique_identifier: EntityUniqueIdentifier
    full_name: Text70
    street_name: Text70 | None = None
    civic_number: Text16 | None = None
    postal_code: Text16 | None = None
    city: Text35 | None = None
    state_province_region: Text35 | None = None
    country: NazioneProvincia | None = None
    e_mail: EMail | None = tag("e-mail", default=None)


@complex_type()
class MapEntry:
    key: Text140
    value: Text140


@complex_type()
class PaymentOptionDescription:
    amount: AmountNotZero
    options: Annotated[str, Text(choices=("EQ", "LS", "GT", "ANY"))]
    due_date: IsoDate | None = None
    detail_description: Text140 | None = None
    all_ccp: XsdBoolean = tag("allCCP")


@complex_type()
class PaymentOptionsDescriptionList:
    payment_option_description: PaymentOptionDescription


@complex_type()
class RichiestaMarcaDaBollo:
    hash_documento: Annotated[bytes, Base64(least=4, most=72)]
    tipo_bollo: TipoBollo
    provincia_residenza: NazioneProvincia


@complex_type()
class Transfer:
    """ctTransferPA: in paGetPayment and in paSendRT. The XSD of paForNode asks an IBAN only to have 1 to 35 characters."""

    id_transfer: IdTransfer
    transfer_amount: AmountNotZero
    fiscal_code_pa: FiscalCodePA = tag("fiscalCodePA")
    iban: Text35 = tag("IBAN")
    remittance_information: Text140
    transfer_category: Text140
    metadata: tuple[MapEntry, ...] = wrapped("mapEntry", most=15, default=())


@complex_type()
class GetPaymentRequest(StationRequest):
    qr_code: QrCode
    amount: AnyAmount | None = None
    payment_note: Text210 | None = None
    transfer_type: Annotated[str, Text(choices=("POSTAL", "PAGOPA"))] | None = None
    due_date: IsoDate | None = None


@complex_type()
class ReceiptHead:
    """The first fields of ctReceipt and ctReceiptV2. `receipt_id` is the payment token, and the IUR of every transfer."""

    receipt_id: XsdString
    notice_number: NoticeNumber
    fiscal_code: FiscalCodePA
    outcome: Outcome
    creditor_reference_id: Text35
    payment_amount: AnyAmount
    description: Text140
    company_name: Text140
    office_name: Text140 | None = None
    debtor: Subject
