"""What the edges hand over is stored once, found again, and leaves no personal data on the way."""

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws import queues
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import commit
from chalicelib.giornale import operations, queries, repository
from chalicelib.giornale.model import Evento
from chalicelib.giornale.queries import EventoNotFound, Ricerca
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.exchange import Categoria, Componente, Esito, Exchange, Message, Ruolo
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import NESSUNO, TUTTI, Ambito
from chalicelib.settings import Settings, settings
from tests.clock import NOW
from tests.eventi import ALTRO_DOMINIO, CITTADINO, DOMINIO, IUV, RICHIESTA, RISPOSTA, an_exchange

pytestmark = pytest.mark.usefixtures("aws")


def received() -> list[dict[str, Any]]:
    """Take the messages off the queue, as its consumer is given them."""
    url = queues._url(Queue.GIORNALE)
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


def stored(exchange: Exchange) -> Evento:
    operations.record(exchange)
    for message in received():
        operations.store(message)
    about = exchange.about
    if about.id_dominio and about.iuv:
        return queries.by_iuv(id_dominio=about.id_dominio, iuv=about.iuv)[-1]
    return found(id_pagamento=about.id_pagamento)[-1]


def found(*, domini: Ambito = TUTTI, size: int = 25, **asked: Any) -> tuple[Evento, ...]:
    listing = queries.listing_of(Ricerca(domini=domini, **asked), now=NOW + timedelta(hours=1))
    page = queries.search(listing, size=size)
    assert queries.total(listing) == len(page.items)
    return page.items


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    """Everything that any logger writes while the test runs, with its fields."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {getattr(record, 'campi', '')}")

    handler = Keep(logging.DEBUG)
    loggers = [logging.getLogger(), logging.getLogger("govpay")]
    for logger in loggers:
        logger.addHandler(handler)
    logging.getLogger("govpay").setLevel(logging.DEBUG)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)


class TestRecord:
    def test_sends_one_message_that_becomes_one_evento_with_its_bodies_in_the_archive(self):
        evento = stored(an_exchange())

        scambio = evento.scambio
        assert (scambio.richiesta.payload, scambio.risposta.payload) == (b"", b"")
        assert repository.payload_of(scambio.richiesta) == RICHIESTA
        assert repository.payload_of(scambio.risposta) == RISPOSTA
        assert str(scambio.richiesta.payload_key).startswith("eventi/interfaccia/2026/11/24/")
        assert replace(scambio, richiesta=Message(), risposta=Message()) == replace(
            an_exchange(), richiesta=Message(), risposta=Message()
        )

    def test_keeps_a_message_small_by_taking_big_bodies_to_the_archive_first(self):
        # What does not compress: the size that matters is that of the message.
        import random

        body = random.Random(1).randbytes(400_000)  # noqa: S311

        operations.record(an_exchange(richiesta=Message(payload=body)))

        (message,) = received()
        assert len(json.dumps(message)) < 10_000
        operations.store(message)
        (evento,) = queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert repository.payload_of(evento.scambio.richiesta) == body

    @pytest.mark.parametrize("size", [1, 7_999, 8_000, 150_000])
    def test_gives_back_bodies_of_any_size(self, size):
        body = b"<a/>" * (size // 4) + b"x" * (size % 4)

        operations.record(an_exchange(richiesta=Message(payload=body)))

        (message,) = received()
        assert len(json.dumps(message)) < 20_000
        operations.store(message)
        (evento,) = queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert repository.payload_of(evento.scambio.richiesta) == body

    def test_stops_credentials_that_slipped_through(self):
        evento = stored(an_exchange(richiesta=Message(headers={"Authorization": "Basic c2VncmV0bw=="})))

        assert evento.scambio.richiesta.headers == {}

    def test_does_not_fail_the_request_when_aws_does(self, monkeypatch, log_lines):
        monkeypatch.setattr(queues, "_url", lambda _queue: "https://sqs.eu-south-1.amazonaws.com/123456789012/assente")

        operations.record(an_exchange())

        (line,) = {line for line in log_lines if "evento non registrato" in line}
        assert "11111111-2222-3333-4444-555555555555" in line
        assert IUV in line

    def test_raises_what_is_no_fault_of_aws(self, monkeypatch):
        monkeypatch.setattr(queues, "_url", lambda _queue: 1 / 0)

        with pytest.raises(ZeroDivisionError):
            operations.record(an_exchange())

    def test_writes_no_personal_data_to_any_log(self, log_lines, monkeypatch):
        stored(an_exchange(dettaglio_esito=f"pagatore {CITTADINO}"))
        monkeypatch.setattr(queues, "_url", lambda _queue: "https://sqs.eu-south-1.amazonaws.com/123456789012/assente")
        operations.record(an_exchange())

        govpay = [line for line in log_lines if "evento" in line]
        assert govpay
        assert not [line for line in govpay if CITTADINO in line or "paGetPaymentRes" in line]


class TestStore:
    def test_is_idempotent(self):
        operations.record(an_exchange())
        (message,) = received()

        for _ in range(3):
            operations.store(message)

        assert len(queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)) == 1

    def test_keeps_two_exchanges_of_one_instant_apart(self):
        for _ in range(2):
            operations.record(an_exchange())
        for message in received():
            operations.store(message)

        assert len(queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)) == 2

    def test_lets_the_evento_expire_when_the_settings_say(self):
        stored(an_exchange())

        (item,) = EventoItem.query(f"{DOMINIO}#{IUV}")
        assert item.scade == int((NOW + timedelta(days=settings().eventi_retention_days)).timestamp())

    def test_lets_each_categoria_expire_in_its_own_time(self, monkeypatch):
        env = {"GOVPAY_EVENTI_RETENTION_DAYS": "100", "GOVPAY_EVENTI_RETENTION_UTENTE_DAYS": "3000"}
        monkeypatch.setattr(repository, "settings", lambda: Settings.from_env({**os.environ, **env}))
        for categoria in Categoria:
            write = operations.event_write(
                an_exchange(categoria=categoria, iuv=categoria.value, richiesta=Message(), risposta=Message())
            )
            commit([write])

        days = {
            item.categoria: (datetime.fromtimestamp(int(item.scade), UTC) - NOW).days
            for categoria in Categoria
            for item in EventoItem.query(f"{DOMINIO}#{categoria}")
        }
        assert days == {"INTERFACCIA": 100, "INTERNO": 100, "UTENTE": 3000}

    def test_takes_an_exchange_without_bodies(self):
        operations.record(an_exchange(richiesta=Message(), risposta=Message()))
        (message,) = received()

        operations.store(message)

        assert set(message) == {"evento"}
        (evento,) = queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert repository.payload_of(evento.scambio.richiesta) == b""


class TestEventWrite:
    def test_is_on_record_with_its_transaction(self):
        exchange = an_exchange(richiesta=Message(payload_key="ricevute/1.xml"), risposta=Message(stato=200))

        write = operations.event_write(exchange)
        commit([write, operations.event_write(an_exchange(iuv="2", richiesta=Message(), risposta=Message()))])

        (evento,) = queries.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert evento.scambio.richiesta.payload_key == "ricevute/1.xml"
        assert received() == []

    def test_refuses_a_body_that_is_not_in_the_archive(self):
        with pytest.raises(ValueError, match="archivio"):
            operations.event_write(an_exchange())


class TestSearch:
    def test_finds_by_iuv_newest_first(self):
        for minutes in (0, 2, 1):
            stored(an_exchange(data=NOW + timedelta(minutes=minutes)))

        data = [evento.scambio.data for evento in found(id_dominio=DOMINIO, iuv=IUV)]

        assert data == [NOW + timedelta(minutes=minutes) for minutes in (2, 1, 0)]

    def test_finds_by_pendenza(self):
        stored(an_exchange())
        stored(an_exchange(iuv="2", id_pendenza="P-2"))

        (evento,) = found(id_a2a="A2A-COMUNE", id_pendenza="P-2")

        assert evento.scambio.about.iuv == "2"

    def test_finds_by_day_whatever_the_categoria_in_one_order(self):
        for minutes, categoria in enumerate(Categoria):
            stored(an_exchange(categoria=categoria, data=NOW + timedelta(minutes=minutes)))
        stored(an_exchange(data=NOW - timedelta(days=3)))

        data = [evento.scambio.data for evento in found()]

        assert data == [NOW + timedelta(minutes=minutes) for minutes in (2, 1, 0)] + [NOW - timedelta(days=3)]

    def test_looks_a_week_back_if_no_day_is_asked_for(self):
        stored(an_exchange(data=NOW - timedelta(days=8)))

        assert found() == ()
        assert len(found(da=NOW - timedelta(days=10))) == 1

    def test_refuses_more_days_than_it_may_read(self):
        with pytest.raises(ParametroNonValido, match="31 giorni"):
            found(da=NOW - timedelta(days=40))

    def test_looks_as_far_back_as_asked_with_an_iuv(self):
        stored(an_exchange(data=NOW - timedelta(days=300)))

        assert len(found(id_dominio=DOMINIO, iuv=IUV, da=NOW - timedelta(days=301))) == 1
        assert found(id_dominio=DOMINIO, iuv=IUV, da=NOW - timedelta(days=299)) == ()
        assert found(id_dominio=DOMINIO, iuv=IUV, a=NOW - timedelta(days=301)) == ()

    @pytest.mark.parametrize(
        "asked",
        [
            {"esito": Esito.FAIL},
            {"componente": Componente.API_ENTE},
            {"ruolo": Ruolo.CLIENT},
            {"tipo_evento": "paSendRT"},
            {"sottotipo_evento": "x"},
            {"categoria": Categoria.UTENTE},
            {"id_pagamento": "p"},
            {"id_dominio": ALTRO_DOMINIO},
            {"iuv": "2"},
        ],
    )
    def test_filters(self, asked):
        stored(an_exchange())
        stored(an_exchange(**asked))

        (evento,) = found(**asked)

        name, value = next(iter(asked.items()))
        assert value in {getattr(evento.scambio, name, None), getattr(evento.scambio.about, name, None)}

    def test_shows_only_the_domini_of_the_caller(self):
        stored(an_exchange())
        stored(an_exchange(id_dominio=ALTRO_DOMINIO))
        stored(an_exchange(id_dominio=None, iuv=None, id_pagamento="p"))

        assert len(found()) == 3
        assert len(found(domini=Ambito(ids=frozenset({DOMINIO})))) == 1
        assert len(found(domini=Ambito(ids=frozenset({DOMINIO, ALTRO_DOMINIO})))) == 2
        assert len(found(domini=Ambito(ids=frozenset(f"{n:011d}" for n in range(250)) | {DOMINIO}))) == 1
        assert found(domini=NESSUNO) == ()
        assert found(domini=NESSUNO, id_dominio=DOMINIO, iuv=IUV) == ()

    @pytest.mark.parametrize("asked", [{}, {"id_dominio": DOMINIO, "iuv": IUV}])
    def test_walks_page_by_page(self, asked):
        for seconds in range(5):
            stored(an_exchange(data=NOW + timedelta(seconds=seconds)))
        listing = queries.listing_of(Ricerca(domini=TUTTI, **asked), now=NOW + timedelta(hours=1))

        seen, cursor = [], None
        for _ in range(3):
            page = queries.search(listing, size=2, cursor=cursor)
            seen += [evento.scambio.data.second for evento in page.items]
            cursor = page.cursor

        assert (seen, cursor) == ([4, 3, 2, 1, 0], None)
        second = queries.search(listing, size=2, page=2)
        assert [evento.scambio.data.second for evento in second.items] == [2, 1]


class TestById:
    @pytest.mark.parametrize("categoria", list(Categoria))
    def test_finds_an_evento_whatever_it_is_about(self, categoria):
        evento = stored(an_exchange(categoria=categoria, id_dominio=None, id_pagamento="p"))

        assert queries.evento(evento.id) == evento

    @pytest.mark.parametrize("id_evento", [0, 1, 2**63 - 1, 2**70])
    def test_says_so_when_there_is_none(self, id_evento):
        with pytest.raises(EventoNotFound):
            queries.evento(id_evento)
