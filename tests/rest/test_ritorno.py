"""The payer who gives up at Checkout: the portal may try again at once, and no payment is lost or paid twice unseen."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.notifiche import repository as notifiche
from chalicelib.pagamenti import operations as pagamenti_operations
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.sessioni import repository, ritorno, sequel
from chalicelib.pagamenti.sessioni.model import EsitoRitorno
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from tests import builders_anagrafica as sample
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders_pagamenti import DOMINIO, IUV, a_receipt
from tests.builders_sessioni import (
    BACKOFFICE,
    CONNECTOR,
    PUBLIC,
    RITORNO,
    TODAY,
    VERSANTE,
    a_cart,
    another,
    attempt_of,
    avviso,
    classic,
    portale,
    put_dominio,
    query_of,
    riferimento,
    session_of,
    stored,
)

S = StatoSessione
LATER = TODAY + timedelta(minutes=5)
GIVEN_UP = ["ANNULLATO", "ERROR"]


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


def paid(world, *pendenze_, **query):
    for pendenza in pendenze_:
        stored(pendenza)
    if not pendenze_:
        stored()
    return session_of(world.pay(a_cart(*map(riferimento, pendenze_)), **query))


def raw_return(world, sessione, **query):
    return world.anonimo.get(f"{CONNECTOR}/checkout", idSession=sessione.id_session, **query)


class TestAPayerWhoGivesUp:
    @pytest.mark.parametrize("esito", GIVEN_UP)
    def test_may_try_again_at_once(self, world, esito):
        first = paid(world)
        assert world.pay().codice == "PAG_014"

        assert world.come_back(first, esito).status == 303

        again = world.pay()
        assert again.status == 201, again.json
        assert again.json["id"] != first.id
        assert world.pay().codice == "PAG_014"

    @pytest.mark.parametrize("esito", GIVEN_UP)
    def test_is_shown_the_page_of_an_error(self, world, esito):
        location = world.come_back(paid(world), esito).headers["Location"]

        assert query_of(location)["esito"] == "ERROR"

    @pytest.mark.parametrize(("esito", "words"), [("ANNULLATO", "ha annullato"), ("ERROR", "esito ERROR")])
    def test_is_told_to_the_operator(self, world, esito, words):
        sessione = paid(world)
        world.come_back(sessione, esito)

        shown = world.gpadmin.get(f"{BACKOFFICE}/pagamenti/{sessione.id}").json

        assert words in shown["descrizioneStato"]
        assert repository.get(sessione.id).esito_ritorno == esito

    def test_leaves_every_pendenza_of_the_cart(self, world):
        sessione = paid(world, another(1), another(2), another(3))

        world.come_back(sessione, "ANNULLATO")

        assert not any(attempt_of(sessione, number).bloccante for number in range(3))
        assert world.pay(a_cart(riferimento(another(2)))).status == 201

    def test_in_one_session_of_the_portal_gets_a_new_cart(self, world):
        first = paid(world, idSessionePortale="s-1")
        world.come_back(first, "ANNULLATO")

        again = world.pay(idSessionePortale="s-1")

        assert (again.status, again.json["id"] == first.id) == (201, False)
        assert world.pay(idSessionePortale="s-1").json["id"] == again.json["id"]

    @pytest.mark.parametrize("esito", ["OK", "DIFFERITO"])
    def test_is_not_who_comes_back_with_another_esito(self, world, esito):
        world.come_back(paid(world), esito)

        assert world.pay().codice == "PAG_014"

    def test_costs_one_read_more(self, world):
        sessione = paid(world, another(1), another(2))

        with aws_calls() as calls:
            world.come_back(sessione, "ANNULLATO")

        assert calls == [
            "dynamodb.Query",
            "dynamodb.GetItem",
            "dynamodb.BatchGetItem",
            "dynamodb.TransactWriteItems",
        ]

    def test_at_the_wisp_waits_for_the_rt(self, world):
        """Its return bears no signature of ours: anybody could have written it."""
        stored(classic())
        sessione = session_of(world.pay(a_cart(riferimento(classic()))))

        world.come_back(sessione, "ERROR", way="ecsp/psp")

        assert attempt_of(sessione).bloccante
        assert world.pay(a_cart(riferimento(classic()))).codice == "PAG_014"


class TestAReturnThatIsNotOurs:
    def tampered(self, sessione):
        yield {"esito": "ANNULLATO"}
        yield {"esito": "ERROR", "firma": ""}
        for esito in EsitoRitorno:
            others = (sequel.firma_of(sessione, other) for other in EsitoRitorno if other is not esito)
            yield from ({"esito": esito, "firma": firma} for firma in others)
        yield {"esito": "ERROR", "firma": "ù" * 32}
        yield {"firma": sequel.firma_of(sessione, EsitoRitorno.ERROR)}

    def test_changes_nothing(self, world):
        sessione = paid(world)
        before = items_of()

        for query in self.tampered(sessione):
            answer = raw_return(world, sessione, **query)

            assert (answer.status, query_of(answer.headers["Location"])["esito"]) == (303, "FAIL"), query
            assert items_of() == before, query

    def test_of_another_session_changes_nothing(self, world):
        sessione, other = paid(world, another(1)), paid(world, another(2))
        before = items_of()

        raw_return(world, sessione, esito="ERROR", firma=sequel.firma_of(other, EsitoRitorno.ERROR))

        assert items_of() == before

    @pytest.mark.parametrize("esito", ["OK", *GIVEN_UP])
    def test_or_is_replayed_changes_nothing_more(self, world, esito):
        first = paid(world)
        world.come_back(first, "ANNULLATO")
        second = session_of(world.pay())
        before = items_of()

        assert world.come_back(first, esito).status == 303

        assert items_of() == before
        assert attempt_of(second).bloccante
        assert world.pay().codice == "PAG_014"

    def test_says_nothing_of_its_secret(self, world):
        sessione = paid(world)
        shown = world.gpadmin.get(f"{BACKOFFICE}/pagamenti/{sessione.id}")

        assert sessione.segreto.encode() not in shown.raw
        assert sessione.segreto not in str(world.recorded)


class TestAReceiptAfterAPayerGaveUp:
    def pay_by(self, sessione, token):
        receipt = a_receipt(payment_note=sessione.id, token=token)
        return pagamenti_operations.acquire_ricevuta(ricevuta=receipt, now=LATER)

    def test_is_applied(self, world):
        sessione = paid(world)
        world.come_back(sessione, "ANNULLATO")

        self.pay_by(sessione, "token-1")

        after = repository.get(sessione.id)
        assert (after.stato, after.descrizione_stato) == (S.ESEGUITO, None)
        assert pendenze.get_by_iuv(DOMINIO, IUV).stato is StatoPendenza.ESEGUITO
        assert world.pay().codice == "PAG_006"

    def test_closes_its_own_attempt_though_another_is_under_way(self, world):
        first = paid(world)
        world.come_back(first, "ANNULLATO")
        second = session_of(world.pay())

        self.pay_by(first, "token-1")

        assert repository.get(first.id).stato is S.ESEGUITO
        assert repository.get(second.id).stato is S.IN_CORSO_AL_PSP

    def test_shows_that_it_was_paid_twice(self, world):
        first = paid(world)
        world.come_back(first, "ANNULLATO")
        second = session_of(world.pay())
        self.pay_by(second, "token-2")

        self.pay_by(first, "token-1")

        money = {one.ccp: one.anomalie for one in pagamenti.load(DOMINIO, IUV).riscossioni}
        assert money == {"token-2": (), "token-1": (Anomalia.PAGAMENTO_DUPLICATO,)}
        assert pendenze.get_by_iuv(DOMINIO, IUV).anomalo
        assert {repository.get(one.id).stato for one in (first, second)} == {S.ESEGUITO}

    def test_that_was_faster_is_not_undone_by_the_return(self, world):
        sessione = paid(world)
        self.pay_by(sessione, "token-1")
        before = items_of()

        world.come_back(sessione, "ANNULLATO")

        assert items_of() == before

    def test_in_the_middle_of_the_return_is_kept(self, world):
        sessione = paid(world)
        real, once = ritorno.commit, iter([True])

        def interrupted(writes):
            if next(once, False):
                self.pay_by(sessione, "token-1")
            real(writes)

        with patch.object(ritorno, "commit", interrupted):
            world.come_back(sessione, "ERROR")

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_of_part_of_the_cart_leaves_the_rest_to_be_paid(self, world):
        sessione = paid(world, another(1), another(2))
        receipt = a_receipt(another(1), payment_note=sessione.id, token="token-1")
        pagamenti_operations.acquire_ricevuta(ricevuta=receipt, now=LATER)

        world.come_back(sessione, "ERROR")

        assert world.pay(a_cart(riferimento(another(1)))).codice == "PAG_006"
        assert world.pay(a_cart(riferimento(another(2)))).status == 201


class TestAReturnThatDies:
    @pytest.mark.parametrize("esito", ["OK", *GIVEN_UP])
    def test_ends_as_if_it_had_lived_when_the_page_is_loaded_again(self, world, esito):
        sessione = paid(world, another(1), another(2))
        snapshot = Snapshot.take()
        asked = {"id_session": sessione.id_session, "esito": esito, "now": LATER}
        asked["firma"] = sequel.firma_of(sessione, EsitoRitorno(esito))
        with aws_calls() as calls:
            ritorno.come_back(**asked)
        expected = items_of()

        for number, name in enumerate(calls):
            for moment in ("die_before", "die_after"):
                snapshot.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    ritorno.come_back(**asked)

                ritorno.come_back(**asked)

                assert items_of() == expected, f"{moment} {number} {name}"


class TestWhereThePayerGoes:
    OF_APP, OF_DOMINIO = "https://app.comune.example/fine", "https://www.comune.example/grazie"

    def configure(self, *, app, dominio):
        anagrafica.put_applicazione(applicazione=sample.an_applicazione(url_ritorno=self.OF_APP if app else None))
        put_dominio(url_ritorno=self.OF_DOMINIO if dominio else None)

    @pytest.mark.parametrize(
        ("asked", "app", "dominio", "expected"),
        [
            (True, True, True, RITORNO.split("?", maxsplit=1)[0]),
            (False, True, True, OF_APP),
            (False, True, False, OF_APP),
            (False, False, True, OF_DOMINIO),
        ],
    )
    def test_is_what_the_request_says_or_the_applicazione_or_the_dominio(self, world, asked, app, dominio, expected):
        self.configure(app=app, dominio=dominio)
        stored()
        body = a_cart() if asked else {"pendenze": [riferimento()]}

        location = world.come_back(session_of(world.pay(body))).headers["Location"]

        assert location.split("?")[0] == expected

    def test_straight_from_the_nodo_too(self, world):
        self.configure(app=True, dominio=False)
        stored(classic())
        world.wisp.risposta = type(world.wisp.risposta)(esito="ACCETTATA")

        answer = world.pay({"pendenze": [riferimento(classic())]})

        assert answer.status == 201
        assert answer.json["redirect"] == f"{self.OF_APP}?idPagamento={answer.json['id']}"

    def test_of_nobody_is_never_that_of_an_applicazione(self, world):
        self.configure(app=True, dominio=True)
        stored()
        body = a_cart(avviso(), soggettoVersante=VERSANTE, urlRitorno=self.OF_APP)

        refused = world.pay(body, base=PUBLIC, as_=None)

        assert (refused.status, refused.codice) == (422, "SEMANTICA")
        del body["urlRitorno"]
        sessione = session_of(world.pay(body, base=PUBLIC, as_=None))
        assert world.come_back(sessione).headers["Location"].startswith(self.OF_DOMINIO)


class TestTheNotificaOfAPortalsPayment:
    def told(self):
        [message] = messages_of("notifiche")
        return notifiche.get(message["chiave"])

    def test_tells_by_what_each_knows_it(self, world):
        sessione = paid(world, idSessionePortale="s-1")

        pagamenti_operations.acquire_ricevuta(ricevuta=a_receipt(payment_note=sessione.id), now=LATER)

        told = self.told()
        known = (sessione.id_session, "s-1", sessione.id)
        assert (told.id_session, told.id_sessione_portale, told.id_carrello) == known

    def test_tells_the_session_of_the_nodo_with_the_activation(self, world):
        stored(classic())
        sessione = session_of(world.pay(a_cart(riferimento(classic())), idSessionePortale="s-2"))

        told = self.told()
        known = ("sessione-del-nodo-1", "s-2", sessione.id)
        assert (told.id_session, told.id_sessione_portale, told.id_carrello) == known

    def test_of_a_psp_tells_nothing(self, world):
        stored()

        pagamenti_operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)

        told = self.told()
        assert (told.id_session, told.id_sessione_portale, told.id_carrello) == (None, None, None)
