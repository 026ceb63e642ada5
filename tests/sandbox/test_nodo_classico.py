"""The Nodo speaks RPT and RT, and answers what GovPay asks."""

import pytest
import requests

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.nodo import binding, soap
from chalicelib.nodo.messages.intestazione_ppt import IntestazioneCarrelloPpt
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRt, NodoChiediCopiaRtRisposta
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
from sandbox.nodo.model import Protocollo, Rifiuto
from sandbox.nodo.server import SOAP_PATH, server
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, IUV, an_invio, an_rpt

CCP = "c" * 32
AVVISO_CLASSICO = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": Protocollo.CLASSICO}


@pytest.fixture
def servizi(nodo):
    with server(nodo) as running:
        yield running


def post(servizi, body: bytes) -> requests.Response:
    return requests.post(servizi.url + SOAP_PATH, data=body, headers={"Content-Type": "text/xml"}, timeout=5)


def answer(servizi, body: bytes, cls):
    return binding.read(cls, soap.read_envelope(post(servizi, body).content).operation)


@pytest.fixture
def rpt_in_arrivo(govpay, servizi):
    """GovPay sends its RPT as soon as it is asked for."""

    def invia(testa) -> None:
        ccp = testa.codice_contesto_pagamento
        assert answer(servizi, an_invio(an_rpt(ccp), ccp=ccp), NodoInviaRptRisposta).esito == "OK"

    govpay.dopo_attiva = invia


class TestPaga:
    def test_answers_the_rpt_with_its_rt(self, nodo, govpay, rpt_in_arrivo):
        assert nodo.verifica(**AVVISO_CLASSICO).importo == IMPORTO
        tentativo = nodo.attiva(**AVVISO_CLASSICO, importo=IMPORTO)

        nodo.paga(tentativo.token)

        rt = read_rt(govpay.ricevuta().rt)
        assert rt.riferimento_messaggio_richiesta == "messaggio1"
        assert rt.dati_pagamento.codice_contesto_pagamento == tentativo.token
        assert (rt.dati_pagamento.codice_esito_pagamento, rt.dati_pagamento.importo_totale_pagato) == ("0", IMPORTO)
        assert len(rt.dati_pagamento.dati_singolo_pagamento) == 1

    def test_may_turn_out_well_after_a_ko(self, nodo, govpay, rpt_in_arrivo):
        tentativo = nodo.attiva(**AVVISO_CLASSICO, importo=IMPORTO)

        nodo.annulla(tentativo.token)
        nodo.paga(tentativo.token)

        ko, ok = read_rt(govpay.ricevuta(-2).rt), read_rt(govpay.ricevuta(-1).rt)
        assert (ko.dati_pagamento.codice_esito_pagamento, ko.dati_pagamento.importo_totale_pagato) == ("1", ZERO)
        assert ok.dati_pagamento.codice_esito_pagamento == "0"

    def test_says_so_when_the_rpt_does_not_come(self, nodo):
        tentativo = nodo.attiva(**AVVISO_CLASSICO, importo=IMPORTO)

        with pytest.raises(Rifiuto) as refused:
            nodo.paga(tentativo.token)

        assert refused.value.codice == "PPT_RPT_SCONOSCIUTA"
        assert nodo.attiva(**AVVISO_CLASSICO, importo=IMPORTO).token != tentativo.token


class TestInviaRpt:
    def test_keeps_an_rpt_once(self, servizi, nodo):
        invio = an_invio(an_rpt(CCP), ccp=CCP)

        prima, seconda = (answer(servizi, invio, NodoInviaRptRisposta) for _ in range(2))

        assert prima.esito == "OK"
        assert (seconda.esito, seconda.fault.fault_code) == ("KO", "PPT_RPT_DUPLICATA")
        assert nodo.archivio.una((sample.DOMINIO, IUV, CCP)).rpt == an_rpt(CCP)

    @pytest.mark.parametrize(
        ("invio", "codice"),
        [
            (an_invio(an_rpt(CCP), ccp=CCP, password="sbagliata"), "PPT_AUTENTICAZIONE"),
            (an_invio(an_rpt("altro"), ccp=CCP), "PPT_SEMANTICA"),
            (an_invio(an_rpt(CCP, importo=Importo(1)), ccp=CCP), "PPT_SEMANTICA"),
            (an_invio(an_rpt(CCP, iban="IT24D0542811101000000654321"), ccp=CCP), "PPT_IBAN_NON_CENSITO"),
            (
                an_invio(an_rpt(CCP), ccp=CCP, identificativo_intermediario_pa="1"),
                "PPT_INTERMEDIARIO_PA_SCONOSCIUTO",
            ),
            (
                an_invio(an_rpt(CCP), ccp=CCP, identificativo_stazione_intermediario_pa="1"),
                "PPT_STAZIONE_INT_PA_SCONOSCIUTA",
            ),
            (an_invio(an_rpt(CCP), ccp=CCP, identificativo_dominio="1"), "PPT_DOMINIO_SCONOSCIUTO"),
        ],
    )
    def test_refuses_by_code(self, servizi, invio, codice):
        risposta = answer(servizi, invio, NodoInviaRptRisposta)

        assert (risposta.esito, risposta.fault.fault_code) == ("KO", codice)

    def test_refuses_what_is_not_the_schema(self, servizi):
        invio = an_invio(an_rpt(CCP), ccp=CCP).replace(b"identificativoCanale>", b"canale>")

        assert answer(servizi, invio, NodoInviaRptRisposta).fault.fault_code == "PPT_SINTASSI_XSD"

    def test_answers_a_soap_fault_to_what_is_no_message(self, servizi):
        assert post(servizi, b"niente").status_code == 500


class TestInviaCarrello:
    def carrello(self, password: str = sample.STAZIONE_PASSWORD) -> bytes:
        testa = IntestazioneCarrelloPpt(
            identificativo_intermediario_pa=sample.INTERMEDIARIO,
            identificativo_stazione_intermediario_pa=sample.STAZIONE_V1,
            identificativo_carrello="carrello-1",
        )
        one = ElementoListaRpt(
            identificativo_dominio=sample.DOMINIO,
            identificativo_univoco_versamento=IUV,
            codice_contesto_pagamento=CCP,
            rpt=write_rpt(an_rpt(CCP)),
        )
        corpo = NodoInviaCarrelloRpt(
            password=password,
            identificativo_psp="AGID_01",
            identificativo_intermediario_psp="97735020584",
            identificativo_canale="97735020584_02",
            lista_rpt=(one,),
        )
        return soap.write_envelope(binding.write(testa), binding.write(corpo))

    def test_keeps_the_rpts_and_says_where_to_go_on(self, servizi, nodo):
        risposta = answer(servizi, self.carrello(), NodoInviaCarrelloRptRisposta)

        assert risposta.esito_complessivo_operazione == "OK"
        assert requests.get(risposta.url, timeout=5).status_code == 200
        assert nodo.archivio.una((sample.DOMINIO, IUV, CCP)) is not None

    def test_names_the_rpt_it_refuses(self, servizi, nodo):
        risposta = answer(servizi, self.carrello(password="sbagliata"), NodoInviaCarrelloRptRisposta)

        assert [(one.serial, one.fault_code) for one in risposta.lista_errori_rpt] == [(1, "PPT_AUTENTICAZIONE")]
        assert nodo.archivio.tutte() == {}


CHIAVE = {
    "identificativo_intermediario_pa": sample.INTERMEDIARIO,
    "identificativo_stazione_intermediario_pa": sample.STAZIONE_V1,
    "password": sample.STAZIONE_PASSWORD,
    "identificativo_dominio": sample.DOMINIO,
    "identificativo_univoco_versamento": IUV,
    "codice_contesto_pagamento": CCP,
}


class TestChiedi:
    def stato(self, servizi):
        richiesta = soap.write_envelope(None, binding.write(NodoChiediStatoRpt(**CHIAVE)))
        return answer(servizi, richiesta, NodoChiediStatoRptRisposta)

    def copia(self, servizi):
        richiesta = soap.write_envelope(None, binding.write(NodoChiediCopiaRt(**CHIAVE)))
        return answer(servizi, richiesta, NodoChiediCopiaRtRisposta)

    def test_knows_nothing_of_an_rpt_it_has_not(self, servizi):
        assert self.stato(servizi).fault.fault_code == "PPT_RPT_SCONOSCIUTA"
        assert self.copia(servizi).fault.fault_code == "PPT_RT_SCONOSCIUTA"

    def test_tells_the_state_of_an_rpt_without_rt(self, servizi):
        post(servizi, an_invio(an_rpt(CCP), ccp=CCP))

        assert self.stato(servizi).esito.stato == "RPT_ACCETTATA_PSP"
        assert self.copia(servizi).fault.fault_code == "PPT_RT_NONDISPONIBILE"

    def test_gives_the_rt_once_more(self, servizi, nodo, govpay):
        post(servizi, an_invio(an_rpt(CCP), ccp=CCP))
        nodo.esita_rpt((sample.DOMINIO, IUV, CCP), positiva=True)

        assert self.stato(servizi).esito.stato == "RT_ACCETTATA_PA"
        assert self.copia(servizi).rt == govpay.ricevuta().rt


class TestGuasti:
    def accendi(self, servizi, **guasto):
        return requests.post(f"{servizi.url}/api/guasti", json=guasto, timeout=5)

    def test_closes_the_connection_as_often_as_told(self, servizi):
        assert self.accendi(servizi, nome=guasti.IRRAGGIUNGIBILE, volte=1).status_code == 201
        invio = an_invio(an_rpt(CCP), ccp=CCP)

        with pytest.raises(requests.ConnectionError):
            post(servizi, invio)
        assert answer(servizi, invio, NodoInviaRptRisposta).esito == "OK"

    def test_cuts_the_answer_short_though_the_rpt_is_kept(self, servizi, nodo):
        self.accendi(servizi, nome=guasti.MALFORMATA)

        risposta = post(servizi, an_invio(an_rpt(CCP), ccp=CCP))

        with pytest.raises(soap.XmlNonBenFormato):
            soap.read_envelope(risposta.content)
        assert nodo.archivio.una((sample.DOMINIO, IUV, CCP)) is not None

    def test_answers_slowly(self, servizi, monkeypatch):
        monkeypatch.setattr(guasti, "SECONDI_LENTA", 0.01)
        self.accendi(servizi, nome=guasti.LENTA)

        assert answer(servizi, an_invio(an_rpt(CCP), ccp=CCP), NodoInviaRptRisposta).esito == "OK"

    def test_answers_the_fault_of_the_nodo_that_is_named(self, servizi, nodo):
        self.accendi(servizi, nome="PPT_SYSTEM_ERROR", operazione="nodoInviaRPT")

        risposta = answer(servizi, an_invio(an_rpt(CCP), ccp=CCP), NodoInviaRptRisposta)

        assert risposta.fault.fault_code == "PPT_SYSTEM_ERROR"
        assert nodo.archivio.tutte() == {}

    def test_goes_when_switched_off(self, servizi):
        self.accendi(servizi, nome=guasti.IRRAGGIUNGIBILE)

        assert requests.delete(f"{servizi.url}/api/guasti", timeout=5).status_code == 204
        assert answer(servizi, an_invio(an_rpt(CCP), ccp=CCP), NodoInviaRptRisposta).esito == "OK"

    @pytest.mark.parametrize("guasto", [{"nome": "boh"}, {"nome": "PPT_X"}, {"nome": guasti.LENTA, "volte": 0}])
    def test_has_a_name_that_exists(self, servizi, guasto):
        assert self.accendi(servizi, **guasto).status_code == 400


class TestPagine:
    def test_show_what_the_nodo_remembers(self, servizi, nodo):
        post(servizi, an_invio(an_rpt(CCP), ccp=CCP))
        nodo.esita_rpt((sample.DOMINIO, IUV, CCP), positiva=True)

        home = requests.get(servizi.url, timeout=5).text
        messaggio = requests.get(f"{servizi.url}/messaggi/1", timeout=5).text

        assert "paaInviaRT" in home
        assert 'href="/messaggi/1"' in home
        assert "nodoInviaRPT" in messaggio

    def test_switch_faults_on_and_off(self, servizi, nodo):
        requests.post(f"{servizi.url}/guasti", data={"nome": guasti.LENTA, "altro": "PPT_SYSTEM_ERROR"}, timeout=5)
        assert [one.nome for one in nodo.guasti.attivi()] == ["PPT_SYSTEM_ERROR"]

        requests.post(f"{servizi.url}/guasti", data={"azione": "spegni"}, timeout=5)
        assert nodo.guasti.attivi() == []
