"""What the simulators share."""

import io
import socket
from datetime import date
from decimal import Decimal

import pytest
import requests

from chalicelib.kernel.importo import Importo
from sandbox.racconto import Racconto
from sandbox.web import json_text, page
from sandbox.web.server import HttpServer, Response, Routes, as_json
from sandbox.world import PORTE, PortaOccupata, choose_ports


class TestJsonText:
    def test_writes_amounts_as_numbers_to_the_cent(self):
        assert json_text.dumps({"importo": Importo(8550), "giorno": date(2026, 1, 2)}) == (
            '{"importo": 85.50, "giorno": "2026-01-02"}'
        )

    def test_reads_decimals_exactly(self):
        assert json_text.loads('{"a": 0.1}') == {"a": Decimal("0.1")}

    def test_refuses_a_float(self):
        with pytest.raises(TypeError):
            json_text.dumps(1.5)


@pytest.fixture
def url():
    routes = Routes()
    routes.on("GET", "/eco/{nome}")(lambda request, nome: as_json({"nome": nome, "q": request.query}))
    routes.on("POST", "/eco")(lambda request: as_json(request.json()))
    routes.on("GET", "/rotto")(lambda _request: Response(status=1 // 0))
    with HttpServer(routes) as running:
        yield running.url


class TestServer:
    def test_gives_what_stands_in_the_path_decoded(self, url):
        risposta = requests.get(f"{url}/eco/a%20b%2Fc?x=1", timeout=5).json()

        assert risposta == {"nome": "a b/c", "q": {"x": "1"}}

    @pytest.mark.parametrize(("metodo", "path", "status"), [("GET", "/nulla", 404), ("GET", "/eco", 405)])
    def test_says_what_it_does_not_have(self, url, metodo, path, status):
        assert requests.request(metodo, url + path, timeout=5).status_code == status

    @pytest.mark.parametrize("corpo", [b"{", b"[]"])
    def test_refuses_a_body_that_is_no_object(self, url, corpo):
        assert requests.post(f"{url}/eco", data=corpo, timeout=5).status_code == 400

    def test_answers_though_a_page_is_broken(self, url, caplog):
        assert requests.get(f"{url}/rotto", timeout=5).status_code == 500
        assert "GET /rotto" in caplog.text

    def test_speaks_html_to_a_browser(self, url):
        risposta = requests.get(f"{url}/nulla", headers={"Accept": "text/html"}, timeout=5)

        assert risposta.text.startswith("<!doctype html>")

    def test_holds_its_port_alone(self, url):
        with pytest.raises(OSError):
            HttpServer(Routes(), port=int(url.rpartition(":")[2]))


class TestPage:
    def test_escapes_what_it_is_given(self):
        assert "<script>" not in page.page("<script>", page.facts({"<script>": "<script>"}))


class TestRacconto:
    def test_ends_well_when_all_is_as_expected(self):
        out = io.StringIO()
        racconto = Racconto(out)

        racconto.uguale(1, 1, "Uno")

        assert racconto.conclude() == 0
        assert "\033" not in out.getvalue()

    def test_says_what_failed_and_ends_with_one(self):
        out = io.StringIO()
        racconto = Racconto(out)

        racconto.uguale("KO", "OK", "Esito")

        assert racconto.conclude() == 1
        assert "- Esito: OK: trovato KO" in out.getvalue()

    def test_aligns_columns(self):
        out = io.StringIO()

        Racconto(out).tabella(["Nome", "Euro"], [["a", "1,00"], ["bb", "100,00"]])

        assert out.getvalue().splitlines()[2:] == ["   a       1,00", "   bb    100,00"]


class TestPorts:
    def test_are_consecutive_from_the_one_asked(self):
        base = choose_ports(0)["govpay"]

        assert tuple(choose_ports(0)) == PORTE
        assert base > 0

    def test_are_named_when_busy(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            porta = taken.getsockname()[1]

            with pytest.raises(PortaOccupata, match=f"La porta {porta} .govpay. è occupata"):
                choose_ports(porta)
