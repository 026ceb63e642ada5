"""Promemoria: planned with their cause, sent once, at most; mails are parsed and looked at."""

import base64
import email
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import policy
from typing import Any
from unittest.mock import patch

import pdfplumber
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries
from chalicelib.anagrafica.configurazione import Configurazione
from chalicelib.anagrafica.queries import forget
from chalicelib.aws.clients import client as aws_client
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.connettori import trasporto
from chalicelib.giornale.configurazioni.schemas import read_patch
from chalicelib.pagamenti.model import DaNotificare, EsitoPagamento, TipoNotifica
from chalicelib.pagamenti.operations import acquire_ricevuta
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pagamenti.rules.ricevuta import ReceiptDuplicata
from chalicelib.pendenze import operations as pendenze
from chalicelib.pendenze import repository as pendenze_repository
from chalicelib.pendenze.ports import Ports
from chalicelib.promemoria import operations, outbox, posta, repository, rules
from chalicelib.promemoria.model import Canale, Consegna, Esito, TipoPromemoria
from chalicelib.promemoria.states import StatoPromemoria
from chalicelib.promemoria.tables import PromemoriaItem
from chalicelib.rest import json_text
from chalicelib.settings import settings
from tests import builders_anagrafica as sample
from tests.builders import a_pendenza_json
from tests.builders_pagamenti import a_pendenza as a_position_of
from tests.builders_pagamenti import a_receipt, an_attempt
from tests.doubles_pagamenti import ports

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
FROM = "pagamenti@comune.example"
EMAIL = "mario.rossi@esempio.it"
AVVISO_HTML = {
    "abilitato": True, "tipo": "freemarker", "allegaPdf": True,
    "oggetto": base64.b64encode(b"Avviso ${versamento.getNumeroAvviso()}\n di ${dominio.getRagioneSociale()}").decode(),
    "messaggio": "<p>Gentile ${versamento.anagraficaDebitore.ragioneSociale},</p><p>${versamento.causale}</p>",
}  # fmt: skip


def a_position() -> Any:
    position = a_position_of()
    return replace(position, soggetto_pagatore=replace(position.soggetto_pagatore, email=EMAIL))


def put_tipo(**dettagli: Any) -> None:
    anagrafica.put_tipo_pendenza(tipo_pendenza=sample.a_tipo_pendenza(dettagli=dettagli or None))
    forget()


@pytest.fixture
def world(aws, monkeypatch) -> Iterator[None]:
    configured = replace(settings(), mail_from=FROM, allow_private_urls=True)
    for module in (outbox, operations):
        monkeypatch.setattr(module, "settings", lambda: configured)
    monkeypatch.setattr(Ports, "outbox", staticmethod(outbox.writes_of_pendenza))
    monkeypatch.setattr(Ports, "publish", staticmethod(outbox.publish))
    posta._client.cache_clear()
    aws_client("ses").verify_email_identity(EmailAddress=FROM)
    sent().clear()
    sample.seed_comune(NOW)
    yield
    posta._client.cache_clear()


def sent() -> list[Any]:
    from moto.backends import get_backend

    return get_backend("ses")["123456789012"][aws_client("ses").meta.region_name].sent_messages


def mails() -> list[Any]:
    return [email.message_from_string(message.raw_data, policy=policy.default) for message in sent()]


def load(id_pendenza: str = "P-1", *, now: datetime = NOW, **other: Any) -> Any:
    from chalicelib.pendenze.schemas.requests import nuova_from_json

    soggetto = {**a_pendenza_json()["soggettoPagatore"], "email": EMAIL, **other.pop("soggettoPagatore", {})}
    whole = {**a_pendenza_json(), "soggettoPagatore": soggetto, **other}
    pendenza, _ = pendenze.load_pendenza(
        utenza=None,
        id_a2a=sample.A2A_COMUNE,
        id_pendenza=id_pendenza,
        nuova=nuova_from_json(json_text.read(json.dumps(whole).encode())),
        now=now,
    )
    return pendenza


def all_of() -> list[Any]:
    return sorted(
        (repository._from_item(item) for item in PromemoriaItem.scan()),
        key=lambda one: (one.tipo, one.canale, one.causa),
    )


def only() -> Any:
    (one,) = all_of()
    return one


def deliver_all(now: datetime = NOW) -> None:
    for one in all_of():
        operations.deliver(one.chiave, now=now)


def queued() -> int:
    url = aws_client("sqs").get_queue_url(QueueName=queue_name(Queue.PROMEMORIA))["QueueUrl"]
    answer = aws_client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    for message in answer.get("Messages", []):
        aws_client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return len(answer.get("Messages", []))


@pytest.mark.usefixtures("world")
class TestANewPendenza:
    def test_is_told_by_mail_with_its_avviso(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": AVVISO_HTML})
        pendenza = load(soggettoPagatore={"anagrafica": "Rossi <b>Mario</b>"})

        assert queued() == 1
        deliver_all()

        (mail,) = mails()
        assert mail["To"] == EMAIL
        assert mail["From"].addresses[0].addr_spec == FROM
        assert mail["From"].addresses[0].display_name == "Comune di Esempio"
        assert mail["Reply-To"] == "protocollo@comune.example"
        assert mail["Subject"] == f"Avviso {pendenza.numero_avviso} di Comune di Esempio"
        text = mail.get_body(("html",)).get_content()
        assert "Gentile Rossi &lt;b&gt;Mario&lt;/b&gt;" in text
        (pdf,) = mail.iter_attachments()
        assert pdf.get_filename() == f"{sample.DOMINIO}_{pendenza.numero_avviso}.pdf"
        with pdfplumber.open(io.BytesIO(pdf.get_content())) as paper:
            assert pendenza.numero_avviso in (paper.pages[0].extract_text() or "").replace(" ", "")
        assert (only().stato, only().tentativi) == (StatoPromemoria.SPEDITO, 1)

    def test_is_told_in_our_words_where_the_tipo_has_none(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True}})
        pendenza = load()

        deliver_all()

        (mail,) = mails()
        text = mail.get_content()
        assert pendenza.numero_avviso in text
        assert pendenza.causale in text
        assert mail.get_content_type() == "text/plain"
        assert not list(mail.iter_attachments())

    def test_is_told_as_31_configures_it(self) -> None:
        put_tipo(promemoriaAvviso={"tipo": "freemarker", "oggetto": "O ${versamento.causale}", "messaggio": "Testo"})
        load()

        deliver_all()

        (mail,) = mails()
        assert mail["Subject"].startswith("O ")
        assert len(list(mail.iter_attachments())) == 1  # allegaPdf is true unless said otherwise

    def test_is_told_once_however_often_it_is_loaded_and_delivered(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": AVVISO_HTML})
        load()
        load(causale="Un'altra causale")
        for _ in range(3):
            deliver_all()

        assert len(mails()) == 1

    @pytest.mark.parametrize(
        "dettagli", [{}, {"avvisaturaMail": {"promemoriaAvviso": {"abilitato": False}}}, {"form": {"tipo": "x"}}]
    )
    def test_of_a_tipo_that_sends_none_writes_nothing(self, dettagli: Any) -> None:
        put_tipo(**dettagli)
        load()

        assert all_of() == []

    def test_without_an_address_writes_nothing(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": AVVISO_HTML})
        load(soggettoPagatore={"email": None})

        assert all_of() == []

    def test_is_not_told_of_once_it_is_cancelled(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": AVVISO_HTML})
        load()
        pendenze.cancel_pendenza(id_a2a=sample.A2A_COMUNE, id_pendenza="P-1", now=NOW)

        deliver_all()

        assert (only().stato, only().descrizione_stato) == (StatoPromemoria.ANNULLATO, rules.NON_PIU_DOVUTA)
        assert mails() == []

    def test_that_is_refused_plans_nothing(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": AVVISO_HTML})
        with patch.object(pendenze, "commit", side_effect=WriteConflict(["pendenza"])), pytest.raises(WriteConflict):
            load()

        assert (all_of(), queued()) == ([], 0)

    @pytest.mark.parametrize(
        ("testi", "codice"),
        [({"oggetto": "${assente}"}, "PRM_001"), ({"messaggio": "${class['x']}"}, "PRM_002"),
         ({"messaggio": {"a": "b"}}, "PRM_002")],
    )  # fmt: skip
    def test_whose_words_cannot_be_made_fails_by_name(self, testi: Any, codice: str) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True, **testi}})
        load()

        deliver_all()

        assert only().stato is StatoPromemoria.FALLITO
        assert codice in only().descrizione_stato


@pytest.mark.usefixtures("world")
class TestADueDate:
    @pytest.fixture(autouse=True)
    def tipo(self, world) -> None:
        put_tipo(avvisaturaMail={"promemoriaScadenza": {"abilitato": True, "preavviso": 5}})

    def test_is_reminded_of_in_the_morning_so_many_days_before(self) -> None:
        load(dataScadenza="2026-12-31")
        morning = datetime(2026, 12, 26, 8, tzinfo=UTC)

        assert only().prossima == morning
        assert queued() == 0
        operations.deliver(only().chiave, now=NOW)
        assert operations.requeue_due(now=morning - timedelta(minutes=1)) == 0
        assert operations.requeue_due(now=morning) == 1
        deliver_all(morning)

        (mail,) = mails()
        assert "31/12/2026" in mail["Subject"]
        assert only().stato is StatoPromemoria.SPEDITO

    def test_that_is_near_is_reminded_of_at_once(self) -> None:
        load(dataScadenza="2026-11-26")

        assert queued() == 1

    def test_that_has_passed_is_not(self) -> None:
        load(dataScadenza="2026-11-20")

        assert all_of() == []

    def test_that_moves_is_reminded_of_when_it_then_is(self) -> None:
        load(dataScadenza="2026-12-31")
        load(dataScadenza="2027-01-31")
        load(dataScadenza="2027-01-31", causale="x")

        assert [one.scadenza for one in all_of()] == [date(2026, 12, 31), date(2027, 1, 31)]
        deliver_all(datetime(2026, 12, 26, 9, tzinfo=UTC))
        assert [one.stato for one in all_of()] == [StatoPromemoria.ANNULLATO, StatoPromemoria.DA_SPEDIRE]
        assert mails() == []

        load(dataScadenza="2026-12-31", now=datetime(2026, 12, 26, 10, tzinfo=UTC))
        deliver_all(datetime(2026, 12, 27, 9, tzinfo=UTC))
        assert len(mails()) == 1

    def test_of_what_was_paid_is_not(self) -> None:
        pendenza = load(dataScadenza="2026-12-31")
        from chalicelib.pendenze.states import StatoPendenza

        pendenze_repository.save(pendenza, replace(pendenza, stato=StatoPendenza.ESEGUITO))
        deliver_all(datetime(2026, 12, 26, 9, tzinfo=UTC))

        assert only().stato is StatoPromemoria.ANNULLATO


@pytest.mark.usefixtures("world")
class TestTheDayThatAPendenzaAsksFor:
    MORNING = datetime(2026, 12, 10, 8, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def tipo(self, world) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True}})

    def test_is_when_its_avviso_goes(self) -> None:
        load(dataNotificaAvviso="2026-12-10")

        assert (only().prossima, queued()) == (self.MORNING, 0)
        assert operations.requeue_due(now=self.MORNING - timedelta(minutes=1)) == 0
        assert operations.requeue_due(now=self.MORNING) == 1
        deliver_all(NOW)
        assert mails() == []
        deliver_all(self.MORNING)
        assert len(mails()) == 1

    @pytest.mark.parametrize("giorno", ["2026-11-24", "2026-01-01"])
    def test_that_is_over_is_now(self, giorno: str) -> None:
        load(dataNotificaAvviso=giorno)

        assert queued() == 1

    def test_that_moves_moves_its_avviso(self) -> None:
        load(dataNotificaAvviso="2026-12-10")
        load(dataNotificaAvviso="2026-12-20", causale="x")

        deliver_all(self.MORNING)
        assert mails() == []
        deliver_all(datetime(2026, 12, 20, 8, tzinfo=UTC))
        assert len(mails()) == 1

    def test_stays_where_a_later_load_says_none(self) -> None:
        load(dataNotificaAvviso="2026-12-10")
        pendenza = load(causale="x")

        assert pendenza.data_notifica_avviso == date(2026, 12, 10)
        assert only().prossima == self.MORNING

    def test_that_comes_after_the_avviso_went_sends_no_other(self) -> None:
        load()
        deliver_all()
        load(dataNotificaAvviso="2026-12-10")
        deliver_all(self.MORNING)

        assert len(mails()) == 1
        assert only().stato is StatoPromemoria.SPEDITO

    def test_of_an_avviso_that_an_attempt_has_sends_no_other(self) -> None:
        load()
        with patch.object(posta, "send", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            operations.deliver(only().chiave, now=NOW)
        load(dataNotificaAvviso="2026-12-10")
        deliver_all(self.MORNING)

        assert (only().stato, mails()) == (StatoPromemoria.FALLITO, [])

    def test_may_be_never_and_then_one_after_all(self) -> None:
        load(dataAvvisatura="MAI")
        assert all_of() == []

        load(dataAvvisatura="2026-12-10")
        assert only().prossima == self.MORNING
        load(dataAvvisatura="MAI")
        assert (only().stato, only().descrizione_stato) == (StatoPromemoria.ANNULLATO, rules.MAI_NOTIFICATA)
        load(dataNotificaAvviso="2026-12-10")
        deliver_all(self.MORNING)
        assert len(mails()) == 1

    def test_of_a_pendenza_that_is_cancelled_sends_none(self) -> None:
        load(dataNotificaAvviso="2026-12-10")
        pendenze.cancel_pendenza(id_a2a=sample.A2A_COMUNE, id_pendenza="P-1", now=NOW)
        deliver_all(self.MORNING)

        assert (only().stato, mails()) == (StatoPromemoria.ANNULLATO, [])

    def test_costs_no_read_where_nothing_moves(self) -> None:
        load(dataNotificaAvviso="2026-12-10")
        with patch.object(repository, "find", side_effect=AssertionError):
            load(dataNotificaAvviso="2026-12-10", causale="x")

    def test_is_when_its_due_date_is_reminded_of(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaScadenza": {"abilitato": True, "preavviso": 5}})
        load(dataScadenza="2026-12-31", dataPromemoriaScadenza="2026-12-10")
        assert only().prossima == self.MORNING

        load(dataScadenza="2026-12-31", dataPromemoriaScadenza="2026-12-20")
        assert only().prossima == datetime(2026, 12, 20, 8, tzinfo=UTC)
        deliver_all(datetime(2026, 12, 20, 8, tzinfo=UTC))
        load(dataScadenza="2026-12-31", dataPromemoriaScadenza="2026-12-22")
        deliver_all(datetime(2026, 12, 22, 8, tzinfo=UTC))
        assert len(mails()) == 1

    def test_of_a_reminder_goes_with_the_due_date_it_was_of(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaScadenza": {"abilitato": True, "preavviso": 5}})
        load(dataScadenza="2026-12-31", dataPromemoriaScadenza="2026-12-10")
        pendenza = load(dataScadenza="2027-01-31")

        assert pendenza.data_promemoria_scadenza is None
        assert all_of()[1].prossima == datetime(2027, 1, 26, 8, tzinfo=UTC)

    def test_of_a_reminder_is_never_after_the_due_date(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaScadenza": {"abilitato": True}})
        load(dataScadenza="2026-12-10", dataPromemoriaScadenza="2026-12-31")

        assert only().prossima == self.MORNING


@pytest.mark.usefixtures("world")
class TestADelivery:
    @pytest.fixture(autouse=True)
    def tipo(self, world) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True}})
        load()

    def test_that_crashed_while_sending_is_not_made_again(self) -> None:
        with patch.object(posta, "send", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            operations.deliver(only().chiave, now=NOW)
        assert only().tentativi == 1
        operations.deliver(only().chiave, now=NOW + timedelta(seconds=30))
        assert only().stato is StatoPromemoria.DA_SPEDIRE

        operations.deliver(only().chiave, now=NOW + timedelta(minutes=5))

        assert (only().stato, only().descrizione_stato) == (StatoPromemoria.FALLITO, rules.ESITO_IGNOTO)
        assert mails() == []

    def test_that_crashed_before_is_made(self) -> None:
        with patch.object(posta, "composed", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            operations.deliver(only().chiave, now=NOW)

        operations.deliver(only().chiave, now=NOW + timedelta(minutes=1))

        assert len(mails()) == 1

    def test_by_two_at_once_is_one(self) -> None:
        chiave = only().chiave

        def meanwhile(lettera: Any) -> bytes:
            if not mails():
                with patch.object(posta, "composed", composed):
                    operations.deliver(chiave, now=NOW)
            return composed(lettera)

        composed = posta.composed
        with patch.object(posta, "composed", meanwhile):
            operations.deliver(chiave, now=NOW)

        assert len(mails()) == 1
        assert only().stato is StatoPromemoria.SPEDITO

    @pytest.mark.parametrize(
        ("codice", "stato"),
        [("TooManyRequestsException", "DA_SPEDIRE"), ("ThrottlingException", "DA_SPEDIRE"),
         ("MessageRejected", "FALLITO"), ("BadRequestException", "FALLITO")],
    )  # fmt: skip
    def test_that_ses_refuses_is_made_again_where_it_may_pass(self, codice: str, stato: str) -> None:
        error = ClientError({"Error": {"Code": codice, "Message": EMAIL}}, "SendEmail")
        with patch.object(posta._client(), "send_email", side_effect=error):
            operations.deliver(only().chiave, now=NOW)

        assert only().stato == stato
        assert EMAIL not in only().descrizione_stato
        if stato == "DA_SPEDIRE":
            assert only().prossima > NOW
            operations.deliver(only().chiave, now=NOW + timedelta(seconds=5))
            assert mails() == []
            operations.deliver(only().chiave, now=NOW + timedelta(minutes=2))
            assert only().stato is StatoPromemoria.SPEDITO

    def test_that_ses_does_not_answer_is_not_made_again(self) -> None:
        with patch.object(posta._client(), "send_email", side_effect=ReadTimeoutError(endpoint_url="x")):
            operations.deliver(only().chiave, now=NOW)

        assert only().stato is StatoPromemoria.FALLITO

    def test_is_given_up_after_a_week(self) -> None:
        error = ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "SendEmail")
        now = NOW
        with patch.object(posta._client(), "send_email", side_effect=error):
            while only().stato is StatoPromemoria.DA_SPEDIRE:
                operations.deliver(only().chiave, now=now)
                now = only().prossima

        assert rules.TROPPI_TENTATIVI in only().descrizione_stato
        assert now - NOW <= timedelta(days=8)

    def test_writes_no_address_in_the_log_and_in_the_table(self, capsys) -> None:
        deliver_all()

        assert EMAIL not in capsys.readouterr().out
        assert EMAIL not in json.dumps([item.to_dynamodb_dict() for item in PromemoriaItem.scan()])


@pytest.mark.usefixtures("world")
class TestARicevuta:
    @staticmethod
    def plan(**other: Any) -> list[Any]:
        fatto = DaNotificare(
            tipo=TipoNotifica.RICEVUTA,
            rpp=an_attempt(versante=replace(an_attempt().pagatore, email="versante@esempio.it")),
            ricevuta=a_receipt(**other),
        )
        return outbox.Outbox().writes([fatto], now=NOW)

    def test_is_planned_with_its_acquisition(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaRicevuta": {"abilitato": True, "allegaPdf": True}})

        assert len(self.plan()) == 1
        assert self.plan(esito=EsitoPagamento.NON_ESEGUITO) == []

    def test_of_a_ko_is_planned_where_the_tipo_wants_it(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaRicevuta": {"abilitato": True, "soloEseguiti": False}})

        assert len(self.plan(esito=EsitoPagamento.NON_ESEGUITO)) == 1

    def test_is_of_nobody_without_configuration(self) -> None:
        assert self.plan() == []


@pytest.mark.usefixtures("world")
class TestARicevutaThatWasAcquired:
    """From the ricevuta in the archive to the mail."""

    def test_is_sent_to_who_paid_and_in_copy_to_the_debtor(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaRicevuta": {"abilitato": True, "allegaPdf": True}})
        pendenza = pendenze_repository.save(None, replace(a_position(), versione=0))
        versante = replace(pendenza.soggetto_pagatore, identificativo="VRDLGI80A01H501Z", email="versante@esempio.it")
        ricevuta = a_receipt(pendenza, versante=versante)
        with ports(), patch.object(PagamentiPorts, "outbox", outbox.Outbox()):
            acquire_ricevuta(ricevuta=ricevuta, now=NOW)
            with pytest.raises(ReceiptDuplicata):
                acquire_ricevuta(ricevuta=ricevuta, now=NOW)
        assert queued() == 1

        deliver_all()

        (mail,) = mails()
        assert (mail["To"], mail["Cc"]) == ("versante@esempio.it", EMAIL)
        text = mail.get_body(("plain",)).get_content()
        assert ricevuta.istituto.denominazione in text
        assert ricevuta.importo.italian() in text
        (pdf,) = mail.iter_attachments()
        assert pdf.get_content().startswith(b"%PDF-")
        assert only().stato is StatoPromemoria.SPEDITO

    def test_that_is_not_in_the_archive_is_not_sent(self) -> None:
        put_tipo(avvisaturaMail={"promemoriaRicevuta": {"abilitato": True}})
        commit(TestARicevuta.plan())

        deliver_all()

        assert only().stato is StatoPromemoria.ANNULLATO


class IoFinta:
    """App IO: answers by method and path, and keeps what it was sent."""

    def __init__(self) -> None:
        self.profile: tuple[int, Any] = (200, {"sender_allowed": True})
        self.message: Any = (201, {"id": "01"})
        self.headers: dict[str, str] = {}
        self.calls: list[trasporto.Richiesta] = []

    def exchange(self, richiesta: trasporto.Richiesta, *, seconds: float) -> trasporto.Risposta:
        assert seconds <= 10
        self.calls.append(richiesta)
        answer = self.profile if richiesta.metodo == "GET" else self.message
        if isinstance(answer, Exception):
            raise answer
        return trasporto.Risposta(stato=answer[0], headers=self.headers, body=json.dumps(answer[1]).encode())


@pytest.mark.usefixtures("world")
class TestAppIo:
    @pytest.fixture
    def io_finta(self, monkeypatch) -> IoFinta:
        finta = IoFinta()
        monkeypatch.setattr(trasporto, "exchange", finta.exchange)
        avvisatura = {"apiKey": "chiave-del-servizio", "promemoriaAvviso": {"abilitato": True}}
        anagrafica.put_tipo_pendenza_dominio(
            tipo=sample.a_tipo_pendenza_dominio(dettagli={"avvisaturaAppIO": avvisatura})
        )
        forget()
        return finta

    def test_is_asked_for_the_profile_and_then_told(self, io_finta) -> None:
        pendenza = load()
        deliver_all()

        asked, told = io_finta.calls
        assert asked.url == f"https://api.io.pagopa.it/api/v1/profiles/{pendenza.soggetto_pagatore.identificativo}"
        assert {call.headers["Ocp-Apim-Subscription-Key"] for call in io_finta.calls} == {"chiave-del-servizio"}
        message = json.loads(told.body or b"")
        assert told.url.endswith("/messages")
        assert message["fiscal_code"] == pendenza.soggetto_pagatore.identificativo
        assert message["content"]["payment_data"] == {
            "amount": 10050, "notice_number": pendenza.numero_avviso, "invalid_after_due_date": True,
            "payee": {"fiscal_code": sample.DOMINIO},
        }  # fmt: skip
        assert 10 <= len(message["content"]["subject"]) <= 120
        assert 80 <= len(message["content"]["markdown"]) <= 10_000
        assert (only().canale, only().stato) == (Canale.APP_IO, StatoPromemoria.SPEDITO)

    @pytest.mark.parametrize(("batch", "seconds"), [({"abilitato": True, "timeToLive": 7200}, 7200), ({}, 3600)])
    def test_is_told_for_how_long_to_try(self, io_finta, batch, seconds) -> None:
        op = {"op": "REPLACE", "path": "/appIOBatch", "value": batch}
        anagrafica.change_configurazione(read_patch([op]), beside=lambda *_: [])
        load()
        deliver_all()

        assert json.loads(io_finta.calls[-1].body or b"")["time_to_live"] == seconds

    @pytest.mark.parametrize(
        ("profile", "message", "stato"),
        [
            ((200, {"sender_allowed": False}), None, "FALLITO"), ((404, {}), None, "FALLITO"),
            ((200, [1]), None, "FALLITO"), ((500, {}), None, "DA_SPEDIRE"), ((401, {}), None, "DA_SPEDIRE"),
            ((429, {}), None, "DA_SPEDIRE"), (trasporto.Guasto("x", incerta=True), None, "DA_SPEDIRE"),
            (None, (400, {}), "FALLITO"), (None, (429, {}), "DA_SPEDIRE"), (None, (503, {}), "DA_SPEDIRE"),
            (None, trasporto.Guasto("nessuna risposta", incerta=True), "FALLITO"),
            (None, trasporto.Guasto("non raggiungibile", incerta=False), "DA_SPEDIRE"),
        ],
    )  # fmt: skip
    def test_that_does_not_take_it_is_told_again_where_it_may(self, io_finta, profile, message, stato) -> None:
        io_finta.profile, io_finta.message = profile or io_finta.profile, message or io_finta.message
        load()
        deliver_all()

        assert only().stato == stato

    def test_is_waited_for_as_long_as_it_asks(self, io_finta) -> None:
        io_finta.message, io_finta.headers = (429, {}), {"Retry-After": "7200"}
        load()
        deliver_all()

        assert only().prossima >= NOW + timedelta(hours=2)

    def test_is_not_for_a_company(self, io_finta) -> None:
        load(soggettoPagatore={"tipo": "G", "identificativo": "01234567890"})

        assert all_of() == []

    def test_of_a_dominio_without_key_is_not_told(self, io_finta) -> None:
        anagrafica.put_tipo_pendenza_dominio(
            tipo=sample.a_tipo_pendenza_dominio(dettagli={"avvisaturaAppIO": {"promemoriaAvviso": {"abilitato": True}}})
        )
        forget()
        load()

        assert all_of() == []


@pytest.mark.usefixtures("world")
class TestTheInstallation:
    @staticmethod
    def set_to(monkeypatch, **sezioni: Any) -> None:
        monkeypatch.setattr(queries, "configurazione", lambda: Configurazione(sezioni=sezioni))

    def test_has_the_words_of_a_tipo_that_says_none(self, monkeypatch) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True, "messaggio": "Del tipo"}})
        self.set_to(monkeypatch, avvisaturaMail={"promemoriaAvviso": {"oggetto": "Di tutti", "messaggio": "x"}})
        load()
        deliver_all()

        (mail,) = mails()
        assert (mail["Subject"], mail.get_content().strip()) == ("Di tutti", "Del tipo")

    def test_that_is_set_not_to_write_plans_nothing_and_lets_wait_what_was_planned(self, monkeypatch) -> None:
        put_tipo(avvisaturaMail={"promemoriaAvviso": {"abilitato": True}})
        load()
        self.set_to(monkeypatch, mailBatch={"abilitato": False})
        load("P-2")
        deliver_all()

        assert (only().stato, only().descrizione_stato) == (StatoPromemoria.DA_SPEDIRE, rules.SPENTO)
        assert mails() == []
        self.set_to(monkeypatch)
        deliver_all(NOW + timedelta(hours=1))
        assert len(mails()) == 1


class TestTheWait:
    def test_grows_with_the_attempts_up_to_a_day(self) -> None:
        assert rules.wait(1, attesa=None, caso=0) == timedelta(minutes=1)
        assert rules.wait(5, attesa=None, caso=1) == timedelta(minutes=30)
        assert rules.wait(100, attesa=None, caso=1) == timedelta(hours=24)
        assert rules.wait(1, attesa=600, caso=0) == timedelta(minutes=10)

    def test_of_what_was_not_taken_is_all_that_moves_it(self) -> None:
        one = rules.planned(a_position(), TipoPromemoria.AVVISO, Canale.MAIL, now=NOW)
        esito = Esito(consegna=Consegna.RIMANDATA, motivo="x")

        assert rules.concluded(rules.take(one, now=NOW), esito, now=NOW, caso=0).stato is StatoPromemoria.DA_SPEDIRE
