"""GET /rpp on the three contracts: what is shown, in which form, to whom."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest
from chalice.test import Client

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import Abilitazioni, Acl
from chalicelib.anagrafica.queries import Registry
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.aws.transactions import commit
from chalicelib.kernel.utenze import Diritto, Servizio
from chalicelib.pagamenti import operations, queries, repository
from chalicelib.pagamenti.model import CCP_IN_ATTESA, Formato
from chalicelib.pagamenti.routes import routes
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.pendenze import repository as pendenze
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import MENSA, TARI, an_operatore, seed_comune
from tests.builders_pagamenti import (
    ALTRO_DOMINIO,
    CCP,
    DOMINIO,
    IUV,
    NOW,
    TOKEN,
    a_pendenza,
    a_receipt,
    a_waiting_attempt,
    an_attempt,
    an_rt,
)
from tests.contract import assert_conforms
from tests.doubles_pagamenti import ports
from tests.rest.pendenze_app import ALTRA, BACKOFFICE, COMUNE, GPADMIN, OPERATORE, PAGAMENTO, PENDENZE, Chiamante

app = GovPayApp(app_name="rpp")
app.api.binary_types = ["application/pdf", "application/octet-stream"]
app.register_blueprint(routes)

RPP = f"/rpp/{DOMINIO}/{IUV}/{CCP}"
LETTURA = (Acl(servizio=Servizio.PENDENZE, autorizzazioni=(Diritto.LETTURA,)),)
ORIGINALE = b"<soapenv:Envelope>come ricevuta</soapenv:Envelope>"


@pytest.fixture
def client(aws) -> Iterator[Client]:
    seed_comune(NOW)
    with (
        ports(),
        Client(app) as client,
        patch.object(Edge, "current_request", staticmethod(lambda: app.current_request), create=True),
        patch.object(Edge, "recorder", None),
        patch.object(Credentials, "registry", Registry()),
    ):
        yield client


@pytest.fixture
def comune(client):
    return Chiamante(client, COMUNE)


@pytest.fixture
def gpadmin(client):
    return Chiamante(client, GPADMIN)


def stored(*attempts, pendenza=None):
    pendenza = pendenze.save(None, replace(pendenza or a_pendenza(), versione=0))
    for attempt in attempts:
        commit(repository.rpp_writes(before=None, after=replace(attempt, versione=0)))
    return pendenza


def paid(rpp=None, **other):
    """Store a classic payment with its ricevuta, the bytes in the archive."""
    rpp = rpp or an_attempt()
    stored(rpp)
    ricevuta = an_rt(rpp, **other)
    documents.put(Bucket.ARCHIVIO, ricevuta.originale, ORIGINALE, content_type="text/xml")
    operations.acquire_ricevuta(ricevuta=ricevuta, now=NOW + timedelta(minutes=1))
    return ricevuta


class TestGetRpp:
    @pytest.mark.parametrize("base", [PENDENZE, PAGAMENTO, BACKOFFICE])
    def test_conforms_to_the_contract(self, gpadmin, comune, base):
        paid()

        answer = (gpadmin if base == BACKOFFICE else comune).get(base + RPP)

        assert answer.status == 200
        api = {PENDENZE: "pendenze", PAGAMENTO: "pagamento", BACKOFFICE: "backoffice"}[base]
        body = answer.json
        # The pattern of this one field is misprinted in one contract: `[0-9]18`.
        body["pendenza"].pop("numeroAvviso")
        assert_conforms(api, "v1", "rpp", body)
        assert answer.json["stato"] == "RT_ACCETTATA_PA"
        assert answer.json["rt"]["datiPagamento"]["CodiceContestoPagamento"] == CCP
        assert answer.json["pendenza"]["idPendenza"] == "TARI-2026-0001"
        assert "X-Govpay-IdTransazione" in answer.headers

    def test_has_no_rt_before_the_ricevuta(self, comune):
        stored(an_attempt())

        assert "rt" not in comune.get(PENDENZE + RPP).json

    def test_costs_one_query(self, comune):
        paid()
        comune.get(PENDENZE + RPP)

        with aws_calls() as calls:
            comune.get(PENDENZE + RPP)

        assert calls == ["dynamodb.Query"]

    def test_shows_what_is_anomalous(self, comune):
        paid()
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW + timedelta(hours=1))

        answer = comune.get(f"{PENDENZE}/rpp/{DOMINIO}/{IUV}/{TOKEN}")

        assert [s["codice"] for s in answer.json["segnalazioni"]] == ["PAGAMENTO_DUPLICATO"]

    def test_finds_the_ccp_n_a_by_its_alias(self, comune):
        paid(an_attempt(ccp="n/a"))

        for path in (f"/rpp/{DOMINIO}/{IUV}/n/a", f"/rpp/{DOMINIO}/{IUV}/n%2Fa"):
            answer = comune.get(PENDENZE + path)
            assert answer.json["rpt"]["datiVersamento"]["codiceContestoPagamento"] == "n/a"

    def test_of_nothing_is_404(self, comune, gpadmin):
        for caller, base in ((comune, PENDENZE), (gpadmin, BACKOFFICE)):
            answer = caller.get(base + RPP)
            assert (answer.status, answer.codice) == (404, "404000")

    def test_of_an_ente_of_others_is_not_there(self, client):
        paid()

        answer = Chiamante(client, ALTRA).get(PENDENZE + RPP)

        assert (answer.status, answer.codice) == (404, "404000")

    def test_of_another_dominio_is_403_for_an_operatore(self, client):
        self.operatore(domini=(ALTRO_DOMINIO,), tipi=("*",))
        paid()

        assert Chiamante(client, OPERATORE).get(BACKOFFICE + RPP).status == 403

    def test_of_another_tipo_is_403_for_an_operatore(self, client):
        self.operatore(domini=(DOMINIO,), tipi=(MENSA,))
        paid()

        assert Chiamante(client, OPERATORE).get(BACKOFFICE + RPP).status == 403

    def test_of_its_dominio_and_tipo_is_an_operatores(self, client):
        self.operatore(domini=(DOMINIO,), tipi=(TARI,))
        paid()

        assert Chiamante(client, OPERATORE).get(BACKOFFICE + RPP).status == 200

    def test_needs_credentials(self, client):
        assert Chiamante(client, None).get(PENDENZE + RPP).status == 401

    def test_needs_the_right_to_read_pendenze(self, client):
        self.operatore(domini=("*",), tipi=("*",), acl=())

        assert Chiamante(client, OPERATORE).get(BACKOFFICE + RPP).status == 403

    @staticmethod
    def operatore(*, domini, tipi, acl=LETTURA):
        anagrafica.put_operatore(
            operatore=an_operatore(abilitazioni=Abilitazioni(domini=domini, tipi_pendenza=tipi, acl=acl))
        )


class TestGetRpt:
    @pytest.mark.parametrize("accept", [None, "application/json", "application/json, text/plain, */*"])
    def test_is_json_by_default(self, comune, accept):
        stored(an_attempt())

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rpt", accept=accept)

        assert answer.json["datiVersamento"]["importoTotaleDaVersare"] == "100.50"

    @pytest.mark.parametrize("accept", ["application/xml", "text/xml", "*/*"])
    def test_is_xml_for_whoever_wants_something_else(self, comune, accept):
        stored(an_attempt())

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rpt", accept=accept)

        assert (answer.headers["Content-Type"], answer.raw) == ("text/xml", f"<RPT>{CCP}</RPT>".encode())

    def test_is_found_by_the_alias_of_n_a(self, comune):
        stored(an_attempt(ccp="n/a"))

        assert comune.get(f"{PENDENZE}/rpp/{DOMINIO}/{IUV}/n/a/rpt").status == 200


class TestGetRt:
    @pytest.mark.parametrize("accept", ["application/json", "application/pdf", "application/octet-stream", "text/xml"])
    def test_is_404_before_the_ricevuta(self, comune, accept):
        stored(an_attempt())

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept=accept)

        assert (answer.status, answer.codice) == (404, "404000")

    def test_is_json_by_default(self, comune):
        paid()

        assert comune.get(f"{PENDENZE}{RPP}/rt").json["datiPagamento"]["codiceEsitoPagamento"] == "0"

    def test_is_the_rt_as_xml(self, comune):
        paid()

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept="application/xml")

        assert (answer.headers["Content-Type"], answer.raw) == ("text/xml", f"<RT>{CCP}</RT>".encode())

    def test_is_the_very_bytes_received_as_octet_stream(self, comune):
        paid()

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept="application/octet-stream")

        assert (answer.headers["Content-Type"], answer.raw) == ("application/octet-stream", ORIGINALE)

    def test_is_404_where_the_archive_has_lost_the_bytes(self, comune):
        documents.delete(Bucket.ARCHIVIO, paid().originale)

        answer = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept="application/octet-stream")

        assert answer.status == 404

    def test_is_printed_once(self, comune):
        paid()

        first = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept="application/pdf")
        with aws_calls() as calls:
            again = comune.call("GET", f"{PENDENZE}{RPP}/rt", accept="application/pdf")

        assert first.raw.startswith(b"%PDF")
        assert first.raw == again.raw
        assert first.headers["Content-Disposition"] == f'attachment; filename="{DOMINIO}_{IUV}_{CCP}.pdf"'
        assert calls == ["dynamodb.Query", "s3.GetObject"]

    def test_names_the_debtor_on_paper_only_where_asked(self, comune):
        paid()
        url = f"{PENDENZE}{RPP}/rt"

        without = comune.call("GET", url, accept="application/pdf")
        with_debtor = comune.call("GET", url, accept="application/pdf", visualizzaSoggettoDebitore="true")

        assert "Mario Rossi" not in text_of(without.raw)
        assert "Mario Rossi" in text_of(with_debtor.raw)
        assert "Tassa sui rifiuti 2026" in text_of(without.raw)

    def test_has_a_file_name_without_the_slash_of_n_a(self, comune):
        paid(an_attempt(ccp="n/a"))

        answer = comune.call("GET", f"{PENDENZE}/rpp/{DOMINIO}/{IUV}/n/a/rt", accept="application/pdf")

        assert answer.headers["Content-Disposition"] == f'attachment; filename="{DOMINIO}_{IUV}_n_a.pdf"'

    def test_refuses_a_flag_that_is_none(self, comune):
        answer = comune.get(f"{PENDENZE}{RPP}/rt", visualizzaSoggettoDebitore="forse")

        assert (answer.status, answer.codice) == (422, "100001")

    def test_of_a_receipt_is_an_rt_too(self, comune):
        stored()
        operations.acquire_ricevuta(ricevuta=a_receipt(formato=Formato.V1), now=NOW)

        answer = comune.get(f"{PENDENZE}/rpp/{DOMINIO}/{IUV}/{TOKEN}/rt")

        assert answer.json["identificativoMessaggioRicevuta"] == TOKEN


def text_of(pdf):
    import io

    import pdfplumber

    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


class TestFindRpp:
    @pytest.fixture
    def several(self, client):
        """Three attempts on one pendenza, an hour apart, the last one refused; one on another pendenza."""
        stored(
            an_attempt(ccp="A"),
            an_attempt(ccp="B", creata=NOW + timedelta(hours=1)),
            an_attempt(ccp="C", creata=NOW + timedelta(hours=2), stato=StatoRpp.RPT_RIFIUTATA_NODO),
        )
        other = a_pendenza(
            id_dominio=ALTRO_DOMINIO, id_pendenza="ALTRA-1", iuv="100000000000123", numero_avviso="001100000000000123",
            id_tipo_pendenza=MENSA,
        )  # fmt: skip
        stored(an_attempt(other, ccp="D", creata=NOW + timedelta(hours=3)), pendenza=other)

    @staticmethod
    def ccps(answer):
        assert answer.status == 200, answer.raw
        return [rpp["rpt"]["datiVersamento"]["codiceContestoPagamento"] for rpp in answer.json["risultati"]]

    @pytest.mark.parametrize("base", [PENDENZE, PAGAMENTO, BACKOFFICE])
    def test_conforms_to_the_contract(self, several, gpadmin, comune, base):
        answer = (gpadmin if base == BACKOFFICE else comune).get(f"{base}/rpp")

        api = {PENDENZE: "pendenze", PAGAMENTO: "pagamento", BACKOFFICE: "backoffice"}[base]
        assert_conforms(api, "v1", "GET /rpp", answer.json)
        assert self.ccps(answer) == ["A", "B", "C", "D"]
        assert answer.json["numRisultati"] == 4

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"idDominio": DOMINIO}, ["A", "B", "C"]),
            ({"idDominio": DOMINIO, "iuv": IUV}, ["A", "B", "C"]),
            ({"iuv": "100000000000123"}, ["D"]),
            ({"iuv": "100"}, []),
            ({"ccp": "B"}, ["B"]),
            ({"idDominio": DOMINIO, "iuv": IUV, "ccp": "B"}, ["B"]),
            ({"idA2A": "A2A-COMUNE", "idPendenza": "ALTRA-1"}, ["D"]),
            ({"idPendenza": "ALTRA-1"}, ["D"]),
            ({"numeroAvviso": "001100000000000123"}, ["D"]),
            ({"codApplicazione": "A2A-ALTRA"}, []),
            ({"idA2A": "A2A-ALTRA"}, []),
            ({"esito": "RIFIUTATO"}, ["C"]),
            ({"esito": "IN_CORSO"}, ["A", "B", "D"]),
            ({"esito": "DECORENNZA_PARZIALE"}, []),
            ({"idPagamento": "ab12"}, []),
            ({"dataDa": "2026-11-24T11:30:00"}, ["B", "C", "D"]),
            ({"dataA": "2026-11-24T11:30:00"}, ["A", "B"]),
            ({"dataRptDa": "2026-11-24T11:30:00", "dataRptA": "2026-11-24T11:30:00"}, ["B"]),
            ({"idDominio": DOMINIO, "iuv": IUV, "dataDa": "2026-11-24T11:30:00"}, ["B", "C"]),
            ({"dataDa": "2026-11-25"}, []),
            ({"ordinamento": "-dataRichiesta"}, ["D", "C", "B", "A"]),
        ],
    )
    def test_is_filtered(self, several, gpadmin, query, expected):
        answer = gpadmin.get(f"{BACKOFFICE}/rpp", **query)

        assert self.ccps(answer) == expected
        if query != {"iuv": "100"}:
            assert answer.json["numRisultati"] == len(expected)

    @pytest.mark.parametrize("filters", [{}, {"idDominio": DOMINIO}, {"idDominio": DOMINIO, "iuv": IUV}])
    def test_is_walked_page_by_page(self, several, gpadmin, filters):
        first = gpadmin.get(f"{BACKOFFICE}/rpp", risultatiPerPagina=2, **filters)
        second = gpadmin.get(BACKOFFICE + first.json["prossimiRisultati"])
        by_number = gpadmin.get(f"{BACKOFFICE}/rpp", risultatiPerPagina=2, pagina=2, **filters)

        assert self.ccps(first) == ["A", "B"]
        assert self.ccps(second) == self.ccps(by_number) == (["C"] if filters else ["C", "D"])
        assert "prossimiRisultati" not in second.json

    def test_shows_the_rt_where_there_is_one(self, comune):
        paid()

        [rpp] = comune.get(f"{PENDENZE}/rpp").json["risultati"]

        assert rpp["rt"]["datiPagamento"]["importoTotalePagato"] == "100.50"
        assert rpp["pendenza"] == "/pendenze/A2A-COMUNE/TARI-2026-0001"

    def test_of_a_position_signals_what_is_anomalous_at_no_more_cost(self, comune):
        paid()
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW + timedelta(hours=1))
        comune.get(f"{PENDENZE}/rpp", idDominio=DOMINIO, iuv=IUV)

        with aws_calls() as calls:
            answer = comune.get(f"{PENDENZE}/rpp", idDominio=DOMINIO, iuv=IUV)

        signalled = [[one["codice"] for one in rpp["segnalazioni"]] for rpp in answer.json["risultati"]]
        assert signalled == [[], ["PAGAMENTO_DUPLICATO"]]
        assert calls == ["dynamodb.Query"]

    def test_finds_what_waits_for_its_ricevuta(self, comune):
        stored(a_waiting_attempt())

        assert self.ccps(comune.get(f"{PENDENZE}/rpp", esito="IN_CORSO")) == [CCP_IN_ATTESA]

    def test_shows_an_applicazione_its_own_only(self, several, client):
        altra = Chiamante(client, ALTRA)

        assert self.ccps(altra.get(f"{PENDENZE}/rpp")) == []
        assert self.ccps(altra.get(f"{PENDENZE}/rpp", idA2A="A2A-COMUNE")) == []
        assert self.ccps(altra.get(f"{PENDENZE}/rpp", idDominio=DOMINIO, iuv=IUV)) == []

    def test_shows_a_portal_its_own_attempts_on_what_others_have_loaded(self, several, client):
        commit(
            repository.rpp_writes(
                before=None, after=replace(an_attempt(ccp="E"), versione=0, id_a2a_portale="A2A-ALTRA")
            )
        )
        altra = Chiamante(client, ALTRA)
        of_pendenza = {"idA2A": "A2A-COMUNE", "idPendenza": "TARI-2026-0001"}
        for query in ({"idDominio": DOMINIO, "iuv": IUV}, of_pendenza, {**of_pendenza, "ccp": "E"}):
            answer = altra.get(f"{PAGAMENTO}/rpp", risultatiPerPagina=1, **query)

            assert self.ccps(answer) == ["E"], query
            assert answer.json["numRisultati"] == 1
        assert self.ccps(altra.get(f"{PAGAMENTO}/rpp", **{**of_pendenza, "ccp": "A"})) == []
        assert self.ccps(altra.get(f"{PAGAMENTO}/rpp", **{**of_pendenza, "idPendenza": "IGNOTA"})) == []

    def test_shows_a_portal_all_that_it_started(self, several, client, gpadmin):
        first = replace(an_attempt(ccp="E", creata=NOW + timedelta(hours=4)), versione=0, id_a2a_portale="A2A-ALTRA")
        commit(repository.rpp_writes(before=None, after=first))
        own = replace(an_attempt(ccp="F", creata=NOW + timedelta(hours=5)), versione=0, id_a2a_portale="A2A-COMUNE")
        commit(repository.rpp_writes(before=None, after=own))
        altra, comune = Chiamante(client, ALTRA), Chiamante(client, COMUNE)

        for query, expected in (
            ({}, ["E"]),
            ({"idA2A": "A2A-COMUNE"}, ["E"]),
            ({"idA2A": "A2A-ALTRA"}, []),
            ({"idDominio": DOMINIO}, ["E"]),
            ({"idDominio": ALTRO_DOMINIO}, []),
            ({"esito": "IN_CORSO"}, ["E"]),
        ):
            answer = altra.get(f"{PAGAMENTO}/rpp", **query)
            assert (self.ccps(answer), answer.json["numRisultati"]) == (expected, len(expected)), query
        for caller, base in ((comune, PAGAMENTO), (gpadmin, BACKOFFICE)):
            answer = caller.get(f"{base}/rpp", risultatiPerPagina=3)
            rest = caller.get(base + answer.json["prossimiRisultati"])
            assert self.ccps(answer) + self.ccps(rest) == ["A", "B", "C", "D", "E", "F"]
            assert answer.json["numRisultati"] == 6

    def test_follows_what_a_portal_started(self, client):
        first = replace(an_attempt(ccp="E"), versione=0, id_a2a_portale="A2A-ALTRA")
        stored()
        commit(repository.rpp_writes(before=None, after=first))
        before = repository.load(DOMINIO, IUV).rpp[0]
        refused = replace(before, stato=StatoRpp.RPT_RIFIUTATA_NODO)
        commit(repository.rpp_writes(before=before, after=refused))
        altra = Chiamante(client, ALTRA)

        assert self.ccps(altra.get(f"{PAGAMENTO}/rpp", esito="RIFIUTATO")) == ["E"]
        assert self.ccps(altra.get(f"{PAGAMENTO}/rpp", esito="IN_CORSO")) == []

        before = repository.load(DOMINIO, IUV).rpp[0]
        commit(repository.rpp_writes(before=before, after=replace(before, ccp="G", versione=before.versione)))

        assert self.ccps(altra.get(f"{PAGAMENTO}/rpp")) == ["G"]

    @pytest.mark.parametrize(
        ("domini", "tipi", "expected"),
        [
            ((ALTRO_DOMINIO,), ("*",), ["D"]),
            ((DOMINIO, ALTRO_DOMINIO), ("*",), ["A", "B", "C", "D"]),
            (("*",), (MENSA,), ["D"]),
            (("*",), (), []),
            ((DOMINIO,), (MENSA,), []),
        ],
    )
    def test_shows_an_operatore_its_domini_and_tipi(self, several, client, domini, tipi, expected):
        TestGetRpp.operatore(domini=domini, tipi=tipi)
        operatore = Chiamante(client, OPERATORE)

        assert self.ccps(operatore.get(f"{BACKOFFICE}/rpp")) == expected
        seen = self.ccps(operatore.get(f"{BACKOFFICE}/rpp", idDominio=DOMINIO, iuv=IUV))
        assert seen == [ccp for ccp in expected if ccp != "D"]
        by_pendenza = operatore.get(f"{BACKOFFICE}/rpp", idA2A="A2A-COMUNE", idPendenza="ALTRA-1")
        assert self.ccps(by_pendenza) == [ccp for ccp in expected if ccp == "D"]

    def test_is_403_for_an_operatore_of_no_dominio(self, client):
        TestGetRpp.operatore(domini=(), tipi=("*",))

        assert Chiamante(client, OPERATORE).get(f"{BACKOFFICE}/rpp").status == 403

    @pytest.mark.parametrize(
        "query", [{"esito": "BOH"}, {"ordinamento": "+esito"}, {"pagina": "0"}, {"dataDa": "ieri"}]
    )
    def test_refuses_what_it_cannot_honour(self, gpadmin, query):
        answer = gpadmin.get(f"{BACKOFFICE}/rpp", **query)

        assert (answer.status, answer.codice) == (422, "100001")


class TestPatchRpp:
    @staticmethod
    def replacing(value, path="/bloccante", op="REPLACE"):
        return [{"op": op, "path": path, "value": value}]

    @pytest.mark.parametrize("method", ["PATCH", "POST"])
    def test_unblocks_an_attempt(self, gpadmin, method):
        stored(an_attempt())

        answer = gpadmin.call(method, BACKOFFICE + RPP, self.replacing(False))

        assert_conforms("backoffice", "v1", "rpp", answer.json)
        assert (answer.status, answer.json["bloccante"]) == (200, False)
        assert gpadmin.get(BACKOFFICE + RPP).json["bloccante"] is False

    def test_finds_the_ccp_n_a_by_its_alias(self, gpadmin):
        stored(an_attempt(ccp="n/a"))

        answer = gpadmin.patch(f"{BACKOFFICE}/rpp/{DOMINIO}/{IUV}/n/a", self.replacing(False))

        assert answer.json["bloccante"] is False

    def test_to_what_it_is_writes_nothing(self, gpadmin):
        stored(an_attempt())
        gpadmin.get(BACKOFFICE + RPP)

        with aws_calls() as calls:
            gpadmin.patch(BACKOFFICE + RPP, self.replacing(True))

        assert calls == ["dynamodb.Query"]

    @pytest.mark.parametrize(
        ("ops", "campo"),
        [
            ([{"op": "REPLACE", "path": "/stato", "value": "RT_ACCETTATA_PA"}], "[0].path"),
            ([{"op": "ADD", "path": "/bloccante", "value": False}], "[0].op"),
            ([{"op": "REPLACE", "path": "/bloccante", "value": "no"}], "[0].value"),
            ({}, "corpo"),
        ],
    )
    def test_refuses_what_is_not_to_be_changed(self, gpadmin, ops, campo):
        stored(an_attempt())

        answer = gpadmin.patch(BACKOFFICE + RPP, ops)

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert campo in answer.json["dettaglio"]

    def test_is_refused_to_who_may_only_read(self, client):
        TestGetRpp.operatore(domini=("*",), tipi=("*",))
        stored(an_attempt())

        assert Chiamante(client, OPERATORE).patch(BACKOFFICE + RPP, self.replacing(False)).status == 403


class TestTheAttemptsOfAPendenza:
    def test_are_links_on_api_pendenze_and_whole_on_the_others(self, client):
        paid()
        pendenza = repository.load(DOMINIO, IUV).posizione
        assert pendenza is not None

        [index] = queries.rpp_of(pendenza, "pendenze")
        [whole] = queries.rpp_of(pendenza, "backoffice")

        assert index["pendenza"] == "/pendenze/A2A-COMUNE/TARI-2026-0001"
        assert "pendenza" not in whole
        assert whole["rt"]["datiPagamento"]["CodiceContestoPagamento"] == CCP

    def test_signal_what_is_anomalous(self, client):
        paid()
        operations.acquire_ricevuta(ricevuta=a_receipt(), now=NOW + timedelta(hours=1))
        pendenza = repository.load(DOMINIO, IUV).posizione
        assert pendenza is not None

        for api in ("pendenze", "pagamento"):
            attempts = queries.rpp_of(pendenza, api)

            assert [[s["codice"] for s in one["segnalazioni"]] for one in attempts] == [[], ["PAGAMENTO_DUPLICATO"]]

    def test_are_none_without_an_iuv(self):
        assert queries.rpp_of(a_pendenza(iuv=None, numero_avviso=None), "pendenze") == []
