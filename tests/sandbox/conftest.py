"""The simulators alone, against a GovPay of a few lines."""

from collections.abc import Iterator

import pytest

from sandbox import sample
from sandbox.nodo.client import GovPayClient
from sandbox.nodo.nodo import Nodo
from sandbox.nodo.registro import Registro
from tests.sandbox.govpay_finto import NOW, GovPayFinto


@pytest.fixture
def govpay() -> Iterator[GovPayFinto]:
    finto = GovPayFinto()
    with finto.server:
        yield finto


@pytest.fixture
def nodo(govpay) -> Nodo:
    return a_nodo(govpay.url)


def a_nodo(url: str) -> Nodo:
    registro = Registro()
    client = GovPayClient(url, sample.NODO_PRINCIPAL, sample.NODO_PASSWORD, registro)
    return Nodo(
        anagrafica=sample.anagrafica_nodo(), govpay=client, registro=registro, now=lambda: NOW, secondi_rpt=0.05
    )
