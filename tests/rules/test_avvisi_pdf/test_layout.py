"""Where things stand: as the guide's specimens, inside the margins, and never one over the other."""

import json
from pathlib import Path

import pytest

from chalicelib.avvisi.codici import nav_a_gruppi
from chalicelib.avvisi.disegno.fonts import BASELINE
from chalicelib.avvisi.pdf import render_avviso, render_documento
from tests.rules.test_avvisi_pdf.notices import (
    LONGEST,
    LONGEST_ENTE,
    LONGEST_OGGETTO,
    POSTALE,
    a_documento,
    a_logo,
    an_avviso,
    rate,
    soglie,
    violazione,
    whole,
)
from tests.rules.test_avvisi_pdf.reading import POINT, codes, overlaps, words

SPECIMENS = Path(__file__).parents[4] / "shared/formats/avviso/layout_official.json"
NOT_POSTAL = LONGEST | {
    "ente": type(LONGEST_ENTE)(nome=LONGEST_ENTE.nome, settore="S" * 50, cbill="AAAAA", logo=a_logo())
}
SECOND = {"lingua_secondaria": "fr", "causale_secondaria": LONGEST_OGGETTO}


@pytest.fixture(
    scope="module",
    params=[
        "single",
        "postal",
        "postal fr",
        "rate",
        "rate postal",
        "soglie fr",
        "violazione",
        "violazione postal",
        "violazione postal fr",
        "rate fr",
    ],
)
def longest_pdf(request):
    documents = {
        "single": lambda: render_avviso(an_avviso(**NOT_POSTAL)),
        "postal": lambda: render_avviso(an_avviso(**LONGEST)),
        "postal fr": lambda: render_avviso(an_avviso(**LONGEST, **SECOND)),
        "rate": lambda: render_documento(a_documento(whole(**NOT_POSTAL), *rate(3, **NOT_POSTAL))),
        "rate fr": lambda: render_documento(a_documento(*rate(3, **NOT_POSTAL, **SECOND))),
        "rate postal": lambda: render_documento(a_documento(*rate(3, **LONGEST))),
        "soglie fr": lambda: render_documento(a_documento(*soglie(**NOT_POSTAL, **SECOND))),
        "violazione": lambda: render_documento(a_documento(*violazione(**NOT_POSTAL))),
        "violazione postal": lambda: render_documento(a_documento(*violazione(**LONGEST))),
        "violazione postal fr": lambda: render_documento(a_documento(*violazione(**LONGEST, **SECOND))),
    }
    return documents[request.param]()


class TestLongestTexts:
    def test_never_print_over_each_other(self, longest_pdf):
        for page in words(longest_pdf):
            assert overlaps(page) == []

    def test_stay_inside_the_margins(self, longest_pdf):
        for page in words(longest_pdf):
            assert min(word.x for word in page) >= 9.9
            assert max(word.right for word in page) <= 200.1
            assert min(word.top for word in page) >= 9.9
            assert max(word.bottom for word in page) <= 287.1

    def test_keep_out_of_the_quiet_zones(self, longest_pdf):
        for page, found in zip(words(longest_pdf), codes(longest_pdf, dpi=200), strict=True):
            for code in found:
                quiet = code.side * (4 / 33 if code.text.startswith("PAGOPA") else 2 / 52)
                near = [
                    word
                    for word in page
                    if word.right > code.x - quiet
                    and word.x < code.x + code.side + quiet
                    and word.bottom > code.y - quiet
                    and word.top < code.y + code.side + quiet
                ]
                assert near == []

    def test_that_are_cut_end_in_an_ellipsis(self):
        [page] = words(render_avviso(an_avviso(oggetto="parola " * 120)))

        assert any(word.text.endswith("…") for word in page)


def specimen_texts(avviso):
    """Return the texts of the specimens' roles, for an avviso or for the first of its rate."""
    return {
        "ente.titolo": "ENTE",
        "destinatario.titolo": "DESTINATARIO",
        "titolo": "AVVISO",
        "{oggetto}": "TARI",
        "{ente.cf}": avviso.id_dominio,
        "{destinatario.cf}": avviso.destinatario.codice_fiscale,
        "{ente.nome}": "Comune",
        "{ente.settore}": "Ufficio",
        "{destinatario.nome}": "Niccolò",
        "{destinatario.indirizzo}": "Via",
        "{destinatario.localita}": "00100",
        "{ente.info}": "www.comune.example.it",
        "importo.titolo": "QUANTO",
        "dove.titolo": "DOVE",
        "etichetta.importo": "Importo",
        # "entro il" is not among them: it begins where the date begins, and dates differ in width.
        "dove.online.titolo": "PAGA",
        "dove.territorio.titolo": "PAGA",
        "importo.avvertenza riga 1": "In",
        "importo.rate": "Puoi",
        "dati.titolo": "DATI",
        "etichetta.destinatario": "Destinatario",
        "etichetta.ente": "Ente",
        "etichetta.oggetto": "Oggetto",
        "etichetta.codice_avviso": "Cod.",
        "etichetta.cbill": "Cod.",
        "{cbill}": "AAAAA",
        "{codice_avviso}": nav_a_gruppi(avviso.numero_avviso).split()[0],
        "qr.istruzioni": "Inquadra",
        "bollettino.titolo": "BOLLETTINO",
        "etichetta.conto": "sul",
        "{conto}": "000000123456",
        "etichetta.intestato": "Intestato",
        "etichetta.tipo": "Tipo",
        "{tipo}": "P1",
        "bollettino.istruzioni riga 1": "Bollettino",
        "{autorizzazione}": "AUT.",
        "rata.titolo": "RATA",
    }


@pytest.mark.skipif(
    not SPECIMENS.exists(), reason="the measures of the specimens (formats/avviso) are not beside the project"
)
class TestSpecimens:
    @pytest.mark.parametrize(
        ("specimen", "page", "parti"),
        [
            ("unica_con_bollettino", 0, (whole(ente=POSTALE),)),
            ("unica_piu_2_rate", 0, (whole(), *rate(2))),
            ("unica_piu_3_rate", 0, (whole(), *rate(3))),
            ("pagina_2_rate_con_bollettini", 1, (whole(ente=POSTALE), *rate(2, ente=POSTALE))),
            ("cds_senza_bollettino", 0, violazione()),
            ("cds_con_bollettino_pagina_1", 0, violazione(ente=POSTALE)),
        ],
    )
    def test_every_text_stands_within_a_millimetre_of_the_specimen(self, specimen, page, parti):
        elements = json.loads(SPECIMENS.read_text(encoding="utf-8"))["pagine"][specimen]["elementi"]
        texts = specimen_texts(parti[0].avviso)

        printed = words(render_documento(a_documento(*parti)))[page]

        misplaced = [
            element
            for element in elements
            if element["ruolo"] in texts and not _stands(printed, element, texts[element["ruolo"]])
        ]
        assert misplaced == []


def _stands(printed, element, text):
    font = {"Titillium": "TitilliumWeb-Bold", "Roboto Mono": "RobotoMono-Bold"}[element["font"].rpartition(" ")[0]]
    baseline = element["y"] + BASELINE[font] * element["pt"] * POINT
    return any(
        word.text == text
        and abs(word.baseline - baseline) <= 1
        and (abs(word.x - element["x"]) <= 1.2 if "x" in element else abs(word.right - element["x_destra"]) <= 1)
        for word in printed
    )
