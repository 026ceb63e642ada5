"""A storno that comes while its credit is being worked on: nothing stays claimed by money that the bank took back."""

import pytest

from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import operations
from chalicelib.riconciliazione.importazione.operations import credito, elaborazione, seguiti
from chalicelib.riconciliazione.repository import flussi, incassi
from chalicelib.riconciliazione.states import StatoIncasso
from tests.aws_calls import ProcessKilled
from tests.builders_importazione import (
    ENTE,
    NOW,
    comune_with_archive,
    drop,
    giornali,
    imported,
    movimenti_of,
    run_queue,
    seed_flusso,
)
from tests.rules.giornale_di_cassa_testi import movimento, opi

E = EsitoMovimento
F1 = "2026-11-20PSPTEST1-0000000001"
CAUSALE = f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}"


@pytest.fixture
def flow(aws, shared):
    with comune_with_archive() as fonte:
        seed_flusso(fonte, (shared / "formats/fdr/flusso_F1.xml").read_bytes())
        yield fonte


def credit(numero: str = "0064001") -> bytes:
    return opi(movimento(importo="1250.75", causale=CAUSALE, numero_documento=numero)).encode()


def storno() -> bytes:
    return opi(movimento(importo="1250.75", causale=CAUSALE, tipo_operazione="STORNATO")).encode()


def giornale_named(nome: str):
    (found,) = [giornale for giornale in giornali() if giornale.nome == nome]
    return found


def free() -> bool:
    return [flusso.id_incasso for flusso in flussi.revisions(ENTE, F1)] == [None]


class TestAStorno:
    def test_of_a_credit_whose_outcome_a_crash_left_unsaid_frees_its_flow(self, flow, monkeypatch):
        def killed(*_args, **_kwargs):
            raise ProcessKilled

        drop(credit(), "primo.xml")
        with monkeypatch.context() as patched:
            patched.setattr(elaborazione, "save_outcome", killed)
            with pytest.raises(ProcessKilled):
                run_queue()
        assert not free()

        imported(storno(), "secondo.xml")
        operations.go_on(ENTE, giornale_named("primo.xml").id_giornale, now=NOW)

        (cassa,) = movimenti_of(giornale_named("primo.xml"))
        assert (cassa.esito, free()) == (E.STORNATO, True)
        assert incassi.get(ENTE, cassa.id_incasso).stato is StatoIncasso.STORNATO

    def test_whose_credit_a_crash_left_unsaid_lets_its_double_be_reconciled(self, flow, monkeypatch):
        def killed(*_args, **_kwargs):
            raise ProcessKilled

        drop(credit(), "primo.xml")
        with monkeypatch.context() as patched:
            patched.setattr(elaborazione, "save_outcome", killed)
            with pytest.raises(ProcessKilled):
                run_queue()
        doppio = imported(credit("0064009"), "doppio.xml")
        assert [m.esito for m in movimenti_of(doppio)] == [E.DUPLICATO]

        imported(storno(), "secondo.xml")

        assert [m.esito for m in movimenti_of(doppio)] == [E.RICONCILIATO]

    def test_that_comes_while_its_credit_is_registered_frees_its_flow(self, flow, monkeypatch):
        registra = credito.registra_incasso

        def late(**kwargs):
            monkeypatch.setattr(credito, "registra_incasso", registra)
            # The storno is done whole before the credit claims its flow.
            imported(storno(), "secondo.xml")
            return registra(**kwargs)

        monkeypatch.setattr(credito, "registra_incasso", late)
        drop(credit(), "primo.xml")
        with pytest.raises(seguiti.WriteConflict):
            run_queue()

        operations.go_on(ENTE, giornale_named("primo.xml").id_giornale, now=NOW)

        (cassa,) = movimenti_of(giornale_named("primo.xml"))
        assert (cassa.esito, free()) == (E.STORNATO, True)
