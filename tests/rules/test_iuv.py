import json

import pytest

from chalicelib.kernel.iuv import (
    NumeroAvvisoNonValido,
    build_numero_avviso,
    numero_avviso_of,
    parse_numero_avviso,
)


class TestBuild:
    @pytest.mark.parametrize(
        ("aux", "codice", "riferimento", "numero", "iuv"),
        [
            ("3", "01", "2026000000042", "301202600000004244", "01202600000004244"),
            ("0", "01", "2018000000017", "001201800000001774", "201800000001774"),
            ("3", "01", "0000000000123", "301000000000012373", "01000000000012373"),
        ],
    )
    def test_gives_the_worked_examples(self, aux, codice, riferimento, numero, iuv):
        avviso = build_numero_avviso(aux=aux, codice=codice, riferimento=riferimento)

        assert (avviso.numero, avviso.iuv) == (numero, iuv)

    @pytest.mark.parametrize("riferimento", ["1", "12345678901234", "123456789012x"])
    def test_refuses_a_reference_of_another_length(self, riferimento):
        with pytest.raises(NumeroAvvisoNonValido):
            build_numero_avviso(aux="3", codice="01", riferimento=riferimento)


class TestParse:
    def test_finds_the_application_code_with_aux_0(self):
        avviso = parse_numero_avviso("001201800000001774")

        assert (avviso.iuv, avviso.codice, avviso.has_right_check_digits) == ("201800000001774", "01", True)

    def test_finds_the_segregation_code_with_aux_3(self):
        avviso = parse_numero_avviso("301202600000004244")

        assert (avviso.iuv, avviso.codice) == ("01202600000004244", "01")

    def test_knows_a_published_number(self):
        assert parse_numero_avviso("348175498304559315").has_right_check_digits

    def test_tells_wrong_check_digits(self):
        assert not parse_numero_avviso("301202600000004245").has_right_check_digits

    def test_has_no_rule_for_aux_1(self):
        assert parse_numero_avviso("1" + "0" * 17).has_right_check_digits

    @pytest.mark.parametrize("numero", ["", "4" * 18, "3" * 17, "3" * 19, "30120260000000424a", "٣" * 18])
    def test_refuses_what_is_no_number(self, numero):
        with pytest.raises(NumeroAvvisoNonValido):
            parse_numero_avviso(numero)


class TestNumeroAvvisoOf:
    @pytest.mark.parametrize("numero", ["301202600000004244", "001201800000001774"])
    def test_is_the_way_back(self, numero):
        avviso = parse_numero_avviso(numero)

        assert numero_avviso_of(iuv=avviso.iuv, aux=avviso.aux, codice_applicazione=avviso.codice) == numero

    def test_gives_none_for_an_iso_iuv(self):
        assert numero_avviso_of(iuv="RF0701VF2018000000001", aux="3", codice_applicazione=None) is None


class TestOfficialExamples:
    def test_agree(self, shared):
        examples = json.loads((shared / "pagopa/examples/codici_avviso.json").read_text())

        numbers = {text for text in _strings(examples) if len(text) == 18 and text.isdigit() and text[0] in "03"}
        assert numbers
        for numero in numbers:
            assert parse_numero_avviso(numero).has_right_check_digits, numero


def _strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
