"""The published codes, their official strings, and what a fault of the Nodo means for what we sent."""

import re

import pytest

from chalicelib.nodo.faults import FAULT_STRINGS, PPT, EsitoInvio, Fault, Paa, paa, policy
from tests.nodo.official import PAGOPA, needs_official

OFFICIAL = {
    "PAA_ID_DOMINIO_ERRATO": "La PAA non corrisponde al Dominio indicato",
    "PAA_ID_INTERMEDIARIO_ERRATO": "Identificativo intermediario non corrispondente",
    "PAA_STAZIONE_INT_ERRATA": "Stazione intermediario non corrispondente",
    "PAA_SINTASSI_XSD": "Errore di sintassi XSD",
    "PAA_SINTASSI_EXTRAXSD": "Errore di sintassi extra XSD",
    "PAA_SEMANTICA": "Errore semantico",
    "PAA_SYSTEM_ERROR": "Errore generico",
    "PAA_PAGAMENTO_SCONOSCIUTO": "Pagamento in attesa risulta sconosciuto all’Ente Creditore",
    "PAA_PAGAMENTO_DUPLICATO": "Pagamento in attesa risulta concluso all’Ente Creditore",
    "PAA_PAGAMENTO_IN_CORSO": "Pagamento in attesa risulta in corso all’Ente Creditore",
    "PAA_PAGAMENTO_ANNULLATO": "Pagamento in attesa risulta annullato all’Ente Creditore",
    "PAA_PAGAMENTO_SCADUTO": "Pagamento in attesa risulta scaduto all’Ente Creditore",
    "PAA_ATTIVA_RPT_IMPORTO_NON_VALIDO": "L’importo del pagamento in attesa non è congruente con il dato indicato dal PSP",
    "PAA_RPT_SCONOSCIUTA": "La RPT risulta sconosciuta",
    "PAA_RT_DUPLICATA": "La RT è già stata accettata",
    "PAA_RECEIPT_DUPLICATA": "pagamento duplicato",
    "PAA_RT_SCONOSCIUTA": "RT sconosciuta",
    "PAA_ER_DUPLICATA": "Esito Revoca duplicato",
    "PAA_FIRMA_ERRATA": "Errore di firma",
    "PAA_FIRMA_INDISPONIBILE": "Impossibile firmare",
    "PAA_TIPOFIRMA_SCONOSCIUTO": "Il campo tipoFirma non corrisponde ad alcun valore previsto",
    "PAA_ERRORE_FORMATO_BUSTA_FIRMATA": "Formato busta di firma errato o non corrispondente al tipoFirma",
    "PAA_SINTASSI": "Errore di sintassi",
    "PAA_PAGAMENTO_MULTIBENEFICIARIO_NON_CONSENTITO": "Pagamento multibeneficiario non consentito",
}


class TestPaa:
    @pytest.mark.parametrize(("code", "string"), OFFICIAL.items())
    def test_carries_the_official_string(self, code, string):
        assert paa(Paa(code), id_dominio="80098760588") == Fault(fault_code=code, fault_string=string, id="80098760588")

    def test_has_a_string_for_every_code_and_no_other(self):
        assert set(OFFICIAL) == set(Paa) == set(FAULT_STRINGS)

    def test_takes_description_and_serial(self):
        fault = paa(Paa.SEMANTICA, id_dominio="80098760588", description="Più di una voce", serial=2)

        assert (fault.description, fault.serial) == ("Più di una voce", 2)

    @needs_official
    def test_knows_every_code_of_the_reference(self):
        reference = (PAGOPA / "PROTOCOLS.md").read_text()

        assert set(re.findall(r"PAA_[A-Z_]*[A-Z]", reference)) == set(Paa)


class TestPolicy:
    @pytest.mark.parametrize("code", ["PPT_SYSTEM_ERROR", "PPT_CANALE_TIMEOUT", "PPT_CANALE_ERRORE_RESPONSE"])
    def test_leaves_the_outcome_unknown(self, code):
        assert policy(code) is EsitoInvio.SCONOSCIUTO

    @pytest.mark.parametrize("code", ["PPT_RPT_DUPLICATA", "PPT_ID_CARRELLO_DUPLICATO"])
    def test_sees_what_the_nodo_has_already(self, code):
        assert policy(code) is EsitoInvio.GIA_INVIATA

    def test_takes_every_other_fault_for_definitive(self):
        others = [code for code in PPT if policy(code) is EsitoInvio.RIFIUTATA]

        assert len(others) == len(PPT) - 5

    @pytest.mark.parametrize("code", ["CANALE_RPT_RIFIUTATA", "PPT_MAI_VISTO", ""])
    def test_takes_a_fault_it_does_not_know_for_definitive(self, code):
        assert policy(code) is EsitoInvio.RIFIUTATA
