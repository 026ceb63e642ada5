"""The codes on paper: rendered, found and decoded by an independent reader."""

import pytest

from chalicelib.avvisi.codici import CodiceNonStampabile, datamatrix_text, nav_a_gruppi, qr_text
from chalicelib.avvisi.pdf import render_avviso, render_documento
from chalicelib.kernel.importo import Importo
from tests.rules.test_avvisi_pdf.notices import (
    ID_DOMINIO,
    LONGEST,
    POSTALE,
    a_documento,
    an_avviso,
    rate,
    violazione,
    whole,
)
from tests.rules.test_avvisi_pdf.reading import codes, text


def expected_qr(avviso):
    return qr_text(numero_avviso=avviso.numero_avviso, id_dominio=avviso.id_dominio, importo=avviso.importo)


def expected_datamatrix(avviso):
    return datamatrix_text(
        numero_avviso=avviso.numero_avviso,
        id_dominio=avviso.id_dominio,
        conto_postale=avviso.ente.conto_postale,
        importo=avviso.importo,
        codice_fiscale=avviso.destinatario.codice_fiscale,
        nome=avviso.destinatario.nome,
        causale=avviso.oggetto,
    )


def near(value, expected, tolerance=1.0):
    return abs(value - expected) <= tolerance


class TestCodesOfASingleNotice:
    def test_qr_is_where_the_guide_puts_it_and_says_what_is_owed(self):
        avviso = an_avviso()

        [[qr]] = codes(render_avviso(avviso))

        assert qr.text == expected_qr(avviso)
        assert near(qr.x, 10.0)
        assert near(qr.y, 154.8)
        assert near(qr.side, 24.9)

    def test_datamatrix_is_where_poste_reads_it_and_agrees_with_the_qr(self):
        avviso = an_avviso(ente=POSTALE)

        [page] = codes(render_avviso(avviso))

        found = {code.text: code for code in page}
        assert found.keys() == {expected_qr(avviso), expected_datamatrix(avviso)}
        datamatrix = found[expected_datamatrix(avviso)]
        assert near(datamatrix.x, 177.0)
        assert near(datamatrix.y, 231.8)
        assert near(datamatrix.side, 23.0)

    def test_longest_notice_is_still_read(self):
        avviso = an_avviso(**LONGEST, lingua_secondaria="fr")

        [page] = codes(render_avviso(avviso))

        assert {code.text for code in page} == {expected_qr(avviso), expected_datamatrix(avviso)}

    def test_printed_notice_code_is_the_encoded_one(self):
        avviso = an_avviso()

        printed = text(render_avviso(avviso))

        assert nav_a_gruppi(avviso.numero_avviso) in printed

    def test_amount_too_large_for_a_bollettino_prints_without_it(self):
        avviso = an_avviso(ente=POSTALE, importo=Importo(99_999_999_999))

        [[qr]] = codes(render_avviso(avviso))

        assert qr.text == expected_qr(avviso)

    def test_notice_whose_code_is_not_valid_is_refused(self):
        with pytest.raises(CodiceNonStampabile):
            render_avviso(an_avviso(id_dominio="ABC"))


class TestCodesOfADocumento:
    def test_every_rata_has_its_own_qr(self):
        parti = (whole(), *rate(3))

        [page] = codes(render_documento(a_documento(*parti)))

        assert sorted(code.text for code in page) == sorted(expected_qr(parte.avviso) for parte in parti)
        small = [code for code in page if code.y > 200]
        assert all(near(code.side, 20.0) for code in small)
        assert [round(x) for x in sorted(code.x for code in small)] == [45, 113, 180]

    def test_two_postal_rate_a_page_have_qr_and_datamatrix_each(self):
        parti = rate(2, ente=POSTALE)

        pages = codes(render_documento(a_documento(whole(ente=POSTALE), *parti)))

        assert {code.text for code in pages[1]} == {
            encode(parte.avviso) for parte in parti for encode in (expected_qr, expected_datamatrix)
        }
        assert sorted(round(code.y) for code in pages[1] if len(code.text) == 256) == [161, 232]

    def test_both_amounts_of_a_violation_have_their_qr(self):
        [page] = codes(render_documento(a_documento(*violazione())))

        assert sorted(code.text.rpartition("|")[2] for code in page) == ["12110", "17300"]
        assert sorted(round(code.y) for code in page) == [187, 244]
        assert all(ID_DOMINIO in code.text for code in page)
