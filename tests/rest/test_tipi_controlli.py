"""What a tipo pendenza configures is read when it is registered: what cannot be used is refused, with its field and line."""

import pytest

from chalicelib.anagrafica.ports import Ports
from chalicelib.tracciati.controlli import wrong_dettagli
from tests.builders_anagrafica import DOMINIO, TARI, seed_comune
from tests.clock import NOW
from tests.rest.anagrafica_app import calling

GUASTI = [
    ({"trasformazione": {"tipo": "freemarker", "definizione": "{\n${a"}}, "trasformazione", "riga 2"),
    (
        {"promemoriaAvviso": {"tipo": "freemarker", "oggetto": "x", "messaggio": "<#if a>"}},
        "promemoriaAvviso",
        "riga 1",
    ),
    (
        {
            "portalePagamento": {
                "abilitato": True,
                "trasformazione": {"tipo": "freemarker", "definizione": "<#macro a>"},
            }
        },
        "portalePagamento.trasformazione",
        "<#macro>",
    ),
    (
        {"avvisaturaMail": {"promemoriaScadenza": {"abilitato": True, "oggetto": "${class['x']}"}}},
        "avvisaturaMail",
        "promemoriaScadenza.oggetto",
    ),
    ({"validazione": '{\n"a" 1}'}, "validazione", "riga 2, colonna 5"),
    (
        {"portaleBackoffice": {"abilitato": True, "validazione": {"type": "cosa"}}},
        "portaleBackoffice.validazione",
        "non è utilizzabile",
    ),
    (
        {
            "tracciatoCsv": {
                "tipo": "freemarker",
                "intestazione": "a",
                "richiesta": {"campi": {"importo": {}}},
                "risposta": {},
            }
        },
        "tracciatoCsv",
        "colonna o costante",
    ),
]


@pytest.fixture
def backoffice(aws, monkeypatch):
    monkeypatch.setattr(Ports, "wrong_dettagli", staticmethod(wrong_dettagli))
    seed_comune(NOW)
    with calling() as caller:
        yield caller


class TestATipoPendenza:
    @pytest.mark.parametrize(("dettagli", "campo", "motivo"), GUASTI)
    def test_with_what_cannot_be_used_is_refused_by_field_and_place(self, backoffice, dettagli, campo, motivo):
        body = {"descrizione": "Guasto", **dettagli}

        fault = backoffice.put("/tipiPendenza/GUASTO", body, 400)

        assert fault["codice"] == "SINTASSI"
        assert campo in fault["dettaglio"]
        assert motivo in fault["dettaglio"]
        backoffice.get("/tipiPendenza/GUASTO", 404)

    def test_of_a_dominio_is_refused_alike(self, backoffice):
        fault = backoffice.put(f"/domini/{DOMINIO}/tipiPendenza/{TARI}", {"validazione": "{"}, 400)

        assert "validazione" in fault["dettaglio"]

    def test_with_what_can_be_is_registered(self, backoffice):
        body = {
            "descrizione": "Buono",
            "validazione": {"type": "object", "properties": {"importo": {"multipleOf": 0.01}}},
            "trasformazione": {"tipo": "freemarker", "definizione": '{"a": "${jsonPath.read("$.a")}"}'},
            "avvisaturaMail": {"promemoriaAvviso": {"abilitato": True, "oggetto": "${versamento.causale}"}},
        }

        backoffice.put("/tipiPendenza/BUONO", body)
