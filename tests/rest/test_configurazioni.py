"""/configurazioni of API Backoffice: what is set is what is done, and who set it is on record."""

import json
from dataclasses import replace

import pytest
from chalice.test import Client

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica import snapshot
from chalicelib.aws.clients import client as aws_client
from chalicelib.giornale import operations
from chalicelib.giornale.configurazioni.routes import routes
from chalicelib.giornale.routes import routes as eventi_routes
from chalicelib.giornale.tables import EventoItem
from chalicelib.kernel.exchange import Componente, Esito, Message, Ruolo
from chalicelib.kernel.utenze import TUTTI, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import Edge
from tests.aws_calls import aws_calls
from tests.aws_state import messages_of
from tests.contract import assert_conforms
from tests.eventi import an_exchange
from tests.rest.pendenze_app import BACKOFFICE, Chiamante
from tests.rest.test_captcha import CHIAVE, NAME, keep_secret
from tests.rest.test_captcha import a_hardening as hardening_of
from tests.rest.test_eventi import FakeRegistry

URL = f"{BACKOFFICE}/configurazioni"
INTERFACCE = ("apiEnte", "apiPagamento", "apiRagioneria", "apiBackoffice", "apiPagoPA", "apiPendenze")
app = GovPayApp(app_name="configurazioni")
app.register_blueprint(routes)
app.register_blueprint(eventi_routes)


@pytest.fixture
def operatore(aws, monkeypatch):
    rights = frozenset(Diritto)
    utenza = Utenza(
        principal="anna",
        tipo=TipoUtenza.OPERATORE,
        nome="Anna",
        domini=TUTTI,
        tipi_pendenza=TUTTI,
        acl={Servizio.CONFIGURAZIONE: rights, Servizio.GIORNALE: rights},
    )
    monkeypatch.setattr(Edge, "current_request", staticmethod(lambda: app.current_request), raising=False)
    monkeypatch.setattr(Edge, "recorder", operations.record)
    monkeypatch.setattr(Edge, "keeps", anagrafica.keeps)
    monkeypatch.setattr(Credentials, "registry", FakeRegistry(utenza))
    with Client(app) as client:
        yield Chiamante(client, ("anna", "x"))


def a_hardening(**captcha):
    return hardening_of("https://captcha.example/verify", **captcha)


def giornale(**interfacce):
    """Give a section that keeps all of everything, but for what is said."""
    all_of_it = {what: {"log": "sempre", "dump": "sempre"} for what in ("letture", "scritture")}
    return {"interfacce": {name: {**all_of_it, **interfacce.get(name, {})} for name in INTERFACCE}}


def regola(log="sempre", dump="sempre"):
    return {"log": log, "dump": dump}


def set_to(operatore, **interfacce):
    op = {"op": "REPLACE", "path": "/giornaleEventi", "value": giornale(**interfacce)}
    answer = operatore.patch(URL, [op])
    assert answer.status == 200, answer.json
    return answer.json


def stored(**other):
    """Let an exchange go the way of all, and give what is kept of it."""
    exchange = an_exchange(**other)
    evento = operations._evento(exchange)
    operations.store(json.loads(json.dumps(operations._message(evento))))
    found = [operations.repository.evento_of(item) for item in EventoItem.scan()]
    return [e.scambio for e in found if e.scambio.tipo_evento == exchange.tipo_evento]


class TestConfigurazione:
    def test_by_default_keeps_what_writes_and_what_fails(self, operatore):
        answer = operatore.get(URL)

        assert_conforms("backoffice", "v1", "configurazione", answer.json)
        interfacce = answer.json["giornaleEventi"]["interfacce"]
        assert interfacce["apiPendenze"] == {"letture": regola("solo errore", "solo errore"), "scritture": regola()}
        assert interfacce["apiPagoPA"] == {"letture": regola(), "scritture": regola()}

    def test_is_what_was_posted(self, operatore):
        before = operatore.get(URL).json
        body = {**before, "giornaleEventi": giornale(apiEnte={"letture": regola("mai", "mai")})}

        assert operatore.call("POST", URL, body).status == 200

        interfacce = operatore.get(URL).json["giornaleEventi"]["interfacce"]
        assert interfacce["apiEnte"] == {"letture": regola("mai", "mai"), "scritture": regola()}

    def test_is_what_was_patched_and_back_to_default_when_deleted(self, operatore):
        default = operatore.get(URL).json
        body = set_to(operatore, apiPendenze={"letture": regola("solo errore", "mai")})

        assert body["giornaleEventi"]["interfacce"]["apiPendenze"]["letture"] == regola("solo errore", "mai")
        assert operatore.get(URL).json == body
        assert operatore.patch(URL, [{"op": "DELETE", "path": "/giornaleEventi"}]).json == default

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("avvisaturaMail", {"promemoriaAvviso": {"tipo": "freemarker", "oggetto": "${versamento.causale}"}}),
            ("avvisaturaAppIO", {"promemoriaScadenza": {"messaggio": "x", "preavviso": 3}}),
            ("mailBatch", {"abilitato": False}),
            ("appIOBatch", {"abilitato": True, "timeToLive": 7200}),
            (
                "tracciatoCsv",
                {
                    "tipo": "freemarker",
                    "intestazione": "a",
                    "richiesta": {"campi": {"causale": "b"}},
                    "risposta": {"colonne": ["errore"]},
                },
            ),
        ],
    )
    def test_keeps_a_section_until_it_is_deleted(self, operatore, name, value):
        default = operatore.get(URL).json
        body = operatore.patch(URL, [{"op": "REPLACE", "path": f"/{name}", "value": value}]).json

        assert body == operatore.get(URL).json == {**default, name: value}
        set_to(operatore, apiPendenze={"letture": regola("mai", "mai")})
        assert operatore.get(URL).json[name] == value
        assert operatore.patch(URL, [{"op": "DELETE", "path": f"/{name}"}]).json.get(name) == default.get(name)

    @pytest.mark.parametrize(
        ("name", "value", "motivo"),
        [
            ("avvisaturaMail", {"promemoriaAvviso": {"oggetto": "${a"}}, "riga 1"),
            ("avvisaturaAppIO", [1], "avvisaturaAppIO"),
            ("mailBatch", {"abilitato": "forse"}, "mailBatch.abilitato"),
            ("appIOBatch", {"abilitato": True, "timeToLive": 5}, "appIOBatch.timeToLive"),
            ("tracciatoCsv", {"responseHeader": "x"}, "tracciatoCsv"),
            ("hardening", {"abilitato": True}, "hardening.captcha"),
            ("hardening", a_hardening(soglia=0.05), "hardening.captcha.soglia"),
            ("hardening", a_hardening(soglia=True), "hardening.captcha.soglia"),
            ("hardening", a_hardening(parametro="a b"), "hardening.captcha.parametro"),
            ("hardening", a_hardening(readTimeout=0), "hardening.captcha.readTimeout"),
            ("hardening", a_hardening(serverURL="ftp://x"), "hardening.captcha.serverURL"),
        ],
    )
    def test_refuses_a_section_by_its_name(self, operatore, name, value, motivo):
        answer = operatore.patch(URL, [{"op": "REPLACE", "path": f"/{name}", "value": value}])

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert motivo in answer.json["dettaglio"]

    def test_takes_the_names_of_govpays_own_defaults(self, operatore):
        body = set_to(operatore, apiEnte={"letture": {"log": "SOLO_ERRORE", "dump": "MAI"}})

        assert body["giornaleEventi"]["interfacce"]["apiEnte"]["letture"] == regola("solo errore", "mai")

    def test_may_come_back_as_it_was_read(self, operatore):
        shown = operatore.get(URL).json

        assert operatore.call("POST", URL, {**shown, "hardening": {"abilitato": False}}).status == 200
        ops = [{"op": "REPLACE", "path": f"/{name}", "value": value} for name, value in shown.items()]
        assert operatore.patch(URL, ops).json == shown

    @pytest.mark.parametrize(
        "section",
        [
            {"mailBatch": {"abilitato": True, "mailserver": {"host": "smtp.example"}}},
            {"appIOBatch": {"abilitato": True, "url": "https://io.example"}},
            {"servizioGDE": {"abilitato": True}},
        ],
    )
    def test_takes_nothing_that_would_have_no_effect(self, operatore, section):
        posted = operatore.call("POST", URL, {**operatore.get(URL).json, **section})
        [(name, value)] = section.items()
        patched = operatore.patch(URL, [{"op": "REPLACE", "path": f"/{name}", "value": value}])

        assert (posted.status, posted.codice) == (patched.status, patched.codice) == (422, "SEMANTICA")
        assert name in posted.json["dettaglio"]

    @pytest.mark.parametrize(
        "ops",
        [
            [],
            None,
            7,
            "x",
            {},
            [7],
            [{"op": "MOVE", "path": "/giornaleEventi", "value": {}}],
            [{"op": "REPLACE", "path": "/altro", "value": {}}],
            [{"op": "REPLACE", "path": "/giornaleEventi"}],
            [{"op": "REPLACE", "path": "/giornaleEventi", "value": []}],
            [{"op": "REPLACE", "path": "/giornaleEventi", "value": giornale(apiEnte={"letture": {"log": "x"}})}],
            [
                {
                    "op": "REPLACE",
                    "path": "/giornaleEventi",
                    "value": giornale(apiEnte={"letture": {"log": 7, "dump": 7}}),
                }
            ],
        ],
    )
    def test_refuses_a_patch_that_says_nothing_it_knows(self, operatore, ops):
        answer = operatore.patch(URL, ops)

        assert (answer.status, answer.codice) == (400, "SINTASSI")

    @pytest.mark.parametrize("body", [None, [], 7, {}, {"giornaleEventi": {"interfacce": {}}, "tracciatoCsv": {}}])
    def test_refuses_a_body_that_is_not_whole(self, operatore, body):
        answer = operatore.call("POST", URL, body)

        assert (answer.status, answer.codice) == (400, "SINTASSI")

    def test_is_on_record_with_who_changed_it_whatever_it_says(self, operatore):
        silent = {what: regola("mai", "mai") for what in ("letture", "scritture")}
        set_to(operatore, apiBackoffice=silent)

        eventi = operatore.get(f"{BACKOFFICE}/eventi", categoriaEvento="UTENTE", messaggi="true").json["risultati"]

        assert [evento["tipoEvento"] for evento in eventi] == ["aggiornaConfigurazioni"]
        assert "apiBackoffice scritture log mai dump mai" in eventi[0]["dettaglioEsito"]
        assert eventi[0]["parametriRichiesta"]["principal"] == "anna"

    def test_that_changes_nothing_writes_nothing(self, operatore):
        set_to(operatore)

        with aws_calls() as calls:
            set_to(operatore)

        assert calls == ["dynamodb.GetItem", "sqs.SendMessage"]

    def test_is_changed_on_what_another_left(self, operatore, monkeypatch):
        set_to(operatore)
        real = snapshot.repository.configurazione
        stale = real()
        set_to(operatore, apiEnte={"letture": regola("mai", "mai")})
        reads = iter([stale])
        monkeypatch.setattr(snapshot.repository, "configurazione", lambda: next(reads, None) or real())

        body = set_to(operatore, apiPendenze={"letture": regola("mai", "mai")})

        assert body["giornaleEventi"]["interfacce"]["apiEnte"]["letture"] == regola()


class TestTheSecretKeyOfTheCaptcha:
    @pytest.fixture(autouse=True)
    def kept(self, aws):
        keep_secret()
        yield
        aws_client("ssm").delete_parameters(Names=[NAME])

    def put(self, operatore, **captcha):
        return operatore.patch(URL, [{"op": "REPLACE", "path": "/hardening", "value": a_hardening(**captcha)}])

    def test_is_in_no_answer_nor_table_nor_evento(self, operatore):
        answer = self.put(operatore)

        shown = a_hardening(secretKey="********")
        assert (answer.status, answer.json["hardening"]) == (200, shown), answer.json
        assert operatore.get(URL).json["hardening"] == shown
        assert CHIAVE not in str(anagrafica.stored_configurazione())
        sent = messages_of(operations.Queue.GIORNALE)
        assert "aggiornaConfigurazioni" in str(sent)
        assert CHIAVE not in str(sent)
        assert all(CHIAVE not in str(vars(item)) for item in EventoItem.scan())

    def test_comes_back_as_it_was_read(self, operatore):
        shown = self.put(operatore).json

        assert operatore.call("POST", URL, shown).status == 200
        assert self.put(operatore, secretKey="********", soglia=0.5).json["hardening"]["captcha"]["soglia"] == 0.5

    def test_is_not_sent_elsewhere_by_who_does_not_know_it(self, operatore):
        self.put(operatore)

        answer = self.put(operatore, secretKey="********", serverURL="https://altrove.example/verify")

        assert (answer.status, answer.codice) == (422, "SEMANTICA")
        assert "secretKey" in answer.json["dettaglio"]
        assert operatore.get(URL).json["hardening"] == a_hardening(secretKey="********")

    def test_is_refused_where_it_is_not_the_one_that_is_kept(self, operatore):
        answer = self.put(operatore, secretKey="un'altra")

        assert (answer.status, answer.codice) == (422, "SEMANTICA")
        assert NAME in answer.json["dettaglio"]
        assert "un'altra" not in str(messages_of(operations.Queue.GIORNALE))

    @pytest.mark.parametrize(
        "off",
        [
            {"op": "DELETE"},
            {"op": "REPLACE", "value": {"abilitato": False}},
            {"op": "REPLACE", "value": {"abilitato": False, "captcha": None}},
        ],
    )
    def test_is_no_longer_asked_for_when_it_is_off(self, operatore, off):
        self.put(operatore)

        assert "hardening" not in operatore.patch(URL, [{**off, "path": "/hardening"}]).json


class TestTheGiornale:
    def test_by_default_keeps_all_that_pagopa_says(self, aws):
        [kept] = stored()

        assert kept.richiesta.payload_key is not None

    def test_keeps_no_exchange_where_it_is_set_to_never(self, operatore):
        set_to(operatore, apiPagoPA={"scritture": regola("mai", "mai")})

        assert stored() == []
        assert stored(esito=Esito.FAIL) == []

    def test_keeps_those_that_fail_where_it_is_set_to_errors(self, operatore):
        set_to(operatore, apiPagoPA={"scritture": regola("solo errore")})

        assert stored() == []
        assert [kept.esito for kept in stored(esito=Esito.KO)] == [Esito.KO]

    def test_keeps_no_bodies_where_it_is_set_to_none(self, operatore):
        set_to(operatore, apiPagoPA={"scritture": regola(dump="mai")})

        [kept] = stored(richiesta=replace(an_exchange().richiesta, payload=b"", payload_key="ricevute/1"))

        assert (kept.richiesta.payload_key, kept.risposta.payload_key) == (None, None)
        assert operations.repository.documents.get(operations.repository.Bucket.ARCHIVIO, "eventi/x") is None

    def test_keeps_bodies_of_what_fails_where_it_is_set_to_errors(self, operatore):
        set_to(operatore, apiPagoPA={"scritture": regola(dump="solo errore")})

        [kept] = stored(esito=Esito.KO)

        assert kept.richiesta.payload_key is not None

    def test_tells_what_reads_from_what_writes(self, operatore):
        set_to(operatore, apiPagoPA={"letture": regola("mai")}, apiEnte={"scritture": regola("mai")})
        ente = {"componente": Componente.API_ENTE, "ruolo": Ruolo.CLIENT, "tipo_evento": "verifyPendenza"}

        assert stored(tipo_evento="paVerifyPaymentNotice") == []
        assert len(stored()) == 1
        assert len(stored(**ente, richiesta=Message(metodo="GET"))) == 1
        assert stored(**{**ente, "tipo_evento": "notifyPagamento"}, richiesta=Message(metodo="POST")) == []

    def test_has_the_reads_that_it_is_set_to_keep(self, operatore):
        set_to(operatore, apiBackoffice={"letture": regola("solo errore")})
        anagrafica.configurazione()
        operatore.get(URL)
        before = len(messages_of(operations.Queue.GIORNALE))
        set_to(operatore)
        anagrafica.configurazione()

        operatore.get(URL)

        tipi = [json.loads(m["evento"])["scambio"]["tipo_evento"] for m in messages_of(operations.Queue.GIORNALE)]
        assert tipi[before:] == ["aggiornaConfigurazioni", "getConfigurazioni"]

    def test_sends_no_body_that_it_knows_is_not_to_be_kept(self, operatore):
        set_to(operatore, apiPagoPA={"scritture": regola(dump="mai")})
        anagrafica.configurazione()

        operations.record(an_exchange())

        assert "richiesta" not in messages_of(operations.Queue.GIORNALE)[-1]

    def test_asks_for_what_is_set_once_a_minute(self, operatore):
        set_to(operatore)
        stored()

        with aws_calls() as calls:
            stored(id_transazione="altra", iuv="01000000000000113")

        assert "dynamodb.GetItem" not in calls
