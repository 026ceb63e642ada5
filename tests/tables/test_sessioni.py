"""Sessions as they lie in the tables: which of them pagoPA must be asked about, what goes by itself, what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.sessioni import queries, repository
from chalicelib.pagamenti.sessioni.model import Idempotenza
from chalicelib.pagamenti.sessioni.operations import IN_INVIO
from chalicelib.pagamenti.sessioni.sequel import VITA_CARRELLO
from chalicelib.pagamenti.sessioni.tables import PagamentoItem
from tests.aws_calls import aws_calls
from tests.builders_pagamenti import A2A, DOMINIO, IUV, NOW
from tests.builders_sessioni import incerto, portale, rifiutato, session_of, stored
from tests.rules.test_sessioni import ID, a_session

KEY = Idempotenza(chiave="k", impronta="corpo", rigida=True)


@pytest.fixture
def world(aws):
    with portale() as joined:
        stored()
        yield joined


def due_after(sessione, wait):
    """Tell whether a session is due so long after it was started, and not a moment before."""
    moment = sessione.creata + wait
    early = repository.due(now=moment - timedelta(seconds=1), most=10)
    return (early, repository.due(now=moment, most=10)) == ([], [sessione.id])


class TestASessionThatIsOpen:
    def test_is_asked_about_once_its_cart_has_run_out(self, world):
        assert due_after(session_of(world.pay()), VITA_CARRELLO)

    def test_is_asked_about_soon_if_pagopa_said_nothing(self, world):
        world.checkout.risposta = incerto()

        assert due_after(session_of(world.pay()), timedelta(minutes=1))

    def test_is_asked_about_after_a_crash(self, world):
        def look(carrello):
            sessione = repository.get(carrello.sessione.id)
            assert due_after(sessione, IN_INVIO)

        world.checkout.meanwhile = look
        assert world.pay().status == 201

    def test_is_asked_about_one_page_at_a_time(self, aws):
        sessioni = [
            a_session(id=f"{number:032x}", prossima_verifica=NOW - timedelta(minutes=number)) for number in range(5)
        ]
        for sessione in sessioni:
            commit([repository.write(None, sessione)])

        with aws_calls() as calls:
            assert repository.due(now=NOW, most=3) == [sessione.id for sessione in reversed(sessioni)][:3]
        assert calls == ["dynamodb.Query"]


class TestASessionThatHasEnded:
    def test_is_not_asked_about(self, world):
        world.checkout.risposta = rifiutato()
        world.pay()

        assert repository.due(now=NOW + timedelta(days=3650), most=10) == []


class TestASession:
    def test_comes_back_as_it_was_written(self, aws):
        sessione = a_session(prossima_verifica=NOW, url_ritorno="https://portale.example/")

        commit([repository.write(None, sessione)])

        assert repository.get(ID) == sessione.next_version()

    def test_is_written_once(self, aws):
        commit([repository.write(None, a_session())])

        with pytest.raises(WriteConflict) as conflict:
            commit([repository.write(None, a_session())])
        assert conflict.value.names == ("pagamento",)

    def test_of_nobody_is_in_no_list_by_person(self, world):
        sessione = a_session(anonima=True, id_a2a=None)
        commit([repository.write(None, sessione)])

        item = PagamentoItem.get(ID)

        assert item.versante is None
        assert item.applicazione_anno.startswith("-#")

    def test_is_told_from_a_key_that_was_kept(self, aws):
        commit([repository.prenotazione_write(None, KEY, ID, scade=NOW)])

        assert repository.get("idempotenza#k") is None
        assert PagamentoItem.get("idempotenza#k").scade == int(NOW.timestamp())

    def test_is_named_by_its_pendenza(self, world):
        sessione = session_of(world.pay())

        assert queries.pendenze_of(sessione.id) == [(A2A, "TARI-2026-0001")]
        assert queries.rpp_keys_of(sessione.id) == [(DOMINIO, IUV, sessione.id)]
        assert queries.pendenze_of("nessuno") == queries.rpp_keys_of("nessuno") == []


class TestTwoSessionsOnOnePosition:
    def test_take_turns(self, aws):
        first = a_session()
        commit([repository.blocco_write(DOMINIO, IUV, 0, first)])

        with pytest.raises(WriteConflict) as conflict:
            commit([repository.blocco_write(DOMINIO, IUV, 0, replace(first, id="altra"))])
        assert conflict.value.names == ("blocco",)
        commit([repository.blocco_write(DOMINIO, IUV, 1, first)])

    def test_leave_marks_that_nobody_else_reads(self, world):
        world.pay()

        transazione = pagamenti.load(DOMINIO, IUV)

        assert (len(transazione.rpp), transazione.ricevute) == (1, ())


class TestAKey:
    def test_may_be_had_once(self, aws):
        commit([repository.prenotazione_write(None, KEY, ID, scade=NOW)])

        with pytest.raises(WriteConflict):
            commit([repository.prenotazione_write(None, KEY, "altro", scade=NOW)])
        assert repository.prenotazione(KEY).id == ID

    def test_may_be_had_again_by_who_read_it(self, aws):
        commit([repository.prenotazione_write(None, KEY, ID, scade=NOW)])

        commit([repository.prenotazione_write(repository.prenotazione(KEY), KEY, "altro", scade=NOW)])

        assert repository.prenotazione(KEY).id == "altro"
