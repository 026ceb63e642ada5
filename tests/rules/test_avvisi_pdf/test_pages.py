"""What stands on the pages of each kind of notice."""

from dataclasses import replace

import pytest

from chalicelib.avvisi.model import Documento, Parte
from chalicelib.avvisi.pdf import render_avviso, render_documento
from tests.rules.test_avvisi_pdf.notices import (
    ENTE,
    POSTALE,
    a_documento,
    a_logo,
    an_avviso,
    rate,
    soglie,
    violazione,
    whole,
)
from tests.rules.test_avvisi_pdf.reading import fonts, page_count, text, words

AVVERTENZA = "l’importo potrebbe essere aggiornato automaticamente"


class TestSingleNotice:
    def test_says_by_when(self):
        printed = text(render_avviso(an_avviso()))

        assert "QUANTO E QUANDO PAGARE?" in printed
        assert "Rata unica entro il 31/12/2026" in printed

    def test_without_date_asks_only_how_much(self):
        printed = text(render_avviso(an_avviso(entro_il=None)))

        assert "QUANTO PAGARE?" in printed
        assert "QUANDO" not in printed
        assert "entro il" not in printed

    def test_prints_accents_and_typographic_marks(self):
        printed = text(render_avviso(an_avviso(oggetto="Più € – «così» perché è già Çà")))

        assert "Niccolò D’Àvila" in printed
        assert "Più € – «così» perché è già Çà" in printed

    def test_prints_an_accent_that_came_apart_from_its_letter(self):
        assert "Nicolò" in text(render_avviso(an_avviso(oggetto="Nicolo\u0300")))

    def test_prints_amounts_as_italians_read_them(self):
        assert "123,45 Euro" in text(render_avviso(an_avviso()))

    @pytest.mark.parametrize("control", ["\x00", "\x07", "\x1b", "\u202e", "\u200b", "\r\n"])
    def test_drops_control_characters(self, control):
        printed = text(render_avviso(an_avviso(oggetto=f"TARI{control} 2026")))

        assert "TARI 2026" in printed

    def test_marks_letters_that_no_font_of_ours_has(self):
        assert "?? ab" in text(render_avviso(an_avviso(oggetto="東京 ab")))

    def test_hides_the_warning_when_the_ente_says_so(self):
        assert AVVERTENZA in text(render_avviso(an_avviso()))
        assert AVVERTENZA not in text(render_avviso(an_avviso(informativa_importo="")))

    def test_prints_the_warning_of_the_ente(self):
        assert "Solo oggi." in text(render_avviso(an_avviso(informativa_importo="Solo oggi.")))

    def test_leaves_the_cbill_out_when_there_is_none(self):
        assert "CBILL" not in text(render_avviso(an_avviso(ente=replace(ENTE, cbill=""))))


class TestBollettino:
    def test_prints_account_and_authorisation(self):
        printed = text(render_avviso(an_avviso(ente=POSTALE)))

        assert "sul C/C n. 000000123456" in printed
        assert "AUT. DB/SSSIC/E 1234 DEL 01/02/2020" in printed
        assert "Intestato a Comune di Castel San Nicolò" in printed

    @pytest.mark.parametrize(
        "ente",
        [replace(POSTALE, conto_postale=None), replace(POSTALE, autorizzazione_poste=None)],
        ids=["no conto", "no aut"],
    )
    def test_needs_both_account_and_authorisation(self, ente):
        printed = text(render_avviso(an_avviso(ente=ente)))

        assert "BOLLETTINO" not in printed
        assert "AUT." not in printed


class TestLogo:
    @pytest.mark.parametrize(("form", "mode"), [("PNG", "RGBA"), ("PNG", "L"), ("JPEG", "RGB"), ("GIF", "P")])
    def test_is_drawn(self, form, mode):
        plain = render_avviso(an_avviso())
        with_logo = render_avviso(an_avviso(ente=replace(ENTE, logo=a_logo(form, mode))))

        assert b"/Image" in with_logo
        assert b"/Subtype /Image" not in plain

    @pytest.mark.parametrize(
        "broken",
        [b"", b"no image", a_logo()[:60], a_logo()[:-40], b"\x89PNG\r\n\x1a\n", b"<svg/>", a_logo("JPEG", "RGB")[:300]],
        ids=["empty", "text", "cut", "cut at the end", "head only", "svg", "half a jpeg"],
    )
    def test_that_is_broken_does_not_break_the_notice(self, broken):
        pdf = render_avviso(an_avviso(ente=replace(ENTE, logo=broken)))

        assert page_count(pdf) == 1


class TestPageCount:
    @pytest.mark.parametrize(
        ("parti", "pages"),
        [
            ((whole(), *rate(2)), 1),
            ((whole(), *rate(3)), 1),
            ((whole(), *rate(4)), 2),
            ((whole(), *rate(7)), 3),
            (rate(1), 1),
            (rate(3), 1),
            (rate(6), 2),
            ((whole(ente=POSTALE), *rate(4, ente=POSTALE)), 3),
            ((whole(ente=POSTALE), *rate(3, ente=POSTALE)), 3),
            (rate(3, ente=POSTALE), 2),
            (rate(1, ente=POSTALE), 1),
            ((whole(lingua_secondaria="de"), *rate(3, lingua_secondaria="de")), 2),
            (soglie(), 1),
            (soglie(ente=POSTALE), 2),
            ((whole(), *soglie()), 2),
            (violazione(), 1),
            (violazione(ente=POSTALE), 2),
            (violazione(lingua_secondaria="de"), 2),
            (violazione(ente=POSTALE, lingua_secondaria="de"), 3),
            (violazione()[:1], 1),
            ((whole(), *rate(2), *soglie()), 2),
            ((whole(),), 1),
        ],
    )
    def test_is_as_the_variant_asks(self, parti, pages):
        assert page_count(render_documento(a_documento(*parti))) == pages

    def test_documento_without_avvisi_is_refused(self):
        with pytest.raises(ValueError, match="senza avvisi"):
            render_documento(Documento(parti=()))


class TestRate:
    def test_come_in_order_whatever_the_order_they_were_given_in(self):
        printed = text(render_documento(a_documento(*reversed(rate(3)))))

        assert printed.index("RATA 1") < printed.index("RATA 2") < printed.index("RATA 3")

    def test_with_the_whole_amount_say_that_one_may_choose(self):
        printed = text(render_documento(a_documento(whole(), *rate(3))))

        assert "Puoi pagare per intero o in 3 rate" in printed
        assert "28/03/2027" in printed

    def test_alone_show_their_total(self):
        printed = text(render_documento(a_documento(*rate(3))))

        assert "Puoi pagare in 3 rate" in printed
        assert "123,51 Euro" in printed


class TestSoglie:
    def test_show_the_earlier_first(self):
        printed = text(render_documento(a_documento(*soglie())))

        assert printed.index("ENTRO 30 GIORNI") < printed.index("OLTRE 30 GIORNI")
        assert printed.index("100,00 Euro") < printed.index("200,00 Euro")


class TestViolazione:
    def test_explains_terms_and_amounts(self):
        printed = text(render_documento(a_documento(*violazione())))

        assert "IMPORTO SCONTATO DEL 30%" in printed
        assert "se paghi entro 5 giorni dalla notifica del verbale" in printed
        assert "dal 6º al 60º giorno" in printed
        assert "Come si calcolano le scadenze?" in printed
        assert "contare dall’undicesimo giorno." in printed


class TestSecondLanguage:
    @pytest.mark.parametrize(
        ("lingua", "phrases"),
        [
            ("en", ("PAYMENT NOTICE", "by", "Scan the QR Code", "PAY LOCALLY")),
            ("de", ("ZAHLUNGSMITTEILUNG", "Empfänger", "Den QR-Code mit der Zahlungs-App scannen")),
            ("fr", ("AVIS DE PAIEMENT", "l’organisme", "OÙ PAYER?", "bureaux de tabac")),
            ("sl", ("OBVESTILO O PLAČILU", "Skenirajte QR-kodo", "upravičenec")),
        ],
    )
    def test_stands_on_the_same_page_in_grey(self, lingua, phrases):
        pdf = render_avviso(an_avviso(lingua_secondaria=lingua, causale_secondaria="Zweite Sprache"))

        [page] = words(pdf)
        grey = " ".join(word.text for word in page if word.colour == (0.49, 0.49, 0.48))
        assert "Zweite Sprache" in grey
        assert [phrase for phrase in phrases if phrase not in grey] == []

    def test_comes_with_its_own_warning(self):
        avviso = an_avviso(
            lingua_secondaria="de", informativa_importo="Solo oggi.", informativa_secondaria="Nur heute."
        )

        assert "Solo oggi. Nur heute." in text(render_avviso(avviso))


class TestFile:
    def test_embeds_every_font(self):
        pdf = render_documento(a_documento(whole(ente=POSTALE, lingua_secondaria="sl"), *rate(2, ente=POSTALE)))

        assert all(embedded for _, embedded in fonts(pdf))
        assert {name.rpartition("+")[2].strip("'") for name, _ in fonts(pdf)} == {
            "TitilliumWeb-Regular",
            "TitilliumWeb-Bold",
            "RobotoMono-Regular",
            "RobotoMono-Bold",
        }
        assert b"Helvetica" not in pdf

    def test_is_the_same_to_the_byte_when_printed_again(self):
        documento = a_documento(whole(ente=replace(POSTALE, logo=a_logo())), *rate(3, ente=POSTALE))

        assert render_documento(documento) == render_documento(documento)

    def test_prints_a_second_whole_amount_rather_than_lose_it(self):
        second = Parte(avviso=an_avviso(77))

        assert "3010 0000 0000 0077" in text(render_documento(a_documento(whole(), second, *rate(2))))
