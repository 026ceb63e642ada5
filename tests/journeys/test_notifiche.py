"""From a cause to the ente's application and into the giornale, over HTTP and the queues."""

import json
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries as anagrafica_queries
from chalicelib.anagrafica.model import AuthConnettore, Connettore, TipoAuth
from chalicelib.aws import queues
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import commit
from chalicelib.giornale import operations as giornale
from chalicelib.giornale import queries as eventi
from chalicelib.giornale import repository as giornale_repository
from chalicelib.kernel.exchange import Esito
from chalicelib.kernel.importo import Importo
from chalicelib.notifiche import operations, repository
from chalicelib.notifiche.ente import EnteClient
from chalicelib.notifiche.states import StatoSpedizione as S
from chalicelib.pagamenti.model import DaNotificare, Riscossione, TipoNotifica, TipoRiscossione
from tests.builders_anagrafica import an_applicazione
from tests.builders_pagamenti import CITTADINO, DOMINIO, IUV, an_attempt, an_rt
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.ente_finto import EnteFinto, running


@pytest.fixture
def ente(aws) -> Iterator[EnteFinto]:
    with running(EnteFinto()) as server:
        auth = AuthConnettore(tipo=TipoAuth.BASIC, username="govpay", password="segretissima")
        anagrafica.put_applicazione(
            applicazione=an_applicazione(servizio_integrazione=Connettore(url=server.url, auth=auth))
        )
        anagrafica_queries.forget()
        yield server
    anagrafica_queries.forget()


@pytest.fixture
def log_lines() -> Iterator[list[str]]:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {getattr(record, 'campi', '')}")

    logger, handler = logging.getLogger("govpay"), Keep(logging.DEBUG)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)


def consume(queue: Queue, handle: Any) -> int:
    """Give every message of a queue to its consumer."""
    url = queues._url(queue)
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        handle(json.loads(message["Body"]))
        client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(found)


def deliver_at(now: Any) -> Any:
    ente = EnteClient(recorder=giornale.record)
    return lambda message: operations.deliver(message["chiave"], now=now, ente=ente)


def paid() -> str:
    """A ricevuta is acquired: the outbox item is committed and published."""
    rpp = an_attempt()
    outbox = operations.Outbox()
    riscossione = Riscossione(
        id_dominio=DOMINIO,
        iuv=IUV,
        iur="IUR-0001",
        indice=1,
        importo=Importo(10050),
        data=date(2026, 11, 24),
        acquisita=NOW,
        ccp=rpp.ccp,
        tipo=TipoRiscossione.ENTRATA,
        id_a2a=rpp.id_a2a,
        id_pendenza=rpp.id_pendenza,
        id_voce="voce-1",
    )
    fatto = DaNotificare(tipo=TipoNotifica.RICEVUTA, rpp=rpp, ricevuta=an_rt(rpp), riscossioni=(riscossione,))
    writes = outbox.writes([fatto], now=NOW)
    commit(writes)
    outbox.publish(writes)
    return str(writes[0].item.pk)  # type: ignore[attr-defined]


class TestNotifica:
    def test_reaches_the_ente_as_its_contract_says_and_is_on_record(self, ente, log_lines):
        chiave = paid()

        assert consume(Queue.NOTIFICHE, deliver_at(NOW)) == 1
        assert consume(Queue.GIORNALE, giornale.store) == 1

        (asked,) = ente.asked
        assert (asked.metodo, asked.path) == ("POST", f"/api/pagamenti/{DOMINIO}/{IUV}")
        assert_conforms("ente", "v1", "notifica", json.loads(asked.body))
        assert '"importo":100.50' in asked.body.decode()
        assert repository.get(chiave).stato is S.SPEDITA
        (evento,) = eventi.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert (evento.scambio.tipo_evento, evento.scambio.esito) == ("notifyPagamento", Esito.OK)
        assert giornale_repository.payload_of(evento.scambio.richiesta) == asked.body
        assert log_lines
        assert not [line for line in log_lines if CITTADINO.identificativo in line or "segretissima" in line]

    def test_comes_through_when_the_ente_is_back(self, ente):
        chiave = paid()
        ente.stato = 503
        consume(Queue.NOTIFICHE, deliver_at(NOW))
        assert repository.get(chiave).descrizione_stato == "L'applicazione ha risposto 503"
        ente.stato = 200

        later = NOW + timedelta(minutes=2)
        operations.requeue_due(now=later)
        consume(Queue.NOTIFICHE, deliver_at(later))

        assert repository.get(chiave).stato is S.SPEDITA
        assert ente.asked[0].body == ente.asked[1].body

    def test_keeps_credentials_and_answers_of_the_ente_out_of_the_log_and_the_giornale(self, ente, log_lines):
        ente.stato, ente.body = 500, CITTADINO.identificativo.encode()
        paid()

        consume(Queue.NOTIFICHE, deliver_at(NOW))
        consume(Queue.GIORNALE, giornale.store)

        assert not [line for line in log_lines if CITTADINO.identificativo in line or "segretissima" in line]
        (evento,) = eventi.by_iuv(id_dominio=DOMINIO, iuv=IUV)
        assert "authorization" not in {name.lower() for name in evento.scambio.richiesta.headers}
        assert evento.scambio.esito is Esito.FAIL
