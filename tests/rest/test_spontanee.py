"""Pendenze made of the data of a form: API Pagamento (also anonymous, and by citizens) and API Backoffice."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.model import TipoPendenza, TipoPendenzaDominio
from chalicelib.anagrafica.queries import forget
from chalicelib.pagamenti.operations.verifica import forward
from chalicelib.pendenze import repository
from chalicelib.pendenze.ports import Ports
from chalicelib.rest import proxy
from chalicelib.rest.auth import Credentials
from chalicelib.settings import settings
from tests import builders_anagrafica as sample
from tests.builders_sessioni import BACKOFFICE, COMUNE, PAGAMENTO, PUBLIC, VERSANTE, portale, put_dominio
from tests.rest.test_cittadino import LUIGI, MARIO, PASSWORD, SPID, a_citizen

DOMINIO, TIPO = sample.DOMINIO, "MENSA-FORM"
FORM = {"tipo": "angular2-json-schema-form", "definizione": {"schema": {}}, "impaginazione": {"a": 1}}
SCHEMA = {
    "type": "object",
    "required": ["importo", "codiceFiscale"],
    "properties": {
        "importo": {"type": "number", "minimum": 1},
        "codiceFiscale": {"type": "string", "pattern": "^[A-Z0-9]{16}$"},
        "causale": {"type": "string", "maxLength": 70},
    },
}
TEMPLATE = """{
  "idA2A": "A2A-COMUNE", "idPendenza": "${jsonPath.read("$.pratica")!transactionId}",
  "idDominio": "${pathParams["idDominio"]}", "idTipoPendenza": "${pathParams.idTipoPendenza}",
  "causale": "${jsonPath.read("$.causale")!"Mensa"}", "importo": ${jsonPath.read("$.importo")?c},
  "soggettoPagatore": {"tipo": "F", "identificativo": "${jsonPath.read("$.codiceFiscale")}", "anagrafica": "Rossi"},
  "voci": [{"idVocePendenza": "1", "descrizione": "Mensa", "importo": ${jsonPath.read("$.importo")?c},
            "codEntrata": "TARI"}]
}"""
DATI = {"importo": 12.5, "codiceFiscale": MARIO, "causale": 'Mensa "A", di Mario'}


def b64(value: Any) -> str:
    return base64.b64encode((value if isinstance(value, str) else json.dumps(value)).encode()).decode()


def trasformazione(template: Any = TEMPLATE) -> dict[str, Any]:
    return {"tipo": "freemarker", "definizione": b64(template) if isinstance(template, str) else template}


def put_tipo(id_tipo: str = TIPO, *, tipo: str = "spontaneo", paga_terzi: bool = False, **dettagli: Any) -> None:
    of = {"form": FORM, "validazione": b64(SCHEMA), "trasformazione": trasformazione()} | dettagli
    anagrafica.put_tipo_pendenza(
        tipo_pendenza=TipoPendenza(
            id_tipo_pendenza=id_tipo, descrizione=f"Mensa {id_tipo}", tipo=tipo, paga_terzi=paga_terzi,
            dettagli={name: value for name, value in of.items() if value is not None},
        )
    )  # fmt: skip
    anagrafica.put_tipo_pendenza_dominio(tipo=TipoPendenzaDominio(id_dominio=DOMINIO, id_tipo_pendenza=id_tipo))
    forget()


@pytest.fixture
def world(aws, monkeypatch):
    configured = replace(settings(), proxy_principals=("proxy",))
    monkeypatch.setattr(proxy, "settings", lambda: configured)
    monkeypatch.setattr(Credentials, "secret", lambda *said: said == ("proxy/proxy", PASSWORD))

    def forwarded(id_a2a, id_dominio, id_tipo, dati, now, admitted):  # noqa: PLR0917 - as the port is
        return forward(id_a2a, id_dominio, id_tipo, dati, now=now, admitted=admitted)

    monkeypatch.setattr(Ports, "forward", staticmethod(forwarded))
    with portale() as joined:
        put_tipo()
        yield joined


def send(world, dati=None, *, base=PUBLIC, as_=None, tipo=TIPO, dominio=DOMINIO, **query):
    caller = as_ if hasattr(as_, "call") else world.as_(as_)
    return caller.call("POST", f"{base}/pendenze/{dominio}/{tipo}", DATI if dati is None else dati, **query)


def stored(answer):
    return repository.get(answer.json["idA2A"], answer.json["idPendenza"])


class TestAFormOfThePortal:
    def test_is_loaded_for_whoever_is_anonymous(self, world) -> None:
        answer = send(world)

        assert answer.status == 201, answer.raw
        pendenza = stored(answer)
        assert (pendenza.causale, str(pendenza.importo)) == ('Mensa "A", di Mario', "12.50")
        assert (pendenza.id_dominio, pendenza.id_tipo_pendenza) == (DOMINIO, TIPO)
        assert answer.json["numeroAvviso"] == pendenza.numero_avviso
        assert "soggettoPagatore" not in answer.json

    def test_is_loaded_for_a_citizen_who_owes_it(self, world) -> None:
        answer = send(world, base=SPID, as_=a_citizen(world))

        assert answer.status == 201, answer.raw
        assert answer.json["soggettoPagatore"]["identificativo"] == MARIO

    def test_is_loaded_for_a_portal_also_of_a_tipo_that_is_not_spontaneous(self, world) -> None:
        put_tipo(tipo="dovuto")

        assert send(world, base=PAGAMENTO, as_=COMUNE).status == 201

    def test_is_paid_at_once(self, world) -> None:
        voce = {"idDominio": DOMINIO, "idTipoPendenza": TIPO, "dati": DATI}
        put_dominio(url_ritorno="https://portale.comune.example/")

        for base, as_, more in ((PAGAMENTO, COMUNE, {}), (PUBLIC, None, {"soggettoVersante": VERSANTE})):
            answer = world.pay({"pendenze": [voce], **more}, base=base, as_=as_)
            assert answer.status == 201, answer.raw

        assert len(world.checkout.carts) == 2

    def test_is_not_paid_if_it_is_not_as_the_tipo_asks(self, world) -> None:
        voce = {"idDominio": DOMINIO, "idTipoPendenza": TIPO, "dati": {"importo": 0}}

        assert world.pay({"pendenze": [voce]}).codice == "SINTASSI"

    def test_has_an_id_made_for_it(self, world) -> None:
        voce = {"idVocePendenza": "1", "descrizione": "Mensa", "importo": "${dati.importo}", "codEntrata": "TARI"}
        without_ids = {
            "idA2A": "A2A-COMUNE",
            "causale": "Mensa",
            "importo": "${jsonPath.read('$.importo')}",
            "soggettoPagatore": {"tipo": "F", "identificativo": "${dati.codiceFiscale}", "anagrafica": "Rossi"},
            "voci": [voce],
        }
        put_tipo(trasformazione=trasformazione(without_ids))

        first, second = send(world), send(world)

        assert first.status == second.status == 201, first.raw
        assert first.json["idPendenza"] != second.json["idPendenza"]

    def test_of_the_face_of_39_is_as_good(self, world) -> None:
        put_tipo(
            form=None, validazione=None, trasformazione=None,
            portalePagamento={"abilitato": True, "form": FORM, "trasformazione": trasformazione()},
        )  # fmt: skip

        assert send(world).status == 201
        assert send(world, base=BACKOFFICE, as_=world.gpadmin).codice == "SINTASSI"  # its own face transforms nothing


class TestTheOperatorsForm:
    def test_is_loaded_and_printed(self, world, monkeypatch) -> None:
        monkeypatch.setattr(Ports, "print_avviso", staticmethod(lambda _p, _now: b"%PDF"))

        answer = send(world, base=BACKOFFICE, as_=world.gpadmin, stampaAvviso="true")

        assert answer.status == 201, answer.raw
        assert base64.b64decode(answer.json["pdf"]) == b"%PDF"

    def test_loads_again_what_it_loaded(self, world) -> None:
        dati = {**DATI, "pratica": "PR-1"}
        assert send(world, dati, base=BACKOFFICE, as_=world.gpadmin).status == 201

        again = send(world, {**dati, "importo": 20}, base=BACKOFFICE, as_=world.gpadmin)

        assert again.status == 200
        assert str(stored(again).importo) == "20.00"

    def test_is_that_of_whoever_manages_the_tipo(self, world) -> None:
        anagrafica.put_operatore(operatore=sample.an_operatore())
        forget()

        assert send(world, base=BACKOFFICE, as_=("operatore", "Operatore-2026")).status in {401, 403}


class TestNobodyWithoutAnArchive:
    def test_changes_what_is_stored(self, world) -> None:
        dati = {**DATI, "pratica": "PR-7"}
        assert send(world, dati).status == 201

        for base, as_ in ((PUBLIC, None), (SPID, a_citizen(world)), (PAGAMENTO, COMUNE)):
            again = send(world, {**dati, "importo": 1}, base=base, as_=as_)
            assert (again.status, again.codice) == (422, "VER_015")

        assert str(repository.get("A2A-COMUNE", "PR-7").importo) == "12.50"

    def test_loads_a_tipo_that_is_not_spontaneous(self, world) -> None:
        put_tipo(tipo="dovuto")

        assert send(world).codice == "UAN_002"
        assert send(world, base=SPID, as_=a_citizen(world)).codice == "CIT_002"

    def test_makes_another_a_debtor_unless_the_tipo_lets_them(self, world) -> None:
        assert send(world, base=SPID, as_=a_citizen(world, LUIGI)).codice == "CIT_003"

        put_tipo(paga_terzi=True)
        assert send(world, base=SPID, as_=a_citizen(world, LUIGI)).status == 201

    def test_owes_to_two_enti(self, world) -> None:
        two = TEMPLATE.replace('"codEntrata": "TARI"', '"codEntrata": "TARI", "idDominio": "80012000827"')
        put_tipo(trasformazione=trasformazione(two))

        assert send(world).codice == "VER_038"

    def test_names_ids_of_their_own(self, world) -> None:
        assert send(world, idA2A="A2A-COMUNE", idPendenza="P1").codice == "100001"


class TestAForm:
    @pytest.mark.parametrize(
        ("dati", "campo"),
        [
            ({}, "importo"),
            ({"importo": 0, "codiceFiscale": MARIO}, "importo: deve essere almeno 1"),
            ({"importo": 1, "codiceFiscale": "x"}, "codiceFiscale: non è nella forma prevista"),
            ({"importo": "1", "codiceFiscale": MARIO}, "importo: deve essere di tipo number"),
            ({**DATI, "causale": "x" * 71}, "causale: può avere al più 70 caratteri"),
            ([], "corpo"),
            ({**DATI, "altro": "x" * 64_001}, "corpo: deve essere un oggetto JSON di al più"),
        ],
    )
    def test_is_refused_with_all_that_is_wrong(self, world, dati: Any, campo: str) -> None:
        answer = send(world, dati)

        assert (answer.status, answer.codice) == (400, "SINTASSI")
        assert campo in answer.json["dettaglio"]

    @pytest.mark.parametrize(
        ("schema", "motivo"),
        [
            ("x", "non è JSON"),
            ([1], "non è un oggetto"),
            ({"type": "nulla"}, "nulla"),
            ({"properties": {"a": {"$ref": "https://x.it/schema"}}}, "porta fuori"),
            ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, "porta fuori"),
            ({"properties": {"a": {"pattern": "^(a+)+$"}}}, "dentro un'altra"),
            ({"properties": {"a": {"pattern": "^(a|aa){1,30}b*$"}}}, "alternativa dentro"),
            ({"properties": {"a": {"pattern": "(aa?)*"}}}, "dentro un'altra"),
            ({"properties": {"a": {"pattern": "^([A-Z]{2,3}-){1,2}[0-9]+$"}}}, None),
            ({"properties": {"a": {"pattern": "a*b*c*d*e*"}}}, "più di 4"),
            ({"properties": {"a": {"pattern": "(a)\\1"}}}, "rimanda"),
            ({"properties": {"a": {"pattern": "("}}}, "non è valida"),
            ({"properties": {"a": {"pattern": "a" * 201}}}, "supera 200"),
            ({"patternProperties": {"^a": {}}}, "patternProperties"),
            ({"$ref": "#/definitions/non-c-e"}, "non porta da nessuna parte"),
            ({"$ref": "#"}, "torna su se stesso"),
            ({"description": "x" * 100_001}, "supera 100000"),
        ],
    )
    def test_is_not_read_by_a_schema_that_would_not_end(self, world, schema: Any, motivo: str | None) -> None:
        put_tipo(validazione=b64(schema))

        answer = send(world)

        if motivo is None:
            assert answer.status == 201
            return
        assert (answer.status, answer.codice, answer.json["categoria"]) == (500, "VAL_001", "INTERNO")
        assert motivo in answer.json["dettaglio"]

    @pytest.mark.parametrize(
        ("template", "codice"),
        [
            ('${class["java.lang.Runtime"]}', "TRASFORMAZIONE"),
            ("${jsonPath.read('$.assente')}", "TRASFORMAZIONE"),
            ("{", "VAL_003"),
            ("[]", "VAL_003"),
            ("{}", "VAL_003"),
            (TEMPLATE.replace('${pathParams["idDominio"]}', sample.ALTRO_DOMINIO), "VAL_003"),
            (TEMPLATE.replace("${pathParams.idTipoPendenza}", "LIBERO"), "VAL_003"),
        ],
    )
    def test_is_refused_by_name_if_the_template_is_wrong(self, world, template: str, codice: str) -> None:
        put_tipo(trasformazione=trasformazione(template))

        answer = send(world)

        assert (answer.status, answer.codice) == (500, codice)

    def test_of_another_ente_is_another(self, world) -> None:
        assert send(world, dominio=sample.ALTRO_DOMINIO).codice == "TVD_000"
        assert send(world, dominio="99999999999").codice == "DOM_000"
        assert send(world, tipo="ASSENTE").codice == "TVR_000"
        assert (
            send(
                world, dominio=sample.DOMINIO, base=PAGAMENTO, as_=(sample.PRINCIPAL_ALTRA, sample.PASSWORD_ALTRA)
            ).status
            == 403
        )

    def test_switched_off_loads_nothing(self, world) -> None:
        put_tipo(portalePagamento={"abilitato": False})

        assert send(world).codice == "SEMANTICA"

    def test_without_template_is_the_pendenza_itself(self, world) -> None:
        put_tipo(trasformazione=None, validazione=None)
        voce = {"idVocePendenza": "1", "descrizione": "x", "importo": 3, "codEntrata": "TARI"}
        soggetto = {"tipo": "F", "identificativo": MARIO, "anagrafica": "Mario"}
        whole = {"idA2A": "A2A-COMUNE", "causale": "x", "importo": 3, "soggettoPagatore": soggetto, "voci": [voce]}

        assert send(world, whole).status == 201
        assert send(world, {**whole, "idA2A": sample.A2A_ALTRA}, base=PAGAMENTO, as_=COMUNE).codice == "APP_002"


class TestAForwardedForm:
    @pytest.fixture
    def answer(self, world) -> dict[str, Any]:
        put_tipo(trasformazione=None, inoltro="A2A-COMUNE")
        voce = {"idVocePendenza": "1", "descrizione": "x", "importo": 30, "codEntrata": "TARI"}
        world.ente.answer = {
            "stato": "NON_ESEGUITA", "idA2A": "A2A-COMUNE", "idPendenza": "DELL-ENTE", "idDominio": DOMINIO,
            "causale": "Calcolata dall'ente", "importo": 30, "voci": [voce],
            "soggettoPagatore": {"tipo": "F", "identificativo": MARIO, "anagrafica": "Mario Rossi"},
        }  # fmt: skip
        return world.ente.answer

    def test_is_what_the_ente_answers(self, world, answer) -> None:
        made = send(world)

        assert made.status == 201, made.raw
        assert world.ente.asked[0].startswith(f"form {DOMINIO} {TIPO}")
        assert stored(made).causale == "Calcolata dall'ente"
        assert "soggettoPagatore" not in made.json
        assert send(world).status == 200

    @pytest.mark.parametrize(
        ("change", "codice"),
        [
            ({"stato": "SCONOSCIUTA"}, "VER_011"), ({"stato": "SCADUTA"}, "VER_010"), ({"stato": "DUPLICATA"}, "VER_012"),
            ({"stato": "ANNULLATA"}, "VER_013"), ({"stato": "?"}, "VER_014"), ({"idA2A": "A2A-ALTRA"}, "VER_014"),
            ({"idDominio": sample.ALTRO_DOMINIO}, "VER_014"), ({"causale": None}, "VER_014"),
            ({"idTipoPendenza": "LIBERO"}, "VER_014"), ({"importo": 31}, "VER_014"),
        ],
    )  # fmt: skip
    def test_is_refused_as_the_ente_says(self, world, answer, change, codice) -> None:
        answer.update(change)

        assert send(world).codice == codice

    def test_is_refused_if_nobody_answers(self, world, answer) -> None:
        world.ente.silence = True
        assert send(world).codice == "VER_014"
        world.ente.silence, world.ente.answer = False, None
        assert send(world).codice == "VER_011"

    def test_shows_no_citizen_what_another_owes(self, world, answer) -> None:
        assert send(world, base=SPID, as_=a_citizen(world, LUIGI)).codice == "CIT_003"
        assert repository.get("A2A-COMUNE", "DELL-ENTE") is None
