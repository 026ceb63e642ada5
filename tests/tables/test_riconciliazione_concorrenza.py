"""Credits of one flow, files of one movement, enti with one flow name: all read before any writes, and one claim wins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.riconciliazione import operations as riconciliazione
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import operations as importazione
from chalicelib.riconciliazione.importazione import repository as movimenti
from chalicelib.riconciliazione.model import Accredito
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.rules.incasso import IncassoRifiutato
from chalicelib.riconciliazione.states import StatoFlusso
from tests.aws_state import count_of, messages_of
from tests.builders_anagrafica import a_dominio
from tests.builders_importazione import ENTE, NOW, comune_with_archive, drop, giornali, movimenti_of, run_queue
from tests.builders_importazione import seed_pagamento as pagato
from tests.builders_riconciliazione import a_chiave, a_flow, a_message, a_riga, receiver
from tests.rules.giornale_di_cassa_testi import csv_base

E = EsitoMovimento
ID = "2026-11-20PSPTEST1-0000000001"
ALTRO = "12345678903"
TEN = Importo(1000)
IUV = "01000000000000112"
_SECONDS = 20


@pytest.fixture
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


@pytest.fixture
def flow(fonte):
    pagato(IUV, TEN, token="T-1")
    chiave = a_chiave(id_dominio=ENTE, id_flusso=ID, id_psp="PSPTEST1")
    xml = a_flow(a_riga(iuv=IUV, iur="T-1", importo=TEN), identificativo_flusso=ID, istituto_ricevente=receiver(ENTE))
    fonte.flussi[chiave] = xml
    riconciliazione.acquire_step(a_message(chiave), now=NOW)
    assert flussi.state_of(chiave)[0].stato is StatoFlusso.ACCETTATA
    run_queue()
    return chiave


def meeting(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, parties: int) -> None:
    """Let all threads come back from their first call of a function before any of them goes on."""
    barrier, done, original = threading.Barrier(parties), threading.local(), getattr(module, name)

    def met(*args: Any, **kwargs: Any) -> Any:
        answer = original(*args, **kwargs)
        if not getattr(done, "met", False):
            done.met = True
            barrier.wait(_SECONDS)
        return answer

    monkeypatch.setattr(module, name, met)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Do all of it in as many threads; give what each gave, or the refusal it got."""

    def outcome(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except IncassoRifiutato as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(outcome, works))


def posted(id_incasso: str) -> Callable[[], Any]:
    accredito = Accredito(id_dominio=ENTE, importo=TEN, id_flusso=ID, id_incasso=id_incasso)
    return lambda: riconciliazione.post_incasso(accredito=accredito, utenza=None, now=NOW)


def a_file(nome: str) -> Callable[[], None]:
    """Drop a file with the credit of the flow; give what its message asks for."""
    drop(csv_base(f"2026;64001;2026-11-20;BANCA;/PUR/LGPE-RIVERSAMENTO/URI/{ID};10,00;").encode(), nome)
    *_, message = messages_of("giornale-di-cassa")
    return lambda: importazione.handle(message, now=NOW)


class TestCreditsOfOneFlow:
    def test_by_four_requests_at_once_are_one_incasso_and_three_refusals(self, flow, monkeypatch):
        meeting(monkeypatch, incassi, "registered", 4)

        answers = at_once(*(posted(f"ID{number}") for number in range(4)))

        refusals = [answer.codice for answer in answers if isinstance(answer, IncassoRifiutato)]
        (won,) = [answer[0] for answer in answers if not isinstance(answer, IncassoRifiutato)]
        assert refusals == ["021413"] * 3
        assert flussi.state_of(flow)[0].id_incasso == won.id_incasso
        assert pagamenti.load(ENTE, IUV).riscossioni[0].id_incasso == won.id_incasso
        assert [bool(incassi.get(ENTE, f"ID{number}")) for number in range(4)].count(True) == 1

    def test_that_are_the_same_request_are_one_incasso_told_to_both(self, flow, monkeypatch):
        meeting(monkeypatch, incassi, "registered", 2)

        (first, first_is_new), (second, second_is_new) = at_once(posted("ID1"), posted("ID1"))

        assert (first.id_incasso, sorted([first_is_new, second_is_new])) == (second.id_incasso, [False, True])

    def test_by_a_request_and_by_a_file_at_once_are_one_incasso_and_the_other_is_told(self, flow, monkeypatch):
        work = a_file("gdc.csv")
        meeting(monkeypatch, incassi, "registered", 2)

        answer, _ = at_once(posted("RICHIESTA"), work)

        (giornale,) = giornali()
        (cassa,) = movimenti_of(giornale)
        if isinstance(answer, IncassoRifiutato):
            assert (answer.codice, cassa.esito) == ("021413", E.RICONCILIATO)
            winner = cassa.id_incasso
        else:
            assert (cassa.esito, "RICHIESTA" in cassa.spiegazione.evidenza) == (E.DUPLICATO, True)
            winner = "RICHIESTA"
        assert pagamenti.load(ENTE, IUV).riscossioni[0].id_incasso == winner
        assert pagamenti.load(ENTE, IUV).posizione.importo_incassato == TEN


class TestOneMovement:
    def test_in_two_files_at_once_is_acquired_once_and_the_other_file_is_told(self, flow, monkeypatch):
        works = [a_file("uno.csv"), a_file("due.csv")]
        meeting(monkeypatch, movimenti, "movimenti", 2)

        at_once(*works)

        assert sorted(t.esito for giornale in giornali() for t in giornale.totali) == [E.GIA_ACQUISITO, E.RICONCILIATO]
        assert pagamenti.load(ENTE, IUV).posizione.importo_incassato == TEN

    def test_whose_message_is_delivered_twice_at_once_is_done_once(self, flow, monkeypatch):
        work = a_file("uno.csv")

        conflicts = 0
        with monkeypatch.context() as patched, ThreadPoolExecutor(2) as pool:
            meeting(patched, movimenti, "giornale", 2)
            for future in [pool.submit(work) for _ in range(2)]:
                # The one that is late is refused, and delivered again by the queue.
                conflicts += future.exception() is not None
        work()
        run_queue()

        (giornale,) = giornali()
        assert conflicts <= 1
        assert [cassa.esito for cassa in movimenti_of(giornale)] == [E.RICONCILIATO]


class TestTwoEnti:
    def test_with_a_flow_of_one_name_at_once_have_each_its_own(self, fonte, monkeypatch):
        anagrafica.put_dominio(dominio=a_dominio(id_dominio=ALTRO, gln="1234567890300", cbill="ZZ998"))
        enti = (ENTE, ALTRO)
        chiavi = [a_chiave(id_dominio=ente, id_flusso=ID, id_psp="PSPTEST1") for ente in enti]
        for ente, chiave in zip(enti, chiavi, strict=True):
            fonte.flussi[chiave] = a_flow(
                a_riga(iuv="99" + "0" * 15, iur=f"T-{ente}", importo=TEN),
                identificativo_flusso=ID,
                istituto_ricevente=receiver(ente),
            )
        meeting(monkeypatch, flussi, "revisions", 2)

        at_once(*(lambda c=chiave: riconciliazione.acquire_step(a_message(c), now=NOW) for chiave in chiavi))
        answers = at_once(
            *(
                lambda e=ente: riconciliazione.post_incasso(
                    accredito=Accredito(id_dominio=e, importo=TEN, id_flusso=ID), utenza=None, now=NOW
                )
                for ente in enti
            )
        )

        assert [flussi.state_of(chiave)[0].stato for chiave in chiavi] == [StatoFlusso.ACCETTATA] * 2
        assert [(incasso.id_dominio, is_new) for incasso, is_new in answers] == [(ente, True) for ente in enti]
        assert count_of("incassi") == 2
