"""Messages of the Nodo that bring an outcome, read into the one model of the ricevuta."""

import base64
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.pa_send_rt import PaSendRtReq
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request
from chalicelib.nodo.messages.rt import DatiSingoloPagamento, Rt
from chalicelib.nodo.soap import MessaggioIllegibile, read_document
from chalicelib.nodo.testi import (
    ente_of_beneficiario,
    istituto_of_attestante,
    soggetto_of_pagatore,
    soggetto_of_subject,
    soggetto_of_versante,
)
from chalicelib.pagamenti.model import Ente, EsitoPagamento, Formato, Istituto, Ricevuta, VocePagata

_MARCA_DA_BOLLO = "http://www.agenziaentrate.gov.it/2014/MarcaDaBollo"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"


def ricevuta_of_rt(rt: Rt, header: IntestazionePpt, *, originale: str, sha256: str, now: datetime) -> Ricevuta:
    """Read an RT. Its key is the header's: whether the document agrees is a rule of pagamenti."""
    dati = rt.dati_pagamento
    return Ricevuta(
        formato=Formato.RPT,
        id_dominio=header.identificativo_dominio,
        iuv=header.identificativo_univoco_versamento,
        ccp=header.codice_contesto_pagamento,
        id_ricevuta=header.codice_contesto_pagamento,
        esito=EsitoPagamento.of_codice(dati.codice_esito_pagamento),
        importo=dati.importo_totale_pagato,
        istituto=istituto_of_attestante(rt.istituto_attestante),
        ente=ente_of_beneficiario(rt.ente_beneficiario),
        pagatore=soggetto_of_pagatore(rt.soggetto_pagatore),
        versante=soggetto_of_versante(rt.soggetto_versante),
        voci=tuple(
            _voce_of_rt(indice, voce, rt.dominio.identificativo_dominio)
            for indice, voce in enumerate(dati.dati_singolo_pagamento, 1)
        ),
        ricevuta=now,
        originale=originale,
        sha256=sha256,
        id_messaggio=rt.identificativo_messaggio_ricevuta,
        data_messaggio=rt.data_ora_messaggio_ricevuta,
        riferimento_messaggio=rt.riferimento_messaggio_richiesta,
        riferimento_data=rt.riferimento_data_richiesta,
        id_stazione=header.identificativo_stazione_intermediario_pa,
        id_psp=rt.istituto_attestante.identificativo_univoco_attestante.codice_identificativo_univoco,
        data_pagamento=rt.data_ora_messaggio_ricevuta,
    )


def _voce_of_rt(indice: int, voce: DatiSingoloPagamento, id_dominio: str) -> VocePagata:
    allegato = voce.allegato_ricevuta
    return VocePagata(
        indice=indice,
        id_dominio=id_dominio,
        importo=voce.singolo_importo_pagato,
        iur=voce.identificativo_univoco_riscossione,
        causale=voce.causale_versamento,
        dati_specifici_riscossione=voce.dati_specifici_riscossione,
        data=voce.data_esito_singolo_pagamento,
        esito=voce.esito_singolo_pagamento,
        commissioni_psp=voce.commissioni_applicate_psp,
        commissioni_pa=voce.commissioni_applicate_pa,
        tipo_allegato=None if allegato is None else allegato.tipo_allegato_ricevuta,
        allegato=None if allegato is None else base64.b64encode(allegato.testo_allegato).decode(),
        impronta_bollo=None if allegato is None else impronta_of(allegato.testo_allegato),
    )


def differenze(rt: Rt, header: IntestazionePpt) -> list[str]:
    """List where the key inside an RT is not the key of its header."""
    pairs = (
        ("identificativoDominio", rt.dominio.identificativo_dominio, header.identificativo_dominio),
        (
            "identificativoUnivocoVersamento",
            rt.dati_pagamento.identificativo_univoco_versamento,
            header.identificativo_univoco_versamento,
        ),
        (
            "CodiceContestoPagamento",
            rt.dati_pagamento.codice_contesto_pagamento,
            header.codice_contesto_pagamento,
        ),
    )
    return [
        f"{name}: nella RT {inside}, nell'intestazione {outside}"
        for name, inside, outside in pairs
        if inside != outside
    ]


def ricevuta_of_receipt(
    request: PaSendRtReq | PaSendRtV2Request, *, originale: str, sha256: str, now: datetime
) -> Ricevuta:
    """Read a receipt of either version. The payment token is its id, its ccp and the IUR of every voce."""
    receipt = request.receipt
    formato = Formato.V2 if isinstance(request, PaSendRtV2Request) else Formato.V1
    moment = receipt.payment_date_time or now
    return Ricevuta(
        formato=formato,
        id_dominio=receipt.fiscal_code,
        iuv=receipt.creditor_reference_id,
        ccp=receipt.receipt_id,
        id_ricevuta=receipt.receipt_id,
        esito=EsitoPagamento.ESEGUITO if receipt.outcome == "OK" else EsitoPagamento.NON_ESEGUITO,
        importo=receipt.payment_amount,
        istituto=Istituto(
            tipo="G",
            codice=receipt.psp_fiscal_code or receipt.psp_partita_iva or receipt.id_psp,
            denominazione=receipt.psp_company_name,
        ),
        ente=Ente(
            id_dominio=receipt.fiscal_code,
            denominazione=receipt.company_name,
            denominazione_unita=receipt.office_name,
        ),
        pagatore=soggetto_of_subject(receipt.debtor),
        versante=None if receipt.payer is None else soggetto_of_subject(receipt.payer),
        voci=_voci_of_receipt(receipt, moment),
        ricevuta=now,
        originale=originale,
        sha256=sha256,
        id_messaggio=receipt.receipt_id,
        data_messaggio=moment,
        id_stazione=request.id_station,
        numero_avviso=receipt.notice_number,
        descrizione=receipt.description,
        id_psp=receipt.id_psp,
        id_canale=receipt.id_channel,
        descrizione_canale=receipt.channel_description,
        metodo=receipt.payment_method,
        payment_note=getattr(receipt, "payment_note", None),
        commissioni=receipt.fee,
        data_pagamento=receipt.payment_date_time,
        data_applicazione=receipt.application_date,
        data_trasferimento=receipt.transfer_date,
        stand_in=bool(receipt.stand_in),
    )


def _voci_of_receipt(receipt: Any, moment: datetime) -> tuple[VocePagata, ...]:
    """Read the transfers. If two share an idTransfer they are told apart by their place: each is money of its own."""
    voci = tuple(_voce_of_transfer(transfer, receipt, moment) for transfer in receipt.transfer_list)
    if len({voce.indice for voce in voci}) == len(voci):
        return voci
    return tuple(replace(voce, indice=place) for place, voce in enumerate(voci, 1))


def _voce_of_transfer(transfer: Any, receipt: Any, moment: datetime) -> VocePagata:
    bollo = getattr(transfer, "mbd_attachment", None)
    importo: Importo = transfer.transfer_amount
    return VocePagata(
        indice=transfer.id_transfer,
        id_dominio=transfer.fiscal_code_pa,
        importo=importo,
        iur=receipt.receipt_id,
        causale=transfer.remittance_information,
        dati_specifici_riscossione=transfer.transfer_category,
        data=receipt.application_date or rome_day(moment),
        esito="ESEGUITO" if receipt.outcome == "OK" else "NON ESEGUITO",
        iban=transfer.iban,
        tipo_allegato=None if bollo is None else "BD",
        allegato=None if bollo is None else base64.b64encode(bollo).decode(),
        impronta_bollo=None if bollo is None else impronta_of(bollo),
    )


def impronta_of(allegato: bytes) -> str | None:
    """Give the digest (base64) of the document that a marca da bollo was bought for, None where it cannot be read.

    What cannot be read is no reason to refuse the money: the rules of pagamenti flag it.
    """
    try:
        root = read_document(allegato)
    except MessaggioIllegibile:
        return None
    digest = root.findtext(f"{{{_MARCA_DA_BOLLO}}}ImprontaDocumento/{{{_DSIG}}}DigestValue")
    return digest.strip() or None if digest else None
