"""The portal, against an API Pagamento of a few lines: what a citizen sees, and what is asked of GovPay."""

import re
from typing import Any

import pytest
import requests

from sandbox import sample
from sandbox.api_client import PAGAMENTO, Api
from sandbox.portal.portale import Portale
from sandbox.portal.server import server
from sandbox.web.server import HttpServer, Request, Response, Routes, as_json

MARIA = sample.MARIA["identificativo"]
AVVISO = "301202600000004244"
PDF = b"%PDF-1.7 finto"
CCP = "c" * 32


def a_pendenza(id_pendenza: str = "TARI-1", stato: str = "NON_ESEGUITA") -> dict[str, Any]:
    return {
        "idA2A": "GESTIONALE",
        "idPendenza": id_pendenza,
        "dominio": {"idDominio": sample.DOMINIO, "ragioneSociale": sample.DENOMINAZIONE},
        "stato": stato,
        "causale": "Tassa <sui> rifiuti",
        "importo": 12050,
        "numeroAvviso": AVVISO,
    }


def an_rpp(esito: str = "0") -> dict[str, Any]:
    rt = {
        "dominio": {"identificativoDominio": sample.DOMINIO},
        "datiPagamento": {
            "codiceEsitoPagamento": esito,
            "importoTotalePagato": "120.50",
            "identificativoUnivocoVersamento": "01",
            "CodiceContestoPagamento": CCP,
        },
    }
    return {"stato": "RT_ACCETTATA_PA", "rt": rt}


class ApiPagamentoFinta:
    """Keeps what it is asked. `stato` is that of the payment; `rifiuto` what POST answers instead."""

    def __init__(self) -> None:
        self.richieste: list[Request] = []
        self.stato = "IN_CORSO"
        self.rpp: list[dict[str, Any]] = []
        self.stato_avviso = "NON_ESEGUITA"
        self.rifiuto: Response | None = None
        routes = Routes()
        routes.on("GET", PAGAMENTO + "/pendenze")(self._pendenze)
        routes.on("GET", PAGAMENTO + "/avvisi/{id_dominio}/{numero_avviso}")(self._avviso)
        routes.on("POST", PAGAMENTO + "/pagamenti")(self._paga)
        routes.on("GET", PAGAMENTO + "/pagamenti/{id_pagamento}")(self._pagamento)
        routes.on("GET", PAGAMENTO + "/rpp/{id_dominio}/{iuv}/{ccp}/rt")(self._pdf)
        self.server = HttpServer(routes)

    def _pendenze(self, request: Request) -> Response:
        self.richieste.append(request)
        return as_json({"risultati": [a_pendenza("TARI-1"), a_pendenza("TARI-2")]})

    def _avviso(self, request: Request, **_: str) -> Response:
        if "pdf" in request.headers["accept"]:
            return self._pdf(request)
        dati = {"idDominio": sample.DOMINIO, "numeroAvviso": AVVISO, "importo": 33, "descrizione": "Verbale"}
        return as_json({**dati, "stato": self.stato_avviso})

    def _paga(self, request: Request) -> Response:
        self.richieste.append(request)
        creato = {"id": "p1", "location": "/pagamenti/p1", "redirect": "http://checkout.example/c/1", "idSession": "s1"}
        return self.rifiuto or as_json(creato, 201)

    def _pagamento(self, _request: Request, id_pagamento: str) -> Response:
        pagata = a_pendenza(stato="ESEGUITA" if self.stato == "ESEGUITO" else "NON_ESEGUITA")
        return as_json({"id": id_pagamento, "stato": self.stato, "pendenze": [pagata], "rpp": self.rpp})

    def _pdf(self, _request: Request, **_: str) -> Response:
        return Response(body=PDF, content_type="application/pdf")


@pytest.fixture
def govpay():
    finta = ApiPagamentoFinta()
    with finta.server:
        yield finta


@pytest.fixture
def sito(govpay):
    portale = Portale(Api(govpay.server.url, PAGAMENTO, "portale", "x"), enti=sample.ENTI, nomi=sample.PERSONE)
    with server(portale) as running:
        yield running.url


@pytest.fixture
def browser(sito):
    with requests.Session() as session:
        yield session


@pytest.fixture
def maria(sito, browser):
    browser.post(f"{sito}/entra", data={"codiceFiscale": MARIA.lower()}, timeout=5)
    return browser


def paga(sito, browser, **campi):
    return browser.post(f"{sito}/paga", data=campi, timeout=5, allow_redirects=False)


class TestEntra:
    def test_shows_the_positions_of_the_citizen(self, sito, browser, govpay):
        pagina = browser.post(f"{sito}/entra", data={"codiceFiscale": f" {MARIA.lower()} "}, timeout=5)

        chiesto = govpay.richieste[0].query
        assert (chiesto["idDebitore"], chiesto["stato"]) == (MARIA, "NON_ESEGUITA")
        assert "Posizioni di Maria Sandrini" in pagina.text
        assert "Tassa &lt;sui&gt; rifiuti: 12.050,00 €" in pagina.text

    def test_wants_a_codice_fiscale(self, sito, browser):
        pagina = browser.post(f"{sito}/entra", data={"codiceFiscale": "MARIA"}, timeout=5)

        assert pagina.status_code == 400
        assert "16 caratteri" in pagina.text

    def test_gives_a_cookie_that_scripts_cannot_read(self, sito, browser):
        entrata = browser.post(f"{sito}/entra", data={"codiceFiscale": MARIA}, timeout=5, allow_redirects=False)

        assert "HttpOnly; SameSite=Lax" in entrata.headers["Set-Cookie"]

    def test_is_needed_to_see_positions(self, sito, browser):
        assert "Codice fiscale" in browser.get(f"{sito}/posizioni", timeout=5).text


class TestPaga:
    def test_asks_for_the_chosen_pendenze_by_reference(self, sito, maria, govpay):
        andata = paga(sito, maria, pendenza=["GESTIONALE/TARI-1", "GESTIONALE/TARI-2"], chiave="k1")

        chiesto, corpo = govpay.richieste[-1], govpay.richieste[-1].json()
        assert (andata.status_code, andata.headers["Location"]) == (303, "http://checkout.example/c/1")
        assert [one["idPendenza"] for one in corpo["pendenze"]] == ["TARI-1", "TARI-2"]
        assert corpo["urlRitorno"] == f"{sito}/esito"
        assert corpo["soggettoVersante"]["identificativo"] == MARIA
        assert chiesto.query["idSessionePortale"] == "k1"

    def test_gives_every_form_a_key_of_its_own(self, sito, maria):
        chiavi = {
            re.search(r'name="chiave" value="(\w+)"', maria.get(f"{sito}/posizioni", timeout=5).text)[1]
            for _ in range(2)
        }

        assert len(chiavi) == 2

    @pytest.mark.parametrize("scelte", [[], [f"GESTIONALE/{numero}" for numero in range(6)]])
    def test_wants_one_to_five_positions(self, sito, maria, scelte):
        pagina = paga(sito, maria, pendenza=scelte, chiave="k1")

        assert pagina.status_code == 400
        assert "Scegliere da una a 5" in pagina.text

    def test_says_why_govpay_refuses(self, sito, maria, govpay):
        govpay.rifiuto = as_json({"codice": "PAG_006", "dettaglio": "La pendenza è già pagata."}, 422)

        pagina = paga(sito, maria, pendenza=["GESTIONALE/TARI-1"], chiave="k1")

        assert pagina.status_code == 422
        assert "La pendenza è già pagata." in pagina.text

    def test_says_that_govpay_does_not_answer(self, sito, maria, govpay):
        govpay.rifiuto = Response(dropped=True)

        pagina = paga(sito, maria, pendenza=["GESTIONALE/TARI-1"], chiave="k1")

        assert pagina.status_code == 503
        assert "non risponde" in pagina.text

    def test_sends_who_is_unknown_to_the_entrance(self, sito, browser):
        assert paga(sito, browser, pendenza=["GESTIONALE/TARI-1"]).headers["Location"] == "/"


class TestAvviso:
    def cerca(self, sito, browser, numero=AVVISO):
        dati = {"idDominio": sample.DOMINIO, "numeroAvviso": numero}
        return browser.post(f"{sito}/avviso", data=dati, timeout=5)

    def test_is_confirmed_and_paid_by_whoever_has_it(self, sito, browser, govpay):
        conferma = self.cerca(sito, browser, " ".join(re.findall("..", AVVISO)))
        andata = paga(sito, browser, idDominio=sample.DOMINIO, numeroAvviso=AVVISO, chiave="k1")

        corpo = govpay.richieste[-1].json()
        assert "33,00 €" in conferma.text
        assert andata.status_code == 303
        assert corpo["pendenze"] == [{"idDominio": sample.DOMINIO, "numeroAvviso": AVVISO}]
        assert "soggettoVersante" not in corpo

    def test_is_not_paid_twice(self, sito, browser, govpay):
        govpay.stato_avviso = "DUPLICATA"

        pagina = self.cerca(sito, browser)

        assert pagina.status_code == 422
        assert "non è pagabile" in pagina.text

    def test_has_eighteen_figures(self, sito, browser):
        assert self.cerca(sito, browser, "123").status_code == 400

    def test_is_printed_for_its_debtor_alone(self, sito, maria):
        proprio = maria.get(f"{sito}/avvisi/{sample.DOMINIO}/{AVVISO}", timeout=5)
        altrui = maria.get(f"{sito}/avvisi/{sample.DOMINIO}/{AVVISO[:-1]}9", timeout=5)

        assert (proprio.content, altrui.status_code) == (PDF, 404)


class TestEsito:
    @pytest.fixture
    def tornata(self, sito, maria):
        paga(sito, maria, pendenza=["GESTIONALE/TARI-1"], chiave="k1")
        return maria

    def esito(self, sito, browser, esito="OK"):
        return browser.get(f"{sito}/esito?idPagamento=p1&idSession=s1&esito={esito}", timeout=5)

    def test_waits_for_the_receipt_whatever_the_return_says(self, sito, tornata):
        pagina = self.esito(sito, tornata)

        assert 'role="status"' in pagina.text
        assert "stiamo aspettando la ricevuta" in pagina.text
        assert "Pagamento eseguito" not in pagina.text
        assert "script-src 'sha256-" in pagina.headers["Content-Security-Policy"]

    def test_says_that_nothing_was_taken_when_the_return_is_an_error(self, sito, tornata):
        assert "nulla è stato addebitato" in self.esito(sito, tornata, "ERROR").text

    def test_tells_its_page_how_it_stands(self, sito, tornata, govpay):
        prima = tornata.get(f"{sito}/api/esito/p1", timeout=5).json()
        govpay.stato = "ESEGUITO"

        assert [prima["stato"], tornata.get(f"{sito}/api/esito/p1", timeout=5).json()["stato"]] == [
            "IN_CORSO",
            "ESEGUITO",
        ]

    def test_shows_what_was_paid_with_its_receipt(self, sito, tornata, govpay):
        govpay.stato, govpay.rpp = "ESEGUITO", [an_rpp()]

        pagina = self.esito(sito, tornata)

        ricevuta = re.search(r'href="(/ricevute/[^"]+)"', pagina.text)[1]
        assert "Pagamento eseguito." in pagina.text
        assert "script-src" not in pagina.headers["Content-Security-Policy"]
        assert tornata.get(sito + ricevuta, timeout=5).content == PDF

    def test_links_no_receipt_of_what_was_not_paid(self, sito, tornata, govpay):
        govpay.stato, govpay.rpp = "NON_ESEGUITO", [an_rpp("1"), {"stato": "RPT_ACCETTATA_NODO"}]

        pagina = self.esito(sito, tornata)

        assert "non è stato eseguito" in pagina.text
        assert "/ricevute/" not in pagina.text

    @pytest.mark.parametrize(
        ("stato", "detto"),
        [
            ("ESEGUITO_PARZIALE", "soltanto una parte"),
            ("ANNULLATO", "è stato annullato"),
            ("FALLITO", "non è stato avviato"),
        ],
    )
    def test_has_words_for_every_end(self, sito, tornata, govpay, stato, detto):
        govpay.stato = stato

        assert detto in self.esito(sito, tornata).text

    def test_is_shown_to_who_paid_alone(self, sito, tornata):
        assert requests.get(f"{sito}/esito?idPagamento=p1&esito=OK", timeout=5).status_code == 404
        assert requests.get(f"{sito}/api/esito/p1", timeout=5).status_code == 404
        assert requests.get(f"{sito}/ricevute/p1/1/2/3", timeout=5).status_code == 404

    def test_gives_no_receipt_of_another_payment(self, sito, tornata):
        assert tornata.get(f"{sito}/ricevute/p1/{sample.DOMINIO}/99/{CCP}", timeout=5).status_code == 404


class TestPagine:
    def test_label_every_field(self, sito, browser):
        pagina = browser.get(sito, timeout=5).text

        fields = re.findall(r'<input type="text" id="(\w+)"', pagina)
        assert fields
        assert all(f'<label for="{name}">' in pagina for name in fields)
        assert '<html lang="it">' in pagina
