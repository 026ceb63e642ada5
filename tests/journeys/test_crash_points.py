"""The process may die before or after any call to AWS: delivered again, a ricevuta ends as if nothing had happened."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from chalice.test import Client

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.aws import queues
from chalicelib.aws.clients import client as aws_client
from chalicelib.aws.queues import Queue
from chalicelib.kernel.refusals import Refusal
from chalicelib.notifiche import operations as notifiche
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import Formato
from chalicelib.pagamenti.operations import acquisizione, attivazione
from chalicelib.pendenze import repository as pendenze
from chalicelib.rest.operation import Edge
from chalicelib.settings import settings
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, count_of, items_of, messages_of
from tests.builders_anagrafica import PRINCIPAL_PAGOPA, seed_comune
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
from tests.doubles_pagamenti import ports
from tests.nodo import calls as soap
from tests.nodo.conftest import nodo_app

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


def _nothing():
    pass


@dataclass(frozen=True)
class Kind:
    name: str
    prepare: Callable[[], None]
    ricevuta: Callable[[], object]

    def __str__(self):
        return self.name


KINDS = (
    Kind("RT ok", _activated, lambda: an_rt(_rpp())),
    Kind("RT ko", _activated, lambda: a_ko_rt(_rpp())),
    Kind("RT ko then ok", _failed, lambda: an_rt(_rpp())),
    Kind("paSendRT", _asked(Formato.V1), lambda: a_receipt(formato=Formato.V1)),
    Kind("paSendRTV2", _asked(Formato.V2), a_receipt),
    Kind("stand-in", _nothing, lambda: a_receipt(stand_in=True)),
    Kind("second receipt", _paid, a_receipt),
)


class World:
    """A comune with one position, brought to where a ricevuta is about to arrive; as often as wanted."""

    def __init__(self, kind):
        seed_comune(NOW)
        pendenze.save(None, replace(a_pendenza(), versione=0))
        kind.prepare()
        self.ricevuta = kind.ricevuta()
        # Caches are of the process: filled, so that each delivery makes the same calls.
        anagrafica.dominio(DOMINIO)
        anagrafica.applicazione(A2A)
        for queue in Queue:
            queues._url(queue)
        self.begin_here()

    def begin_here(self):
        self._snapshot = Snapshot.take()

    def restart(self):
        self._snapshot.restore()


@pytest.fixture
def start(aws, monkeypatch):
    # The only chance in an attempt: with it tied down, whole tables can be compared.
    for module in (attivazione, acquisizione):
        monkeypatch.setattr(module, "new_hex", lambda: "5e1d" * 8)
    with ports():
        yield World


def deliver(ricevuta):
    """Deliver a ricevuta as the Nodo does: a duplicate is an answer."""
    try:
        operations.acquire_ricevuta(ricevuta=ricevuta, now=LATER)
    except Refusal as refusal:
        return refusal.codice
    return "OK"


def told():
    """Give the notifiche that the queue will deliver; a consumer does nothing at a second message of one."""
    return {message["chiave"] for message in messages_of("notifiche")}


def deaths(calls):
    for number, name in enumerate(calls):
        for moment in ("die_before", "die_after"):
            yield {moment: number}, f"{moment} {number} {name}"


@pytest.mark.parametrize("kind", KINDS, ids=str)
class TestADeliveryThatDies:
    def test_ends_as_if_it_had_lived(self, start, kind):
        world = start(kind)
        with aws_calls() as calls:
            assert deliver(world.ricevuta) == "OK"
        notifiche.requeue_due(now=SWEPT)
        assert calls == ["dynamodb.Query", "dynamodb.TransactWriteItems", "sqs.SendMessage"]
        expected, expected_told = items_of(), told()

        for death, where in deaths(calls):
            world.restart()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                deliver(world.ricevuta)

            again = deliver(world.ricevuta)
            notifiche.requeue_due(now=SWEPT)

            assert again in {"OK", "PAA_RT_DUPLICATA", "PAA_RECEIPT_DUPLICATA"}, where
            assert items_of() == expected, where
            assert told() == expected_told, where

    def test_has_its_effect_with_the_transaction_and_not_before(self, start, kind):
        world = start(kind)
        before = items_of()

        with pytest.raises(ProcessKilled), aws_calls(die_before=1):
            deliver(world.ricevuta)
        assert items_of() == before

        with pytest.raises(ProcessKilled), aws_calls(die_after=1):
            deliver(world.ricevuta)
        assert items_of() != before


class TestAnRptThatDies:
    def test_on_its_way_is_sent_by_the_next_delivery_of_the_message(self, start):
        def send():
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=LATER)

        world = start(Kind("nodoInviaRPT", _activated, _rpp))
        with aws_calls() as calls:
            send()
        expected, expected_told = _rpp().stato, told()

        for death, where in deaths(calls):
            world.restart()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                send()

            send()
            notifiche.requeue_due(now=SWEPT)

            assert _rpp().stato is expected, where
            assert told() == expected_told, where


# -- the same through the front door: the bytes go to the archive first, the evento with the money ------------------

SOAP_KINDS = (
    Kind(
        "paaInviaRT",
        _activated,
        lambda: ("paaInviaRT", soap.rt_request(an_rt(_rpp()), _rpp()), soap.intestazione()),
    ),
    Kind("paSendRT", _asked(Formato.V1), lambda: ("paSendRT", soap.send_request())),
    Kind("paSendRTV2", _asked(Formato.V2), lambda: ("paSendRTV2", soap.send_v2_request())),
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+\d\d:\d\d)?")


@pytest.fixture
def nodo(start, monkeypatch):
    app = nodo_app()
    path = f"{settings().secrets_prefix}nodo/{PRINCIPAL_PAGOPA}"
    aws_client("ssm").put_parameter(Name=path, Value=soap.PASSWORD_PAGOPA, Type="SecureString", Overwrite=True)
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    with Client(app) as client:
        yield client


def effects():
    """Give all items, but for the clock; the eventi, whose ids are drawn, by their number."""
    items = items_of(but=frozenset({"-eventi"}))
    known = {name: [_INSTANT.sub("<ora>", item) for item in rows] for name, rows in items.items()}
    return known, count_of("eventi")


@pytest.mark.parametrize("kind", SOAP_KINDS, ids=str)
class TestAMessageOfTheNodoThatDies:
    def test_ends_as_if_it_had_lived(self, start, nodo, kind):
        world = start(kind)
        soap.call(nodo, "paVerifyPaymentNotice", soap.verify_request())
        world.begin_here()
        with aws_calls() as calls:
            soap.call(nodo, *world.ricevuta)
        assert calls == [
            "s3.PutObject",
            "dynamodb.Query",
            "dynamodb.TransactWriteItems",
            "sqs.SendMessage",
        ]
        expected, expected_told = effects(), told()

        for death, where in deaths(calls):
            world.restart()
            with pytest.raises(ProcessKilled), aws_calls(**death):
                soap.call(nodo, *world.ricevuta)

            soap.call(nodo, *world.ricevuta)
            notifiche.requeue_due(now=repository.load(DOMINIO, IUV).ricevute[0].ricevuta + timedelta(minutes=5))

            assert effects() == expected, where
            assert told() == expected_told, where
