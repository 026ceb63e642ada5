"""What would be answered of a notice: as verify answers, rule by rule, and without a trace."""

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.aws.transactions import commit
from chalicelib.kernel.importo import Importo
from chalicelib.nodo.prova import DominioDaIndicare, Esito, what_if
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.settings import settings
from tests.aws_calls import aws_calls
from tests.aws_state import items_of
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import (
    DOMINIO,
    ESTRANEO,
    IUV,
    NAV,
    NOW,
    a_bollo,
    a_pendenza,
    a_receipt,
    a_voce,
    an_attempt,
    two_voci,
)
from tests.doubles_pagamenti import EnteFinto, ports, verificata

DECORSA = {"data_validita": date(2026, 11, 1), "data_scadenza": date(2026, 12, 31)}
READS = {"dynamodb.Query", "dynamodb.BatchGetItem", "dynamodb.GetItem"}


@pytest.fixture(autouse=True)
def comune(aws):
    seed_comune(NOW)
    with ports():
        yield


def stored(**other):
    return pendenze.save(None, replace(a_pendenza(**other), versione=0))


def verdetti(risposta):
    return {verdetto.regola: verdetto.esito for verdetto in risposta.regole}


def answered(risposta, primitiva):
    return next(verdetto for verdetto in risposta.primitive if verdetto.regola == primitiva)


CASES = {
    "da pagare": stored,
    "annullata": lambda: stored(stato=StatoPendenza.ANNULLATO),
    "pagata": lambda: stored(stato=StatoPendenza.ESEGUITO),
    "scaduta": lambda: stored(data_scadenza=date(2026, 11, 23)),
    "dovuta oggi": lambda: stored(data_scadenza=date(2026, 11, 24)),
    "di zero": lambda: stored(voci=(a_voce(importo=Importo(0)),)),
    "di un altro avviso": lambda: stored(numero_avviso="0" + NAV[1:]),
    "riscossa prima di essere nota": lambda: operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW),
    "da aggiornare": lambda: stored(**DECORSA),
    "ignota": lambda: None,
}
ANSWERS = {
    "non eseguita": EnteFinto(answer=verificata()),
    "annullata": EnteFinto(answer={**verificata(), "stato": "ANNULLATA"}),
    "di un altro": EnteFinto(answer={**verificata(), "idPendenza": "?", "idDominio": "altro"}),
    "ignota": EnteFinto(answer=None),
    "non valida": EnteFinto(answer={**verificata(), "importo": 1}),
    "scaduta nel frattempo": EnteFinto(answer={**verificata(), "dataScadenza": "2026-11-01"}),
    "in silenzio": EnteFinto(silence=True),
}


class TestWhatIf:
    @pytest.mark.parametrize("answer", ANSWERS)
    @pytest.mark.parametrize("case", CASES)
    def test_says_what_verify_answers(self, case, answer):
        CASES[case]()
        ente = ANSWERS[answer]

        risposta = what_if(NAV, now=NOW, id_dominio=DOMINIO, verifica=ente)

        code = None
        with ports(ente=ente):
            try:
                operations.verify(id_dominio=DOMINIO, iuv=IUV, numero_avviso=NAV, now=NOW)
            except operations.RifiutoPagoPa as refusal:
                code = refusal.codice_pagopa
        assert risposta.codice == code
        assert answered(risposta, "paVerifyPaymentNotice").codice == code

    @pytest.mark.parametrize("case", CASES)
    def test_writes_nothing_and_asks_nobody(self, case):
        CASES[case]()
        ente = EnteFinto(answer=verificata())
        before = items_of()

        with ports(ente=ente), aws_calls() as calls:
            what_if(NAV, now=NOW, id_dominio=DOMINIO)

        assert set(calls) <= READS
        assert items_of() == before
        assert ente.asked == []

    def test_stores_nothing_of_what_the_ente_answers(self):
        before = items_of()
        ente = EnteFinto(answer=verificata())

        with aws_calls() as calls:
            risposta = what_if(NAV, now=NOW, id_dominio=DOMINIO, verifica=ente)

        assert ente.asked
        assert set(calls) <= READS
        assert items_of() == before
        assert answered(risposta, "paGetPaymentV2").esito is Esito.SUPERATA

    def test_says_that_the_ente_would_be_asked(self):
        risposta = what_if(NAV, now=NOW, id_dominio=DOMINIO)

        assert risposta.chiederebbe_ente
        assert verdetti(risposta)["ente"] is Esito.DA_CHIEDERE
        assert answered(risposta, "paGetPayment").esito is Esito.DA_CHIEDERE

    def test_has_each_rule_speak_in_the_order_of_the_nodo(self):
        stored(stato=StatoPendenza.ANNULLATO)

        risposta = what_if(NAV, now=NOW, id_dominio=DOMINIO)

        assert [verdetto.regola for verdetto in risposta.regole] == [
            "intermediario", "stazione", "dominio", "numero avviso", "sonda", "pendenza", "stato", "scadenza",
            "riscossioni", "ente", "importo", "pagamento in corso",
        ]  # fmt: skip
        assert verdetti(risposta)["stato"] is Esito.RIFIUTO
        assert verdetti(risposta)["scadenza"] is Esito.NON_VALUTATA

    def test_names_the_stato_as_the_contracts_do(self):
        stored()

        regole = what_if(NAV, now=NOW, id_dominio=DOMINIO).regole

        assert "La pendenza è in stato NON_ESEGUITA." in {verdetto.dettaglio for verdetto in regole}

    def test_refuses_the_destination_first(self):
        stored(stato=StatoPendenza.ANNULLATO)

        def codice(**other):
            return what_if(NAV, now=NOW, **{"id_dominio": DOMINIO, **other}).codice

        assert codice(id_dominio=ESTRANEO) == "PAA_ID_INTERMEDIARIO_ERRATO"
        assert codice(id_intermediario="00000000000") == "PAA_ID_INTERMEDIARIO_ERRATO"
        assert codice(id_stazione="99_99", id_intermediario="12345678901") == "PAA_STAZIONE_INT_ERRATA"
        assert codice(id_dominio=ESTRANEO, id_stazione="12345678901_02") == "PAA_ID_DOMINIO_ERRATO"

    def test_knows_the_probe_of_stand_in(self):
        risposta = what_if(settings().nav_sonda, now=NOW, id_dominio=DOMINIO)

        assert verdetti(risposta)["sonda"] is Esito.RIFIUTO
        assert risposta.codice == "PAA_PAGAMENTO_SCONOSCIUTO"

    def test_refuses_a_notice_of_no_known_coding(self):
        assert what_if("999", now=NOW, id_dominio=DOMINIO).codice == "PAA_PAGAMENTO_SCONOSCIUTO"

    def test_tells_what_each_primitive_can_carry(self):
        pendenze.save(None, replace(two_voci(), versione=0))

        risposta = what_if(NAV, now=NOW)

        assert answered(risposta, "paaVerificaRPT").codice == "PAA_SEMANTICA"
        assert answered(risposta, "paGetPayment").esito is Esito.SUPERATA

    def test_knows_that_the_first_get_has_no_place_for_a_bollo(self):
        stored(voci=(a_bollo(),))

        risposta = what_if(NAV, now=NOW)

        assert answered(risposta, "paGetPayment").codice == "PAA_SEMANTICA"
        assert answered(risposta, "paGetPaymentV2").esito is Esito.SUPERATA

    def test_tells_of_a_payment_that_keeps_carts_away(self):
        pendenza = stored()
        attempt = an_attempt(pendenza, stato=StatoRpp.RPT_ACCETTATA_NODO, versione=0)
        commit(repository.rpp_writes(before=None, after=attempt))

        risposta = what_if(NAV, now=NOW)

        in_corso = risposta.regole[-1]
        assert in_corso.regola == "pagamento in corso"
        assert in_corso.esito is Esito.SUPERATA
        assert "PAG_014" in in_corso.dettaglio

    def test_finds_the_dominio_of_a_notice_by_itself(self):
        stored()

        assert what_if(NAV, now=NOW).id_dominio == DOMINIO

    def test_asks_for_the_dominio_where_it_cannot_tell(self):
        with pytest.raises(DominioDaIndicare) as refused:
            what_if("999", now=NOW)

        assert "diciotto" in refused.value.dettaglio
