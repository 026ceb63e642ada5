"""Biz-Events gives the receipt of what was really paid, at the pace that pagoPA allows."""

import json

import pytest
import requests

from sandbox import sample
from sandbox.fdr.bizevents import BIZ_EVENTS_PATH
from sandbox.fdr.server import server as fdr_server
from sandbox.nodo.model import Protocollo
from tests.sandbox.govpay_finto import AVVISO, IUV

V2 = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": Protocollo.V2}
KEY = {"Ocp-Apim-Subscription-Key": "chiave"}


@pytest.fixture
def biz(nodo):
    with fdr_server(nodo, chiave_biz_events="chiave") as running:
        yield running


def ask(biz, iur, iuv=IUV, **headers):
    url = f"{biz.url}{BIZ_EVENTS_PATH}/organizations/{sample.DOMINIO}/receipts/{iur}/paymentoptions/{iuv}"
    return requests.get(url, headers=headers or KEY, timeout=5)


def test_it_gives_the_receipt_of_what_was_paid_and_never_sent(nodo, biz, shared):
    import jsonschema

    token = nodo.attiva(**V2).token
    nodo.paga(token, consegna=False)

    answer = ask(biz, token)

    assert answer.status_code == 200
    contract = json.loads((shared / "pagopa/openapi/biz_events.json").read_text())
    schema = {"$ref": "#/components/schemas/CtReceiptModelResponse", "components": contract["components"]}
    jsonschema.validate(answer.json(), schema)
    assert (answer.json()["receiptId"], answer.json()["creditorReferenceId"]) == (token, IUV)


def test_it_gives_nothing_of_what_was_not_paid(nodo, biz):
    token = nodo.attiva(**V2).token

    assert ask(biz, token).status_code == 404
    assert ask(biz, "mai-visto").status_code == 404


def test_it_wants_its_key(biz):
    assert ask(biz, "x", **{"Ocp-Apim-Subscription-Key": "altra"}).status_code == 401


def test_it_allows_ten_calls_an_hour(biz):
    assert [ask(biz, "x").status_code for _ in range(11)] == [404] * 10 + [429]
