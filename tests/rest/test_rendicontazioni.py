"""GET /rendicontazioni and /quadrature/rendicontazioni: rows of whatever flow, of the domini of who asks."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.riconciliazione.rendicontazioni import queries
from tests import builders_anagrafica as sample
from tests.aws_calls import counted
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, TOKEN
from tests.builders_riconciliazione import (
    DATA_ORA,
    ID_FLUSSO,
    IUV,
    a_chiave,
    a_flow,
    a_riga,
    acquired,
    iuv,
    paid,
    receiver,
)
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.ragioneria_app import BACKOFFICE, RAGIONERIA, ufficio

RENDICONTAZIONI = f"{BACKOFFICE}/rendicontazioni"
QUADRATURE = f"{BACKOFFICE}/quadrature/rendicontazioni"
FLUSSI = "flussiRendicontazione"
ALTRO_FLUSSO = "2026-11-23BCITITMM-0000000002"
GIORNI = {"flussoRendicontazione.dataFlussoDa": "2026-11-01", "flussoRendicontazione.dataFlussoA": "2026-11-30"}


@pytest.fixture
def prova(aws):
    with ufficio(NOW) as prova:
        yield prova


@pytest.fixture
def two(prova):
    """Two flows of DOMINIO, an hour apart: of two payments of 100,50 and 0,01 and one that is not known; of one of 12,30."""
    paid()
    paid(iuv(2), token="T-2", importo=Importo(1), direzione="Tributi", divisione="IMU")
    paid(iuv(3), token="T-3", importo=Importo(1230), id_tipo_pendenza="MULTA", direzione="Tributi")
    rows = [
        a_riga(),
        a_riga(progressivo=2, iuv=iuv(2), iur="T-2", importo=Importo(1)),
        a_riga(progressivo=3, iuv=iuv(9), iur="T-9", importo=Importo(7)),
    ]
    acquired(prova.fonte, a_flow(*rows))
    later = a_chiave(id_flusso=ALTRO_FLUSSO, data_ora=DATA_ORA + timedelta(hours=1))
    row = a_riga(iuv=iuv(3), iur="T-3", importo=Importo(1230))
    acquired(
        prova.fonte,
        a_flow(row, identificativo_flusso=ALTRO_FLUSSO, data_ora_flusso=later.data_ora),
        later,
    )
    return prova


def ius(answer):
    return [row["iuv"] for row in answer.json["risultati"]]


class TestRendicontazioni:
    def test_conform_to_the_contract(self, two):
        answer = two.gpadmin.get(RENDICONTAZIONI)

        assert_conforms("backoffice", "v1", "GET /rendicontazioni", answer.json, release="3.9")
        assert ius(answer) == [IUV, iuv(2), iuv(9), iuv(3)]
        assert answer.json["numRisultati"] == 4

    def test_tell_the_flow_and_the_voce_that_is_paid(self, two):
        first, _, unknown, _ = two.gpadmin.get(RENDICONTAZIONI, **GIORNI).json["risultati"]

        assert first["flussoRendicontazione"]["idFlusso"] == ID_FLUSSO
        assert first["vocePendenza"]["pendenza"]["idPendenza"] == f"P-{IUV}"
        assert first["vocePendenza"]["dominio"]["idDominio"] == DOMINIO
        assert "vocePendenza" not in unknown
        assert [one["codice"] for one in unknown["segnalazioni"]] == ["007101"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"iuv": iuv(2)}, [iuv(2)]),
            ({"iuv": iuv(2), "idFlusso": ALTRO_FLUSSO}, []),
            ({"iuv": "X" * 71}, []),
            ({"idFlusso": ALTRO_FLUSSO.lower()}, [iuv(3)]),
            ({"idDominio": DOMINIO, "direzione": "Tributi"}, [iuv(2), iuv(3)]),
            ({"direzione": "Tributi", "divisione": "IMU,ICI"}, [iuv(2)]),
            ({"ordinamento": "-data"}, [iuv(3), IUV, iuv(2), iuv(9)]),
            ({"dataDa": "2026-11-23", "dataA": "2026-11-23"}, [IUV, iuv(2), iuv(9), iuv(3)]),
            ({"dataDa": "2026-11-20", "dataA": "2026-11-22"}, []),
            ({"flussoRendicontazione.dataFlussoA": "2026-11-23"}, []),
            ({"idDominio": ALTRO_DOMINIO}, []),
        ],
    )
    def test_are_those_asked_for(self, two, query, found):
        assert ius(two.gpadmin.get(RENDICONTAZIONI, **query)) == found

    def test_are_read_page_by_page(self, two):
        pages = [two.gpadmin.get(RENDICONTAZIONI, risultatiPerPagina=2, pagina=page) for page in (1, 2, 3)]

        assert [ius(page) for page in pages] == [[IUV, iuv(2)], [iuv(9), iuv(3)], []]
        assert [page.json["numPagine"] for page in pages] == [2, 2, 2]
        assert "pagina=2" in pages[0].json["prossimiRisultati"]
        assert "prossimiRisultati" not in pages[1].json

    def test_of_a_page_read_the_flows_of_that_page_alone(self, two):
        two.gpadmin.get(RENDICONTAZIONI)  # the anagrafica is read
        with counted() as last:
            two.gpadmin.get(RENDICONTAZIONI, risultatiPerPagina=1, pagina=4)

        # The flows, the rows of one of them, and what the row pays.
        assert last == ["Query", "BatchGetItem", "Query", "BatchGetItem", "BatchGetItem"]

    def test_leave_out_flows_that_a_newer_revision_replaces(self, two):
        newer = a_chiave(data_ora=DATA_ORA + timedelta(hours=2))
        acquired(two.fonte, a_flow(a_riga(), data_ora_flusso=newer.data_ora), newer)

        assert ius(two.gpadmin.get(RENDICONTAZIONI)) == [iuv(3), IUV]
        assert len(ius(two.gpadmin.get(RENDICONTAZIONI, escludiObsoleti="false"))) == 5
        assert len(ius(two.gpadmin.get(RENDICONTAZIONI, iuv=IUV))) == 1
        assert len(ius(two.gpadmin.get(RENDICONTAZIONI, iuv=IUV, escludiObsoleti="false"))) == 2

    @pytest.mark.parametrize("bound", ["MAX_FLUSSI", "MAX_FLUSSI_LETTI", "MAX_RIGHE"])
    def test_that_are_too_many_are_refused(self, two, monkeypatch, bound):
        monkeypatch.setattr(queries, bound, 1)

        assert two.gpadmin.get(RENDICONTAZIONI, direzione="Tributi").codice == "100001"

    @pytest.mark.parametrize(
        "query",
        [
            {"flussoRendicontazione.dataFlussoDa": "2020-01-01"},
            {"ordinamento": "+iuv"},
            {"escludiObsoleti": "forse"},
            {"dataDa": "ieri"},
        ],
    )
    def test_that_are_asked_wrongly_are_refused(self, two, query):
        query = {**query, **({"dataA": "2026-11-30"} if "flusso" in next(iter(query)) else {})}
        assert two.gpadmin.get(RENDICONTAZIONI, **query).codice == "100001"

    def test_are_of_the_domini_of_who_asks(self, two):
        altro = a_chiave(id_dominio=ALTRO_DOMINIO)
        acquired(two.fonte, a_flow(a_riga(), istituto_ricevente=receiver(ALTRO_DOMINIO)), altro)

        assert len(ius(two.gpadmin.get(RENDICONTAZIONI, iuv=IUV))) == 2
        assert len(ius(two.operatore.get(RENDICONTAZIONI, iuv=IUV))) == 1
        assert ius(two.operatore.get(RENDICONTAZIONI, idDominio=ALTRO_DOMINIO)) == []
        assert two.comune.get(RENDICONTAZIONI).status == 403

    def test_of_a_tipo_of_others_tell_the_row_alone(self, two):
        lettura = Acl(servizio=Servizio.RENDICONTAZIONI, autorizzazioni=(Diritto.LETTURA,))
        own = Abilitazioni(domini=(DOMINIO,), tipi_pendenza=("MULTA",), acl=(lettura,))
        anagrafica.put_operatore(operatore=replace(sample.an_operatore(), abilitazioni=own))

        rows = two.operatore.get(RENDICONTAZIONI).json["risultati"]

        assert [row["iuv"] for row in rows if "vocePendenza" in row] == [iuv(3)]
        assert ius(two.operatore.get(RENDICONTAZIONI, direzione="Tributi")) == [iuv(3)]


class TestQuadratureOfRendicontazioni:
    def test_conform_to_the_contract_and_add_up(self, two):
        answer = two.gpadmin.get(QUADRATURE, gruppi="FLUSSO_RENDICONTAZIONE", **GIORNI)

        assert_conforms("backoffice", "v1", "GET /quadrature/rendicontazioni", answer.json, release="3.9")
        first, second = answer.json["risultati"]
        assert (first["numeroRendicontazioni"], first["importo"]) == (3, 100.58)
        assert (second["numeroRendicontazioni"], second["importo"]) == (1, 12.3)
        assert first["dettaglio"] == f"/rendicontazioni?idDominio={DOMINIO}&idFlusso={ID_FLUSSO}"

    def test_group_by_what_the_pendenza_says(self, two):
        answer = two.gpadmin.get(QUADRATURE, gruppi="DIREZIONE,DIVISIONE")

        found = [(s.get("direzione"), s.get("divisione"), s["importo"]) for s in answer.json["risultati"]]
        assert found == [(None, None, 100.57), ("Tributi", "IMU", 0.01), ("Tributi", None, 12.3)]

    def test_have_groups_that_are_known(self, two):
        assert two.gpadmin.get(QUADRATURE).codice == "100001"
        assert two.gpadmin.get(QUADRATURE, gruppi="DOMINIO").codice == "100001"

    def test_are_of_the_domini_of_who_asks(self, two):
        assert (
            two.operatore.get(QUADRATURE, gruppi="FLUSSO_RENDICONTAZIONE", idDominio=ALTRO_DOMINIO).json["risultati"]
            == []
        )


class TestFlussiOfAnIuv:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"iuv": iuv(2)}, [ID_FLUSSO]),
            ({"iuv": iuv(9), "idDominio": DOMINIO}, [ID_FLUSSO]),
            ({"iuv": iuv(3), "idFlusso": ID_FLUSSO}, []),
            ({"iuv": iuv(3), "stato": "Acquisito"}, [ALTRO_FLUSSO]),
            ({"iuv": iuv(3), "dataA": "2026-11-01"}, []),
            ({"iuv": iuv(8)}, []),
        ],
    )
    def test_are_those_that_report_it(self, two, query, found):
        answer = two.comune.get(f"{RAGIONERIA}/{FLUSSI}", **query)

        assert [flusso["idFlusso"] for flusso in answer.json["risultati"]] == found
        assert answer.json["numRisultati"] == len(found)

    def test_are_found_without_reading_their_rows(self, two):
        two.gpadmin.get(RENDICONTAZIONI)  # the anagrafica is read
        with counted() as few:
            two.gpadmin.get(f"{BACKOFFICE}/{FLUSSI}", iuv=IUV, metadatiPaginazione="false")

        assert few == ["Query", "BatchGetItem", "BatchGetItem"]

    def test_of_too_many_enti_want_the_dominio(self, two, monkeypatch):
        monkeypatch.setattr("chalicelib.riconciliazione.per_chiave._RIGHE_MAX", 0)

        assert two.gpadmin.get(f"{BACKOFFICE}/{FLUSSI}", iuv=IUV).codice == "100001"

    def test_of_others_are_not_told(self, two):
        assert two.altra.get(f"{RAGIONERIA}/{FLUSSI}", iuv=IUV).json["risultati"] == []
        assert TOKEN not in two.altra.get(f"{RAGIONERIA}/{FLUSSI}", iuv=IUV).raw.decode()
