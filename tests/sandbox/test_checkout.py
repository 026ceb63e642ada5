"""Checkout: the cart as the ente sends it, and what the payer does with it."""

import threading

import pytest
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.nodo.messages.pa_get_payment_v2 import PaGetPaymentV2Response
from sandbox import sample
from sandbox.checkout import checkout as model
from sandbox.checkout.checkout import Checkout, Stato
from sandbox.checkout.richiesta import leggi
from sandbox.checkout.server import EC_PATH, server
from sandbox.nodo.model import StatoRicevuta, StatoTentativo
from sandbox.nodo.spedizione import Partenza, Quando
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, fault

ALTRO_AVVISO = "301202600000004345"
RITORNI = {
    "returnOkUrl": "http://ente.example/torna?esito=OK",
    "returnCancelUrl": "http://ente.example/torna?esito=ANNULLO",
    "returnErrorUrl": "http://ente.example/torna?esito=ERRORE",
}
CHIAVE = {"Ocp-Apim-Subscription-Key": sample.CHECKOUT_KEY}


def a_notice(**altro):
    return {
        "noticeNumber": AVVISO,
        "fiscalCode": sample.DOMINIO,
        "amount": 8500,
        "companyName": sample.DENOMINAZIONE,
        "description": "Verbale",
    } | altro


def a_cart(**altro):
    avvisi = [a_notice(), a_notice(noticeNumber=ALTRO_AVVISO)]
    return {"paymentNotices": avvisi, "returnUrls": RITORNI, "idCart": "carrello-1", "allCCP": False} | altro


@pytest.fixture
def checkout(nodo) -> Checkout:
    return Checkout(nodo, chiave=sample.CHECKOUT_KEY, attesa=lambda _secondi: None)


@pytest.fixture
def sito(checkout):
    with server(checkout) as running:
        yield running.url


def post(sito, cart, headers=CHIAVE):
    return requests.post(f"{sito}{EC_PATH}/carts", json=cart, headers=headers, timeout=5, allow_redirects=False)


class TestCarts:
    def test_sends_the_payer_to_its_page(self, sito):
        creato = post(sito, a_cart())

        pagina = requests.get(creato.headers["Location"], timeout=5)
        assert creato.status_code == 302
        assert "170,00 €" in pagina.text

    def test_wants_the_key(self, sito):
        assert post(sito, a_cart(), headers={}).status_code == 401

    @pytest.mark.parametrize(
        ("cart", "campo"),
        [
            (a_cart(paymentNotices=[]), "paymentNotices"),
            (a_cart(paymentNotices=[a_notice()] * 6), "paymentNotices"),
            (a_cart(paymentNotices=[a_notice(noticeNumber="1")]), "noticeNumber"),
            (a_cart(paymentNotices=[a_notice(fiscalCode="1")]), "fiscalCode"),
            (a_cart(paymentNotices=[a_notice(amount=0)]), "amount"),
            (a_cart(paymentNotices=[a_notice(amount="85.00")]), "amount"),
            (a_cart(paymentNotices=[a_notice(companyName="x" * 141)]), "companyName"),
            (a_cart(paymentNotices=[a_notice(description=None)]), "description"),
            (a_cart(returnUrls={}), "returnOkUrl"),
            (a_cart(returnUrls=RITORNI | {"returnErrorUrl": "torna.html"}), "returnErrorUrl"),
            (a_cart(allCCP="false"), "allCCP"),
            (a_cart(emailNotice="boh"), "emailNotice"),
        ],
    )
    def test_names_the_field_it_refuses(self, sito, checkout, cart, campo):
        rifiutato = post(sito, cart)

        assert (rifiutato.status_code, rifiutato.json()["status"]) == (400, 400)
        assert campo in rifiutato.json()["detail"]
        assert checkout.tutti() == []

    @pytest.mark.parametrize(("guasto", "status"), [(model.NON_VALIDA, 400), (model.ERRORE, 500)])
    def test_refuses_on_demand(self, sito, guasto, status):
        requests.post(f"{sito}/api/guasti", json={"nome": guasto, "volte": 1}, timeout=5)

        assert [post(sito, a_cart()).status_code for _ in range(2)] == [status, 302]

    @pytest.mark.parametrize(("guasto", "creati"), [(model.IRRAGGIUNGIBILE, 0), (model.PERSA, 1)])
    def test_says_nothing_on_demand_with_the_cart_made_or_not(self, sito, checkout, guasto, creati):
        checkout.guasti.accendi(guasto)

        with pytest.raises(requests.ConnectionError):
            post(sito, a_cart())

        assert len(checkout.tutti()) == creati

    def test_answers_slowly_on_demand(self, nodo):
        attese = []
        checkout = Checkout(nodo, attesa=attese.append)
        checkout.guasti.accendi(model.LENTA)

        with server(checkout) as running:
            assert post(running.url, a_cart()).status_code == 302

        assert attese == [model.SECONDI_LENTA]

    def test_has_faults_by_name_only(self, sito):
        assert requests.post(f"{sito}/api/guasti", json={"nome": "boh"}, timeout=5).status_code == 400


class TestPaga:
    def carrello(self, checkout):
        return checkout.apre(leggi(a_cart()))

    def test_asks_the_ente_for_every_notice_with_the_id_of_the_cart(self, checkout, govpay):
        checkout.attiva(self.carrello(checkout))

        richieste = [busta.operation for busta in govpay.richieste]
        assert govpay.operazioni == ["paGetPaymentV2Request"] * 2
        assert [one.findtext("paymentNote") for one in richieste] == ["carrello-1"] * 2
        assert [one.findtext("qrCode/noticeNumber") for one in richieste] == [AVVISO, ALTRO_AVVISO]

    def test_sends_a_receipt_for_every_notice_before_the_payer_is_back(self, checkout, govpay):
        carrello = self.carrello(checkout)

        assert checkout.paga(carrello)

        assert govpay.operazioni[2:] == ["paSendRTV2Request"] * 2
        assert {one.esito for one in carrello.ricevute} == {"OK"}
        assert govpay.ricevuta().receipt.payment_note == "carrello-1"
        assert carrello.ritorno == RITORNI["returnOkUrl"]

    def test_sends_the_receipts_after_the_payer_is_back(self, nodo, govpay):
        torna, partite = threading.Event(), threading.Event()
        checkout = Checkout(nodo, attesa=lambda _secondi: torna.wait(5))
        carrello, buona = self.carrello(checkout), govpay.risposte["paSendRTV2Request"]

        def risposta():
            partite.set()
            return buona

        govpay.risposte["paSendRTV2Request"] = risposta

        assert checkout.paga(carrello, Partenza(Quando.DOPO, 60))

        assert carrello.stato is Stato.PAGATO
        assert not partite.is_set()
        torna.set()
        assert partite.wait(5)

    def test_loses_the_receipts_until_they_are_sent_by_hand(self, checkout, nodo, govpay):
        carrello = self.carrello(checkout)

        checkout.paga(carrello, Partenza(Quando.PERSE))

        assert {one.stato for one in carrello.ricevute} == {StatoRicevuta.DA_INVIARE}
        assert len(nodo.consegne.reinvia()) == 2
        assert {one.stato for one in carrello.ricevute} == {StatoRicevuta.CONSEGNATA}

    def test_loses_a_receipt_by_the_fault_of_the_nodo(self, checkout, nodo):
        carrello = self.carrello(checkout)
        nodo.guasti.accendi("ricevuta-persa", volte=1)

        checkout.paga(carrello)

        assert [one.stato for one in carrello.ricevute] == [StatoRicevuta.DA_INVIARE, StatoRicevuta.CONSEGNATA]

    def test_pays_once(self, checkout, govpay):
        carrello = self.carrello(checkout)

        assert [checkout.paga(carrello), checkout.paga(carrello)] == [True, False]
        assert govpay.operazioni.count("paSendRTV2Request") == 2

    def test_refuses_and_frees_the_notices(self, checkout, nodo):
        carrello = self.carrello(checkout)
        checkout.attiva(carrello)

        assert checkout.rifiuta(carrello)

        assert carrello.ritorno == RITORNI["returnErrorUrl"]
        assert {one.stato for one in nodo.tentativi()} == {StatoTentativo.NON_PAGATO}
        assert carrello.ricevute == []

    def test_is_given_up_without_asking_the_ente(self, checkout, govpay):
        carrello = self.carrello(checkout)

        assert checkout.annulla(carrello)

        assert carrello.ritorno == RITORNI["returnCancelUrl"]
        assert govpay.operazioni == []

    def test_pays_all_or_nothing(self, checkout, nodo, govpay):
        buona = govpay.risposte["paGetPaymentV2Request"]
        ko = PaGetPaymentV2Response(outcome="KO", fault=fault("PAA_PAGAMENTO_DUPLICATO"))
        risposte = iter([buona, ko])
        govpay.risposte["paGetPaymentV2Request"] = lambda: next(risposte)
        carrello = self.carrello(checkout)

        assert not checkout.paga(carrello)

        assert (carrello.stato, carrello.rifiuto.originale) == (Stato.NON_PAGABILE, "PAA_PAGAMENTO_DUPLICATO")
        assert {one.stato for one in nodo.tentativi()} == {StatoTentativo.NON_PAGATO}

    def test_pays_what_the_ente_says_is_due(self, checkout):
        carrello = checkout.apre(leggi(a_cart(paymentNotices=[a_notice(amount=1)])))

        checkout.attiva(carrello)

        assert carrello.totale == IMPORTO

    @pytest.mark.parametrize("ritardo", [-1, 601])
    def test_waits_no_longer_than_ten_minutes(self, ritardo):
        with pytest.raises(ValueError, match="ritardo"):
            Partenza(Quando.DOPO, ritardo)


class TestPagine:
    def apri(self, sito):
        return post(sito, a_cart()).headers["Location"]

    def azione(self, pagina, nome, **campi):
        return requests.post(f"{pagina}/{nome}", data=campi, timeout=5, allow_redirects=False)

    def test_lead_from_the_means_to_the_return(self, sito):
        pagina = self.apri(sito)

        riepilogo = self.azione(pagina, "metodo", metodo="app")
        pagato = self.azione(pagina, "paga", esito="paga", ricevute="subito", ritardo="2")

        assert "App della banca" in riepilogo.text
        assert (pagato.status_code, pagato.headers["Location"]) == (303, RITORNI["returnOkUrl"])
        assert "già stato eseguito" in requests.get(pagina, timeout=5).text

    def test_let_their_forms_end_at_the_ente(self, sito):
        policy = requests.get(self.apri(sito), timeout=5).headers["Content-Security-Policy"]

        assert "form-action http: https:" in policy

    def test_refuse(self, sito):
        rifiutato = self.azione(self.apri(sito), "paga", esito="rifiuta")

        assert rifiutato.headers["Location"] == RITORNI["returnErrorUrl"]

    def test_give_up(self, sito):
        assert self.azione(self.apri(sito), "annulla").headers["Location"] == RITORNI["returnCancelUrl"]

    def test_say_why_a_notice_cannot_be_paid(self, sito, govpay):
        govpay.risposte["paGetPaymentV2Request"] = PaGetPaymentV2Response(
            outcome="KO", fault=fault("PAA_PAGAMENTO_SCADUTO")
        )

        pagina = self.azione(self.apri(sito), "metodo", metodo="carta")

        assert "PAA_PAGAMENTO_SCADUTO" in pagina.text
        assert "torna?esito=ERRORE" in pagina.text

    @pytest.mark.parametrize("campi", [{"ricevute": "boh"}, {"ritardo": "molto"}, {"esito": "boh"}])
    def test_refuse_what_they_cannot_do(self, sito, campi):
        assert self.azione(self.apri(sito), "paga", **campi).status_code == 400

    def test_show_the_carts_and_switch_faults(self, sito, checkout):
        self.apri(sito)
        requests.post(f"{sito}/guasti", data={"nome": model.ERRORE}, timeout=5)

        home = requests.get(sito, timeout=5).text
        assert "carrello-1" in home
        assert f"Guasti accesi: {model.ERRORE}" in home
        requests.post(f"{sito}/guasti", data={"azione": "spegni"}, timeout=5)
        assert checkout.guasti.attivi() == []

    def test_do_not_know_other_carts(self, sito):
        assert requests.get(f"{sito}/c/boh", timeout=5).status_code == 404


class TestApi:
    def test_pays_without_a_browser(self, sito):
        post(sito, a_cart())
        (aperto,) = requests.get(f"{sito}/api/carrelli", timeout=5).json()

        pagato = requests.post(f"{sito}/api/carrelli/{aperto['id']}", json={"azione": "paga"}, timeout=5).json()

        assert (aperto["stato"], pagato["stato"], pagato["ritorno"]) == ("APERTO", "PAGATO", RITORNI["returnOkUrl"])
        assert pagato["totale"] == float(IMPORTO.cents + IMPORTO.cents) / 100
        assert requests.get(f"{sito}/api/carrelli/{aperto['id']}", timeout=5).json()["stato"] == "PAGATO"


class TestTotale:
    def test_is_that_of_the_request_until_the_enti_answer(self, checkout):
        assert checkout.apre(leggi(a_cart())).totale == Importo(17000)
