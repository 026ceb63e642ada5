"""What the simulated Nodo writes is what pagoPA's schemas admit."""

import pytest
import requests

from chalicelib.nodo import soap
from sandbox import sample
from sandbox.nodo.classico import rt_of
from sandbox.nodo.model import Protocollo, Psp
from sandbox.nodo.server import SOAP_PATH, server
from tests.nodo.official import documents_schema, is_valid, needs_official, schemas_for
from tests.sandbox.govpay_finto import AVVISO, IMPORTO, NOW, an_invio, an_rpt

CCP = "d" * 32
pytestmark = needs_official


@pytest.mark.parametrize("protocollo", [Protocollo.V1, Protocollo.V2])
def test_current_requests_are_valid(nodo, govpay, protocollo):
    avviso = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": protocollo}
    nodo.verifica(**avviso)
    nodo.paga(nodo.attiva(**avviso).token)
    nodo.stand_in(id_dominio=sample.DOMINIO, numero_avviso=AVVISO, importo=IMPORTO, causale="Verbale")

    body = schemas_for("paGetPayment")[1]
    assert [is_valid(body, busta.operation) for busta in govpay.richieste] == [True] * 4


def test_classic_requests_are_valid(nodo, govpay):
    avviso = {"id_dominio": sample.DOMINIO, "numero_avviso": AVVISO, "protocollo": Protocollo.CLASSICO}
    with server(nodo) as running:
        govpay.dopo_attiva = lambda testa: requests.post(
            running.url + SOAP_PATH,
            data=an_invio(an_rpt(testa.codice_contesto_pagamento), ccp=testa.codice_contesto_pagamento),
            timeout=5,
        )
        nodo.verifica(**avviso)
        nodo.paga(nodo.attiva(**avviso, importo=IMPORTO).token)

    for busta in govpay.richieste:
        head, body = schemas_for(busta.operation.tag.rpartition("}")[2])
        assert is_valid(body, busta.operation)
        assert busta.header is not None
        assert is_valid(head, busta.header[0])


@pytest.mark.parametrize("positiva", [True, False])
def test_documents_are_valid(positiva):
    rt = rt_of(an_rpt(CCP), Psp(), positiva=positiva, now=NOW)

    assert is_valid(documents_schema(), soap.read_document(rt))
