"""The page of the OpenAPI documents, as a developer reads it: at a desk, and on a telephone."""

import pytest

from tests.browser.conftest import PICTURES

PENDENZE = "/govpay/backend/api/pendenze/v1/index.html"
SCREENS = {"scrivania": (1280, 900), "telefono": (390, 844)}


@pytest.mark.parametrize("screen", SCREENS)
class TestThePageOfTheDocuments:
    def test_is_searched_and_opened_and_leads_to_the_others(self, browser, mondo, screen):
        browser.resize(*SCREENS[screen])
        browser.go(mondo.url["govpay"] + PENDENZE)
        assert browser.shows("GovPay - API Pendenze")
        PICTURES.mkdir(parents=True, exist_ok=True)
        browser.picture(PICTURES / f"openapi-{screen}.png")
        assert browser.overflow() <= 0

        browser.write("Cerca fra le operazioni", "PUT pendenze")
        assert browser.wait(lambda: browser.text("#count") == "1 operazione")
        browser.click("summary", "PUT")
        assert browser.wait(lambda: "soggettoPagatore" in browser.text("#addPendenza"))
        browser.scroll_to("#addPendenza")
        browser.picture(PICTURES / f"openapi-operazione-{screen}.png")
        assert browser.overflow() <= 0

        browser.click("link", "Ente")
        assert browser.shows("GovPay - API Ente")
        assert "/avvisi/{idDominio}/{iuv}" in browser.text()
        assert "`" not in browser.text("header")
        assert browser.overflow() <= 0
