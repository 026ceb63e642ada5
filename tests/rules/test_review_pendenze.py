"""What must be refused when it is stored, or it fails whenever it is read."""

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.refusals import Sintassi
from chalicelib.pendenze.rules.patch import PatchOp, apply_patch
from tests.builders import a_pendenza
from tests.builders_pagamenti import NOW
from tests.rules.test_pendenze_requests import di_bollo, nuova


def with_nota(data):
    op = PatchOp("ADD", "/nota", {"testo": "x", "data": data})
    return apply_patch(a_pendenza(), [op], principal="gpadmin", now=NOW).note[0]


class TestTheDayOfANota:
    @pytest.mark.parametrize(
        "data", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+12:00"]
    )
    def test_that_no_calendar_of_ours_has_is_refused(self, data):
        with pytest.raises(Sintassi, match="aaaa-mm-gg"):
            with_nota(data)

    def test_without_a_zone_is_italian_time(self):
        assert with_nota("2026-11-24T23:30").data == datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


class TestTheIdentificativoOfADebitore:
    @pytest.mark.parametrize("identificativo", ["X", " ", "RSSMRA\x0180A01", "\x00\x00", " RSSMRA80A01H501U", "AB\n"])
    def test_that_pagopa_cannot_carry_is_refused(self, identificativo):
        with pytest.raises(Sintassi, match=r"soggettoPagatore\.identificativo"):
            nuova(soggettoPagatore=of_debitore(identificativo))

    @pytest.mark.parametrize("identificativo", ["RSSMRA80A01H501U", "12345678901", "ANONIMO", "AB", "EST 0001"])
    def test_that_it_can_is_read(self, identificativo):
        assert nuova(soggettoPagatore=of_debitore(identificativo)).soggetto_pagatore.identificativo == identificativo


class TestTheHashOfAMarcaDaBollo:
    @pytest.mark.parametrize("value", ["non base64!!", "A", "====", "impronta"[:7]])
    def test_that_is_not_base64_is_refused(self, value):
        with pytest.raises(Sintassi, match=r"voci\[0\].hashDocumento.*base64"):
            nuova(voci=[di_bollo(hashDocumento=value)])


def of_debitore(identificativo):
    return {"tipo": "F", "identificativo": identificativo, "anagrafica": "Anna Bianchi"}
