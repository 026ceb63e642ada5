"""A citizen pays from the portal of the ente: by Checkout, by the WISP, or not at all."""

import re

import pytest
import requests

from sandbox import sample
from tests.browser.webdriver import Browser

TAB, SPACE, ENTER = "\ue004", " ", "\ue007"


@pytest.fixture
def portale(mondo) -> str:
    return mondo.url["portale"]


def enter(browser: Browser, portale: str, persona) -> None:
    browser.go(portale)
    browser.write("Codice fiscale", persona["identificativo"])
    browser.click("button", "Entra")
    assert browser.shows(f"Posizioni di {persona['anagrafica']}")


def choose(browser: Browser, *cosa: str) -> None:
    for one in cosa:
        browser.click("checkbox", one)
    browser.click("button", "Paga le scelte")


def state_of(mondo, id_pendenza: str) -> str:
    auth = (sample.GESTIONALE_PRINCIPAL, sample.GESTIONALE_PASSWORD)
    url = f"{mondo.url['govpay']}/govpay/backend/api/pendenze/rs/basic/v1/pendenze/{sample.ID_A2A}/{id_pendenza}"
    return requests.get(url, auth=auth, timeout=10).json()["stato"]


class TestCheckout:
    def test_pays_two_enti_at_once_and_gives_a_receipt_for_each(self, browser, mondo, portale):
        enter(browser, portale, sample.LUCA)
        choose(browser, "TARI 2026", "Asilo nido, novembre")
        assert browser.shows("Paga con pagoPA")
        browser.click("button", "Continua")
        browser.click("button", "Paga 226,00")

        assert browser.shows("Esito del pagamento")
        assert "Pagamento eseguito." in browser.text()
        assert browser.url.startswith(f"{portale}/esito?idPagamento=")
        ricevute = [name for name in browser.names("link") if name.startswith("Ricevuta")]
        assert len(ricevute) == 2
        assert {browser.download(one).content[:5] for one in ricevute} == {b"%PDF-"}
        assert [state_of(mondo, one) for one in ("TARI-2026-0002", "ASILO-2026-0101")] == ["ESEGUITA"] * 2
        browser.go(f"{portale}/posizioni")
        assert not [name for name in browser.names("checkbox") if name.startswith("TARI 2026")]

    def test_shows_the_outcome_by_itself_when_the_receipt_is_late(self, browser, portale):
        enter(browser, portale, sample.LUCA)
        choose(browser, "Asilo nido, dicembre")
        browser.click("radio", "App della banca")
        browser.click("button", "Continua")
        browser.click("radio", "dopo il ritorno")
        browser.write("Secondi", "3")
        browser.click("button", "Paga 118,75")

        assert browser.shows("In attesa dell'esito")
        assert "stiamo aspettando la ricevuta" in browser.text("[role=status]")
        assert browser.shows("Esito del pagamento", seconds=30)
        assert "Pagamento eseguito." in browser.text()

    def test_takes_nothing_from_who_leaves(self, browser, mondo, portale):
        enter(browser, portale, sample.MARIA)
        choose(browser, "Asilo nido, novembre")
        browser.click("button", "Continua")
        assert browser.shows("Conferma il pagamento")

        browser.go(f"{portale}/posizioni")

        assert [name for name in browser.names("checkbox") if name.startswith("Asilo nido, novembre")]
        assert state_of(mondo, "ASILO-2026-0103") == "NON_ESEGUITA"
        choose(browser, "Asilo nido, novembre")
        assert browser.shows("Non è possibile")
        assert "già in corso un pagamento" in browser.text("[role=alert]")

    def test_sends_back_who_gives_up(self, browser, mondo, portale):
        enter(browser, portale, sample.MARIA)
        choose(browser, "TARI 2026")
        browser.click("button", "Annulla e torna")

        assert browser.shows("In attesa dell'esito")
        assert "nulla è stato addebitato" in browser.text("[role=status]")
        assert state_of(mondo, "TARI-2026-0001") == "NON_ESEGUITA"


class TestWisp:
    def test_pays_a_cart_of_two_rpt(self, browser, mondo, portale):
        enter(browser, portale, sample.GIULIA)
        choose(browser, "Gita a Ravenna, acconto", "Gita a Ravenna, assicurazione")
        assert browser.shows("Scegli come pagare")
        browser.click("button", "Continua")
        browser.click("button", "Paga 64,50")

        assert browser.shows("Esito del pagamento")
        assert "Pagamento eseguito." in browser.text()
        assert [state_of(mondo, one) for one in ("GITA-2026-0301", "GITA-2026-0302")] == ["ESEGUITA"] * 2

    def test_says_that_nothing_was_paid_when_the_psp_refuses(self, browser, mondo, portale):
        enter(browser, portale, sample.MARIA)
        choose(browser, "Gita a Ravenna, acconto")
        browser.click("radio", "Poste Sandbox")
        browser.click("button", "Continua")
        browser.click("radio", "rifiuta")
        browser.click("button", "Paga 60,00")

        assert browser.shows("Esito del pagamento")
        assert "non è stato eseguito" in browser.text("[role=alert]")
        assert not [name for name in browser.names("link") if name.startswith("Ricevuta")]
        assert state_of(mondo, "GITA-2026-0303") == "NON_ESEGUITA"


class TestAvviso:
    def test_is_paid_by_whoever_has_it(self, browser, mondo, portale):
        numero, ente = mondo.avvisi["MULTA-2026-0043"]
        browser.go(portale)
        browser.write("Codice avviso", " ".join(re.findall("..", numero)))
        browser.click("radio", sample.ENTI[ente])
        browser.click("button", "Cerca l'avviso")
        assert "112,60" in browser.text()
        browser.click("button", "Paga l'avviso")
        browser.click("button", "Continua")
        browser.click("button", "Paga 112,60")

        assert browser.shows("Esito del pagamento")
        assert state_of(mondo, "MULTA-2026-0043") == "ESEGUITA"


class TestTastiera:
    def test_suffices_to_reach_the_payment(self, browser, portale):
        browser.go(portale)
        for _ in range(10):
            if browser.focused() == "Codice fiscale":
                break
            browser.press(TAB)
        browser.press(*sample.GIULIA["identificativo"], ENTER)
        assert browser.wait(lambda: browser.heading.startswith("Posizioni"))
        for _ in range(20):
            if browser.focused().startswith("Verbale 43/2026") or browser.focused().startswith("Mensa"):
                break
            browser.press(TAB)
        browser.press(SPACE)
        browser.press(ENTER)

        assert browser.shows("Paga con pagoPA")
