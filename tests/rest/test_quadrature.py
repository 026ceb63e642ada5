"""GET /quadrature/riscossioni and /reportistiche/entrate-previste: totals to the cent, of the domini of who asks."""

import io

import pdfplumber
import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.quadrature import queries
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import A2A_COMUNE, TARI, UFFICIO
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO
from tests.builders_riconciliazione import ID_FLUSSO, IUV, TRN, a_flow, acquired, iuv, paid
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.ragioneria_app import BACKOFFICE, RAGIONERIA, ufficio

QUADRATURE = f"{BACKOFFICE}/quadrature/riscossioni"
ENTRATE = f"{BACKOFFICE}/reportistiche/entrate-previste"
GIORNI = {"dataDa": "2026-11-01", "dataA": "2026-11-30"}


@pytest.fixture
def prova(aws):
    with ufficio(NOW) as prova:
        yield prova


@pytest.fixture
def three(prova):
    """Three payments of two tipi: 100,50, 0,01 and 12,30."""
    paid()
    paid(iuv(2), token="T-2", importo=Importo(1), direzione="Tributi", divisione="IMU")
    paid(iuv(3), token="T-3", importo=Importo(1230), id_tipo_pendenza="MULTA", id_unita_operativa=UFFICIO)
    return prova


def figures(answer):
    return [(s["numeroPagamenti"], s["importo"]) for s in answer.json["risultati"]]


class TestQuadrature:
    def test_conform_to_the_contract(self, three):
        answer = three.gpadmin.get(QUADRATURE, gruppi=["DOMINIO", "TIPO_PENDENZA", "APPLICAZIONE"], **GIORNI)

        assert_conforms("backoffice", "v1", "GET /quadrature/riscossioni", answer.json)
        assert answer.json["numRisultati"] == 2

    def test_sum_to_the_cent(self, three):
        answer = three.gpadmin.get(QUADRATURE, gruppi="DOMINIO", **GIORNI)

        [statistica] = answer.json["risultati"]
        assert b'"importo":112.81' in answer.raw.replace(b" ", b"")
        assert (statistica["numeroPagamenti"], statistica["dominio"]["idDominio"]) == (3, DOMINIO)

    @pytest.mark.parametrize(
        ("gruppi", "found"),
        [
            ("TIPO_PENDENZA", [(1, 12.3), (2, 100.51)]),
            ("APPLICAZIONE", [(3, 112.81)]),
            ("DIREZIONE", [(1, 0.01), (2, 112.8)]),
            ("DIVISIONE", [(1, 0.01), (2, 112.8)]),
            ("TASSONOMIA", [(3, 112.81)]),
            ("UNITA_OPERATIVA", [(2, 100.51), (1, 12.3)]),
            (["DIREZIONE", "TIPO_PENDENZA"], [(1, 0.01), (1, 12.3), (1, 100.5)]),
        ],
    )
    def test_count_by_what_is_asked(self, three, gruppi, found):
        assert figures(three.gpadmin.get(QUADRATURE, gruppi=gruppi, **GIORNI)) == found

    def test_tell_the_things_of_a_group(self, three):
        answer = three.gpadmin.get(
            QUADRATURE, gruppi="UNITA_OPERATIVA,TIPO_PENDENZA,APPLICAZIONE", idTipoPendenza="MULTA", **GIORNI
        )

        [statistica] = answer.json["risultati"]
        assert statistica["unitaOperativa"]["idUnita"] == UFFICIO
        assert statistica["tipoPendenza"]["idTipoPendenza"] == "MULTA"
        assert statistica["applicazione"]["idA2A"] == A2A_COMUNE

    @pytest.mark.parametrize(
        ("query", "quanti"),
        [
            ({"idTipoPendenza": TARI}, 2),
            ({"idTipoPendenza": [TARI, "MULTA"]}, 3),
            ({"direzione": "Tributi"}, 1),
            ({"divisione": "altro"}, 0),
            ({"idUnita": UFFICIO}, 1),
            ({"idDominio": [DOMINIO, ALTRO_DOMINIO]}, 3),
            ({"idDominio": ALTRO_DOMINIO}, 0),
            ({"idA2A": "altra"}, 0),
            ({"tipo": "MBT"}, 0),
            ({"tipo": ["ENTRATA", "MBT"]}, 3),
            ({"dataA": "2026-11-01"}, 0),
            ({"sconosciuto": "x"}, 3),
        ],
    )
    def test_leave_out_what_filters_do(self, three, query, quanti):
        answer = three.gpadmin.get(QUADRATURE, gruppi="DOMINIO", **{**GIORNI, **query})

        assert sum(statistica["numeroPagamenti"] for statistica in answer.json["risultati"]) == quanti

    def test_lead_to_the_payments_they_count(self, three):
        [statistica] = three.gpadmin.get(QUADRATURE, gruppi="TIPO_PENDENZA", idTipoPendenza=TARI, **GIORNI).json[
            "risultati"
        ]

        detail = three.gpadmin.get(f"{BACKOFFICE}{statistica['dettaglio']}")

        assert detail.json["numRisultati"] == statistica["numeroPagamenti"] == 2

    def test_are_of_the_domini_of_who_asks(self, three):
        assert figures(three.operatore.get(QUADRATURE, gruppi="DOMINIO", **GIORNI)) == [(3, 112.81)]
        assert figures(three.operatore.get(QUADRATURE, gruppi="DOMINIO", idDominio=ALTRO_DOMINIO, **GIORNI)) == []

    def test_come_by_page(self, three):
        answer = three.gpadmin.get(QUADRATURE, gruppi="TIPO_PENDENZA", risultatiPerPagina="1", pagina="2", **GIORNI)

        assert figures(answer) == [(2, 100.51)]
        assert (answer.json["numRisultati"], "prossimiRisultati" in answer.json) == (2, False)

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"gruppi": "ALTRO"},
            {"gruppi": "DOMINIO", "tipo": "ALTRO"},
            {"gruppi": "DOMINIO", "dataDa": "2024-01-01", "dataA": "2026-01-01"},
            {"gruppi": "DOMINIO", "dataDa": "ieri"},
        ],
    )
    def test_refuse_what_they_cannot_honour(self, prova, query):
        answer = prova.gpadmin.get(QUADRATURE, **query)

        assert (answer.status, answer.codice) == (422, "100001")

    def test_give_no_total_of_a_part(self, three, monkeypatch):
        monkeypatch.setattr(queries, "MAX_RISCOSSIONI", 2)

        answer = three.gpadmin.get(QUADRATURE, gruppi="DOMINIO", **GIORNI)

        assert (answer.status, answer.codice) == (422, "100001")

    def test_read_no_pendenza_for_what_the_payment_says(self, three):
        with aws_calls() as calls:
            three.operatore.get(QUADRATURE, gruppi="TIPO_PENDENZA", **GIORNI)

        assert calls.count("dynamodb.BatchGetItem") == 1


class TestEntratePreviste:
    def test_conform_to_the_contract(self, three):
        acquired(three.fonte, a_flow())
        body = {"causale": f"/PUR/LGPE-RIVERSAMENTO/URI/{ID_FLUSSO}", "importo": 100.5}
        three.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", body)

        answer = three.gpadmin.get(ENTRATE, **GIORNI)

        assert_conforms("backoffice", "v1", "GET /reportistiche/entrate-previste", answer.json)
        found = {entrata["iuv"]: entrata for entrata in answer.json["risultati"]}
        collected, waiting = found[IUV], found[iuv(2)]
        assert (collected["idFlusso"], collected["trn"], collected["importoTotale"]) == (ID_FLUSSO, TRN, 100.5)
        assert (waiting["importoPagato"], waiting["idA2A"], "idFlusso" in waiting) == (0.01, A2A_COMUNE, False)

    def test_come_on_paper_with_their_total(self, three):
        answer = three.gpadmin.call("GET", ENTRATE, accept="application/pdf", **GIORNI)

        assert answer.headers["Content-Type"] == "application/pdf"
        assert "entrate_20261101_20261130.pdf" in answer.headers["Content-Disposition"]
        with pdfplumber.open(io.BytesIO(answer.raw)) as pdf:
            text = pdf.pages[0].extract_text()
        assert "112,81" in text
        assert iuv(3) in text

    def test_are_of_the_domini_of_who_asks(self, three):
        assert three.operatore.get(ENTRATE, **GIORNI).json["numRisultati"] == 3
        assert three.operatore.get(ENTRATE, idDominio=ALTRO_DOMINIO, **GIORNI).json["risultati"] == []

    def test_of_nothing_are_an_empty_list_and_an_empty_paper(self, prova):
        assert prova.gpadmin.get(ENTRATE).json["risultati"] == []
        assert prova.gpadmin.call("GET", ENTRATE, accept="application/pdf").raw.startswith(b"%PDF")
