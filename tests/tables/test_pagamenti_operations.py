"""Verify, activate, send and acquire against the tables: what is stored, what is enqueued, at how many calls."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from moto.sqs.models import sqs_backends

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.kernel.importo import Importo
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import CCP_IN_ATTESA, EsitoPagamento, Formato, TipoRiscossione
from chalicelib.pagamenti.ports import EsitoInvio, RispostaInvio
from chalicelib.pagamenti.recupero.model import EsitoStato, RispostaStato
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.settings import settings
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import an_applicazione, seed_comune
from tests.builders_pagamenti import (
    ALTRO_DOMINIO,
    CANALE,
    CCP,
    DOMINIO,
    ESTRANEO,
    IUV,
    NAV,
    NOW,
    STAZIONE,
    TOKEN,
    VERSANTE,
    a_bollo,
    a_ko_rt,
    a_pendenza,
    a_receipt,
    a_voce,
    an_rt,
    two_voci,
)
from tests.doubles_pagamenti import DomandeFinte, EnteFinto, NodoFinto, ports, verificata

LATER = NOW + timedelta(minutes=5)
DOVUTO = Importo(10050)


@pytest.fixture(autouse=True)
def comune(aws):
    seed_comune(NOW)
    with ports():
        yield


def stored(pendenza=None):
    return pendenze.save(None, replace(pendenza or a_pendenza(), versione=0))


def verify(now=NOW, numero_avviso=NAV, id_dominio=DOMINIO, iuv=IUV):
    return operations.verify(id_dominio=id_dominio, iuv=iuv, numero_avviso=numero_avviso, now=now)


def activate(ccp=CCP, importo=DOVUTO, versante=None, now=NOW):
    return operations.activate_classic(
        pagabile=verify(numero_avviso=None),
        ccp=ccp,
        canale=CANALE,
        importo=importo,
        versante=versante,
        pagatore=None,
        now=now,
    )


def get_payment(pagabile=None, formato=Formato.V2, now=NOW):
    return operations.activate_current(
        pagabile=pagabile or verify(), formato=formato, id_stazione=STAZIONE, payment_note="carrello-1", now=now
    )


def load():
    return repository.load(DOMINIO, IUV)


def messages(queue):
    for regions in sqs_backends.values():
        for backend in regions.values():
            if queue_name(queue) in backend.queues:
                return [json.loads(message.body) for message in backend.queues[queue_name(queue)]._messages]
    return []


def notifiche():
    return sorted(item.pk.split("#")[3] for item in NotificaItem.scan())


class TestVerify:
    def test_finds_a_position_in_one_query(self):
        stored()
        verify()

        with aws_calls() as calls:
            pagabile = verify()

        assert calls == ["dynamodb.Query"]
        assert pagabile.pendenza.id_pendenza == "TARI-2026-0001"
        assert pagabile.dominio.dominio.id_dominio == DOMINIO
        assert pagabile.transazione.posizione == pagabile.pendenza

    def test_answers_the_probe_without_any_call(self):
        with aws_calls() as calls, pytest.raises(operations.PagamentoSconosciuto):
            verify(numero_avviso=settings().nav_sonda)

        assert calls == []

    def test_refuses_a_dominio_that_is_not_ours(self):
        with pytest.raises(operations.DominioErrato):
            verify(id_dominio=ESTRANEO)

    def test_refuses_the_same_iuv_under_another_notice(self):
        stored()

        with pytest.raises(operations.PagamentoSconosciuto):
            verify(numero_avviso="0" + NAV[1:])

    def test_refuses_what_was_cancelled(self):
        stored(a_pendenza(stato=StatoPendenza.ANNULLATO))

        with pytest.raises(operations.PagamentoAnnullato):
            verify()

    def test_refuses_what_has_expired_without_asking_the_ente(self):
        stored(a_pendenza(data_validita=date(2026, 11, 1), data_scadenza=date(2026, 11, 23)))
        ente = EnteFinto(answer=verificata())

        with ports(ente=ente), pytest.raises(operations.PagamentoScaduto):
            verify()

        assert ente.asked == []


class TestAPositionLoadedAfterItsPayment:
    def test_is_not_collected_twice(self):
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW)

        ente = EnteFinto(answer=verificata())
        with ports(ente=ente), pytest.raises(operations.PagamentoDuplicato, match=TOKEN):
            verify()
        assert ente.asked == []

        stored()
        with pytest.raises(operations.PagamentoDuplicato, match=r"24/11/2026"):
            verify()

    def test_is_payable_if_what_came_was_a_failure(self):
        stored()
        operations.acquire_ricevuta(ricevuta=a_receipt(esito=EsitoPagamento.NON_ESEGUITO), now=NOW)

        assert verify().pendenza.importo == DOVUTO


class TestANoticeThatIsNotInTheArchive:
    def test_is_asked_of_the_applicazione_whose_iuv_it_is_and_loaded(self):
        ente = EnteFinto(answer=verificata())

        with ports(ente=ente):
            pagabile = verify()

        assert ente.asked == [f"avviso {DOMINIO} {IUV}"]
        assert (pagabile.pendenza.iuv, pagabile.pendenza.importo) == (IUV, Importo(10050))
        assert load().posizione == pagabile.pendenza

    def test_needs_no_numero_avviso_in_the_answer(self):
        with ports(ente=EnteFinto(answer=verificata(numeroAvviso=None))):
            assert verify(numero_avviso=None).pendenza.numero_avviso == NAV

    def test_is_unknown_where_no_applicazione_claims_it(self):
        with pytest.raises(operations.PagamentoSconosciuto):
            verify(iuv="99" + IUV[2:], numero_avviso=None)

    def test_is_unknown_where_the_applicazione_has_no_service(self):
        anagrafica.put_applicazione(applicazione=an_applicazione(servizio_integrazione=None))

        with pytest.raises(operations.PagamentoSconosciuto):
            verify()

    def test_is_unknown_if_the_ente_does_not_know_it(self):
        with ports(ente=EnteFinto(answer=None)), pytest.raises(operations.PagamentoSconosciuto):
            verify()

    @pytest.mark.parametrize(
        "answer",
        [
            verificata(idDominio=ALTRO_DOMINIO),
            verificata(numeroAvviso="301000000000000999"),
            verificata(idA2A="ALTRA"),
            verificata(importo="99.00"),
            verificata(voci=[]),
            verificata(idPendenza="non valido!"),
            verificata(stato=None),
        ],
        ids=["dominio", "avviso", "idA2A", "importo", "voci", "idPendenza", "stato"],
    )
    def test_is_a_system_error_if_the_answer_breaks_the_contract(self, answer):
        with ports(ente=EnteFinto(answer=answer)), pytest.raises(operations.EnteNonDisponibile) as raised:
            verify()

        assert raised.value.codice_pagopa == "PAA_SYSTEM_ERROR"
        assert load().posizione is None

    def test_is_a_system_error_if_the_ente_is_silent(self):
        with ports(ente=EnteFinto(silence=True)), pytest.raises(operations.EnteNonDisponibile, match="tempo massimo"):
            verify()

    def test_is_what_the_ente_says_it_is(self):
        with ports(ente=EnteFinto(answer=verificata(stato="SCADUTA"))), pytest.raises(operations.PagamentoScaduto):
            verify()


class TestAPositionPastItsValidity:
    OLD = a_pendenza(data_validita=date(2026, 11, 23), data_scadenza=date(2026, 12, 31))

    def test_takes_the_amount_of_today_from_the_ente(self):
        stored(self.OLD)
        voce = {**verificata()["voci"][0], "importo": "110.00"}
        ente = EnteFinto(answer=verificata(importo="110.00", voci=[voce], dataValidita="2026-11-30"))

        with ports(ente=ente):
            pagabile = verify()

        assert ente.asked == ["pendenza TARI-2026-0001"]
        assert pagabile.pendenza.importo == Importo(11000)
        assert load().posizione == pagabile.pendenza

    def test_expires_if_the_ente_brings_its_end_forward(self):
        stored(self.OLD)

        answer = verificata(dataScadenza="2026-11-20")
        with ports(ente=EnteFinto(answer=answer)), pytest.raises(operations.PagamentoScaduto):
            verify()

    def test_is_unknown_if_the_ente_has_forgotten_it(self):
        stored(self.OLD)

        with ports(ente=EnteFinto(answer=None)), pytest.raises(operations.PagamentoSconosciuto):
            verify()

    def test_is_a_system_error_if_the_ente_answers_with_another_one(self):
        stored(self.OLD)

        answer = verificata(idPendenza="UN-ALTRA")
        with ports(ente=EnteFinto(answer=answer)), pytest.raises(operations.EnteNonDisponibile):
            verify()

    def test_is_good_as_it_is_stored_where_nobody_can_be_asked(self):
        anagrafica.put_applicazione(applicazione=an_applicazione(servizio_integrazione=None))
        stored(self.OLD)

        assert verify().pendenza.importo == Importo(10050)


class TestActivateClassic:
    def test_stores_the_attempt_and_asks_for_its_rpt(self):
        stored()

        rpp = activate()

        assert load().rpp == (rpp,)
        assert rpp.id_stazione == STAZIONE
        assert messages(Queue.NODO_RPT) == [{"idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}]

    def test_twice_is_one_attempt(self):
        stored()
        first = activate()

        assert activate(now=LATER) == first
        assert load().rpp == (first,)
        assert len(messages(Queue.NODO_RPT)) == 2

    def test_by_two_at_once_is_one_attempt(self):
        stored()
        pagabile = verify()

        def activate_once(_):
            return operations.activate_classic(
                pagabile=pagabile, ccp=CCP, canale=CANALE, importo=Importo(10050), versante=None, pagatore=None, now=NOW
            )

        with ThreadPoolExecutor(4) as pool:
            attempts = list(pool.map(activate_once, range(4)))

        assert len({attempt.id_messaggio for attempt in attempts}) == 1
        assert len(load().rpp) == 1

    def test_with_other_data_is_in_corso(self):
        stored()
        activate()

        with pytest.raises(operations.PagamentoInCorso):
            activate(versante=VERSANTE)

    def test_does_not_take_the_place_of_the_attempt_that_waits(self):
        stored()
        get_payment()

        with pytest.raises(operations.PagamentoInCorso):
            activate(ccp=CCP_IN_ATTESA)

    def test_again_after_the_rpt_was_sent_sends_no_other(self):
        stored()
        activate()
        operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)

        activate()

        assert len(messages(Queue.NODO_RPT)) == 1

    def test_with_another_ccp_is_another_attempt(self):
        stored()
        activate()
        activate(ccp="CCP-0002")

        assert [rpp.ccp for rpp in load().rpp] == [CCP, "CCP-0002"]

    def test_gives_the_voce_that_the_primitives_ask_for(self):
        stored()

        voce = operations.require_classic(verify())

        assert (voce.importo, voce.bic_accredito) == (Importo(10050), "BLOPIT22XXX")

    def test_is_refused_for_several_voci(self):
        stored(two_voci())

        with pytest.raises(operations.NonAttivabile):
            operations.require_classic(verify())

    def test_is_refused_for_another_amount(self):
        stored()

        with pytest.raises(operations.ImportoNonValido):
            activate(importo=Importo(1))
        assert load().rpp == ()


class TestActivateCurrent:
    def test_keeps_one_attempt_however_often_it_is_asked(self):
        stored()
        get_payment()

        again = get_payment(formato=Formato.V1, now=LATER)

        assert load().rpp == (again,)
        assert (again.ccp, again.formato, again.creata, again.aggiornata) == (CCP_IN_ATTESA, Formato.V1, NOW, LATER)

    def test_costs_a_query_and_a_write(self):
        stored()

        with aws_calls() as calls:
            get_payment(verify())

        assert calls[-2:] == ["dynamodb.Query", "dynamodb.PutItem"]

    def test_by_several_at_once_is_one_attempt(self):
        stored()
        pagabile = verify()

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: get_payment(pagabile), range(3)))

        assert len(load().rpp) == 1

    def test_does_not_lock_the_position(self):
        stored()
        get_payment()

        assert verify().pendenza.stato is StatoPendenza.NON_ESEGUITO

    def test_of_version_1_is_refused_for_a_bollo(self):
        stored(a_pendenza(voci=(a_voce(), a_bollo())))

        with pytest.raises(operations.NonAttivabile):
            get_payment(formato=Formato.V1)


class TestSendRpt:
    @pytest.fixture(autouse=True)
    def activated(self, comune):
        stored()
        activate()

    @staticmethod
    def send(nodo, now=NOW):
        with ports(nodo=nodo):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=now)

    def test_moves_the_attempt_and_tells_the_ente(self):
        self.send(NodoFinto())

        assert load().rpp_of(CCP).stato is StatoRpp.RPT_ACCETTATA_NODO
        assert notifiche() == ["ATTIVAZIONE"]
        assert len(messages(Queue.NOTIFICHE)) == 1

    def test_twice_sends_once(self):
        nodo = NodoFinto()

        self.send(nodo)
        self.send(nodo)

        assert len(nodo.sent) == 1
        assert notifiche() == ["ATTIVAZIONE"]

    def test_that_is_refused_is_a_failure_for_the_ente(self):
        risposta = RispostaInvio(esito=EsitoInvio.RIFIUTATA, fault_code="PPT_SEMANTICA", descrizione="iban")

        self.send(NodoFinto(risposta))

        rpp = load().rpp_of(CCP)
        assert (rpp.stato, rpp.descrizione_stato) == (StatoRpp.RPT_RIFIUTATA_NODO, "PPT_SEMANTICA: iban")
        assert notifiche() == ["FALLIMENTO"]

    def test_of_unknown_outcome_is_sent_again_after_a_wait(self):
        nodo = NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO))

        for _ in range(2):
            self.send(nodo)

        # One from the activation, and one for each attempt that told nothing.
        assert messages(Queue.NODO_RPT) == [{"idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}] * 3
        rpp = load().rpp_of(CCP)
        assert (rpp.stato, rpp.tentativi_invio) == (StatoRpp.RPT_ATTIVATA, 2)
        assert [sent.tentativi_invio for sent in nodo.sent] == [0, 1]
        assert {sent.id_messaggio for sent in nodo.sent} == {rpp.id_messaggio}

    def test_is_left_to_the_recovery_after_the_last_attempt_at_once(self):
        nodo = NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO, fault_code="PPT_CANALE_TIMEOUT"))
        for _ in range(5):
            self.send(nodo)

        rpp = load().rpp_of(CCP)
        assert rpp.stato is StatoRpp.RPT_ATTIVATA
        assert rpp.prossima_verifica == NOW + timedelta(minutes=1)
        assert rpp.descrizione_stato.startswith("PPT_CANALE_TIMEOUT. Verifica 0 di 84; prossima dopo il 24/11/2026")
        assert len(messages(Queue.NODO_RPT)) == 5
        assert notifiche() == []

    def test_that_the_nodo_has_is_not_sent_again(self):
        nodo = NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO))
        self.send(nodo)

        known = DomandeFinte(RispostaStato(esito=EsitoStato.NOTA, stato=StatoRpp.RPT_ACCETTATA_PSP))
        with ports(nodo=nodo, domande=known):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)

        assert len(nodo.sent) == 1
        assert load().rpp_of(CCP).stato is StatoRpp.RPT_ACCETTATA_NODO
        assert notifiche() == ["ATTIVAZIONE"]

    def test_that_the_nodo_has_refused_is_not_sent_again(self):
        nodo = NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO))
        self.send(nodo)

        known = DomandeFinte(RispostaStato(esito=EsitoStato.NOTA, stato=StatoRpp.RPT_RIFIUTATA_PSP))
        with ports(nodo=nodo, domande=known):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)

        assert len(nodo.sent) == 1
        assert load().rpp_of(CCP).stato is StatoRpp.RPT_RIFIUTATA_NODO

    def test_is_not_sent_again_while_the_nodo_cannot_be_asked(self):
        nodo = NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO))
        self.send(nodo)

        silent = DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO, descrizione="nessuna risposta"))
        with ports(nodo=nodo, domande=silent):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)

        assert len(nodo.sent) == 1
        assert load().rpp_of(CCP).stato is StatoRpp.RPT_ATTIVATA

    def test_does_not_undo_a_ricevuta_that_was_faster(self):
        class Faster(NodoFinto):
            def invia_rpt(self, rpp, *, now):
                operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=now)
                return super().invia_rpt(rpp, now=now)

        self.send(Faster())

        assert load().rpp_of(CCP).stato is StatoRpp.RT_ACCETTATA_PA
        assert notifiche() == ["RICEVUTA"]

    def test_of_an_attempt_that_is_not_there_goes_to_the_alarm(self):
        with pytest.raises(LookupError):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp="MAI-VISTO", now=NOW)


class TestAcquireRicevuta:
    def test_costs_three_calls(self):
        stored()
        get_payment()
        messages_before = messages(Queue.NOTIFICHE)

        with aws_calls() as calls:
            operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)

        assert calls[-3:] == ["dynamodb.Query", "dynamodb.TransactWriteItems", "sqs.SendMessage"]
        assert len(messages(Queue.NOTIFICHE)) == len(messages_before) + 1
        with aws_calls() as warm, pytest.raises(operations.ReceiptDuplicata):
            operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)
        assert warm == ["dynamodb.Query"]

    def test_stores_all_of_its_effects(self):
        stored()
        get_payment()

        operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)

        transazione = load()
        assert [rpp.ccp for rpp in transazione.rpp] == [TOKEN]
        assert [ricevuta.id_ricevuta for ricevuta in transazione.ricevute] == [TOKEN]
        assert [riscossione.iur for riscossione in transazione.riscossioni] == [TOKEN]
        assert transazione.posizione.stato is StatoPendenza.ESEGUITO
        assert pendenze.get("A2A-COMUNE", "TARI-2026-0001") == transazione.posizione
        assert notifiche() == ["RICEVUTA"]
        with pytest.raises(operations.PagamentoDuplicato, match=TOKEN):
            verify()

    def test_writes_what_the_caller_adds_in_the_same_transaction(self):
        stored()
        evento = repository.rpp_writes(before=None, after=activate(ccp="EVENTO"))[0]

        with pytest.raises(WriteConflict):
            operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER, extra_writes=[evento])

        assert load().ricevute == ()

    def test_by_eight_at_once_is_one_effect(self):
        stored()
        get_payment()

        def deliver(_):
            try:
                operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)
            except operations.ReceiptDuplicata:
                return "duplicata"
            return "acquisita"

        with ThreadPoolExecutor(8) as pool:
            outcomes = sorted(pool.map(deliver, range(8)))

        assert outcomes == ["acquisita"] + ["duplicata"] * 7
        transazione = load()
        assert (len(transazione.rpp), len(transazione.riscossioni)) == (1, 1)
        assert transazione.posizione.importo_pagato == Importo(10050)
        assert notifiche() == ["RICEVUTA"]

    def test_of_two_payments_at_once_keeps_both(self):
        stored()

        with ThreadPoolExecutor(4) as pool:
            list(
                pool.map(
                    lambda token: operations.acquire_ricevuta(ricevuta=a_receipt(token=token), now=LATER),
                    ["token-a", "token-b", "token-c", "token-d"],
                )
            )

        transazione = load()
        assert transazione.posizione.importo_pagato == Importo(4 * 10050)
        assert transazione.posizione.anomalo
        flagged = [r for r in transazione.riscossioni if Anomalia.PAGAMENTO_DUPLICATO in r.anomalie]
        assert len(flagged) == 3
        assert notifiche() == ["RICEVUTA"] * 4

    def test_acquires_an_rt_and_then_refuses_it(self):
        stored()
        rpp = activate()

        operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=LATER)

        with pytest.raises(operations.RtDuplicata):
            operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=LATER)
        assert load().posizione.stato is StatoPendenza.ESEGUITO

    def test_acquires_an_rt_of_money_after_one_of_failure(self):
        stored()
        rpp = activate()

        operations.acquire_ricevuta(ricevuta=a_ko_rt(rpp), now=NOW)
        operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=LATER)

        [ricevuta] = load().ricevute
        assert (ricevuta.esito, ricevuta.versione) == (EsitoPagamento.ESEGUITO, 2)
        assert notifiche() == ["RICEVUTA", "RICEVUTA"]

    def test_refuses_an_rt_that_nobody_asked_for(self):
        stored()

        with pytest.raises(operations.RptSconosciuta):
            operations.acquire_ricevuta(ricevuta=an_rt(), now=LATER)

    def test_remembers_why_an_rt_was_refused(self):
        stored()
        rpp = activate()

        for _ in range(2):
            with pytest.raises(operations.RtNonConforme):
                operations.acquire_ricevuta(ricevuta=an_rt(rpp, riferimento_messaggio="altro"), now=LATER)

        refused = load().rpp_of(CCP)
        assert (refused.stato, refused.versione) == (StatoRpp.RT_RIFIUTATA_PA, 2)
        assert "riferimentoMessaggioRichiesta" in refused.descrizione_stato
        assert load().ricevute == ()

    def test_remembers_an_rt_that_could_not_be_read(self):
        stored()
        activate()

        operations.reject_rt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, motivo="RT non valida", now=LATER)
        operations.reject_rt(id_dominio=DOMINIO, iuv=IUV, ccp="MAI-VISTO", motivo="RT non valida", now=LATER)

        assert load().rpp_of(CCP).descrizione_stato == "RT non valida"

    def test_keeps_a_broadcast_of_which_we_are_a_beneficiary(self):
        receipt = a_receipt(two_voci())
        voci = tuple(replace(v, id_dominio=d) for v, d in zip(receipt.voci, (ESTRANEO, DOMINIO), strict=True))

        operations.acquire_ricevuta(ricevuta=replace(receipt, id_dominio=ESTRANEO, voci=voci), now=LATER)

        transazione = repository.load(ESTRANEO, IUV)
        assert [riscossione.tipo for riscossione in transazione.riscossioni] == [
            TipoRiscossione.ALTRO_INTERMEDIARIO,
            TipoRiscossione.ENTRATA,
        ]
        assert transazione.rpp == ()
        assert notifiche() == []

    def test_refuses_a_receipt_in_which_nothing_is_ours(self):
        receipt = a_receipt()
        voci = tuple(replace(voce, id_dominio=ESTRANEO) for voce in receipt.voci)

        with pytest.raises(operations.DominioErrato):
            operations.acquire_ricevuta(ricevuta=replace(receipt, id_dominio=ESTRANEO, voci=voci), now=LATER)

    def test_follows_the_money_of_a_second_ente_of_ours(self):
        pendenza = stored(two_voci())

        operations.acquire_ricevuta(ricevuta=a_receipt(pendenza), now=LATER)

        assert [riscossione.tipo for riscossione in load().riscossioni] == [TipoRiscossione.ENTRATA] * 2

    def test_gives_up_after_five_lost_races(self):
        stored()

        class Rival:
            def writes(self, fatti, *, now):
                before = load().posizione
                commit(pendenze.writes(before, replace(before, causale=before.causale + ".")))
                return []

            def publish(self, writes):
                raise AssertionError

        from unittest.mock import patch

        from chalicelib.pagamenti.ports import Ports

        with patch.object(Ports, "outbox", Rival()), pytest.raises(WriteConflict):
            operations.acquire_ricevuta(ricevuta=a_receipt(), now=LATER)

        assert load().posizione.causale.endswith(".....")
        assert load().ricevute == ()
