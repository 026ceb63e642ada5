"""Payments whose outcome is not known: when they are asked about, what is believed, where it ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict, commit
from chalicelib.giornale.tables import EventoItem
from chalicelib.notifiche.tables import NotificaItem
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import EsitoPagamento
from chalicelib.pagamenti.ports import EsitoInvio, Pendenti, RispostaInvio
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero import repository as ricerche
from chalicelib.pagamenti.recupero import rules
from chalicelib.pagamenti.recupero.model import (
    EsitoCopia,
    EsitoStato,
    Ricerca,
    RispostaCopia,
    RispostaStato,
    StatoRicerca,
)
from chalicelib.pagamenti.states import APERTI_AL_NODO, CHIUSI_AL_NODO, CON_RT, StatoRpp
from chalicelib.pendenze import repository as pendenze
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, messages_of
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import (
    CANALE,
    CCP,
    DOMINIO,
    IUV,
    NAV,
    NOW,
    STAZIONE,
    TOKEN,
    a_pendenza,
    a_receipt,
    an_rt,
)
from tests.doubles_pagamenti import DomandeFinte, NodoFinto, RicevuteFinte, ports

DUE = NOW + timedelta(minutes=40)
R = StatoRpp


@pytest.fixture(autouse=True)
def comune(aws):
    seed_comune(NOW)
    pendenze.save(None, replace(a_pendenza(), versione=0))
    with ports(ricevute=RicevuteFinte()):
        yield


def activate(now=NOW):
    pagabile = operations.verify(id_dominio=DOMINIO, iuv=IUV, numero_avviso=NAV, now=now)
    operations.activate_classic(
        pagabile=pagabile,
        ccp=CCP,
        canale=CANALE,
        importo=a_pendenza().importo,
        versante=None,
        pagatore=None,
        now=now,
    )


@pytest.fixture
def sent():
    """An attempt whose RPT the Nodo took, and whose RT has not come."""
    activate()
    operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)


def attempt():
    return repository.load(DOMINIO, IUV).rpp_of(CCP)


def nota(stato):
    return DomandeFinte(RispostaStato(esito=EsitoStato.NOTA, stato=stato))


class Gives(DomandeFinte):
    """The Nodo, with an RT that we lack."""

    def copia_rt(self, rpp, *, now):
        operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=now)
        return RispostaCopia(esito=EsitoCopia.ACQUISITA)


def settle(domande=None, now=DUE, nodo=None):
    with ports(domande=domande, nodo=nodo):
        recupero.recover({"passo": "RPP", "idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}, now=now)
    return attempt()


def notifiche():
    return sorted(item.pk.split("#")[3] for item in NotificaItem.scan())


def eventi():
    return list(EventoItem.scan())


class TestASchedule:
    def test_finds_an_activation_whose_message_a_crash_has_lost(self):
        queues._url(Queue.NODO_RPT)
        before = Snapshot.take()
        activate()  # from here on the anagrafica is known to the process
        before.restore()
        with aws_calls() as calls:
            activate()
        before.restore()
        with pytest.raises(ProcessKilled), aws_calls(die_before=calls.index("sqs.SendMessage")):
            activate()
        assert messages_of("nodo-rpt") == []
        assert recupero.enqueue_due(now=NOW).rpp == 0

        sent = recupero.enqueue_due(now=NOW + rules.INVIO_ATTESO)

        assert (sent.rpp, sent.pagamenti, sent.ricevute) == (1, 0, 0)
        assert messages_of("recupero") == [{"passo": "RPP", "idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}]

    def test_finds_one_whose_rt_is_late_and_none_that_has_its_rt(self, sent):
        assert recupero.enqueue_due(now=DUE).rpp == 1

        operations.acquire_ricevuta(ricevuta=an_rt(attempt()), now=DUE)

        assert recupero.enqueue_due(now=DUE + timedelta(days=60)).rpp == 0

    def test_that_comes_twice_has_it_asked_once(self, sent):
        domande = nota(R.RPT_INVIATA_A_PSP)
        recupero.enqueue_due(now=DUE)
        recupero.enqueue_due(now=DUE)

        for _ in messages_of("recupero"):
            settle(domande)

        assert domande.asked == [f"stato {CCP}"]

    def test_makes_three_queries_when_there_is_nothing_to_do(self):
        with aws_calls() as calls:
            recupero.enqueue_due(now=NOW)

        assert calls == ["dynamodb.Query"] * 3

    def test_keeps_its_last_runs_and_no_more(self, sent):
        for minute in range(12):
            recupero.enqueue_due(now=DUE + timedelta(minutes=minute))

        runs = recupero.last_runs(recupero.RECUPERO)
        assert len(runs) == 10
        assert runs[0].inizio == DUE + timedelta(minutes=11)
        assert "1 RPT" in runs[0].esito


class TestAnActivationThatWasNeverSent:
    def test_is_sent_by_the_recovery(self):
        activate()
        domande = DomandeFinte()

        settle(domande, now=NOW + rules.INVIO_ATTESO)

        # One message from the activation, one from the recovery; nobody is asked about what never left.
        assert messages_of("nodo-rpt") == [{"idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}] * 2
        assert domande.asked == []

    def test_is_sent_once_by_both_messages(self):
        activate()
        settle(now=NOW + rules.INVIO_ATTESO)
        nodo = NodoFinto()

        with ports(nodo=nodo):
            for message in messages_of("nodo-rpt"):
                operations.send_rpt(id_dominio=message["idDominio"], iuv=message["iuv"], ccp=message["ccp"], now=DUE)

        assert len(nodo.sent) == 1


class TestTheNodoThatIsAsked:
    @pytest.mark.parametrize("stato", sorted(APERTI_AL_NODO - {R.RPT_ACCETTATA_NODO}))
    def test_tells_an_open_state_and_is_asked_again_later(self, sent, stato):
        rpp = settle(nota(stato))

        assert rpp.stato is stato
        assert (rpp.verifiche, rpp.prossima_verifica) == (1, DUE + timedelta(minutes=1))
        assert rpp.descrizione_stato == f"{stato}. Verifica 1 di 84; prossima dopo il 24/11/2026 11:11."

    @pytest.mark.parametrize("stato", sorted(CHIUSI_AL_NODO))
    def test_tells_a_closed_state_and_is_not_asked_again(self, sent, stato):
        rpp = settle(nota(stato))

        assert (rpp.stato, rpp.prossima_verifica) == (stato, None)
        assert rpp.descrizione_stato == f"Il Nodo risponde {stato}."
        assert notifiche() == ["ATTIVAZIONE", "FALLIMENTO"]
        assert [item.sk for item in eventi()]

    @pytest.mark.parametrize("stato", sorted(CON_RT))
    def test_has_an_rt_that_cannot_be_had_yet(self, sent, stato):
        domande = nota(stato)
        domande.copia = RispostaCopia(esito=EsitoCopia.ASSENTE, fault_code="PPT_RT_NONDISPONIBILE")

        rpp = settle(domande)

        assert domande.asked == [f"stato {CCP}", f"copia {CCP}"]
        # An RT that we do not have does not make the attempt accepted.
        assert rpp.stato is (R.RT_ESITO_SCONOSCIUTO_PA if stato in {R.RT_ACCETTATA_PA, R.RT_RIFIUTATA_PA} else stato)
        assert "PPT_RT_NONDISPONIBILE" in rpp.descrizione_stato
        assert rpp.esito is None

    def test_gives_the_rt_that_was_lost(self, sent):
        rpp = settle(Gives(RispostaStato(esito=EsitoStato.NOTA, stato=R.RT_ESITO_SCONOSCIUTO_PA)))

        assert (rpp.stato, rpp.esito) == (R.RT_ACCETTATA_PA, EsitoPagamento.ESEGUITO)
        assert rpp.prossima_verifica is None
        assert notifiche() == ["ATTIVAZIONE", "RICEVUTA"]

    @pytest.mark.parametrize(
        "fault_code",
        ["PPT_AUTENTICAZIONE", "PPT_AUTORIZZAZIONE", "PPT_STAZIONE_INT_PA_SCONOSCIUTA", "PPT_SYSTEM_ERROR", None],
    )
    def test_says_why_it_does_not_tell(self, sent, fault_code):
        incerto = RispostaStato(esito=EsitoStato.INCERTO, fault_code=fault_code, descrizione="nessuna risposta")

        rpp = settle(DomandeFinte(incerto))

        assert rpp.stato is R.RPT_ACCETTATA_NODO
        assert rpp.descrizione_stato.startswith(f"{fault_code}: nessuna" if fault_code else "nessuna risposta. ")
        assert rpp.prossima_verifica == DUE + timedelta(minutes=1)

    def test_never_had_what_it_once_took(self, sent):
        rpp = settle(DomandeFinte())

        assert (rpp.stato, rpp.prossima_verifica) == (R.RPT_ERRORE_INVIO_A_NODO, None)
        assert "PPT_RPT_SCONOSCIUTA" in rpp.descrizione_stato
        assert notifiche() == ["ATTIVAZIONE", "FALLIMENTO"]

    def test_does_not_undo_an_rt_that_was_faster(self, sent):
        domande = nota(R.RPT_RIFIUTATA_PSP)
        domande.meanwhile = lambda rpp: operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=DUE)

        rpp = settle(domande)

        assert rpp.stato is R.RT_ACCETTATA_PA
        assert notifiche() == ["ATTIVAZIONE", "RICEVUTA"]

    def test_is_not_asked_before_it_is_time(self, sent):
        domande = nota(R.RPT_RIFIUTATA_PSP)

        settle(domande, now=NOW + timedelta(minutes=34))

        assert domande.asked == []

    def test_may_be_asked_about_what_is_not_there(self):
        assert settle(nota(R.RPT_RIFIUTATA_PSP)) is None


class TestAnRptOfUnknownOutcome:
    @pytest.fixture(autouse=True)
    def unknown(self, comune):
        activate()
        with ports(nodo=NodoFinto(RispostaInvio(esito=EsitoInvio.SCONOSCIUTO, descrizione="tempo scaduto"))):
            for _ in range(5):
                operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)

    def test_that_the_nodo_has_is_activated(self):
        rpp = settle(nota(R.RPT_ACCETTATA_PSP))

        assert rpp.stato is R.RPT_ACCETTATA_PSP
        assert notifiche() == ["ATTIVAZIONE"]

    def test_that_the_nodo_never_had_is_sent_again_as_it_is(self):
        sent_before = len(messages_of("nodo-rpt"))
        id_messaggio = attempt().id_messaggio

        settle(DomandeFinte())
        nodo = NodoFinto()
        with ports(nodo=nodo):
            operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=DUE)

        assert len(messages_of("nodo-rpt")) == sent_before + 1
        assert [rpp.id_messaggio for rpp in nodo.sent] == [id_messaggio]
        assert attempt().stato is R.RPT_ACCETTATA_NODO

    def test_that_the_nodo_never_had_fails_after_a_day(self):
        rpp = settle(DomandeFinte(), now=NOW + rules.RINVIO)

        assert rpp.stato is R.RPT_ERRORE_INVIO_A_NODO
        assert notifiche() == ["FALLIMENTO"]


class TestTheLastQuestion:
    @pytest.fixture(autouse=True)
    def at_the_end(self, sent):
        rpp = attempt()
        commit(repository.rpp_writes(before=rpp, after=replace(rpp, verifiche=rules.MAX_VERIFICHE - 1)))

    def test_that_tells_nothing_is_said_recorded_and_told(self):
        rpp = settle(DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO, fault_code="PPT_SYSTEM_ERROR")))

        assert (rpp.stato, rpp.prossima_verifica, rpp.abbandonata) == (R.RPT_SCADUTA, None, DUE)
        assert rpp.descrizione_stato.startswith("PPT_SYSTEM_ERROR. Esito non appreso dopo 84 verifiche")
        assert "FAIL" in eventi()[-1].documento
        assert notifiche() == ["ATTIVAZIONE", "FALLIMENTO"]

    def test_leaves_an_rt_that_is_still_to_be_had_where_it_is(self):
        rpp = settle(nota(R.RT_ACCETTATA_NODO))

        assert (rpp.stato, rpp.abbandonata) == (R.RT_ACCETTATA_NODO, DUE)

    def test_may_be_asked_anew_by_hand(self):
        settle(DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO, fault_code="PPT_SYSTEM_ERROR")))
        later = DUE + timedelta(days=1)
        assert recupero.enqueue_due(now=later).rpp == 0

        begun = recupero.restart_all(now=later)
        rpp = settle(nota(R.RPT_ACCETTATA_PSP), now=later)

        assert begun.rpp == 1
        assert (rpp.stato, rpp.verifiche, rpp.abbandonata) == (R.RPT_ACCETTATA_PSP, 1, None)

    def test_asked_anew_tells_the_ente_of_the_same_end_once(self):
        incerto = DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO, fault_code="PPT_SYSTEM_ERROR"))
        settle(incerto)
        later = DUE + timedelta(days=1)
        recupero.restart_all(now=later)
        rpp = attempt()
        commit(repository.rpp_writes(before=rpp, after=replace(rpp, verifiche=rules.MAX_VERIFICHE - 1)))

        rpp = settle(incerto, now=later)

        assert (rpp.stato, rpp.abbandonata) == (R.RPT_SCADUTA, later)
        assert notifiche() == ["ATTIVAZIONE", "FALLIMENTO"]

    def test_is_overtaken_by_the_rt_whenever_it_comes(self):
        settle(DomandeFinte(RispostaStato(esito=EsitoStato.INCERTO)))

        operations.acquire_ricevuta(ricevuta=an_rt(attempt()), now=DUE + timedelta(days=1))

        assert (attempt().stato, attempt().abbandonata) == (R.RT_ACCETTATA_PA, None)


class TestAPendenzaThatWasPaidOtherwise:
    @pytest.fixture(autouse=True)
    def paid(self, sent):
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW)

    def test_ends_the_attempt_that_nobody_has_paid(self):
        rpp = settle(nota(R.RPT_ACCETTATA_NODO))

        assert rpp.stato is R.RPT_ANNULLATA
        assert rpp.descrizione_stato.startswith("La pendenza è stata pagata con un altro tentativo")

    def test_leaves_that_attempt_to_be_asked_about_while_a_psp_may_take_money_for_it(self):
        """Simulator, seed 145294: paid after we had closed it, its RT lost, and an RPT with an RT is in no list."""
        first = settle(nota(R.RPT_ACCETTATA_PSP))
        assert first.prossima_verifica == DUE + timedelta(minutes=1)

        rpp = settle(
            Gives(RispostaStato(esito=EsitoStato.NOTA, stato=R.RT_ACCETTATA_NODO)), now=first.prossima_verifica
        )

        assert (rpp.stato, rpp.esito, rpp.prossima_verifica) == (R.RT_ACCETTATA_PA, EsitoPagamento.ESEGUITO, None)
        assert "RICEVUTA" in notifiche()

    @pytest.mark.parametrize("stato", [R.RPT_ACCETTATA_PSP, None])
    def test_ends_it_once_however_often_it_is_asked_about(self, stato):
        esito = EsitoStato.INCERTO if stato is None else EsitoStato.NOTA
        first = settle(nota(R.RPT_ACCETTATA_PSP))
        told = len(eventi())

        rpp = settle(DomandeFinte(RispostaStato(esito=esito, stato=stato)), now=first.prossima_verifica)

        assert (rpp.stato, rpp.descrizione_stato) == (R.RPT_ANNULLATA, first.descrizione_stato)
        assert rpp.prossima_verifica == DUE + timedelta(minutes=5)
        assert (notifiche(), len(eventi())) == (["ANNULLAMENTO", "ATTIVAZIONE", "RICEVUTA"], told)

    @pytest.mark.parametrize("risposta", [*sorted(CHIUSI_AL_NODO), None])
    def test_is_asked_about_no_more_once_the_nodo_has_closed_it_too(self, risposta):
        first = settle(nota(R.RPT_ACCETTATA_PSP))

        rpp = settle(DomandeFinte() if risposta is None else nota(risposta), now=first.prossima_verifica)

        assert (rpp.stato, rpp.descrizione_stato) == (R.RPT_ANNULLATA, first.descrizione_stato)
        assert (rpp.prossima_verifica, rpp.abbandonata) == (None, None)
        assert notifiche() == ["ANNULLAMENTO", "ATTIVAZIONE", "RICEVUTA"]

    def test_is_asked_about_no_more_after_the_last_question(self):
        first = settle(nota(R.RPT_ACCETTATA_PSP))
        commit(repository.rpp_writes(before=first, after=replace(first, verifiche=rules.MAX_VERIFICHE - 1)))

        rpp = settle(nota(R.RPT_ACCETTATA_PSP), now=first.prossima_verifica)

        assert (rpp.stato, rpp.prossima_verifica, rpp.abbandonata) == (R.RPT_ANNULLATA, None, None)
        assert notifiche() == ["ANNULLAMENTO", "ATTIVAZIONE", "RICEVUTA"]

    def test_does_not_end_one_that_has_an_rt(self):
        rpp = settle(nota(R.RT_ACCETTATA_NODO))

        assert rpp.stato is R.RT_ACCETTATA_NODO
        assert rpp.prossima_verifica is not None

    def test_does_not_end_one_that_the_nodo_cannot_be_asked_about_for_good(self):
        settle(nota(R.RPT_ACCETTATA_NODO))

        operations.acquire_ricevuta(ricevuta=an_rt(attempt()), now=DUE)

        assert attempt().stato is R.RT_ACCETTATA_PA


class TestASettlementThatDies:
    @pytest.mark.parametrize("risposta", [R.RPT_ACCETTATA_PSP, R.RPT_RIFIUTATA_PSP])
    def test_anywhere_ends_as_if_it_had_lived_at_the_next_question(self, sent, risposta):
        for queue in Queue:
            queues._url(queue)
        before = Snapshot.take()
        with aws_calls() as calls:
            expected = settle(nota(risposta)).stato
        told = notifiche()
        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                before.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    settle(nota(risposta))

                again = DUE + timedelta(minutes=5)
                recupero.enqueue_due(now=again)
                rpp = settle(nota(risposta), now=again)

                where = f"{moment} {number} {calls[number]}"
                assert rpp.stato is expected, where
                assert notifiche() == told, where


class TestRptPendingAtTheNodo:
    def pendenti(self, *chiavi, motivo=None):
        domande = DomandeFinte(lista=Pendenti(chiavi=chiavi, motivo=motivo))
        message = {"passo": "PENDENTI", "idDominio": DOMINIO, "idStazione": STAZIONE}
        window = {"da": (NOW - timedelta(days=60)).isoformat(), "a": NOW.isoformat()}
        with ports(domande=domande):
            recupero.recover({**message, **window}, now=DUE)
        return domande

    def test_are_asked_for_by_ente(self):
        assert recupero.sweep(now=NOW) == 2
        assert {message["idDominio"] for message in messages_of("recupero")} == {DOMINIO, "80012000827"}

    def test_that_we_believed_failed_are_asked_about(self, sent):
        settle(DomandeFinte())
        assert attempt().stato is R.RPT_ERRORE_INVIO_A_NODO

        self.pendenti((DOMINIO, IUV, CCP))

        assert attempt().prossima_verifica == DUE
        assert settle(nota(R.RPT_ACCETTATA_PSP)).stato is R.RPT_ACCETTATA_PSP

    def test_that_are_asked_about_anyway_are_left_alone(self, sent):
        before = attempt()

        self.pendenti((DOMINIO, IUV, CCP), (DOMINIO, "01000000000000999", "n/a"))

        assert attempt() == before

    def test_that_are_paid_are_left_alone(self, sent):
        operations.acquire_ricevuta(ricevuta=an_rt(attempt()), now=DUE)
        before = attempt()

        self.pendenti((DOMINIO, IUV, CCP))

        assert attempt() == before

    def test_that_cannot_be_listed_change_nothing(self, sent):
        before = attempt()

        self.pendenti(motivo="PPT_AUTENTICAZIONE")

        assert attempt() == before

    def test_that_are_more_than_a_list_holds_are_asked_for_by_halves(self):
        self.pendenti(*((DOMINIO, f"{number:017d}", "n/a") for number in range(500)))

        halves = [(m["da"][:10], m["a"][:10]) for m in messages_of("recupero")]
        assert halves == [("2026-09-25", "2026-10-25"), ("2026-10-25", "2026-11-24")]


class TestASearch:
    TROVATA = RispostaCopia(esito=EsitoCopia.ACQUISITA)

    def want(self, *iurs, now=NOW):
        recupero.search_receipts(DOMINIO, [(IUV, iur) for iur in iurs or (TOKEN,)], id_stazione=STAZIONE, now=now)

    def run(self, ricevute, now=NOW, iur=TOKEN):
        key = f"ricevuta#{DOMINIO}#{IUV}#{iur}"
        with ports(ricevute=ricevute):
            recupero.recover({"passo": "RICEVUTA", "chiave": key}, now=now)
        return ricerche.get(key)

    def test_of_what_a_flow_tells_is_due_at_once(self):
        self.want()

        assert recupero.enqueue_due(now=NOW).ricevute == 1

    def test_is_wanted_once_however_often_the_flow_is_read(self):
        self.want()
        found = self.run(RicevuteFinte(self.TROVATA))

        self.want(TOKEN, "altro", TOKEN)

        assert ricerche.get(f"ricevuta#{DOMINIO}#{IUV}#{TOKEN}") == found
        assert ricerche.get(f"ricevuta#{DOMINIO}#{IUV}#altro") is not None

    def test_is_not_wanted_without_a_key(self):
        with ports(ricevute=RicevuteFinte(key=None)), aws_calls() as calls:
            self.want()

        assert calls == []

    def test_that_finds_is_over(self):
        self.want()

        ricerca = self.run(RicevuteFinte(self.TROVATA))

        assert ricerca.stato is StatoRicerca.TROVATA
        assert recupero.enqueue_due(now=NOW + timedelta(days=60)).ricevute == 0

    def test_that_does_not_find_goes_on_later_and_says_why(self):
        self.want()

        ricerca = self.run(RicevuteFinte(RispostaCopia(esito=EsitoCopia.ASSENTE, fault_code="BIZ_EVENTS_404")))

        assert (ricerca.stato, ricerca.tentativi) == (StatoRicerca.DA_FARE, 1)
        assert ricerca.prossima == NOW + timedelta(hours=1)
        assert ricerca.motivo == "BIZ_EVENTS_404"

    def test_whose_receipt_came_by_itself_asks_nobody(self):
        self.want()
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW)
        ricevute = RicevuteFinte()

        assert self.run(ricevute).stato is StatoRicerca.TROVATA
        assert ricevute.asked == []

    def test_is_given_up_after_ten_calls_said_and_begun_anew_by_hand(self):
        self.want()
        ricevute, now = RicevuteFinte(RispostaCopia(esito=EsitoCopia.ASSENTE, fault_code="BIZ_EVENTS_404")), NOW
        for _ in range(10):
            ricerca = self.run(ricevute, now=now)
            now += timedelta(days=1)

        assert (len(ricevute.asked), ricerca.stato) == (10, StatoRicerca.ABBANDONATA)
        assert recupero.enqueue_due(now=now).ricevute == 0
        assert len(eventi_di_ricerca()) == 1

        assert recupero.restart_all(now=now).ricevute == 1
        assert self.run(RicevuteFinte(self.TROVATA), now=now).stato is StatoRicerca.TROVATA

    def test_of_two_messages_one_calls(self):
        self.want()
        ricevute = RicevuteFinte()

        self.run(ricevute)
        self.run(ricevute)

        assert len(ricevute.asked) == 1

    def test_is_not_made_by_who_has_lost_its_key(self):
        self.want()
        ricevute = RicevuteFinte(key=None)

        ricerca = self.run(ricevute)

        assert (ricevute.asked, ricerca.motivo) == ([], "manca la chiave di Biz-Events dell'intermediario")
        assert ricerca.prossima == NOW + timedelta(days=1)


class TestASearchThatDies:
    """What Biz-Events was asked for may be asked for again, once more: never less, and never beyond the pace."""

    @pytest.mark.parametrize("risposta", [TestASearch.TROVATA, RispostaCopia(esito=EsitoCopia.ASSENTE)])
    @pytest.mark.parametrize("earlier", [0, rules.MAX_RICERCHE - 1])
    def test_anywhere_ends_as_if_it_had_lived_when_it_is_due_again(self, risposta, earlier):
        search = TestASearch()
        search.want()
        key = f"ricevuta#{DOMINIO}#{IUV}#{TOKEN}"
        ricerche.save(replace(ricerche.get(key), tentativi=earlier))
        for queue in Queue:
            queues._url(queue)
        before = Snapshot.take()
        with aws_calls() as calls:
            lived = search.run(RicevuteFinte(risposta))
        said = len(eventi_di_ricerca())
        assert said == (lived.stato is StatoRicerca.ABBANDONATA)
        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                before.restore()
                ricevute, where = RicevuteFinte(risposta), f"{moment} {number} {calls[number]}"
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    search.run(ricevute)

                again = ricerche.get(key)
                if again.tentativi == earlier:
                    again = search.run(ricevute, now=NOW + rules.FINESTRA)

                assert (again.stato, again.tentativi) == (lived.stato, lived.tentativi), where
                assert len(ricevute.asked) in {1, 2}, where
                assert len(eventi_di_ricerca()) == said, where


def eventi_di_ricerca():
    """Give the eventi that tell of a search given up."""
    return [item for item in EventoItem.scan() if "recuperoRicevuta" in str(item.attribute_values)]


class TestThePaceOfBizEvents:
    def test_is_ten_calls_in_any_hour_whoever_makes_them(self):
        made = []
        for minute in range(0, 180, 2):
            now = NOW + timedelta(minutes=minute)
            if ricerche.take_turn("chiave", now=now) is None:
                made.append(now)

        for start in made:
            window = [one for one in made if start <= one < start + timedelta(minutes=60)]
            assert len(window) <= 10
        assert len(made) == 30

    def test_tells_when_the_next_call_may_be_made(self):
        for minute in range(10):
            assert ricerche.take_turn("chiave", now=NOW + timedelta(minutes=minute)) is None

        assert ricerche.take_turn("chiave", now=NOW + timedelta(minutes=30)) == NOW + timedelta(minutes=60)
        assert ricerche.take_turn("altra", now=NOW + timedelta(minutes=30)) is None

    def test_does_not_let_two_take_one_turn(self, monkeypatch):
        ricerche.take_turn("chiave", now=NOW)
        original = rules.turn_of

        def meanwhile(made, *, now):
            monkeypatch.setattr(rules, "turn_of", original)
            ricerche.take_turn("chiave", now=NOW)
            return original(made, now=now)

        monkeypatch.setattr(rules, "turn_of", meanwhile)
        with pytest.raises(WriteConflict):
            ricerche.take_turn("chiave", now=NOW)

    def test_makes_the_eleventh_search_wait_without_a_call(self):
        iurs = [f"iur-{number}" for number in range(11)]
        search = TestASearch()
        search.want(*iurs)
        ricevute = RicevuteFinte(TestASearch.TROVATA)

        last = [search.run(ricevute, iur=iur) for iur in iurs][-1]

        assert len(ricevute.asked) == 10
        assert (last.tentativi, last.prossima) == (0, NOW + timedelta(minutes=60))

    def test_enqueues_no_more_than_may_be_called(self):
        TestASearch().want(*[f"iur-{number}" for number in range(40)])

        assert recupero.enqueue_due(now=NOW).ricevute == 10


class TestARicerca:
    def test_keeps_a_hundred_in_a_transaction(self):
        found = [(f"{number:017d}", f"iur-{number}") for number in range(150)]

        with aws_calls() as calls:
            recupero.search_receipts(DOMINIO, found, id_stazione=STAZIONE, now=NOW)

        assert calls == ["dynamodb.TransactWriteItems"] * 2

    def test_has_its_time(self):
        ricerca = Ricerca(id_dominio=DOMINIO, iuv=IUV, iur=TOKEN, id_stazione=STAZIONE, creata=NOW, prossima=NOW)

        assert ricerche.save(ricerca).versione == 1
        with pytest.raises(WriteConflict):
            ricerche.save(ricerca)
