"""The process may die before or after any call to AWS: delivered again, a ricevuta ends as if nothing had happened."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.kernel.refusals import Refusal
from chalicelib.notifiche import operations as notifiche
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import Formato, Ricevuta
from chalicelib.pagamenti.operations import acquisizione, attivazione
from chalicelib.pendenze import repository as pendenze
from tests.aws_calls import ProcessKilled, aws_calls
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import (
    A2A,
    CANALE,
    CCP,
    DOMINIO,
    IUV,
    NAV,
    NOW,
    STAZIONE,
    a_ko_rt,
    a_pendenza,
    a_receipt,
    an_rt,
)
from tests.conftest import _empty
from tests.doubles_pagamenti import ports

LATER = NOW + timedelta(minutes=5)
SWEPT = LATER + timedelta(minutes=5)


def _rpp():
    return repository.load(DOMINIO, IUV).rpp_of(CCP)


def _pagabile():
    return operations.verify(id_dominio=DOMINIO, iuv=IUV, numero_avviso=NAV, now=NOW)


def _activated():
    operations.activate_classic(
        pagabile=_pagabile(),
        ccp=CCP,
        canale=CANALE,
        importo=a_pendenza().importo,
        versante=None,
        pagatore=None,
        now=NOW,
    )


def _failed():
    _activated()
    operations.acquire_ricevuta(ricevuta=a_ko_rt(_rpp()), now=NOW)


def _asked(formato):
    def ask():
        operations.activate_current(
            pagabile=_pagabile(), formato=formato, id_stazione=STAZIONE, payment_note=None, now=NOW
        )

    return ask


def _paid():
    operations.acquire_ricevuta(ricevuta=a_receipt(token="primo-token"), now=NOW)


@dataclass(frozen=True)
class Kind:
    name: str
    prepare: Callable[[], None]
    ricevuta: Callable[[], Ricevuta]

    def __str__(self):
        return self.name


KINDS = (
    Kind("RT ok", _activated, lambda: an_rt(_rpp())),
    Kind("RT ko", _activated, lambda: a_ko_rt(_rpp())),
    Kind("RT ko then ok", _failed, lambda: an_rt(_rpp())),
    Kind("paSendRT", _asked(Formato.V1), lambda: a_receipt(formato=Formato.V1)),
    Kind("paSendRTV2", _asked(Formato.V2), a_receipt),
    Kind("stand-in", lambda: None, lambda: a_receipt(stand_in=True)),
    Kind("second receipt", _paid, a_receipt),
)


def _warm_up():
    """Fill the caches of the process, so that each delivery makes the same calls."""
    anagrafica.dominio(DOMINIO)
    anagrafica.applicazione(A2A)
    for queue in Queue:
        queues._url(queue)


@pytest.fixture
def world(aws, monkeypatch):
    # The only chance in an attempt: with it tied down, whole tables can be compared.
    for module in (attivazione, acquisizione):
        monkeypatch.setattr(module, "new_hex", lambda: "5e1d" * 8)

    def start(kind):
        _empty()
        seed_comune(NOW)
        pendenze.save(None, replace(a_pendenza(), versione=0))
        kind.prepare()
        _warm_up()
        return kind.ricevuta()

    with ports():
        yield start


def deliver(ricevuta):
    """Deliver a ricevuta as the Nodo does: a duplicate is an answer."""
    try:
        operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)
    except Refusal as refusal:
        return refusal.codice
    return "OK"


def tables():
    """Give all items of all tables, to the last attribute."""
    return {
        name: sorted(str(sorted(item.to_json()["Attributes"].items())) for item in table.all_items())
        for regions in dynamodb_backends.values()
        for backend in regions.values()
        for name, table in backend.tables.items()
    }


def told():
    """Give the notifiche that the queue will deliver; a consumer does nothing at a second message of one."""
    chiavi = set()
    for regions in sqs_backends.values():
        for backend in regions.values():
            for name, queue in backend.queues.items():
                if name.endswith("-notifiche"):
                    chiavi |= {json.loads(message.body)["chiave"] for message in queue._messages}
    return chiavi


def clean_delivery(world, kind):
    ricevuta = world(kind)
    with aws_calls() as calls:
        assert deliver(ricevuta) == "OK"
    notifiche.requeue_due(now=SWEPT)
    return list(calls), tables(), told()


@pytest.mark.parametrize("kind", KINDS, ids=str)
class TestADeliveryThatDies:
    def test_ends_as_if_it_had_lived(self, world, kind):
        calls, expected, expected_told = clean_delivery(world, kind)
        assert calls == ["dynamodb.Query", "dynamodb.TransactWriteItems", "sqs.SendMessage"]

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                ricevuta = world(kind)
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    deliver(ricevuta)

                again = deliver(ricevuta)
                notifiche.requeue_due(now=SWEPT)

                where = f"{kind}: {moment} {number} {calls[number]}"
                assert again in {"OK", "PAA_RT_DUPLICATA", "PAA_RECEIPT_DUPLICATA"}, where
                assert tables() == expected, where
                assert told() == expected_told, where

    def test_has_its_effect_with_the_transaction_and_not_before(self, world, kind):
        calls, _, _ = clean_delivery(world, kind)
        transaction = calls.index("dynamodb.TransactWriteItems")

        ricevuta = world(kind)
        before = tables()
        with pytest.raises(ProcessKilled), aws_calls(die_before=transaction):
            deliver(ricevuta)
        assert tables() == before

        with pytest.raises(ProcessKilled), aws_calls(die_after=transaction):
            deliver(ricevuta)
        assert tables() != before


class TestAnRptThatDies:
    def test_on_its_way_is_sent_by_the_next_delivery_of_the_message(self, world):
        kind = Kind("nodoInviaRPT", _activated, _rpp)
        world(kind)
        with aws_calls() as calls:
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=LATER)
        expected = _rpp().stato

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                world(kind)
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=LATER)

                operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=LATER)
                notifiche.requeue_due(now=SWEPT)

                assert _rpp().stato is expected
                assert len(told()) == 1
