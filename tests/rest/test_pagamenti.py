"""POST /pagamenti: what a portal may put in a cart, what it is answered, and how often one request counts."""

from datetime import timedelta

import pytest

from chalicelib.kernel.rome_time import rome_day
from chalicelib.pagamenti.model import Formato, ModelloPagamento
from chalicelib.pagamenti.sessioni.model import Canale
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from tests import builders_anagrafica as sample
from tests.aws_calls import aws_calls
from tests.aws_state import messages_of
from tests.builders_pagamenti import A2A, DOMINIO, IUV, NAV, a_bollo, a_pendenza, a_voce, two_voci
from tests.builders_sessioni import (
    ALTRA,
    PAGAMENTO,
    PUBLIC,
    REDIRECT_CHECKOUT,
    REDIRECT_WISP,
    RITORNO,
    TODAY,
    VERSANTE,
    a_cart,
    another,
    attempt_of,
    avviso,
    classic,
    completa,
    incerto,
    portale,
    put_dominio,
    query_of,
    riferimento,
    rifiutato,
    session_of,
    stored,
)
from tests.contract import assert_conforms
from tests.doubles_pagamenti import verificata

YESTERDAY = rome_day(TODAY) - timedelta(days=1)
TOMORROW = rome_day(TODAY) + timedelta(days=1)


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


class TestAStartedPayment:
    def test_conforms_to_the_contract(self, world):
        stored()

        answer = world.pay(idSessionePortale="sessione-7")

        assert answer.status == 201, answer.json
        assert_conforms("pagamento", "v1", "POST /pagamenti", answer.json)
        assert answer.json["location"] == f"/pagamenti/{answer.json['id']}"
        assert answer.json["redirect"] == REDIRECT_CHECKOUT
        assert answer.json["idSession"]

    def test_is_a_session_in_the_hands_of_pagopa(self, world):
        stored()

        sessione = session_of(world.pay(idSessionePortale="sessione-7"))

        assert sessione.stato is StatoSessione.IN_CORSO_AL_PSP
        assert (sessione.canale, sessione.id_a2a) == (Canale.CHECKOUT, A2A)
        assert (sessione.id_sessione_portale, sessione.url_ritorno) == ("sessione-7", RITORNO)
        assert sessione.nome == "Tassa sui rifiuti 2026"

    def test_has_an_attempt_on_each_pendenza(self, world):
        stored()
        stored(another(2))

        sessione = session_of(world.pay(a_cart(riferimento(), riferimento(another(2)))))

        attempts = [attempt_of(sessione, 0), attempt_of(sessione, 1)]
        assert [rpp.id_pagamento for rpp in attempts] == [sessione.id] * 2
        assert {rpp.stato for rpp in attempts} == {StatoRpp.RPT_ACCETTATA_NODO}
        assert {rpp.modello for rpp in attempts} == {ModelloPagamento.ENTE}
        assert sessione.nome == "Tassa sui rifiuti 2026 ed un'altra pendenza."
        assert sessione.importo.cents == 20100

    def test_costs_two_reads_and_two_transactions(self, world):
        stored()
        world.pay(a_cart(riferimento(stored(another(9)))))

        with aws_calls() as calls:
            world.pay()

        assert calls == [
            "dynamodb.GetItem",
            "dynamodb.Query",
            "dynamodb.TransactWriteItems",
            "dynamodb.TransactWriteItems",
        ]

    def test_says_what_it_is_about_to_the_giornale(self, world):
        stored()

        sessione = session_of(world.pay())

        [exchange] = world.recorded
        assert exchange.tipo_evento == "addPagamento"
        assert (exchange.about.id_pagamento, exchange.about.iuv) == (sessione.id, IUV)

    def test_leaves_the_position_unpaid_and_open(self, world):
        stored()

        world.pay()

        assert pendenze.get_by_iuv(DOMINIO, IUV).stato is StatoPendenza.NON_ESEGUITO

    def test_may_name_its_pendenze_in_three_ways_at_once(self, world):
        stored()
        stored(another(2))

        answer = world.pay(a_cart(riferimento(), avviso(numeroAvviso=another(2).numero_avviso), completa()))

        assert answer.status == 201, answer.json
        ids = [tentativo.id_pendenza for tentativo in session_of(answer).tentativi]
        assert ids == ["TARI-2026-0001", "TARI-2026-0002", "PORTALE-0001"]
        assert pendenze.get(A2A, "PORTALE-0001").numero_avviso is not None

    def test_may_leave_a_debtor_without_a_name(self, world):
        whole = completa(soggettoPagatore={"tipo": "F", "identificativo": "RSSMRA80A01H501U"})

        assert world.pay(a_cart(whole)).status == 201

    def test_keeps_what_the_portal_said_of_the_payer(self, world):
        stored(classic())
        giorno = (rome_day(TODAY) + timedelta(days=3)).isoformat()

        sessione = session_of(
            world.pay(
                a_cart(
                    riferimento(classic()),
                    contoAddebito={"iban": sample.IBAN_BANCA, "bic": "BLOPIT22XXX"},
                    dataEsecuzionePagamento=giorno,
                    credenzialiPagatore="codice-usa-e-getta",
                    soggettoVersante=VERSANTE,
                    autenticazioneSoggetto="CNS",
                    lingua="DE",
                )
            )
        )

        rpp = attempt_of(sessione)
        assert (rpp.iban_addebito, rpp.bic_addebito) == (sample.IBAN_BANCA, "BLOPIT22XXX")
        assert (rpp.autenticazione, rpp.credenziali_pagatore) == ("CNS", "codice-usa-e-getta")
        assert rpp.data_esecuzione.isoformat() == giorno
        assert rpp.versante.identificativo == VERSANTE["identificativo"]
        assert sessione.lingua == "DE"

    def test_ignores_what_the_contract_no_longer_means(self, world):
        stored()

        answer = world.pay(gRecaptchaResponse="x", avvisaturaDigitale="true", modalitaAvvisaturaDigitale="ASINCRONA")

        assert answer.status == 201


class TestTheWayToPagoPa:
    def test_of_a_stazione_v2_is_checkout(self, world):
        stored()

        world.pay()

        [cart] = world.checkout.carts
        assert not world.wisp.carts
        assert cart.rpp[0].formato is Formato.V2
        assert cart.rpp[0].numero_avviso == NAV
        assert cart.url_connector == "https://govpay.comune.example/govpay/frontend/web/connector/checkout"

    def test_of_a_stazione_v1_is_the_wisp(self, world):
        stored(classic())

        answer = world.pay(a_cart(riferimento(classic())))

        [cart] = world.wisp.carts
        assert not world.checkout.carts
        assert (cart.rpp[0].formato, cart.rpp[0].tipo_versamento) == (Formato.RPT, "BBT")
        assert cart.rpp[0].psp.id_psp == "AGID_01"
        assert (answer.json["redirect"], answer.json["idSession"]) == (REDIRECT_WISP, "sessione-del-nodo-1")

    def test_tells_the_ente_of_an_rpt_that_the_nodo_took(self, world):
        stored(classic())

        world.pay(a_cart(riferimento(classic())))

        [told] = messages_of("notifiche")
        assert "ATTIVAZIONE" in told["chiave"]

    def test_of_several_stazioni_there_is_none(self, world):
        stored()
        stored(classic())

        answer = world.pay(a_cart(riferimento(), riferimento(classic())))

        assert (answer.status, answer.codice) == (400, "PAG_000")
        assert not world.checkout.carts + world.wisp.carts

    def test_carries_several_enti_by_checkout(self, world):
        stored(two_voci())

        assert world.pay(a_cart(riferimento(two_voci()))).status == 201

    def test_carries_a_marca_da_bollo(self, world):
        for pendenza in (a_pendenza(voci=(a_voce(), a_bollo())), classic(voci=(a_voce(), a_bollo()))):
            stored(pendenza)

            answer = world.pay(a_cart(riferimento(pendenza)))

            assert answer.status == 201, answer.json
            assert attempt_of(session_of(answer)).voci[1].bollo is not None


class TestARequestThatIsNotOne:
    @pytest.mark.parametrize(
        ("body", "where"),
        [
            ({}, "pendenze"),
            (a_cart(urlRitorno="javascript:alert(1)"), "urlRitorno"),
            (a_cart(urlRitorno="https://utente@malevolo.example/"), "urlRitorno"),
            (a_cart(urlRitorno="https://buono.example\\@malevolo.example/"), "urlRitorno"),
            (a_cart(urlRitorno="https://portale.example/\r\nSet-Cookie: x"), "urlRitorno"),
            (a_cart(*[riferimento()] * 6), "pendenze"),
            (a_cart({"idDominio": DOMINIO}), "pendenze[0].tipo"),
            (a_cart(riferimento(), avviso(numeroAvviso="12")), "pendenze[1].numeroAvviso"),
            (a_cart(completa(importo="molto")), "pendenze[0].importo"),
            (a_cart(contoAddebito={"iban": "no"}), "contoAddebito.iban"),
            (a_cart(lingua="PT"), "lingua"),
            (a_cart(autenticazioneSoggetto="SPID"), "autenticazioneSoggetto"),
            (a_cart(credenzialiPagatore="x" * 36), "credenzialiPagatore"),
        ],
    )
    def test_is_told_where(self, world, body, where):
        answer = world.pay(body) if body else world.comune.call("POST", f"{PAGAMENTO}/pagamenti", {})

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert f"{where}:" in answer.json["dettaglio"]

    def test_names_a_pendenza_twice(self, world):
        stored()

        answer = world.pay(a_cart(riferimento(), avviso()))

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert "pendenze[1]" in answer.json["dettaglio"]

    @pytest.mark.parametrize("days", [-1, 31])
    def test_asks_for_a_day_that_the_nodo_would_not_take(self, world, days):
        stored()

        answer = world.pay(a_cart(dataEsecuzionePagamento=(rome_day(TODAY) + timedelta(days=days)).isoformat()))

        assert (answer.status, answer.codice) == (422, "SEMANTICA")

    def test_has_nowhere_to_send_the_payer_back(self, world):
        stored()

        answer = world.pay({"pendenze": [riferimento()]})

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert "urlRitorno" in answer.json["dettaglio"]

    def test_may_leave_that_to_the_dominio(self, world):
        put_dominio(url_ritorno="https://portale.comune.example/")
        stored()

        assert world.pay({"pendenze": [riferimento()]}).status == 201

    def test_comes_from_nobody(self, world):
        assert world.pay(as_=None).status == 401

    def test_comes_from_an_applicazione_without_the_api(self, world):
        from chalicelib.anagrafica import operations as anagrafica

        anagrafica.put_applicazione(applicazione=sample.an_applicazione(api_pagamenti=False))

        assert world.pay().codice == "403000"


class TestAPendenzaThatCannotBePaid:
    @pytest.mark.parametrize(
        ("changes", "codice"),
        [
            ({"stato": StatoPendenza.ESEGUITO}, "PAG_006"),
            ({"stato": StatoPendenza.ANNULLATO}, "PAG_006"),
            ({"stato": StatoPendenza.PARZIALMENTE_ESEGUITO}, "PAG_006"),
            ({"data_scadenza": YESTERDAY}, "PAG_007"),
        ],
    )
    @pytest.mark.parametrize("form", [riferimento, avviso])
    def test_is_refused_by_its_state(self, world, changes, codice, form):
        stored(**changes)

        answer = world.pay(a_cart(form()))

        assert (answer.status, answer.codice) == (422, codice)
        assert not world.checkout.carts

    def test_is_payable_on_its_due_day(self, world):
        stored(data_scadenza=rome_day(TODAY))

        assert world.pay().status == 201

    def test_is_unknown_by_its_id(self, world):
        answer = world.pay()

        assert (answer.status, answer.codice) == (422, "VER_008")

    def test_is_of_an_applicazione_that_nobody_knows(self, world):
        answer = world.pay(a_cart({"idA2A": "NESSUNO", "idPendenza": "x"}))

        assert (answer.status, answer.codice) == (400, "APP_000")

    def test_has_a_notice_that_no_applicazione_claims(self, world):
        answer = world.pay(a_cart(avviso(numeroAvviso="399000000000000112")))

        assert (answer.status, answer.codice) == (422, "APP_006")

    def test_has_a_notice_of_a_dominio_that_nobody_knows(self, world):
        answer = world.pay(a_cart(avviso(idDominio="99999999999")))

        assert (answer.status, answer.codice) == (422, "DOM_000")

    def test_has_a_notice_of_a_dominio_that_is_disabled(self, world):
        stored()
        put_dominio(abilitato=False)

        for form in (riferimento(), avviso()):
            assert world.pay(a_cart(form)).codice == "DOM_001"

    def test_has_a_notice_of_an_ente_of_others_which_is_not_asked_for_it(self, world):
        world.ente.answer = verificata()

        answer = world.pay(a_cart(avviso()), as_=ALTRA)

        assert (answer.status, answer.codice) == (403, "APP_003")
        assert world.ente.asked == []
        assert pendenze.get_by_iuv(DOMINIO, IUV) is None

    @pytest.mark.parametrize("codice", ["RSSMRA80A01H501U", "BNCGNN80A01H501F"])
    def test_has_a_notice_of_an_ente_of_others_and_does_not_learn_its_debtor(self, world, codice):
        stored()

        assert world.pay(a_cart(avviso(idDebitore=codice)), as_=ALTRA).codice == "APP_003"

    def test_has_a_notice_of_another_debtor(self, world):
        stored()

        assert world.pay(a_cart(avviso(idDebitore="RSSMRA80A01H501U"))).status == 201
        refused = world.pay(a_cart(avviso(idDebitore="BNCGNN80A01H501F")))
        assert (refused.status, refused.codice) == (403, "403000")
        assert "RSSMRA" not in refused.json["dettaglio"]

    def test_is_not_for_this_applicazione(self, world):
        stored()

        answer = world.pay(as_=ALTRA)

        assert (answer.status, answer.codice, answer.json["categoria"]) == (403, "APP_003", "RICHIESTA")
        assert "TARI-2026-0001" in answer.json["dettaglio"]

    def test_is_sent_whole_for_another_applicazione(self, world):
        answer = world.pay(a_cart(completa()), as_=ALTRA)

        assert (answer.status, answer.codice) == (400, "APP_002")

    @pytest.mark.parametrize(("field", "codice"), [("dataScadenza", "PAG_007"), ("dataValidita", "PAG_012")])
    def test_is_sent_whole_with_a_date_that_has_passed(self, world, field, codice):
        answer = world.pay(a_cart(completa(**{field: YESTERDAY.isoformat()})))

        assert (answer.status, answer.codice) == (422, codice)
        assert pendenze.get(A2A, "PORTALE-0001") is None

    def test_is_sent_whole_and_does_not_add_up(self, world):
        answer = world.pay(a_cart(completa(importo=13)))

        assert (answer.status, answer.codice) == (422, "VER_002")


class TestThePendenzaThatTheEnteMustBeAskedAbout:
    @pytest.mark.parametrize(
        ("stato", "codice"),
        [
            ("SCADUTA", "VER_010"),
            ("SCONOSCIUTA", "VER_011"),
            ("DUPLICATA", "VER_012"),
            ("ANNULLATA", "VER_013"),
        ],
    )
    def test_is_refused_as_the_ente_says(self, world, stato, codice):
        stored(data_validita=YESTERDAY)
        world.ente.answer = verificata(stato=stato)

        answer = world.pay()

        assert (answer.status, answer.codice, answer.json["categoria"]) == (422, codice, "RICHIESTA")

    def test_is_refused_when_the_ente_is_silent(self, world):
        stored(data_validita=YESTERDAY)
        world.ente.silence = True

        answer = world.pay()

        assert (answer.status, answer.codice, answer.json["categoria"]) == (422, "VER_014", "OPERAZIONE")

    def test_is_paid_as_the_ente_says_today(self, world):
        stored(data_validita=YESTERDAY)
        world.ente.answer = verificata(
            importo="110.00",
            dataValidita=TOMORROW.isoformat(),
            voci=[{"idVocePendenza": "voce-1", "importo": "110.00", "descrizione": "TARI", "codEntrata": "TARI"}],
        )

        answer = world.pay()

        assert answer.status == 201, answer.json
        assert session_of(answer).importo.cents == 11000

    def test_is_known_by_its_notice_to_the_ente_only(self, world):
        world.ente.answer = verificata()

        answer = world.pay(a_cart(avviso()))

        assert answer.status == 201, answer.json
        assert pendenze.get_by_iuv(DOMINIO, IUV) is not None


class TestAPaymentInProgress:
    def test_keeps_another_away(self, world):
        stored()
        first = session_of(world.pay())

        answer = world.pay()

        assert (answer.status, answer.codice) == (422, "PAG_014")
        assert first.id in answer.json["dettaglio"]
        assert len(world.checkout.carts) == 1

    def test_does_not_when_an_operator_released_it(self, world):
        stored()
        sessione = session_of(world.pay())
        rpp = f"/govpay/backend/api/backoffice/rs/basic/v1/rpp/{DOMINIO}/{IUV}/{sessione.id}"

        released = world.gpadmin.patch(rpp, [{"op": "REPLACE", "path": "/bloccante", "value": False}])

        assert released.status == 200, released.json
        assert world.pay().status == 201

    def test_does_not_when_pagopa_refused_it(self, world):
        stored()
        world.checkout.risposta = rifiutato()
        assert world.pay().status == 502
        world.checkout.risposta = session_ok()

        assert world.pay().status == 201


def session_ok():
    from tests.builders_sessioni import accolto

    return accolto()


class TestPagoPaThatSaysNo:
    def test_is_told_with_the_payment_that_exists(self, world):
        stored(classic())
        world.wisp.risposta = rifiutato("PPT_IBAN_NON_CENSITO")

        answer = world.pay(a_cart(riferimento(classic())))

        assert answer.status == 502
        assert (answer.codice, answer.json["categoria"]) == ("PPT_IBAN_NON_CENSITO", "PAGOPA")
        assert_conforms("pagamento", "v1", "faultBeanEsteso", answer.json)
        sessione = session_of(answer)
        assert answer.json["location"] == f"/pagamenti/{sessione.id}"
        assert sessione.stato is StatoSessione.FALLITO
        assert attempt_of(sessione).stato is StatoRpp.RPT_RIFIUTATA_NODO

    def test_or_cannot_be_reached(self, world):
        stored()
        world.checkout.risposta = rifiutato(None)

        answer = world.pay()

        assert (answer.status, answer.codice) == (502, "PAA_NODO_INDISPONIBILE")
        assert session_of(answer).stato is StatoSessione.FALLITO

    def test_or_says_nothing(self, world):
        stored()
        world.checkout.risposta = incerto()

        answer = world.pay()

        assert (answer.status, answer.codice) == (502, "PAA_NODO_INDISPONIBILE")
        sessione = session_of(answer)
        assert sessione.stato is StatoSessione.IN_INVIO
        assert sessione.prossima_verifica is not None
        assert attempt_of(sessione).stato is StatoRpp.RPT_ATTIVATA
        assert world.pay().codice == "PAG_014"
        shown = world.comune.get(f"{PAGAMENTO}/pagamenti/{sessione.id}")
        assert shown.json["stato"] == "IN_CORSO"


class TestARequestThatIsRepeated:
    def test_in_one_session_of_the_portal_is_one_payment(self, world):
        stored()

        first = world.pay(idSessionePortale="s-1")
        again = world.pay(idSessionePortale="s-1")

        assert (again.status, again.json) == (201, first.json)
        assert len(world.checkout.carts) == 1

    def test_with_another_body_is_another_payment(self, world):
        stored()
        stored(another(2))

        first = world.pay(idSessionePortale="s-1")
        other = world.pay(a_cart(riferimento(another(2))), idSessionePortale="s-1")

        assert other.status == 201
        assert other.json["id"] != first.json["id"]

    def test_by_another_applicazione_is_another_request(self, world):
        stored()
        world.pay(idSessionePortale="s-1")

        assert world.pay(as_=ALTRA, idSessionePortale="s-1").codice == "APP_003"

    def test_with_a_key_is_one_payment(self, world):
        stored()

        first = pay_with_key(world, "k-1")
        again = pay_with_key(world, "k-1")

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json_body == again.json_body

    def test_with_a_key_and_another_body_is_refused(self, world):
        stored()
        stored(another(2))
        pay_with_key(world, "k-1")

        other = pay_with_key(world, "k-1", a_cart(riferimento(another(2))))

        assert (other.status_code, other.json_body["codice"]) == (422, "SEMANTICA")

    def test_with_a_key_that_is_none_is_refused(self, world):
        stored()

        assert pay_with_key(world, "con spazi").json_body["codice"] == "SINTASSI"

    def test_after_it_was_refused_by_pagopa_is_a_new_payment(self, world):
        stored()
        world.checkout.risposta = rifiutato()
        first = world.pay(idSessionePortale="s-1")
        world.checkout.risposta = session_ok()

        again = world.pay(idSessionePortale="s-1")

        assert again.status == 201
        assert again.json["id"] != first.json["id"]

    def test_after_silence_hands_the_same_cart_over_again(self, world):
        stored()
        world.checkout.risposta = incerto()
        first = world.pay(idSessionePortale="s-1")
        world.checkout.risposta = session_ok()

        again = world.pay(idSessionePortale="s-1")

        assert again.status == 201
        assert again.json["id"] == first.json["id"]
        assert world.checkout.ripetuti == [False, True]
        assert session_of(again).descrizione_stato is None


def pay_with_key(world, key, body=None):
    import base64
    import json

    from tests.builders_sessioni import COMUNE

    headers = {
        "Authorization": "Basic " + base64.b64encode(":".join(COMUNE).encode()).decode(),
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    return world.client.http.post(f"{PAGAMENTO}/pagamenti", headers=headers, body=json.dumps(body or a_cart()).encode())


class TestSomebodyNobodyKnows:
    @pytest.fixture(autouse=True)
    def registered(self, world):
        put_dominio(url_ritorno="https://portale.comune.example/")

    def pay(self, world, body):
        return world.pay(body, base=PUBLIC, as_=None)

    def test_pays_a_notice_as_anonimo(self, world):
        stored()

        answer = self.pay(world, a_cart(avviso(), soggettoVersante=VERSANTE))

        assert answer.status == 201, answer.json
        versante = session_of(answer).versante
        assert (versante.identificativo, versante.anagrafica, versante.email) == (
            "ANONIMO",
            "ANONIMO",
            "luigi@esempio.it",
        )

    def test_must_leave_an_email(self, world):
        stored()

        answer = self.pay(world, a_cart(avviso()))

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert "soggettoVersante.email" in answer.json["dettaglio"]

    def test_pays_nothing_by_its_id(self, world):
        stored()

        assert self.pay(world, a_cart(riferimento(), soggettoVersante=VERSANTE)).codice == "403000"

    def test_sends_whole_only_what_is_open_to_everybody(self, world):
        answer = self.pay(world, a_cart(completa(), soggettoVersante=VERSANTE))

        assert (answer.status, answer.codice) == (422, "UAN_002")
        assert pendenze.get(A2A, "PORTALE-0001") is None

    def test_sends_whole_what_is_open_to_everybody(self, world):
        from chalicelib.anagrafica import operations as anagrafica

        anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(tipo="spontaneo"))

        assert self.pay(world, a_cart(completa(), soggettoVersante=VERSANTE)).status == 201

    def test_sends_whole_nothing_in_favour_of_several_enti(self, world):
        from chalicelib.anagrafica import operations as anagrafica

        anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(tipo="spontaneo"))
        [voce] = completa()["voci"]
        shared = completa(voci=[{**voce, "idDominio": sample.ALTRO_DOMINIO}])

        answer = self.pay(world, a_cart(shared, soggettoVersante=VERSANTE))

        assert (answer.status, answer.codice) == (422, "VER_038")

    def test_is_sent_back_to_the_ente_only(self, world):
        stored()
        elsewhere = a_cart(avviso(), soggettoVersante=VERSANTE, urlRitorno="https://malevolo.example/")

        answer = self.pay(world, elsewhere)

        assert (answer.status, answer.codice) == (422, "SEMANTICA")
        assert not query_of(RITORNO).get("esito")
