"""GET, PATCH /pagamenti and the way back: who sees a payment, how it is found, where the payer is sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.aws.transactions import commit
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti.sessioni import repository
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from tests import builders_anagrafica as sample
from tests.aws_calls import aws_calls
from tests.aws_state import items_of
from tests.builders_pagamenti import A2A, DOMINIO, IUV
from tests.builders_sessioni import (
    ALTRA,
    BACKOFFICE,
    COMUNE,
    CONNECTOR,
    GPADMIN,
    PAGAMENTO,
    PUBLIC,
    VERSANTE,
    a_cart,
    another,
    avviso,
    classic,
    incerto,
    portale,
    put_dominio,
    query_of,
    riferimento,
    session_of,
    stored,
)
from tests.contract import assert_conforms

OPERATORE = ("operatore", "Operatore-2026")


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


def paid(world, **other):
    stored()
    return session_of(world.pay(a_cart(soggettoVersante=VERSANTE, lingua="IT"), **other))


def older(sessione, **delta):
    """Let a session have been started before now."""
    aged = replace(sessione, creata=sessione.creata - timedelta(**delta))
    commit([repository.write(sessione, aged)])
    return aged


def an_operatore(domini=(DOMINIO,), tipi=("*",)):
    acl = (Acl(servizio=Servizio.PAGAMENTI, autorizzazioni=(Diritto.LETTURA, Diritto.SCRITTURA)),)
    abilitazioni = Abilitazioni(domini=domini, tipi_pendenza=tipi, acl=acl)
    anagrafica.put_operatore(operatore=sample.an_operatore(abilitazioni=abilitazioni))


def without_numero(body):
    """Leave out the numbers of notices: their pattern is misprinted in this contract."""
    for pendenza in body.get("pendenze", ()):
        pendenza.pop("numeroAvviso")
    for rpp in body["rpp"]:
        if isinstance(rpp.get("pendenza"), dict):
            rpp["pendenza"].pop("numeroAvviso")
    return body


class TestAPayment:
    def test_of_a_portal_conforms_to_the_contract(self, world):
        sessione = paid(world, idSessionePortale="s-1")

        answer = world.comune.get(f"{PAGAMENTO}/pagamenti/{sessione.id}")

        assert answer.status == 200
        body = answer.json
        assert (body["stato"], body["idSessionePortale"], body["idSessionePsp"]) == (
            "IN_CORSO",
            "s-1",
            sessione.id_session,
        )
        assert [one["idPendenza"] for one in body["pendenze"]] == ["TARI-2026-0001"]
        assert body["rpp"][0]["rpt"]["datiVersamento"]["codiceContestoPagamento"] == sessione.id
        assert_conforms("pagamento", "v1", "pagamento", without_numero(body))

    def test_of_the_backoffice_conforms_to_the_contract(self, world):
        sessione = paid(world)

        answer = world.gpadmin.get(f"{BACKOFFICE}/pagamenti/{sessione.id}")

        assert answer.status == 200
        assert answer.json["modello"] == "Pagamento ad iniziativa Ente"
        assert_conforms("backoffice", "v1", "pagamento", without_numero(answer.json))

    def test_costs_three_reads(self, world):
        sessione = paid(world)

        with aws_calls() as calls:
            world.comune.get(f"{PAGAMENTO}/pagamenti/{sessione.id}")

        assert calls == ["dynamodb.GetItem", "dynamodb.BatchGetItem", "dynamodb.BatchGetItem"]

    def test_is_found_by_the_session_that_came_back(self, world):
        sessione = paid(world)

        answer = world.comune.get(f"{PAGAMENTO}/pagamenti/byIdSession/{sessione.id_session}")

        assert (answer.status, answer.json["id"]) == (200, sessione.id)

    @pytest.mark.parametrize("path", ["nessuno", "byIdSession/nessuna", "idempotenza%23x", "x" * 300])
    def test_is_unknown(self, world, path):
        answer = world.comune.get(f"{PAGAMENTO}/pagamenti/{path}")

        assert (answer.status, answer.codice) == (404, "404000")

    def test_is_seen_by_the_applicazione_that_started_it_only(self, world):
        sessione = paid(world)

        answer = world.as_(ALTRA).get(f"{PAGAMENTO}/pagamenti/{sessione.id}")

        assert (answer.status, answer.codice) == (404, "404000")

    def test_is_seen_by_operators_of_its_domini_only(self, world):
        sessione = paid(world)
        url = f"{BACKOFFICE}/pagamenti/{sessione.id}"

        an_operatore()
        assert world.as_(OPERATORE).get(url).status == 200
        an_operatore(domini=(sample.ALTRO_DOMINIO,))
        assert world.as_(OPERATORE).get(url).codice == "404000"

    def test_hangs_on_its_pendenza(self, world):
        sessione = paid(world)

        answer = world.comune.get(f"{PAGAMENTO}/pendenze/{A2A}/TARI-2026-0001")

        assert [one["id"] for one in answer.json["pagamenti"]] == [sessione.id]

    @pytest.mark.parametrize(("api", "base"), [("pagamento", PAGAMENTO), ("backoffice", BACKOFFICE)])
    def test_leaves_its_pendenza_as_the_contract_says(self, world, api, base):
        paid(world)

        body = world.as_(GPADMIN if base == BACKOFFICE else COMUNE).get(f"{base}/pendenze/{A2A}/TARI-2026-0001").json

        body.pop("numeroAvviso")
        assert len(body["pagamenti"]) == 1
        assert_conforms(api, "v1", "pendenza", body)

    def test_leads_to_its_pendenze(self, world):
        sessione = paid(world)
        stored(another(2))

        answer = world.comune.get(f"{PAGAMENTO}/pendenze", idPagamento=sessione.id)

        assert [one["idPendenza"] for one in answer.json["risultati"]] == ["TARI-2026-0001"]

    def test_leads_to_its_attempts(self, world):
        sessione = paid(world)

        answer = world.comune.get(f"{PAGAMENTO}/rpp", idPagamento=sessione.id)

        assert len(answer.json["risultati"]) == 1


class TestAnAnonymousPayment:
    @pytest.fixture
    def sessione(self, world):
        put_dominio(url_ritorno="https://portale.comune.example/")
        stored()
        return session_of(world.pay(a_cart(avviso(), soggettoVersante=VERSANTE), base=PUBLIC, as_=None))

    def test_hides_the_debtor(self, world, sessione):
        answer = world.anonimo.get(f"{PUBLIC}/pagamenti/{sessione.id}")

        assert answer.status == 200
        assert "RSSMRA80A01H501U" not in answer.raw.decode()
        assert answer.json["rpp"][0]["rpt"]["soggettoPagatore"] is None

    def test_is_readable_for_an_hour(self, world, sessione):
        url = f"{PUBLIC}/pagamenti/{sessione.id}"
        sessione = older(sessione, minutes=59)
        assert world.anonimo.get(url).status == 200

        older(replace(sessione, versione=sessione.versione + 1), minutes=2)

        assert world.anonimo.get(url).status == 404

    def test_is_not_one_that_an_applicazione_started(self, world):
        own = paid(world)

        assert world.anonimo.get(f"{PUBLIC}/pagamenti/{own.id}").status == 404

    def test_is_in_no_list_of_theirs(self, world):
        assert world.anonimo.get(f"{PUBLIC}/pagamenti").status == 401


class TestTheList:
    @pytest.fixture
    def started(self, world):
        stored()
        stored(another(2))
        stored(another(3))
        first = session_of(world.pay(a_cart(soggettoVersante=VERSANTE), idSessionePortale="s-1"))
        second = session_of(world.pay(a_cart(riferimento(another(2)))))
        world.checkout.risposta = replace(incerto(), esito="RIFIUTATA")
        third = session_of(world.pay(a_cart(riferimento(another(3)))))
        return [first, second, third]

    def ids(self, caller, base=PAGAMENTO, **query):
        answer = caller.get(f"{base}/pagamenti", **query)
        assert answer.status == 200, answer.json
        return [one["id"] for one in answer.json["risultati"]]

    @pytest.mark.parametrize(("api", "base"), [("pagamento", PAGAMENTO), ("backoffice", BACKOFFICE)])
    def test_conforms_to_the_contract(self, world, started, api, base):
        caller = world.comune if base == PAGAMENTO else world.gpadmin

        answer = caller.get(f"{base}/pagamenti")

        assert_conforms(api, "v1", "GET /pagamenti", answer.json)
        assert answer.json["numRisultati"] == 3

    def test_is_of_what_the_caller_started(self, world, started):
        assert self.ids(world.comune) == [one.id for one in started]
        assert self.ids(world.as_(ALTRA)) == []

    def test_turns_round(self, world, started):
        backwards = self.ids(world.comune, ordinamento="-dataRichiestaPagamento")

        assert backwards == [one.id for one in reversed(started)]

    def test_goes_on_from_page_to_page(self, world, started):
        page = world.comune.get(f"{PAGAMENTO}/pagamenti", risultatiPerPagina=2)

        rest = world.comune.get(PAGAMENTO + page.json["prossimiRisultati"])

        assert [one["id"] for one in rest.json["risultati"]] == [started[2].id]

    def test_is_narrowed_by_its_filters(self, world, started):
        first, second, third = started
        comune = world.comune

        assert self.ids(comune, stato="FALLITO") == [third.id]
        assert self.ids(comune, stato="IN_CORSO") == [first.id, second.id]
        assert self.ids(comune, versante="vrdlgi80a01h501z") == [first.id]
        assert self.ids(comune, identificativoSoggettoVersante="vrdlgi80a01h501z") == [first.id]
        assert self.ids(comune, idSessionePortale="s-1") == [first.id]
        assert self.ids(comune, idSessione=second.id_session) == [second.id]
        assert self.ids(comune, id=third.id) == [third.id]
        assert self.ids(comune, idA2A=A2A, idPendenza="TARI-2026-0002") == [second.id]
        assert self.ids(comune, dataA="2020-01-01") == []
        assert self.ids(comune, idSessione="nessuna") == []

    def test_of_the_backoffice_knows_more_filters(self, world, started):
        first, second, _third = started

        assert self.ids(world.gpadmin, BACKOFFICE, idDebitore="RSSMRA80A01H501U", idDominio=DOMINIO)[:1] == [first.id]
        assert self.ids(world.gpadmin, BACKOFFICE, idDominio=DOMINIO, iuv=another(2).iuv) == [second.id]
        assert self.ids(world.gpadmin, BACKOFFICE, verificato="true") == []

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"iuv": another(3).iuv}, [2]),
            ({"idPendenza": "TARI-2026-0003"}, [2]),
            ({"idA2A": A2A}, [0, 1, 2]),
            ({"idA2A": A2A, "iuv": another(2).iuv}, [1]),
            ({"idA2A": "IGNOTA"}, []),
            ({"iuv": another(2).iuv, "idPendenza": "TARI-2026-0003"}, []),
            ({"iuv": f"{another(2).iuv}|"}, []),
        ],
    )
    def test_counts_and_pages_what_a_filter_leaves(self, world, started, query, found):
        """What is left out is left out before the page is cut, not after."""
        answer = world.gpadmin.get(f"{BACKOFFICE}/pagamenti", risultatiPerPagina=1, **query)

        assert answer.json["numRisultati"] == len(found)
        assert [one["id"] for one in answer.json["risultati"]] == [started[number].id for number in found[:1]]
        assert ("prossimiRisultati" in answer.json) == (len(found) > 1)

    def test_of_an_operatore_counts_his_tipi_pendenza_only(self, world, started):
        for tipi, found in (("*", 3), (started[0].tentativi[0].id_tipo_pendenza, 3), (sample.MENSA, 0)):
            an_operatore(tipi=(tipi,))

            answer = world.as_(OPERATORE).get(f"{BACKOFFICE}/pagamenti", risultatiPerPagina=1)

            assert answer.json["numRisultati"] == found, tipi
            assert len(answer.json["risultati"]) == min(found, 1)

    def test_goes_back_over_years(self, world, started):
        old = older(started[0], days=2 * 366)

        assert self.ids(world.comune)[0] == old.id
        assert self.ids(world.comune, dataDa=f"{old.creata:%Y-%m-%d}", dataA=f"{old.creata:%Y}") == [old.id]

    def test_takes_ten_years_and_no_more(self, world):
        answer = world.comune.get(f"{PAGAMENTO}/pagamenti", dataDa="1999-01-01")

        assert (answer.status, answer.codice) == (422, "100001")

    def test_of_an_operatore_is_of_his_domini(self, world, started):
        an_operatore(domini=(DOMINIO,))
        assert len(self.ids(world.as_(OPERATORE), BACKOFFICE)) == 3

        an_operatore(domini=(sample.ALTRO_DOMINIO,))
        assert self.ids(world.as_(OPERATORE), BACKOFFICE) == []

        an_operatore(domini=())
        assert world.as_(OPERATORE).get(f"{BACKOFFICE}/pagamenti").codice == "403000"

    @pytest.fixture
    def shared_cart(self, world, started):
        """Let the second of three carts be of two enti."""
        first, second, third = started
        [tentativo] = second.tentativi
        both = replace(second, tentativi=(tentativo, replace(tentativo, id_dominio=sample.ALTRO_DOMINIO)))
        commit(repository.writes(second, both))
        return [first, both, third]

    @pytest.mark.parametrize("ordinamento", ["+dataRichiestaPagamento", "-dataRichiestaPagamento"])
    def test_has_a_cart_of_two_enti_once_for_the_operatore_of_either_or_of_both(self, world, shared_cart, ordinamento):
        every = [one.id for one in shared_cart]
        if ordinamento.startswith("-"):
            every.reverse()
        for domini, found in (
            ((DOMINIO,), every),
            ((sample.ALTRO_DOMINIO,), [shared_cart[1].id]),
            ((DOMINIO, sample.ALTRO_DOMINIO), every),
            (("*",), every),
        ):
            an_operatore(domini=domini)
            seen, path = [], f"/pagamenti?risultatiPerPagina=1&ordinamento={ordinamento.replace('+', '%2B')}"
            while path:
                answer = world.as_(OPERATORE).get(BACKOFFICE + path)
                assert answer.json.get("numRisultati", len(found)) == len(found), domini
                seen += [one["id"] for one in answer.json["risultati"]]
                path = answer.json.get("prossimiRisultati")
            assert seen == found, domini

    def test_has_a_cart_of_two_enti_under_the_dominio_asked_for(self, world, shared_cart):
        found = [shared_cart[1].id]

        assert self.ids(world.gpadmin, BACKOFFICE, idDominio=sample.ALTRO_DOMINIO) == found
        an_operatore(domini=(DOMINIO,))
        assert self.ids(world.as_(OPERATORE), BACKOFFICE, idDominio=sample.ALTRO_DOMINIO) == found
        an_operatore(domini=(DOMINIO, sample.ALTRO_DOMINIO))
        assert self.ids(world.as_(OPERATORE), BACKOFFICE, idDominio=sample.ALTRO_DOMINIO) == found

    def test_follows_a_cart_of_two_enti_under_both(self, world, shared_cart):
        an_operatore(domini=(sample.ALTRO_DOMINIO,))
        before = repository.get(shared_cart[1].id)

        commit(repository.writes(before, replace(before, verificato=True)))

        assert self.ids(world.as_(OPERATORE), BACKOFFICE, verificato="true") == [before.id]
        assert self.ids(world.as_(OPERATORE), BACKOFFICE, verificato="false") == []

    def test_tells_where_a_cart_is_listed_too(self, world, shared_cart):
        under = [repository.listed_under(PagamentoItem.get(one.id)) for one in shared_cart]

        assert [[repository.id_of(item) for item in items] for items in under] == [[], [shared_cart[1].id], []]

    def test_of_a_cart_of_one_ente_is_one_write(self, world, started):
        assert len(repository.writes(None, started[0])) == 1

    @pytest.mark.parametrize(
        "query", [{"stato": "PAGATO"}, {"ordinamento": "+importo"}, {"dataDa": "ieri"}, {"id": "x" * 300}]
    )
    def test_refuses_what_it_does_not_know(self, world, query):
        answer = world.comune.get(f"{PAGAMENTO}/pagamenti", **query)

        assert (answer.status, answer.codice) == (422, "100001")


class TestAnOperator:
    def test_marks_a_payment_as_looked_at_and_leaves_a_note(self, world):
        sessione = paid(world)
        nota = {"autore": "Ufficio", "oggetto": "Controllo", "testo": "Il pagatore ha telefonato"}
        ops = [
            {"op": "REPLACE", "path": "/verificato", "value": True},
            {"op": "ADD", "path": "/nota", "value": nota},
        ]

        answer = world.gpadmin.patch(f"{BACKOFFICE}/pagamenti/{sessione.id}", ops)

        assert answer.status == 200, answer.json
        assert answer.json["verificato"] is True
        assert answer.json["note"][0]["testo"] == nota["testo"]
        assert answer.json["note"][0]["principal"] == sample.GPADMIN

    @pytest.mark.parametrize(
        ("op", "where"),
        [
            ({"op": "REPLACE", "path": "/stato", "value": "ESEGUITO"}, "path"),
            ({"op": "ADD", "path": "/verificato", "value": True}, "op"),
            ({"op": "REPLACE", "path": "/verificato", "value": "si"}, "value"),
            ({"op": "ADD", "path": "/nota", "value": {"testo": 7}}, "value.testo"),
        ],
    )
    def test_is_told_what_may_not_be_changed(self, world, op, where):
        sessione = paid(world)

        answer = world.gpadmin.patch(f"{BACKOFFICE}/pagamenti/{sessione.id}", [op])

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert answer.json["dettaglio"].startswith(f"[0].{where}:")

    def test_finds_nothing_to_change(self, world):
        ops = [{"op": "REPLACE", "path": "/verificato", "value": True}]

        assert world.gpadmin.patch(f"{BACKOFFICE}/pagamenti/nessuno", ops).codice == "404000"


class TestThePayerWhoComesBack:
    @pytest.mark.parametrize("esito", ["OK", "ERROR", "DIFFERITO"])
    def test_is_sent_on_to_the_portal(self, world, esito):
        sessione = paid(world)

        answer = world.come_back(sessione, esito)

        assert answer.status == 303
        location = answer.headers["Location"]
        assert location.startswith("https://portale.comune.example/esito?pratica=7&")
        assert query_of(location) == {
            "pratica": "7",
            "idPagamento": sessione.id,
            "idSession": sessione.id_session,
            "esito": esito,
        }
        assert answer.headers["Cache-Control"] == "no-store"

    def test_from_the_wisp_is_known_by_the_session_of_the_nodo(self, world):
        stored(classic())
        sessione = session_of(world.pay(a_cart(riferimento(classic()))))

        answer = world.come_back(sessione, way="ecsp/psp")

        assert answer.status == 303
        assert query_of(answer.headers["Location"])["idSession"] == "sessione-del-nodo-1"

    def test_waits_for_the_outcome(self, world):
        sessione = paid(world)

        world.come_back(sessione)

        assert repository.get(sessione.id).stato is StatoSessione.IN_ATTESA_DI_ESITO

    @pytest.mark.parametrize("esito", [None, "", "PAGATO", "ok"])
    def test_without_an_esito_has_failed(self, world, esito):
        answer = world.come_back(paid(world), esito)

        assert query_of(answer.headers["Location"])["esito"] == "FAIL"

    def test_twice_changes_nothing_more(self, world):
        sessione = paid(world)
        world.come_back(sessione, "ERROR")
        before = items_of()

        again = world.come_back(sessione, "OK")

        assert again.status == 303
        assert items_of() == before
        assert repository.get(sessione.id).esito_ritorno == "ERROR"

    def test_is_unknown(self, world):
        for query in ({"idSession": "nessuna", "esito": "OK"}, {"esito": "OK"}, {"idSession": "x" * 500}):
            answer = world.anonimo.get(f"{CONNECTOR}/checkout", **query)
            assert (answer.status, answer.codice) == (404, "404000")

    def test_never_goes_where_the_request_says(self, world):
        sessione = paid(world)
        query = {"idSession": sessione.id_session, "esito": "OK", "urlRitorno": "https://malevolo.example/"}

        answer = world.anonimo.get(f"{CONNECTOR}/checkout", **query)

        assert answer.headers["Location"].startswith("https://portale.comune.example/")

    def test_is_not_known_by_the_id_of_the_payment(self, world):
        sessione = paid(world)

        assert world.anonimo.get(f"{CONNECTOR}/checkout", idSession=sessione.id, esito="OK").status == 404

    def test_goes_where_the_dominio_says_if_the_portal_did_not(self, world):
        put_dominio(url_ritorno="https://www.comune.example/grazie")
        stored()
        sessione = session_of(world.pay({"pendenze": [riferimento()]}))

        answer = world.come_back(sessione)

        assert answer.headers["Location"].startswith("https://www.comune.example/grazie?")

    def test_has_nowhere_to_go(self, world):
        stored(classic())
        sessione = session_of(world.pay({"pendenze": [riferimento(classic())]}))

        answer = world.come_back(sessione, way="ecsp/psp")

        assert (answer.status, answer.codice) == (422, "PAG_013")
        assert sessione.id in answer.json["dettaglio"]

    def test_costs_a_query_a_read_and_a_write(self, world):
        sessione = paid(world)

        with aws_calls() as calls:
            world.come_back(sessione)

        assert calls == ["dynamodb.Query", "dynamodb.GetItem", "dynamodb.PutItem"]

    def test_is_about_the_iuv(self, world):
        assert paid(world).tentativi[0].iuv == IUV
