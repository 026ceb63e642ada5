"""The Nodo's side of a call: requests as it sends them, answers judged by the official schemas."""

import base64
from datetime import datetime
from typing import Any

from chalice.test import Client

from chalicelib.kernel.importo import Importo
from chalicelib.nodo import dispatch
from chalicelib.nodo.dispatch import PRIMITIVE
from chalicelib.nodo.documenti import rt_of
from chalicelib.nodo.messages import common, pa_send_rt, pa_send_rt_v2, paa_attiva_rpt
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.pa_get_payment import PaGetPaymentReq
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Request
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeReq
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRpt
from chalicelib.nodo.messages.rt import write_rt
from chalicelib.nodo.soap import read_envelope
from chalicelib.nodo.testi import debtor
from chalicelib.pagamenti.model import Ricevuta, Rpp
from tests.builders_anagrafica import INTERMEDIARIO, PRINCIPAL_PAGOPA, STAZIONE_V2
from tests.builders_pagamenti import CANALE, CCP, CITTADINO, DOMINIO, IUV, NAV, NOW, TOKEN
from tests.nodo.official import PAGOPA, is_valid, schemas_for

PASSWORD_PAGOPA = "Nodo-2026"
_PATH = "/govpay/frontend/api/pagopa/"


def basic(user: str = PRINCIPAL_PAGOPA, password: str = PASSWORD_PAGOPA) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def post(client: Client, name: str, body: bytes, **headers: str) -> Any:
    """Send a body to the service of a primitive, as the Nodo unless the headers say otherwise."""
    sent = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{name}"', **basic(), **headers}
    servizio = PRIMITIVE[name].servizio
    return client.http.post(f"{_PATH}{servizio}", headers={k: v for k, v in sent.items() if v}, body=body)


def call(client: Client, name: str, request: Any, header: Any = None) -> Any:
    """Call a primitive and read its answer, which must be one that the official schema admits."""
    response = post(client, name, dispatch.write_message(request, header))
    assert response.status_code == 200, response.body
    assert response.headers["X-Govpay-IdTransazione"]
    if PAGOPA.is_dir():
        assert is_valid(schemas_for(name)[1], read_envelope(response.body).operation), response.body
    return dispatch.read_message(response.body, PRIMITIVE[name].response)


HEAD = {"id_pa": DOMINIO, "id_broker_pa": INTERMEDIARIO, "id_station": STAZIONE_V2}
QR = common.QrCode(fiscal_code=DOMINIO, notice_number=NAV)


def verify_request(**other: Any) -> PaVerifyPaymentNoticeReq:
    return PaVerifyPaymentNoticeReq(**{**HEAD, "qr_code": QR, **other})


def get_request(**other: Any) -> PaGetPaymentReq:
    return PaGetPaymentReq(**{**HEAD, "qr_code": QR, "amount": Importo(10050), **other})


def get_v2_request(**other: Any) -> PaGetPaymentV2Request:
    return PaGetPaymentV2Request(**{**HEAD, "qr_code": QR, "amount": Importo(10050), **other})


def _receipt(moment: datetime, **other: Any) -> dict[str, Any]:
    return {
        "receipt_id": TOKEN,
        "notice_number": NAV,
        "fiscal_code": DOMINIO,
        "outcome": "OK",
        "creditor_reference_id": IUV,
        "payment_amount": Importo(10050),
        "description": "Tassa sui rifiuti 2026",
        "company_name": "Comune di Esempio",
        "debtor": debtor(CITTADINO),
        "id_psp": "ABI03069",
        "psp_fiscal_code": "00799960158",
        "psp_company_name": "Banca di Esempio",
        "id_channel": "00799960158_11",
        "channel_description": "app",
        "payment_date_time": moment,
        "fee": Importo(150),
        **other,
    }


def a_transfer(**other: Any) -> dict[str, Any]:
    return {
        "id_transfer": 1,
        "transfer_amount": Importo(10050),
        "fiscal_code_pa": DOMINIO,
        "iban": "IT60X0542811101000000123456",
        "remittance_information": f"/RFB/{IUV}/100.50/TXT/Tassa sui rifiuti 2026",
        "transfer_category": "0101002IM",
        **other,
    }


def send_request(**other: Any) -> pa_send_rt.PaSendRtReq:
    head = {key: other.pop(key, value) for key, value in HEAD.items()}
    transfers = other.pop("transfer_list", (common.Transfer(**a_transfer()),))
    return pa_send_rt.PaSendRtReq(**head, receipt=pa_send_rt.Receipt(transfer_list=transfers, **_receipt(NOW, **other)))


def send_v2_request(**other: Any) -> pa_send_rt_v2.PaSendRtV2Request:
    head = {key: other.pop(key, value) for key, value in HEAD.items()}
    transfers = other.pop("transfer_list", (pa_send_rt_v2.TransferReceiptV2(**a_transfer()),))
    receipt = pa_send_rt_v2.ReceiptV2(transfer_list=transfers, **_receipt(NOW, **other))
    return pa_send_rt_v2.PaSendRtV2Request(**head, receipt=receipt)


def intestazione(**other: Any) -> IntestazionePpt:
    return IntestazionePpt(
        **{
            "identificativo_intermediario_pa": INTERMEDIARIO,
            "identificativo_stazione_intermediario_pa": STAZIONE_V2,
            "identificativo_dominio": DOMINIO,
            "identificativo_univoco_versamento": IUV,
            "codice_contesto_pagamento": CCP,
            **other,
        }
    )


def verifica_request() -> PaaVerificaRpt:
    return PaaVerificaRpt(identificativo_psp=CANALE.id_psp)


def attiva_request(importo: Importo = Importo(10050)) -> paa_attiva_rpt.PaaAttivaRpt:  # noqa: B008 - immutable
    return paa_attiva_rpt.PaaAttivaRpt(
        identificativo_psp=CANALE.id_psp,
        dati_pagamento_psp=paa_attiva_rpt.DatiPagamentoPsp(importo_singolo_versamento=importo),
        identificativo_intermediario_psp=CANALE.id_intermediario_psp,
        identificativo_canale_psp=CANALE.id_canale,
    )


def rt_request(ricevuta: Ricevuta, rpp: Rpp, tipo_firma: str = "") -> PaaInviaRt:
    return PaaInviaRt(tipo_firma=tipo_firma, rt=write_rt(rt_of(ricevuta, rpp)))
