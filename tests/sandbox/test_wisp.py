"""The WISP: where the payer of a cart of RPT goes, what the Nodo tells GovPay, how the payer comes back."""

import pytest
import requests

from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.intestazione_ppt import IntestazioneCarrelloPpt
from chalicelib.nodo.messages.nodo_chiedi_lista_pendenti_rpt import (
    NodoChiediListaPendentiRpt,
    NodoChiediListaPendentiRptRisposta,
)
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import NodoChiediStatoRpt, NodoChiediStatoRptRisposta
from chalicelib.nodo.messages.nodo_invia_carrello_rpt import (
    ElementoListaRpt,
    NodoInviaCarrelloRpt,
    NodoInviaCarrelloRptRisposta,
)
from chalicelib.nodo.messages.nodo_invia_rpt import NodoInviaRptRisposta
from chalicelib.nodo.messages.rpt import write_rpt
from chalicelib.nodo.messages.rt import read_rt
from sandbox import sample
from sandbox.nodo import guasti
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.model import StatoRicevuta
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from sandbox.nodo.server import SOAP_PATH
from sandbox.nodo.server import server as nodo_server
from sandbox.wisp.server import server
from sandbox.wisp.wisp import Wisp
from tests.sandbox.govpay_finto import IUV, NOW, an_invio, an_rpt

RITORNO = "http://govpay.example/ecsp/psp"
PRIMA, SECONDA = "carrello-1", "carrello-1-bis"


@pytest.fixture
def nodo(govpay) -> Nodo:
    registro = Registro()
    client = GovPayClient(govpay.url, sample.NODO_PRINCIPAL, sample.NODO_PASSWORD, registro)
    return Nodo(anagrafica=sample.anagrafica_nodo(RITORNO), govpay=client, registro=registro, now=lambda: NOW)


@pytest.fixture
def servizi(nodo):
    with nodo_server(nodo) as running:
        yield running.url + SOAP_PATH


@pytest.fixture
def wisp(nodo):
    wisp = Wisp(nodo, attesa=lambda _secondi: None)
    with server(wisp) as running:
        yield running.url


def answer(servizi, body: bytes, cls):
    received = requests.post(servizi, data=body, headers={"Content-Type": "text/xml"}, timeout=5)
    return binding.read(cls, soap.read_envelope(received.content).operation)


def a_cart(*ccp: str, id_carrello: str = "carrello-1") -> bytes:
    testa = IntestazioneCarrelloPpt(
        identificativo_intermediario_pa=sample.INTERMEDIARIO,
        identificativo_stazione_intermediario_pa=sample.STAZIONE_V1,
        identificativo_carrello=id_carrello,
    )
    corpo = NodoInviaCarrelloRpt(
        password=sample.STAZIONE_PASSWORD,
        identificativo_psp="AGID_01",
        identificativo_intermediario_psp="97735020584",
        identificativo_canale="97735020584_02",
        lista_rpt=tuple(
            ElementoListaRpt(
                identificativo_dominio=sample.DOMINIO,
                identificativo_univoco_versamento=IUV,
                codice_contesto_pagamento=one,
                rpt=write_rpt(an_rpt(one)),
            )
            for one in ccp
        ),
    )
    return soap.write_envelope(binding.write(testa), binding.write(corpo))


def invia(servizi, *ccp: str, **altro) -> NodoInviaCarrelloRptRisposta:
    return answer(servizi, a_cart(*(ccp or (PRIMA, SECONDA)), **altro), NodoInviaCarrelloRptRisposta)


def session_of(url: str) -> str:
    return url.partition("idSession=")[2]


def paga(wisp, id_session: str, **campi):
    dati = {"idSession": id_session, "ritardo": "0", **campi}
    return requests.post(f"{wisp}/paga", data=dati, timeout=5, allow_redirects=False)


class TestCarrello:
    def test_sends_the_payer_to_the_wisp(self, servizi, wisp):
        url = invia(servizi).url

        assert url.startswith(f"{wisp}/?idSession=")
        assert "170,00 €" in requests.get(url, timeout=5).text

    def test_is_told_by_the_state_of_each_of_its_rpt(self, servizi, wisp):
        url = invia(servizi).url

        esito = answer(servizi, an_asking(NodoChiediStatoRpt, PRIMA), NodoChiediStatoRptRisposta).esito
        assert (esito.stato, esito.redirect, esito.url) == ("RPT_ACCETTATA_NODO", 1, url)

    def test_is_taken_once(self, servizi, wisp):
        invia(servizi)

        assert invia(servizi, "c").fault.fault_code == "PPT_ID_CARRELLO_DUPLICATO"

    def test_is_refused_whole_for_one_rpt_known_already(self, servizi, wisp, nodo):
        invia(servizi, PRIMA)

        rifiutato = invia(servizi, SECONDA, PRIMA, id_carrello="carrello-2")

        assert [(one.serial, one.fault_code) for one in rifiutato.lista_errori_rpt] == [(2, "PPT_RPT_DUPLICATA")]
        assert len(nodo.archivio.tutte()) == 1

    def test_may_be_a_single_rpt(self, servizi, wisp):
        invio = an_invio(an_rpt(PRIMA), ccp=PRIMA).replace(b"BSNDIT2T", b"AGID_01")

        risposta = answer(servizi, invio, NodoInviaRptRisposta)

        ritorno = paga(wisp, session_of(risposta.url)).headers["Location"]
        assert risposta.redirect == 1
        assert ritorno.startswith(f"{RITORNO}?idDominio={sample.DOMINIO}&idSession=")

    def test_is_refused_on_demand(self, servizi, wisp, nodo):
        nodo.guasti.accendi(guasti.CARRELLO_RIFIUTATO)

        assert invia(servizi).lista_errori_rpt[0].fault_code == "PPT_SEMANTICA"
        assert nodo.archivio.tutte() == {}

    def test_is_taken_though_the_answer_is_lost_on_demand(self, servizi, wisp, nodo):
        nodo.guasti.accendi(guasti.RISPOSTA_PERSA, volte=1)

        with pytest.raises(requests.ConnectionError):
            invia(servizi)

        assert len(nodo.carrelli.tutti()) == 1


def an_asking(cls, ccp: str) -> bytes:
    chiave = {
        "identificativo_intermediario_pa": sample.INTERMEDIARIO,
        "identificativo_stazione_intermediario_pa": sample.STAZIONE_V1,
        "password": sample.STAZIONE_PASSWORD,
        "identificativo_dominio": sample.DOMINIO,
        "identificativo_univoco_versamento": IUV,
        "codice_contesto_pagamento": ccp,
    }
    return soap.write_envelope(None, binding.write(cls(**chiave)))


class TestPaga:
    @pytest.mark.parametrize(
        ("azione", "atteso"),
        [
            ("paga", ("OK", ["0"])),
            ("rifiuta", ("ERROR", ["1"])),
            ("annulla", ("ERROR", ["1"])),
            ("differisce", ("DIFFERITO", ["0"])),
            ("ko-poi-ok", ("OK", ["1", "0"])),
        ],
    )
    def test_tells_govpay_by_rt_and_the_station_by_the_return(self, servizi, wisp, govpay, azione, atteso):
        esito, codici = atteso
        sessione = session_of(invia(servizi, PRIMA).url)

        ritorno = paga(wisp, sessione, azione=azione)

        rt = [read_rt(govpay.ricevuta(numero).rt).dati_pagamento for numero in range(len(codici))]
        assert ritorno.headers["Location"] == f"{RITORNO}?idSession={sessione}&esito={esito}"
        assert [one.codice_esito_pagamento for one in rt] == codici

    def test_answers_every_rpt_of_the_cart(self, servizi, wisp, govpay):
        paga(wisp, session_of(invia(servizi).url))

        ccp = [read_rt(govpay.ricevuta(numero).rt).dati_pagamento.codice_contesto_pagamento for numero in (0, 1)]
        assert ccp == [PRIMA, SECONDA]

    def test_pays_once(self, servizi, wisp, govpay):
        sessione = session_of(invia(servizi, PRIMA).url)

        prima, seconda = paga(wisp, sessione), paga(wisp, sessione)

        assert (prima.status_code, seconda.status_code) == (303, 200)
        assert govpay.operazioni == ["paaInviaRT"]

    def test_loses_the_rt_which_the_nodo_still_has(self, servizi, wisp, nodo, govpay):
        paga(wisp, session_of(invia(servizi, PRIMA).url), ricevute="perse")

        (ricevuta,) = nodo.consegne.tutte()
        assert (ricevuta.stato, govpay.operazioni) == (StatoRicevuta.DA_INVIARE, [])
        esito = answer(servizi, an_asking(NodoChiediStatoRpt, PRIMA), NodoChiediStatoRptRisposta).esito
        assert esito.stato == "RT_ACCETTATA_NODO"

    def test_loses_the_rt_by_the_fault_of_the_nodo(self, servizi, wisp, nodo, govpay):
        nodo.guasti.accendi(guasti.RICEVUTA_PERSA, operazione="paaInviaRT")

        paga(wisp, session_of(invia(servizi, PRIMA).url))

        assert govpay.operazioni == []

    @pytest.mark.parametrize("campi", [{"azione": "boh"}, {"ricevute": "boh"}, {"ritardo": "9999"}])
    def test_refuses_what_it_cannot_do(self, servizi, wisp, campi):
        assert paga(wisp, session_of(invia(servizi).url), **campi).status_code == 400


class TestPendenti:
    def pendenti(self, servizi, **altro):
        richiesta = NodoChiediListaPendentiRpt(
            **{
                "identificativo_intermediario_pa": sample.INTERMEDIARIO,
                "identificativo_stazione_intermediario_pa": sample.STAZIONE_V1,
                "password": sample.STAZIONE_PASSWORD,
                "dimensione_lista": 10,
            }
            | altro
        )
        body = soap.write_envelope(None, binding.write(richiesta))
        return answer(servizi, body, NodoChiediListaPendentiRptRisposta)

    def test_are_the_rpt_of_carts_left_at_the_wisp(self, servizi, wisp, nodo):
        invia(servizi)
        nodo.esita_rpt((sample.DOMINIO, IUV, PRIMA), positiva=True)

        lista = self.pendenti(servizi).lista_rpt_pendenti

        assert lista.tot_restituiti == 1
        assert lista.rpt_pendente[0].codice_contesto_pagamento == SECONDA
        assert lista.rpt_pendente[0].stato == "RPT_ACCETTATA_NODO"

    @pytest.mark.parametrize(
        "chiesti",
        [
            {"identificativo_dominio": sample.SCUOLA.id_dominio},
            {"identificativo_stazione_intermediario_pa": sample.STAZIONE_V2},
            {"range_a": NOW.replace(year=2025)},
            {"range_da": NOW.replace(year=2027)},
        ],
    )
    def test_are_those_asked_for(self, servizi, wisp, chiesti):
        invia(servizi)

        assert self.pendenti(servizi, **chiesti).lista_rpt_pendenti.tot_restituiti == 0

    def test_are_no_more_than_asked_for(self, servizi, wisp):
        invia(servizi)

        assert self.pendenti(servizi, dimensione_lista=1).lista_rpt_pendenti.tot_restituiti == 1

    def test_are_told_to_the_stazione_alone(self, servizi, wisp):
        assert self.pendenti(servizi, password="sbagliata").fault.fault_code == "PPT_AUTENTICAZIONE"


class TestPagine:
    def test_lead_from_the_psp_to_the_payment(self, servizi, wisp):
        sessione = session_of(invia(servizi).url)

        al_psp = requests.post(f"{wisp}/psp", data={"idSession": sessione, "psp": "PSTSBX01"}, timeout=5)

        assert "Poste Sandbox" in al_psp.text
        assert "form-action http: https:" in al_psp.headers["Content-Security-Policy"]
        stato = answer(servizi, an_asking(NodoChiediStatoRpt, PRIMA), NodoChiediStatoRptRisposta).esito.stato
        assert stato == "RPT_ACCETTATA_PSP"

    def test_know_their_psps_and_sessions(self, servizi, wisp):
        sessione = session_of(invia(servizi).url)

        assert requests.post(f"{wisp}/psp", data={"idSession": sessione, "psp": "BOH"}, timeout=5).status_code == 400
        assert requests.get(f"{wisp}/?idSession=boh", timeout=5).status_code == 404

    def test_show_the_sessions(self, servizi, wisp):
        invia(servizi)

        assert "carrello-1" in requests.get(wisp, timeout=5).text


class TestApi:
    def test_pays_without_a_browser(self, servizi, wisp, govpay):
        invia(servizi)
        (aperta,) = requests.get(f"{wisp}/api/sessioni", timeout=5).json()

        pagata = requests.post(f"{wisp}/api/sessioni/{aperta['idSession']}", json={"azione": "paga"}, timeout=5).json()

        assert (pagata["stato"], len(pagata["rpt"])) == ("PAGATO", 2)
        assert pagata["ritorno"].endswith("&esito=OK")
        assert govpay.operazioni == ["paaInviaRT"] * 2
