"""Flussi, incassi and riscossioni over HTTP: what is answered, in which form, to whom."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.aws.transactions import commit
from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import storna_incasso
from chalicelib.riconciliazione.repository import flussi
from chalicelib.riconciliazione.routes import shared
from chalicelib.riconciliazione.routes.operazioni import Operazioni
from tests.aws_calls import aws_calls
from tests.aws_state import messages_of
from tests.builders_anagrafica import IBAN_BANCA, there
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
    loaded,
    paid,
    receiver,
)
from tests.clock import NOW
from tests.contract import assert_conforms
from tests.rest.ragioneria_app import BACKOFFICE, RAGIONERIA, RICONCILIAZIONE, ufficio

CAUSALE = f"/PUR/LGPE-RIVERSAMENTO/URI/{ID_FLUSSO}"
RISCOSSIONE = f"/riscossioni/{DOMINIO}/{IUV}/{TOKEN}/1"
BOTH = [("ragioneria", RAGIONERIA), ("backoffice", BACKOFFICE)]


@pytest.fixture
def prova(aws):
    with ufficio(NOW) as prova:
        yield prova


@pytest.fixture
def flow(prova):
    """A flow of one payment that is known."""
    paid()
    acquired(prova.fonte, a_flow())
    return prova


def caller(prova, api):
    return prova.comune if api == "ragioneria" else prova.gpadmin


def incasso(**other):
    return {"causale": CAUSALE, "importo": 100.5, **other}


class TestPostIncassi:
    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_registers_and_shows_what_was_collected(self, flow, api, base):
        answer = caller(flow, api).call(
            "POST", f"{base}/incassi/{DOMINIO}", incasso(dataValuta="2026-11-24", sct="SCT1")
        )

        assert answer.status == 201
        assert_conforms(api, "v1", "incasso", answer.json)
        assert answer.json["idIncasso"] == ID_FLUSSO
        (riscossione,) = answer.json["riscossioni"]
        assert riscossione["stato"] == "INCASSATA"

    def test_twice_is_200_the_second_time(self, flow):
        first = flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso())

        again = flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso())

        assert (first.status, again.status) == (201, 200)
        assert again.json == first.json

    def test_is_served_under_the_name_of_the_manual_too(self, flow):
        assert flow.comune.call("POST", f"{RICONCILIAZIONE}/incassi/{DOMINIO}", incasso()).status == 201

    @pytest.mark.parametrize("reference", [{"idFlusso": ID_FLUSSO}, {"iuv": IUV}])
    def test_takes_the_reference_by_itself(self, flow, reference):
        body = {"importo": 100.5, **reference}

        assert flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", body).status == 201

    @pytest.mark.parametrize(
        ("body", "codice"),
        [
            ({"causale": "Affitto"}, "021401"),
            ({"causale": f"/RFB/{iuv(99)}/100.50"}, "021402"),
            ({"causale": f"{CAUSALE}9"}, "021405"),
            ({"importo": 100.51}, "021407"),
            ({"causale": "x" * 513}, "021408"),
            ({"ibanAccredito": "IT60X0542811101000000999999"}, "021412"),
        ],
    )
    def test_is_refused_by_its_code(self, flow, body, codice):
        answer = flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso(**body))

        assert (answer.status, answer.codice) == (422, codice)
        assert answer.json["categoria"] == "RICHIESTA"
        assert_conforms("ragioneria", "v1", "faultBean", answer.json)

    @pytest.mark.parametrize(
        "body", [{"importo": "tanto"}, {"importo": None}, {"dataValuta": "ieri"}, {"importo": 1.005}]
    )
    def test_that_breaks_a_rule_of_a_field_is_400(self, flow, body):
        answer = flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso(**body))

        assert (answer.status, answer.codice) == (400, "SINTASSI")

    def test_of_a_dominio_of_others_is_403(self, flow):
        answer = flow.altra.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso())

        assert (answer.status, answer.codice) == (403, "403000")

    def test_wants_the_right_to_write(self, flow):
        assert flow.operatore.call("POST", f"{BACKOFFICE}/incassi/{DOMINIO}", incasso()).status == 403

    def test_by_an_operatore_is_not_for_ragioneria(self, flow):
        assert flow.gpadmin.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso()).status == 403

    def test_takes_an_account_of_the_ente(self, flow):
        body = incasso(ibanAccredito=IBAN_BANCA)

        answer = flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", body)

        assert answer.json["ibanAccredito"] == IBAN_BANCA


class TestGetIncassi:
    @pytest.fixture
    def matched(self, flow):
        flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso())
        return flow

    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_list_conforms(self, matched, api, base):
        answer = caller(matched, api).get(f"{base}/incassi")

        assert_conforms(api, "v1", "GET /incassi", answer.json)
        assert answer.json["numRisultati"] == 1
        assert [item["idIncasso"] for item in answer.json["risultati"]] == [ID_FLUSSO]

    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_one_conforms(self, matched, api, base):
        answer = caller(matched, api).get(f"{base}/incassi/{DOMINIO}/{ID_FLUSSO}")

        assert answer.status == 200
        assert_conforms(api, "v1", "incasso", answer.json)

    def test_of_another_applicazione_are_not_shown(self, flow):
        flow.gpadmin.call("POST", f"{BACKOFFICE}/incassi/{DOMINIO}", incasso())

        assert flow.comune.get(f"{RAGIONERIA}/incassi").json["risultati"] == []
        assert flow.comune.get(f"{RAGIONERIA}/incassi/{DOMINIO}/{ID_FLUSSO}").status == 403

    def test_are_for_an_operatore_those_of_its_domini(self, matched):
        assert len(matched.operatore.get(f"{BACKOFFICE}/incassi").json["risultati"]) == 1
        assert matched.operatore.get(f"{BACKOFFICE}/incassi", idDominio=ALTRO_DOMINIO).json["risultati"] == []
        assert matched.operatore.get(f"{BACKOFFICE}/incassi/{ALTRO_DOMINIO}/{ID_FLUSSO}").status == 403

    def test_that_are_not_there_are_404(self, prova):
        assert prova.comune.get(f"{RAGIONERIA}/incassi/{DOMINIO}/NESSUNO").status == 404

    def test_that_were_reversed_are_no_longer_listed(self, matched):
        storna_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, motivo="errore", now=NOW)

        assert matched.gpadmin.get(f"{BACKOFFICE}/incassi").json["risultati"] == []
        one = matched.gpadmin.get(f"{BACKOFFICE}/incassi/{DOMINIO}/{ID_FLUSSO}").json
        assert (one["stato"], one["riscossioni"]) == ("ERRORE", [])

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"sct": "TRN-1"}, 1),
            ({"sct": "TRN"}, 0),
            ({"idFlusso": ID_FLUSSO.lower()}, 1),
            ({"idFlusso": "ALTRO"}, 0),
            ({"iuv": IUV}, 1),
            ({"iuv": IUV, "idDominio": DOMINIO, "idFlusso": ID_FLUSSO, "sct": "TRN-1"}, 1),
            ({"iuv": "01" + "9" * 15}, 0),
            ({"iuv": IUV, "stato": "ERRORE"}, 0),
            ({"iuv": IUV, "dataA": "2020-01-01"}, 0),
            ({"stato": "ACQUISITO"}, 1),
            ({"stato": "IN_ELABORAZIONE"}, 0),
            ({"stato": "ERRORE"}, 0),
        ],
    )
    def test_are_filtered(self, flow, query, found):
        flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso(sct="TRN-1"))

        answer = flow.gpadmin.get(f"{BACKOFFICE}/incassi", **query)

        assert (len(answer.json["risultati"]), answer.json["numRisultati"]) == (found, found)

    def test_that_were_reversed_are_listed_where_they_are_asked_for(self, matched):
        storna_incasso(id_dominio=DOMINIO, id_incasso=ID_FLUSSO, motivo="errore", now=NOW)

        (item,) = matched.gpadmin.get(f"{BACKOFFICE}/incassi", stato="ERRORE").json["risultati"]
        assert item["idIncasso"] == ID_FLUSSO

    def test_of_another_applicazione_are_not_found_by_their_flow(self, flow):
        flow.gpadmin.call("POST", f"{BACKOFFICE}/incassi/{DOMINIO}", incasso())

        assert flow.comune.get(f"{RAGIONERIA}/incassi", idFlusso=ID_FLUSSO).json["risultati"] == []

    @pytest.mark.parametrize(
        ("tipi", "found"), [({}, 1), ({"riscossioni.tipo": "ENTRATA"}, 1), ({"riscossioni.tipo": "MBT"}, 0)]
    )
    def test_one_shows_the_riscossioni_of_the_types_asked_for(self, matched, tipi, found):
        body = matched.gpadmin.get(f"{BACKOFFICE}/incassi/{DOMINIO}/{ID_FLUSSO}", **tipi).json

        assert len(body["riscossioni"]) == found

    def test_by_day(self, matched):
        base = f"{BACKOFFICE}/incassi"

        assert matched.gpadmin.get(base, dataA="2020-01-01", dataDa="2020-01-01").json["risultati"] == []
        assert matched.gpadmin.get(base, ordinamento="-data").status == 200
        assert matched.gpadmin.get(base, ordinamento="+importo").codice == "100001"


class TestGetFlussi:
    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_list_conforms(self, flow, api, base):
        answer = caller(flow, api).get(f"{base}/flussiRendicontazione", dataDa="2026-11-01", dataA="2026-11-30")

        assert_conforms(api, "v1", "GET /flussiRendicontazione", answer.json)
        (item,) = answer.json["risultati"]
        assert (item["idFlusso"], item["stato"], item["importoTotale"]) == (ID_FLUSSO, "Acquisito", 100.5)

    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_one_conforms_and_shows_its_payments(self, flow, api, base):
        answer = caller(flow, api).get(f"{base}/flussiRendicontazione/{ID_FLUSSO}")

        assert_conforms(api, "v1", "flussoRendicontazione", answer.json)
        (row,) = answer.json["rendicontazioni"]
        assert (row["iuv"], row["esito"], row["riscossione"]["iur"]) == (IUV, 0, TOKEN)

    def test_that_is_anomalous_says_why(self, prova):
        acquired(prova.fonte, a_flow(numero_totale_pagamenti=2))

        body = prova.comune.get(f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}").json

        assert_conforms("ragioneria", "v1", "flussoRendicontazione", body)
        assert [s["codice"] for s in body["segnalazioni"]] == ["007107"]
        assert [s["codice"] for s in body["rendicontazioni"][0]["segnalazioni"]] == ["007101"]

    def test_that_was_refused_conforms_and_says_why(self, prova):
        acquired(prova.fonte, b"non xml")

        body = prova.comune.get(f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}").json

        assert_conforms("ragioneria", "v1", "flussoRendicontazione", body)
        assert body["stato"] == "Rifiutato"
        assert "XML" in body["segnalazioni"][0]["dettaglio"]
        url = f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}"
        assert prova.comune.call("GET", url, accept="text/xml").status == 404

    def test_as_xml_is_as_it_came(self, flow):
        answer = flow.comune.call("GET", f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}", accept="application/xml")

        assert answer.raw.lower() == a_flow().lower()
        assert answer.headers["Content-Type"] == "application/xml"

    def test_that_came_by_rest_has_an_xml_that_says_the_same(self, flow):
        flusso = there(flussi.state_of(a_chiave())[0])
        commit(flussi.writes(replace(flusso, formato=Formato.FDR)))

        answer = flow.comune.call("GET", f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}", accept="text/xml")

        assert f"<identificativoUnivocoVersamento>{IUV}</identificativoUnivocoVersamento>".encode() in answer.raw

    def test_that_is_too_long_is_at_an_address(self, flow, monkeypatch):
        monkeypatch.setattr(shared, "MAX_BYTES", 100)

        answer = flow.comune.get(f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}")

        assert answer.status == 303
        assert "risposte" in answer.headers["Location"]

    def test_of_two_enti_is_found_with_the_dominio(self, flow):
        altro = a_chiave(id_dominio=ALTRO_DOMINIO)
        acquired(flow.fonte, a_flow(istituto_ricevente=receiver(ALTRO_DOMINIO)), altro)
        base = f"{BACKOFFICE}/flussiRendicontazione"

        assert flow.gpadmin.get(f"{base}/{ID_FLUSSO}").codice == "100001"
        assert flow.gpadmin.get(f"{base}/{ID_FLUSSO}", idDominio=DOMINIO).json["idDominio"] == DOMINIO
        assert flow.gpadmin.get(f"{base}/{ALTRO_DOMINIO}/{ID_FLUSSO}").json["idDominio"] == ALTRO_DOMINIO
        assert flow.operatore.get(f"{base}/{ID_FLUSSO}").json["idDominio"] == DOMINIO
        assert flow.operatore.get(f"{base}/{ALTRO_DOMINIO}/{ID_FLUSSO}").status == 403
        assert flow.altra.get(f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}").json["idDominio"] == ALTRO_DOMINIO

    def test_of_two_dates_is_the_one_that_holds_or_that_is_asked_for(self, flow):
        newer = a_chiave(data_ora=DATA_ORA + timedelta(hours=2))
        acquired(flow.fonte, a_flow(identificativo_univoco_regolamento="TRN-2"), newer)
        base = f"{BACKOFFICE}/flussiRendicontazione"

        assert flow.gpadmin.get(f"{base}/{ID_FLUSSO}").json["trn"] == "TRN-2"
        older = flow.gpadmin.get(f"{base}/{ID_FLUSSO}/2026-11-24T06:00:00").json
        assert older["trn"] != "TRN-2"
        assert flow.gpadmin.get(f"{base}/{DOMINIO}/{ID_FLUSSO}/2026-11-24T06:00:00").json == older
        assert flow.gpadmin.get(f"{base}/{ID_FLUSSO}/2026-11-24T06:00:01").status == 404

    def test_of_others_and_unknown_is_404(self, flow):
        assert flow.altra.get(f"{RAGIONERIA}/flussiRendicontazione/{ID_FLUSSO}").status == 404
        assert flow.comune.get(f"{RAGIONERIA}/flussiRendicontazione/NESSUNO").status == 404

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"stato": "Acquisito"}, 1),
            ({"stato": "Anomalo"}, 0),
            ({"idFlusso": ID_FLUSSO}, 1),
            ({"idFlusso": "ALTRO"}, 0),
            ({"incassato": "true"}, 0),
            ({"incassato": "false"}, 1),
            ({"escludiObsoleti": "true"}, 1),
            ({"idDominio": DOMINIO}, 1),
            ({"idDominio": ALTRO_DOMINIO}, 0),
            ({"dataDa": "2026-11-25"}, 0),
            ({"idFlusso": ID_FLUSSO, "dataA": "2026-11-23"}, 0),
        ],
    )
    def test_list_is_filtered(self, flow, query, found):
        answer = flow.gpadmin.get(f"{BACKOFFICE}/flussiRendicontazione", **query)

        assert (len(answer.json["risultati"]), answer.json["numRisultati"]) == (found, found)

    def test_list_is_paged(self, flow):
        for number in range(4):
            chiave = a_chiave(
                id_flusso=f"2026-11-24BCITITMM-{number}", data_ora=DATA_ORA + timedelta(minutes=number + 1)
            )
            acquired(flow.fonte, a_flow(identificativo_flusso=chiave.id_flusso), chiave)
        seen, page = [], flow.comune.get(f"{RAGIONERIA}/flussiRendicontazione", risultatiPerPagina=2).json
        while True:
            seen += [item["idFlusso"] for item in page["risultati"]]
            if "prossimiRisultati" not in page:
                break
            page = flow.comune.get(RAGIONERIA + page["prossimiRisultati"]).json

        assert seen == [ID_FLUSSO, *(f"2026-11-24BCITITMM-{number}" for number in range(4))]

    def test_wants_the_right_to_read(self, flow):
        assert flow.comune.get(f"{BACKOFFICE}/flussiRendicontazione").status == 403


class TestGetRiscossioni:
    @pytest.mark.parametrize(("api", "base"), BOTH)
    def test_list_conforms(self, flow, api, base):
        answer = caller(flow, api).get(f"{base}/riscossioni")

        assert_conforms(api, "v1", "GET /riscossioni", answer.json)
        (item,) = answer.json["risultati"]
        assert (item["iur"], item["stato"]) == (TOKEN, "RISCOSSA")

    @pytest.mark.parametrize(("api", "base"), BOTH)
    @pytest.mark.parametrize("matched", [False, True])
    def test_one_conforms(self, flow, api, base, matched):
        if matched:
            flow.comune.call("POST", f"{RAGIONERIA}/incassi/{DOMINIO}", incasso())

        answer = caller(flow, api).get(base + RISCOSSIONE)

        assert answer.status == 200
        assert_conforms(api, "v1", "riscossione", answer.json)
        assert ("incasso" in answer.json) is matched

    def test_without_ricevuta_is_riscossa_and_has_no_attempt(self, prova):
        loaded()
        acquired(prova.fonte, a_flow(a_riga(esito="9")))

        body = prova.comune.get(RAGIONERIA + RISCOSSIONE).json

        assert_conforms("ragioneria", "v1", "riscossione", body)
        assert body["stato"] == "RISCOSSA"
        assert "rpp" not in body

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"stato": "RISCOSSA"}, 1),
            ({"stato": "INCASSATA"}, 0),
            ({"tipo": "ENTRATA"}, 1),
            ({"tipo": "MBT"}, 0),
            ({"idA2A": "A2A-COMUNE", "idPendenza": f"P-{IUV}"}, 1),
            ({"idA2A": "A2A-COMUNE", "idPendenza": f"P-{IUV}", "stato": "INCASSATA"}, 0),
            ({"idA2A": "A2A-COMUNE"}, 1),
            ({"idPendenza": "ALTRA"}, 0),
            ({"idDominio": ALTRO_DOMINIO}, 0),
            ({"iuv": IUV}, 1),
            ({"iuv": IUV, "idDominio": DOMINIO, "iur": TOKEN, "tipo": "ENTRATA"}, 1),
            ({"iuv": IUV, "stato": "INCASSATA"}, 0),
            ({"iuv": IUV, "dataDa": "2026-11-25"}, 0),
            ({"iuv": IUV, "idPendenza": "ALTRA"}, 0),
            ({"iuv": "01" + "9" * 15}, 0),
            ({"iuv": "X" * 71}, 0),
            ({"iur": TOKEN}, 1),
            ({"iur": TOKEN[:-1]}, 0),
            ({"tipo": "ENTRATA,MBT"}, 1),
            ({"tipo": "ALTRO_INTERMEDIARIO"}, 0),
            ({"tipoRiscossione": "MBT"}, 0),
            ({"idTipoPendenza": "ALTRO"}, 0),
            ({"dataDa": "2026-11-24", "dataA": "2026-11-24"}, 1),
            ({"dataDa": "2026-11-25"}, 0),
        ],
    )
    def test_list_is_filtered(self, flow, query, found):
        answer = flow.gpadmin.get(f"{BACKOFFICE}/riscossioni", **query)

        assert (len(answer.json["risultati"]), answer.json["numRisultati"]) == (found, found)

    def test_of_others_are_not_shown(self, flow):
        assert flow.altra.get(f"{RAGIONERIA}/riscossioni").json["risultati"] == []
        assert flow.altra.get(RAGIONERIA + RISCOSSIONE).status == 403

    def test_that_are_not_there_are_404(self, flow):
        assert flow.comune.get(f"{RAGIONERIA}/riscossioni/{DOMINIO}/{IUV}/{TOKEN}/2").status == 404

    @pytest.mark.parametrize("name", ["idUnita", "direzione", "divisione", "tassonomia"])
    def test_refuses_a_filter_that_it_does_not_have(self, flow, name):
        answer = flow.gpadmin.get(f"{BACKOFFICE}/riscossioni", **{name: "x"})

        assert (answer.status, answer.codice) == (422, "100001")

    def test_wants_a_known_word(self, flow):
        assert flow.comune.get(f"{RAGIONERIA}/riscossioni", stato="PAGATA").codice == "100001"

    def test_costs_as_many_calls_whatever_lies_beside(self, flow):
        for number in range(1, 30):
            paid(iuv(number), token=f"token-{number}", importo=Importo(100))
        query = {"dataDa": "2026-11-24", "idDominio": DOMINIO, "metadatiPaginazione": "false"}
        flow.comune.get(f"{RAGIONERIA}/riscossioni", **query)

        with aws_calls() as calls:
            answer = flow.comune.get(f"{RAGIONERIA}/riscossioni", **query)

        assert len(answer.json["risultati"]) == 25
        assert calls.count("dynamodb.BatchGetItem") == 2
        assert len(calls) <= 4 + 2  # the months from that day on, and the clock of the test may be far from it


class TestOperazioni:
    def test_acquisition_is_started_by_reading_it(self, prova):
        answer = prova.gpadmin.get(f"{BACKOFFICE}/operazioni/acquisizioneRendicontazioni")

        assert_conforms("backoffice", "v1", "operazione", answer.json)
        assert answer.json["stato"] == 0
        assert {m["idDominio"] for m in messages_of("flussi")} == {DOMINIO, ALTRO_DOMINIO}

    def test_are_listed(self, prova):
        answer = prova.gpadmin.get(f"{BACKOFFICE}/operazioni")

        assert_conforms("backoffice", "v1", "GET /operazioni", answer.json)
        assert len(answer.json["risultati"]) == len(Operazioni.known)

    def test_recovery_is_started_and_its_last_runs_are_shown(self, prova):
        started = prova.gpadmin.get(f"{BACKOFFICE}/operazioni/recuperoRptPendenti")
        assert_conforms("backoffice", "v1", "operazione", started.json)
        assert {m["passo"] for m in messages_of("recupero")} == {"PENDENTI"}

        one = prova.gpadmin.get(BACKOFFICE + started.json["dettaglio"].partition(": ")[2])
        last = prova.gpadmin.get(f"{BACKOFFICE}/operazioni/stato/recuperoRptPendenti")

        assert one.json == last.json
        assert_conforms("backoffice", "v1", "esitoOperazione", one.json)
        assert (one.json["percentuale"], one.json["stato"]) == (100, "OK")
        assert "avviata da" in one.json["descrizione"]
        assert "elenchi di RPT pendenti" in one.json["descrizione"]

    @pytest.mark.parametrize("name", ["spedizioneNotifiche", "resetCacheAnagrafica"])
    def test_others_are_started_too(self, prova, name):
        answer = prova.gpadmin.get(f"{BACKOFFICE}/operazioni/{name}")

        assert (answer.status, answer.json["stato"]) == (200, 0)

    @pytest.mark.parametrize("name", ["nessuna", "recuperoRptPendenti-mai", "recuperoRptPendenti"])
    def test_that_never_ran_have_no_state(self, prova, name):
        assert prova.gpadmin.get(f"{BACKOFFICE}/operazioni/stato/{name}").status == 404

    def test_that_are_unknown_are_404(self, prova):
        assert prova.gpadmin.get(f"{BACKOFFICE}/operazioni/nessuna").status == 404

    def test_want_the_right_to_write(self, prova):
        assert prova.operatore.get(f"{BACKOFFICE}/operazioni/acquisizioneRendicontazioni").status == 403
