"""Rows and flows judged, moves of the machines, and the codes of anomalies."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.machine import IllegalMove, move
from chalicelib.pagamenti.model import ChiaveRiscossione, Riscossione, TipoRiscossione
from chalicelib.pagamenti.rules.incasso import collect, release
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pendenze.states import StatoPendenza, StatoVoce
from chalicelib.riconciliazione import model
from chalicelib.riconciliazione.model import Avanzamento, Conteggio, Flusso, Formato
from chalicelib.riconciliazione.rules.flusso import concluded, counted, psp_of, rejected
from chalicelib.riconciliazione.rules.righe import Trovato, is_interno, judge
from chalicelib.riconciliazione.states import (
    FLUSSO_MOVES,
    INCASSO_MOVES,
    Anomalia,
    StatoFlusso,
    StatoIncasso,
    StatoRendicontazione,
)
from tests.builders_anagrafica import a_dominio, there
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, NOW, STAZIONE, TOKEN, a_bollo, a_pendenza, two_voci
from tests.builders_riconciliazione import DATA_ORA, ID_FLUSSO, IUV, PSP, TRN, a_chiave, a_riga

F, I, S = StatoFlusso, StatoIncasso, StatoPendenza  # noqa: E741


def a_riscossione(**other):
    return Riscossione(
        **{
            "id_dominio": DOMINIO,
            "iuv": IUV,
            "iur": TOKEN,
            "indice": 1,
            "importo": Importo(10050),
            "data": a_riga().data,
            "acquisita": NOW,
            "ccp": TOKEN,
            "tipo": TipoRiscossione.ENTRATA,
            "id_voce": "voce-1",
            "versione": 1,
            **other,
        }
    )


def judged(trovato, **riga):
    return judge(a_riga(**riga), trovato, dominio=a_dominio())


def codes(giudizio):
    return [segnalazione.codice.value for segnalazione in giudizio.rendicontazione.segnalazioni]


KNOWN = Trovato(riscossioni=(a_riscossione(),))
PENDENZA = Trovato(pendenza=a_pendenza())


class TestARow:
    @pytest.mark.parametrize("esito", ["0", "4", "8", "9"])
    def test_of_a_known_payment_is_ok(self, esito):
        giudizio = judged(KNOWN, esito=esito)

        assert giudizio.rendicontazione.stato is StatoRendicontazione.OK
        assert giudizio.rendicontazione.riscossione == (DOMINIO, IUV, TOKEN, 1)
        assert not giudizio.da_acquisire

    @pytest.mark.parametrize("importo", [Importo(10050), Importo(-10050)])
    def test_that_revokes_all_of_it_is_ok_with_or_without_a_minus(self, importo):
        assert judged(KNOWN, esito="3", importo=importo).rendicontazione.stato is StatoRendicontazione.OK

    @pytest.mark.parametrize("esito", ["4", "8", "9"])
    def test_of_money_without_ricevuta_makes_it_known(self, esito):
        giudizio = judged(PENDENZA, esito=esito)

        assert giudizio.da_acquisire
        assert giudizio.rendicontazione.stato is StatoRendicontazione.OK

    def test_of_a_foreign_iuv_is_of_another_intermediario(self):
        giudizio = judged(Trovato(), iuv="99000000000000112", esito="9")

        assert giudizio.rendicontazione.stato is StatoRendicontazione.ALTRO_INTERMEDIARIO
        assert codes(giudizio) == []

    def test_of_a_foreign_iuv_that_is_a_payment_of_ours_is_ok(self):
        assert judged(KNOWN, iuv="99000000000000112").rendicontazione.stato is StatoRendicontazione.OK

    @pytest.mark.parametrize(
        ("trovato", "riga", "code"),
        [
            (Trovato(), {}, "007101"),
            (Trovato(), {"esito": "3"}, "007101"),
            (Trovato(riscossioni=(a_riscossione(), a_riscossione(indice=2))), {"indice": None}, "007102"),
            (KNOWN, {"importo": Importo(10049)}, "007104"),
            (KNOWN, {"esito": "7"}, "007110"),
            (Trovato(), {"esito": "9"}, "007111"),
            (KNOWN, {"esito": "3", "importo": Importo(-10049)}, "007112"),
            (Trovato(pendenza=two_voci()), {"esito": "9"}, "007114"),
            (replace(KNOWN, ripetuta=True), {}, "007115"),
        ],
    )
    def test_with_an_anomaly_has_its_code(self, trovato, riga, code):
        giudizio = judged(trovato, **riga)

        assert codes(giudizio) == [code]
        assert giudizio.rendicontazione.stato is StatoRendicontazione.ANOMALA
        assert giudizio.rendicontazione.segnalazioni[0].dettaglio
        assert Anomalia(code).descrizione

    def test_that_differs_tells_both_amounts(self):
        (segnalazione,) = judged(KNOWN, importo=Importo(1)).rendicontazione.segnalazioni

        assert "0.01" in segnalazione.dettaglio
        assert "100.50" in segnalazione.dettaglio


class TestAnIuv:
    @pytest.mark.parametrize(
        ("aux", "iuv", "interno"),
        [
            ("3", "01000000000000112", True),
            ("3", "02000000000000112", False),
            ("3", "0100000000000011", False),
            ("3", "RF070101000000112", True),
            ("3", "RF070201000000112", False),
            ("3", "٠١000000000000112", False),
            ("0", "100000000000001", True),
            ("0", "01000000000000112", False),
            ("0", "RF07010000", False),
            ("1", "01000000000000112", True),
            ("2", "99000000000000112", True),
            ("1", "100000000000001", False),
        ],
    )
    def test_is_ours_by_its_numbering(self, aux, iuv, interno):
        assert is_interno(iuv, a_dominio(aux_digit=aux)) is interno


def a_testata(**other):
    return model.Testata(
        **{
            "id_flusso": ID_FLUSSO,
            "trn": TRN,
            "data_ora": DATA_ORA,
            "data_regolamento": a_riga().data,
            "id_psp": PSP,
            "id_dominio": DOMINIO,
            "numero": 1,
            "importo": Importo(10050),
            **other,
        }
    )


def an_avanzamento(**other):
    conteggio = counted(Conteggio(), [judged(KNOWN).rendicontazione])
    return Avanzamento(
        **{
            "chiave": a_chiave(),
            "formato": Formato.SOAP,
            "id_stazione": STAZIONE,
            "iniziato": NOW,
            "conteggio": conteggio,
            **other,
        }
    )


def flow(avanzamento=None, testata=None, *, before=None, others=()):
    return concluded(avanzamento or an_avanzamento(), testata or a_testata(), before=before, others=others, now=NOW)


class TestAFlow:
    def test_that_adds_up_is_accettata(self):
        flusso, passed = flow()

        assert (flusso.stato, flusso.segnalazioni, passed) == (F.ACCETTATA, (), ())

    @pytest.mark.parametrize(
        ("testata", "code"),
        [
            (a_testata(importo=Importo(1)), "007106"),
            (a_testata(numero=2), "007107"),
            (a_testata(id_dominio=ALTRO_DOMINIO), "007116"),
        ],
    )
    def test_with_an_anomaly_has_its_code(self, testata, code):
        flusso, _ = flow(testata=testata)

        assert [segnalazione.codice.value for segnalazione in flusso.segnalazioni] == [code]
        assert flusso.stato is F.ANOMALA

    def test_with_rows_of_more_than_one_payment_says_so_too(self):
        many = judged(Trovato(riscossioni=(a_riscossione(), a_riscossione(indice=2))), indice=None)

        flusso, _ = flow(an_avanzamento(conteggio=counted(Conteggio(), [many.rendicontazione])))

        assert [segnalazione.codice.value for segnalazione in flusso.segnalazioni] == ["007102"]

    def test_examined_again_keeps_when_it_came_and_who_claimed_it(self):
        first = replace(flow(testata=a_testata(numero=2))[0], versione=3, acquisito=NOW - timedelta(days=1))

        again, _ = flow(before=first)

        assert (again.stato, again.versione, again.acquisito) == (F.ACCETTATA, 3, first.acquisito)

    def test_of_a_later_revision_takes_the_claim_over(self):
        older = replace(flow()[0], id_incasso="INC", versione=1)

        newer, (passed,) = flow(an_avanzamento(chiave=a_chiave(revisione=1)), others=[older])

        assert (newer.id_incasso, newer.obsoleto, passed.obsoleto) == ("INC", False, True)

    def test_of_another_psp_is_another_flow(self):
        other = replace(flow()[0], chiave=a_chiave(id_psp="ALTRO"))

        flusso, passed = flow(others=[other])

        assert (flusso.obsoleto, passed) == (False, ())

    def test_that_was_refused_is_never_in_the_way(self):
        refused = rejected(an_avanzamento(chiave=a_chiave(revisione=9)), "no", before=None, others=[], now=NOW)

        assert isinstance(refused, Flusso)
        assert flow(others=[refused])[0].obsoleto is False

    def test_of_a_later_revision_is_not_asked_for_again_by_an_older_one_that_was_refused(self):
        refused = rejected(an_avanzamento(), "no", before=None, others=[], now=NOW)

        newer, passed = flow(an_avanzamento(chiave=a_chiave(revisione=1)), others=[refused])

        assert newer.obsoleto is False
        assert [(one.chiave.revisione, one.stato, one.obsoleto) for one in passed] == [(0, F.RIFIUTATA, True)]

    def test_has_its_psp_in_its_name(self):
        assert psp_of(ID_FLUSSO) == PSP
        assert psp_of("vecchio") == ""


class TestMachines:
    @pytest.mark.parametrize(("da", "a"), list(product(F, F)))
    def test_of_a_flow_moves_only_as_the_table_says(self, da, a):
        legal = da is not a and a is not F.RIFIUTATA

        if legal:
            assert move(FLUSSO_MOVES, da, a) is a
        else:
            with pytest.raises(IllegalMove):
                move(FLUSSO_MOVES, da, a)

    @pytest.mark.parametrize(("da", "a"), list(product(I, I)))
    def test_of_an_incasso_moves_only_as_the_table_says(self, da, a):
        legal = (da, a) in {
            (I.IN_ELABORAZIONE, I.ACQUISITO),
            (I.IN_ELABORAZIONE, I.IN_STORNO),
            (I.ACQUISITO, I.IN_ELABORAZIONE),
            (I.ACQUISITO, I.IN_STORNO),
            (I.IN_STORNO, I.STORNATO),
            (I.STORNATO, I.IN_ELABORAZIONE),
        }

        if legal:
            assert move(INCASSO_MOVES, da, a) is a
        else:
            with pytest.raises(IllegalMove):
                move(INCASSO_MOVES, da, a)


def a_paid(pendenza):
    voci = tuple(replace(voce, stato=StatoVoce.ESEGUITO) for voce in pendenza.voci)
    return replace(pendenza, stato=StatoPendenza.ESEGUITO, voci=voci)


class TestMoneyOfAPendenza:
    def test_is_incassato_with_its_last_part(self):
        pendenza = a_paid(a_pendenza(voci=(a_pendenza().voci[0], replace(a_pendenza().voci[0], id_voce="voce-2"))))

        first = collect([a_riscossione()], pendenza, id_incasso="A", now=NOW)
        second = collect([a_riscossione(id_voce="voce-2", indice=2)], first.pendenza, id_incasso="B", now=NOW)

        assert there(first.pendenza).stato is StatoPendenza.ESEGUITO
        assert there(second.pendenza).stato is StatoPendenza.INCASSATO
        assert there(second.pendenza).importo_incassato == Importo(20100)

    def test_does_not_wait_for_what_another_ente_collects(self):
        mossa = collect([a_riscossione()], a_paid(two_voci()), id_incasso="A", now=NOW)

        assert there(mossa.pendenza).stato is StatoPendenza.INCASSATO

    def test_does_not_wait_for_a_bollo_nor_for_a_voce_of_zero(self):
        zero = replace(a_pendenza().voci[0], id_voce="zero", importo=Importo(0))
        pendenza = a_paid(a_pendenza(voci=(a_pendenza().voci[0], a_bollo(), zero)))

        assert there(collect([a_riscossione()], pendenza, id_incasso="A", now=NOW).pendenza).stato is S.INCASSATO

    def test_that_is_collected_stays_whose_it_is(self):
        collected = a_riscossione(stato=StatoRiscossione.INCASSATA, id_incasso="A")

        assert collect([collected], a_paid(a_pendenza()), id_incasso="B", now=NOW).riscossioni == ()
        assert release([collected], a_paid(a_pendenza()), id_incasso="B", now=NOW).riscossioni == ()

    def test_goes_back_to_what_it_was(self):
        collected = collect([a_riscossione()], a_paid(a_pendenza()), id_incasso="A", now=NOW)

        back = release(collected.riscossioni, collected.pendenza, id_incasso="A", now=NOW)

        assert back.riscossioni == (a_riscossione(),)
        assert back.pendenza == replace(a_paid(a_pendenza()), aggiornata=NOW)

    def test_is_found_by_its_key(self):
        assert a_riscossione().chiave == ChiaveRiscossione(DOMINIO, IUV, TOKEN, 1)
