"""Whatever pagoPA does to a cart, by either way: what the portal is told, what is stored, whether it may try again."""

from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Connettore
from chalicelib.nodo.carrello import CarrelloWisp
from chalicelib.nodo.faults import PPT, EsitoInvio, policy
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.sessioni.states import StatoSessione as S
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pagopa.checkout import CheckoutClient
from sandbox.checkout import checkout as checkout_guasti
from sandbox.checkout.checkout import Checkout
from sandbox.checkout.server import EC_PATH
from sandbox.checkout.server import server as checkout_server
from sandbox.nodo import guasti
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import Anagrafica, Ente, Protocollo, Stazione
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from sandbox.wisp.server import server as wisp_server
from sandbox.wisp.wisp import Wisp
from tests import builders_anagrafica as sample
from tests.builders_pagamenti import a_pendenza, a_voce
from tests.builders_sessioni import a_cart, attempt_of, classic, portale, put_dominio, riferimento, session_of, stored
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.ente_finto import EnteFinto, running

INDISPONIBILE = "PAA_NODO_INDISPONIBILE"
CARRELLO = "nodoInviaCarrelloRPT"
SECONDI = 0.4


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


@dataclass
class Via:
    """One of the two ways, joined to the product over HTTP: a pendenza that goes by it, and how to pay it."""

    world: object
    pendenza: object
    guasti: object = None
    carrelli: object = None

    def pay(self, **other):
        return self.world.pay(a_cart(riferimento(self.pendenza), **other))

    def is_refused(self, answer, codice):
        """Check that nothing will come of the cart, and that a new one may be asked for."""
        sessione = self._told(answer, codice)
        assert (sessione.stato, attempt_of(sessione).stato) == (S.FALLITO, StatoRpp.RPT_RIFIUTATA_NODO)
        assert sessione.prossima_verifica is None

    def is_unknown(self, answer, codice):
        """Check that the cart may be paid: nobody may open another, and somebody will ask what became of it."""
        sessione = self._told(answer, codice)
        assert (sessione.stato, attempt_of(sessione).stato) == (S.IN_INVIO, StatoRpp.RPT_ATTIVATA)
        assert sessione.prossima_verifica is not None
        assert sessione.in_invio_fino is None
        assert self.pay().codice == "PAG_014"

    def may_try_again(self):
        answer = self.pay()
        assert answer.status == 201, answer.json

    def _told(self, answer, codice):
        assert (answer.status, answer.codice, answer.json["categoria"]) == (502, codice, "PAGOPA"), answer.json
        assert_conforms("pagamento", "v1", "faultBeanEsteso", answer.json)
        assert answer.json["location"] == f"/pagamenti/{answer.json['id']}"
        return session_of(answer)


def a_nodo():
    """The simulated Nodo, which knows the enti of the sample; what it would send goes nowhere."""
    stazioni = {
        codice: Stazione(id_stazione=codice, id_intermediario=sample.INTERMEDIARIO, password=f"stazione-{codice[-2:]}")
        for codice in (sample.STAZIONE_V1, sample.STAZIONE_V2)
    }
    enti = {
        id_dominio: Ente(
            id_dominio=id_dominio,
            denominazione=id_dominio,
            stazioni={Protocollo.CLASSICO: sample.STAZIONE_V1, Protocollo.V2: sample.STAZIONE_V2},
            iban=(),
        )
        for id_dominio in (sample.DOMINIO, sample.ALTRO_DOMINIO)
    }
    registro = Registro()
    govpay = GovPayClient("http://127.0.0.1:1", "pagopa", "pagopa", registro)
    return Nodo(
        anagrafica=Anagrafica(stazioni=stazioni, enti=enti),
        govpay=govpay,
        registro=registro,
        now=lambda: NOW,
    )


def join_wisp(url):
    anagrafica.put_intermediario(intermediario=sample.an_intermediario(servizio_pagopa=Connettore(url=url)))
    return patch.object(Ports, "wisp", CarrelloWisp(carrello_seconds=SECONDI, stato_seconds=SECONDI))


def join_checkout(url):
    return patch.object(Ports, "checkout", CheckoutClient(seconds=SECONDI, base=url))


@contextmanager
def by_wisp(world, url):
    stored(classic())
    with join_wisp(url):
        yield Via(world, classic())


@contextmanager
def by_checkout(world, url):
    stored()
    with join_checkout(url):
        yield Via(world, a_pendenza())


# -- nodoInviaCarrelloRPT


@pytest.fixture
def nodo():
    nodo = a_nodo()
    with nodo_server(nodo) as running_nodo, wisp_server(Wisp(nodo)):
        yield nodo, running_nodo.url + SOAP_PATH


@pytest.fixture
def wisp(world, nodo):
    with by_wisp(world, nodo[1]) as via:
        yield via


REFUSALS = sorted(code for code in PPT if policy(code) is EsitoInvio.RIFIUTATA)
DOUBTS = sorted(code for code in PPT if policy(code) is not EsitoInvio.RIFIUTATA)
# Refused before the Nodo is come to; and what a gateway says when it does not know how it went.
RESPINTE = [400, 401, 403, 404, 405, 413, 415, 429]
GUASTE = [200, 204, 302, 408, 500, 502, 503, 504]


class TestAFaultOfTheNodo:
    def test_is_in_the_catalogue(self):
        assert len(REFUSALS) > 40
        assert {"PPT_SYSTEM_ERROR", "PPT_CANALE_TIMEOUT", "PPT_CANALE_ERRORE_RESPONSE"} < set(DOUBTS)

    @pytest.mark.parametrize("code", REFUSALS)
    def test_that_refuses_ends_the_payment(self, wisp, nodo, code):
        nodo[0].guasti.accendi(code, operazione=CARRELLO, volte=1)

        answer = wisp.pay()

        wisp.is_refused(answer, code)
        wisp.may_try_again()

    @pytest.mark.parametrize("code", DOUBTS)
    def test_that_says_too_little_leaves_it_open(self, wisp, nodo, code):
        nodo[0].guasti.accendi(code, operazione=CARRELLO, volte=1)

        wisp.is_unknown(wisp.pay(), code)

    def test_that_is_lost_after_the_cart_was_taken_is_seen_through(self, wisp, nodo):
        """The Nodo took it, and said so too late: nodoChiediStatoRPT tells, and where the payer goes."""
        nodo[0].guasti.accendi(guasti.RISPOSTA_PERSA, operazione=CARRELLO, volte=1)

        answer = wisp.pay()

        assert answer.status == 201, answer.json
        assert "idSession=" in answer.json["redirect"]
        assert session_of(answer).stato is S.IN_CORSO_AL_PSP

    def test_of_one_rpt_of_the_cart_ends_the_payment(self, wisp, nodo):
        nodo[0].guasti.accendi(guasti.CARRELLO_RIFIUTATO, volte=1)

        answer = wisp.pay()

        wisp.is_refused(answer, "PPT_SEMANTICA")
        wisp.may_try_again()


class TestANodoThatDoesNotAnswer:
    @pytest.mark.parametrize("guasto", [guasti.IRRAGGIUNGIBILE, guasti.MALFORMATA, guasti.LENTA])
    def test_leaves_the_payment_open(self, wisp, nodo, guasto):
        nodo[0].guasti.accendi(guasto)

        with patch.object(guasti, "SECONDI_LENTA", SECONDI * 2):
            wisp.is_unknown(wisp.pay(), INDISPONIBILE)

    def test_or_answers_with_rubbish_after_it_took_the_cart_is_asked(self, wisp, nodo):
        nodo[0].guasti.accendi(guasti.MALFORMATA, operazione=CARRELLO, volte=1)

        assert wisp.pay().status == 201

    def test_and_is_not_there_ends_the_payment(self, world):
        with by_wisp(world, "http://127.0.0.1:1/nodo") as via:
            via.is_refused(via.pay(), INDISPONIBILE)
            assert via.pay().codice == INDISPONIBILE

    @pytest.mark.parametrize("stato", RESPINTE)
    def test_because_a_gateway_refuses_ends_the_payment(self, world, stato):
        with running(EnteFinto(stato=stato, body=b"<html>no</html>")) as server, by_wisp(world, server.url) as via:
            via.is_refused(via.pay(), INDISPONIBILE)
            assert len(server.asked) == 1

    @pytest.mark.parametrize("stato", GUASTE)
    @pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe\x00"], ids=["empty", "html", "bytes"])
    def test_because_a_gateway_fails_leaves_it_open(self, world, stato, body):
        body = b"" if stato == 204 else body
        with running(EnteFinto(stato=stato, body=body)) as server, by_wisp(world, server.url) as via:
            via.is_unknown(via.pay(), INDISPONIBILE)


# -- Checkout


@pytest.fixture
def checkout(world):
    served = Checkout(a_nodo(), attesa=lambda _seconds: None)
    with checkout_server(served) as running_checkout, by_checkout(world, running_checkout.url + EC_PATH) as via:
        via.guasti = served.guasti
        via.carrelli = served.tutti
        yield via


class TestAFaultOfCheckout:
    @pytest.mark.parametrize(
        ("guasto", "codice"), [(checkout_guasti.NON_VALIDA, "CHECKOUT_400"), (checkout_guasti.ERRORE, INDISPONIBILE)]
    )
    def test_that_refuses_ends_the_payment(self, checkout, guasto, codice):
        checkout.guasti.accendi(guasto, volte=1)

        answer = checkout.pay()

        checkout.is_refused(answer, codice)
        checkout.may_try_again()

    @pytest.mark.parametrize("guasto", [checkout_guasti.IRRAGGIUNGIBILE, checkout_guasti.PERSA])
    def test_that_says_nothing_leaves_it_open(self, checkout, guasto):
        checkout.guasti.accendi(guasto, volte=1)

        checkout.is_unknown(checkout.pay(), INDISPONIBILE)

    def test_that_comes_late_leaves_it_open(self, world):
        with running(EnteFinto(mute=True)) as server, by_checkout(world, server.url) as via:
            via.is_unknown(via.pay(), INDISPONIBILE)

    def test_that_is_a_refused_connection_ends_the_payment(self, world):
        with by_checkout(world, "http://127.0.0.1:1/ec/v1") as via:
            via.is_refused(via.pay(), INDISPONIBILE)

    @pytest.mark.parametrize("stato", [*RESPINTE, 422])
    def test_of_the_request_ends_the_payment(self, world, stato):
        with running(EnteFinto(stato=stato, body=b"<html>")) as server, by_checkout(world, server.url) as via:
            via.is_refused(via.pay(), f"CHECKOUT_{stato}")

    @pytest.mark.parametrize("stato", [500, 502, 503, 504])
    def test_of_theirs_ends_the_payment(self, world, stato):
        """No Location came: nobody can reach that cart to pay it, if there is one."""
        with running(EnteFinto(stato=stato, body=b"\xff")) as server, by_checkout(world, server.url) as via:
            via.is_refused(via.pay(), INDISPONIBILE)

    @pytest.mark.parametrize("location", [None, "", "nessuno", "javascript:alert(1)", "https://" + "x" * 3000])
    def test_that_leads_nowhere_leaves_it_open(self, world, location):
        headers = {} if location is None else {"Location": location}
        with running(EnteFinto(stato=302, headers=headers, body=b"")) as server, by_checkout(world, server.url) as via:
            via.is_unknown(via.pay(), INDISPONIBILE)


class TestARepetition:
    """The portal asks again, in the same session of its own."""

    @pytest.mark.parametrize("guasto", [guasti.IRRAGGIUNGIBILE, guasti.MALFORMATA])
    def test_of_a_cart_of_unknown_outcome_hands_it_over_once(self, world, nodo, guasto):
        nodo[0].guasti.accendi(guasto, volte=2)
        with by_wisp(world, nodo[1]) as via:
            body, query = a_cart(riferimento(via.pendenza)), {"idSessionePortale": "s-1"}
            first = world.pay(body, **query)

            again = world.pay(body, **query)

            assert (first.status, again.status) == (502, 201), again.json
            assert first.json["id"] == again.json["id"]
            assert len(nodo[0].carrelli.tutti()) == 1

    def test_at_checkout_makes_the_same_cart_anew(self, world, checkout):
        checkout.guasti.accendi(checkout_guasti.PERSA, volte=1)
        body, query = a_cart(riferimento(checkout.pendenza)), {"idSessionePortale": "s-1"}
        first = world.pay(body, **query)

        again = world.pay(body, **query)

        assert (first.status, again.status) == (502, 201), again.json
        assert {one.richiesta.id_cart for one in checkout.carrelli()} == {first.json["id"]} == {again.json["id"]}


class TestAPendenzaOfTwoEnti:
    def shared(self):
        return classic(voci=(a_voce(), a_voce(id_voce="voce-2", indice=2, id_dominio=sample.DOMINIO)))

    @pytest.fixture
    def via(self, world, nodo):
        put_dominio(id_stazione=sample.STAZIONE_V1)
        stored(self.shared())
        with join_wisp(nodo[1]):
            yield Via(world, self.shared())

    def test_is_taken_by_the_nodo(self, via, nodo):
        answer = via.pay()

        assert answer.status == 201, answer.json
        [carrello] = nodo[0].carrelli.tutti()
        assert [chiave[0] for chiave in carrello.chiavi] == [sample.ALTRO_DOMINIO, sample.DOMINIO]
        assert carrello.id_carrello == session_of(answer).nome_carrello

    def test_is_refused_for_any_of_its_rpt(self, via, nodo):
        nodo[0].guasti.accendi("PPT_MULTI_BENEFICIARIO", volte=1)

        answer = via.pay()

        via.is_refused(answer, "PPT_MULTI_BENEFICIARIO")
        assert attempt_of(session_of(answer), 1).stato is StatoRpp.RPT_RIFIUTATA_NODO
        via.may_try_again()

    def test_whose_answer_is_lost_is_asked_about_by_its_name(self, via, nodo):
        nodo[0].guasti.accendi(guasti.RISPOSTA_PERSA, operazione=CARRELLO, volte=1)

        assert via.pay().status == 201
