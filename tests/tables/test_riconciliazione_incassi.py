"""A credit of the bank claims its flow or payment once; every code by which it is refused; the storno."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws import queues
from chalicelib.aws.queues import Queue
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.kernel.utenze import Ambito
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.riconciliazione import operations
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import incassi as claims
from chalicelib.riconciliazione.operations import pagamenti as payments
from chalicelib.riconciliazione.operations import post_incasso, registra_incasso, storna_incasso
from chalicelib.riconciliazione.operations.storno import IncassoNotFound
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules import incasso as rules
from chalicelib.riconciliazione.states import StatoIncasso
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders import an_utenza
from tests.builders_anagrafica import IBAN_BANCA, a_dominio, seed_comune, there
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, NOW, TOKEN, a_pendenza, a_receipt, two_voci
from tests.builders_riconciliazione import (
    DATA_ORA,
    ID_FLUSSO,
    IMPORTO,
    IUV,
    FonteFinta,
    a_chiave,
    a_flow,
    a_riga,
    acquired,
    an_accredito,
    iuv,
    loaded,
    paid,
    posizione,
    riscossione,
)
from tests.doubles_pagamenti import ports

LATER = NOW + timedelta(hours=1)
CAUSALE = f"/PUR/LGPE-RIVERSAMENTO/URI/{ID_FLUSSO}"


@pytest.fixture
def fonte(aws):
    seed_comune(NOW)
    fonte = FonteFinta()
    with ports(), patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True):
        yield fonte


@pytest.fixture
def flow(fonte):
    """A flow of one payment that is known."""
    paid()
    acquired(fonte, a_flow())
    return fonte


def registered(**other):
    return post_incasso(accredito=an_accredito(**other), utenza=None, now=NOW)


def refused(**other):
    """Give the refusal of a credit."""
    with pytest.raises(rules.IncassoRifiutato) as caught:
        registered(**other)
    return caught.value


class TestACreditOfAFlow:
    @pytest.mark.parametrize(
        "reference",
        [
            {"causale": CAUSALE},
            {"causale": f"PUR LGPE-RIVERSAMENTO URI {ID_FLUSSO.lower()}"},
            {"id_flusso": ID_FLUSSO},
            {"id_flusso": ID_FLUSSO.lower()},
        ],
    )
    def test_collects_its_payments(self, flow, reference):
        incasso, is_new = registered(**reference)

        assert (incasso.id_incasso, incasso.stato, is_new) == (ID_FLUSSO, StatoIncasso.ACQUISITO, True)
        assert riscossione().stato is StatoRiscossione.INCASSATA
        assert riscossione().id_incasso == ID_FLUSSO
        assert posizione().stato is StatoPendenza.INCASSATO
        assert posizione().importo_incassato == IMPORTO
        assert there(pendenze.get(posizione().id_a2a, posizione().id_pendenza)).stato is StatoPendenza.INCASSATO

    def test_that_comes_again_is_the_same_incasso(self, flow):
        first, _ = registered()
        before = items_of()

        again, is_new = registered()

        assert (again, is_new) == (first, False)
        assert items_of() == before

    def test_collects_money_without_ricevuta_too(self, fonte):
        loaded()
        acquired(fonte, a_flow(a_riga(esito="9")))

        registered()

        assert riscossione().stato is StatoRiscossione.INCASSATA

    def test_leaves_what_it_revokes_alone(self, fonte):
        paid()
        paid(iuv(2), token="token-2")
        revoked = a_riga(progressivo=2, iuv=iuv(2), iur="token-2", esito="3")
        acquired(fonte, a_flow(a_riga(), revoked))

        registered(importo=Importo(20100))

        assert riscossione(iuv(2)).stato is StatoRiscossione.RISCOSSA

    def test_is_of_few_calls(self, flow):
        for queue in Queue:
            queues._url(queue)

        with aws_calls() as calls:
            registered(id_flusso=ID_FLUSSO)

        assert calls == [
            "dynamodb.Query",  # the revisions of the flow
            "dynamodb.BatchGetItem",  # the incasso of that id
            "dynamodb.Query",  # rows
            "dynamodb.BatchGetItem",  # riscossioni and positions
            "dynamodb.TransactWriteItems",  # incasso, claim and payments
        ]

    def test_killed_anywhere_is_collected_by_the_next_who_asks(self, flow):
        start = Snapshot.take()
        with aws_calls() as calls:
            registered()

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                start.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    registered()

                incasso, _ = registered()

                assert incasso.stato is StatoIncasso.ACQUISITO, (moment, calls[number])
                assert riscossione().stato is StatoRiscossione.INCASSATA
                assert posizione().importo_incassato == IMPORTO

    def test_of_which_a_payment_changes_meanwhile_is_claimed_first(self, flow, monkeypatch):
        original = archivio.money_of

        def changed_meanwhile(keys):
            riscossioni, posizioni = original(keys)
            (one,) = posizioni.values()
            pendenze.save(one, replace(one, ack=not one.ack))
            return riscossioni, posizioni

        monkeypatch.setattr(archivio, "money_of", changed_meanwhile)

        incasso, is_new = registered()

        assert (incasso.stato, is_new) == (StatoIncasso.ACQUISITO, True)
        assert riscossione().stato is StatoRiscossione.INCASSATA


class TestACreditOfOnePayment:
    @pytest.mark.parametrize("reference", [{"iuv": IUV}, {"causale": f"/RFB/{IUV}/100.50"}])
    def test_collects_it_with_the_incasso(self, fonte, reference):
        paid()

        incasso, _ = registered(**reference)

        assert (incasso.id_incasso, incasso.stato) == (IUV, StatoIncasso.ACQUISITO)
        assert riscossione().stato is StatoRiscossione.INCASSATA
        assert posizione().stato is StatoPendenza.INCASSATO

    def test_is_of_three_calls(self, fonte):
        paid()

        with aws_calls() as calls:
            registered(iuv=IUV)

        assert calls == ["dynamodb.BatchGetItem", "dynamodb.Query", "dynamodb.TransactWriteItems"]


class TestARefusal:
    def test_021400_is_of_a_causale_that_names_two_flows(self, flow):
        refusal = refused(causale=f"{CAUSALE} {CAUSALE[:-1]}2")

        assert (refusal.codice, refusal.outcome) == ("021400", EsitoMovimento.AMBIGUO)

    def test_021401_is_of_a_causale_of_another_kind(self, flow):
        refusal = refused(causale="Affitto novembre")

        assert (refusal.codice, refusal.outcome) == ("021401", EsitoMovimento.NON_PAGOPA)
        assert "Affitto novembre" in refusal.dettaglio

    def test_021401_proposes_a_reference_without_its_mark(self, flow):
        refusal = refused(causale=f"bonifico {ID_FLUSSO}")

        assert (refusal.codice, refusal.outcome) == ("021401", EsitoMovimento.PROPOSTA)
        assert refusal.riferimento == ID_FLUSSO

    def test_021402_is_of_a_payment_that_is_not_there(self, fonte):
        refusal = refused(iuv=IUV)

        assert (refusal.codice, refusal.outcome) == ("021402", EsitoMovimento.PAGAMENTO_ASSENTE)
        assert IUV in refusal.dettaglio

    def test_021403_is_of_two_payments_of_one_iuv(self, fonte):
        from chalicelib.pagamenti import operations as pagamenti

        paid()
        pagamenti.acquire_ricevuta(ricevuta=a_receipt(a_pendenza(), token="secondo"), now=NOW)

        assert refused(iuv=IUV).codice == "021403"

    def test_021404_tells_the_anomalies_of_the_flow(self, fonte):
        acquired(fonte, a_flow())

        refusal = refused()

        assert (refusal.codice, refusal.outcome) == ("021404", EsitoMovimento.FLUSSO_ANOMALO)
        assert "Righe anomale 1 su 1" in refusal.dettaglio

    def test_021404_is_of_a_flow_that_cannot_be_read(self, fonte):
        acquired(fonte, b"non xml")

        refusal = refused()

        assert refusal.codice == "021404"
        assert "XML" in refusal.dettaglio

    def test_021405_is_of_a_flow_that_has_not_come(self, fonte):
        refusal = refused()

        assert (refusal.codice, refusal.outcome) == ("021405", EsitoMovimento.FLUSSO_ASSENTE)
        assert refusal.riferimento == ID_FLUSSO

    def test_021406_is_of_a_payment_that_another_incasso_has(self, flow):
        registered()

        refusal = refused(iuv=IUV)

        assert refusal.codice == "021406"
        assert f"Incasso: {ID_FLUSSO}" in refusal.dettaglio

    def test_021407_tells_both_amounts(self, flow):
        refusal = refused(importo=Importo(10051))

        assert (refusal.codice, refusal.outcome) == ("021407", EsitoMovimento.IMPORTO_DIVERSO)
        assert (refusal.atteso, refusal.pagato) == (IMPORTO, IMPORTO)
        assert "100.51" in refusal.dettaglio
        assert "100.50" in refusal.dettaglio

    def test_021407_is_of_a_single_payment_too(self, fonte):
        paid()

        assert refused(iuv=IUV, importo=Importo(10049)).codice == "021407"

    @pytest.mark.parametrize(
        ("fields", "named"),
        [
            ({"causale": "x" * 513}, "causale"),
            ({"iuv": "1" * 36}, "iuv"),
            ({"id_flusso": "1" * 51}, "idFlusso"),
            ({"sct": "1" * 36}, "sct"),
            ({"iuv": IUV, "id_flusso": ID_FLUSSO}, "uno e un solo riferimento"),
            ({"causale": None}, "uno e un solo riferimento"),
            ({"importo": Importo(0)}, "importo"),
        ],
    )
    def test_021408_names_field_and_rule(self, fonte, fields, named):
        refusal = refused(**fields)

        assert refusal.codice == "021408"
        assert named in refusal.dettaglio

    def test_021409_is_of_the_same_id_with_other_data(self, flow):
        registered()

        refusal = refused(sct="ALTRO")

        assert (refusal.codice, refusal.outcome) == ("021409", EsitoMovimento.DUPLICATO)
        assert ID_FLUSSO in refusal.dettaglio

    def test_021410_is_of_a_dominio_that_is_unknown(self, fonte):
        assert refused(id_dominio="99999999999").codice == "021410"

    def test_021411_is_of_a_causale_that_another_incasso_has(self, flow):
        registered()

        refusal = refused(causale=CAUSALE.lower(), id_incasso="GDC2026")

        assert refusal.codice == "021411"
        assert f"Incasso: {ID_FLUSSO}" in refusal.dettaglio

    def test_021412_is_of_an_account_of_others(self, flow):
        assert refused(iban_accredito="IT60X0542811101000000999999").codice == "021412"
        assert registered(iban_accredito=IBAN_BANCA)[1] is True

    def test_021413_is_of_a_flow_that_another_incasso_has(self, flow):
        registered()

        refusal = refused(id_flusso=ID_FLUSSO, id_incasso="GDC2026")

        assert (refusal.codice, refusal.outcome) == ("021413", EsitoMovimento.DUPLICATO)
        assert f"Incasso: {ID_FLUSSO}" in refusal.dettaglio

    def test_names_no_incasso_that_is_not_the_callers(self, flow):
        registered()

        accredito = an_accredito(id_flusso=ID_FLUSSO, id_incasso="MIO")
        with pytest.raises(rules.FlussoGiaIncassato) as caught:
            post_incasso(accredito=accredito, utenza=an_utenza(), now=NOW)

        assert "Incasso:" not in caught.value.dettaglio

    def test_403000_is_of_a_dominio_that_is_not_the_callers(self, flow):
        with pytest.raises(NotAllowed):
            post_incasso(accredito=an_accredito(), utenza=an_utenza(domini=Ambito()), now=NOW)


class TestARefusalOfAnotherRevision:
    def test_is_021413_for_what_an_older_one_had_claimed(self, flow):
        registered()
        acquired(flow, a_flow(), a_chiave(data_ora=DATA_ORA + timedelta(hours=3)))

        assert refused(id_flusso=ID_FLUSSO, id_incasso="GDC2026").codice == "021413"


class TestTwoCredits:
    def _racing(self, monkeypatch, competitor):
        """Let a competitor register between our reads and our write, once."""
        original = incassi.registered
        raced: list[bool] = []

        def registered_meanwhile(*args):
            answer = original(*args)
            if not raced:
                raced.append(True)
                competitor()
            return answer

        monkeypatch.setattr(incassi, "registered", registered_meanwhile)

    def test_of_one_flow_race_and_one_wins(self, flow, monkeypatch):
        self._racing(monkeypatch, lambda: registered(id_flusso=ID_FLUSSO, id_incasso="PRIMO"))

        refusal = refused(id_flusso=ID_FLUSSO, id_incasso="SECONDO")

        assert refusal.codice == "021413"
        assert riscossione().id_incasso == "PRIMO"
        assert incassi.get(DOMINIO, "SECONDO") is None

    def test_of_one_causale_race_and_one_is_told_021411(self, flow, monkeypatch):
        self._racing(monkeypatch, lambda: registered(id_incasso="PRIMO"))

        assert refused(id_incasso="SECONDO").codice == "021411"

    def test_that_are_the_same_race_and_are_one(self, flow, monkeypatch):
        self._racing(monkeypatch, registered)

        incasso, is_new = registered()

        assert (incasso.id_incasso, is_new) == (ID_FLUSSO, False)

    def test_of_one_payment_race_and_one_wins(self, fonte, monkeypatch):
        paid()
        self._racing(monkeypatch, lambda: registered(iuv=IUV, id_incasso="PRIMO"))

        assert refused(iuv=IUV, id_incasso="SECONDO").codice == "021406"


class TestAMovement:
    def test_that_is_matched_is_riconciliato_then_gia_acquisito(self, flow):
        accredito = an_accredito(id_incasso="GDC2026")

        first = registra_incasso(accredito=accredito, now=NOW)
        again = registra_incasso(accredito=accredito, now=NOW)

        assert (first.esito, again.esito) == (EsitoMovimento.RICONCILIATO, EsitoMovimento.GIA_ACQUISITO)
        assert there(first.incasso).id_incasso == there(again.incasso).id_incasso == "GDC2026"

    def test_that_is_not_says_why(self, flow):
        outcome = registra_incasso(accredito=an_accredito(importo=Importo(1)), now=NOW)

        assert (outcome.esito, outcome.codice) == (EsitoMovimento.IMPORTO_DIVERSO, "021407")
        assert (outcome.atteso, outcome.riferimento) == (IMPORTO, ID_FLUSSO)
        assert outcome.motivo


def many(fonte, count):
    """Acquire a flow of so many payments that only it tells of."""
    for n in range(count):
        loaded(iuv(1000 + n), importo=Importo(100))
    rows = [
        a_riga(progressivo=n + 1, iuv=iuv(1000 + n), iur=f"IUR-{n}", importo=Importo(100), esito="9")
        for n in range(count)
    ]
    acquired(fonte, a_flow(*rows))
    return count


def collected(count):
    return [riscossione(iuv(1000 + n)).stato is StatoRiscossione.INCASSATA for n in range(count)]


class TestACreditOfALongFlow:
    @pytest.fixture(autouse=True)
    def _few_at_once(self, monkeypatch):
        monkeypatch.setattr(claims, "RIGHE_INSIEME", 0)
        monkeypatch.setattr(payments, "RIGHE_SUBITO", 10)
        monkeypatch.setattr(payments, "_BATCH", 10)

    def test_is_in_elaborazione_until_the_queue_has_done_the_rest(self, fonte):
        count = many(fonte, 25)
        incasso, _ = registered(importo=Importo(2500))
        (message,) = messages_of("incassi")

        operations.resume_incasso(id_dominio=message["idDominio"], id_incasso=message["idIncasso"], now=NOW)

        assert incasso.stato is StatoIncasso.IN_ELABORAZIONE
        assert there(incassi.get(DOMINIO, ID_FLUSSO)).stato is StatoIncasso.ACQUISITO
        assert all(collected(count))

    def test_is_found_by_the_schedule_after_a_crash(self, fonte):
        count = many(fonte, 25)
        with aws_calls() as calls:
            start = Snapshot.take()
            registered(importo=Importo(2500))
        start.restore()
        with pytest.raises(ProcessKilled), aws_calls(die_after=calls.index("dynamodb.TransactWriteItems")):
            registered(importo=Importo(2500))
        assert not messages_of("incassi")

        assert operations.requeue_incassi(now=NOW + timedelta(minutes=6)) == 1
        operations.complete_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, now=NOW)

        assert all(collected(count))
        assert operations.requeue_incassi(now=NOW + timedelta(minutes=6)) == 0

    def test_goes_on_after_a_death_anywhere(self, fonte):
        count = many(fonte, 25)
        registered(importo=Importo(2500))
        start = Snapshot.take()
        with aws_calls() as calls:
            operations.complete_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, now=NOW)

        for number in range(len(calls)):
            start.restore()
            with pytest.raises(ProcessKilled), aws_calls(die_after=number):
                operations.complete_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, now=NOW)

            operations.complete_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, now=NOW)

            assert all(collected(count)), calls[number]
            assert posizione(iuv(1000)).importo_incassato == Importo(100)
            assert there(incassi.get(DOMINIO, ID_FLUSSO)).stato is StatoIncasso.ACQUISITO

    def test_whose_positions_change_meanwhile_collects_them_all_the_same(self, fonte, monkeypatch):
        count = many(fonte, 5)
        original = archivio.money_of

        def changed_meanwhile(keys):
            riscossioni, posizioni = original(keys)
            one = posizioni[DOMINIO, iuv(1000)]
            pendenze.save(one, replace(one, ack=True))
            return riscossioni, posizioni

        monkeypatch.setattr(archivio, "money_of", changed_meanwhile)

        registered(importo=Importo(500))

        assert all(collected(count))
        assert posizione(iuv(1000)).ack


class TestAStorno:
    def storno(self, id_incasso=ID_FLUSSO, now=LATER):
        return storna_incasso(id_dominio=DOMINIO, id_incasso=id_incasso, motivo="Storno della banca", now=now)

    def test_gives_everything_back(self, flow):
        registered()

        incasso = self.storno()

        assert incasso.stato is StatoIncasso.STORNATO
        assert riscossione().stato is StatoRiscossione.RISCOSSA
        assert riscossione().id_incasso is None
        assert posizione().stato is StatoPendenza.ESEGUITO
        assert posizione().importo_incassato == Importo(0)
        assert there(flussi.state_of(a_chiave())[0]).id_incasso is None

    def test_gives_back_money_without_ricevuta_as_it_was(self, fonte):
        loaded()
        acquired(fonte, a_flow(a_riga(esito="9")))
        registered()

        self.storno()

        assert riscossione().stato is StatoRiscossione.PAGATO_SENZA_RPT

    def test_of_one_payment_gives_it_back(self, fonte):
        paid()
        registered(iuv=IUV)

        self.storno(IUV)

        assert riscossione().stato is StatoRiscossione.RISCOSSA

    def test_that_is_asked_twice_is_done_once(self, flow):
        registered()
        first = self.storno()
        before = items_of()

        again = self.storno(now=LATER + timedelta(hours=1))

        assert again == first
        assert items_of() == before

    def test_lets_the_flow_be_matched_again_under_the_same_id(self, flow):
        registered()
        self.storno()

        incasso, is_new = registered()

        assert (incasso.stato, is_new) == (StatoIncasso.ACQUISITO, True)
        assert riscossione().stato is StatoRiscossione.INCASSATA

    def test_lets_the_flow_be_matched_by_another_credit(self, flow):
        registered()
        self.storno()

        assert registered(id_flusso=ID_FLUSSO, id_incasso="GDC2027")[1] is True

    def test_of_what_is_not_there_is_refused(self, fonte):
        with pytest.raises(IncassoNotFound):
            self.storno()

    def test_that_dies_anywhere_goes_on_when_asked_again(self, flow):
        registered()
        start = Snapshot.take()
        with aws_calls() as calls:
            self.storno()
        expected = items_of()

        for number in range(len(calls)):
            start.restore()
            with pytest.raises(ProcessKilled), aws_calls(die_after=number):
                self.storno()

            self.storno()

            assert items_of() == expected, calls[number]

    def test_that_a_crash_left_is_gone_on_with_by_the_schedule(self, flow):
        registered()
        release = "chalicelib.riconciliazione.operations.storno._release"
        with patch(release, side_effect=ProcessKilled), pytest.raises(ProcessKilled):
            self.storno()
        assert operations.requeue_incassi(now=NOW + timedelta(hours=2)) == 1
        (message,) = messages_of("incassi")

        operations.resume_incasso(id_dominio=message["idDominio"], id_incasso=message["idIncasso"], now=LATER)

        assert there(incassi.get(DOMINIO, ID_FLUSSO)).stato is StatoIncasso.STORNATO
        assert riscossione().stato is StatoRiscossione.RISCOSSA

    def test_in_progress_refuses_the_same_credit_for_now(self, flow):
        registered()
        release = "chalicelib.riconciliazione.operations.storno._release"
        with patch(release, side_effect=ProcessKilled), pytest.raises(ProcessKilled):
            self.storno()

        assert refused().codice == "021400"


class TestACreditOfASecondaryBeneficiary:
    """Of one IUV the second voce, 20,00, goes to another ente of ours, which the bank credits for it."""

    @pytest.fixture
    def receipt(self, fonte):
        anagrafica.put_dominio(dominio=a_dominio(id_dominio=ALTRO_DOMINIO, segregation_code="05"))
        pendenza = pendenze.save(None, replace(two_voci(), versione=0))
        return a_receipt(pendenza)

    @pytest.fixture
    def shared_payment(self, receipt):
        pagamenti.acquire_ricevuta(ricevuta=receipt, now=NOW)

    def credited(self, **other):
        return registered(**{"id_dominio": ALTRO_DOMINIO, "iuv": IUV, "importo": Importo(2000), **other})

    @pytest.mark.parametrize("reference", [{"iuv": IUV}, {"iuv": None, "causale": f"/RFB/{IUV}/20.00"}])
    def test_collects_its_part_where_it_lies(self, shared_payment, reference):
        incasso, is_new = self.credited(**reference)

        assert (is_new, incasso.stato) == (True, StatoIncasso.ACQUISITO)
        assert incasso.riscossione == (DOMINIO, IUV, TOKEN, 2)
        first, second = sorted(archivio.load(DOMINIO, IUV).riscossioni, key=lambda r: r.indice)
        assert (first.stato, second.stato) == (StatoRiscossione.RISCOSSA, StatoRiscossione.INCASSATA)
        assert (second.id_incasso, second.id_dominio_incasso) == (IUV, ALTRO_DOMINIO)

    def test_leaves_the_part_of_the_first_to_its_own_credit(self, shared_payment):
        self.credited()

        incasso, _ = registered(iuv=IUV, importo=IMPORTO)

        assert incasso.riscossione == (DOMINIO, IUV, TOKEN, 1)
        assert posizione().stato is StatoPendenza.INCASSATO

    def test_021406_is_of_what_is_collected_already(self, shared_payment):
        self.credited()

        assert (
            refused(id_dominio=ALTRO_DOMINIO, iuv=IUV, importo=Importo(2000), id_incasso="GDC2026").codice == "021406"
        )

    def test_021407_is_of_the_amount_of_the_whole(self, shared_payment):
        refusal = refused(id_dominio=ALTRO_DOMINIO, iuv=IUV, importo=Importo(12050))

        assert (refusal.codice, refusal.atteso) == ("021407", Importo(2000))

    def test_is_undone_by_a_storno(self, shared_payment):
        self.credited()

        storna_incasso(id_dominio=ALTRO_DOMINIO, id_incasso=IUV, motivo="storno", now=NOW)

        assert {r.stato for r in archivio.load(DOMINIO, IUV).riscossioni} == {StatoRiscossione.RISCOSSA}

    def test_that_came_first_is_told_of_the_ricevuta(self, receipt, monkeypatch):
        told = []
        monkeypatch.setattr(PagamentiPorts, "credito_in_attesa", staticmethod(lambda *of: told.append(of)))

        pagamenti.acquire_ricevuta(ricevuta=receipt, now=NOW)

        assert told == [(ALTRO_DOMINIO, IUV)]


class TestTheSameCreditAgain:
    def test_after_a_crash_puts_its_payments_into_the_queue_at_once(self, flow, monkeypatch):
        monkeypatch.setattr(claims, "RIGHE_INSIEME", 0)
        with aws_calls() as calls:
            registered()
        claim = next(place for place, call in enumerate(calls) if "Transact" in call)
        storna_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, motivo="prova", now=NOW)
        with pytest.raises(ProcessKilled), aws_calls(die_after=claim):
            registered()

        _, is_new = registered()

        assert is_new is False
        assert messages_of("incassi") == [{"idDominio": DOMINIO, "idIncasso": ID_FLUSSO}]
