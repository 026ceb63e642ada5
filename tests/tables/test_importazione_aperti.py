"""What is open of an ente is found, however much of it is closed."""

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.kernel.rome_time import rome_day
from chalicelib.riconciliazione.importazione.operations import aperti
from tests.builders import an_utenza
from tests.builders_importazione import ENTE, NOW, comune_with_archive, imported, movimenti_of, seed_pagamento
from tests.rules.giornale_di_cassa_testi import movimento, opi

VECCHIO, NUOVO = "01000000000010151", "01000000000010252"


@pytest.fixture(autouse=True)
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


def credit(numero: str, iuv: str, data: str, **changes: str) -> str:
    return movimento(numero_documento=numero, causale=f"/RFB/{iuv}/10.00", data_movimento=data, **changes)


class TestToBeRegularised:
    def test_is_found_behind_what_is_regularised(self, monkeypatch):
        monkeypatch.setattr(aperti, "APERTI_MAX", 1)
        for iuv in (VECCHIO, NUOVO):
            seed_pagamento(iuv, Importo(1000), token=f"T-{iuv}")
        giornale = imported(opi(credit("1", VECCHIO, "2026-11-19"), credit("2", NUOVO, "2026-11-20")).encode())
        vecchio, nuovo = movimenti_of(giornale)
        reversale = movimento(
            tipo_documento="REVERSALE",
            tipo_operazione="REGOLARIZZATO",
            numero_documento="77",
            causale="X",
            altro="<sospeso><numero_provvisorio>2</numero_provvisorio></sospeso>",
        )
        imported(opi(reversale).encode(), "reversale.xml")

        found = aperti.find_aperti(id_dominio=ENTE, utenza=an_utenza(), oggi=rome_day(NOW))

        assert [one.id_movimento for one in found.da_regolarizzare] == [vecchio.id_movimento]
        assert nuovo.esito == vecchio.esito == "RICONCILIATO"
