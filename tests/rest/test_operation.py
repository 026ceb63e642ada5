"""The edge that every REST operation shares: ids, rights, faults, what is recorded."""

import json
import logging

import pytest
from chalice.app import Blueprint
from chalice.test import Client

from chalicelib.kernel.exchange import Componente, Esito, Exchange, Ruolo
from chalicelib.kernel.refusals import EnteNonRisponde, NotFound, PagoPaRifiuta, ParametroNonValido, Sintassi
from chalicelib.kernel.utenze import Ambito, Diritto, Servizio, TipoUtenza, Utenza
from chalicelib.rest.application import GovPayApp
from chalicelib.rest.auth import Credentials
from chalicelib.rest.operation import (
    BACKOFFICE,
    PAGAMENTO,
    PENDENZE,
    RAGIONERIA,
    RICONCILIAZIONE,
    Answer,
    Call,
    Edge,
    attachment,
    operation,
)
from tests.rest.anagrafica_app import basic

PATH = PENDENZE.format(auth="basic") + "/prova"
routes = Blueprint(__name__)
seen: list[Call] = []


class Inesistente(NotFound):
    codice = "404000"


@routes.route(PAGAMENTO + "/prova/{nome}", methods=["GET"])
@routes.route(PENDENZE + "/prova/{nome}", methods=["GET"])
@routes.route(RAGIONERIA + "/prova/{nome}", methods=["GET"])
@routes.route(RICONCILIAZIONE + "/prova/{nome}", methods=["GET"])
@routes.route(BACKOFFICE + "/prova/{nome}", methods=["GET"])
@operation("getProva", diritto=Diritto.LETTURA, backoffice=Servizio.PENDENZE, anonimo=True)
def get_prova(call: Call, nome: str) -> Answer:
    seen.append(call)
    match nome:
        case "manca":
            raise Inesistente("Non c'è.")
        case "rotta":
            raise RuntimeError("segreto interno")
        case "ente":
            raise EnteNonRisponde("L'ente non risponde.")
        case "nodo":
            raise PagoPaRifiuta("Il Nodo non risponde.")
        case "vuota":
            return Answer(status=201)
        case "allegato":
            return attachment(b"%PDF", content_type="application/pdf", file_name="avviso.pdf")
    call.is_about(id_pendenza=nome)
    return Answer(
        body={"nome": nome, "si": call.flag("si", default=False), "n": call.whole("n", default=1, least=1, most=9)}
    )


@routes.route(PENDENZE + "/prova", methods=["POST"])
@operation("addProva", diritto=Diritto.SCRITTURA)
def add_prova(call: Call) -> Answer:
    return Answer(body=call.json())


@routes.route(PENDENZE + "/chiusa", methods=["GET"])
@operation("getChiusa", diritto=Diritto.LETTURA)
def get_chiusa(_call: Call) -> Answer:
    return Answer(body={})


app = GovPayApp(app_name="prova")
app.api.binary_types = ["application/pdf"]
app.register_blueprint(routes)
ALL = frozenset({Diritto.LETTURA, Diritto.SCRITTURA})


class Doubles:
    """Knows three callers, whatever their password."""

    UTENZE = {  # noqa: RUF012
        "app": Utenza(
            principal="app",
            tipo=TipoUtenza.APPLICAZIONE,
            nome="A2A",
            id_a2a="A2A",
            domini=Ambito(tutti=True),
            acl={Servizio.API_PENDENZE: ALL, Servizio.API_RAGIONERIA: ALL, Servizio.API_PAGAMENTI: ALL},
        ),
        "sola-lettura": Utenza(
            principal="sola-lettura",
            tipo=TipoUtenza.APPLICAZIONE,
            nome="A2A",
            acl={Servizio.API_PENDENZE: frozenset({Diritto.LETTURA})},
        ),
        "oper": Utenza(principal="oper", tipo=TipoUtenza.OPERATORE, nome="Oper", acl={Servizio.PENDENZE: ALL}),
    }

    def by_password(self, principal: str, password: str) -> Utenza | None:
        return self.UTENZE.get(principal)

    def by_subject(self, subject: str) -> Utenza | None:
        return None


@pytest.fixture
def recorded(monkeypatch):
    exchanges: list[Exchange] = []
    monkeypatch.setattr(Credentials, "registry", Doubles())
    monkeypatch.setattr(Edge, "current_request", lambda: app.current_request, raising=False)
    monkeypatch.setattr(Edge, "recorder", exchanges.append)
    seen.clear()
    return exchanges


@pytest.fixture
def call(recorded):
    with Client(app) as client:

        def send(path=PATH + "/x", principal="app", method="GET", body=b"", content_type="application/json"):
            headers = {
                "Content-Type": content_type,
                "X-Prova": "1",
                "Accept": "*/*",
                **(basic(principal, "segreta") if principal else {}),
            }
            return client.http.request(method, path, headers=headers, body=body)

        yield send


def fault(answer):
    return json.loads(answer.body)


class TestAnswers:
    def test_carry_the_id_of_the_transaction(self, call):
        first, second = call(), call()

        ids = {answer.headers["X-Govpay-IdTransazione"] for answer in (first, second)}
        assert len(ids) == 2
        assert first.json_body == {"nome": "x", "si": False, "n": 1}

    def test_decode_the_path_and_the_query(self, call):
        assert call(PATH + "/a%2Fb%20c?si=1&n=3").json_body == {"nome": "a/b c", "si": True, "n": 3}

    def test_may_be_empty_or_a_file(self, call):
        assert (call(PATH + "/vuota").status_code, call(PATH + "/vuota").body) == (201, b"")
        answer = call(PATH + "/allegato")
        assert answer.body == b"%PDF"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="avviso.pdf"'

    @pytest.mark.parametrize(
        ("name", "status", "categoria", "codice"),
        [
            ("manca", 404, "OPERAZIONE", "404000"),
            ("ente", 502, "EC", "502000"),
            ("nodo", 502, "PAGOPA", "PAA_NODO_INDISPONIBILE"),
            ("x?si=forse", 422, "RICHIESTA", "100001"),
            ("x?n=10", 422, "RICHIESTA", "100001"),
        ],
    )
    def test_say_each_refusal_once(self, call, name, status, categoria, codice):
        answer = call(f"{PATH}/{name}")

        assert answer.status_code == status
        assert (fault(answer)["categoria"], fault(answer)["codice"]) == (categoria, codice)

    def test_say_nothing_of_a_bug_but_where_to_find_it(self, call, caplog):
        logging.getLogger("govpay").propagate = True

        answer = call(PATH + "/rotta")

        assert answer.status_code == 500
        assert fault(answer)["codice"] == "INTERNAL"
        assert answer.headers["X-Govpay-IdTransazione"] in fault(answer)["dettaglio"]
        assert b"segreto" not in answer.body
        assert "segreto interno" in caplog.text

    def test_are_faults_for_what_chalice_refuses_by_itself(self, call):
        wrong_method, wrong_type = (
            call(method="DELETE"),
            call(PATH, method="POST", body=b"<a/>", content_type="application/xml"),
        )

        assert [answer.status_code for answer in (wrong_method, wrong_type)] == [405, 415]
        for answer in (wrong_method, wrong_type):
            assert set(fault(answer)) == {"categoria", "codice", "descrizione", "dettaglio"}
            assert answer.headers["X-Govpay-IdTransazione"]


class TestCallers:
    def test_need_the_api_they_call(self, call):
        assert call(principal="sola-lettura").status_code == 200
        refused = call(RAGIONERIA.format(auth="basic") + "/prova/x", principal="sola-lettura")
        assert (refused.status_code, fault(refused)["codice"]) == (403, "403000")

    def test_need_the_right_to_write(self, call):
        refused = call(PATH, principal="sola-lettura", method="POST", body=b"{}")

        assert (refused.status_code, fault(refused)["codice"]) == (403, "403000")

    def test_are_applicazioni_but_in_the_backoffice(self, call):
        assert call(principal="oper").status_code == 403
        assert call(BACKOFFICE.format(auth="basic") + "/prova/x", principal="oper").status_code == 200
        assert call(BACKOFFICE.format(auth="form") + "/prova/x", principal="oper").status_code == 200
        assert call(BACKOFFICE.format(auth="basic") + "/prova/x", principal="app").status_code == 403

    def test_may_say_riconciliazione_for_ragioneria(self, call):
        assert call(RICONCILIAZIONE.format(auth="basic") + "/prova/x").status_code == 200
        assert seen[-1].api == "ragioneria"

    def test_are_refused_with_401_without_credentials(self, call):
        refused = call(principal=None)

        assert refused.status_code == 401
        assert fault(refused) == {
            "categoria": "AUTORIZZAZIONE",
            "codice": "401",
            "descrizione": "Richiesta non autorizzata",
            "dettaglio": "Credenziali mancanti o errate.",
        }

    def test_may_be_anybody_where_the_operation_is_open_and_the_api_has_a_public_variant(self, call):
        assert call(PAGAMENTO.format(auth="public") + "/prova/x", principal=None).status_code == 200
        assert call(PENDENZE.format(auth="public") + "/prova/x", principal=None).status_code == 401
        assert call(PENDENZE.format(auth="public") + "/chiusa", principal=None).status_code == 401
        assert call(PENDENZE.format(auth="spid") + "/prova/x").status_code == 401


class TestBodies:
    def test_keep_numbers_exact(self, call):
        answer = call(PATH, method="POST", body=b'{"importo": 0.10, "grande": 12345678901234567890.01}')

        assert answer.body == b'{"importo":0.10,"grande":12345678901234567890.01}'

    @pytest.mark.parametrize("body", [b"{", b"\xff", b"", b"[" * 100_000, b'{"a": NaN}', b"1" * 5000])
    def test_that_are_not_json_are_refused_with_sintassi(self, call, body):
        answer = call(PATH, method="POST", body=body)

        assert (answer.status_code, fault(answer)["codice"]) == (400, "SINTASSI")


class TestRecord:
    def test_has_writes_and_what_they_are_about_without_secrets(self, call, recorded):
        call(PATH, method="POST", body=b'{"a":1}')

        exchange = recorded[0]
        assert (exchange.componente, exchange.ruolo) == (Componente.API_PENDENZE, Ruolo.SERVER)
        assert (exchange.tipo_evento, exchange.esito, exchange.principal) == ("addProva", Esito.OK, "app")
        assert exchange.richiesta.payload == b'{"a":1}'
        assert exchange.risposta.stato == 200
        assert "authorization" not in exchange.richiesta.headers
        assert exchange.richiesta.headers["x-prova"] == "1"

    def test_leaves_out_a_pdf_inside_an_answer_and_says_so(self, call, recorded):
        answer = call(PATH, method="POST", body=b'{"numeroAvviso":"301","pdf":"JVBERi0="}')

        assert json.loads(answer.body)["pdf"] == "JVBERi0="
        assert json.loads(recorded[0].risposta.payload) == {"numeroAvviso": "301", "pdf": "PDF omesso"}

    def test_leaves_out_reads_that_went_well(self, call, recorded):
        call()

        assert recorded == []

    def test_has_reads_that_did_not(self, call, recorded):
        call(PATH + "/manca")
        call(PATH + "/rotta")

        assert [(e.esito, e.sottotipo_esito) for e in recorded] == [(Esito.KO, "404000"), (Esito.FAIL, "500")]
        assert recorded[0].dettaglio_esito == "Non c'è."

    def test_has_nothing_of_who_was_not_let_in(self, call, recorded):
        call(principal=None)

        assert recorded == []


class TestCall:
    def test_reads_parameters_or_refuses_them(self, call):
        call(PATH + "/x?vuoto=&due=1&due=2")
        asked = seen[-1]

        assert (asked.text("vuoto"), asked.text("manca"), asked.text("due")) == (None, None, "2")
        with pytest.raises(ParametroNonValido):
            asked.whole("due", default=1, least=3, most=9)
        with pytest.raises(Sintassi):
            asked.json()
