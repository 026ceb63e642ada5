"""Who is told what, when; waits; giving up."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.anagrafica.model import Applicazione, Connettore
from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.notifiche import rules
from chalicelib.notifiche.model import Esito, Notifica
from chalicelib.notifiche.states import MOVES, StatoSpedizione
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.pagamenti.states import StatoRpp
from tests.builders_pagamenti import a_ko_rt, an_attempt, an_rt
from tests.clock import NOW

S = StatoSpedizione
ACCOLTA = Esito(accolta=True, motivo="L'applicazione ha risposto 201")
RIFIUTATA = Esito(accolta=False, motivo="L'applicazione ha risposto 500")
SENZA_RISPOSTA = Esito(accolta=False, motivo="nessuna risposta entro 10000 ms", incerta=True)


def a_fatto(tipo: TipoNotifica = TipoNotifica.RICEVUTA, **other: Any) -> DaNotificare:
    rpp = an_attempt()
    ricevuta = an_rt(rpp) if tipo is TipoNotifica.RICEVUTA else None
    return DaNotificare(**{"tipo": tipo, "rpp": rpp, "ricevuta": ricevuta, **other})


def a_notifica(tipo: TipoNotifica = TipoNotifica.RICEVUTA, **other: Any) -> Notifica:
    return replace(rules.plan(a_fatto(tipo), b"{}", now=NOW), **other)


def after_attempt(notifica: Notifica, esito: Esito, *, caso: float = 0, at: Any = NOW) -> Notifica:
    return rules.concluded(notifica, rules.take(notifica, now=at), esito, now=at, caso=caso)


class TestStates:
    @pytest.mark.parametrize(("da", "a"), list(product(S, S)))
    def test_move_only_as_the_table_says(self, da, a):
        if (da, a) in MOVES:
            assert move(MOVES, da, a) is a
        else:
            with pytest.raises(IllegalMove):
                move(MOVES, da, a)

    def test_are_shown_by_the_names_of_the_contract(self):
        assert {stato.pubblico.value for stato in S} == {"SPEDITA", "DA_SPEDIRE", "ANNULLATA"}
        assert S.FALLITA.pubblico is S.DA_SPEDIRE


class TestIsTold:
    def test_an_applicazione_with_a_servizio_di_integrazione(self):
        applicazione = Applicazione(id_a2a="A", principal="a", servizio_integrazione=Connettore(url="https://e.it"))

        assert rules.is_told(applicazione)

    def test_nobody_else(self):
        assert not rules.is_told(Applicazione(id_a2a="A", principal="a"))
        assert not rules.is_told(None)


class TestKey:
    def test_is_one_for_one_cause(self):
        assert a_notifica().chiave == a_notifica(creata=NOW + timedelta(days=1)).chiave

    def test_tells_an_rt_ko_from_the_ok_that_follows_under_the_same_id(self):
        ko = rules.plan(a_fatto(ricevuta=a_ko_rt()), b"", now=NOW)
        ok = rules.plan(a_fatto(ricevuta=an_rt()), b"", now=NOW)

        assert ko.chiave != ok.chiave

    def test_tells_the_tipi_apart(self):
        assert len({a_notifica(tipo).chiave for tipo in TipoNotifica}) == len(TipoNotifica)

    def test_finds_the_activation_of_an_attempt(self):
        rpp = an_attempt()

        assert rules.chiave_attivazione(rpp) == a_notifica(TipoNotifica.ATTIVAZIONE).chiave

    def test_cannot_be_forged_by_a_ccp_with_a_separator(self):
        one = a_notifica(ccp="a#RICEVUTA", causa="b")
        other = a_notifica(ccp="a", causa="RICEVUTA#b")

        assert one.chiave != other.chiave

    def test_tells_a_second_failure_of_an_attempt_that_was_sent_again(self):
        first = rules.causa_of(a_fatto(TipoNotifica.FALLIMENTO, rpp=an_attempt(versione=2)))
        second = rules.causa_of(a_fatto(TipoNotifica.FALLIMENTO, rpp=an_attempt(versione=4)))

        assert first != second


class TestWait:
    @pytest.mark.parametrize(("tentativi", "minuti"), [(1, 1), (2, 4), (3, 9), (10, 100), (37, 1369)])
    def test_is_the_square_of_the_attempts_in_minutes(self, tentativi, minuti):
        assert rules.wait(tentativi, caso=0) == timedelta(minutes=minuti)

    @given(st.integers(1, 10_000), st.floats(-1, 1))
    def test_is_spread_by_a_fifth_and_never_beyond_a_day(self, tentativi, caso):
        found = rules.wait(tentativi, caso=caso)

        assert found <= timedelta(hours=24)
        assert timedelta(minutes=tentativi**2) * 0.8 <= found or found == timedelta(hours=24)
        assert found <= timedelta(minutes=tentativi**2) * 1.2 + timedelta(milliseconds=1)

    def test_grows_with_each_attempt(self):
        waits = [rules.wait(tentativi, caso=0) for tentativi in range(1, 38)]

        assert all(shorter < longer for shorter, longer in pairwise(waits))


class TestAttempts:
    def test_begin_at_once(self):
        assert rules.is_due(a_notifica(), now=NOW)

    def test_are_made_by_one_consumer_at_a_time(self):
        presa = rules.take(a_notifica(), now=NOW)

        assert not rules.is_due(presa, now=NOW + rules.IN_CONSEGNA - timedelta(seconds=1))

    def test_are_due_again_when_a_crash_let_them_hang(self):
        presa = rules.take(a_notifica(), now=NOW)

        assert rules.is_due(presa, now=NOW + rules.IN_CONSEGNA)
        assert presa.incerta

    def test_end_with_2xx(self):
        spedita = after_attempt(a_notifica(), ACCOLTA)

        assert spedita.stato is S.SPEDITA
        assert not rules.is_due(spedita, now=NOW + timedelta(days=1))

    def test_wait_after_anything_else(self):
        fallita = after_attempt(a_notifica(), RIFIUTATA)

        assert (fallita.stato, fallita.tentativi, fallita.descrizione_stato) == (S.DA_SPEDIRE, 1, RIFIUTATA.motivo)
        assert not rules.is_due(fallita, now=NOW + timedelta(seconds=59))
        assert rules.is_due(fallita, now=NOW + timedelta(minutes=1))

    def test_go_on_for_thirty_days_and_then_are_given_up(self):
        notifica, when = a_notifica(), NOW
        while notifica.stato is S.DA_SPEDIRE:
            notifica = after_attempt(notifica, RIFIUTATA, at=when)
            when = notifica.prossima

        assert notifica.stato is S.FALLITA
        assert "30 giorni" in str(notifica.descrizione_stato)
        assert "500" in str(notifica.descrizione_stato)
        assert timedelta(days=29) <= notifica.aggiornata - NOW <= timedelta(days=30)
        assert 40 < notifica.tentativi < 80

    def test_are_not_prolonged_by_crashes(self):
        presa = rules.take(a_notifica(), now=NOW)

        assert rules.is_spent(presa, now=NOW + timedelta(days=31))
        assert rules.give_up(presa, now=NOW + timedelta(days=31)).stato is S.FALLITA

    def test_are_made_once_at_least_however_late(self):
        assert not rules.is_spent(a_notifica(), now=NOW + timedelta(days=31))


class TestCancellingPair:
    def test_is_a_pending_activation_and_its_annulment(self):
        attivazione = a_notifica(TipoNotifica.ATTIVAZIONE)

        assert rules.are_cancelling(attivazione, now=NOW)
        assert rules.elide(attivazione, now=NOW).stato is S.ANNULLATA

    def test_is_also_one_that_the_ente_refused_until_now(self):
        attivazione = after_attempt(a_notifica(TipoNotifica.ATTIVAZIONE), RIFIUTATA)

        assert rules.are_cancelling(attivazione, now=NOW)

    def test_is_none_when_the_ente_has_the_activation(self):
        assert not rules.are_cancelling(after_attempt(a_notifica(TipoNotifica.ATTIVAZIONE), ACCOLTA), now=NOW)

    def test_is_none_when_the_ente_may_have_it(self):
        incerta = after_attempt(a_notifica(TipoNotifica.ATTIVAZIONE), SENZA_RISPOSTA)
        then_refused = after_attempt(incerta, RIFIUTATA)

        assert not rules.are_cancelling(incerta, now=NOW)
        assert not rules.are_cancelling(then_refused, now=NOW)

    def test_is_none_while_the_activation_is_being_delivered(self):
        assert not rules.are_cancelling(rules.take(a_notifica(TipoNotifica.ATTIVAZIONE), now=NOW), now=NOW)

    def test_is_none_without_an_activation(self):
        assert not rules.are_cancelling(None, now=NOW)


class TestReplay:
    def test_begins_thirty_days_anew(self):
        fallita = rules.give_up(a_notifica(tentativi=60), now=NOW + timedelta(days=31))

        ripresa = rules.replay(fallita, now=NOW + timedelta(days=40))

        assert (ripresa.stato, ripresa.tentativi) == (S.DA_SPEDIRE, 0)
        assert rules.is_due(ripresa, now=NOW + timedelta(days=40))
        assert after_attempt(ripresa, RIFIUTATA, at=NOW + timedelta(days=41)).stato is S.DA_SPEDIRE

    def test_takes_up_what_had_no_connector(self):
        assert rules.replay(rules.cancel(a_notifica(), now=NOW), now=NOW).stato is S.DA_SPEDIRE

    @pytest.mark.parametrize(
        "notifica",
        [
            a_notifica(),
            after_attempt(a_notifica(), ACCOLTA),
            rules.elide(a_notifica(TipoNotifica.ATTIVAZIONE), now=NOW),
        ],
        ids=["still tried", "sent", "cancelled with its opposite"],
    )
    def test_refuses_the_rest(self, notifica):
        with pytest.raises(IllegalMove):
            rules.replay(notifica, now=NOW)


class TestAnnulment:
    def test_says_in_which_state_the_attempt_ended_and_why(self):
        rpp = an_attempt(stato=StatoRpp.RPT_RIFIUTATA_NODO, descrizione_stato="PPT_SINTASSI_XSD")

        corpo = rules.corpo_annullamento(rpp)

        assert corpo == {"codice": "RPT_RIFIUTATA_NODO", "motivazione": "PPT_SINTASSI_XSD"}
