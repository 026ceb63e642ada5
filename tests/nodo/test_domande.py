"""Questions to the Nodo on the wire: what is asked is what the official schemas admit, every fault is a reason."""

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from lxml import etree

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Connettore
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.exchange import Esito
from chalicelib.nodo import dispatch, ricevute
from chalicelib.nodo.documenti import rt_of
from chalicelib.nodo.domande import DomandeNodo
from chalicelib.nodo.faults import PPT
from chalicelib.nodo.messages.fault_bean import FaultBean
from chalicelib.nodo.messages.nodo_chiedi_copia_rt import NodoChiediCopiaRtRisposta
from chalicelib.nodo.messages.nodo_chiedi_lista_pendenti_rpt import (
    ListaRptPendenti,
    NodoChiediListaPendentiRptRisposta,
    RptPendente,
)
from chalicelib.nodo.messages.nodo_chiedi_stato_rpt import (
    EsitoChiediStatoRpt,
    NodoChiediStatoRptRisposta,
)
from chalicelib.nodo.messages.rt import write_rt
from chalicelib.nodo.soap import read_envelope
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import EsitoPagamento
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero.model import EsitoCopia, EsitoStato
from chalicelib.pagamenti.states import StatoRpp as R
from chalicelib.pendenze import repository as pendenze
from tests import builders_anagrafica as sample
from tests.builders_pagamenti import (
    CANALE,
    CCP,
    DOMINIO,
    IUV,
    NAV,
    NOW,
    STAZIONE,
    a_ko_rt,
    a_pendenza,
    an_rt,
)
from tests.doubles_pagamenti import ports
from tests.ente_finto import Asked, EnteFinto, running
from tests.nodo.official import needs_official, schemas_for

DUE = NOW + timedelta(minutes=40)
STATO, COPIA, LISTA = "nodoChiediStatoRPT", "nodoChiediCopiaRT", "nodoChiediListaPendentiRPT"


class NodoFinto(EnteFinto):
    """Answers each operation as told: a message, bytes, or None for silence."""

    def answer(self, request: Asked) -> tuple[int, bytes]:
        told = self.told[request.headers["SOAPAction"].strip('"')]
        if told is None:
            self.closing.wait(10)
            return 500, b""
        return 200, told if isinstance(told, bytes) else dispatch.write_message(told)


def a_fault(code):
    return FaultBean(fault_code=code, fault_string="Errore", id="NodoDeiPagamentiSPC", description="perché")


def stato(name, url=None):
    return NodoChiediStatoRptRisposta(esito=EsitoChiediStatoRpt(stato=name, redirect=1, url=url))


@pytest.fixture
def nodo(aws):
    sample.seed_comune(NOW)
    pendenze.save(None, replace(a_pendenza(), versione=0))
    server, recorded = NodoFinto(), []
    server.headers = {"Content-Type": "text/xml"}
    NodoFinto.told = {}
    NodoFinto.recorded = recorded
    with ExitStack() as running_now:
        running_now.enter_context(running(server))
        anagrafica.put_intermediario(intermediario=sample.an_intermediario(servizio_pagopa=Connettore(url=server.url)))
        domande = DomandeNodo(recorder=recorded.append, seconds=1.0)
        running_now.enter_context(ports(domande=domande))
        NodoFinto.domande = domande
        activate()
        yield server


def activate():
    pagabile = operations.verify(id_dominio=DOMINIO, iuv=IUV, numero_avviso=NAV, now=NOW)
    operations.activate_classic(
        pagabile=pagabile, ccp=CCP, canale=CANALE, importo=a_pendenza().importo, versante=None, pagatore=None, now=NOW
    )
    operations.send_rpt(id_dominio=DOMINIO, iuv=IUV, ccp=CCP, now=NOW)


def attempt():
    return repository.load(DOMINIO, IUV).rpp_of(CCP)


def rt_bytes(ricevuta=None):
    return write_rt(rt_of(ricevuta or an_rt(attempt()), attempt()))


def copia(rt, tipo_firma="0"):
    return NodoChiediCopiaRtRisposta(tipo_firma=tipo_firma, rt=rt)


def settle(now=DUE):
    recupero.recover({"passo": "RPP", "idDominio": DOMINIO, "iuv": IUV, "ccp": CCP}, now=now)
    return attempt()


def elements(server, action):
    return [
        read_envelope(asked.body).operation for asked in server.asked if asked.headers["SOAPAction"] == f'"{action}"'
    ]


class TestAQuestion:
    @needs_official
    @pytest.mark.parametrize("action", [STATO, COPIA, LISTA])
    def test_is_what_the_nodo_asks_for(self, nodo, action):
        nodo.told |= {STATO: stato("RT_ACCETTATA_NODO"), COPIA: NodoChiediCopiaRtRisposta(fault=a_fault("PPT_X"))}
        nodo.told[LISTA] = NodoChiediListaPendentiRptRisposta(lista_rpt_pendenti=ListaRptPendenti(tot_restituiti=0))
        settle()
        recupero.sweep(now=NOW)
        window = {"da": (NOW - timedelta(days=1)).isoformat(), "a": NOW.isoformat()}
        recupero.recover({"passo": "PENDENTI", "idDominio": DOMINIO, "idStazione": STAZIONE, **window}, now=DUE)

        [asked] = elements(nodo, action)

        body = schemas_for(action)[1]
        assert body.validate(etree.fromstring(etree.tostring(asked))), body.error_log
        assert asked.findtext("identificativoDominio") == DOMINIO

    def test_is_in_the_giornale_without_the_password_of_the_stazione(self, nodo):
        nodo.told[STATO] = stato("RPT_ACCETTATA_PSP")

        settle()

        [exchange] = nodo.recorded
        assert (exchange.tipo_evento, exchange.esito, exchange.about.ccp) == (STATO, Esito.OK, CCP)
        password = elements(nodo, STATO)[0].findtext("password")
        assert password
        assert password not in str(exchange)

    @pytest.mark.parametrize("code", sorted(PPT - {"PPT_RPT_SCONOSCIUTA"}))
    def test_that_is_answered_by_a_fault_says_which(self, nodo, code):
        nodo.told[STATO] = NodoChiediStatoRptRisposta(fault=a_fault(code))

        risposta = nodo.domande.stato(attempt(), now=DUE)

        assert (risposta.esito, risposta.motivo) == (EsitoStato.INCERTO, f"{code}: perché")
        assert nodo.recorded[-1].sottotipo_esito == code

    def test_about_what_the_nodo_never_had(self, nodo):
        nodo.told[STATO] = NodoChiediStatoRptRisposta(fault=a_fault("PPT_RPT_SCONOSCIUTA"))

        assert nodo.domande.stato(attempt(), now=DUE).esito is EsitoStato.SCONOSCIUTA

    @pytest.mark.parametrize("name", [stato.value for stato in R])
    def test_is_answered_by_any_state(self, nodo, name):
        nodo.told[STATO] = stato(name, "https://wisp.pagopa.example/r?idSession=nodo-77")

        risposta = nodo.domande.stato(attempt(), now=DUE)

        assert (risposta.stato, risposta.id_session) == (R(name), "nodo-77")

    @pytest.mark.parametrize(
        "told",
        [stato("STATO_MAI_VISTO"), b"<a/>", b"", NodoChiediStatoRptRisposta(), stato("RPT_ACCETTATA_PSP", "x:y")],
    )
    def test_is_answered_by_what_makes_no_sense(self, nodo, told):
        nodo.told[STATO] = told

        risposta = nodo.domande.stato(attempt(), now=DUE)

        assert risposta.redirect is None
        assert risposta.esito is (EsitoStato.NOTA if risposta.stato else EsitoStato.INCERTO)

    def test_is_not_answered(self, nodo):
        nodo.told[STATO] = None

        rpp = settle()

        assert rpp.stato is R.RPT_ACCETTATA_NODO
        assert "Verifica 1 di 84" in rpp.descrizione_stato
        assert nodo.recorded[-1].esito is Esito.FAIL

    def test_cannot_be_asked_without_the_stazione(self, nodo):
        risposta = nodo.domande.stato(replace(attempt(), id_stazione="12345678901_77"), now=DUE)

        assert (risposta.esito, nodo.asked) == (EsitoStato.INCERTO, [])
        assert "12345678901_77" in risposta.motivo


class TestAnRtThatWasLost:
    @pytest.fixture(autouse=True)
    def answered(self, nodo):
        nodo.told[STATO] = stato("RT_ESITO_SCONOSCIUTO_PA")

    def test_is_acquired_as_one_that_was_sent(self, nodo):
        nodo.told[COPIA] = copia(rt_bytes())

        rpp = settle()

        assert (rpp.stato, rpp.esito) == (R.RT_ACCETTATA_PA, EsitoPagamento.ESEGUITO)
        [ricevuta] = repository.load(DOMINIO, IUV).ricevute
        stored = documents.get(Bucket.ARCHIVIO, ricevuta.originale)
        assert "/nodoChiediCopiaRT/" in ricevuta.originale
        assert read_envelope(stored).operation.tag.endswith("paaInviaRT")

    @needs_official
    def test_is_stored_as_the_message_that_would_have_brought_it(self, nodo):
        nodo.told[COPIA] = copia(rt_bytes())
        settle()

        [ricevuta] = repository.load(DOMINIO, IUV).ricevute
        envelope = read_envelope(documents.get(Bucket.ARCHIVIO, ricevuta.originale))
        head, body = schemas_for("paaInviaRT")
        assert head.validate(etree.fromstring(etree.tostring(envelope.header[0]))), head.error_log
        assert body.validate(etree.fromstring(etree.tostring(envelope.operation))), body.error_log

    def test_may_say_that_nobody_paid(self, nodo):
        nodo.told[COPIA] = copia(rt_bytes(a_ko_rt(attempt())))

        assert settle().esito is EsitoPagamento.NON_ESEGUITO

    def test_and_comes_meanwhile_by_itself_is_acquired_once(self, nodo):
        rt = rt_bytes()
        nodo.told[COPIA] = copia(rt)
        rpp = attempt()
        operations.acquire_ricevuta(ricevuta=an_rt(rpp), now=DUE)

        assert nodo.domande.copia_rt(rpp, now=DUE).esito is EsitoCopia.ACQUISITA
        assert len(repository.load(DOMINIO, IUV).ricevute) == 1

    @pytest.mark.parametrize("code", ["PPT_RT_NONDISPONIBILE", "PPT_RT_SCONOSCIUTA"])
    def test_and_is_not_there_is_asked_for_later(self, nodo, code):
        nodo.told[COPIA] = NodoChiediCopiaRtRisposta(fault=a_fault(code))

        rpp = settle()

        assert (rpp.stato, rpp.esito) == (R.RT_ESITO_SCONOSCIUTO_PA, None)
        assert code in rpp.descrizione_stato
        assert nodo.domande.copia_rt(rpp, now=DUE).esito is EsitoCopia.ASSENTE

    @pytest.mark.parametrize(
        ("told", "code"),
        [
            (lambda: copia(b"<RT/>"), "PAA_SINTASSI_XSD"),
            (lambda: copia(rt_bytes().replace(IUV.encode(), b"01000000000000999")), "PAA_SEMANTICA"),
            (lambda: copia(rt_bytes(), tipo_firma="1"), "PAA_TIPOFIRMA_SCONOSCIUTO"),
        ],
    )
    def test_and_that_our_rules_refuse_says_why(self, nodo, told, code):
        nodo.told[COPIA] = told()

        risposta = nodo.domande.copia_rt(attempt(), now=DUE)

        assert (risposta.esito, risposta.fault_code) == (EsitoCopia.RIFIUTATA, code)

    @pytest.mark.parametrize("told", [NodoChiediCopiaRtRisposta(), b"<a/>", None])
    def test_and_is_not_given_is_asked_for_later(self, nodo, told):
        nodo.told[COPIA] = told

        assert nodo.domande.copia_rt(attempt(), now=DUE).esito is EsitoCopia.INCERTO

    def test_that_a_failure_of_ours_delays_is_applied_from_the_archive(self, nodo):
        nodo.told[COPIA] = copia(rt_bytes())
        with patch.object(ricevute, "_apply", side_effect=RuntimeError("guasto")):
            assert nodo.domande.copia_rt(attempt(), now=DUE).esito is EsitoCopia.ACQUISITA
        assert attempt().esito is None

        from tests.aws_state import messages_of

        [message] = messages_of("ricevute")
        ricevute.acquire_from_archive(message, now=DUE)

        assert attempt().esito is EsitoPagamento.ESEGUITO


class TestAListOfPendingRpt:
    def listed(self, nodo):
        return nodo.domande.pendenti(
            id_dominio=DOMINIO, id_stazione=STAZIONE, da=NOW - timedelta(days=60), a=NOW, most=500, now=DUE
        )

    def test_gives_their_keys(self, nodo):
        one = RptPendente(
            identificativo_dominio=DOMINIO,
            identificativo_univoco_versamento=IUV,
            codice_contesto_pagamento=CCP,
            stato="RPT_ACCETTATA_PSP",
        )
        lista = ListaRptPendenti(tot_restituiti=1, rpt_pendente=(one,))
        nodo.told[LISTA] = NodoChiediListaPendentiRptRisposta(lista_rpt_pendenti=lista)

        assert self.listed(nodo).chiavi == ((DOMINIO, IUV, CCP),)

    def test_that_cannot_be_had_says_why(self, nodo):
        nodo.told[LISTA] = NodoChiediListaPendentiRptRisposta(fault=a_fault("PPT_AUTENTICAZIONE"))

        assert self.listed(nodo).motivo == "PPT_AUTENTICAZIONE: perché"
