"""What was paid is reported once, by SOAP and by FdR, rightly or wrongly as asked."""

import json
from datetime import timedelta
from io import BytesIO

import pytest
import requests

from chalicelib.kernel.importo import Importo
from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.flusso_riversamento import read_flusso
from chalicelib.nodo.messages.nodo_chiedi_elenco_flussi_rendicontazione import (
    NodoChiediElencoFlussiRendicontazione,
    NodoChiediElencoFlussiRendicontazioneRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_flusso_rendicontazione import (
    NodoChiediFlussoRendicontazione,
    NodoChiediFlussoRendicontazioneRisposta,
)
from sandbox import sample
from sandbox.fdr.archivio import FlussoSconosciuto, Totali
from sandbox.fdr.server import SERVICE_PATH
from sandbox.fdr.server import server as fdr_server
from sandbox.nodo.model import Protocollo
from sandbox.nodo.server import SOAP_PATH, server
from tests.nodo.official import PAGOPA, is_valid, needs_official, schema, schemas_for
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, IUV, NOW, an_invio, an_rpt

V2 = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": Protocollo.V2}
CCP = "e" * 32
KEY = {"Ocp-Apim-Subscription-Key": "chiave"}
ID_FLUSSO = "2026-11-24BSNDIT2T-0000000001"


def paga(nodo) -> str:
    token = nodo.attiva(**V2).token
    nodo.paga(token)
    return token


@pytest.fixture
def servizi(nodo):
    with server(nodo) as running:
        yield running


@pytest.fixture
def fdr(nodo):
    with fdr_server(nodo, chiave="chiave") as running:
        yield running


def chiedi(servizi, messaggio):
    body = soap.write_envelope(None, binding.write(messaggio))
    return soap.read_envelope(requests.post(servizi.url + SOAP_PATH, data=body, timeout=5).content).operation


def elenco(servizi, *, password: str = sample.STAZIONE_PASSWORD, id_dominio: str | None = sample.DOMINIO):
    richiesta = NodoChiediElencoFlussiRendicontazione(
        identificativo_intermediario_pa=sample.INTERMEDIARIO,
        identificativo_stazione_intermediario_pa=sample.STAZIONE_V2,
        password=password,
        identificativo_dominio=id_dominio,
    )
    return chiedi(servizi, richiesta)


def un_flusso(servizi, id_flusso: str = ID_FLUSSO, id_dominio: str = sample.DOMINIO):
    richiesta = NodoChiediFlussoRendicontazione(
        identificativo_intermediario_pa=sample.INTERMEDIARIO,
        identificativo_stazione_intermediario_pa=sample.STAZIONE_V2,
        password=sample.STAZIONE_PASSWORD,
        identificativo_dominio=id_dominio,
        identificativo_flusso=id_flusso,
    )
    return chiedi(servizi, richiesta)


class TestRendiconta:
    def test_reports_what_was_paid_once(self, nodo):
        token = paga(nodo)
        nodo.annulla(nodo.attiva(**V2).token)

        (flusso,) = nodo.rendicontazione.rendiconta()

        assert (flusso.id_flusso, flusso.id_dominio, flusso.iban) == (ID_FLUSSO, sample.DOMINIO, sample.IBAN)
        assert [(r.iuv, r.iur, r.indice, r.importo, r.esito) for r in flusso.righe] == [(IUV, token, 1, IMPORTO, "0")]
        assert (flusso.numero, flusso.importo, flusso.accreditato) == (1, IMPORTO, IMPORTO)
        assert nodo.rendicontazione.rendiconta() == []

    def test_reports_the_rt_of_the_classic_protocol(self, nodo, servizi):
        requests.post(servizi.url + SOAP_PATH, data=an_invio(an_rpt(CCP), ccp=CCP), timeout=5)
        nodo.esita_rpt((sample.DOMINIO, IUV, CCP), positiva=False)
        assert nodo.rendicontazione.rendiconta() == []

        nodo.esita_rpt((sample.DOMINIO, IUV, CCP), positiva=True)

        (flusso,) = nodo.rendicontazione.rendiconta()
        assert [(riga.iuv, riga.importo) for riga in flusso.righe] == [(IUV, IMPORTO)]

    def test_says_how_a_stand_in_went(self, nodo, govpay):
        avviso = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "importo": IMPORTO, "causale": "Verbale"}
        nodo.stand_in(**avviso)
        govpay.risposte["paSendRTV2Request"] = b"<no/>"
        nodo.stand_in(**avviso)

        (flusso,) = nodo.rendicontazione.rendiconta()

        assert [riga.esito for riga in flusso.righe] == ["4", "8"]

    def test_numbers_the_flows_of_a_day(self, nodo):
        paga(nodo)
        nodo.rendicontazione.rendiconta()
        paga(nodo)

        (secondo,) = nodo.rendicontazione.rendiconta(esiti={IUV: "9"})

        assert secondo.id_flusso == "2026-11-24BSNDIT2T-0000000002"
        assert secondo.righe[0].esito == "9"

    @pytest.mark.parametrize(
        ("totali", "numero", "importo"),
        [(Totali.IMPORTO_ERRATO, 1, Importo.parse("86.00")), (Totali.NUMERO_ERRATO, 2, IMPORTO)],
    )
    def test_is_wrong_where_asked(self, nodo, totali, numero, importo):
        paga(nodo)

        (flusso,) = nodo.rendicontazione.rendiconta(totali=totali)

        assert (flusso.numero, flusso.importo, flusso.accreditato) == (numero, importo, IMPORTO)

    def test_refuses_an_esito_that_is_none(self, nodo):
        with pytest.raises(ValueError, match="esiti"):
            nodo.rendicontazione.rendiconta(esiti={IUV: "7"})


class TestRivedi:
    def test_publishes_another_revision_later_than_the_first(self, nodo):
        paga(nodo)
        (prima,) = nodo.rendicontazione.rendiconta(totali=Totali.IMPORTO_ERRATO)

        dopo = nodo.rendicontazione.rivedi(prima.id_flusso)

        assert (dopo.revisione, dopo.importo, dopo.trn) == (2, IMPORTO, prima.trn)
        assert dopo.data_ora > prima.data_ora
        assert nodo.rendicontazione.flussi() == [dopo]
        assert nodo.rendicontazione.revisione(prima.id_flusso, 1) == prima

    def test_leaves_to_another_flow_what_is_taken_out(self, nodo, govpay):
        paga(nodo)
        altro = nodo.stand_in(
            id_dominio=sample.DOMINIO, numero_avviso="301202600000009998", importo=IMPORTO, causale="x"
        )
        (prima,) = nodo.rendicontazione.rendiconta()

        dopo = nodo.rendicontazione.rivedi(prima.id_flusso, togli=[altro.iuv])

        assert [riga.iuv for riga in dopo.righe] == [IUV]
        assert [one.iuv for one in nodo.rendicontazione.da_rendicontare()] == [altro.iuv]

    def test_refuses_a_flow_that_is_none_or_would_be_empty(self, nodo):
        paga(nodo)
        (flusso,) = nodo.rendicontazione.rendiconta()

        with pytest.raises(FlussoSconosciuto):
            nodo.rendicontazione.rivedi("boh")
        with pytest.raises(ValueError, match="almeno un pagamento"):
            nodo.rendicontazione.rivedi(flusso.id_flusso, togli=[IUV])


class TestSoap:
    def test_lists_and_gives_flows(self, nodo, servizi):
        paga(nodo)
        nodo.rendicontazione.rendiconta()

        lista = binding.read(NodoChiediElencoFlussiRendicontazioneRisposta, elenco(servizi))
        risposta = binding.read(NodoChiediFlussoRendicontazioneRisposta, un_flusso(servizi))

        rendicontazioni = lista.elenco_flussi_rendicontazione
        assert [(one.identificativo_flusso, one.data_ora_flusso) for one in rendicontazioni.id_rendicontazione] == [
            (ID_FLUSSO, NOW)
        ]
        testata, riga = read_flusso(BytesIO(risposta.xml_rendicontazione))
        assert (testata.importo, testata.id_psp, riga.iuv) == (IMPORTO, "BSNDIT2T", IUV)

    @needs_official
    @pytest.mark.parametrize("esito", ["0", "4", "8", "9"])
    def test_writes_what_the_schemas_admit(self, nodo, servizi, esito):
        paga(nodo)
        nodo.rendicontazione.rendiconta(esiti={IUV: esito})
        body = schemas_for("nodoChiediFlussoRendicontazione")[1]
        flusso = un_flusso(servizi)

        assert is_valid(body, elenco(servizi))
        assert is_valid(body, flusso)
        document = binding.read(NodoChiediFlussoRendicontazioneRisposta, flusso).xml_rendicontazione
        assert is_valid(schema("xsd-common/FlussoRiversamento_1_0_5.xsd"), soap.read_document(document))

    def test_refuses_by_code(self, nodo, servizi):
        paga(nodo)
        nodo.rendicontazione.rendiconta()

        password = binding.read(NodoChiediElencoFlussiRendicontazioneRisposta, elenco(servizi, password="sbagliata"))
        assente = binding.read(NodoChiediFlussoRendicontazioneRisposta, un_flusso(servizi, "boh"))
        altrui = binding.read(
            NodoChiediFlussoRendicontazioneRisposta, un_flusso(servizi, id_dominio=sample.UNIONE.id_dominio)
        )

        assert password.fault.fault_code == "PPT_AUTENTICAZIONE"
        assert assente.fault.fault_code == altrui.fault.fault_code == "PPT_ID_FLUSSO_SCONOSCIUTO"


class TestFdr:
    def get(self, fdr, path: str, **query):
        url = f"{fdr.url}{SERVICE_PATH}/organizations/{sample.DOMINIO}/fdrs{path}"
        return requests.get(url, params=query, headers=KEY, timeout=5)

    def test_gives_a_flow_by_pages(self, nodo, fdr):
        for _ in range(3):
            paga(nodo)
        nodo.rendicontazione.rendiconta()
        revisione = f"/{ID_FLUSSO}/revisions/1/psps/BSNDIT2T"

        lista = self.get(fdr, "").json()
        testata = self.get(fdr, revisione).json()
        pagine = [self.get(fdr, f"{revisione}/payments", page=page, size=2).json() for page in (1, 2)]

        assert [(one["fdr"], one["revision"]) for one in lista["data"]] == [(ID_FLUSSO, 1)]
        assert (testata["totPayments"], testata["sumPayments"]) == (3, 255.0)
        assert [pagina["count"] for pagina in pagine] == [2, 1]
        assert pagine[1]["metadata"] == {"pageSize": 2, "pageNumber": 2, "totPage": 2}
        assert [one["index"] for pagina in pagine for one in pagina["data"]] == [1, 2, 3]

    def test_lists_what_was_published_since(self, nodo, fdr):
        paga(nodo)
        nodo.rendicontazione.rendiconta()

        assert self.get(fdr, "", publishedGt="2026-11-24T09:29:59Z").json()["count"] == 1
        assert self.get(fdr, "", publishedGt="2026-11-24T09:30:00Z").json()["count"] == 0
        assert self.get(fdr, "", pspId="ALTRO").json()["count"] == 0

    def test_does_not_have_yet_what_is_late(self, nodo, fdr, servizi, monkeypatch):
        paga(nodo)
        (flusso,) = nodo.rendicontazione.rendiconta(ritardo=timedelta(hours=1))
        assente = un_flusso(servizi, ID_FLUSSO)

        assert nodo.rendicontazione.flussi() == [flusso]
        assert self.get(fdr, "").json()["count"] == 0
        assert self.get(fdr, f"/{ID_FLUSSO}/revisions/1/psps/BSNDIT2T").status_code == 404
        fault = binding.read(NodoChiediFlussoRendicontazioneRisposta, assente).fault
        assert fault.fault_code == "PPT_ID_FLUSSO_SCONOSCIUTO"

        later = nodo.now() + timedelta(hours=1)
        monkeypatch.setattr(nodo.rendicontazione, "_now", lambda: later)
        assert self.get(fdr, "").json()["data"][0]["published"] == f"{later:%Y-%m-%dT%H:%M:%SZ}"

    @needs_official
    def test_writes_what_the_schema_admits(self, nodo, fdr):
        import jsonschema

        spec = json.loads((PAGOPA / "openapi/sanp-3.12.0/fdr_organization.json").read_text())
        paga(nodo)
        nodo.rendicontazione.rendiconta()
        revisione = f"/{ID_FLUSSO}/revisions/1/psps/BSNDIT2T"

        for path, name in {
            "": "PaginatedFlowsResponse",
            revisione: "SingleFlowResponse",
            f"{revisione}/payments": "PaginatedPaymentsResponse",
            "/boh/revisions/1/psps/x": "ErrorResponse",
        }.items():
            jsonschema.validate(self.get(fdr, path).json(), {"$ref": f"#/components/schemas/{name}", **spec})

    def test_asks_for_the_subscription_key(self, fdr):
        url = f"{fdr.url}{SERVICE_PATH}/organizations/{sample.DOMINIO}/fdrs"

        assert requests.get(url, timeout=5).status_code == 401

    @pytest.mark.parametrize(
        ("path", "query", "status", "code"),
        [
            (f"/{ID_FLUSSO}/revisions/2/psps/BSNDIT2T", {}, 404, "FDR-3001"),
            (f"/{ID_FLUSSO}/revisions/1/psps/ALTRO", {}, 404, "FDR-3001"),
            ("", {"page": 0}, 400, "FDR-1001"),
            ("", {"size": 1001}, 400, "FDR-1001"),
            ("", {"publishedGt": "ieri"}, 400, "FDR-1001"),
        ],
    )
    def test_refuses_by_code(self, nodo, fdr, path, query, status, code):  # noqa: PLR0917
        paga(nodo)
        nodo.rendicontazione.rendiconta()

        refused = self.get(fdr, path, **query)

        assert (refused.status_code, refused.json()["appErrorCode"]) == (status, code)


class TestServer:
    def test_makes_and_revises_flows_when_asked(self, nodo, fdr):
        paga(nodo)

        fatti = requests.post(f"{fdr.url}/api/rendiconta", json={"totali": "importo-errato"}, timeout=5)
        rivisto = requests.post(f"{fdr.url}/api/flussi/{ID_FLUSSO}", json={"esiti": {IUV: "9"}}, timeout=5)

        assert (fatti.status_code, fatti.json()[0]["importoTotale"]) == (201, 86.0)
        assert rivisto.json()["revisione"] == 2
        assert rivisto.json()["pagamenti"][0]["esito"] == "9"
        assert len(requests.get(f"{fdr.url}/api/flussi", timeout=5).json()) == 1

    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/api/rendiconta", {"idDominio": "1"}, 400),
            ("/api/rendiconta", {"totali": "boh"}, 400),
            ("/api/rendiconta", {"esiti": []}, 201),
            ("/api/rendiconta", {"esiti": [1]}, 400),
            ("/api/rendiconta", {"altrui": 2}, 201),
            ("/api/rendiconta", {"altrui": -1}, 400),
            ("/api/rendiconta", {"altrui": True}, 400),
            ("/api/rendiconta", {"ritardo": 60}, 201),
            ("/api/rendiconta", {"ritardo": -1}, 400),
            ("/api/rendiconta", {"ritardo": "domani"}, 400),
            ("/api/rendiconta", {"esiti": {IUV: "7"}}, 400),
            ("/api/flussi/boh", {}, 404),
            ("/api/flussi/boh", {"togli": IUV}, 400),
        ],
    )
    def test_says_what_is_wrong(self, fdr, path, body, status):
        assert requests.post(fdr.url + path, json=body, timeout=5).status_code == status

    def test_has_pages(self, nodo, fdr):
        paga(nodo)

        dopo = requests.post(f"{fdr.url}/rendiconta", data={"totali": "giusti"}, timeout=5)
        rivisto = requests.post(f"{fdr.url}/flussi/{ID_FLUSSO}/revisioni", data={"totali": "numero-errato"}, timeout=5)

        assert ID_FLUSSO in dopo.text
        assert IUV in rivisto.text
        assert requests.get(f"{fdr.url}/flussi/boh", timeout=5).status_code == 404
