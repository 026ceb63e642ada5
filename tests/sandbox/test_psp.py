"""The PSP: what is typed, how it behaves, what a person sees."""

import threading

import pytest
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Response
from chalicelib.nodo.messages.pa_send_rt_v2 import PaSendRtV2Response
from chalicelib.nodo.messages.pa_verify_payment_notice import PaVerifyPaymentNoticeRes
from sandbox import sample
from sandbox.psp.codici import Codice, CodiceIllegibile, leggi
from sandbox.psp.pagine import Altrove
from sandbox.psp.psp import EsitoPagamento, Psp
from sandbox.psp.server import server
from sandbox.web.server import Response
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, fault

QR = f"PAGOPA|002|{AVVISO}|{sample.DOMINIO}|8500"


class TestCodice:
    def test_is_read_from_a_qr_code(self):
        assert leggi(QR) == Codice(numero_avviso=AVVISO, id_dominio=sample.DOMINIO, importo=IMPORTO)

    def test_has_no_amount_when_the_qr_code_has_none(self):
        assert leggi(QR.replace("8500", "00")).importo is None

    def test_is_read_as_it_is_printed_in_groups_of_four(self):
        scritto = " ".join(AVVISO[start : start + 4] for start in range(0, 18, 4))

        assert leggi(scritto, f" {sample.DOMINIO} ") == Codice(numero_avviso=AVVISO, id_dominio=sample.DOMINIO)

    @pytest.mark.parametrize(("testo", "ente"), [("", ""), ("123", sample.DOMINIO), (AVVISO, ""), (AVVISO, "1234")])
    def test_is_refused_in_words_that_help(self, testo, ente):
        with pytest.raises(CodiceIllegibile, match="inserire le"):
            leggi(testo, ente)


@pytest.fixture
def psp(nodo) -> Psp:
    return Psp(nodo, attesa=lambda _secondi: None)


class TestPaga:
    def paga(self, psp: Psp, comportamento: str, **altro):
        return psp.paga(AVVISO, sample.DOMINIO, comportamento=comportamento, **altro)

    def test_verifies_begins_and_delivers_the_receipt(self, psp, govpay):
        pagamento = self.paga(psp, "paga")

        assert (pagamento.esito, pagamento.importo, pagamento.risposte) == (EsitoPagamento.PAGATO, IMPORTO, ["OK"])
        assert govpay.operazioni == ["paVerifyPaymentNoticeReq", "paGetPaymentV2Request", "paSendRTV2Request"]

    def test_refuses_without_a_receipt(self, psp, govpay):
        pagamento = self.paga(psp, "rifiuta")

        assert (pagamento.esito, pagamento.ricevute) == (EsitoPagamento.NON_PAGATO, [])

    def test_ko_is_the_same_as_refusing(self, psp):
        assert psp.paga(AVVISO, sample.DOMINIO, esito="ko").esito is EsitoPagamento.NON_PAGATO

    def test_sends_the_same_receipt_twice(self, psp, govpay):
        buona = govpay.risposte["paSendRTV2Request"]
        risposte = iter([buona, PaSendRtV2Response(outcome="KO", fault=fault("PAA_RECEIPT_DUPLICATA"))])
        govpay.risposte["paSendRTV2Request"] = lambda: next(risposte)

        pagamento = self.paga(psp, "doppio-invio")

        assert pagamento.risposte == ["OK", "PAA_RECEIPT_DUPLICATA"]
        assert govpay.ricevuta(-1).receipt.receipt_id == govpay.ricevuta(-2).receipt.receipt_id

    def test_pays_after_a_ko_with_the_same_token(self, psp):
        pagamento = self.paga(psp, "ok-dopo-ko")

        assert (pagamento.esito, len(pagamento.token)) == (EsitoPagamento.PAGATO, 1)

    def test_pays_twice_for_real(self, psp, govpay):
        pagamento = self.paga(psp, "secondo-pagamento")

        assert {one.token for one in pagamento.ricevute} == set(pagamento.token)
        assert len(pagamento.token) == 2

    def test_pays_in_stand_in_what_the_qr_code_says(self, psp, govpay):
        pagamento = self.paga(psp, "stand-in", importo=Importo(6000))

        assert (pagamento.esito, pagamento.importo) == (EsitoPagamento.PAGATO, Importo(6000))
        assert govpay.operazioni == ["paSendRTV2Request"]

    def test_does_not_guess_the_amount_of_a_stand_in(self, psp):
        assert self.paga(psp, "stand-in").rifiuto.codice == "PPT_SEMANTICA"

    def test_gives_a_receipt_of_version_2_to_a_get_of_version_1(self, psp, govpay):
        self.paga(psp, "ricevuta-v2")

        assert govpay.operazioni == ["paVerifyPaymentNoticeReq", "paGetPaymentReq", "paSendRTV2Request"]

    def test_is_late_and_the_receipt_goes_later(self, nodo, govpay):
        ora, partita = threading.Event(), threading.Event()

        def attesa(_secondi: float) -> None:
            ora.wait(5)

        psp = Psp(nodo, attesa=attesa)
        buona = govpay.risposte["paSendRTV2Request"]

        def risposta():
            partita.set()
            return buona

        govpay.risposte["paSendRTV2Request"] = risposta

        pagamento = self.paga(psp, "ritarda", ritardo=60)

        assert pagamento.esito is EsitoPagamento.IN_ATTESA
        ora.set()
        assert partita.wait(5)

    def test_tells_why_the_ente_does_not_want_to_be_paid(self, psp, govpay):
        govpay.risposte["paGetPaymentV2Request"] = PaGetPaymentV2Response(
            outcome="KO", fault=fault("PAA_PAGAMENTO_DUPLICATO")
        )

        pagamento = self.paga(psp, "paga")

        assert (pagamento.esito, pagamento.rifiuto.originale) == (EsitoPagamento.RIFIUTATO, "PAA_PAGAMENTO_DUPLICATO")

    @pytest.mark.parametrize("altro", [{"comportamento": "boh"}, {"ritardo": 601}, {"esito": "forse"}])
    def test_refuses_what_it_cannot_do(self, psp, altro):
        with pytest.raises(ValueError):
            psp.paga(AVVISO, sample.DOMINIO, **altro)


@pytest.fixture
def sportello(psp):
    altrove = Altrove(govpay="http://govpay.example", nodo="http://nodo.example", gestionale="http://g.example")
    with server(psp, altrove=altrove) as running:
        yield running.url


class TestPagine:
    def test_ask_for_a_notice_with_labels_on_every_field(self, sportello):
        home = requests.get(sportello, timeout=5)

        assert '<html lang="it">' in home.text
        assert home.text.count("<label") >= home.text.count('<input type="text"')
        assert "default-src 'none'" in home.headers["Content-Security-Policy"]

    def test_show_who_is_paid_before_paying(self, sportello):
        conferma = requests.post(f"{sportello}/verifica", data={"codice": QR, "protocollo": "V2"}, timeout=5).text

        assert sample.DENOMINAZIONE in conferma
        assert "85,00 €" in conferma
        assert "3012 0260 0000 0042 44" in conferma

    def test_show_the_outcome_with_links(self, sportello):
        form = {"codice": AVVISO, "ente": sample.DOMINIO, "protocollo": "V2", "comportamento": "paga"}

        esito = requests.post(f"{sportello}/paga", data=form, timeout=5)

        assert esito.url == f"{sportello}/pagamenti/1"
        assert "Pagamento eseguito." in esito.text
        assert 'href="http://nodo.example"' in esito.text

    def test_say_what_to_do_with_a_code_that_is_none(self, sportello):
        risposta = requests.post(f"{sportello}/verifica", data={"codice": "<b>123"}, timeout=5)

        assert risposta.status_code == 400
        assert 'role="alert"' in risposta.text
        assert "<b>" not in risposta.text

    def test_speak_to_a_citizen_of_a_refusal(self, sportello, govpay):
        govpay.risposte["paVerifyPaymentNoticeReq"] = PaVerifyPaymentNoticeRes(
            outcome="KO", fault=fault("PAA_PAGAMENTO_DUPLICATO")
        )

        risposta = requests.post(f"{sportello}/verifica", data={"codice": QR}, timeout=5)

        assert "L&#x27;avviso risulta già pagato." in risposta.text

    def test_offer_stand_in_when_the_ente_is_down(self, sportello, govpay):
        govpay.risposte["paVerifyPaymentNoticeReq"] = Response(dropped=True)

        risposta = requests.post(f"{sportello}/verifica", data={"codice": QR, "protocollo": "V2"}, timeout=5)

        assert "Paga in Stand-In" in risposta.text


class TestJson:
    def test_pays_and_tells(self, sportello):
        risposta = requests.post(f"{sportello}/api/pagamenti", json={"codice": QR}, timeout=5)

        assert risposta.status_code == 201
        pagamento = risposta.json()
        assert (pagamento["esito"], pagamento["risposte"]) == ("PAGATO", ["OK"])
        assert '"importo": 85.00' in risposta.text
        assert requests.get(f"{sportello}/api/pagamenti/1", timeout=5).json() == pagamento

    def test_verifies(self, sportello):
        risposta = requests.post(f"{sportello}/api/verifica", json={"codice": QR}, timeout=5)

        assert risposta.json()["ente"] == sample.DENOMINAZIONE

    @pytest.mark.parametrize(
        "corpo",
        [
            {"codice": "x"},
            {"codice": QR, "protocollo": "V9"},
            {"codice": QR, "comportamento": "x"},
            {"codice": QR, "importo": "1.234"},
        ],
    )
    def test_refuses_what_it_cannot_read(self, sportello, corpo):
        assert requests.post(f"{sportello}/api/pagamenti", json=corpo, timeout=5).status_code == 400
