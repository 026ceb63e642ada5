"""What we answer to the Nodo about a position that may be paid."""

import base64
from datetime import date

from chalicelib.kernel.identifiers import is_iban_postale
from chalicelib.nodo.messages import common, dati_pagamento, pa_get_payment, pa_get_payment_v2
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from chalicelib.nodo.testi import debtor, ente_beneficiario, testo, testo_pieno
from chalicelib.pagamenti.model import Rpp, VoceRichiesta
from chalicelib.pagamenti.operations import Pagabile
from chalicelib.pendenze.model import Pendenza

# dueDate is mandatory, and a pendenza may have none: a day that nobody will meet.
SENZA_SCADENZA = date(2099, 12, 31)
POSTAL = "POSTAL"


def verificata(pagabile: Pagabile) -> PaVerifyPaymentNoticeRes:
    pendenza = pagabile.pendenza
    option = common.PaymentOptionDescription(
        amount=pendenza.importo,
        options="EQ",
        due_date=scadenza(pendenza),
        detail_description=testo(pendenza.causale, 140),
        all_ccp=all(_has_iban_postale(voce) for voce in pendenza.voci),
    )
    return PaVerifyPaymentNoticeRes(
        outcome="OK",
        payment_list=common.PaymentOptionsDescriptionList(payment_option_description=option),
        payment_description=testo_pieno(pendenza.causale, 140, otherwise=pendenza.id_pendenza),
        fiscal_code_pa=pendenza.id_dominio,
        company_name=_company(pagabile),
        office_name=_office(pagabile),
    )


def dati_pagamento_pa(pagabile: Pagabile, voce: VoceRichiesta, rpp_ente: Rpp | None) -> dati_pagamento.DatiPagamentoPa:
    """Give what the classic primitives answer: one voce, its IBAN, its causale."""
    return dati_pagamento.DatiPagamentoPa(
        importo_singolo_versamento=voce.importo,
        iban_accredito=voce.iban_accredito or "",
        bic_accredito=voce.bic_accredito,
        ente_beneficiario=None if rpp_ente is None else ente_beneficiario(rpp_ente.ente),
        causale_versamento=testo_pieno(pagabile.pendenza.causale, 140, otherwise=pagabile.pendenza.id_pendenza),
    )


def scadenza(pendenza: Pendenza) -> date:
    return pendenza.data_validita or pendenza.data_scadenza or SENZA_SCADENZA


def payment(pagabile: Pagabile, rpp: Rpp, *, transfer_type: str | None) -> pa_get_payment.PaymentPa:
    return pa_get_payment.PaymentPa(
        creditor_reference_id=rpp.iuv,
        payment_amount=rpp.importo,
        due_date=scadenza(pagabile.pendenza),
        description=testo_pieno(pagabile.pendenza.causale, 140, otherwise=rpp.iuv),
        company_name=_company(pagabile),
        office_name=_office(pagabile),
        debtor=debtor(rpp.pagatore),
        transfer_list=tuple(
            common.Transfer(
                id_transfer=voce.indice,
                transfer_amount=voce.importo,
                fiscal_code_pa=voce.id_dominio,
                iban=_iban(voce, transfer_type) or "",
                remittance_information=testo_pieno(voce.causale, 140, otherwise=rpp.iuv),
                transfer_category=testo_pieno(voce.dati_specifici_riscossione, 140, otherwise="9/ND"),
            )
            for voce in rpp.voci
        ),
    )


def payment_v2(pagabile: Pagabile, rpp: Rpp, *, transfer_type: str | None) -> pa_get_payment_v2.PaymentPaV2:
    return pa_get_payment_v2.PaymentPaV2(
        creditor_reference_id=rpp.iuv,
        payment_amount=rpp.importo,
        due_date=scadenza(pagabile.pendenza),
        description=testo_pieno(pagabile.pendenza.causale, 140, otherwise=rpp.iuv),
        company_name=_company(pagabile),
        office_name=_office(pagabile),
        debtor=debtor(rpp.pagatore),
        transfer_list=tuple(_transfer_v2(voce, rpp, transfer_type) for voce in rpp.voci),
    )


def _transfer_v2(voce: VoceRichiesta, rpp: Rpp, transfer_type: str | None) -> pa_get_payment_v2.TransferV2:
    bollo = voce.bollo
    return pa_get_payment_v2.TransferV2(
        id_transfer=voce.indice,
        transfer_amount=voce.importo,
        fiscal_code_pa=voce.id_dominio,
        iban=None if bollo is not None else _iban(voce, transfer_type),
        richiesta_marca_da_bollo=None
        if bollo is None
        else common.RichiestaMarcaDaBollo(
            hash_documento=base64.b64decode(bollo.hash_documento),
            tipo_bollo=bollo.tipo,
            provincia_residenza=bollo.provincia_residenza,
        ),
        remittance_information=testo_pieno(voce.causale, 140, otherwise=rpp.iuv),
        transfer_category=testo_pieno(voce.dati_specifici_riscossione, 140, otherwise="9/ND"),
    )


def _iban(voce: VoceRichiesta, transfer_type: str | None) -> str | None:
    """Give the account to credit: the postal one, if there is one, when the PSP asks for it."""
    if transfer_type == POSTAL and voce.iban_appoggio and is_iban_postale(voce.iban_appoggio):
        return voce.iban_appoggio
    return voce.iban_accredito


def _has_iban_postale(voce: object) -> bool:
    ibans = (getattr(voce, "iban_accredito", None), getattr(voce, "iban_appoggio", None))
    return any(iban and is_iban_postale(iban) for iban in ibans)


def _company(pagabile: Pagabile) -> str:
    return testo_pieno(pagabile.dominio.dominio.ragione_sociale, 140, otherwise=pagabile.pendenza.id_dominio)


def _office(pagabile: Pagabile) -> str | None:
    unita = pagabile.dominio.unita.get(pagabile.pendenza.id_unita_operativa)
    return None if unita is None else testo(unita.ragione_sociale, 140)
