"""The current conversation: paVerifyPaymentNotice, paGetPayment and paGetPaymentV2, paSendRT and paSendRTV2."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages.common import QrCode, Transfer
from chalicelib.nodo.messages.pa_get_payment import PaGetPaymentReq, PaGetPaymentRes, PaymentPa
from chalicelib.nodo.messages.pa_get_payment_v2 import (
    PaGetPaymentV2Request,
    PaGetPaymentV2Response,
    PaymentPaV2,
    TransferV2,
)
from chalicelib.nodo.messages.pa_send_rt import PaSendRtReq, PaSendRtRes, Receipt
from chalicelib.nodo.messages.pa_send_rt_v2 import (
    PaSendRtV2Request,
    PaSendRtV2Response,
    ReceiptV2,
    TransferReceiptV2,
)
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeReq, PaVerifyPaymentNoticeRes
from sandbox.nodo import client
from sandbox.nodo.bollo import marca_per
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Posizione, Protocollo, Psp, Rifiuto, Stazione, Tentativo

COMMISSIONE = Importo(150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indirizzo:
    """Whom a message is for: the ente, and the stazione that speaks for it."""

    id_dominio: str
    stazione: Stazione

    def testa(self) -> dict[str, Any]:
        return {
            "id_pa": self.id_dominio,
            "id_broker_pa": self.stazione.id_intermediario,
            "id_station": self.stazione.id_stazione,
        }


def verifica(govpay: GovPayClient, dove: Indirizzo, numero_avviso: str, iuv: str, protocollo: Protocollo) -> Posizione:
    """Ask whether the notice may be paid.

    :raises Rifiuto:
    """
    qr = QrCode(fiscal_code=dove.id_dominio, notice_number=numero_avviso)
    risposta = govpay.call(
        client.CCP,
        "paVerifyPaymentNotice",
        PaVerifyPaymentNoticeReq(qr_code=qr, **dove.testa()),
        PaVerifyPaymentNoticeRes,
        secondi=client.SECONDI_RICHIESTA,
    )
    opzioni, causale, ente = risposta.payment_list, risposta.payment_description, risposta.company_name
    if opzioni is None or causale is None or ente is None or risposta.fiscal_code_pa is None:
        raise _incompleta("paVerifyPaymentNotice")
    opzione = opzioni.payment_option_description
    return Posizione(
        id_dominio=dove.id_dominio,
        numero_avviso=numero_avviso,
        iuv=iuv,
        protocollo=protocollo,
        importo=opzione.amount,
        causale=causale,
        ente=ente,
        ufficio=risposta.office_name,
        scadenza=opzione.due_date,
    )


def attiva(
    govpay: GovPayClient,
    dove: Indirizzo,
    numero_avviso: str,
    protocollo: Protocollo,
    importo: Importo,
    *,
    nota: str | None = None,
) -> PaymentPa | PaymentPaV2:
    """Ask who owes and where the money goes; `nota` is the paymentNote.

    :raises Rifiuto:
    """
    qr = QrCode(fiscal_code=dove.id_dominio, notice_number=numero_avviso)
    dati: PaymentPa | PaymentPaV2 | None
    if protocollo is Protocollo.V1:
        one = PaGetPaymentReq(qr_code=qr, amount=importo, payment_note=nota, **dove.testa())
        dati = govpay.call(client.CCP, "paGetPayment", one, PaGetPaymentRes, secondi=client.SECONDI_RICHIESTA).data
    else:
        two = PaGetPaymentV2Request(qr_code=qr, amount=importo, payment_note=nota, **dove.testa())
        dati = govpay.call(
            client.CCP, "paGetPaymentV2", two, PaGetPaymentV2Response, secondi=client.SECONDI_RICHIESTA
        ).data
    if dati is None:
        raise _incompleta("paGetPayment")
    if Importo.total(one.transfer_amount for one in dati.transfer_list) != dati.payment_amount:
        raise Rifiuto("PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", "La somma dei transfer non è l'importo del pagamento.")
    return dati


def ricevuta_of(
    tentativo: Tentativo,
    dati: PaymentPa | PaymentPaV2,
    dove: Indirizzo,
    psp: Psp,
    *,
    versione: Protocollo,
    stand_in: bool,
    now: datetime,
) -> PaSendRtReq | PaSendRtV2Request:
    """Make the receipt of a paid attempt, in the version asked: V2 may follow a paGetPayment of version 1."""
    comune: dict[str, Any] = {
        "receipt_id": tentativo.token,
        "notice_number": tentativo.numero_avviso,
        "fiscal_code": tentativo.id_dominio,
        "outcome": "OK",
        "creditor_reference_id": dati.creditor_reference_id,
        "payment_amount": dati.payment_amount,
        "description": dati.description,
        "company_name": dati.company_name or tentativo.id_dominio,
        "office_name": dati.office_name,
        "debtor": dati.debtor,
        "id_psp": psp.id_psp,
        "psp_fiscal_code": psp.codice_fiscale,
        "psp_company_name": psp.ragione_sociale,
        "id_channel": psp.id_canale,
        "channel_description": "WEB",
        "payment_method": "creditCard",
        "fee": COMMISSIONE,
        "payment_date_time": now,
        "application_date": rome_day(now),
        "transfer_date": rome_day(now) + timedelta(days=1),
        "metadata": dati.metadata,
        "stand_in": True if stand_in else None,
    }
    if versione is Protocollo.V1:
        v1 = tuple(_transfer_v1(one) for one in dati.transfer_list)
        return PaSendRtReq(receipt=Receipt(transfer_list=v1, **comune), **dove.testa())
    v2 = tuple(_transfer_v2(one) for one in dati.transfer_list)
    receipt = ReceiptV2(transfer_list=v2, payment_note=tentativo.nota, **comune)
    return PaSendRtV2Request(receipt=receipt, **dove.testa())


def invia_ricevuta(govpay: GovPayClient, ricevuta: PaSendRtReq | PaSendRtV2Request) -> None:
    """Deliver a receipt.

    :raises Rifiuto:
    """
    if isinstance(ricevuta, PaSendRtReq):
        govpay.call(client.CCP, "paSendRT", ricevuta, PaSendRtRes, secondi=client.SECONDI_RICEVUTA)
    else:
        govpay.call(client.CCP, "paSendRTV2", ricevuta, PaSendRtV2Response, secondi=client.SECONDI_RICEVUTA)


def _transfer_v1(one: Transfer | TransferV2) -> Transfer:
    if one.iban is None:
        raise Rifiuto("PPT_SEMANTICA", "Una marca da bollo non può stare in una ricevuta paSendRT: usare la V2.")
    return Transfer(
        id_transfer=one.id_transfer,
        transfer_amount=one.transfer_amount,
        fiscal_code_pa=one.fiscal_code_pa,
        iban=one.iban,
        remittance_information=one.remittance_information,
        transfer_category=one.transfer_category,
        metadata=one.metadata,
    )


def _transfer_v2(one: Transfer | TransferV2) -> TransferReceiptV2:
    richiesta = getattr(one, "richiesta_marca_da_bollo", None)
    return TransferReceiptV2(
        id_transfer=one.id_transfer,
        transfer_amount=one.transfer_amount,
        fiscal_code_pa=one.fiscal_code_pa,
        company_name=getattr(one, "company_name", None),
        iban=one.iban,
        mbd_attachment=None if richiesta is None else marca_per(richiesta.hash_documento),
        remittance_information=one.remittance_information,
        transfer_category=one.transfer_category,
        metadata=one.metadata,
    )


def _incompleta(operazione: str) -> Rifiuto:
    return Rifiuto("PPT_STAZIONE_INT_PA_ERRORE_RESPONSE", f"GovPay ha risposto a {operazione} senza i dati richiesti.")
