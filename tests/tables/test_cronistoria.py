"""The cronistoria of an IUV: told from load to incasso, with what is missing and what comes next, at a bounded cost."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.avvisi import repository as avvisi
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.aws.outbox import SHARDS
from chalicelib.aws.transactions import commit
from chalicelib.cronistoria import queries
from chalicelib.cronistoria.model import Fase, Segno
from chalicelib.giornale import operations as giornale
from chalicelib.kernel.exchange import Componente, Esito, Message, Ruolo
from chalicelib.kernel.refusals import ParametroNonValido
from chalicelib.kernel.utenze import TUTTI, Ambito
from chalicelib.notifiche import operations as notifiche
from chalicelib.notifiche import repository as notifiche_repository
from chalicelib.notifiche.model import Esito as EsitoNotifica
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.pagamenti.recupero import repository as recupero
from chalicelib.pagamenti.recupero.model import Ricerca, StatoRicerca
from chalicelib.pagamenti.sessioni import repository as sessioni
from chalicelib.pagamenti.sessioni.model import Canale, Sessione, Tentativo
from chalicelib.pagamenti.sessioni.states import StatoSessione
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria import rules as promemoria_rules
from chalicelib.promemoria.model import Canale as Canale_
from chalicelib.promemoria.model import Consegna, TipoPromemoria
from chalicelib.promemoria.model import Esito as EsitoPromemoria
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import post_incasso, storna_incasso
from chalicelib.riconciliazione.ports import Ports
from tests.aws_calls import counted
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import DOMINIO, NOW, a_pendenza, an_attempt
from tests.builders_riconciliazione import (
    ID_FLUSSO,
    IUV,
    FonteFinta,
    a_flow,
    a_riga,
    acquired,
    an_accredito,
    loaded,
    paid,
)
from tests.doubles_pagamenti import ports
from tests.eventi import an_exchange

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def fonte(aws):
    seed_comune(NOW)
    fonte = FonteFinta()
    with ports(), patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True):
        yield fonte


def told(iuv=IUV, *, now=LATER, domini=TUTTI):
    return queries.cronistoria(id_dominio=DOMINIO, iuv=iuv, domini=domini, now=now)


def phases(story):
    return [fatto.fase for fatto in story.fatti]


def next_of(story, fase):
    return [seguito.testo for seguito in story.seguiti if seguito.fase is fase]


def missing(story):
    return [mancanza.fase for mancanza in story.mancano]


def store(**other):
    """Have the giornale know of an exchange about the IUV."""
    exchange = an_exchange(**{"id_dominio": DOMINIO, "iuv": IUV, **other})
    commit([giornale.event_write(replace(exchange, richiesta=Message(), risposta=Message()))])


class Ente:
    """Takes every notifica, or none."""

    def __init__(self, *, accolta):
        self.accolta = accolta

    def notify(self, connettore, notifica, corpo, *, now):
        return EsitoNotifica(accolta=self.accolta, motivo="HTTP 200" if self.accolta else "HTTP 500")


def notified(*, accolta=True):
    """Make one attempt to deliver all that is due."""
    for shard in SHARDS:
        for chiave in notifiche_repository.due(shard, now=LATER, limit=5):
            notifiche.deliver(chiave, now=NOW, ente=Ente(accolta=accolta))


class TestAPendenzaThatNobodyPaid:
    def test_waits_for_the_citizen_until_its_term(self, fonte):
        loaded(data_scadenza=NOW.date() + timedelta(days=10), data_validita=None)

        story = told()

        assert (story.stato, story.situazione) == ("NON_ESEGUITA", "Da pagare.")
        assert missing(story) == [Fase.RICEVUTA]
        assert next_of(story, Fase.ATTIVAZIONE) == ["In attesa che il cittadino paghi, entro il 04/12/2026."]

    def test_is_for_the_ente_to_look_at_when_the_term_is_over(self, fonte):
        loaded(data_scadenza=NOW.date() - timedelta(days=1), data_validita=None)

        story = told()

        assert story.situazione == "Non pagata, il termine è passato."
        assert [seguito.da_fare for seguito in story.seguiti] == [True]

    def test_tells_what_the_debtor_was_told_and_will_be(self, fonte, monkeypatch):
        pendenza = loaded(data_scadenza=NOW.date() + timedelta(days=10), data_validita=None)
        avvisatura = {"promemoriaAvviso": {"abilitato": True}}
        monkeypatch.setattr(queries, "dettagli_of", lambda *_: {"avvisaturaMail": avvisatura})
        avviso = promemoria_rules.planned(pendenza, TipoPromemoria.AVVISO, Canale_.MAIL, now=NOW)
        esito = EsitoPromemoria(consegna=Consegna.RIFIUTATA, motivo="La posta ha rifiutato: MessageRejected")
        promemoria.save(promemoria_rules.concluded(promemoria_rules.take(avviso, now=NOW), esito, now=NOW, caso=0))
        promemoria.save(promemoria_rules.of_scadenza(pendenza, Canale_.APP_IO, pendenza.data_scadenza, 5, now=NOW))

        story = told()

        found = {fatto.titolo: fatto.segno for fatto in story.fatti if fatto.fase is Fase.PROMEMORIA}
        assert found == {
            "Promemoria dell'avviso per posta: non spedito": Segno.FAIL,
            "Promemoria della scadenza su App IO: previsto": Segno.INFO,
        }
        assert next_of(story, Fase.PROMEMORIA) == [
            "Promemoria della scadenza su App IO: parte dopo il 29/11/2026 09:00, se ce n'è ancora motivo."
        ]

    def test_is_found_by_its_numero_avviso(self, fonte):
        loaded()

        assert told("3" + IUV).iuv == IUV

    def test_tells_when_its_notice_was_printed(self, fonte):
        loaded()
        documents.put(Bucket.DOCUMENTI, f"avvisi/{DOMINIO}/3{IUV}/a.pdf", b"%PDF", content_type="application/pdf")

        assert Fase.AVVISO in phases(told())
        assert avvisi.printed_at(DOMINIO, "3" + "9" * 17, most=5) == []

    def test_tells_that_the_ente_has_cancelled_it(self, fonte):
        loaded(stato=StatoPendenza.ANNULLATO, annullata=NOW, descrizione_stato="Sgravio")

        story = told()

        assert story.situazione == "Annullata dall'ente."
        assert (story.mancano, story.seguiti) == ((), ())
        assert ("Pendenza annullata dall'ente", "Sgravio") in [(f.titolo, f.dettaglio) for f in story.fatti]


class TestWhatTheGiornaleKnows:
    def test_is_told_by_what_it_did(self, fonte):
        loaded()
        store(tipo_evento="paVerifyPaymentNotice")
        store(tipo_evento="paGetPaymentV2", data=NOW + timedelta(seconds=2))
        store(tipo_evento="primitivaIgnota", data=NOW + timedelta(seconds=3))

        found = [(f.fase, f.titolo) for f in told().fatti if f.id_evento is not None]

        assert found == [
            (Fase.VERIFICA, "Verifica del PSP"),
            (Fase.ATTIVAZIONE, "Attivazione dal PSP"),
            (Fase.ALTRO, "primitivaIgnota"),
        ]

    def test_says_why_a_notifica_was_not_taken(self, fonte):
        loaded()
        store(
            tipo_evento="notifyPagamento",
            componente=Componente.API_ENTE,
            ruolo=Ruolo.CLIENT,
            esito=Esito.FAIL,
            sottotipo_esito="500",
        )

        [fatto] = [f for f in told().fatti if f.fase is Fase.NOTIFICA]

        assert (fatto.segno, fatto.dettaglio) == (Segno.FAIL, "notifyPagamento: HTTP 500")

    def test_is_told_once_though_iuv_and_pendenza_both_have_it(self, fonte):
        pendenza = loaded()
        store(tipo_evento="paGetPayment", id_a2a=pendenza.id_a2a, id_pendenza=pendenza.id_pendenza)
        store(
            tipo_evento="addPendenza",
            iuv=None,
            id_a2a=pendenza.id_a2a,
            id_pendenza=pendenza.id_pendenza,
            sottotipo_esito="201",
            componente=Componente.API_PENDENZE,
        )

        titles = [fatto.titolo for fatto in told().fatti if fatto.id_evento is not None]

        assert sorted(titles) == ["Attivazione dal PSP", "Pendenza caricata"]

    def test_says_that_there_is_more_than_is_told(self, fonte, monkeypatch):
        monkeypatch.setattr(queries, "MAX_EVENTI", 2)
        loaded()
        for second in range(3):
            store(data=NOW + timedelta(seconds=second))

        assert "GET /eventi" in told().avvertenze[0]


class TestAPaidPendenza:
    def test_waits_for_the_flow_of_the_psp(self, fonte):
        paid()
        notified()

        story = told()

        assert story.situazione == "Pagata, non ancora incassata."
        assert missing(story) == [Fase.FLUSSO, Fase.INCASSO]
        [testo] = next_of(story, Fase.FLUSSO)
        assert testo.startswith("In attesa del flusso del PSP entro T+2, il ")

    def test_says_that_the_flow_is_late(self, fonte):
        paid()
        notified()

        story = told(now=NOW + timedelta(days=12))

        [seguito] = [one for one in story.seguiti if one.fase is Fase.FLUSSO]
        assert seguito.da_fare
        assert "chiederlo al PSP" in seguito.testo

    def test_waits_for_the_bank_once_the_flow_is_there(self, fonte):
        paid()
        notified()
        acquired(fonte, a_flow(a_riga()))

        story = told()

        assert missing(story) == [Fase.INCASSO]
        assert ID_FLUSSO in next_of(story, Fase.INCASSO)[0]
        [fatto] = [one for one in story.fatti if one.fase is Fase.FLUSSO]
        assert ID_FLUSSO in fatto.dettaglio
        assert fatto.segno is Segno.OK

    def test_is_at_its_end_when_it_is_collected(self, fonte):
        paid()
        notified()
        acquired(fonte, a_flow(a_riga()))
        collect()

        story = told()

        assert story.situazione == "Pagata e incassata."
        assert (story.mancano, story.seguiti) == ((), ())
        assert phases(story)[-2:] == [Fase.FLUSSO, Fase.INCASSO]

    def test_tells_of_the_storno_and_waits_again(self, fonte):
        paid()
        notified()
        acquired(fonte, a_flow(a_riga()))
        incasso = collect()
        storna_incasso(id_dominio=DOMINIO, id_incasso=incasso, motivo="Storno della banca", now=LATER)

        story = told()

        [fatto] = [one for one in story.fatti if one.fase is Fase.STORNO]
        assert "Storno della banca" in fatto.dettaglio
        assert missing(story) == [Fase.INCASSO]

    def test_that_only_a_flow_tells_of_misses_its_ricevuta(self, fonte):
        loaded()
        acquired(fonte, a_flow(a_riga(esito="9")))

        assert Fase.RICEVUTA in missing(told())


def collect():
    incasso, _ = post_incasso(accredito=an_accredito(id_flusso=ID_FLUSSO), utenza=None, now=NOW)
    return incasso.id_incasso


class TestAnAttemptWithoutOutcome:
    def test_says_when_the_nodo_is_asked_again(self, fonte):
        pendenza = loaded(a_pendenza().iuv)
        attempt = an_attempt(pendenza, iuv=IUV, prossima_verifica=NOW + timedelta(minutes=35), verifiche=2)
        commit(pagamenti.rpp_writes(before=None, after=attempt))

        story = told()

        assert story.situazione == "Pagamento in corso."
        assert next_of(story, Fase.RECUPERO) == ["Verifica n. 3 dell'esito, chiesto al Nodo dopo il 24/11/2026 11:05."]

    def test_that_was_given_up_is_for_an_operator(self, fonte):
        attempt = an_attempt(loaded(), iuv=IUV, abbandonata=NOW)
        commit(pagamenti.rpp_writes(before=None, after=attempt))

        [seguito] = [one for one in told().seguiti if one.fase is Fase.RECUPERO]

        assert seguito.da_fare


class TestANotificaThatIsNotTaken:
    def test_says_which_attempt_failed_and_when_the_next_is(self, fonte):
        paid()
        notified(accolta=False)

        story = told()

        [testo] = next_of(story, Fase.NOTIFICA)
        assert testo.startswith("Notifica RICEVUTA: tentativo n. 1 fallito, HTTP 500; prossimo tentativo dopo il ")
        assert Fase.NOTIFICA in missing(story)


class TestTheEndOfAnAttempt:
    def test_is_told_with_the_notifica_of_it(self, fonte):
        attempt = an_attempt(loaded(), iuv=IUV, stato=StatoRpp.RPT_RIFIUTATA_NODO, descrizione_stato="PPT_SEMANTICA")
        fatto = DaNotificare(tipo=TipoNotifica.FALLIMENTO, rpp=attempt)
        commit([*pagamenti.rpp_writes(before=None, after=attempt), *notifiche.Outbox().writes([fatto], now=NOW)])

        titles = [f.titolo for f in told().fatti]

        assert "Tentativo chiuso: RPT_RIFIUTATA_NODO" in titles
        assert "Notifica FALLIMENTO da spedire" in titles


class TestACart:
    def test_is_told_with_its_payment_and_when_pagopa_is_asked(self, fonte):
        attempt = an_attempt(loaded(), iuv=IUV, id_pagamento="p-1")
        sessione = Sessione(
            id="p-1",
            stato=StatoSessione.IN_CORSO_AL_PSP,
            canale=Canale.WISP,
            creata=NOW,
            aggiornata=NOW,
            id_stazione=attempt.id_stazione,
            nome="Pagamento",
            importo=attempt.importo,
            tentativi=(
                Tentativo(
                    id_dominio=DOMINIO,
                    iuv=IUV,
                    ccp=attempt.ccp,
                    id_a2a=attempt.id_a2a,
                    id_pendenza=attempt.id_pendenza,
                    id_tipo_pendenza=attempt.id_tipo_pendenza,
                    importo=attempt.importo,
                    debitore="X",
                ),
            ),
            prossima_verifica=NOW + timedelta(minutes=30),
        )
        commit([*pagamenti.rpp_writes(before=None, after=attempt), sessioni.write(None, sessione)])

        story = told()

        assert "Pagamento p-1 avviato, verso WISP" in [f.titolo for f in story.fatti]
        assert next_of(story, Fase.RECUPERO) == [
            "Pagamento p-1 in attesa di esito: prossima verifica dopo il 24/11/2026 11:00."
        ]


class TestASearchForAReceipt:
    @pytest.mark.parametrize(
        ("stato", "words"),
        [(StatoRicerca.DA_FARE, "Biz-Events, richiesta n. 3 dopo"), (StatoRicerca.ABBANDONATA, "abbandonata")],
    )
    def test_says_when_it_goes_on_or_that_it_does_not(self, fonte, stato, words):
        loaded()
        acquired(fonte, a_flow(a_riga(esito="9")))
        [riscossione] = pagamenti.load(DOMINIO, IUV).riscossioni
        ricerca = Ricerca(
            id_dominio=DOMINIO,
            iuv=IUV,
            iur=riscossione.iur,
            id_stazione="s",
            creata=NOW,
            prossima=LATER,
            tentativi=2,
            stato=stato,
        )
        recupero.save(ricerca)

        assert any(words in testo for testo in next_of(told(), Fase.RECUPERO))


class TestWhoMaySeeIt:
    def test_is_who_acts_for_the_ente(self, fonte):
        loaded()

        with pytest.raises(queries.CronistoriaNotFound):
            told(domini=Ambito(ids=frozenset({"99999999999"})))

    def test_finds_nothing_of_an_iuv_nobody_knows(self, fonte):
        with pytest.raises(queries.CronistoriaNotFound):
            told("09999999999999999")

    @pytest.mark.parametrize("text", ["", "a" * 36, "x#y", "9" * 18])
    def test_must_name_an_iuv(self, fonte, text):
        with pytest.raises(ParametroNonValido):
            told(text)


class TestItsCost:
    def test_does_not_grow_with_what_happened(self, fonte):
        paid()
        acquired(fonte, a_flow(a_riga()))
        with counted() as few:
            told()
        for second in range(60):
            store(data=NOW + timedelta(seconds=second))
        with counted() as many:
            told()

        assert len(many) == len(few)
        assert len(many) <= queries.MAX_CALLS

    def test_is_eight_calls_for_what_is_collected(self, fonte):
        paid()
        acquired(fonte, a_flow(a_riga()))
        collect()

        with counted() as calls:
            told()

        assert len(calls) == 8, calls
