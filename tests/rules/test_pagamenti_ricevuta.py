"""What a ricevuta does to attempt, money and position. Nothing real is refused or lost."""

from dataclasses import replace

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.oblio import ANONIMO
from chalicelib.pagamenti.model import CCP_IN_ATTESA, EsitoPagamento, Formato, TipoRiscossione
from chalicelib.pagamenti.rules import ricevuta as rules
from chalicelib.pagamenti.rules.attivazione import new_attempt
from chalicelib.pagamenti.rules.ricevuta import Nostri, ReceiptDuplicata, RptSconosciuta, RtDuplicata, RtNonConforme
from chalicelib.pagamenti.rules.riscossioni import Anomalia
from chalicelib.pagamenti.rules.verifica import DominioErrato
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.states import StatoPendenza, StatoVoce
from tests.builders_pagamenti import (
    ALTRO_DOMINIO,
    CCP,
    CREDITORE,
    DOMINIO,
    ENTE,
    ESTRANEO,
    NOW,
    TOKEN,
    VERSANTE,
    a_bollo,
    a_ko_rt,
    a_pendenza,
    a_receipt,
    a_transazione,
    a_voce,
    a_waiting_attempt,
    an_attempt,
    an_rt,
    two_voci,
    voci_pagate,
)

NOSTRI = Nostri(censiti=frozenset({DOMINIO}), intermediati=frozenset({DOMINIO}))


def rebuilt(pendenza, ricevuta):
    return new_attempt(pendenza, CREDITORE, formato=ricevuta.formato, ccp=ricevuta.ccp, id_messaggio="rebuilt", now=NOW)


def acquire(transazione, ricevuta, nostri=NOSTRI):
    return rules.acquire(transazione, ricevuta, nostri=nostri, rebuild=rebuilt, now=NOW)


class TestAnRt:
    def test_settles_attempt_money_and_position(self):
        rpp = an_attempt()

        esito = acquire(a_transazione(rpp=(rpp,)), an_rt(rpp))

        assert (esito.rpp.stato, esito.rpp.esito) == (StatoRpp.RT_ACCETTATA_PA, EsitoPagamento.ESEGUITO)
        assert esito.replaced == rpp
        [riscossione] = esito.riscossioni
        assert (riscossione.iur, riscossione.indice, riscossione.importo) == ("IUR-0001", 1, Importo(10050))
        assert (riscossione.tipo, riscossione.id_voce) == (TipoRiscossione.ENTRATA, "voce-1")
        assert riscossione.anomalie == ()
        assert esito.pendenza.stato is StatoPendenza.ESEGUITO
        assert esito.pendenza.voci[0].stato is StatoVoce.ESEGUITO
        assert esito.pendenza.importo_pagato == Importo(10050)
        assert esito.pendenza.pagamento.iur == "IUR-0001"
        assert not esito.pendenza.anomalo

    def test_without_its_rpt_is_unknown(self):
        with pytest.raises(RptSconosciuta) as raised:
            acquire(a_transazione(), an_rt())

        assert raised.value.codice_pagopa == "PAA_RPT_SCONOSCIUTA"

    def test_does_not_answer_an_attempt_of_the_current_primitives(self):
        waiting = a_waiting_attempt()

        with pytest.raises(RptSconosciuta):
            acquire(a_transazione(rpp=(waiting,)), an_rt(waiting))

    def test_is_a_duplicate_once_money_was_acquired(self):
        paid = an_attempt(stato=StatoRpp.RT_ACCETTATA_PA, esito=EsitoPagamento.ESEGUITO)

        for ricevuta in (an_rt(paid), a_ko_rt(paid)):
            with pytest.raises(RtDuplicata) as raised:
                acquire(a_transazione(rpp=(paid,)), ricevuta)
            assert raised.value.codice_pagopa == "PAA_RT_DUPLICATA"

    def test_that_failed_leaves_the_position_to_be_paid(self):
        rpp = an_attempt()

        esito = acquire(a_transazione(rpp=(rpp,)), a_ko_rt(rpp))

        assert (esito.rpp.stato, esito.rpp.esito) == (StatoRpp.RT_ACCETTATA_PA, EsitoPagamento.NON_ESEGUITO)
        assert (esito.riscossioni, esito.pendenza) == ((), None)

    def test_of_money_may_follow_one_that_failed(self):
        rpp = an_attempt()
        failed = acquire(a_transazione(rpp=(rpp,)), a_ko_rt(rpp))
        stored = replace(failed.ricevuta, versione=1)

        esito = acquire(a_transazione(rpp=(failed.rpp,), ricevute=(stored,)), an_rt(rpp))

        assert esito.rpp.esito is EsitoPagamento.ESEGUITO
        assert esito.ricevuta.versione == 1
        assert esito.pendenza.stato is StatoPendenza.ESEGUITO

    def test_that_failed_twice_is_a_duplicate(self):
        failed = an_attempt(stato=StatoRpp.RT_ACCETTATA_PA, esito=EsitoPagamento.NON_ESEGUITO)

        with pytest.raises(RtDuplicata):
            acquire(a_transazione(rpp=(failed,)), a_ko_rt(failed))

    def test_wins_over_a_cancelled_position(self):
        rpp = an_attempt()
        cancelled = a_pendenza(stato=StatoPendenza.ANNULLATO, descrizione_stato="sgravio", annullata=NOW)

        esito = acquire(a_transazione(posizione=cancelled, rpp=(rpp,)), an_rt(rpp))

        assert esito.pendenza.stato is StatoPendenza.ESEGUITO
        assert (esito.pendenza.annullata, esito.pendenza.descrizione_stato) == (None, None)

    def test_may_follow_one_that_was_refused(self):
        rpp = an_attempt(stato=StatoRpp.RT_RIFIUTATA_PA, descrizione_stato="altro pagatore")

        esito = acquire(a_transazione(rpp=(rpp,)), an_rt(rpp))

        assert (esito.rpp.stato, esito.rpp.descrizione_stato) == (StatoRpp.RT_ACCETTATA_PA, None)

    def test_is_taken_where_the_payer_was_forgotten_meanwhile(self):
        rpp = an_attempt()
        forgotten = replace(rpp, pagatore=replace(rpp.pagatore, identificativo=ANONIMO))

        esito = acquire(a_transazione(rpp=(forgotten,)), an_rt(rpp))

        assert esito.rpp.stato is StatoRpp.RT_ACCETTATA_PA


class TestAnRtThatDoesNotAnswerItsRequest:
    def test_is_refused_with_all_the_differences(self):
        rpp = an_attempt()
        rt = an_rt(
            rpp,
            riferimento_messaggio="altro",
            ente=replace(ENTE, id_dominio=ALTRO_DOMINIO),
            pagatore=VERSANTE,
            voci=(),
            importo=Importo(1),
        )

        with pytest.raises(RtNonConforme) as raised:
            acquire(a_transazione(rpp=(rpp,)), rt)

        assert raised.value.codice_pagopa == "PAA_SEMANTICA"
        assert len(raised.value.differenze) == 5

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"esito": EsitoPagamento.NON_ESEGUITO}, "esito è negativo"),
            ({"voci": voci_pagate(an_attempt(two_voci()), iur="I"), "importo": two_voci().importo}, "sono 2"),
            ({"voci": voci_pagate(an_attempt(), iur="n/a")}, "identificativoUnivocoRiscossione"),
            ({"voci": tuple(replace(v, importo=Importo(0)) for v in voci_pagate(an_attempt(), iur="I"))}, "zero"),
        ],
    )
    def test_is_told_what_is_wrong(self, changes, words):
        rpp = an_attempt()

        with pytest.raises(RtNonConforme, match=words):
            acquire(a_transazione(rpp=(rpp,)), an_rt(rpp, **changes))

    def test_marks_its_attempt_once(self):
        refused = rules.refuse(an_attempt(), "altro pagatore", now=NOW)

        assert (refused.stato, refused.descrizione_stato) == (StatoRpp.RT_RIFIUTATA_PA, "altro pagatore")
        assert rules.refuse(refused, "altro pagatore", now=NOW) is refused

    def test_does_not_touch_an_attempt_that_was_accepted(self):
        accepted = an_attempt(stato=StatoRpp.RT_ACCETTATA_PA, esito=EsitoPagamento.NON_ESEGUITO)

        assert rules.refuse(accepted, "altro pagatore", now=NOW) is accepted

    def test_is_not_one_whose_amounts_differ_from_the_voci(self):
        rpp = an_attempt()
        [voce] = voci_pagate(rpp, iur="IUR-0001")

        esito = acquire(a_transazione(rpp=(rpp,)), an_rt(rpp, voci=(replace(voce, importo=Importo(9000)),)))

        assert esito.riscossioni[0].anomalie == (Anomalia.IMPORTO_DIVERSO,)
        assert (esito.pendenza.stato, esito.pendenza.anomalo) == (StatoPendenza.ESEGUITO, True)
        assert esito.pendenza.voci[0].stato is StatoVoce.ANOMALO
        assert esito.pendenza.importo_pagato == Importo(9000)


class TestAPartialRt:
    def test_leaves_the_position_partly_paid(self):
        pendenza = a_pendenza(voci=(a_voce(), a_voce(id_voce="voce-2", indice=2, importo=Importo(2000))))
        rpp = an_attempt(pendenza)
        first, second = voci_pagate(rpp, iur="IUR-0001")
        rt = an_rt(rpp, voci=(first, replace(second, importo=Importo(0))), esito=EsitoPagamento.ESEGUITO_PARZIALE)

        esito = acquire(a_transazione(posizione=pendenza, rpp=(rpp,)), rt)

        assert esito.pendenza.stato is StatoPendenza.PARZIALMENTE_ESEGUITO
        assert [voce.stato for voce in esito.pendenza.voci] == [StatoVoce.ESEGUITO, StatoVoce.NON_ESEGUITO]
        assert len(esito.riscossioni) == 1


class TestAReceipt:
    def test_gives_the_waiting_attempt_its_token(self):
        waiting = a_waiting_attempt()

        esito = acquire(a_transazione(rpp=(waiting,)), a_receipt())

        assert (esito.replaced, esito.rpp.ccp, esito.rpp.versione) == (waiting, TOKEN, 0)
        assert (esito.rpp.id_messaggio, esito.rpp.creata) == (waiting.id_messaggio, waiting.creata)
        assert esito.rpp.stato is StatoRpp.RT_ACCETTATA_PA
        assert esito.riscossioni[0].iur == TOKEN

    def test_without_an_attempt_is_rebuilt_from_the_position(self):
        esito = acquire(a_transazione(), a_receipt(stand_in=True))

        assert (esito.replaced, esito.rpp.ccp, esito.rpp.id_messaggio) == (None, TOKEN, "rebuilt")
        assert esito.pendenza.stato is StatoPendenza.ESEGUITO
        assert not esito.pendenza.anomalo

    @pytest.mark.parametrize("formato", [Formato.V1, Formato.V2])
    def test_is_a_duplicate_by_its_id_in_whichever_version(self, formato):
        stored = a_receipt()

        with pytest.raises(ReceiptDuplicata) as raised:
            acquire(a_transazione(ricevute=(stored,)), a_receipt(formato=formato))

        assert raised.value.codice_pagopa == "PAA_RECEIPT_DUPLICATA"

    def test_of_money_may_follow_one_of_a_failure(self):
        failed = replace(a_receipt(esito=EsitoPagamento.NON_ESEGUITO), versione=1)
        rpp = an_attempt(ccp=TOKEN, stato=StatoRpp.RT_ACCETTATA_PA, esito=EsitoPagamento.NON_ESEGUITO)

        esito = acquire(a_transazione(ricevute=(failed,), rpp=(rpp,)), a_receipt())

        assert (esito.replaced, esito.rpp.ccp, esito.rpp.versione) == (rpp, TOKEN, 1)
        assert len(esito.riscossioni) == 1

    def test_of_a_failure_moves_no_money(self):
        esito = acquire(a_transazione(), a_receipt(esito=EsitoPagamento.NON_ESEGUITO))

        assert (esito.riscossioni, esito.pendenza) == ((), None)

    def test_of_no_money_leaves_the_position_alone(self):
        [voce] = a_receipt().voci

        esito = acquire(a_transazione(), a_receipt(voci=(replace(voce, importo=Importo(0)),)))

        assert (esito.riscossioni, esito.pendenza) == ((), None)

    def test_on_a_paid_position_is_real_money_and_flagged(self):
        first = acquire(a_transazione(), a_receipt())
        paid = a_transazione(posizione=first.pendenza, rpp=(first.rpp,), ricevute=(first.ricevuta,))

        second = acquire(paid, a_receipt(token="altro-token"))

        assert second.riscossioni[0].anomalie == (Anomalia.PAGAMENTO_DUPLICATO,)
        assert second.pendenza.anomalo
        assert second.pendenza.stato is StatoPendenza.ESEGUITO
        assert second.pendenza.pagamento == first.pendenza.pagamento
        assert second.pendenza.importo_pagato == Importo(20100)
        assert second.rpp.ccp == "altro-token"

    def test_with_a_transfer_that_nobody_asked_for_keeps_the_money(self):
        [voce] = voci_pagate(an_attempt(), iur=TOKEN)
        receipt = a_receipt(voci=(voce, replace(voce, indice=2, importo=Importo(100))))

        esito = acquire(a_transazione(), receipt)

        assert [r.anomalie for r in esito.riscossioni] == [(), (Anomalia.VOCE_SCONOSCIUTA,)]
        assert esito.pendenza.anomalo

    def test_that_repeats_an_iur_flags_the_riscossione_that_is_there(self):
        first = acquire(a_transazione(), a_receipt())
        [stored] = (replace(r, versione=1) for r in first.riscossioni)
        transazione = a_transazione(posizione=first.pendenza, riscossioni=(stored,))
        receipt = a_receipt(token="altro-token", voci=a_receipt().voci)

        esito = acquire(transazione, receipt)

        assert esito.riscossioni == (replace(stored, anomalie=(Anomalia.RISCOSSIONE_DUPLICATA,)),)
        assert esito.pendenza.importo_pagato == first.pendenza.importo_pagato

    def test_of_a_bollo_is_an_mbt(self):
        pendenza = a_pendenza(voci=(a_voce(), a_bollo()))

        esito = acquire(a_transazione(posizione=pendenza), a_receipt(pendenza))

        assert [r.tipo for r in esito.riscossioni] == [TipoRiscossione.ENTRATA, TipoRiscossione.MBT]


class TestMoneyOfOthers:
    def test_in_a_notice_of_ours_is_of_an_ente_we_do_not_serve(self):
        pendenza = two_voci()

        esito = acquire(a_transazione(posizione=pendenza), a_receipt(pendenza))

        assert [r.tipo for r in esito.riscossioni] == [
            TipoRiscossione.ENTRATA,
            TipoRiscossione.ENTRATA_PA_NON_INTERMEDIATA,
        ]
        assert [r.id_dominio_beneficiario for r in esito.riscossioni] == [None, ALTRO_DOMINIO]
        assert esito.pendenza.stato is StatoPendenza.ESEGUITO

    def test_in_a_notice_of_ours_is_ours_if_we_serve_that_ente_too(self):
        pendenza = two_voci()
        both = Nostri(censiti=frozenset({DOMINIO, ALTRO_DOMINIO}), intermediati=frozenset({DOMINIO, ALTRO_DOMINIO}))

        esito = acquire(a_transazione(posizione=pendenza), a_receipt(pendenza), both)

        assert {r.tipo for r in esito.riscossioni} == {TipoRiscossione.ENTRATA}

    def test_in_a_notice_of_others_belongs_to_another_intermediario(self):
        receipt = replace(a_receipt(two_voci()), id_dominio=ESTRANEO)
        broadcast = replace(
            receipt,
            voci=tuple(replace(v, id_dominio=d) for v, d in zip(receipt.voci, (ESTRANEO, DOMINIO), strict=True)),
        )

        esito = acquire(a_transazione(id_dominio=ESTRANEO, posizione=None), broadcast)

        assert [r.tipo for r in esito.riscossioni] == [TipoRiscossione.ALTRO_INTERMEDIARIO, TipoRiscossione.ENTRATA]
        assert {r.anomalie for r in esito.riscossioni} == {(Anomalia.POSIZIONE_SCONOSCIUTA,)}
        assert (esito.rpp, esito.pendenza) == (None, None)

    def test_is_kept_also_when_the_position_is_ours_and_unknown(self):
        esito = acquire(a_transazione(posizione=None), a_receipt())

        assert [r.tipo for r in esito.riscossioni] == [TipoRiscossione.ENTRATA]
        assert esito.rpp is None

    def test_is_refused_where_nothing_is_ours(self):
        nothing = Nostri(censiti=frozenset(), intermediati=frozenset())

        with pytest.raises(DominioErrato) as raised:
            acquire(a_transazione(posizione=None), a_receipt(), nothing)

        assert raised.value.codice_pagopa == "PAA_ID_DOMINIO_ERRATO"


class TestAnAnomalia:
    def test_has_words_for_a_person(self):
        assert all(anomalia.descrizione for anomalia in Anomalia)


class TestTheWaitingAttempt:
    def test_has_a_ccp_of_ours(self):
        assert CCP_IN_ATTESA != CCP
