"""The gestionale: scripted answers to verifica, notifiche kept once."""

from typing import Any

import pytest
import requests

from chalicelib.kernel.importo import Importo
from sandbox import sample
from sandbox.gestionale.server import ENTE, Gestionale, server
from sandbox.web import json_text
from tests.sandbox.govpay_finto import AVVISO, IUV, NOW

GOVPAY = ("govpay", "segreta")
PENDENZA = sample.pendenze(NOW.date())["MENSA-2026-0007"] | {"numeroAvviso": AVVISO}


@pytest.fixture
def gestionale():
    return Gestionale(username=GOVPAY[0], password=GOVPAY[1], attesa=lambda _secondi: None)


@pytest.fixture
def url(gestionale):
    with server(gestionale) as running:
        put(running.url, "pendenze/GESTIONALE/MENSA-2026-0007", PENDENZA)
        yield running.url


def put(url: str, path: str, corpo: object) -> requests.Response:
    return requests.put(f"{url}/api/{path}", data=json_text.dumps(corpo).encode(), timeout=5)


def verifica(url: str) -> requests.Response:
    return requests.get(f"{url}{ENTE}/avvisi/{sample.DOMINIO}/{IUV}", auth=GOVPAY, timeout=5)


def notifica(ccp: str = "ccp1", *, esito: str | None = "0") -> dict[str, object]:
    """Give a notifica as GovPay sends it: with an RT, unless `esito` is None."""
    rt = {
        "datiPagamento": {"codiceEsitoPagamento": esito, "importoTotalePagato": "48.00", "CodiceContestoPagamento": ccp}
    }
    return {
        "idA2A": "GESTIONALE",
        "idPendenza": "MENSA-2026-0007",
        "rpt": {"datiVersamento": {"codiceContestoPagamento": ccp, "importoTotaleDaVersare": "48.00"}},
        "rt": rt if esito else None,
    }


def notify(url: str, corpo: object) -> int:
    path = f"{url}{ENTE}/pagamenti/{sample.DOMINIO}/{IUV}"
    return requests.post(path, json=corpo, auth=GOVPAY, timeout=5).status_code


def arrivate(url: str) -> Any:
    letto = requests.get(f"{url}/api/notifiche", timeout=5)
    return json_text.loads(letto.content)


class TestVerifica:
    def test_confirms_a_pendenza_as_it_was_loaded(self, url):
        risposta = json_text.loads(verifica(url).content)

        assert (risposta["stato"], risposta["idPendenza"], risposta["numeroAvviso"]) == (
            "NON_ESEGUITA", "MENSA-2026-0007", AVVISO,
        )  # fmt: skip
        assert str(risposta["importo"]) == "48.00"

    def test_answers_by_id_too(self, url):
        by_id = requests.get(f"{url}{ENTE}/pendenze/GESTIONALE/MENSA-2026-0007", auth=GOVPAY, timeout=5)

        assert by_id.content == verifica(url).content

    def test_changes_the_amount_and_the_voci_with_it(self, url):
        put(
            url,
            "copioni/MENSA-2026-0007",
            {"verifica": "IMPORTO", "importo": Importo(5120), "dataValidita": "2026-12-09"},
        )

        risposta = json_text.loads(verifica(url).content)

        assert [str(risposta["importo"]), str(risposta["voci"][0]["importo"])] == ["51.20", "51.20"]
        assert risposta["dataValidita"] == "2026-12-09"

    @pytest.mark.parametrize("stato", ["SCADUTA", "ANNULLATA", "SCONOSCIUTA", "DUPLICATA"])
    def test_answers_the_state_of_the_script(self, url, stato):
        put(url, "copioni/MENSA-2026-0007", {"verifica": stato})

        assert verifica(url).json()["stato"] == stato

    @pytest.mark.parametrize(("copione", "status"), [("ASSENTE", 404), ("ERRORE", 500), ("ILLEGGIBILE", 200)])
    def test_fails_as_the_script_says(self, url, copione, status):
        put(url, "copioni", {"verifica": copione})

        assert verifica(url).status_code == status

    def test_is_slow_as_the_script_says(self, url, gestionale):
        waited: list[float] = []
        gestionale.attesa = waited.append
        put(url, "copioni/MENSA-2026-0007", {"ritardo": 3})

        verifica(url)

        assert waited == [3.0]

    def test_does_not_know_a_notice_of_nobody(self, url):
        risposta = requests.get(f"{url}{ENTE}/avvisi/{sample.DOMINIO}/0", auth=GOVPAY, timeout=5)

        assert risposta.json()["stato"] == "SCONOSCIUTA"

    @pytest.mark.parametrize("auth", [None, ("govpay", "sbagliata")])
    def test_wants_credentials(self, url, auth):
        risposta = requests.get(f"{url}{ENTE}/avvisi/{sample.DOMINIO}/{IUV}", auth=auth, timeout=5)

        assert risposta.status_code == 401
        assert risposta.headers["WWW-Authenticate"].startswith("Basic")

    @pytest.mark.parametrize(
        "copione", [{"verifica": "BOH"}, {"verifica": "IMPORTO"}, {"ritardo": 61}, {"notifica": 99}, {"importo": "1,2"}]
    )
    def test_refuses_a_script_that_cannot_be_played(self, url, copione):
        assert put(url, "copioni", copione).status_code == 400


class TestNotifica:
    def test_is_kept_with_its_ccp(self, url):
        assert notify(url, notifica()) == 201

        (una,) = arrivate(url)
        assert (una["tipo"], una["ccp"], una["esito"], str(una["importo"])) == ("RICEVUTA", "ccp1", "0", "48.00")

    def test_is_kept_once_however_many_times_it_comes(self, url):
        for _ in range(3):
            notify(url, notifica())

        (una,) = arrivate(url)
        assert una["arrivi"] == 3

    def test_tells_attempts_kinds_and_outcomes_apart(self, url):
        for corpo in (notifica(esito=None), notifica(esito="1"), notifica(), notifica("ccp2")):
            notify(url, corpo)

        assert [(una["tipo"], una["ccp"], una["esito"]) for una in arrivate(url)] == [
            ("ATTIVAZIONE", "ccp1", None),
            ("RICEVUTA", "ccp1", "1"),
            ("RICEVUTA", "ccp1", "0"),
            ("RICEVUTA", "ccp2", "0"),
        ]

    def test_is_refused_as_often_as_the_script_says(self, url):
        put(url, "copioni/MENSA-2026-0007", {"notifica": 503, "volte": 2})

        assert [notify(url, notifica()) for _ in range(3)] == [503, 503, 201]
        assert len(arrivate(url)) == 1

    def test_of_an_annullamento_is_kept_too(self, url):
        notify(url, notifica(esito=None))
        path = f"{url}{ENTE}/pagamenti/{sample.DOMINIO}/{IUV}/ccp1/annulla"

        stati = [requests.post(path, json={"codice": "X"}, auth=GOVPAY, timeout=5).status_code for _ in range(2)]

        assert stati == [200, 200]
        assert [(una["tipo"], una["arrivi"]) for una in arrivate(url)] == [("ATTIVAZIONE", 1), ("ANNULLAMENTO", 2)]

    def test_is_forgotten_on_request(self, url):
        notify(url, notifica())

        requests.delete(f"{url}/api/notifiche", timeout=5)

        assert arrivate(url) == []

    def test_is_shown_to_people(self, url):
        notify(url, notifica())

        home, una = (requests.get(url + path, timeout=5).text for path in ("/", "/notifiche/1"))

        assert 'href="/notifiche/1"' in home
        assert "codiceEsitoPagamento" in una
