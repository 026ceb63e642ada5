"""From a file of the bank to every movement explained: the sample, the reversal of the day after, what comes late."""

import csv
import io
import json
from pathlib import Path

import pytest

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository as archivio
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione.states import StatoGiornale
from chalicelib.riconciliazione.repository import incassi
from chalicelib.riconciliazione.states import StatoIncasso
from tests.builders_importazione import (
    ENTE,
    comune_with_archive,
    giornali,
    imported,
    movimenti_of,
    report_of,
    seed_sample,
)

E = EsitoMovimento


@pytest.fixture
def formats(shared) -> Path:
    return shared / "formats"


@pytest.fixture
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


@pytest.fixture
def expected(fonte, formats):
    return seed_sample(fonte, formats)


def misto(formats: Path) -> bytes:
    return (formats / "samples/opi_1_8_misto.xml").read_bytes()


class TestTheSample:
    def test_gives_every_movement_the_outcome_that_is_expected(self, expected, formats):
        giornale = imported(misto(formats), "opi_1_8_misto.xml")

        assert (giornale.stato, giornale.motivo) == (StatoGiornale.CONCLUSO, None)
        found = [
            (m.movimento.numero_movimento, m.movimento.provvisorio, m.esito, m.riferimento)
            for m in movimenti_of(giornale)
        ]
        assert found == [
            (m["numero_movimento"], m["provvisorio"], m["esito"], m["riferimento"]) for m in expected["movimenti"]
        ]
        assert {t.esito: t.quanti for t in giornale.totali} == expected["conteggi"]

    def test_says_what_differs_and_who_was_first(self, expected, formats):
        giornale = imported(misto(formats), "opi_1_8_misto.xml")

        by_number = {m.movimento.numero_movimento: m for m in movimenti_of(giornale)}
        assert (by_number["10"].atteso, by_number["17"].atteso) == (Importo(10000), Importo(4500))
        assert "differenza 10,00 €" in by_number["10"].spiegazione.evidenza
        assert "il provvisorio 2026-64101" in by_number["12"].spiegazione.evidenza
        assert "importo diverso dall'originario" in by_number["19"].spiegazione.evidenza
        assert by_number["19"].originario == by_number["6"].id_movimento
        assert by_number["2"].regolarizzato_da == "reversale 3300 del 20/11/2026"
        assert "entro il 04/12/2026" in by_number["11"].spiegazione.prossimo_passo

    def test_adds_up(self, expected, formats):
        giornale = imported(misto(formats), "opi_1_8_misto.xml")

        assert Importo.total(t.entrate for t in giornale.totali) == giornale.entrate == Importo(10357276)
        for cassa in movimenti_of(giornale):
            if cassa.esito is E.RICONCILIATO:
                assert Importo.total(q.importo for q in cassa.quote) == cassa.movimento.importo

    def test_moves_the_payments(self, expected, formats):
        imported(misto(formats), "opi_1_8_misto.xml")

        (riscossione,) = archivio.load(ENTE, "01000000000010151").riscossioni
        assert riscossione.stato is StatoRiscossione.INCASSATA

    def test_leaves_three_reports_beside_the_original(self, expected, formats):
        giornale = imported(misto(formats), "opi_1_8_misto.xml")

        body = json.loads(report_of(giornale, "json"))
        text = report_of(giornale, "csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
        assert [m["esito"] for m in body["movimenti"]] == [m["esito"] for m in expected["movimenti"]]
        assert [row["esito"] for row in rows] == [m["esito"] for m in expected["movimenti"]]
        assert (rows[0]["importo"], rows[0]["data_contabile"]) == ("1250,75", "20/11/2026")
        assert report_of(giornale, "csv").startswith(b"\xef\xbb\xbfesercizio;provvisorio;bolletta;")
        assert report_of(giornale, "pdf").startswith(b"%PDF-")
        assert giornale.esiti[0].chiave == f"giornale-di-cassa/{ENTE}/esiti/opi_1_8_misto.xml.json"

    def test_dropped_again_changes_nothing(self, expected, formats):
        first = imported(misto(formats), "opi_1_8_misto.xml")
        before = movimenti_of(first)

        again = imported(misto(formats), "altro nome.xml")

        assert [(t.esito, t.quanti) for t in again.totali] == [(E.GIA_ACQUISITO, 19)]
        assert movimenti_of(first) == before


class TestTheDayAfter:
    def test_a_reversal_frees_the_flow_for_the_credit_that_waited(self, expected, formats):
        first = imported(misto(formats), "opi_1_8_misto.xml")

        storno = imported((formats / "samples/opi_1_8_storno_giorno_dopo.xml").read_bytes(), "storno.xml")

        (reversal,) = movimenti_of(storno)
        by_number = {m.movimento.numero_movimento: m for m in movimenti_of(first)}
        assert (reversal.esito, reversal.originario) == (E.STORNO, by_number["1"].id_movimento)
        assert "riconciliazione annullata" in reversal.spiegazione.evidenza
        assert (by_number["1"].esito, by_number["12"].esito) == (E.STORNATO, E.RICONCILIATO)
        assert incassi.get(ENTE, by_number["1"].id_incasso).stato is StatoIncasso.STORNATO
        assert incassi.get(ENTE, by_number["12"].id_incasso).stato is StatoIncasso.ACQUISITO
        report = json.loads(report_of(next(g for g in giornali() if g.id_giornale == first.id_giornale), "json"))
        assert [report["movimenti"][n]["esito"] for n in (0, 11)] == [E.STORNATO, E.RICONCILIATO]
