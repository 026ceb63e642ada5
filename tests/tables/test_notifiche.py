"""The outbox: planned with its cause, taken by one consumer, found again when a crash or an ente lets it hang."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries as anagrafica_queries
from chalicelib.anagrafica.model import Connettore
from chalicelib.aws import queues
from chalicelib.aws.clients import client
from chalicelib.aws.outbox import shard_of
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import TUTTI
from chalicelib.notifiche import operations, queries, repository, rules
from chalicelib.notifiche.model import Esito, Notifica
from chalicelib.notifiche.operations import NotificaNonRispedibile, Outbox
from chalicelib.notifiche.repository import NotificaNotFound
from chalicelib.notifiche.states import StatoSpedizione as S
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import ports
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.pagamenti.states import StatoRpp
from tests.builders import an_utenza
from tests.builders_anagrafica import an_applicazione
from tests.builders_pagamenti import CCP, DOMINIO, IUV, an_attempt, an_rt
from tests.clock import NOW

ACCOLTA = Esito(accolta=True, motivo="L'applicazione ha risposto 201")
RIFIUTATA = Esito(accolta=False, motivo="L'applicazione ha risposto 500")


@dataclass
class FakeEnte:
    """Answers each attempt as told and remembers what it was told; `during` happens while it answers."""

    esito: Esito = ACCOLTA
    told: list[tuple[Notifica, bytes]] = field(default_factory=list)
    during: Any = None

    def notify(self, connettore: Connettore, notifica: Notifica, corpo: bytes, *, now: Any) -> Esito:
        self.told.append((notifica, corpo))
        if self.during is not None:
            self.during()
        return self.esito


@pytest.fixture(autouse=True)
def _applicazione(aws) -> Iterator[None]:
    anagrafica_queries.forget()
    register()
    yield
    anagrafica_queries.forget()


@pytest.fixture
def ente() -> FakeEnte:
    return FakeEnte()


def register(**other: Any) -> None:
    applicazione = an_applicazione(**other)
    anagrafica.put_applicazione(applicazione=applicazione)
    anagrafica_queries.forget()


def a_fatto(tipo: TipoNotifica = TipoNotifica.RICEVUTA, **other: Any) -> DaNotificare:
    rpp = other.pop("rpp", None) or an_attempt()
    ricevuta = an_rt(rpp) if tipo is TipoNotifica.RICEVUTA else None
    return DaNotificare(**{"tipo": tipo, "rpp": rpp, "ricevuta": ricevuta, **other})


def planned(fatto: DaNotificare | None = None) -> str:
    """Plan and commit, and crash before it is published. Gives the key."""
    writes = Outbox().writes([fatto or a_fatto()], now=NOW)
    commit(writes)
    return str(writes[-1].item.pk)  # type: ignore[attr-defined]


def queued() -> list[str]:
    url = queues._url(Queue.NOTIFICHE)
    found = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in found:
        client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"])["chiave"] for message in found]


def failing_for_thirty_days(chiave: str, ente: FakeEnte) -> Notifica:
    ente.esito = RIFIUTATA
    notifica = repository.get(chiave)
    while notifica.stato is S.DA_SPEDIRE:
        operations.deliver(chiave, now=notifica.prossima, ente=ente)
        notifica = repository.get(chiave)
    return notifica


class TestPlan:
    def test_is_the_port_that_pagamenti_writes_through(self):
        outbox: ports.Outbox = Outbox()

        assert outbox.writes([], now=NOW) == []

    def test_tells_nobody_without_a_servizio_di_integrazione(self):
        register(servizio_integrazione=None)

        assert Outbox().writes([a_fatto()], now=NOW) == []
        assert Outbox().writes([a_fatto(rpp=an_attempt(id_a2a="SCONOSCIUTA"))], now=NOW) == []

    def test_makes_one_notifica_of_one_cause(self):
        planned()

        with pytest.raises(WriteConflict, match="notifica RICEVUTA"):
            planned()

    def test_freezes_the_body_with_the_ccp_inside_rpt_and_rt(self, ente):
        operations.deliver(planned(), now=NOW, ente=ente)

        body = json.loads(ente.told[0][1])
        assert (body["idA2A"], body["idPendenza"]) == (an_attempt().id_a2a, an_attempt().id_pendenza)
        assert body["rpt"]["datiVersamento"]["codiceContestoPagamento"] == CCP
        assert body["rt"]["datiPagamento"]["CodiceContestoPagamento"] == CCP
        assert body["riscossioni"] == []

    def test_tells_of_an_activation_without_rt(self, ente):
        operations.deliver(planned(a_fatto(TipoNotifica.ATTIVAZIONE)), now=NOW, ente=ente)

        body = json.loads(ente.told[0][1])
        assert (body["rt"], body["riscossioni"]) == (None, None)

    @pytest.mark.parametrize("tipo", [TipoNotifica.ANNULLAMENTO, TipoNotifica.FALLIMENTO])
    def test_tells_why_an_attempt_ended_badly(self, ente, tipo):
        rpp = an_attempt(stato=StatoRpp.RPT_RIFIUTATA_NODO, descrizione_stato="PPT_SEMANTICA")

        operations.deliver(planned(a_fatto(tipo, rpp=rpp)), now=NOW, ente=ente)

        assert json.loads(ente.told[0][1]) == {"codice": "RPT_RIFIUTATA_NODO", "motivazione": "PPT_SEMANTICA"}

    def test_keeps_an_item_small_whatever_the_body(self, ente):
        import random

        allegato = random.Random(1).randbytes(400_000).hex()  # noqa: S311
        rt = an_rt()
        rt = replace(rt, voci=(replace(rt.voci[0], tipo_allegato="BD", allegato=allegato),))

        chiave = planned(a_fatto(ricevuta=rt))

        item = NotificaItem.get(chiave)
        assert len(str(item.documento)) + len(item.corpo or b"") < 10_000
        operations.deliver(chiave, now=NOW, ente=ente)
        assert allegato in ente.told[0][1].decode()

    def test_reads_back_what_it_wrote(self):
        notifica = rules.plan(a_fatto(), b'{"a":1}', now=NOW)

        repository.save(notifica)

        assert repository.get(notifica.chiave) == notifica.next_version()

    def test_refuses_a_stale_write(self):
        repository.save(rules.plan(a_fatto(), b"{}", now=NOW))
        current = repository.get(rules.plan(a_fatto(), b"{}", now=NOW).chiave)
        repository.save(current)

        with pytest.raises(WriteConflict):
            repository.save(current)


class TestPublish:
    def test_enqueues_what_was_committed(self):
        writes = Outbox().writes([a_fatto()], now=NOW)
        commit(writes)

        Outbox().publish(writes)

        assert queued() == [writes[0].item.pk]  # type: ignore[attr-defined]

    def test_that_fails_costs_a_minute_and_no_more(self, monkeypatch):
        writes = Outbox().writes([a_fatto()], now=NOW)
        commit(writes)
        with monkeypatch.context() as patch:
            patch.setattr(queues, "_url", lambda _queue: "https://sqs.eu-south-1.amazonaws.com/123456789012/assente")
            Outbox().publish(writes)

        assert operations.requeue_due(now=NOW + timedelta(minutes=1)) == 1


class TestRequeue:
    def test_recovers_what_a_crash_between_commit_and_publish_left(self, ente):
        chiave = planned()

        assert operations.requeue_due(now=NOW + timedelta(seconds=59)) == 0
        assert operations.requeue_due(now=NOW + timedelta(minutes=1)) == 1

        for found in queued():
            operations.deliver(found, now=NOW + timedelta(minutes=1), ente=ente)
        assert repository.get(chiave).stato is S.SPEDITA

    def test_recovers_what_a_crash_during_the_call_left(self, ente):
        chiave = planned()
        ente.during = lambda: 1 / 0
        with pytest.raises(ZeroDivisionError):
            operations.deliver(chiave, now=NOW, ente=ente)
        ente.during = None

        operations.deliver(chiave, now=NOW + timedelta(seconds=30), ente=ente)
        assert len(ente.told) == 1
        assert operations.requeue_due(now=NOW + rules.IN_CONSEGNA) == 1
        operations.deliver(chiave, now=NOW + rules.IN_CONSEGNA, ente=ente)

        assert repository.get(chiave).stato is S.SPEDITA

    def test_takes_a_bounded_number_the_longest_waiting_first(self):
        for number in range(12):
            planned(a_fatto(rpp=an_attempt(ccp=f"CCP-{number}")))

        found = operations.requeue_due(now=NOW + timedelta(hours=1), limit=1)

        assert found == len({shard_of(item.pk) for item in NotificaItem.scan()})

    def test_leaves_alone_what_is_done(self, ente):
        operations.deliver(planned(), now=NOW, ente=ente)

        assert operations.requeue_due(now=NOW + timedelta(days=40)) == 0


class TestDeliver:
    def test_calls_the_ente_once_for_a_duplicated_message(self, ente):
        chiave = planned()

        for _ in range(3):
            operations.deliver(chiave, now=NOW, ente=ente)

        assert len(ente.told) == 1
        assert repository.get(chiave).stato is S.SPEDITA

    def test_calls_the_ente_once_when_two_consumers_have_the_message_at_once(self, ente):
        chiave, other = planned(), FakeEnte()
        ente.during = lambda: operations.deliver(chiave, now=NOW, ente=other)

        operations.deliver(chiave, now=NOW, ente=ente)

        assert (len(ente.told), len(other.told)) == (1, 0)

    def test_lets_the_faster_of_two_who_read_the_same_take_it(self, ente, monkeypatch):
        chiave = planned()
        stale = repository.get(chiave)
        operations.deliver(chiave, now=NOW, ente=ente)
        monkeypatch.setattr(repository, "find", lambda _chiave: stale)

        operations.deliver(chiave, now=NOW, ente=ente)

        assert len(ente.told) == 1

    def test_ignores_a_message_of_what_was_never_committed(self, ente):
        operations.deliver("non#esiste", now=NOW, ente=ente)

        assert ente.told == []

    def test_tries_again_later_and_later_with_the_very_same_body(self, ente):
        chiave, when, waits = planned(), NOW, []
        ente.esito = RIFIUTATA
        for _ in range(4):
            operations.deliver(chiave, now=when, ente=ente)
            notifica = repository.get(chiave)
            waits.append(notifica.prossima - when)
            when = notifica.prossima

        for number, found in enumerate(waits, 1):
            assert timedelta(minutes=number**2) * 0.79 < found < timedelta(minutes=number**2) * 1.21
        assert len({corpo for _, corpo in ente.told}) == 1
        assert [notifica.tentativi for notifica, _ in ente.told] == [1, 2, 3, 4]
        assert notifica.descrizione_stato == RIFIUTATA.motivo

    def test_does_not_hurry_because_a_message_comes_back(self, ente):
        chiave = planned()
        ente.esito = RIFIUTATA
        operations.deliver(chiave, now=NOW, ente=ente)

        operations.deliver(chiave, now=NOW + timedelta(seconds=10), ente=ente)

        assert len(ente.told) == 1

    def test_cancels_what_lost_its_connector(self, ente):
        chiave = planned()
        register(servizio_integrazione=None)

        operations.deliver(chiave, now=NOW, ente=ente)

        notifica = repository.get(chiave)
        assert (notifica.stato, ente.told) == (S.ANNULLATA, [])
        assert "servizio di integrazione" in str(notifica.descrizione_stato)

    def test_gives_up_after_thirty_days(self, ente):
        chiave = planned()

        notifica = failing_for_thirty_days(chiave, ente)

        assert notifica.stato is S.FALLITA
        assert notifica.stato.pubblico is S.DA_SPEDIRE
        operations.deliver(chiave, now=NOW + timedelta(days=60), ente=ente)
        assert repository.get(chiave) == notifica

    def test_gives_up_what_only_crashed_for_thirty_days(self, ente):
        chiave = planned()
        repository.save(rules.take(repository.get(chiave), now=NOW))

        operations.deliver(chiave, now=NOW + timedelta(days=31), ente=ente)

        assert (repository.get(chiave).stato, ente.told) == (S.FALLITA, [])

    def test_remembers_a_2xx_that_came_after_the_hold_had_ended(self, ente):
        chiave = planned()

        def another_consumer_takes_it() -> None:
            repository.save(rules.take(repository.get(chiave), now=NOW + rules.IN_CONSEGNA))

        ente.during = another_consumer_takes_it
        operations.deliver(chiave, now=NOW, ente=ente)

        assert repository.get(chiave).stato is S.SPEDITA


class TestCancellingPair:
    def test_tells_the_ente_of_neither(self, ente):
        attivazione = planned(a_fatto(TipoNotifica.ATTIVAZIONE))
        writes = Outbox().writes([a_fatto(TipoNotifica.ANNULLAMENTO)], now=NOW)
        commit(writes)
        Outbox().publish(writes)

        assert queued() == []
        for chiave in (attivazione, str(writes[-1].item.pk)):  # type: ignore[attr-defined]
            operations.deliver(chiave, now=NOW, ente=ente)
            assert repository.get(chiave).stato is S.ANNULLATA
        assert ente.told == []

    def test_is_not_made_when_the_ente_has_the_activation(self, ente):
        operations.deliver(planned(a_fatto(TipoNotifica.ATTIVAZIONE)), now=NOW, ente=ente)

        operations.deliver(planned(a_fatto(TipoNotifica.ANNULLAMENTO)), now=NOW, ente=ente)

        assert [notifica.tipo for notifica, _ in ente.told] == [TipoNotifica.ATTIVAZIONE, TipoNotifica.ANNULLAMENTO]

    def test_is_planned_anew_when_the_activation_is_taken_meanwhile(self, ente):
        attivazione = planned(a_fatto(TipoNotifica.ATTIVAZIONE))
        writes = Outbox().writes([a_fatto(TipoNotifica.ANNULLAMENTO)], now=NOW)
        operations.deliver(attivazione, now=NOW, ente=ente)

        with pytest.raises(WriteConflict, match="notifica ATTIVAZIONE"):
            commit(writes)

        planned(a_fatto(TipoNotifica.ANNULLAMENTO))

    def test_never_takes_the_ricevuta_with_it(self, ente):
        planned(a_fatto(TipoNotifica.ATTIVAZIONE))
        ricevuta = planned()
        planned(a_fatto(TipoNotifica.ANNULLAMENTO))

        operations.deliver(ricevuta, now=NOW, ente=ente)

        assert [notifica.tipo for notifica, _ in ente.told] == [TipoNotifica.RICEVUTA]


GIORNO = date(2026, 11, 24)


def found(*, size=25, cursor=None, utenza=None, **filtri):
    utenza = utenza or an_utenza(domini=TUTTI)
    return queries.find_notifiche(utenza=utenza, filtri=queries.Filtri(**filtri), size=size, page=1, cursor=cursor)


class TestOperators:
    def test_see_what_was_given_up(self, ente):
        chiave = planned()
        planned(a_fatto(rpp=an_attempt(ccp="ALTRO")))
        failing_for_thirty_days(chiave, ente)

        found = operations.fallite()

        assert [notifica.chiave for notifica in found.notifiche] == [chiave]
        assert found.cursor is None

    def test_see_what_was_planned_on_an_italian_day(self, ente):
        operations.deliver(planned(), now=NOW, ente=ente)
        planned(a_fatto(TipoNotifica.ATTIVAZIONE))

        assert len(found(giorni=(GIORNO,)).notifiche) == 2
        (spedita,) = found(giorni=(GIORNO,), stati=(S.SPEDITA,)).notifiche
        assert (spedita.id_dominio, spedita.iuv, spedita.corpo) == (DOMINIO, IUV, b"")
        assert found(giorni=(date(2026, 11, 23),)).notifiche == ()

    def test_walk_page_by_page(self):
        for number in range(3):
            planned(a_fatto(rpp=an_attempt(ccp=f"CCP-{number}")))

        first = found(giorni=(GIORNO,), size=2)
        second = found(giorni=(GIORNO,), size=2, cursor=first.cursor)

        assert (len(first.notifiche), len(second.notifiche), second.cursor) == (2, 1, None)
        with pytest.raises(ParametroNonValido):
            found(giorni=(GIORNO,), cursor="x")

    def test_send_all_that_waits_and_all_that_was_given_up(self, ente):
        chiave = planned()
        failing_for_thirty_days(chiave, ente)
        later = NOW + timedelta(days=35)
        planned(a_fatto(rpp=an_attempt(ccp="ALTRO")))

        assert operations.send_now(now=later) == 2
        assert repository.get(chiave).stato is S.DA_SPEDIRE
        assert operations.fallite().notifiche == ()

    def test_replay_what_was_given_up(self, ente):
        chiave = planned()
        failing_for_thirty_days(chiave, ente)
        later = NOW + timedelta(days=35)

        operations.replay(chiave, now=later)

        assert queued() == [chiave]
        ente.esito = ACCOLTA
        operations.deliver(chiave, now=later, ente=ente)
        assert repository.get(chiave).stato is S.SPEDITA
        assert operations.fallite().notifiche == ()

    def test_do_not_replay_what_the_ente_has(self, ente):
        chiave = planned()
        operations.deliver(chiave, now=NOW, ente=ente)

        with pytest.raises(NotificaNonRispedibile, match="SPEDITA"):
            operations.replay(chiave, now=NOW)

    def test_do_not_replay_what_does_not_exist(self):
        with pytest.raises(NotificaNotFound):
            operations.replay("non#esiste", now=NOW)
