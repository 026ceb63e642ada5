"""Texts that nobody could read, and words for what a code must look like, wherever a body has them."""

import json
from typing import Annotated, Any

import pytest

from chalicelib.anagrafica.schemas.catalogo import TipoEntrataBody
from chalicelib.anagrafica.schemas.domini import ContoBody, DominioBody
from chalicelib.anagrafica.schemas.ids import ruolo
from chalicelib.anagrafica.schemas.pagopa import IntermediarioBody
from chalicelib.anagrafica.schemas.utenze import ApplicazioneBody
from chalicelib.kernel.refusals import Sintassi
from chalicelib.pendenze.schemas.requests import PendenzaBody
from chalicelib.rest import json_text
from chalicelib.rest.schema import Body, formato, parse_body
from chalicelib.riconciliazione.schemas.requests import IncassoBody
from tests.builders import a_pendenza_json

UNREADABLE = [" ", "   ", "\u00a0", "\u200b", "\t\n", "\x00", "IMU\x00", "IMU\x1b[31m", "IMU\x7f", "\ufffe"]


def as_read(body: dict[str, Any]) -> Any:
    return json_text.read(json.dumps(body).encode())


def refused(shape: type[Any], body: Any) -> dict[str, str]:
    with pytest.raises(Sintassi) as refusal:
        parse_body(shape, as_read(body))
    return {error.campo: error.motivo for error in refusal.value.errors}


class TestATextNobodyCanRead:
    @pytest.mark.parametrize("text", UNREADABLE, ids=ascii)
    def test_is_refused_by_the_name_of_its_field(self, text):
        body = a_pendenza_json(causale=text)
        body["soggettoPagatore"]["anagrafica"] = text
        body["voci"][0]["descrizione"] = text

        assert {"causale", "soggettoPagatore.anagrafica", "voci[0].descrizione"} <= refused(PendenzaBody, body).keys()
        assert "ragioneSociale" in refused(DominioBody, {"ragioneSociale": text})
        assert "descrizione" in refused(TipoEntrataBody, {"descrizione": text})
        assert "denominazione" in refused(IntermediarioBody, {"denominazione": text})

    @pytest.mark.parametrize("campo", ["causale", "iuv", "idFlusso", "sct"])
    def test_is_not_what_a_bank_wrote(self, campo):
        assert campo in refused(IncassoBody, {"importo": 10.5, campo: "/RFS/01\x00"})

    def test_is_told_apart_from_an_absent_one(self):
        assert "causale" not in refused(PendenzaBody, a_pendenza_json(causale="IMU", importo=-1))
        assert "soli spazi" in refused(PendenzaBody, a_pendenza_json(causale=" "))["causale"]
        assert "caratteri di controllo" in refused(PendenzaBody, a_pendenza_json(causale="a\x00"))["causale"]

    @pytest.mark.parametrize("text", ["IMU\tprima rata", "IMU\r\nprima rata", "L\x92imposta", "città ò €", "😀"])
    def test_is_not_one_with_tabs_lines_or_letters_of_others(self, text):
        assert parse_body(PendenzaBody, as_read(a_pendenza_json(causale=text))).causale == text


class TestAPrincipal:
    @pytest.mark.parametrize("principal", ["a\x00b", "a\tb", "a\x7f", "\x00", "CN=a\x00", "CN=a\tb"], ids=ascii)
    def test_has_no_control_characters(self, principal):
        assert "principal" in refused(ApplicazioneBody, {"principal": principal})
        assert "principalPagoPa" in refused(IntermediarioBody, {"principalPagoPa": principal})

    @pytest.mark.parametrize("name", ["a\x00b", "a\tb", "\x7f"], ids=ascii)
    def test_nor_has_the_name_of_a_ruolo(self, name):
        assert ruolo(name)


class TestACode:
    def test_is_told_in_words_what_it_must_look_like(self):
        wrong = refused(
            DominioBody,
            {
                "ragioneSociale": "Comune",
                "stazione": "x",
                "auxDigit": "7",
                "segregationCode": "50",
                "gln": "1",
                "cbill": "x",
                "iuvPrefix": "x",
            },
        )

        assert wrong["segregationCode"] == "deve essere di due cifre, da 00 a 49"
        assert wrong["stazione"].startswith("deve avere la forma <11 cifre>_<2 cifre>")
        assert all("^" not in motivo and "[" not in motivo for motivo in wrong.values()), wrong
        assert wrong.keys() >= {"auxDigit", "gln", "cbill", "iuvPrefix"}

    def test_of_a_pendenza_is_told_in_words_too(self):
        body = a_pendenza_json(idDominio="1", numeroAvviso="2", idTipoPendenza="a b", idUnitaOperativa="a b")
        body["soggettoPagatore"] |= {"email": "x", "nazione": "Italia", "cellulare": "1"}

        wrong = refused(PendenzaBody, body)

        assert wrong["idDominio"] == "deve essere il codice fiscale dell'ente, di 11 cifre"
        assert wrong["numeroAvviso"] == "deve essere di 18 cifre"
        assert all("^" not in motivo for motivo in wrong.values()), wrong

    def test_of_others_is_told_in_words_too(self):
        assert "^" not in refused(ApplicazioneBody, {"principal": " "})["principal"]
        assert "BIC" in refused(ContoBody, {"bic": "x"})["bic"]

    def test_whose_words_are_not_known_shows_its_pattern(self):
        from pydantic import StringConstraints

        class Nuovo(Body):
            codice: Annotated[str, StringConstraints(pattern="^Z$")]
            altro: Annotated[str, formato("^Y$", "deve essere Y")]

        assert refused(Nuovo, {"codice": "a", "altro": "a"}) == {
            "codice": "non rispetta il formato ^Z$",
            "altro": "deve essere Y",
        }
