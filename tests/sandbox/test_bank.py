"""The treasurer credits flows and writes what the schema of OPI admits, dirt and all."""

from pathlib import Path

import pytest
import requests
from lxml import etree

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.causale import read_causale
from sandbox import sample
from sandbox.bank import formati
from sandbox.bank.causali import Sporco, causale_of, sporca
from sandbox.bank.opi import write_giornale
from sandbox.bank.server import server
from sandbox.bank.tesoriere import EnteSconosciuto, Tesoriere
from sandbox.fdr.archivio import Totali
from sandbox.nodo.model import Protocollo
from tests.sandbox.govpay_finto import AVVISO, IMPORTO

OPI = Path(__file__).parents[3] / "shared" / "formats" / "opi" / "OPI_GIORNALE_DI_CASSA_V_1_8.xsd"
CAMT = Path(__file__).parents[3] / "shared" / "formats" / "camt" / "camt.053.001.08.xsd"
V2 = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": Protocollo.V2}


@pytest.fixture
def tesoriere(nodo) -> Tesoriere:
    nodo.paga(nodo.attiva(**V2).token)
    nodo.rendicontazione.rendiconta(totali=Totali.IMPORTO_ERRATO)
    return Tesoriere(nodo)


class TestChiudi:
    def test_credits_a_flow_once_for_what_its_rows_sum_to(self, tesoriere):
        (flusso,) = tesoriere.da_accreditare()

        primo = tesoriere.chiudi(sample.DOMINIO, sporco=Sporco.NESSUNO)
        secondo = tesoriere.chiudi(sample.DOMINIO, altri=False)

        accredito = primo.movimenti[0]
        assert (accredito.importo, accredito.trn, accredito.causale) == (IMPORTO, flusso.trn, causale_of(flusso))
        assert [one.entrata for one in primo.movimenti] == [True, True, False]
        assert secondo.movimenti == ()
        assert secondo.saldo == primo.saldo + primo.entrate - primo.uscite

    def test_has_nothing_of_another_ente(self, tesoriere):
        assert tesoriere.chiudi(sample.UNIONE.id_dominio, altri=False).entrate == Importo(0)

    def test_refuses_an_ente_that_is_none(self, tesoriere):
        with pytest.raises(EnteSconosciuto):
            tesoriere.chiudi("1")


class TestCausali:
    @pytest.mark.parametrize("posto", range(9))
    @pytest.mark.parametrize("sporco", list(Sporco))
    def test_stay_legible(self, tesoriere, sporco, posto):
        (flusso,) = tesoriere.da_accreditare()

        letta = read_causale(
            sporca(causale_of(flusso), sporco, posto=posto),
            known_flussi=lambda chiesto: {flusso.id_flusso} if chiesto.upper() == flusso.id_flusso else set(),
        )

        assert letta.id_flusso == flusso.id_flusso


@pytest.mark.skipif(not OPI.is_file(), reason="the schemas of OPI are not in ../shared/formats")
def test_the_giornale_is_what_the_schema_admits(tesoriere):
    schema = etree.XMLSchema(etree.parse(str(OPI)))

    written = etree.fromstring(write_giornale(tesoriere.chiudi(sample.DOMINIO)))

    assert schema.validate(written), schema.error_log


@pytest.mark.skipif(not CAMT.is_file(), reason="the schemas of camt.053 are not in ../shared/formats")
@pytest.mark.parametrize("seme", range(3))
def test_what_goes_wrong_is_what_the_schema_of_camt_admits(tesoriere, seme):
    schema = etree.XMLSchema(etree.parse(str(CAMT)))

    for giornale in tesoriere.chiudi_due_giorni(sample.DOMINIO, seme=seme):
        assert schema.validate(etree.fromstring(formati.write_camt(giornale))), schema.error_log


@pytest.mark.skipif(not OPI.is_file(), reason="the schemas of OPI are not in ../shared/formats")
@pytest.mark.parametrize("seme", range(12))
def test_what_goes_wrong_is_what_the_schema_admits(tesoriere, seme):
    schema = etree.XMLSchema(etree.parse(str(OPI)))

    for giornale in tesoriere.chiudi_due_giorni(sample.DOMINIO, seme=seme):
        assert schema.validate(etree.fromstring(write_giornale(giornale))), schema.error_log


class TestServer:
    def test_closes_the_day_and_gives_its_giornale(self, tesoriere):
        with server(tesoriere) as banca:
            chiuso = requests.post(f"{banca.url}/api/giornali", json={"idDominio": sample.DOMINIO}, timeout=5)
            xml = requests.get(banca.url + chiuso.json()["url"], timeout=5)
            camt = requests.get(f"{banca.url}{chiuso.json()['url']}?formato=camt", timeout=5)
            foglio = requests.get(f"{banca.url}{chiuso.json()['url']}?formato=csv", timeout=5)
            nessuno = requests.get(f"{banca.url}{chiuso.json()['url']}?formato=xls", timeout=5)
            elenco = requests.get(f"{banca.url}/api/giornali", timeout=5).json()

        assert chiuso.status_code == 201
        assert etree.fromstring(xml.content).tag == "flusso_giornale_di_cassa"
        assert chiuso.json()["nome"] in xml.headers["Content-Disposition"]
        assert etree.fromstring(camt.content).tag.endswith("Document")
        assert foglio.text.startswith("ESERCIZIO;N.PROVV.;")
        assert ".csv" in foglio.headers["Content-Disposition"]
        assert nessuno.status_code == 400
        assert [one["numero"] for one in elenco] == [1]

    def test_closes_two_days_that_go_wrong_and_tells_what_is_right(self, tesoriere):
        with server(tesoriere) as banca:
            chiusi = requests.post(
                f"{banca.url}/api/giornali/imprevisti", json={"idDominio": sample.DOMINIO, "seme": 3}, timeout=5
            )
            errato = requests.post(
                f"{banca.url}/api/giornali/imprevisti", json={"idDominio": sample.DOMINIO, "seme": "x"}, timeout=5
            )
            ignoto = requests.post(f"{banca.url}/api/giornali/imprevisti", json={"idDominio": "1"}, timeout=5)

        assert (chiusi.status_code, errato.status_code, ignoto.status_code) == (201, 400, 400)
        primo, secondo = chiusi.json()
        assert all(one["esitoAtteso"] for one in primo["movimenti"] + secondo["movimenti"])

    def test_has_a_page(self, tesoriere):
        with server(tesoriere) as banca:
            prima = requests.get(banca.url, timeout=5)
            dopo = requests.post(
                f"{banca.url}/chiudi", data={"idDominio": sample.DOMINIO, "sporco": "spazi"}, timeout=5
            )

        assert "2026-11-24BSNDIT2T" in prima.text
        assert f"gdc-{sample.DOMINIO}-20261124-001.xml" in dopo.text

    @pytest.mark.parametrize("corpo", [{}, {"idDominio": "1"}, {"idDominio": sample.DOMINIO, "sporco": "boh"}])
    def test_says_what_is_wrong(self, tesoriere, corpo):
        with server(tesoriere) as banca:
            assert requests.post(f"{banca.url}/api/giornali", json=corpo, timeout=5).status_code == 400
            assert requests.get(f"{banca.url}/giornali/9", timeout=5).status_code == 404
