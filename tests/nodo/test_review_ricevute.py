"""A good ricevuta is never refused nor lost, whoever else writes its position at the same time."""

from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest

from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.importo import Importo
from chalicelib.nodo import ricevute
from chalicelib.nodo.messages import pa_send_rt_v2
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from tests.aws_state import messages_of
from tests.builders_pagamenti import DOMINIO, IUV
from tests.clock import NOW
from tests.nodo.calls import a_transfer, call, send_v2_request


class Rival:
    """Writes the position between each read of it and the write that follows."""

    def writes(self, fatti, *, now):
        before = repository.load(DOMINIO, IUV).posizione
        commit(pendenze.writes(before, replace(before, causale=before.causale + ".")))
        return []

    def publish(self, writes):
        raise AssertionError


@contextmanager
def always_slower():
    with patch.object(Ports, "outbox", Rival()):
        yield


class TestARicevutaThatLosesEveryRace:
    def test_is_answered_ok_and_applied_later(self, client, stored):
        stored()
        with always_slower():
            answer = call(client, "paSendRTV2", send_v2_request())
        assert repository.load(DOMINIO, IUV).ricevute == ()

        (message,) = messages_of(Queue.RICEVUTE)
        ricevute.acquire_from_archive(message, now=NOW)

        assert answer.outcome == "OK"
        assert repository.load(DOMINIO, IUV).posizione.stato is StatoPendenza.ESEGUITO

    def test_stays_in_the_queue_if_it_loses_them_again(self, client, stored):
        stored()
        with always_slower():
            call(client, "paSendRTV2", send_v2_request())
            (message,) = messages_of(Queue.RICEVUTE)

            with pytest.raises(WriteConflict):
                ricevute.acquire_from_archive(message, now=NOW)


class TestAReceiptWhoseTransfersShareAnId:
    def test_is_taken_with_all_of_its_money(self, client, stored):
        stored()
        half = {"transfer_amount": Importo(5025)}
        transfers = tuple(pa_send_rt_v2.TransferReceiptV2(**a_transfer(**half)) for _ in range(2))

        answer = call(client, "paSendRTV2", send_v2_request(transfer_list=transfers))

        found = repository.load(DOMINIO, IUV)
        assert answer.outcome == "OK"
        assert [r.importo for r in found.riscossioni] == [Importo(5025), Importo(5025)]
        assert found.posizione.anomalo


class TestASecondPaymentOfAPositionLoadedAfterItsFirst:
    def test_is_taken_and_flagged(self, client, stored):
        call(client, "paSendRTV2", send_v2_request())
        stored()

        call(client, "paSendRTV2", send_v2_request(receipt_id="altro-token"))

        found = repository.load(DOMINIO, IUV)
        second = next(r for r in found.riscossioni if r.iur == "altro-token")
        assert second.anomalie == (Anomalia.PAGAMENTO_DUPLICATO,)
        assert (found.posizione.stato, found.posizione.anomalo) == (StatoPendenza.ESEGUITO, True)
