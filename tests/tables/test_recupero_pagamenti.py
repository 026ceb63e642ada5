"""Payments of portals that stay open: lost carts, lost receipts, payers who never came back."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import commit
from chalicelib.notifiche import repository as notifiche
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import operations as pagamenti_operations
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.ports import Ports
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.recupero.model import EsitoCopia, EsitoStato, RispostaCopia, RispostaStato
from chalicelib.pagamenti.sessioni import repository
from chalicelib.pagamenti.sessioni.states import StatoSessione as S
from chalicelib.pagamenti.states import StatoRpp as R
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, messages_of
from tests.builders_pagamenti import a_ko_rt, a_receipt, an_rt
from tests.builders_sessioni import (
    BACKOFFICE,
    REDIRECT_WISP,
    TODAY,
    a_cart,
    another,
    attempt_of,
    classic,
    incerto,
    portale,
    riferimento,
    session_of,
    stored,
)
from tests.doubles_pagamenti import DomandeFinte

MINUTE = timedelta(minutes=1)
LATER = TODAY + 40 * MINUTE


@pytest.fixture
def world(aws):
    with portale() as joined:
        yield joined


def at_checkout(world, *pendenze_):
    found = pendenze_ or (None,)
    for pendenza in found:
        stored(pendenza)
    return session_of(world.pay(a_cart(*(riferimento(pendenza) for pendenza in found))))


def at_wisp(world, *pendenze_):
    found = pendenze_ or (classic(),)
    for pendenza in found:
        stored(pendenza)
    return session_of(world.pay(a_cart(*map(riferimento, found))))


def settle(sessione, *, now=LATER, domande=None):
    with patch.object(Ports, "domande", domande or DomandeFinte()):
        recupero.recover({"passo": "PAGAMENTO", "idPagamento": sessione.id}, now=now)
    found = repository.get(sessione.id)
    assert found is not None
    return found


def settle_until_closed(sessione, domande=None):
    """Settle it as often as it is due; give it with the instant of the last question."""
    for _ in range(100):
        current = repository.get(sessione.id)
        if current.prossima_verifica is None:
            return current
        now = current.prossima_verifica
        settle(sessione, now=now, domande=domande)
    raise AssertionError(current)


def nota(stato, **other):
    return DomandeFinte(RispostaStato(esito=EsitoStato.NOTA, stato=stato, **other))


class GivesRt(DomandeFinte):
    """The Nodo, with an RT that we lack."""

    def copia_rt(self, rpp, *, now):
        pagamenti_operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=now)
        return RispostaCopia(esito=EsitoCopia.ACQUISITA)


def told_of(tipo):
    """Give by what the news of a tipo name the payment of the portal: its session, its cart."""
    found = (notifiche.get(item.pk) for item in NotificaItem.scan())
    return [(notifica.id_session, notifica.id_carrello) for notifica in found if notifica.tipo == tipo]


class TestAPayerWhoNeverCameBackFromCheckout:
    def test_and_never_was_about_to_pay_has_not_paid(self, world):
        sessione = at_checkout(world)
        assert recupero.enqueue_due(now=TODAY + 34 * MINUTE).pagamenti == 0
        assert recupero.enqueue_due(now=LATER).pagamenti == 1

        settled = settle(sessione)

        assert (settled.stato, settled.prossima_verifica) == (S.NON_ESEGUITO, None)
        assert attempt_of(settled).stato is R.RPT_SCADUTA
        shown = world.gpadmin.get(f"{BACKOFFICE}/pagamenti/{sessione.id}").json
        assert shown["stato"] == "NON_ESEGUITO"
        assert shown["descrizioneStato"] == "Il pagatore non ha completato il pagamento."

    def test_and_annulled_it_there_has_annulled_it(self, world):
        sessione = at_checkout(world)
        world.come_back(sessione, "ANNULLATO")

        assert settle(sessione).stato is S.ANNULLATO

    def test_and_was_about_to_pay_is_waited_for(self, world):
        sessione = at_checkout(world)
        asked_for(sessione)

        settled = settle(sessione)

        assert settled.stato is S.IN_CORSO_AL_PSP
        assert settled.descrizione_stato.startswith("La ricevuta non è arrivata. Verifica 1 di 12; prossima dopo il")
        assert settle_until_closed(sessione).stato is S.NON_ESEGUITO

    def test_may_have_paid_after_all(self, world):
        sessione = at_checkout(world)
        settle(sessione)

        receipt = a_receipt(payment_note=sessione.id)
        pagamenti_operations.acquire_ricevuta(ricevuta=receipt, now=LATER + MINUTE)

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_does_not_keep_another_payment_away(self, world):
        settle(at_checkout(world))

        assert world.pay().status == 201


def asked_for(sessione):
    """The Nodo asks for the position of the cart: the payer is about to pay."""
    tentativo = sessione.tentativi[0]
    pagabile = pagamenti_operations.verify(id_dominio=tentativo.id_dominio, iuv=tentativo.iuv, now=TODAY)
    pagamenti_operations.activate_current(
        pagabile=pagabile,
        formato=attempt_of(sessione).formato,
        id_stazione=sessione.id_stazione,
        payment_note=sessione.id,
        now=TODAY,
    )


class TestAPayerWhoSaysThatItWasPaid:
    def test_is_believed_for_a_week(self, world):
        sessione = at_checkout(world)
        asked_for(sessione)
        world.come_back(sessione, "OK")

        first = settle(sessione)
        last = settle_until_closed(sessione)

        assert first.stato is S.IN_ATTESA_DI_ESITO
        assert (last.stato, last.verifiche) == (S.NON_ESEGUITO, rules.MAX_CON_RITORNO)
        assert timedelta(days=5) < last.aggiornata - TODAY < timedelta(days=8)
        assert "Esito non appreso dopo 30 verifiche" in last.descrizione_stato


class TestAPendenzaThatWasPaidByItsNotice:
    def test_ends_the_session_of_its_portal(self, world):
        sessione = at_checkout(world)
        pagamenti_operations.acquire_ricevuta(ricevuta=a_receipt(token="altrove"), now=TODAY)
        assert repository.get(sessione.id).stato is S.IN_CORSO_AL_PSP

        settled = settle(sessione)

        assert (settled.stato, settled.prossima_verifica) == (S.ANNULLATO, None)
        assert attempt_of(settled).stato is R.RPT_ANNULLATA

    def test_leaves_the_attempt_at_the_wisp_to_be_asked_about_while_it_may_be_paid(self, world):
        sessione = at_wisp(world)
        pagamenti_operations.acquire_ricevuta(ricevuta=a_receipt(classic(), token="altrove"), now=TODAY)
        settled = settle(sessione, domande=nota(R.RPT_ACCETTATA_PSP))
        assert (settled.stato, settled.prossima_verifica) == (S.ANNULLATO, None)
        rpp = attempt_of(settled)

        domande = GivesRt(RispostaStato(esito=EsitoStato.NOTA, stato=R.RT_ACCETTATA_NODO))
        with patch.object(Ports, "domande", domande):
            message = {"passo": "RPP", "idDominio": rpp.id_dominio, "iuv": rpp.iuv, "ccp": rpp.ccp}
            recupero.recover(message, now=rpp.prossima_verifica)

        assert repository.get(sessione.id).stato is S.ESEGUITO

    def test_leaves_what_else_is_in_the_cart(self, world):
        sessione = at_checkout(world, None, another(2))
        pagamenti_operations.acquire_ricevuta(ricevuta=a_receipt(token="altrove"), now=TODAY)
        asked_again = replace(sessione, tentativi=sessione.tentativi[1:])
        asked_for(asked_again)

        settled = settle(sessione)
        paid = a_receipt(another(2), token="del-carrello", payment_note=sessione.id)
        pagamenti_operations.acquire_ricevuta(ricevuta=paid, now=LATER)

        assert settled.stato is S.IN_CORSO_AL_PSP
        assert repository.get(sessione.id).stato is S.PARZIALMENTE_ESEGUITO

    def test_with_the_receipt_of_the_session_itself_is_paid(self, world):
        sessione = at_checkout(world)
        receipt = a_receipt(payment_note=sessione.id)
        pagamenti_operations.acquire_ricevuta(ricevuta=receipt, now=TODAY)

        assert settle(sessione).stato is S.ESEGUITO


class TestACartThatNobodyConfirmed:
    def test_at_checkout_fails_when_nobody_can_pay_it_any_more(self, world):
        world.checkout.risposta = incerto()
        sessione = at_checkout(world)
        assert sessione.stato is S.IN_INVIO

        open_still = settle(sessione, now=TODAY + 2 * MINUTE)
        closed = settle_until_closed(sessione)

        assert open_still.stato is S.IN_INVIO
        assert (closed.stato, closed.in_invio_fino) == (S.FALLITO, None)
        assert attempt_of(closed).stato is R.RPT_ERRORE_INVIO_A_NODO

    def test_at_the_wisp_is_found_there_with_where_the_payer_goes(self, world):
        world.wisp.risposta = incerto()
        sessione = at_wisp(world)
        there = nota(R.RPT_ACCETTATA_NODO, redirect=REDIRECT_WISP, id_session="sessione-del-nodo-1")

        settled = settle(sessione, now=TODAY + 2 * MINUTE, domande=there)

        assert (settled.stato, settled.redirect) == (S.IN_CORSO_AL_PSP, REDIRECT_WISP)
        assert repository.id_by_session("sessione-del-nodo-1") == sessione.id
        assert attempt_of(settled).stato is R.RPT_ACCETTATA_NODO
        # The ente is told of which payment of its portal it was, as if no answer had been lost.
        assert told_of("ATTIVAZIONE") == [("sessione-del-nodo-1", settled.nome_carrello)]

    def test_at_the_wisp_fails_if_it_is_not_there(self, world):
        world.wisp.risposta = incerto()
        sessione = at_wisp(world)

        on_its_way = settle(sessione, now=TODAY + 2 * MINUTE)
        failed = settle(sessione, now=TODAY + 10 * MINUTE)

        assert on_its_way.stato is S.IN_INVIO
        assert failed.stato is S.FALLITO
        assert "PPT_RPT_SCONOSCIUTA" in failed.descrizione_stato
        # No cart is sent behind the back of a payer who has been told that it failed.
        assert len(world.wisp.carts) == 1

    def test_is_not_handed_over_again_while_the_nodo_is_asked(self, world):
        world.wisp.risposta = incerto()
        sessione = at_wisp(world)
        seen = []
        domande = nota(R.RPT_ACCETTATA_NODO)
        domande.meanwhile = lambda _rpp: seen.append(repository.get(sessione.id).in_invio_fino)

        settle(sessione, now=TODAY + 2 * MINUTE, domande=domande)

        assert seen[0] > TODAY + 2 * MINUTE
        assert repository.get(sessione.id).in_invio_fino is None


class TestACartAtTheWisp:
    def test_whose_rt_was_lost_is_paid_by_its_copy(self, world):
        sessione = at_wisp(world)

        settled = settle(sessione, domande=GivesRt(RispostaStato(esito=EsitoStato.NOTA, stato=R.RT_ACCETTATA_NODO)))

        assert (settled.stato, settled.prossima_verifica) == (S.ESEGUITO, None)

    def test_whose_copy_says_that_it_was_not_paid(self, world):
        sessione = at_wisp(world)

        class Gives(DomandeFinte):
            def copia_rt(self, rpp, *, now):
                pagamenti_operations.acquire_ricevuta(ricevuta=a_ko_rt(rpp), now=now)
                return RispostaCopia(esito=EsitoCopia.ACQUISITA)

        settled = settle(sessione, domande=Gives(RispostaStato(esito=EsitoStato.NOTA, stato=R.RT_ACCETTATA_PA)))

        assert settled.stato is S.NON_ESEGUITO

    @pytest.mark.parametrize(
        ("told", "stato"),
        [
            (R.RPT_RIFIUTATA_PSP, S.FALLITO),
            (R.RPT_ERRORE_INVIO_A_PSP, S.FALLITO),
            (R.RPT_DECORSI_TERMINI, S.NON_ESEGUITO),
        ],
    )
    def test_that_the_nodo_has_closed_is_closed(self, world, told, stato):
        sessione = settle(at_wisp(world), domande=nota(told))

        assert sessione.stato is stato
        assert told_of("FALLIMENTO") == [(sessione.id_session, sessione.nome_carrello)]

    def test_that_no_psp_has_had_ends_by_itself(self, world):
        closed = settle_until_closed(at_wisp(world), nota(R.RPT_ACCETTATA_NODO))

        assert (closed.stato, closed.verifiche) == (S.NON_ESEGUITO, rules.MAX_SENZA_PSP)

    @pytest.mark.parametrize("stato", [R.RT_ACCETTATA_NODO, R.RT_RIFIUTATA_PA])
    def test_whose_rt_cannot_be_had_is_left_to_an_operator(self, world, stato):
        """Simulator, seed 20529: such a payment was asked about once a day, for ever, and each time it was the end."""
        sessione = at_wisp(world)
        domande = nota(stato)
        domande.copia = RispostaCopia(esito=EsitoCopia.RIFIUTATA, descrizione="la RT non è leggibile")
        commit(repository.writes(sessione, replace(sessione, verifiche=rules.MAX_VERIFICHE - 1)))

        settled = settle(sessione, domande=domande)

        assert (settled.stato, settled.prossima_verifica) == (S.IN_CORSO_AL_PSP, None)
        assert "Esito non appreso dopo 84 verifiche: riavviarle" in settled.descrizione_stato
        assert attempt_of(settled).abbandonata == LATER

    def test_that_a_psp_has_is_asked_about_for_two_months(self, world):
        closed = settle_until_closed(at_wisp(world), nota(R.RPT_ACCETTATA_PSP))

        assert (closed.stato, closed.verifiche) == (S.NON_ESEGUITO, rules.MAX_VERIFICHE)
        assert timedelta(days=55) < closed.aggiornata - TODAY < timedelta(days=65)

    def test_says_why_its_outcome_is_not_known_and_when_it_is_asked_for_next(self, world):
        sessione = at_wisp(world)
        silent = DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO, fault_code="PPT_SYSTEM_ERROR"))

        settle(sessione, domande=silent)

        shown = world.gpadmin.get(f"{BACKOFFICE}/pagamenti/{sessione.id}").json
        assert shown["descrizioneStato"].startswith("PPT_SYSTEM_ERROR. Verifica 1 di ")
        assert "dettaglioStato" in shown["rpp"][0]

    def test_that_was_given_up_is_asked_about_anew_by_patch(self, world):
        sessione = at_wisp(world)
        settle_until_closed(sessione, nota(R.RPT_ACCETTATA_PSP))
        rpp = attempt_of(sessione)
        path = f"{BACKOFFICE}/rpp/{rpp.id_dominio}/{rpp.iuv}/{rpp.ccp}"

        answer = world.gpadmin.call("PATCH", path, [{"op": "REPLACE", "path": "/verifica", "value": True}])

        assert answer.status == 200, answer.json
        [message] = [m for m in messages_of("recupero") if m["passo"] == "RPP"]
        now = pagamenti.load(rpp.id_dominio, rpp.iuv).rpp_of(rpp.ccp).prossima_verifica
        with patch.object(Ports, "domande", nota(R.RPT_RIFIUTATA_PSP)):
            recupero.recover(message, now=now)
        assert attempt_of(sessione).stato is R.RPT_RIFIUTATA_PSP

    @pytest.mark.parametrize(
        "op",
        [
            {"op": "REPLACE", "path": "/verifica", "value": False},
            {"op": "ADD", "path": "/verifica", "value": True},
            {"op": "REPLACE", "path": "/stato", "value": True},
        ],
    )
    def test_is_not_patched_otherwise(self, world, op):
        rpp = attempt_of(at_wisp(world))

        answer = world.gpadmin.call("PATCH", f"{BACKOFFICE}/rpp/{rpp.id_dominio}/{rpp.iuv}/{rpp.ccp}", [op])

        assert answer.status == 400


class TestASettlementThatDies:
    @pytest.mark.parametrize("way", [at_checkout, at_wisp])
    def test_anywhere_ends_as_if_it_had_lived_at_the_next_question(self, world, way):
        sessione = way(world)
        domande = nota(R.RPT_RIFIUTATA_PSP)
        for queue in Queue:
            queues._url(queue)
        before = Snapshot.take()
        with aws_calls() as calls:
            expected = settle(sessione, domande=domande).stato
        assert expected in {S.NON_ESEGUITO, S.FALLITO}
        assert len(calls) <= 11, calls
        for number in range(len(calls) - 1):
            for moment in ("die_before", "die_after"):
                before.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    settle(sessione, domande=domande)

                again = settle(sessione, now=LATER + 5 * MINUTE, domande=domande)

                assert again.stato is expected, f"{moment} {number} {calls[number]}"


class TestASessionThatIsDue:
    def test_twice_is_settled_once(self, world):
        sessione = at_wisp(world)
        domande = nota(R.RPT_ACCETTATA_PSP)

        settle(sessione, domande=domande)
        settle(sessione, domande=domande)

        assert len(domande.asked) == 1

    def test_and_is_being_handed_over_is_left_alone(self, world):
        sessione = at_wisp(world)
        held = replace(sessione, in_invio_fino=LATER + MINUTE, prossima_verifica=LATER)
        commit([repository.write(sessione, held)])
        domande = nota(R.RPT_RIFIUTATA_PSP)

        settle(sessione, domande=domande)

        assert domande.asked == []

    def test_and_is_not_there_changes_nothing(self, world):
        recupero.recover({"passo": "PAGAMENTO", "idPagamento": "mai-visto"}, now=LATER)

    def test_of_five_attempts_costs_what_five_attempts_cost(self, world):
        sessione = at_checkout(world, None, *(another(number) for number in range(2, 6)))

        with aws_calls() as calls:
            settle(sessione)

        assert calls.count("dynamodb.TransactWriteItems") == 5
        assert len(calls) <= 5 * 6 + 4, calls
        assert repository.get(sessione.id).stato is S.NON_ESEGUITO
