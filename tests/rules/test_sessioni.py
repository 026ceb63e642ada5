"""Payments that a portal starts: their states, who may pay what, the marca da bollo that comes back."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.kernel.utenze import TUTTI, Ambito, TipoUtenza, Utenza
from chalicelib.pagamenti.model import CCP_IN_ATTESA, EsitoPagamento, Formato
from chalicelib.pagamenti.rules.attivazione import PagamentoInCorso, refresh_waiting, waiting_attempt
from chalicelib.pagamenti.rules.ricevuta import Nostri, acquire
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.sessioni import rules, sequel
from chalicelib.pagamenti.sessioni.model import Canale, EsitoRitorno, PerRiferimento, RichiestaPagamento, Sessione
from chalicelib.pagamenti.sessioni.states import APERTI, MOVES, StatoPagamento, StatoSessione, shown
from chalicelib.pagamenti.states import FALLITI, StatoRpp
from chalicelib.pendenze.spontanee.rules import NonSpontanea
from tests.builders_pagamenti import (
    A2A,
    CITTADINO,
    CREDITORE,
    DOMINIO,
    NOW,
    STAZIONE,
    VERSANTE,
    a_bollo,
    a_pendenza,
    a_receipt,
    a_transazione,
    a_voce,
    a_waiting_attempt,
    an_attempt,
)

S = StatoSessione
ID = "5e55" * 8
NOSTRI = Nostri(censiti=frozenset({DOMINIO}), intermediati=frozenset({DOMINIO}))


def a_session(*attempts, **other):
    tentativi = tuple(sequel.tentativo_of(rpp) for rpp in attempts or (of_session(),))
    return Sessione(
        **{
            "id": ID,
            "stato": S.IN_CORSO_AL_PSP,
            "canale": Canale.CHECKOUT,
            "creata": NOW,
            "aggiornata": NOW,
            "id_stazione": STAZIONE,
            "nome": "Tassa sui rifiuti 2026",
            "importo": a_pendenza().importo,
            "tentativi": tentativi,
            "id_a2a": A2A,
            "id_session": "sessione-1",
            **other,
        }
    )


def of_session(iuv=None, **other):
    """Give an attempt of the session at Checkout."""
    pendenza = a_pendenza() if iuv is None else a_pendenza(iuv=iuv)
    return an_attempt(
        pendenza,
        **{
            "ccp": ID,
            "formato": Formato.V2,
            "psp": None,
            "id_pagamento": ID,
            "stato": StatoRpp.RPT_ACCETTATA_NODO,
            **other,
        },
    )


def ended(esito, **other):
    return of_session(**{"stato": StatoRpp.RT_ACCETTATA_PA, "esito": esito, **other})


class TestTheStatesOfASession:
    def test_are_left_by_the_table_only(self):
        for da, a in product(S, S):
            if (da, a) in MOVES:
                assert move(MOVES, da, a) is a
            else:
                with pytest.raises(IllegalMove):
                    move(MOVES, da, a)

    def test_that_say_paid_are_never_left(self):
        assert not [a for da, a in MOVES if da is S.ESEGUITO]
        assert [a for da, a in MOVES if da is S.PARZIALMENTE_ESEGUITO] == [S.ESEGUITO]

    def test_open_are_never_gone_back_to(self):
        assert not [(da, a) for da, a in MOVES if da not in APERTI and a in APERTI]

    def test_are_shown_as_the_contract_has_them(self):
        assert {shown(stato) for stato in S} == set(StatoPagamento)
        assert {shown(stato) for stato in APERTI} == {StatoPagamento.IN_CORSO}


PAID, NOT_PAID = EsitoPagamento.ESEGUITO, EsitoPagamento.NON_ESEGUITO


class TestTheStateOfAPayment:
    @pytest.mark.parametrize(
        ("attempts", "expected"),
        [
            ((of_session(), ended(PAID, iuv="2")), S.IN_CORSO_AL_PSP),
            ((ended(PAID), ended(PAID, iuv="2")), S.ESEGUITO),
            ((ended(NOT_PAID), ended(NOT_PAID, iuv="2")), S.NON_ESEGUITO),
            ((ended(PAID), ended(NOT_PAID, iuv="2")), S.PARZIALMENTE_ESEGUITO),
            ((ended(EsitoPagamento.ESEGUITO_PARZIALE),), S.PARZIALMENTE_ESEGUITO),
            ((ended(EsitoPagamento.DECORRENZA),), S.NON_ESEGUITO),
            ((ended(PAID), of_session(iuv="2", stato=StatoRpp.RPT_RIFIUTATA_PSP)), S.PARZIALMENTE_ESEGUITO),
            ((ended(NOT_PAID), of_session(iuv="2", stato=StatoRpp.RPT_SCADUTA)), S.NON_ESEGUITO),
            ((of_session(stato=StatoRpp.RPT_ANNULLATA),), S.ANNULLATO),
            *(((of_session(stato=stato),), S.FALLITO) for stato in sorted(FALLITI)),
        ],
    )
    def test_is_that_of_its_attempts(self, attempts, expected):
        tentativi = [sequel.tentativo_of(rpp) for rpp in attempts]

        assert sequel.stato_of(tentativi, now_is=S.IN_CORSO_AL_PSP) is expected

    def test_follows_the_last_ricevuta(self):
        other = of_session(iuv="2")
        sessione = a_session(of_session(), other)

        half = sequel.with_attempts(sessione, [ended(PAID, ccp="token")], now=NOW)
        whole = sequel.with_attempts(half, [ended(PAID, iuv="2", ccp="token-2")], now=NOW)

        assert (half.stato, whole.stato) == (S.IN_CORSO_AL_PSP, S.ESEGUITO)
        assert [tentativo.ccp for tentativo in whole.tentativi] == ["token", "token-2"]

    def test_is_mended_by_an_ok_after_a_ko(self):
        refused = sequel.with_attempts(a_session(), [ended(NOT_PAID, ccp="t1")], now=NOW)

        paid = sequel.with_attempts(refused, [ended(PAID, ccp="t2")], now=NOW)

        assert (refused.stato, paid.stato) == (S.NON_ESEGUITO, S.ESEGUITO)

    def test_is_not_undone_by_a_ko_under_another_token(self):
        paid = sequel.with_attempts(a_session(), [ended(PAID, ccp="t1")], now=NOW)

        assert sequel.with_attempts(paid, [ended(NOT_PAID, ccp="t2")], now=NOW) == paid

    def test_is_not_touched_by_an_attempt_of_another_session(self):
        sessione = a_session()

        assert sequel.with_attempts(sessione, [ended(PAID, id_pagamento="altra")], now=NOW) == sessione

    # FALLITO too may have pending attempts: pagoPA refused the cart after the Nodo had asked for it.
    @pytest.mark.parametrize("da", [*sorted(APERTI), S.FALLITO])
    @pytest.mark.parametrize("esito", EsitoPagamento)
    def test_never_stands_in_the_way_of_a_ricevuta(self, da, esito):
        others = (
            of_session(iuv="2"),
            of_session(iuv="2", stato=StatoRpp.RPT_RIFIUTATA_NODO),
            of_session(iuv="2", stato=StatoRpp.RPT_ANNULLATA),
            *(ended(one, iuv="2") for one in EsitoPagamento),
        )
        firsts = (
            of_session(),
            of_session(stato=StatoRpp.RPT_SCADUTA),
            of_session(stato=StatoRpp.RPT_ANNULLATA),
            ended(NOT_PAID),
            ended(PAID),
        )
        for first, other in product(firsts, others):
            computed = sequel.stato_of([sequel.tentativo_of(first), sequel.tentativo_of(other)], now_is=da)
            sessione = a_session(first, other, stato=computed)

            after = sequel.with_attempts(sessione, [ended(esito, ccp="token")], now=NOW)

            assert after.stato in S
            assert first.esito is not PAID or after == sessione

    def test_forgets_to_ask_once_it_is_known(self):
        sessione = sequel.unknown(a_session(stato=S.IN_INVIO), fault_code=None, motivo="silenzio", now=NOW)

        assert sequel.with_attempts(sessione, [ended(PAID)], now=NOW).prossima_verifica is None

    def test_that_nobody_knows_is_asked_about_later_and_later(self):
        sessione, waits = a_session(stato=S.IN_INVIO), []
        for _ in range(10):
            sessione = sequel.unknown(sessione, fault_code=None, motivo="silenzio", now=NOW)
            waits.append((sessione.prossima_verifica - NOW) // timedelta(minutes=1))

        assert waits == [1, 4, 9, 16, 25, 36, 49, 60, 60, 60]
        assert sessione.stato is S.IN_INVIO


class TestTheReturn:
    @pytest.mark.parametrize("stato", [stato for stato in S if stato is not S.IN_CORSO_AL_PSP])
    def test_moves_nothing_but_what_was_at_the_psp(self, stato):
        sessione = a_session(stato=stato)

        assert sequel.returned(sessione, EsitoRitorno.OK, now=NOW) == sessione

    def test_puts_its_parameters_in_the_place_of_others_of_the_same_name(self):
        url = "https://portale.example/a?esito=falso&lingua=it&esito=ancora#fondo"
        sessione = a_session(url_ritorno=url)

        assert sequel.return_url(sessione, EsitoRitorno.OK, configured=None) == (
            f"https://portale.example/a?lingua=it&idPagamento={ID}&idSession=sessione-1&esito=OK#fondo"
        )

    def test_has_nowhere_to_go(self):
        with pytest.raises(sequel.RitornoImpossibile) as refused:
            sequel.return_url(a_session(), EsitoRitorno.OK, configured=None)
        assert (refused.value.codice, ID in refused.value.dettaglio) == ("PAG_013", True)


def a_citizen(codice="RSSMRA80A01H501U"):
    return Utenza(principal="spid", tipo=TipoUtenza.CITTADINO, nome="Mario", codice_fiscale=codice)


def may_pay(utenza, pendenza=None, **other):
    defaults = {"completa": False, "tipo": "dovuto", "paga_terzi": False}
    rules.require_authorised(pendenza or a_pendenza(), utenza, **{**defaults, **other})


class TestACitizen:
    def test_pays_own_debts(self):
        may_pay(a_citizen("rssmra80a01h501u"))

    def test_pays_those_of_others_only_where_the_tipo_allows_it(self):
        with pytest.raises(rules.DebitoreAltrui) as refused:
            may_pay(a_citizen("BNCGNN80A01H501F"))
        assert refused.value.codice == "CIT_003"
        may_pay(a_citizen("BNCGNN80A01H501F"), paga_terzi=True)

    def test_sends_whole_only_what_is_spontaneous(self):
        with pytest.raises(NonSpontanea) as refused:
            may_pay(a_citizen(), completa=True)
        assert refused.value.codice == "CIT_002"
        may_pay(a_citizen(), completa=True, tipo="spontaneo")

    def test_pays_in_nobody_elses_name(self):
        richiesta = RichiestaPagamento(pendenze=(PerRiferimento(id_a2a=A2A, id_pendenza="x"),), versante=VERSANTE)

        with pytest.raises(rules.VersanteAltrui) as refused:
            rules.admitted(richiesta, a_citizen(), now=NOW)
        assert refused.value.codice == "CIT_004"
        assert rules.admitted(replace(richiesta, versante=CITTADINO), a_citizen(), now=NOW).versante == CITTADINO


class TestAnApplicazione:
    def app(self, **other):
        return Utenza(**{"principal": "p", "tipo": TipoUtenza.APPLICAZIONE, "nome": "p", "id_a2a": "PORTALE", **other})

    def test_pays_its_own_and_those_it_collects_for(self):
        may_pay(self.app(id_a2a=A2A))
        may_pay(self.app(domini=Ambito(ids=frozenset({DOMINIO})), tipi_pendenza=TUTTI))
        may_pay(self.app(domini=TUTTI, autodeterminazione=True))

    @pytest.mark.parametrize(
        "rights", [{}, {"domini": TUTTI}, {"tipi_pendenza": TUTTI}, {"domini": Ambito(ids=frozenset({"1"}))}]
    )
    def test_pays_no_others(self, rights):
        with pytest.raises(rules.ApplicazioneNonAutorizzata):
            may_pay(self.app(**rights))


class TestTheBlock:
    def free(self, *attempts, minuti=30):
        rules.require_free(attempts, minuti=minuti, now=NOW)

    def test_holds_while_an_attempt_is_young_and_pending(self):
        for attempt in (of_session(), an_attempt(), of_session(creata=NOW - timedelta(minutes=29))):
            with pytest.raises(PagamentoInCorso):
                self.free(attempt)

    def test_ends(self):
        self.free(
            of_session(creata=NOW - timedelta(minutes=30)),
            of_session(bloccante=False),
            of_session(stato=StatoRpp.RPT_RIFIUTATA_NODO),
            ended(NOT_PAID),
            a_waiting_attempt(),
        )

    def test_may_be_switched_off(self):
        self.free(of_session(), minuti=0)


class TestTheNameOfAPayment:
    def test_is_that_of_its_pendenze(self):
        one = a_pendenza(nome="TARI")

        assert rules.nome_of([one]) == "TARI"
        assert rules.nome_of([one, one]) == "TARI ed un'altra pendenza."
        assert rules.nome_of([one] * 4) == "TARI ed altre 3 pendenze."
        assert len(rules.nome_of([replace(one, nome="x" * 300)] * 2)) == 255


class TestTheAttemptThatANoteNames:
    def refreshed(self, *attempts, note=ID, pendenza=None):
        transazione = a_transazione(rpp=attempts)
        return refresh_waiting(
            waiting_attempt(transazione, note),
            pendenza or a_pendenza(),
            CREDITORE,
            formato=Formato.V2,
            payment_note=note,
            id_messaggio="nuovo",
            now=NOW + timedelta(minutes=1),
        )

    def test_keeps_what_the_portal_asked_and_asks_for_what_is_due(self):
        asked = of_session(stato=StatoRpp.RPT_ATTIVATA, versante=VERSANTE, id_a2a_portale="PORTALE")
        dearer = a_pendenza(voci=(a_voce(importo=a_pendenza().importo + a_pendenza().importo),))

        fresh = self.refreshed(asked, pendenza=dearer)

        assert (fresh.ccp, fresh.id_pagamento, fresh.versante) == (ID, ID, VERSANTE)
        assert (fresh.importo, fresh.payment_note) == (dearer.importo, ID)
        assert fresh.stato is StatoRpp.RPT_ACCETTATA_NODO

    @pytest.mark.parametrize("note", [None, "una-nota-del-psp", CCP_IN_ATTESA])
    def test_is_not_taken_by_a_psp(self, note):
        fresh = self.refreshed(of_session(), note=note)

        assert (fresh.ccp, fresh.id_pagamento) == (CCP_IN_ATTESA, None)


class TestTheReceiptOfACart:
    def acquired(self, *attempts, **receipt):
        return acquire(a_transazione(rpp=attempts), a_receipt(**receipt), nostri=NOSTRI, rebuild=self.rebuild, now=NOW)

    def rebuild(self, pendenza, ricevuta):
        return an_attempt(pendenza, ccp=ricevuta.ccp, formato=Formato.V2, psp=None)

    def test_closes_its_attempt_by_the_note(self):
        esito = self.acquired(of_session(), a_waiting_attempt(), payment_note=ID)

        assert (esito.replaced.ccp, esito.rpp.id_pagamento) == (ID, ID)

    def test_without_a_note_closes_the_only_cart_that_was_asked_for(self):
        esito = self.acquired(of_session(payment_note=ID))

        assert esito.rpp.id_pagamento == ID

    def test_without_a_note_is_of_the_psp_that_asked(self):
        esito = self.acquired(of_session(payment_note=ID), a_waiting_attempt())

        assert esito.rpp.id_pagamento is None

    def test_without_a_note_is_of_no_cart_that_was_not_asked_for(self):
        esito = self.acquired(of_session())

        assert (esito.replaced, esito.rpp.id_pagamento) == (None, None)

    def test_after_a_ko_is_still_of_the_cart(self):
        refused = ended(NOT_PAID, ccp="token-ko", payment_note=ID, id_a2a_portale="PORTALE")

        esito = self.acquired(refused, payment_note=ID)

        assert (esito.rpp.id_pagamento, esito.rpp.id_a2a_portale) == (ID, "PORTALE")

    def test_with_the_note_of_nobody_is_of_no_cart(self):
        assert self.acquired(of_session(), payment_note="altrui").rpp.id_pagamento is None


class TestAMarcaDaBollo:
    def anomalie(self, impronta):
        pendenza = a_pendenza(voci=(a_voce(), a_bollo()))
        voci = tuple(
            replace(voce, impronta_bollo=impronta if voce.indice == 2 else None) for voce in a_receipt(pendenza).voci
        )
        attempt = a_waiting_attempt(pendenza)
        esito = acquire(
            a_transazione(posizione=pendenza, rpp=(attempt,)),
            a_receipt(pendenza, voci=voci),
            nostri=NOSTRI,
            rebuild=lambda *_: attempt,
            now=NOW,
        )
        return [riscossione.anomalie for riscossione in esito.riscossioni]

    def test_is_for_the_document_it_was_asked_for(self):
        assert self.anomalie(a_bollo().bollo.hash_documento) == [(), ()]

    @pytest.mark.parametrize("impronta", [None, "kEC2oYwF0/6/mvgJZnZlNBfPi2ILyhfVMghz2FRWeOQ="])
    def test_for_another_document_is_flagged_and_the_money_taken(self, impronta):
        assert self.anomalie(impronta) == [(), (Anomalia.BOLLO_NON_CONFORME,)]
