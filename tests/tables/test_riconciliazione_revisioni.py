"""A newer revision of a flow that the bank has credited already: no row of it is lost, nothing is collected twice."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.riconciliazione import operations, queries
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import post_incasso, resume_incasso, storna_incasso
from chalicelib.riconciliazione.operations.messaggi import Passo
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.queries import FiltriFlussi
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.states import StatoFlusso, StatoIncasso
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, messages_of
from tests.builders import an_utenza
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import DOMINIO, NOW
from tests.builders_riconciliazione import (
    DATA_ORA,
    ID_FLUSSO,
    FonteFinta,
    a_chiave,
    a_flow,
    a_message,
    a_riga,
    acquired,
    an_accredito,
    iuv,
    paid,
    riscossione,
)
from tests.doubles_pagamenti import ports

NEWER = a_chiave(data_ora=DATA_ORA + timedelta(hours=5))
R = StatoRiscossione
TEN = Importo(1000)


@pytest.fixture
def fonte(aws):
    seed_comune(NOW)
    fonte = FonteFinta()
    with ports(), patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True):
        yield fonte


def row(number, importo=TEN, **other):
    return a_riga(progressivo=number, iuv=iuv(number), iur=f"T-{number}", importo=importo, **other)


@pytest.fixture
def credited(fonte):
    """Payments 1, 2 and 3 are known; the flow of 1 and 2 is collected."""
    for number in (1, 2, 3):
        paid(iuv(number), token=f"T-{number}", importo=TEN)
    acquired(fonte, a_flow(row(1), row(2)))
    post_incasso(accredito=an_accredito(id_flusso=ID_FLUSSO, importo=Importo(2000)), utenza=None, now=NOW)
    return fonte


def stati():
    return [riscossione(iuv(number)).stato for number in (1, 2, 3)]


def the_incasso():
    return incassi.get(DOMINIO, ID_FLUSSO)


def the_flow(chiave=NEWER):
    return flussi.state_of(chiave)[0]


def resumed():
    resume_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, now=NOW)


class TestARevisionOfTheSameTotal:
    def test_takes_the_incasso_over_collects_what_is_new_and_gives_back_what_is_gone(self, credited):
        acquired(credited, a_flow(row(1), row(3)), NEWER)
        assert messages_of("incassi") == [{"idDominio": DOMINIO, "idIncasso": ID_FLUSSO}]

        resumed()

        assert stati() == [R.INCASSATA, R.RISCOSSA, R.INCASSATA]
        incasso = the_incasso()
        assert (incasso.stato, incasso.flusso, incasso.precedenti) == (StatoIncasso.ACQUISITO, NEWER, ())
        assert the_flow().is_incassato

    def test_that_writes_a_row_without_its_index_keeps_it_collected(self, credited):
        acquired(credited, a_flow(row(1, indice=None), row(2)), NEWER)

        resumed()

        assert stati() == [R.INCASSATA, R.INCASSATA, R.RISCOSSA]

    def test_whose_message_is_lost_is_found_by_the_schedule(self, credited):
        acquired(credited, a_flow(row(1), row(3)), NEWER)

        assert operations.requeue_incassi(now=NOW + timedelta(hours=1)) == 1

    def test_after_another_is_followed_too(self, credited):
        last = a_chiave(data_ora=DATA_ORA + timedelta(hours=9))
        acquired(credited, a_flow(row(1), row(3)), NEWER)
        acquired(credited, a_flow(row(2), row(3)), last)

        resumed()

        assert stati() == [R.RISCOSSA, R.INCASSATA, R.INCASSATA]
        assert the_incasso().flusso == last

    def test_goes_on_after_a_death_anywhere(self, credited):
        acquired(credited, a_flow(row(1, indice=None), row(3)), NEWER)
        snapshot = Snapshot.take()
        with aws_calls() as calls:
            resumed()
        for number in range(len(calls)):
            snapshot.restore()
            with pytest.raises(ProcessKilled), aws_calls(die_after=number):
                resumed()

            resumed()

            assert stati() == [R.INCASSATA, R.RISCOSSA, R.INCASSATA], number
            assert the_incasso().stato is StatoIncasso.ACQUISITO

    def test_is_given_back_whole_by_a_storno(self, credited):
        acquired(credited, a_flow(row(1), row(3)), NEWER)

        storna_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, motivo="storno", now=NOW)

        assert stati() == [R.RISCOSSA, R.RISCOSSA, R.RISCOSSA]
        assert the_flow().id_incasso is None

    def test_that_comes_late_and_is_older_changes_nothing(self, fonte):
        for number in (1, 2, 3):
            paid(iuv(number), token=f"T-{number}", importo=TEN)
        acquired(fonte, a_flow(row(1), row(2)), NEWER)
        post_incasso(accredito=an_accredito(id_flusso=ID_FLUSSO, importo=Importo(2000)), utenza=None, now=NOW)

        acquired(fonte, a_flow(row(1), row(3)))

        assert the_incasso().flusso == NEWER
        assert stati() == [R.INCASSATA, R.INCASSATA, R.RISCOSSA]


class TestARevisionOfAnotherTotal:
    @pytest.fixture
    def revised(self, credited):
        acquired(credited, a_flow(row(1), row(2), row(3)), NEWER)
        return credited

    def test_moves_nothing_and_says_why(self, revised):
        assert stati() == [R.INCASSATA, R.INCASSATA, R.RISCOSSA]
        assert the_incasso().flusso == a_chiave()
        assert the_flow().da_verificare == (
            f"La revisione del flusso arrivata dopo l'incasso {ID_FLUSSO} ha un altro totale: 30,00 € invece di 20,00 €."
        )

    def test_is_among_the_flows_that_are_not_collected(self, revised):
        def found(*, incassato):
            page = queries.find_flussi(
                utenza=an_utenza(),
                filtri=FiltriFlussi(id_dominio=DOMINIO, incassato=incassato, escludi_obsoleti=True),
                size=10,
                page=1,
                cursor=None,
                now=NOW,
            )
            return [flusso.chiave for flusso in page.items]

        assert (found(incassato=False), found(incassato=True)) == ([NEWER], [])
        assert [f.chiave for f in flussi.uncollected(DOMINIO, "2026-11", most=10)] == [NEWER]

    def test_is_free_when_the_credit_is_reversed(self, revised):
        storna_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, motivo="storno", now=NOW)

        post_incasso(accredito=an_accredito(id_flusso=ID_FLUSSO, importo=Importo(3000)), utenza=None, now=NOW)

        assert stati() == [R.INCASSATA] * 3


class TestARevisionWithAnomalies:
    def test_is_followed_when_it_is_examined_again_and_they_are_gone(self, credited):
        fourth = row(4)
        acquired(credited, a_flow(row(1), fourth), NEWER)
        assert the_flow().stato is StatoFlusso.ANOMALA
        assert the_flow().da_verificare.endswith("presenta anomalie.")
        paid(iuv(4), token="T-4", importo=TEN)

        assert operations.examine_again(now=NOW) == 1
        operations.acquire_step(a_message(NEWER, passo=Passo.RIESAME), now=NOW)
        resumed()

        assert (the_flow().stato, the_flow().da_verificare) == (StatoFlusso.ACCETTATA, None)
        assert riscossione(iuv(4)).stato is R.INCASSATA
        assert stati() == [R.INCASSATA, R.RISCOSSA, R.RISCOSSA]
