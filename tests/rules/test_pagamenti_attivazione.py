"""From a payable position to an attempt."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.model import CCP_IN_ATTESA, Formato, ModelloPagamento
from chalicelib.pagamenti.rules import attivazione as rules
from chalicelib.pagamenti.rules.attivazione import ImportoNonValido, NonAttivabile, PagamentoInCorso
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze.model import Soggetto
from tests.builders_pagamenti import (
    ALTRO_DOMINIO,
    CANALE,
    CCP,
    CITTADINO,
    CREDITORE,
    IUV,
    NOW,
    VERSANTE,
    a_bollo,
    a_pendenza,
    a_voce,
    two_voci,
)


def activated(pendenza=None, **other):
    return rules.activate_classic(
        pendenza or a_pendenza(),
        CREDITORE,
        **{
            "ccp": CCP,
            "canale": CANALE,
            "importo": Importo(10050),
            "versante": None,
            "pagatore": None,
            "id_messaggio": "m1",
            "now": NOW,
            **other,
        },
    )


class TestAClassicActivation:
    def test_freezes_what_the_citizen_is_asked(self):
        rpp = activated()

        assert (rpp.stato, rpp.ccp, rpp.psp, rpp.importo) == (StatoRpp.RPT_ATTIVATA, CCP, CANALE, Importo(10050))
        assert (rpp.modello, rpp.tipo_versamento) == (ModelloPagamento.PSP, "PO")
        assert rpp.data_esecuzione == date(2026, 11, 24)
        [voce] = rpp.voci
        assert voce.causale == f"/RFB/{IUV}/100.50/TXT/Tassa sui rifiuti 2026"
        assert (voce.dati_specifici_riscossione, voce.bic_accredito) == ("9/0101002IM/", "BLOPIT22XXX")
        assert voce.iban_appoggio is not None

    def test_is_refused_when_the_psp_collects_another_amount(self):
        with pytest.raises(ImportoNonValido, match=r"100.50.*100.49") as raised:
            activated(importo=Importo(10049))

        assert raised.value.codice_pagopa == "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO"

    @pytest.mark.parametrize(
        "pendenza",
        [
            two_voci(),
            a_pendenza(voci=(a_voce(id_dominio=ALTRO_DOMINIO),)),
            a_pendenza(voci=(a_bollo(indice=1),)),
        ],
        ids=["two voci", "another ente's", "bollo"],
    )
    def test_is_refused_for_what_the_primitive_cannot_carry(self, pendenza):
        with pytest.raises(NonAttivabile) as raised:
            activated(pendenza)

        assert raised.value.codice_pagopa == "PAA_SEMANTICA"

    def test_names_the_versante_only_if_another_pays(self):
        assert activated(versante=VERSANTE).versante == VERSANTE
        assert activated(versante=replace(CITTADINO, anagrafica="M. Rossi")).versante is None

    def test_takes_the_debtor_of_the_ente_unless_the_ente_names_nobody(self):
        anonimo = a_pendenza(soggetto_pagatore=Soggetto(tipo="F", identificativo="ANONIMO"))

        assert activated(pagatore=VERSANTE).pagatore == CITTADINO
        assert activated(anonimo, pagatore=VERSANTE).pagatore == VERSANTE
        assert activated(anonimo).pagatore.identificativo == "ANONIMO"

    def test_is_the_same_only_with_the_same_data(self):
        first = activated()

        assert rules.same_activation(first, activated(id_messaggio="m2", now=NOW + timedelta(minutes=1)))
        assert not rules.same_activation(first, activated(versante=VERSANTE))
        assert not rules.same_activation(first, activated(canale=replace(CANALE, id_psp="ALTRO")))

    def test_repeated_with_other_data_is_in_corso(self):
        assert PagamentoInCorso.codice_pagopa == "PAA_PAGAMENTO_IN_CORSO"
        assert PagamentoInCorso.codice == "PAG_014"


class TestACausale:
    def test_of_a_structured_reference_is_an_rfs(self):
        causale = rules.causale_versamento(iuv="RF23567483937849450550875", importo=Importo(5), testo="x")

        assert causale == "/RFS/RF23567483937849450550875/0.05/TXT/x"

    def test_is_cut_at_140(self):
        causale = rules.causale_versamento(iuv=IUV, importo=Importo(5), testo="x" * 200)

        assert len(causale) == 140

    def test_prefers_the_words_that_the_ente_wrote_for_it(self):
        rpp = activated(a_pendenza(voci=(a_voce(descrizione_causale_rpt="Tari rata unica"),)))

        assert rpp.voci[0].causale.endswith("/TXT/Tari rata unica")


class TestAGet:
    def test_makes_the_one_attempt_that_waits(self):
        rpp = self.refreshed(None)

        assert (rpp.ccp, rpp.formato, rpp.payment_note) == (CCP_IN_ATTESA, Formato.V2, "carrello-1")
        assert rpp.stato is StatoRpp.RPT_ATTIVATA

    def test_brings_it_up_to_date(self):
        first = replace(self.refreshed(None), versione=3)
        dearer = a_pendenza(voci=(a_voce(importo=Importo(20000)),))

        again = self.refreshed(first, pendenza=dearer, formato=Formato.V1, now=NOW + timedelta(hours=1))

        assert (again.importo, again.formato) == (Importo(20000), Formato.V1)
        assert (again.creata, again.aggiornata) == (NOW, NOW + timedelta(hours=1))
        assert (again.id_messaggio, again.versione) == (first.id_messaggio, 3)

    def test_carries_several_enti_in_both_versions(self):
        for formato in (Formato.V1, Formato.V2):
            rpp = self.refreshed(None, pendenza=two_voci(), formato=formato)

            assert [voce.id_dominio for voce in rpp.voci] == [rpp.id_dominio, ALTRO_DOMINIO]

    def test_carries_a_bollo_in_version_2_only(self):
        pendenza = a_pendenza(voci=(a_voce(), a_bollo()))

        assert self.refreshed(None, pendenza=pendenza).voci[1].bollo is not None
        with pytest.raises(NonAttivabile, match="paGetPaymentV2"):
            self.refreshed(None, pendenza=pendenza, formato=Formato.V1)

    def test_of_a_classic_primitive_has_the_limits_of_the_classic_ones(self):
        with pytest.raises(NonAttivabile):
            rules.require_carried_by(Formato.RPT, two_voci())

    @staticmethod
    def refreshed(waiting, *, pendenza=None, formato=Formato.V2, now=NOW):
        return rules.refresh_waiting(
            waiting,
            pendenza or a_pendenza(),
            CREDITORE,
            formato=formato,
            payment_note="carrello-1",
            id_messaggio="m1",
            now=now,
        )
