"""Zero: pagoPA carries neither a payment nor a transfer of nothing, and a pendenza may hold both."""

import pytest

from chalicelib.kernel.importo import ZERO, Importo
from chalicelib.pagamenti import repository
from chalicelib.pagamenti.model import Formato
from chalicelib.pendenze.states import StatoPendenza
from tests.builders_pagamenti import DOMINIO, IUV, a_pendenza, a_voce
from tests.nodo.calls import (
    attiva_request,
    call,
    get_request,
    get_v2_request,
    intestazione,
    send_v2_request,
    verifica_request,
    verify_request,
)

REQUESTS = (
    ("paVerifyPaymentNotice", verify_request()),
    ("paGetPayment", get_request()),
    ("paGetPaymentV2", get_v2_request()),
    ("paaVerificaRPT", verifica_request(), intestazione()),
    ("paaAttivaRPT", attiva_request(ZERO), intestazione()),
)
GETS = {Formato.V1: ("paGetPayment", get_request()), Formato.V2: ("paGetPaymentV2", get_v2_request())}


def zero_first():
    return a_pendenza(voci=(a_voce(id_voce="gratuita", importo=ZERO), a_voce(id_voce="voce-2", indice=2)))


class TestAPositionOfZero:
    @pytest.mark.parametrize("request_of", REQUESTS, ids=lambda one: one[0])
    def test_has_nothing_to_pay(self, client, stored, request_of):
        stored(a_pendenza(voci=(a_voce(importo=ZERO),)))

        assert call(client, *request_of).fault.fault_code == "PAA_SEMANTICA"


class TestAVoceOfZero:
    @pytest.mark.parametrize("formato", GETS)
    def test_is_not_asked_for(self, client, stored, formato):
        stored(zero_first())

        data = call(client, *GETS[formato]).data

        assert data.payment_amount == Importo(10050)
        assert [(t.id_transfer, t.transfer_amount) for t in data.transfer_list] == [(1, Importo(10050))]

    def test_is_paid_with_the_others(self, client, stored):
        stored(zero_first())
        call(client, *GETS[Formato.V2])

        call(client, "paSendRTV2", send_v2_request())

        found = repository.load(DOMINIO, IUV)
        assert (found.posizione.stato, found.posizione.anomalo) == (StatoPendenza.ESEGUITO, False)
        assert [r.id_voce for r in found.riscossioni] == ["voce-2"]


class TestACausaleOfBlanks:
    def test_does_not_keep_the_classic_primitives_from_answering(self, client, stored):
        stored(a_pendenza(causale="   "))

        assert call(client, "paaVerificaRPT", verifica_request(), intestazione()).esito == "OK"
