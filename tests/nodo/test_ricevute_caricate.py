"""POST /ricevute: a ricevuta that an operator has in a file, acquired as one of the Nodo."""

import base64
import json
from functools import cache

import pytest
from chalice.test import Client

from chalicelib.anagrafica.queries import Registry
from chalicelib.aws import documents
from chalicelib.aws.documents import Bucket
from chalicelib.kernel.utenze import TUTTI, Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.nodo import dispatch
from chalicelib.nodo.binding import write
from chalicelib.nodo.routes import routes
from chalicelib.nodo.soap import write_document
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.states import StatoRpp
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_state import Snapshot
from tests.builders_anagrafica import TARI
from tests.builders_pagamenti import ALTRO_DOMINIO, CCP, DOMINIO, IUV, TOKEN, an_rt
from tests.contract import assert_conforms
from tests.nodo.calls import a_transfer, get_v2_request, intestazione, rt_request, send_request, send_v2_request
from tests.nodo.test_domande import activate, attempt, nodo, rt_bytes  # noqa: F401 - `nodo` is a fixture

URL = "/govpay/backend/api/backoffice/rs/basic/v1/ricevute"


@cache
def rest_app():
    app = GovPayApp(app_name="ricevute")
    app.register_blueprint(routes)
    return app


class Operatori(Registry):
    """One who may do what the test says."""

    utenza: Utenza | None = None

    def by_password(self, principal, password):
        return self.utenza


def an_operatore(**other):
    return Utenza(
        **{
            "principal": "operatore",
            "tipo": TipoUtenza.OPERATORE,
            "nome": "Operatore",
            "domini": TUTTI,
            "tipi_pendenza": TUTTI,
            "acl": {Servizio.PAGAMENTI: frozenset(Diritto)},
            **other,
        }
    )


@pytest.fixture
def load(comune, monkeypatch):
    app = rest_app()
    registry = Operatori()
    monkeypatch.setattr(Credentials, "registry", registry)
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", None)
    with Client(app) as client:

        def send(body, content_type="text/xml", **who):
            registry.utenza = an_operatore(**who)
            headers = {"Content-Type": content_type, "Authorization": "Basic " + base64.b64encode(b"o:x").decode()}
            answer = client.http.post(URL, headers=headers, body=body)
            return answer.status_code, json.loads(answer.body) if answer.body else None

        yield send


def receipt(**other):
    return dispatch.write_message(send_v2_request(**other))


def stored_ricevute():
    return repository.load(DOMINIO, IUV).ricevute


class TestAReceipt:
    def test_is_acquired_as_from_the_nodo(self, load, stored):
        stored()

        status, body = load(receipt())

        assert status == 201
        assert_conforms("backoffice", "v1", "POST /ricevute", body, release="3.9")
        assert body["rt"]["datiPagamento"]["CodiceContestoPagamento"] == TOKEN
        transazione = repository.load(DOMINIO, IUV)
        assert transazione.posizione.stato == "ESEGUITO"
        [ricevuta] = transazione.ricevute
        assert documents.get(Bucket.ARCHIVIO, ricevuta.originale) == receipt()

    @pytest.mark.parametrize("request_of", [send_request, send_v2_request])
    def test_may_come_without_its_envelope(self, load, stored, request_of):
        stored()

        assert load(write_document(write(request_of())))[0] == 201

    def test_may_come_as_the_file_of_a_form(self, load, stored):
        stored()
        head = b'--X\r\nContent-Disposition: form-data; name="fileName"; filename="rt.xml"\r\n\r\n'

        assert load(head + receipt() + b"\r\n--X--\r\n", "multipart/form-data; boundary=X")[0] == 201

    def test_loaded_twice_changes_nothing(self, load, stored):
        stored()
        load(receipt())
        before = Snapshot.take()

        status, body = load(receipt())

        assert (status, body["codice"]) == (409, "PAA_RECEIPT_DUPLICATA")
        assert [ricevuta.versione for ricevuta in stored_ricevute()] == [1]
        changed = {name for name, items in Snapshot.take().tables.items() if items != before.tables[name]}
        assert not any(word in name for name in changed for word in ("pendenze", "transazioni", "notifiche"))

    def test_of_a_position_that_is_not_here_is_kept(self, load):
        assert load(receipt()) == (202, None)
        assert len(stored_ricevute()) == 1

    @pytest.mark.parametrize(
        "who",
        [
            {"domini": Ambito(ids=frozenset({ALTRO_DOMINIO}))},
            {"tipi_pendenza": Ambito(ids=frozenset({"MENSA"}))},
            {"acl": {Servizio.PAGAMENTI: frozenset({Diritto.LETTURA})}},
            {"tipo": TipoUtenza.APPLICAZIONE, "id_a2a": "ALTRA"},
        ],
    )
    def test_of_others_is_refused(self, load, stored, who):
        stored()

        assert load(receipt(), **who)[0] == 403
        assert stored_ricevute() == ()

    def test_of_the_own_ente_and_tipo_is_taken(self, load, stored):
        stored()
        own = {"domini": Ambito(ids=frozenset({DOMINIO})), "tipi_pendenza": Ambito(ids=frozenset({TARI}))}

        assert load(receipt(), **own)[0] == 201

    def test_without_a_position_wants_all_tipi(self, load):
        assert load(receipt(), tipi_pendenza=Ambito(ids=frozenset({TARI})))[0] == 403

    def test_that_gives_money_to_an_ente_of_others_is_refused(self, load, stored):
        stored()
        other = send_v2_request().receipt.transfer_list[0]
        transfer = type(other)(**{**a_transfer(), "fiscal_code_pa": ALTRO_DOMINIO})

        status, _ = load(receipt(transfer_list=(transfer,)), domini=Ambito(ids=frozenset({DOMINIO})))

        assert status == 403
        assert stored_ricevute() == ()

    def test_to_an_intermediario_that_is_not_ours_is_refused(self, load, stored):
        stored()

        assert load(receipt(id_broker_pa="99999999999"))[1]["codice"] == "PAA_ID_INTERMEDIARIO_ERRATO"


class TestAnRt:
    @pytest.fixture(autouse=True)
    def _activated(self, nodo, load):  # noqa: F811
        activate()

    def test_alone_closes_its_attempt(self, load):
        status, body = load(rt_bytes())

        assert (status, body["stato"]) == (201, "RT_ACCETTATA_PA")
        assert attempt().stato is StatoRpp.RT_ACCETTATA_PA

    def test_in_its_message_closes_it_too_and_once(self, load):
        message = dispatch.write_message(rt_request(an_rt(attempt()), attempt()), intestazione())

        assert load(message)[0] == 201
        assert load(rt_bytes(an_rt(attempt())))[1]["codice"] == "PAA_RT_DUPLICATA"

    def test_of_an_rpt_that_is_not_here_is_refused(self, load):
        status, body = load(rt_bytes().replace(CCP.encode(), b"ALTRO-CCP"))

        assert (status, body["codice"]) == (404, "PAA_RPT_SCONOSCIUTA")

    def test_of_an_ente_that_is_not_here_is_refused(self, load):
        status, body = load(rt_bytes().replace(DOMINIO.encode(), b"99999999999"))

        assert (status, body["codice"]) == (403, "PAA_ID_DOMINIO_ERRATO")


class TestWhatIsNoRicevuta:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"non xml",
            b"<ricevuta/>",
            b'<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>',
            dispatch.write_message(get_v2_request()),
            dispatch.write_message(send_v2_request()).replace(b"<outcome>OK", b"<outcome>FORSE"),
        ],
    )
    def test_is_refused_in_the_body_of_the_contract(self, load, body):
        status, fault = load(body)

        assert (status, fault["categoria"]) == (400, "RICHIESTA")
        assert "ricevuta" in fault["dettaglio"]

    def test_of_another_kind_is_415(self, load):
        assert load(b"{}", "application/json")[1]["codice"] == "415"
