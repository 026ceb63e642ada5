"""Every file that a treasurer may send, good or broken: each ends with a report in which every row is explained."""

import json
from pathlib import Path

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.riconciliazione.importazione.states import StatoGiornale
from tests.builders_importazione import comune_with_archive, imported, report_of, seed_sample

REFUSED = {
    "broken/altro_ente.xml": "GDC_ALTRO_ENTE",
    "broken/troncato.xml": "GDC_TRONCATO",
    "broken/vuoto.xml": "GDC_NON_GIORNALE",
    "broken/non_xml.xml": None,
    "broken/radice_diversa.xml": "GDC_NON_GIORNALE",
    "broken/xxe_file.xml": "GDC_DOCTYPE",
    "broken/xxe_billion_laughs.xml": "GDC_DOCTYPE",
    "broken/gdc_colonna_mancante.csv": "GDC_COLONNA_MANCANTE",
    "broken/gdc_solo_intestazione.csv": "GDC_SENZA_MOVIMENTI",
    "broken/gdc_virgolette_aperte.csv": "GDC_CSV_NON_CHIUSO",
}
_SUFFIXES = {".xml", ".csv", ".mt940"}


@pytest.fixture
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


def names_in(samples: Path) -> list[str]:
    found = [path for path in (*samples.iterdir(), *(samples / "broken").iterdir()) if path.suffix in _SUFFIXES]
    return sorted(path.relative_to(samples).as_posix() for path in found)


class TestEverySample:
    def test_ends_with_a_report_that_explains_every_row(self, fonte, shared):
        formats = shared / "formats"
        seed_sample(fonte, formats)
        names = names_in(formats / "samples")
        assert set(REFUSED) <= set(names)

        for name in names:
            giornale = imported((formats / "samples" / name).read_bytes(), Path(name).name)

            body = json.loads(report_of(giornale, "json"), parse_float=str)
            assert report_of(giornale, "pdf").startswith(b"%PDF-"), name
            if name in REFUSED:
                assert giornale.stato is StatoGiornale.RIFIUTATO, name
                assert giornale.codice == (REFUSED[name] or giornale.codice), name
                assert (bool(giornale.motivo), body["movimenti"]) == (True, []), name
                continue
            assert giornale.stato is StatoGiornale.CONCLUSO, (name, giornale.motivo)
            assert Importo.total(t.entrate for t in giornale.totali) == giornale.entrate, name
            assert len(body["movimenti"]) == giornale.righe > 0, name
            for row in body["movimenti"]:
                assert all(row.get(said) for said in ("esito", "regola", "motivo", "prossimoPasso")), (name, row)
