"""A GovPay of a few lines over loopback: it keeps what it is asked and answers what the test says."""

import base64
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from chalicelib.kernel.importo import Importo
from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.common import (
    EntityUniqueIdentifier,
    PaymentOptionDescription,
    PaymentOptionsDescriptionList,
    Subject,
    Transfer,
)
from chalicelib.nodo.messages.dati_pagamento import DatiPagamentoPa
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.intestazione_ppt import IntestazionePpt
from chalicelib.nodo.messages.nodo_invia_rpt import NodoInviaRpt
from chalicelib.nodo.messages.pa_get_payment import PaGetPaymentRes, PaymentPa
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Response, PaymentPaV2, TransferV2
from chalicelib.nodo.messages.pa_send_rt import PaSendRtReq, PaSendRtRes
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request, PaSendRtV2Response
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from chalicelib.nodo.messages.paa_attiva_rpt import PaaAttivaRptRisposta
from chalicelib.nodo.messages.paa_invia_rt import PaaInviaRt, PaaInviaRtRisposta
from chalicelib.nodo.messages.paa_verifica_rpt import PaaVerificaRptRisposta
from chalicelib.nodo.messages.rpt import DatiSingoloVersamento, DatiVersamento, Rpt, write_rpt
from chalicelib.nodo.messages.soggetti import (
    Dominio,
    EnteBeneficiario,
    IdentificativoUnivocoPersonaFG,
    IdentificativoUnivocoPersonaG,
    SoggettoPagatore,
)
from sandbox import sample
from sandbox.nodo import client
from sandbox.web.server import HttpServer, Request, Response, Routes, as_xml

AVVISO = "301202600000004244"
IUV = AVVISO[1:]
IMPORTO = Importo.parse("85.00")
CAUSALE = f"/RFB/{IUV}/85.00/TXT/Verbale"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

_DEBITORE = Subject(
    unique_identifier=EntityUniqueIdentifier(
        entity_unique_identifier_type="F", entity_unique_identifier_value="RSSLCU75D12F205C"
    ),
    full_name="Luca Rossetti",
)
_RATA: dict[str, Any] = {
    "id_transfer": 1,
    "transfer_amount": IMPORTO,
    "fiscal_code_pa": sample.DOMINIO,
    "iban": sample.IBAN,
    "remittance_information": CAUSALE,
    "transfer_category": "9/0101100IM/",
}
_PAGAMENTO: dict[str, Any] = {
    "creditor_reference_id": IUV,
    "payment_amount": IMPORTO,
    "due_date": date(2026, 12, 31),
    "description": "Verbale",
    "company_name": sample.DENOMINAZIONE,
    "debtor": _DEBITORE,
}
_CLASSICO = DatiPagamentoPa(
    importo_singolo_versamento=IMPORTO, iban_accredito=sample.IBAN, causale_versamento="Verbale"
)


def _risposte() -> dict[str, object]:
    opzione = PaymentOptionDescription(amount=IMPORTO, options="EQ", all_ccp=False)
    return {
        "paVerifyPaymentNoticeReq": PaVerifyPaymentNoticeRes(
            outcome="OK",
            payment_list=PaymentOptionsDescriptionList(payment_option_description=opzione),
            payment_description="Verbale",
            fiscal_code_pa=sample.DOMINIO,
            company_name=sample.DENOMINAZIONE,
        ),
        "paGetPaymentReq": PaGetPaymentRes(
            outcome="OK", data=PaymentPa(transfer_list=(Transfer(**_RATA),), **_PAGAMENTO)
        ),
        "paGetPaymentV2Request": PaGetPaymentV2Response(
            outcome="OK", data=PaymentPaV2(transfer_list=(TransferV2(**_RATA),), **_PAGAMENTO)
        ),
        "paSendRTReq": PaSendRtRes(outcome="OK"),
        "paSendRTV2Request": PaSendRtV2Response(outcome="OK"),
        "paaVerificaRPT": PaaVerificaRptRisposta(esito="OK", dati_pagamento_pa=_CLASSICO),
        "paaAttivaRPT": PaaAttivaRptRisposta(esito="OK", dati_pagamento_pa=_CLASSICO),
        "paaInviaRT": PaaInviaRtRisposta(esito="OK"),
    }


def fault(codice: str) -> FaultBean:
    return FaultBean(fault_code=codice, fault_string="rifiutato", id=sample.DOMINIO, description="dal test")


class GovPayFinto:
    """`risposte` is by the local name of the request: a message, bytes, a Response, or a function without arguments."""

    def __init__(self) -> None:
        self.risposte: dict[str, Any] = _risposte()
        self.richieste: list[soap.Envelope] = []
        self.autorizzazioni: list[str] = []
        # What happens when paaAttivaRPT has been answered: there GovPay sends its RPT.
        self.dopo_attiva: Callable[[IntestazionePpt], None] = lambda _testa: None
        routes = Routes()
        for path in (client.CCP, client.RT):
            routes.on("POST", path)(self._answer)
        self.server = HttpServer(routes)
        self.url = self.server.url

    def _answer(self, request: Request) -> Response:
        self.autorizzazioni.append(base64.b64decode(request.headers["authorization"].split()[1]).decode())
        busta = soap.read_envelope(request.body)
        self.richieste.append(busta)
        nome = busta.operation.tag.rpartition("}")[2]
        risposta = self.risposte[nome]
        if callable(risposta):
            risposta = risposta()
        if isinstance(risposta, Response):
            return risposta
        if nome == "paaAttivaRPT" and busta.header is not None:
            self.dopo_attiva(binding.read(IntestazionePpt, busta.header[0]))
        body = risposta if isinstance(risposta, bytes) else soap.write_envelope(None, binding.write(risposta))
        return as_xml(body)

    @property
    def operazioni(self) -> list[str]:
        return [busta.operation.tag.rpartition("}")[2] for busta in self.richieste]

    def ricevuta(self, numero: int = -1) -> PaSendRtReq | PaSendRtV2Request | PaaInviaRt:
        """Give the receipt delivered last, read."""
        lette = [busta.operation for busta in self.richieste if "RT" in busta.operation.tag.rpartition("}")[2][-12:]]
        elemento = lette[numero]
        classi = {"paSendRTReq": PaSendRtReq, "paSendRTV2Request": PaSendRtV2Request, "paaInviaRT": PaaInviaRt}
        return binding.read(classi[elemento.tag.rpartition("}")[2]], elemento)


def an_rpt(ccp: str, *, importo: Importo = IMPORTO, iban: str = sample.IBAN) -> Rpt:
    return Rpt(
        versione_oggetto="6.2.0",
        dominio=Dominio(identificativo_dominio=sample.DOMINIO, identificativo_stazione_richiedente=sample.STAZIONE_V1),
        identificativo_messaggio_richiesta="messaggio1",
        data_ora_messaggio_richiesta=NOW,
        autenticazione_soggetto="N/A",
        soggetto_pagatore=SoggettoPagatore(
            identificativo_univoco_pagatore=IdentificativoUnivocoPersonaFG(
                tipo_identificativo_univoco="F", codice_identificativo_univoco="RSSLCU75D12F205C"
            ),
            anagrafica_pagatore="Luca Rossetti",
        ),
        ente_beneficiario=EnteBeneficiario(
            identificativo_univoco_beneficiario=IdentificativoUnivocoPersonaG(
                tipo_identificativo_univoco="G", codice_identificativo_univoco=sample.DOMINIO
            ),
            denominazione_beneficiario=sample.DENOMINAZIONE,
        ),
        dati_versamento=DatiVersamento(
            data_esecuzione_pagamento=date(2026, 11, 24),
            importo_totale_da_versare=IMPORTO,
            tipo_versamento="PO",
            identificativo_univoco_versamento=IUV,
            codice_contesto_pagamento=ccp,
            firma_ricevuta="0",
            dati_singolo_versamento=(
                DatiSingoloVersamento(
                    importo_singolo_versamento=importo,
                    iban_accredito=iban,
                    causale_versamento=CAUSALE,
                    dati_specifici_riscossione="9/0101100IM/",
                ),
            ),
        ),
    )


def an_invio(rpt: Rpt, *, ccp: str, password: str = sample.STAZIONE_PASSWORD, **testa: str) -> bytes:
    """Give the envelope of nodoInviaRPT; `testa` changes the header."""
    header = {
        "identificativo_intermediario_pa": sample.INTERMEDIARIO,
        "identificativo_stazione_intermediario_pa": sample.STAZIONE_V1,
        "identificativo_dominio": sample.DOMINIO,
        "identificativo_univoco_versamento": IUV,
        "codice_contesto_pagamento": ccp,
    } | testa
    body = NodoInviaRpt(
        password=password,
        identificativo_psp="BSNDIT2T",
        identificativo_intermediario_psp="00998877665",
        identificativo_canale="00998877665_07",
        rpt=write_rpt(rpt),
    )
    return soap.write_envelope(binding.write(IntestazionePpt(**header)), binding.write(body))
