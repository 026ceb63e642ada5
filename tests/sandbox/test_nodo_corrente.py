"""The Nodo speaks paForNode."""

import threading

import pytest

from chalicelib.nodo.messages.pa_send_rt import PaSendRtReq, PaSendRtRes
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Request, PaSendRtV2Response
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from sandbox import sample
from sandbox.nodo import client
from sandbox.nodo.model import Protocollo, Rifiuto, StatoRicevuta
from sandbox.web.server import Response
from tests.sandbox.conftest import a_nodo
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, IUV, fault


def avviso(protocollo: Protocollo = Protocollo.V2):
    return {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": protocollo}


class TestVerifica:
    def test_tells_what_is_due_and_to_whom(self, nodo, govpay):
        posizione = nodo.verifica(**avviso())

        assert (posizione.importo, posizione.causale, posizione.ente) == (IMPORTO, "Verbale", sample.DENOMINAZIONE)
        assert govpay.autorizzazioni == [f"{sample.NODO_PRINCIPAL}:{sample.NODO_PASSWORD}"]

    def test_names_the_code_of_the_ente_behind_that_of_the_nodo(self, nodo, govpay):
        govpay.risposte["paVerifyPaymentNoticeReq"] = PaVerifyPaymentNoticeRes(
            outcome="KO", fault=fault("PAA_PAGAMENTO_SCADUTO")
        )

        with pytest.raises(Rifiuto) as refused:
            nodo.verifica(**avviso())

        assert (refused.value.codice, refused.value.originale) == ("PPT_ERRORE_EMESSO_DA_PAA", "PAA_PAGAMENTO_SCADUTO")

    def test_refuses_an_ente_that_is_not_registered(self, nodo):
        with pytest.raises(Rifiuto, match="99999999999"):
            nodo.verifica(id_dominio="99999999999", numero_avviso=AVVISO, protocollo=Protocollo.V2)

    def test_refuses_what_is_no_notice_number(self, nodo):
        with pytest.raises(Rifiuto, match="18 cifre"):
            nodo.verifica(id_dominio=sample.DOMINIO, numero_avviso="123", protocollo=Protocollo.V2)

    @pytest.mark.parametrize(
        ("risposta", "codice"),
        [
            (b"<soapenv:Envelope", "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"),
            (
                PaVerifyPaymentNoticeRes(outcome="OK", fault=fault("PAA_SEMANTICA")),
                "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE",
            ),
            (PaVerifyPaymentNoticeRes(outcome="KO"), "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"),
            (PaVerifyPaymentNoticeRes(outcome="OK"), "PPT_STAZIONE_INT_PA_ERRORE_RESPONSE"),
            (Response(status=401, body=b"no"), "PPT_STAZIONE_INT_PA_SERVIZIO_NONATTIVO"),
            (Response(dropped=True), "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE"),
        ],
    )
    def test_names_what_is_wrong_with_an_answer(self, nodo, govpay, risposta, codice):
        govpay.risposte["paVerifyPaymentNoticeReq"] = risposta

        with pytest.raises(Rifiuto) as refused:
            nodo.verifica(**avviso())

        assert refused.value.codice == codice

    def test_does_not_wait_longer_than_the_nodo_would(self, nodo, govpay, monkeypatch):
        monkeypatch.setattr(client, "SECONDI_RICHIESTA", 0.1)
        finished = threading.Event()
        govpay.risposte["paVerifyPaymentNoticeReq"] = lambda: finished.wait(5) and Response(status=503)

        with pytest.raises(Rifiuto) as refused:
            nodo.verifica(**avviso())

        finished.set()
        assert refused.value.codice == "PPT_STAZIONE_INT_PA_TIMEOUT"

    def test_says_when_nobody_listens(self, govpay):
        nodo = a_nodo("http://127.0.0.1:1")

        with pytest.raises(Rifiuto) as refused:
            nodo.verifica(**avviso())

        assert refused.value.codice == "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE"


class TestAttiva:
    def test_lets_nobody_else_begin_while_a_payment_is_open(self, nodo, govpay):
        nodo.attiva(**avviso())

        with pytest.raises(Rifiuto) as refused:
            nodo.attiva(**avviso())

        assert refused.value.codice == "PPT_PAGAMENTO_IN_CORSO"
        assert govpay.operazioni == ["paGetPaymentV2Request"]

    def test_lets_another_begin_once_the_time_is_over(self, nodo):
        primo = nodo.attiva(**avviso())
        nodo.scade(primo.token)

        assert nodo.attiva(**avviso()).token != primo.token

    def test_forgets_a_payment_that_the_ente_refused(self, nodo, govpay):
        buona = govpay.risposte["paGetPaymentV2Request"]
        govpay.risposte["paGetPaymentV2Request"] = Response(dropped=True)
        with pytest.raises(Rifiuto):
            nodo.attiva(**avviso())
        govpay.risposte["paGetPaymentV2Request"] = buona

        assert nodo.attiva(**avviso()).importo == IMPORTO


class TestPaga:
    @pytest.mark.parametrize(
        ("protocollo", "classe"), [(Protocollo.V1, PaSendRtReq), (Protocollo.V2, PaSendRtV2Request)]
    )
    def test_delivers_the_receipt_of_its_version(self, nodo, govpay, protocollo, classe):
        tentativo = nodo.attiva(**avviso(protocollo))

        ricevuta = nodo.paga(tentativo.token)

        inviata = govpay.ricevuta()
        assert isinstance(inviata, classe)
        receipt = inviata.receipt
        assert (receipt.receipt_id, receipt.payment_amount, receipt.creditor_reference_id) == (
            tentativo.token, IMPORTO, IUV,
        )  # fmt: skip
        assert receipt.transfer_list[0].iban == sample.IBAN
        assert (ricevuta.stato, ricevuta.esito) == (StatoRicevuta.CONSEGNATA, "OK")

    def test_may_follow_a_get_of_version_1_with_a_receipt_of_version_2(self, nodo, govpay):
        tentativo = nodo.attiva(**avviso(Protocollo.V1))

        nodo.paga(tentativo.token, versione=Protocollo.V2)

        assert govpay.operazioni == ["paGetPaymentReq", "paSendRTV2Request"]

    def test_sends_nothing_of_a_payment_that_failed(self, nodo, govpay):
        tentativo = nodo.attiva(**avviso())

        assert nodo.annulla(tentativo.token) is None
        assert govpay.operazioni == ["paGetPaymentV2Request"]

    def test_pays_in_stand_in_without_asking(self, nodo, govpay):
        nodo.stand_in(id_dominio=sample.DOMINIO, numero_avviso=AVVISO, importo=IMPORTO, causale="Verbale")

        assert govpay.operazioni == ["paSendRTV2Request"]
        assert govpay.ricevuta().receipt.stand_in is True

    def test_refuses_a_token_that_does_not_exist(self, nodo):
        with pytest.raises(Rifiuto) as refused:
            nodo.paga("f" * 32)

        assert refused.value.codice == "PPT_TOKEN_SCONOSCIUTO"


class TestConsegne:
    def test_send_again_until_it_is_taken_in(self, nodo, govpay):
        buona = govpay.risposte["paSendRTV2Request"]
        govpay.risposte["paSendRTV2Request"] = Response(dropped=True)
        ricevuta = nodo.paga(nodo.attiva(**avviso()).token)
        assert (ricevuta.stato, ricevuta.esito) == (StatoRicevuta.DA_INVIARE, "PPT_STAZIONE_INT_PA_IRRAGGIUNGIBILE")
        govpay.risposte["paSendRTV2Request"] = buona

        assert nodo.consegne.reinvia() == [ricevuta]
        assert nodo.consegne.reinvia() == []
        assert (ricevuta.stato, ricevuta.invii) == (StatoRicevuta.CONSEGNATA, 2)

    def test_take_a_duplicate_for_delivered(self, nodo, govpay):
        govpay.risposte["paSendRTV2Request"] = PaSendRtV2Response(outcome="KO", fault=fault("PAA_RECEIPT_DUPLICATA"))

        ricevuta = nodo.paga(nodo.attiva(**avviso()).token)

        assert (ricevuta.stato, ricevuta.esito) == (StatoRicevuta.CONSEGNATA, "PAA_RECEIPT_DUPLICATA")

    def test_keep_one_that_was_refused(self, nodo, govpay):
        govpay.risposte["paSendRTReq"] = PaSendRtRes(outcome="KO", fault=fault("PAA_RPT_SCONOSCIUTA"))

        ricevuta = nodo.paga(nodo.attiva(**avviso(Protocollo.V1)).token)

        assert ricevuta.stato is StatoRicevuta.RIFIUTATA
        assert nodo.consegne.reinvia() == [ricevuta]

    def test_give_up_as_the_nodo_does(self, nodo, govpay):
        govpay.risposte["paSendRTV2Request"] = Response(dropped=True)
        ricevuta = nodo.paga(nodo.attiva(**avviso()).token)
        ricevuta.invii = 48

        assert nodo.consegne.reinvia() == []
