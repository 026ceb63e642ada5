"""The ricevuta on paper, and the quietanza of a payment known from its flow only."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pdfplumber
import pytest
from pdfminer.pdftypes import resolve1

from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti.ricevuta_pdf import (
    BolloStampa,
    RicevutaStampa,
    SoggettoStampa,
    VoceStampa,
    render_ricevuta,
)

MARGIN = 40.0


def a_ricevuta(**changes):
    values: dict[str, Any] = {
        "ente_nome": "Comune di Castel San Nicolò",
        "ente_codice_fiscale": "99999000013",
        "ente_indirizzo": ("Piazza Roma 1", "52018 Castel San Nicolò (AR)"),
        "oggetto": "TARI 2026 - utenza 00012345",
        "importo": Importo(12345),
        "esito": "Eseguito",
        "psp_nome": "Banca di Prova S.p.A.",
        "psp_codice": "ABI50004",
        "iuv": "01000000000012373",
        "identificativo": "c110729d258c4ab1b765fe902aae41d6",
        "data_operazione": datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
        "data_applicativa": date(2026, 7, 2),
        "voci": (VoceStampa(causale="Quota comunale", importo=Importo(12345)),),
    }
    return RicevutaStampa(**(values | changes))


def pages(pdf):
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        return [" ".join((page.extract_text() or "").split()) for page in document.pages]


def text(**changes):
    return " ".join(pages(render_ricevuta(a_ricevuta(**changes))))


class TestRicevuta:
    def test_says_who_was_paid_how_much_and_by_which_psp(self):
        printed = text()

        assert "Ricevuta di pagamento" in printed
        assert "Comune di Castel San Nicolò Codice fiscale: 99999000013 Piazza Roma 1" in printed
        assert "Importo operazione 123,45 Euro" in printed
        assert "Esito Eseguito" in printed
        assert "Banca di Prova S.p.A., ABI50004" in printed
        assert "Identificativo versamento (IUV) 01000000000012373" in printed
        assert "c110729d258c4ab1b765fe902aae41d6" in printed
        assert "Totale 123,45 Euro" in printed

    def test_gives_the_italian_time_of_the_operation(self):
        assert "Data operazione 02/07/2026 00:30" in text()

    def test_gives_the_date_alone_when_no_time_was_told(self):
        printed = text(data_operazione=datetime(2026, 7, 1, 22, 0, tzinfo=UTC))

        assert "Data operazione 02/07/2026 Data applicativa 02/07/2026" in printed

    def test_says_so_when_a_date_is_missing(self):
        assert "Data operazione -- Data applicativa --" in text(data_operazione=None, data_applicativa=None)

    def test_names_the_payer_when_it_is_not_the_debtor(self):
        debitore = SoggettoStampa(nome="Niccolò D’Àvila", codice_fiscale="RSSMRA80A01H501U")

        printed = text(debitore=debitore, versante=SoggettoStampa(nome="Anna Rossi"))

        assert "Debitore Niccolò D’Àvila, RSSMRA80A01H501U Versante Anna Rossi" in printed
        assert "Versante" not in text(debitore=debitore, versante=debitore)
        assert "CHI PAGA" not in text()

    def test_tells_what_is_known_besides(self):
        printed = text(
            numero_avviso="301000000000012373",
            canale="App mobile",
            commissioni=Importo(150),
            sha256="ab" * 32,
            nota="Pratica n. 7.",
            bollo=BolloStampa(iubd="01234567890123", digest="5L/1cHyvdMlNJcVmZk7nWBgfYY5yVN8LbXNPIBT6pQM="),
        )

        assert "Numero avviso 3010 0000 0000 0123 73" in printed
        assert "Canale App mobile" in printed
        assert "Commissioni applicate dal PSP 1,50 Euro" in printed
        assert "SHA-256 del documento originale: " + "ab" * 32 in printed
        assert "Pratica n. 7." in printed
        assert "IUBD 01234567890123" in printed
        assert "fa fede la ricevuta telematica" in printed

    def test_has_a_column_of_id_riscossione_only_for_an_rt(self):
        voce = VoceStampa(causale="Quota", importo=Importo(12345), id_riscossione="IUR0001")

        assert "ID riscossione" in text(voci=(voce,))
        assert "IUR0001" in text(voci=(voce,))
        assert "ID riscossione" not in text()

    def test_names_the_other_beneficiaries(self):
        voci = (
            VoceStampa(causale="Quota comunale", importo=Importo(10000), beneficiario="99999000013"),
            VoceStampa(causale="TEFA", importo=Importo(2345), beneficiario="77777777777"),
        )

        printed = text(voci=voci)

        assert "a favore di 77777777777" in printed
        assert "a favore di 99999000013" not in printed

    def test_with_many_voci_goes_on_with_the_heads_of_the_columns(self):
        voci = tuple(VoceStampa(causale=f"Voce {n}", importo=Importo(100)) for n in range(80))

        printed = pages(render_ricevuta(a_ricevuta(voci=voci)))

        assert len(printed) > 1
        assert all("Causale importi" in page for page in printed)
        assert "Totale 80,00 Euro" in printed[-1]


class TestQuietanza:
    def test_says_that_it_comes_from_a_flow(self):
        printed = text(id_flusso="2026-11-24ABI50004-0001", identificativo="")

        assert "Quietanza di pagamento" in printed
        assert "dal flusso di rendicontazione 2026-11-24ABI50004-0001" in printed
        assert "non è stata acquisita una ricevuta telematica" in printed
        assert "fa fede" not in printed


class TestFile:
    @pytest.mark.parametrize("logo", [None, b"broken"])
    def test_is_the_same_to_the_byte_when_printed_again(self, logo):
        assert render_ricevuta(a_ricevuta(logo=logo)) == render_ricevuta(a_ricevuta(logo=logo))

    def test_embeds_every_font(self):
        with pdfplumber.open(io.BytesIO(render_ricevuta(a_ricevuta()))) as document:
            found = [resolve1(font) for font in resolve1(document.pages[0].page_obj.resources["Font"]).values()]

        assert found
        assert all("FontFile2" in resolve1(font["FontDescriptor"]) for font in found)

    def test_keeps_the_longest_texts_inside_the_margins(self):
        long = "Contributo straordinario – " * 30
        ricevuta = replace(
            a_ricevuta(numero_avviso="301000000000012373", nota=long, identificativo="X" * 70, oggetto=long),
            ente_nome=long,
            psp_nome=long,
            esito=long,
            voci=(VoceStampa(causale="W" * 400, importo=Importo(99_999_999_999), id_riscossione="X" * 35),),
        )

        with pdfplumber.open(io.BytesIO(render_ricevuta(ricevuta))) as document:
            chars = [char for page in document.pages for char in page.chars]

        assert min(char["x0"] for char in chars) >= MARGIN - 0.5
        assert max(char["x1"] for char in chars) <= document.pages[0].width - MARGIN + 0.5
        assert max(char["bottom"] for char in chars) <= document.pages[0].height - MARGIN + 3
