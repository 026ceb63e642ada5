"""Gets of one position, all at once: a get locks nothing and refuses nobody."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import operations, repository
from chalicelib.pagamenti.model import Formato
from chalicelib.pendenze import repository as pendenze
from tests.builders_anagrafica import seed_comune
from tests.builders_pagamenti import DOMINIO, IUV, NAV, NOW, STAZIONE, a_pendenza, a_voce
from tests.doubles_pagamenti import ports

TOGETHER = 16


@pytest.fixture(autouse=True)
def comune(aws):
    seed_comune(NOW)
    with ports():
        yield


def verify():
    return operations.verify(id_dominio=DOMINIO, iuv=IUV, numero_avviso=NAV, now=NOW)


def get_payment(pagabile):
    return operations.activate_current(
        pagabile=pagabile, formato=Formato.V2, id_stazione=STAZIONE, payment_note=None, now=NOW
    )


class TestManyGetsAtOnce:
    def test_are_all_answered_and_are_one_attempt(self):
        pendenze.save(None, a_pendenza(versione=0))
        pagabile = verify()

        with ThreadPoolExecutor(TOGETHER) as pool:
            answers = list(pool.map(get_payment, [pagabile] * TOGETHER))

        (stored,) = repository.load(DOMINIO, IUV).rpp
        assert {(rpp.ccp, rpp.importo, rpp.voci) for rpp in answers} == {(stored.ccp, stored.importo, stored.voci)}

    def test_that_do_not_ask_the_same_are_each_answered_with_what_they_saw(self):
        before = pendenze.save(None, a_pendenza(versione=0))
        late = verify()
        pendenze.save(before, a_pendenza(versione=before.versione, voci=(a_voce(importo=Importo(9900)),)))
        get_payment(verify())

        assert get_payment(late).importo == Importo(10050)
