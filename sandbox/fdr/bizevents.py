"""Biz-Events: the receipt of what was paid, as a flow tells of it by its IUR (SANP 3.x). Ten calls an hour, then 429."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.nodo.messages.common import Subject
from chalicelib.nodo.messages.pa_get_payment import PaymentPa
from chalicelib.nodo.messages.pa_get_payment_v2 import PaymentPaV2
from sandbox.nodo import corrente
from sandbox.nodo.model import Protocollo, StatoTentativo, Tentativo
from sandbox.nodo.nodo import Nodo
from sandbox.web.server import Request, Response, Routes, as_json

BIZ_EVENTS_PATH = "/bizevents/service/v1"
SUBSCRIPTION_KEY = "ocp-apim-subscription-key"
CHIAMATE, FINESTRA = 10, timedelta(minutes=60)
_RECEIPT = BIZ_EVENTS_PATH + "/organizations/{id_dominio}/receipts/{iur}"


class Limite:
    """The calls of a subscription key: `spesa` counts one, and tells whether it was still allowed."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._chiamate: list[datetime] = []

    def spesa(self) -> bool:
        now = self._now()
        self._chiamate = [one for one in self._chiamate if one > now - FINESTRA]
        if len(self._chiamate) >= CHIAMATE:
            return False
        self._chiamate.append(now)
        return True


def serve_biz_events(routes: Routes, nodo: Nodo, chiave: str | None) -> None:
    """Serve the receipts of a Nodo; `chiave` is the subscription key asked for, None asking nothing."""
    limite = Limite(nodo.now)

    def answer(request: Request, id_dominio: str, iur: str, iuv: str | None) -> Response:
        given = request.headers.get(SUBSCRIPTION_KEY, "")
        if chiave is not None and not secrets.compare_digest(given.encode(), chiave.encode()):
            return _problem(401, "Access denied due to invalid subscription key.")
        if not limite.spesa():
            return _problem(429, "Rate limit is exceeded.")
        pagato = _pagato(nodo, id_dominio, iur, iuv)
        if pagato is None or pagato.dati is None:
            return _problem(404, "Receipt not found")
        return as_json(_receipt(nodo, pagato, pagato.dati))

    @routes.on("GET", _RECEIPT)
    def _one(request: Request, id_dominio: str, iur: str) -> Response:
        return answer(request, id_dominio, iur, None)

    @routes.on("GET", _RECEIPT + "/paymentoptions/{iuv}")
    def _of_iuv(request: Request, id_dominio: str, iur: str, iuv: str) -> Response:
        return answer(request, id_dominio, iur, iuv)


def _problem(status: int, title: str) -> Response:
    return as_json({"title": title, "status": status, "detail": title}, status)


def _pagato(nodo: Nodo, id_dominio: str, iur: str, iuv: str | None) -> Tentativo | None:
    """Find what was really paid under that IUR: with an RT there is no receipt of Biz-Events."""
    return next(
        (
            one
            for one in nodo.tentativi(id_dominio=id_dominio)
            if one.token == iur and iuv in {None, one.iuv} and one.stato is StatoTentativo.PAGATO
        ),
        None,
    )


def _receipt(nodo: Nodo, pagato: Tentativo, dati: PaymentPa | PaymentPaV2) -> dict[str, Any]:
    """Write a receipt flat (CtReceiptModelResponse), from the very message that the Nodo sends of it."""
    ente = nodo.anagrafica.enti[pagato.id_dominio]
    stazione = nodo.anagrafica.stazioni[ente.stazioni[Protocollo.V2]]
    messaggio = corrente.ricevuta_of(
        pagato,
        dati,
        corrente.Indirizzo(id_dominio=pagato.id_dominio, stazione=stazione),
        nodo.psp_of(pagato.iuv),
        versione=Protocollo.V2,
        stand_in=pagato.stand_in,
        now=pagato.aperto_il,
    )
    receipt = messaggio.receipt
    return {
        "receiptId": receipt.receipt_id,
        "noticeNumber": receipt.notice_number,
        "fiscalCode": receipt.fiscal_code,
        "outcome": receipt.outcome,
        "creditorReferenceId": receipt.creditor_reference_id,
        "paymentAmount": receipt.payment_amount,
        "description": receipt.description,
        "companyName": receipt.company_name,
        "debtor": _subject(receipt.debtor),
        "transferList": [_transfer(one) for one in receipt.transfer_list],
        "idPSP": receipt.id_psp,
        "pspFiscalCode": receipt.psp_fiscal_code,
        "pspCompanyName": receipt.psp_company_name,
        "idChannel": receipt.id_channel,
        "channelDescription": receipt.channel_description,
        "paymentMethod": receipt.payment_method,
        "fee": receipt.fee,
        "paymentDateTimeFormatted": receipt.payment_date_time,
        "paymentDateTime": receipt.application_date,
        "applicationDate": receipt.application_date,
        "transferDate": receipt.transfer_date,
    }


def _transfer(transfer: Any) -> dict[str, Any]:
    """Write a transfer: `iban` and `mbdAttachment` are both there, and one of them is empty."""
    from base64 import b64encode

    bollo = getattr(transfer, "mbd_attachment", None)
    return {
        "idTransfer": transfer.id_transfer,
        "transferAmount": transfer.transfer_amount,
        "fiscalCodePA": transfer.fiscal_code_pa,
        "iban": transfer.iban or "",
        "mbdAttachment": "" if bollo is None else b64encode(bollo).decode(),
        "remittanceInformation": transfer.remittance_information,
        "transferCategory": transfer.transfer_category,
    }


def _subject(subject: Subject) -> dict[str, str]:
    return {
        "entityUniqueIdentifierType": subject.unique_identifier.entity_unique_identifier_type,
        "entityUniqueIdentifierValue": subject.unique_identifier.entity_unique_identifier_value,
        "fullName": subject.full_name,
    }
