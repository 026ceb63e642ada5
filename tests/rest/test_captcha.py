"""hardening of /configurazioni: whoever comes without credentials passes a captcha first, and its service says so."""

import json
from urllib.parse import parse_qs

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica.configurazione import SEGRETO_CAPTCHA
from chalicelib.aws import secrets
from chalicelib.aws.clients import client as aws_client
from chalicelib.giornale.configurazioni.hardening import change_of_hardening
from chalicelib.pendenze import repository
from chalicelib.rest import json_text
from chalicelib.settings import settings
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import DOMINIO
from tests.builders_pagamenti import NAV, a_pendenza
from tests.builders_sessioni import PUBLIC, VERSANTE, portale, put_dominio
from tests.clock import NOW
from tests.ente_finto import EnteFinto, running
from tests.rest.pendenze_app import PAGAMENTO_PUBLIC, prova

CHIAVE = "chiave-segreta-del-captcha"
NAME = settings().secrets_prefix + SEGRETO_CAPTCHA
AVVISO = f"/avvisi/{DOMINIO}/{NAV}"


def a_hardening(url, *, abilitato=True, **captcha):
    said = {
        "serverURL": url, "siteKey": "sito", "secretKey": CHIAVE, "soglia": 0.7, "parametro": "gRecaptchaResponse",
        "denyOnFail": True, "connectionTimeout": 500, "readTimeout": 1000,
    }  # fmt: skip
    return {"abilitato": abilitato, "captcha": said | captcha}


def set_to(section):
    anagrafica.change_configurazione(change_of_hardening(json_text.read(says(**section))), beside=lambda *_: [])


def keep_secret(value=CHIAVE):
    aws_client("ssm").put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)
    secrets.forget()


def says(**answer):
    return json.dumps(answer).encode()


@pytest.fixture(scope="module")
def server():
    with running(EnteFinto(stato=200)) as service:
        yield service


@pytest.fixture
def service(server):
    server.stato, server.body, server.mute = 200, says(success=True, score=0.9), False
    server.asked.clear()
    return server


@pytest.fixture
def kept(aws):
    keep_secret()
    yield
    aws_client("ssm").delete_parameters(Names=[NAME])


@pytest.fixture
def world(kept):
    with prova(NOW) as joined:
        yield joined.anonimo


def look(world, **query):
    return world.get(PAGAMENTO_PUBLIC + AVVISO, **query)


class TestAnAnonymousCaller:
    def test_is_asked_nothing_where_nothing_is_set(self, world, service) -> None:
        set_to(a_hardening(service.url, abilitato=False))

        assert look(world).status == 200
        assert service.asked == []

    def test_without_a_captcha_is_403(self, world, service) -> None:
        set_to(a_hardening(service.url))

        for query in ({}, {"gRecaptchaResponse": ""}, {"gRecaptchaResponse": "x" * 9000}):
            answer = look(world, **query)
            assert (answer.status, answer.codice) == (403, "403000")
            assert "gRecaptchaResponse" in answer.json["dettaglio"]
        assert service.asked == []

    def test_that_passed_it_is_let_by(self, world, service) -> None:
        set_to(a_hardening(service.url))

        assert look(world, gRecaptchaResponse="abc +&").status == 200

        [asked] = service.asked
        assert (asked.metodo, asked.headers["Content-Type"]) == ("POST", "application/x-www-form-urlencoded")
        assert parse_qs(asked.body.decode()) == {"secret": [CHIAVE], "response": ["abc +&"]}

    def test_may_say_it_in_a_header(self, world, service) -> None:
        set_to(a_hardening(service.url, parametro="X-Captcha"))

        world._headers["X-Captcha"] = "abc"

        assert look(world).status == 200

    @pytest.mark.parametrize(
        ("said", "status"),
        [
            ({"success": False}, 403),
            ({"success": False, "score": 0.9, "error-codes": ["timeout-or-duplicate"]}, 403),
            ({"success": True, "score": 0.69}, 403),
            ({"success": True, "score": 0.7}, 200),
            ({"success": True, "score": 1}, 200),
            ({"success": True}, 200),
        ],
    )
    def test_is_what_the_service_says(self, world, service, said, status) -> None:
        set_to(a_hardening(service.url, denyOnFail=False))
        service.body = says(**said)

        assert look(world, gRecaptchaResponse="abc").status == status

    @pytest.mark.parametrize(
        ("stato", "body"),
        [
            (500, b""),
            (302, says(success=True)),
            (200, b"<html>"),
            (200, b"[]"),
            (200, says(success="true")),
            (200, says(success=True, score="1")),
            (200, says(success=False, **{"error-codes": ["invalid-input-secret"]})),
        ],
    )
    def test_is_let_by_or_not_as_set_when_the_service_does_not_say(self, world, service, caplog, stato, body) -> None:
        service.stato, service.body = stato, body

        for deny, status in ((True, 403), (False, 200)):
            set_to(a_hardening(service.url, denyOnFail=deny))
            assert look(world, gRecaptchaResponse="risposta-del-cittadino").status == status

        assert caplog.messages.count("captcha non verificato") == 2
        assert not any("risposta-del-cittadino" in str(vars(record)) for record in caplog.records)

    def test_does_not_wait_for_a_service_that_is_silent(self, world, service) -> None:
        set_to(a_hardening(service.url, connectionTimeout=10, readTimeout=40))
        service.mute = True

        assert look(world, gRecaptchaResponse="abc").status == 403

    def test_is_not_verified_with_a_secret_that_is_not_there(self, world, service) -> None:
        set_to(a_hardening(service.url))
        aws_client("ssm").delete_parameter(Name=NAME)
        secrets.forget()

        assert look(world, gRecaptchaResponse="abc").status == 403
        assert service.asked == []

    def test_costs_no_call_of_aws_once_it_is_known(self, world, service) -> None:
        set_to(a_hardening(service.url))
        look(world, gRecaptchaResponse="abc")

        with aws_calls() as calls:
            look(world, gRecaptchaResponse="abc")

        assert "ssm.GetParameter" not in calls
        assert calls.count("dynamodb.GetItem") <= 1


class TestWhoIsKnown:
    def test_is_asked_for_no_captcha(self, kept, service) -> None:
        set_to(a_hardening(service.url))

        with portale() as world:
            assert world.pay({"pendenze": []}).status == 400
        assert service.asked == []


class TestAPayment:
    def test_of_nobody_known_is_started_only_with_a_captcha(self, kept, service) -> None:
        set_to(a_hardening(service.url))
        with portale() as world:
            put_dominio(url_ritorno="https://portale.comune.example/")
            repository.save(None, a_pendenza())
            body = {"pendenze": [{"idDominio": DOMINIO, "numeroAvviso": NAV}], "soggettoVersante": VERSANTE}

            refused = world.pay(body, base=PUBLIC, as_=None)
            assert (refused.status, refused.codice, world.checkout.carts) == (403, "403000", [])
            started = world.pay(body, base=PUBLIC, as_=None, gRecaptchaResponse="abc")
            assert started.status == 201, started.raw
            assert len(world.checkout.carts) == 1

            form = world.anonimo.call("POST", f"{PUBLIC}/pendenze/{DOMINIO}/TARI", {"a": 1})
            assert (form.status, form.codice) == (403, "403000")
            assert "captcha" in form.json["dettaglio"]
