"""A flow reports what no receipt has told: its receipt is searched, and the flow adds up when it is found."""

from datetime import timedelta
from unittest.mock import patch

import pytest

from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.recupero import operations as recupero
from chalicelib.pagamenti.recupero.model import EsitoCopia, RispostaCopia
from chalicelib.pagamenti.recupero.operations import search_receipts
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.ports import Ports
from tests.aws_calls import aws_calls
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import a_pendenza, a_receipt
from tests.builders_riconciliazione import (
    DOMINIO,
    IMPORTO,
    IUV,
    NOW,
    TOKEN,
    FonteFinta,
    a_flow,
    acquired,
    loaded,
    paid,
    riscossione,
)
from tests.doubles_pagamenti import RicevuteFinte, ports

LATER = NOW + timedelta(hours=1)


def _search(id_dominio, mancanti, id_stazione, now):
    search_receipts(id_dominio, mancanti, id_stazione=id_stazione, now=now)


class Found(RicevuteFinte):
    """Biz-Events with the receipt of the position."""

    def recupera(self, *, iuv, iur, now, **_about):
        self.asked.append(iur)
        pendenza = a_pendenza(iuv=iuv, numero_avviso="3" + iuv, importo=IMPORTO)
        pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza, token=iur, numero_avviso="3" + iuv), now=now)
        return RispostaCopia(esito=EsitoCopia.ACQUISITA)


@pytest.fixture
def fonte(aws):
    seed_comune(NOW)
    finta = FonteFinta()
    with (
        ports(ricevute=RicevuteFinte()),
        patch.object(Ports, "fonti", {Formato.SOAP: finta}, create=True),
        patch.object(Ports, "ricevute_mancanti", staticmethod(_search)),
    ):
        yield finta


class TestAFlow:
    def test_of_what_nobody_told_has_its_receipts_searched(self, fonte):
        loaded()

        acquired(fonte, a_flow())

        assert recupero.enqueue_due(now=LATER).ricevute == 1

    def test_of_known_payments_has_nothing_searched_and_costs_nothing_more(self, fonte):
        paid()
        with aws_calls() as calls:
            acquired(fonte, a_flow())

        assert recupero.enqueue_due(now=LATER).ricevute == 0
        with patch.object(Ports, "ricevute_mancanti", None), aws_calls() as without:
            acquired(fonte, a_flow())
        assert len(without) <= len(calls)

    def test_read_twice_has_them_searched_once(self, fonte):
        loaded()
        acquired(fonte, a_flow())

        acquired(fonte, a_flow())

        assert recupero.enqueue_due(now=LATER).ricevute == 1

    def test_is_told_by_its_receipt_when_that_is_found(self, fonte):
        loaded()
        acquired(fonte, a_flow())
        found = Found()

        with ports(ricevute=found):
            recupero.recover({"passo": "RICEVUTA", "chiave": f"ricevuta#{DOMINIO}#{IUV}#{TOKEN}"}, now=LATER)

        assert found.asked == [TOKEN]
        assert riscossione().stato is StatoRiscossione.RISCOSSA
