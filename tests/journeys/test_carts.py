"""From the portal's request to the receipt: over the wire, in a race, and when the process dies at any call."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from lxml import etree

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries as anagrafica_queries
from chalicelib.anagrafica.model import Connettore
from chalicelib.aws import queues, secrets
from chalicelib.aws.clients import client as aws_client
from chalicelib.aws.queues import Queue
from chalicelib.kernel import clock
from chalicelib.kernel.exchange import Esito
from chalicelib.kernel.refusals import Refusal
from chalicelib.kernel.utenze import TUTTI, TipoUtenza, Utenza
from chalicelib.nodo import dispatch
from chalicelib.nodo.carrello import CarrelloWisp
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import EsitoChiediStatoRpt, NodoChiediStatoRptRisposta
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import NodoInviaCarrelloRptRisposta
from chalicelib.nodo.messages.pa_send_rt_v2 import TransferReceiptV2
from chalicelib.nodo.soap import read_envelope
from chalicelib.notifiche import operations as notifiche
from chalicelib.pagamenti import operations as pagamenti_operations
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import EsitoPagamento, Formato
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.sessioni import operations, repository, sequel
from chalicelib.pagamenti.sessioni.model import EsitoRitorno, Idempotenza, PerRiferimento, RichiestaPagamento
from chalicelib.pagamenti.sessioni.operations import CarrelloRifiutato, RichiestaInCorso
from chalicelib.pagamenti.sessioni.states import StatoSessione as S
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pagopa.checkout import CheckoutClient
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.settings import settings
from tests import builders_anagrafica as sample
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders_pagamenti import (
    A2A,
    DOMINIO,
    IUV,
    NAV,
    TOKEN,
    a_bollo,
    a_ko_rt,
    a_pendenza,
    a_receipt,
    a_voce,
    an_rt,
)
from tests.builders_sessioni import (
    CONNECTOR,
    RITORNO,
    TODAY,
    VERSANTE,
    PagoPaFinto,
    a_cart,
    accolto,
    another,
    attempt_of,
    classic,
    incerto,
    portale,
    query_of,
    riferimento,
    session_of,
    stored,
)
from tests.doubles_pagamenti import ports
from tests.ente_finto import Asked, EnteFinto, running
from tests.nodo import calls as soap
from tests.nodo.official import documents_schema, needs_official, schemas_for

LATER = TODAY + timedelta(minutes=5)
COMUNE = Utenza(
    principal="comune", tipo=TipoUtenza.APPLICAZIONE, nome="comune", id_a2a=A2A, domini=TUTTI, tipi_pendenza=TUTTI
)


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


# -- Checkout on the wire


@pytest.fixture
def checkout(world):
    """Checkout as a real server on loopback, which sends the payer to its page."""
    secrets.forget()
    path = f"{settings().secrets_prefix}checkout/{sample.INTERMEDIARIO}"
    aws_client("ssm").put_parameter(Name=path, Value="chiave-checkout", Type="SecureString", Overwrite=True)
    server = EnteFinto(stato=302, headers={"Location": "https://checkout.pagopa.example/c/77"}, body=b"")
    with running(server):
        joined = CheckoutClient(recorder=world.recorded.append, seconds=1.0, base=server.url)
        with patch.object(Ports, "checkout", joined):
            yield server


class TestACartAtCheckout:
    def test_is_what_checkout_asks_for(self, world, checkout):
        stored()
        stored(another(2))

        answer = world.pay(a_cart(riferimento(), riferimento(another(2)), soggettoVersante=VERSANTE))

        assert answer.status == 201, answer.json
        assert answer.json["redirect"] == "https://checkout.pagopa.example/c/77"
        [asked] = checkout.asked
        assert (asked.metodo, asked.path) == ("POST", "/api/carts")
        assert asked.headers["Ocp-Apim-Subscription-Key"] == "chiave-checkout"
        cart = json.loads(asked.body)
        assert cart["emailNotice"] == VERSANTE["email"]
        assert cart["idCart"] == answer.json["id"]
        assert len(cart["idCart"]) <= 35
        assert cart["allCCP"] is True
        assert cart["paymentNotices"][0] == {
            "noticeNumber": NAV,
            "fiscalCode": DOMINIO,
            "amount": 10050,
            "companyName": "Comune di Esempio",
            "description": "Tassa sui rifiuti 2026",
        }

    def test_conforms_to_its_contract(self, world, checkout, shared):
        import jsonschema

        stored()
        world.pay()

        contract = json.loads((shared / "pagopa/openapi/checkout_v1.json").read_text())
        schema = {"$ref": "#/components/schemas/CartRequest", "components": contract["components"]}
        jsonschema.validate(json.loads(checkout.asked[0].body), schema)

    def test_brings_the_payer_back_to_us_with_our_session(self, world, checkout):
        stored()

        sessione = session_of(world.pay())

        urls = json.loads(checkout.asked[0].body)["returnUrls"]
        expected = {"returnOkUrl": "OK", "returnCancelUrl": "ANNULLATO", "returnErrorUrl": "ERROR"}
        for name, esito in expected.items():
            assert urls[name].startswith(f"https://govpay.comune.example{CONNECTOR}/checkout?")
            firma = sequel.firma_of(sessione, EsitoRitorno(esito))
            assert query_of(urls[name]) == {"idSession": sessione.id_session, "esito": esito, "firma": firma}

    def test_of_version_2_knows_a_way_back_for_who_waits(self, world, checkout):
        with patch.object(Ports.checkout, "_base", checkout.url + "/v2"):
            stored()
            world.pay()

        urls = json.loads(checkout.asked[0].body)["returnUrls"]
        assert query_of(urls["returnWaitingUrl"])["esito"] == "DIFFERITO"

    def test_is_in_the_giornale(self, world, checkout):
        stored()

        sessione = session_of(world.pay())

        [exchange] = [e for e in world.recorded if e.tipo_evento == "PostCarts"]
        assert (exchange.esito, exchange.about.id_pagamento) == (Esito.OK, sessione.id)
        kept, sent = json.loads(exchange.richiesta.payload), json.loads(checkout.asked[0].body)
        assert {**kept, "returnUrls": None} == {**sent, "returnUrls": None}
        assert "chiave-checkout" not in str(exchange)
        for name, url in kept["returnUrls"].items():
            assert query_of(url) == {**query_of(sent["returnUrls"][name]), "firma": "***"}
            assert query_of(url)["idSession"] == sessione.id_session

    @pytest.mark.parametrize(
        ("stato", "codice"), [(400, "CHECKOUT_400"), (401, "CHECKOUT_401"), (500, "PAA_NODO_INDISPONIBILE")]
    )
    def test_is_refused(self, world, checkout, stato, codice):
        stored()
        checkout.stato, checkout.headers = stato, {"Content-Type": "application/problem+json"}
        checkout.body = b'{"title":"Bad Request","status":400,"detail":"noticeNumber"}'

        answer = world.pay()

        assert (answer.status, answer.codice) == (502, codice)
        assert "noticeNumber" in answer.json["dettaglio"]
        assert session_of(answer).stato is S.FALLITO

    @pytest.mark.parametrize("location", ["", "javascript:alert(1)", "/relativa"])
    def test_leads_nowhere(self, world, checkout, location):
        stored()
        checkout.headers = {"Location": location} if location else {}

        answer = world.pay()

        assert answer.status == 502
        assert session_of(answer).stato is S.IN_INVIO

    def test_is_lost_on_the_way(self, world, checkout):
        stored()
        checkout.mute = True

        answer = world.pay()

        assert (answer.status, answer.codice) == (502, "PAA_NODO_INDISPONIBILE")
        sessione = session_of(answer)
        assert (sessione.stato, sessione.prossima_verifica is None) == (S.IN_INVIO, False)

    def test_could_surely_not_be_delivered(self, world):
        stored()
        nobody = CheckoutClient(recorder=world.recorded.append, seconds=1.0, base="http://127.0.0.1:1/ec/v1")

        with patch.object(Ports, "checkout", nobody):
            answer = world.pay()

        assert answer.status == 502
        assert session_of(answer).stato is S.FALLITO

    def test_cannot_be_made_without_a_way_back_to_us(self, world, checkout):
        stored()
        nowhere = replace(settings(), base_url="")

        with patch("chalicelib.pagamenti.sessioni.delivery.settings", lambda: nowhere):
            answer = world.pay()

        assert (answer.status, checkout.asked) == (502, [])
        assert "GOVPAY_BASE_URL" in answer.json["dettaglio"]


# -- the WISP on the wire


class NodoFinto(EnteFinto):
    """Answers each operation as told; one that is told nothing stays silent."""

    def answer(self, request: Asked) -> tuple[int, bytes]:
        told = self.told[request.headers["SOAPAction"].strip('"')]
        if told is None:
            self.closing.wait(10)
        return 200, dispatch.write_message(told) if told is not None else b""


WISP_URL = "https://wisp.pagopa.example/r?idSession=nodo-77"
ACCOLTO = NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="OK", url=WISP_URL)


def a_fault(code):
    return FaultBean(fault_code=code, fault_string="Errore", id="NodoDeiPagamentiSPC", description="perché")


def refusing(code):
    return NodoInviaCarrelloRptRisposta(
        esito_complessivo_operazione="KO", lista_errori_rpt=(replace(a_fault(code), serial=1),)
    )


def unknown_rpt():
    return NodoChiediStatoRptRisposta(fault=a_fault("PPT_RPT_SCONOSCIUTA"))


def stato_rpt(stato, url=None):
    return NodoChiediStatoRptRisposta(esito=EsitoChiediStatoRpt(stato=stato, redirect=1, url=url))


@pytest.fixture
def nodo(world):
    server = NodoFinto()
    NodoFinto.told = {"nodoInviaCarrelloRPT": ACCOLTO, "nodoChiediStatoRPT": unknown_rpt()}
    server.headers = {"Content-Type": "text/xml"}
    with running(server):
        anagrafica.put_intermediario(intermediario=sample.an_intermediario(servizio_pagopa=Connettore(url=server.url)))
        wisp = CarrelloWisp(recorder=world.recorded.append, carrello_seconds=0.5, stato_seconds=0.5)
        with patch.object(Ports, "wisp", wisp):
            yield server


def pay_classic(world, pendenza=None, **other):
    stored(pendenza or classic())
    return world.pay(a_cart(riferimento(pendenza or classic()), **other), idSessionePortale="s-1")


def asked_of(server, action):
    return [asked for asked in server.asked if asked.headers["SOAPAction"] == f'"{action}"']


class TestACartAtTheWisp:
    def test_sends_the_payer_where_the_nodo_says(self, world, nodo):
        answer = pay_classic(world, lingua="DE")

        assert answer.status == 201, answer.json
        assert answer.json["idSession"] == "nodo-77"
        assert query_of(answer.json["redirect"]) == {"idSession": "nodo-77", "lang": "de"}

    @needs_official
    def test_is_what_the_nodo_asks_for(self, world, nodo):
        bollo = classic(voci=(a_voce(), a_bollo()))

        sessione = session_of(
            pay_classic(
                world,
                bollo,
                contoAddebito={"iban": sample.IBAN_BANCA},
                soggettoVersante=VERSANTE,
                autenticazioneSoggetto="USR",
                credenzialiPagatore="codice",
            )
        )

        [asked] = nodo.asked
        envelope = read_envelope(asked.body)
        head, body = schemas_for("nodoInviaCarrelloRPT")
        header = envelope.header[0]
        assert head.validate(etree.fromstring(etree.tostring(header))), head.error_log
        assert body.validate(etree.fromstring(etree.tostring(envelope.operation))), body.error_log
        assert header.findtext("identificativoCarrello") == sessione.id
        assert envelope.operation.findtext("identificativoPSP") == "AGID_01"
        assert envelope.operation.findtext("identificativoIntermediarioPSP") == "97735020584"
        assert envelope.operation.findtext("identificativoCanale") == "97735020584_02"

    @needs_official
    def test_holds_one_valid_rpt_for_each_pendenza(self, world, nodo):
        import base64

        other = classic(id_pendenza="UNIONE-0002", iuv="100000000000227", numero_avviso="001100000000000227")
        stored(other)
        stored(classic(voci=(a_voce(), a_bollo())))
        world.pay(a_cart(riferimento(classic()), riferimento(other), soggettoVersante=VERSANTE))

        documents = [base64.b64decode(e.text) for e in read_envelope(nodo.asked[0].body).operation.iter("rpt")]
        assert len(documents) == 2
        for document in documents:
            schema = documents_schema()
            assert schema.validate(etree.fromstring(document)), schema.error_log

    def test_is_in_the_giornale_without_the_password(self, world, nodo):
        sessione = session_of(pay_classic(world))

        [exchange] = [e for e in world.recorded if e.tipo_evento == "nodoInviaCarrelloRPT"]
        assert (exchange.esito, exchange.about.id_pagamento) == (Esito.OK, sessione.id)
        assert b"RPT" in exchange.richiesta.payload
        assert "stazione-01" not in str(exchange)

    def test_is_refused_by_a_fault(self, world, nodo):
        nodo.told["nodoInviaCarrelloRPT"] = refusing("PPT_IBAN_NON_CENSITO")

        answer = pay_classic(world)

        assert (answer.status, answer.codice) == (502, "PPT_IBAN_NON_CENSITO")
        assert not asked_of(nodo, "nodoChiediStatoRPT")
        assert session_of(answer).stato is S.FALLITO

    @pytest.mark.parametrize("lost", [None, refusing("PPT_SYSTEM_ERROR"), refusing("PPT_ID_CARRELLO_DUPLICATO")])
    def test_whose_answer_is_lost_is_asked_about_at_once(self, world, nodo, lost):
        nodo.told["nodoInviaCarrelloRPT"] = lost
        nodo.told["nodoChiediStatoRPT"] = stato_rpt("RPT_ACCETTATA_NODO", WISP_URL)

        answer = pay_classic(world)

        assert answer.status == 201, answer.json
        assert answer.json["idSession"] == "nodo-77"

    def test_of_which_nobody_knows_stays_open(self, world, nodo):
        nodo.told["nodoInviaCarrelloRPT"] = None

        answer = pay_classic(world)

        assert answer.status == 502
        sessione = session_of(answer)
        assert (sessione.stato, sessione.verifiche) == (S.IN_INVIO, 1)
        assert attempt_of(sessione).stato is StatoRpp.RPT_ATTIVATA

    def test_that_the_nodo_has_closed_has_failed(self, world, nodo):
        nodo.told["nodoInviaCarrelloRPT"] = None
        nodo.told["nodoChiediStatoRPT"] = stato_rpt("RPT_RIFIUTATA_NODO")

        answer = pay_classic(world)

        assert (answer.status, session_of(answer).stato) == (502, S.FALLITO)

    def test_that_is_asked_for_again_is_looked_for_first(self, world, nodo):
        nodo.told["nodoInviaCarrelloRPT"] = None
        first = pay_classic(world)
        nodo.told["nodoInviaCarrelloRPT"] = ACCOLTO
        nodo.asked.clear()

        again = world.pay(a_cart(riferimento(classic())), idSessionePortale="s-1")

        assert (again.status, again.json["id"]) == (201, first.json["id"])
        actions = [asked.headers["SOAPAction"] for asked in nodo.asked]
        assert actions == ['"nodoChiediStatoRPT"', '"nodoInviaCarrelloRPT"']

    def test_without_a_page_to_show_sends_the_payer_back(self, world, nodo):
        nodo.told["nodoInviaCarrelloRPT"] = NodoInviaCarrelloRptRisposta(esito_complessivo_operazione="OK")

        answer = pay_classic(world)

        assert answer.status == 201
        assert answer.json["redirect"].startswith(RITORNO)

    def test_cannot_go_without_the_password_of_the_stazione(self, world, nodo):
        stazione = sample.a_stazione(id_stazione=sample.STAZIONE_V1, versione="V1", password=None)
        with patch("chalicelib.nodo.carrello.anagrafica.stazione", lambda _id: stazione):
            answer = pay_classic(world)

        assert (answer.status, answer.codice, nodo.asked) == (502, "PAA_NODO_INDISPONIBILE", [])


# -- the receipts of a session


def get_v2(world, note, nav=NAV):
    from chalicelib.nodo.messages.common import QrCode

    request = soap.get_v2_request(payment_note=note, qr_code=QrCode(fiscal_code=DOMINIO, notice_number=nav))
    return soap.call(world.client, "paGetPaymentV2", request)


def send_v2(world, **other):
    return soap.call(world.client, "paSendRTV2", soap.send_v2_request(**other))


class TestTheReceiptsOfACart:
    def test_settle_rpp_pendenza_and_payment(self, world):
        stored()
        sessione = session_of(world.pay())

        assert get_v2(world, sessione.id).outcome == "OK"
        assert send_v2(world, payment_note=sessione.id).outcome == "OK"

        sessione = repository.get(sessione.id)
        assert sessione.stato is S.ESEGUITO
        rpp = attempt_of(sessione)
        assert (rpp.ccp, rpp.stato, rpp.esito) == (TOKEN, StatoRpp.RT_ACCETTATA_PA, EsitoPagamento.ESEGUITO)
        assert pendenze.get_by_iuv(DOMINIO, IUV).stato is StatoPendenza.ESEGUITO
        shown = world.comune.get(f"/govpay/frontend/api/pagamento/rs/basic/v1/pagamenti/{sessione.id}").json
        assert shown["stato"] == "ESEGUITO"
        assert shown["rpp"][0]["rt"]["datiPagamento"]["codiceEsitoPagamento"] == "0"
        assert world.come_back(sessione).status == 303
        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_settle_it_though_the_nodo_never_asked(self, world):
        stored()
        sessione = session_of(world.pay())

        send_v2(world, payment_note=sessione.id, stand_in=True)

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_settle_it_without_a_note(self, world):
        stored()
        sessione = session_of(world.pay())
        get_v2(world, sessione.id)

        send_v2(world)

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_of_a_psp_do_not_touch_it(self, world):
        stored()
        sessione = session_of(world.pay())
        get_v2(world, None)

        send_v2(world)

        assert repository.get(sessione.id).stato is S.IN_CORSO_AL_PSP
        assert pagamenti.load(DOMINIO, IUV).rpp_of(TOKEN).id_pagamento is None

    def test_may_be_faster_than_the_answer_of_checkout(self, world):
        stored()

        def paid_at_once(carrello):
            send_v2(world, payment_note=carrello.sessione.id)

        world.checkout.meanwhile = paid_at_once
        answer = world.pay()

        assert answer.status == 201
        assert session_of(answer).stato is S.ESEGUITO
        assert session_of(answer).redirect == answer.json["redirect"]

    def test_cost_one_read_more_than_those_of_a_psp(self, world):
        stored()
        sessione = session_of(world.pay())
        get_v2(world, sessione.id)

        with aws_calls() as calls:
            send_v2(world, payment_note=sessione.id)

        assert calls == [
            "s3.PutObject",
            "dynamodb.Query",
            "dynamodb.GetItem",
            "dynamodb.TransactWriteItems",
            "sqs.SendMessage",
        ]

    def test_of_a_get_cost_nothing_more(self, world):
        stored()
        sessione = session_of(world.pay())
        get_v2(world, None)

        with aws_calls() as calls:
            get_v2(world, sessione.id)

        assert calls == ["dynamodb.Query", "dynamodb.PutItem", "sqs.SendMessage"]

    def test_of_a_classic_cart_end_in_part(self, world):
        other = classic(id_pendenza="UNIONE-0002", iuv="100000000000227", numero_avviso="001100000000000227")
        stored(classic())
        stored(other)
        sessione = session_of(world.pay(a_cart(riferimento(classic()), riferimento(other))))
        first, second = attempt_of(sessione, 0), attempt_of(sessione, 1)

        pagamenti_operations.acquire_ricevuta(ricevuta=an_rt(first), now=LATER)
        assert repository.get(sessione.id).stato is S.IN_CORSO_AL_PSP
        pagamenti_operations.acquire_ricevuta(ricevuta=a_ko_rt(second), now=LATER)
        assert repository.get(sessione.id).stato is S.PARZIALMENTE_ESEGUITO
        pagamenti_operations.acquire_ricevuta(ricevuta=an_rt(second), now=LATER)

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_of_five_pendenze_may_come_at_once(self, world):
        positions = [another(number) for number in range(5)]
        for position in positions:
            stored(position)
        sessione = session_of(world.pay(a_cart(*map(riferimento, positions))))
        receipts = [
            a_receipt(position, token=f"token-{position.iuv}", payment_note=sessione.id) for position in positions
        ]
        barrier = threading.Barrier(5)

        def deliver(ricevuta):
            barrier.wait()
            return delivered_in_the_end(ricevuta)

        with ThreadPoolExecutor(5) as pool:
            assert set(pool.map(deliver, receipts)) == {"OK"}

        sessione = repository.get(sessione.id)
        assert sessione.stato is S.ESEGUITO
        assert {tentativo.ccp for tentativo in sessione.tentativi} == {ricevuta.ccp for ricevuta in receipts}

    def test_bring_the_marca_that_was_asked_for(self, world):
        stored(a_pendenza(voci=(a_voce(), a_bollo())))
        sessione = session_of(world.pay())
        answer = get_v2(world, sessione.id)
        assert answer.data.transfer_list[1].richiesta_marca_da_bollo is not None

        send_v2(
            world,
            payment_note=sessione.id,
            payment_amount=sessione.importo,
            transfer_list=(
                TransferReceiptV2(**soap.a_transfer()),
                TransferReceiptV2(
                    **soap.a_transfer(
                        id_transfer=2, transfer_amount=a_bollo().importo, iban=None, mbd_attachment=self.marca()
                    )
                ),
            ),
        )

        flagged = {r.indice: r.anomalie for r in pagamenti.load(DOMINIO, IUV).riscossioni}
        assert flagged == {1: (), 2: (Anomalia.BOLLO_NON_CONFORME,)}

    def marca(self):
        return (
            b'<marcaDaBollo xmlns="http://www.agenziaentrate.gov.it/2014/MarcaDaBollo" '
            b'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ImprontaDocumento>'
            b"<ds:DigestValue>kEC2oYwF0/6/mvgJZnZlNBfPi2ILyhfVMghz2FRWeOQ=</ds:DigestValue>"
            b"</ImprontaDocumento></marcaDaBollo>"
        )


# -- double clicks


def richiesta():
    return RichiestaPagamento(pendenze=(PerRiferimento(id_a2a=A2A, id_pendenza="TARI-2026-0001"),), url_ritorno=RITORNO)


def start(chiave=None, now=TODAY):
    idempotenza = None if chiave is None else Idempotenza(chiave=chiave, impronta="corpo", rigida=False)
    return operations.start(
        utenza=COMUNE, richiesta=richiesta(), id_sessione_portale=chiave, idempotenza=idempotenza, now=now
    )


def outcome_of(chiave):
    try:
        return start(chiave).id
    except Refusal as refusal:
        return refusal.codice


class TestEightClicksAtOnce:
    @pytest.mark.parametrize("chiave", ["s-1", None])
    def test_make_one_cart(self, world, chiave):
        stored()
        for read in (anagrafica_queries.dominio, anagrafica_queries.applicazione):
            read(DOMINIO)
        barrier = threading.Barrier(8)
        answered = threading.Event()
        world.checkout.meanwhile = lambda _carrello: answered.wait(0.2)

        def click():
            barrier.wait()
            return outcome_of(chiave)

        with (
            patch.object(clock, "pause", lambda seconds: answered.wait(seconds / 5)),
            patch.object(clock, "now", lambda: TODAY),
            ThreadPoolExecutor(8) as pool,
        ):
            outcomes = [future.result() for future in [pool.submit(click) for _ in range(8)]]

        assert len(world.checkout.carts) == 1
        [id_pagamento] = {outcome for outcome in outcomes if outcome != "PAG_014"}
        assert repository.get(id_pagamento).stato is S.IN_CORSO_AL_PSP
        assert outcomes.count(id_pagamento) == (8 if chiave else 1)


class TestARepetitionThatComesTooEarly:
    def test_waits_for_the_answer_of_the_first(self, world):
        stored()
        seen = []

        def again(_carrello):
            world.checkout.meanwhile = lambda _: None
            with patch.object(clock, "now", lambda: TODAY):
                seen.append(outcome_of("s-1"))

        world.checkout.meanwhile = again
        first = start("s-1")

        assert seen == ["409"]
        assert sum(world.waited) == 10
        assert first.stato is S.IN_CORSO_AL_PSP

    def test_says_which_payment_it_is(self, world):
        stored()
        kept = []

        def again(_carrello):
            world.checkout.meanwhile = lambda _: None
            with pytest.raises(RichiestaInCorso) as refused, patch.object(clock, "now", lambda: TODAY):
                start("s-1")
            kept.append(refused.value.esteso["id"])

        world.checkout.meanwhile = again

        assert start("s-1").id == kept[0]


# -- the process dies


class Small:
    """A comune with one position, and pagoPA that takes what it is given; as often as wanted."""

    def __init__(self):
        sample.seed_comune(TODAY)
        stored()
        self.begin_here()

    def begin_here(self):
        anagrafica_queries.dominio(DOMINIO)
        anagrafica_queries.applicazione(A2A)
        anagrafica_queries.stazione(sample.STAZIONE_V2)
        for queue in (Queue.NOTIFICHE, Queue.GIORNALE):
            queues._url(queue)
        self._snapshot = Snapshot.take()

    def restart(self):
        self._snapshot.restore()


@pytest.fixture
def small(aws, monkeypatch):
    made = iter([])

    def drawn():
        nonlocal made
        return next(made)

    def redraw():
        nonlocal made
        made = iter([f"{number:032x}" for number in range(100)])

    monkeypatch.setattr(operations, "new_hex", drawn)
    monkeypatch.setattr(clock, "pause", lambda _seconds: None)
    monkeypatch.setattr(clock, "now", lambda: LATER)
    with ports(), patch.object(Ports, "checkout", PagoPaFinto(accolto()), create=True):
        world = Small()
        world.redraw = redraw
        redraw()
        yield world


def deaths(calls):
    for number, name in enumerate(calls):
        for moment in ("die_before", "die_after"):
            yield {moment: number}, f"{moment} {number} {name}"


class TestARequestThatDies:
    def test_ends_as_one_payment_when_it_is_repeated(self, small):
        with aws_calls() as calls:
            start("s-1")
        assert calls == [
            "dynamodb.GetItem",
            "dynamodb.GetItem",
            "dynamodb.Query",
            "dynamodb.TransactWriteItems",
            "dynamodb.TransactWriteItems",
        ]

        for death, where in deaths(calls):
            small.restart()
            small.redraw()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                start("s-1")

            sessione = start("s-1", now=LATER)

            assert sessione.stato is S.IN_CORSO_AL_PSP, where
            assert sessione.redirect is not None, where
            attempts = pagamenti.load(DOMINIO, IUV).rpp
            assert [rpp.id_pagamento for rpp in attempts] == [sessione.id], where
            assert attempts[0].stato is StatoRpp.RPT_ACCETTATA_NODO, where

    def test_has_no_effect_before_its_transaction(self, small):
        before = items_of()

        with pytest.raises(ProcessKilled), aws_calls(die_before=3):
            start("s-1")

        assert items_of() == before

    def test_between_its_two_transactions_leaves_a_payment_that_can_be_looked_at(self, small):
        with pytest.raises(ProcessKilled), aws_calls(die_after=3):
            start("s-1")

        sessione = repository.get("0" * 32)
        assert (sessione.stato, sessione.redirect) == (S.IN_INVIO, None)
        assert sessione.in_invio_fino is not None

    def test_or_is_answered_by_silence_can_be_asked_for_again(self, small):
        Ports.checkout.risposta = incerto()
        with pytest.raises(CarrelloRifiutato):
            start("s-1")
        Ports.checkout.risposta = accolto()

        assert start("s-1", now=LATER).stato is S.IN_CORSO_AL_PSP
        assert Ports.checkout.ripetuti == [False, True]


def delivered(ricevuta):
    """Deliver a ricevuta as the Nodo does: a duplicate is an answer."""
    try:
        pagamenti_operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)
    except Refusal as refusal:
        return refusal.codice
    return "OK"


def delivered_in_the_end(ricevuta):
    """Deliver a ricevuta as often as its queue would, while it loses races."""
    for _ in range(20):
        outcome = delivered(ricevuta)
        if outcome != "409":
            return outcome
    return outcome


class TestAReceiptThatDies:
    @pytest.mark.parametrize("formato", [Formato.V2, Formato.RPT], ids=["Checkout", "WISP"])
    def test_ends_as_if_it_had_lived(self, small, formato):
        if formato is Formato.V2:
            sessione = start()
            ricevuta = a_receipt(payment_note=sessione.id)
        else:
            stored(classic())
            with patch.object(Ports, "wisp", PagoPaFinto(accolto("https://wisp.example/", "n-1")), create=True):
                sessione = operations.start(
                    utenza=COMUNE,
                    richiesta=replace(richiesta(), pendenze=(PerRiferimento(id_a2a=A2A, id_pendenza="UNIONE-0001"),)),
                    id_sessione_portale=None,
                    idempotenza=None,
                    now=TODAY,
                )
            ricevuta = an_rt(attempt_of(sessione))
        anagrafica_queries.dominio(ricevuta.id_dominio)
        small.begin_here()
        with aws_calls() as calls:
            pagamenti_operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)
        notifiche.requeue_due(now=LATER + timedelta(minutes=5))
        assert calls == ["dynamodb.Query", "dynamodb.GetItem", "dynamodb.TransactWriteItems", "sqs.SendMessage"]
        expected = items_of()
        told = {message["chiave"] for message in messages_of("notifiche")}
        assert repository.get(sessione.id).stato is S.ESEGUITO

        for death, where in deaths(calls):
            small.restart()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                pagamenti_operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)
            assert delivered(ricevuta) in {"OK", "PAA_RT_DUPLICATA", "PAA_RECEIPT_DUPLICATA"}, where
            notifiche.requeue_due(now=LATER + timedelta(minutes=5))

            assert items_of() == expected, where
            assert {message["chiave"] for message in messages_of("notifiche")} == told, where
