"""GET /sonde of API Backoffice: what waits, and what was given up."""

import pytest
from chalice.test import Client

from chalicelib.anagrafica.routes.sonde import routes
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name, send
from chalicelib.kernel.utenze import TUTTI, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_calls import aws_calls
from tests.rest.pendenze_app import BACKOFFICE, Chiamante
from tests.rest.test_eventi import FakeRegistry

app = GovPayApp(app_name="sonde")
app.register_blueprint(routes)


@pytest.fixture
def operatore(aws, monkeypatch):
    acl = {Servizio.CONFIGURAZIONE: frozenset({Diritto.LETTURA})}
    utenza = Utenza(principal="anna", tipo=TipoUtenza.OPERATORE, nome="Anna", domini=TUTTI, acl=acl)
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    monkeypatch.setattr(Credentials, "registry", FakeRegistry(utenza))
    with Client(app) as client:
        yield Chiamante(client, ("anna", "x"))


def stato(operatore, queue=Queue.NOTIFICHE):
    answer = operatore.get(f"{BACKOFFICE}/sonde/{queue}")
    assert answer.status == 200
    return answer.json["stato"]


class TestASonda:
    @pytest.mark.parametrize(("waiting", "expected"), [(0, 0), (9, 0), (10, 1), (99, 1), (100, 2)])
    def test_tells_when_too_much_waits(self, operatore, waiting, expected):
        for number in range(waiting):
            send(Queue.NOTIFICHE, {"chiave": str(number)})

        assert stato(operatore) == expected

    def test_is_an_error_where_anything_was_given_up(self, operatore):
        sqs = client("sqs")
        url = sqs.get_queue_url(QueueName=queue_name(Queue.RICEVUTE) + "-scarti")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="{}")

        assert stato(operatore, Queue.RICEVUTE) == 2
        assert "scartati" in operatore.get(f"{BACKOFFICE}/sonde/ricevute").json["descrizioneStato"]

    def test_that_is_none_is_404(self, operatore):
        assert operatore.get(f"{BACKOFFICE}/sonde/x").codice == "404000"

    def test_is_there_for_every_queue(self, operatore):
        found = operatore.get(f"{BACKOFFICE}/sonde")

        assert [sonda["nome"] for sonda in found.json["risultati"]] == sorted(Queue)
        assert found.json["numRisultati"] == len(Queue)

    def test_costs_two_calls_and_no_table(self, operatore):
        stato(operatore)

        with aws_calls() as calls:
            stato(operatore)

        assert calls == ["sqs.GetQueueAttributes"] * 2
