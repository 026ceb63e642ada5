"""A ricevuta may come before its pendenza is loaded, or while it is: the pendenza ends paid, and its ente knows, once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import queues
from chalicelib.aws import transactions as transactions_module
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.importo import Importo
from chalicelib.notifiche import operations as notifiche
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import EsitoPagamento
from chalicelib.pagamenti.operations import acquisizione, save_settled
from chalicelib.pagamenti.operations.caricamento import PagataTroppeVolte
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze import operations as caricamento
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.ports import Ports
from chalicelib.pendenze.rules.avviso import NumeroAvvisoDiAltraPendenza
from chalicelib.pendenze.rules.update import StatoNonAggiornabile
from chalicelib.pendenze.schemas import nuova_from_verificata
from chalicelib.pendenze.senza_posizione import SENZA_POSIZIONE
from chalicelib.pendenze.states import StatoPendenza, StatoVoce
from chalicelib.pendenze.tables import TransazioneItem
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import A2A, DOMINIO, IUV, NOW, TOKEN, a_receipt
from tests.doubles_pagamenti import ports, verificata

LATER = NOW + timedelta(minutes=5)
SWEPT = LATER + timedelta(minutes=5)
DOVUTO = Importo(10050)


@pytest.fixture(autouse=True)
def comune(aws, monkeypatch):
    monkeypatch.setattr(acquisizione, "new_hex", lambda: "5e1d" * 8)
    seed_comune(NOW)
    # Caches are of the process: filled, so that the same work makes the same calls.
    anagrafica.dominio(DOMINIO)
    anagrafica.applicazione(A2A)
    for queue in Queue:
        queues._url(queue)
    with ports(), patch.object(Ports, "save_settled", staticmethod(save_settled)):
        yield


def put(id_pendenza="TARI-2026-0001", now=LATER, **other):
    return caricamento.load_pendenza(
        utenza=None, id_a2a=A2A, id_pendenza=id_pendenza, nuova=nuova_from_verificata(verificata(**other)), now=now
    )


def acquire(token=TOKEN, now=NOW, **other):
    operations.acquire_ricevuta(ricevuta=a_receipt(token=token, ricevuta=now, **other), now=now)


def load():
    return repository.load(DOMINIO, IUV)


def told():
    return {message["chiave"] for message in messages_of("notifiche")}


def is_marked():
    return any(item.sk == SENZA_POSIZIONE for item in TransazioneItem.query(repository.partition_of(DOMINIO, IUV)))


@contextmanager
def transactions():
    """Give the actions of the transactions made inside."""
    sent = []
    original = transactions_module._action

    def recording(write):
        sent.append(original(write))
        return sent[-1]

    with patch.object(transactions_module, "_action", recording):
        yield sent


def assert_paid_once():
    found = load()
    (riscossione,), (rpp,) = found.riscossioni, found.rpp
    posizione = found.posizione
    assert (posizione.stato, posizione.anomalo, posizione.importo_pagato) == (StatoPendenza.ESEGUITO, False, DOVUTO)
    assert (posizione.voci[0].stato, posizione.pagamento.ccp) == (StatoVoce.ESEGUITO, TOKEN)
    assert pendenze.get(A2A, posizione.id_pendenza) == posizione
    linked = (riscossione.id_a2a, riscossione.id_pendenza, riscossione.id_voce, riscossione.id_tipo_pendenza)
    assert linked == (A2A, posizione.id_pendenza, "voce-1", "TARI")
    assert riscossione.anomalie == ()
    assert rpp.ccp == TOKEN
    assert len(told()) == 1
    assert not is_marked()


class TestAPendenzaLoadedAfterItsRicevuta:
    def test_is_paid_as_if_it_had_been_there(self):
        acquire()
        assert is_marked()

        pendenza, created = put()

        assert created
        assert pendenza == load().posizione
        assert_paid_once()

    def test_is_what_a_ricevuta_after_it_would_have_made_of_it(self):
        put()
        acquire()

        assert_paid_once()

    def test_stays_paid_if_it_is_loaded_again(self):
        acquire()
        put()
        before = items_of()

        with pytest.raises(StatoNonAggiornabile):
            put()

        assert items_of() == before

    def test_is_anomala_if_it_was_paid_twice(self):
        acquire()
        acquire("altro-token", now=NOW + timedelta(minutes=1))

        put()

        found = load()
        assert (found.posizione.stato, found.posizione.anomalo) == (StatoPendenza.ESEGUITO, True)
        assert (found.posizione.importo_pagato, found.posizione.pagamento.ccp) == (Importo(2 * 10050), TOKEN)
        anomalie = {riscossione.iur: riscossione.anomalie for riscossione in found.riscossioni}
        assert anomalie == {TOKEN: (), "altro-token": (Anomalia.PAGAMENTO_DUPLICATO,)}
        assert {rpp.ccp for rpp in found.rpp} == {TOKEN, "altro-token"}
        assert len(told()) == 2

    def test_is_to_be_paid_if_the_payment_failed(self):
        acquire(esito=EsitoPagamento.NON_ESEGUITO)

        put()

        assert load().posizione.stato is StatoPendenza.NON_ESEGUITO
        assert len(told()) == 1

    def test_keeps_what_an_incasso_had_made_of_its_money(self):
        acquire()
        (stored,) = load().riscossioni
        operations.collect_riscossioni([stored.chiave], id_incasso="INC-1", now=NOW)

        pendenza, _ = put()

        (riscossione,) = load().riscossioni
        assert riscossione.acquisita == stored.acquisita
        assert (riscossione.stato, riscossione.id_incasso) == (StatoRiscossione.INCASSATA, "INC-1")
        assert (pendenza.stato, pendenza.importo_incassato) == (StatoPendenza.INCASSATO, DOVUTO)
        operations.release_riscossioni([stored.chiave], id_incasso="INC-1", now=LATER)
        assert load().posizione.importo_incassato == Importo(0)

    def test_cannot_have_the_notice_of_another_one(self):
        acquire()
        put()

        with pytest.raises(NumeroAvvisoDiAltraPendenza):
            put("UN-ALTRA", idPendenza="UN-ALTRA")

    def test_costs_no_call_more_if_there_was_none(self):
        with aws_calls() as calls:
            put()
        assert calls == ["dynamodb.GetItem", "dynamodb.TransactWriteItems"]

    def test_costs_nothing_more_if_its_number_is_made_here(self):
        put("PRIMA", idPendenza="PRIMA", numeroAvviso=None)

        with aws_calls() as calls, transactions() as sent:
            put("ALTRA", idPendenza="ALTRA", numeroAvviso=None)

        assert [list(action) for action in sent] == [["Put"], ["Put"]]
        assert calls == ["dynamodb.GetItem", "dynamodb.TransactWriteItems"]


class TestARicevutaThatComesWhileItsPendenzaIsSettled:
    def test_is_settled_with_it(self):
        acquire()
        meanwhile = iter(["altro-token"])
        original = repository.money_writes

        def slow(*args):
            for token in meanwhile:
                acquire(token)
            return original(*args)

        with patch.object(repository, "money_writes", slow):
            put()

        found = load()
        assert {rpp.ccp for rpp in found.rpp} == {TOKEN, "altro-token"}
        assert found.posizione.importo_pagato == Importo(2 * 10050)
        assert not is_marked()


class TestALoadAndARicevutaAtOnce:
    @pytest.mark.parametrize("run", range(3))
    def test_end_in_one_payment_whoever_is_first(self, run):
        def work(number):
            try:
                put() if number % 2 == run % 2 else acquire()
            except (operations.ReceiptDuplicata, StatoNonAggiornabile, WriteConflict):
                return "refused"
            return "done"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(work, range(8)))

        assert "done" in outcomes
        # Whoever lost all of its races is called again, as callers and the queue do.
        for again in (put, acquire):
            with suppress(operations.ReceiptDuplicata, StatoNonAggiornabile):
                again()
        assert_paid_once()


class TestALoadThatDies:
    def test_ends_as_if_it_had_lived(self):
        acquire()
        start = Snapshot.take()
        with aws_calls() as calls:
            put()
        assert calls == [
            "dynamodb.GetItem",
            "dynamodb.TransactWriteItems",
            "dynamodb.Query",
            "dynamodb.TransactWriteItems",
            "sqs.SendMessage",
        ]
        notifiche.requeue_due(now=SWEPT)
        expected, expected_told = items_of(), told()

        # To die after the first transaction, which is refused, is to die before the Query.
        deaths = [{moment: number} for number in range(5) for moment in ("die_before", "die_after")]
        deaths.remove({"die_after": 1})
        for death in deaths:
            start.restore()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                put()

            with suppress(StatoNonAggiornabile):
                put()
            notifiche.requeue_due(now=SWEPT)

            assert items_of() == expected, death
            assert told() == expected_told, death


class TestAnIuvOfMoreRicevuteThanOneTransactionHolds:
    def test_refuses_its_pendenza_by_name_and_leaves_the_money_as_it_was(self):
        for number in range(40):
            acquire(token=f"{number:032x}", now=NOW + timedelta(seconds=number))
        before = Snapshot.take()

        with pytest.raises(PagataTroppeVolte, match="40 ricevute"):
            put()

        assert Snapshot.take() == before
        assert load().posizione is None
        assert is_marked()
