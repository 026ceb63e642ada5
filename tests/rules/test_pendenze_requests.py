"""The bodies of pendenze: what is read, and all that is wrong at once."""

from datetime import date
from decimal import Decimal

import pytest

from chalicelib.anagrafica.model import TipoContabilita
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import Sintassi
from chalicelib.pendenze.model import TipoVincolo
from chalicelib.pendenze.schemas import nuova_from_json, nuova_from_verificata
from chalicelib.pendenze.schemas.requests import check_ids, patch_from_json, put_from_json
from chalicelib.rest.json_text import read, write
from tests.builders import a_pendenza_json, a_voce_json
from tests.builders_anagrafica import IBAN_BANCA, IBAN_POSTA


def as_read(body):
    """Give a body as the edge reads it: with exact numbers."""
    return read(write_floats(body).encode())


def write_floats(body):
    import json

    return json.dumps(body)


def nuova(**other):
    return nuova_from_json(as_read(a_pendenza_json(**other)))


def campi_of(**other):
    with pytest.raises(Sintassi) as refusal:
        nuova(**other)
    return [error.campo for error in refusal.value.errors]


def di_iban(**other):
    voce = {
        **a_voce_json(ibanAccredito=IBAN_BANCA, tipoContabilita="ENTRATA", codiceContabilita="3321"),
        **other,
    }
    del voce["codEntrata"]
    return voce


def di_bollo(**other):
    voce = {**a_voce_json(tipoBollo="01", hashDocumento="abc=", provinciaResidenza="RM"), **other}
    del voce["codEntrata"]
    return voce


class TestImporto:
    @pytest.mark.parametrize(
        ("value", "cents"),
        [
            (100, 10000),
            (0, 0),
            (0.1, 10),
            (1.13, 113),
            (4.35, 435),
            (Decimal("10.10"), 1010),
            (Decimal("10.100"), 1010),
            (Decimal("999999999.99"), 99999999999),
        ],
    )
    def test_is_exact_to_the_cent(self, value, cents):
        body = a_pendenza_json(importo=value, voci=[a_voce_json(importo=value)])

        assert nuova_from_json(read(write(_exact(body)).encode())).importo == Importo(cents)

    @pytest.mark.parametrize(
        "value",
        [1.005, -0.01, -1, 1000000000, 999999999.999, "uno", "", "1,50", " 1", "1e3", True, None, [], {}, 1e30],
    )
    def test_that_is_none_is_refused(self, value):
        assert campi_of(importo=value) == ["importo"]
        assert campi_of(voci=[a_voce_json(importo=value)]) == ["voci[0].importo"]


def _exact(value):
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value


class TestVoce:
    def test_of_an_iban_reads_entrata_as_capitolo(self):
        voce = nuova(voci=[di_iban(ibanAppoggio=IBAN_POSTA)]).voci[0]

        assert voce.tipo_contabilita is TipoContabilita.CAPITOLO
        assert voce.iban_appoggio == IBAN_POSTA
        assert voce.dati_specifici_riscossione == "0/3321"

    @pytest.mark.parametrize("tipo", ["01", "Imposta di bollo"])
    def test_of_a_bollo_is_read_by_both_its_names(self, tipo):
        bollo = nuova(voci=[di_bollo(tipoBollo=tipo)]).voci[0].bollo

        assert bollo is not None
        assert (bollo.tipo, bollo.provincia_residenza) == ("01", "RM")

    @pytest.mark.parametrize(
        "voce",
        [
            {"idVocePendenza": "1", "importo": 100.5, "descrizione": "x"},
            {**di_iban(), "codEntrata": "TARI"},
            {**di_bollo(), "codEntrata": "TARI"},
            {**di_iban(), "tipoContabilita": None},
            {**di_iban(), "codiceContabilita": None},
            {**di_bollo(), "hashDocumento": None},
            {**di_bollo(), "provinciaResidenza": None},
            a_voce_json(codiceContabilita="123"),
            a_voce_json(hashDocumento="abc="),
            a_voce_json(ibanAppoggio=IBAN_POSTA),
        ],
    )
    def test_is_of_one_kind_and_whole(self, voce):
        assert campi_of(voci=[voce]) == ["voci[0]"]

    @pytest.mark.parametrize(
        ("campo", "value"),
        [
            ("idVocePendenza", "a b"),
            ("idVocePendenza", "x" * 36),
            ("idVocePendenza", 1),
            ("descrizione", ""),
            ("descrizione", "x" * 256),
            ("codEntrata", "TA RI"),
            ("idDominio", "123"),
            ("descrizioneCausaleRPT", "x" * 141),
            ("metadata", {"mapEntries": []}),
            ("contabilita", []),
        ],
    )
    def test_names_the_field_that_is_wrong(self, campo, value):
        assert campi_of(voci=[a_voce_json(**{campo: value})])[0].startswith(f"voci[0].{campo}")

    @pytest.mark.parametrize(
        ("campo", "value"),
        [
            ("ibanAccredito", "IT60"),
            ("tipoContabilita", "9"),
            ("codiceContabilita", "12"),
            ("codiceContabilita", "1 2 3"),
        ],
    )
    def test_of_an_iban_names_the_field_that_is_wrong(self, campo, value):
        assert campi_of(voci=[di_iban(**{campo: value})]) in ([f"voci[0].{campo}"], ["voci[0]"])

    @pytest.mark.parametrize("voci", [[], [a_voce_json()] * 6, None, {}, "voce"])
    def test_there_are_one_to_five(self, voci):
        assert campi_of(voci=voci) == ["voci"]


class TestPendenza:
    def test_is_read_with_what_later_releases_added(self):
        read_body = nuova(
            idTipoPendenza="TARI.2026",
            direzione="Tributi",
            divisione="Rifiuti",
            documento={"identificativo": "D-1", "descrizione": "TARI 2026", "rata": 2},
            proprieta={
                "linguaSecondaria": "de",
                "dataScandenzaAvviso": "2026-12-01",
                "descrizioneImporto": [{"voce": "Quota", "importo": 1.10}],
            },
            voci=[
                a_voce_json(
                    metadata={"mapEntries": [{"key": "k", "value": "v"}]},
                    contabilita={"quote": [{"capitolo": "C", "annoEsercizio": 2026, "importo": 100.50}]},
                )
            ],
        )

        assert read_body.documento is not None
        assert read_body.documento.rata == 2
        assert read_body.proprieta is not None
        assert read_body.proprieta.data_scadenza_avviso == date(2026, 12, 1)
        assert read_body.proprieta.descrizione_importo == (("Quota", Importo(110)),)
        assert read_body.voci[0].metadata == (("k", "v"),)
        assert read_body.voci[0].contabilita is not None
        assert read_body.voci[0].contabilita.quote[0].importo == Importo(10050)
        assert (read_body.direzione, read_body.id_tipo_pendenza) == ("Tributi", "TARI.2026")

    @pytest.mark.parametrize("tipo", ["RIDOTTO", "SCONTATO"])
    def test_the_terms_of_a_fine_have_no_days(self, tipo):
        documento = nuova(documento={"identificativo": "D", "descrizione": "x", "soglia": {"tipo": tipo}}).documento

        assert documento is not None
        assert documento.vincolo is not None
        assert documento.vincolo.tipo is TipoVincolo(tipo)

    def test_its_own_json_comes_back_digit_by_digit(self):
        assert nuova(datiAllegati={"tasso": 0.10, "note": ["è"]}).dati_allegati == '{"tasso":0.1,"note":["è"]}'

    def test_what_is_null_is_absent_and_what_is_unknown_is_ignored(self):
        assert nuova(nome=None, dataValidita=None, sconosciuto=1).nome is None

    def test_a_date_may_bear_a_time(self):
        assert nuova(dataScadenza="2026-12-31T00:00:00Z").data_scadenza == date(2026, 12, 31)

    @pytest.mark.parametrize(
        ("campo", "value"),
        [
            ("idDominio", "8001200082"),
            ("idUnitaOperativa", "a b"),
            ("idTipoPendenza", "x" * 36),
            ("nome", "x" * 36),
            ("causale", ""),
            ("causale", "x" * 141),
            ("causale", 12),
            ("numeroAvviso", "30100000000001237"),
            ("numeroAvviso", 301000000000012373),
            ("dataScadenza", "31/12/2026"),
            ("dataScadenza", "2026-02-30"),
            ("dataScadenza", 20261231),
            ("annoRiferimento", 26),
            ("annoRiferimento", "2026"),
            ("cartellaPagamento", "x" * 36),
            ("tassonomia", "x" * 36),
            ("tassonomiaAvviso", "Tasse"),
            ("direzione", "x" * 36),
            ("divisione", ""),
            ("soggettoPagatore", []),
            ("datiAllegati", {"x": "y" * 40000}),
            ("documento", {"identificativo": "D", "descrizione": "x", "rata": 1, "soglia": {"tipo": "RIDOTTO"}}),
        ],
    )
    def test_names_the_field_that_is_wrong(self, campo, value):
        assert campi_of(**{campo: value}) == [campo]

    @pytest.mark.parametrize(
        ("campo", "value"),
        [
            ("tipo", "X"),
            ("identificativo", ""),
            ("identificativo", "x" * 36),
            ("anagrafica", None),
            ("anagrafica", "x" * 71),
            ("civico", "x" * 17),
            ("nazione", "Italia"),
            ("email", "rossi"),
            ("cellulare", "3331234567"),
        ],
    )
    def test_names_the_field_of_the_debtor_that_is_wrong(self, campo, value):
        soggetto = {**a_pendenza_json()["soggettoPagatore"], campo: value}

        assert campi_of(soggettoPagatore=soggetto) == [f"soggettoPagatore.{campo}"]

    def test_all_that_is_wrong_is_told_at_once(self):
        campi = campi_of(
            idDominio="1",
            importo=-1,
            causale=None,
            voci=[a_voce_json(importo="x"), a_voce_json(idVocePendenza="è"), a_voce_json(descrizione=None)],
        )

        assert campi == [
            "idDominio",
            "causale",
            "importo",
            "voci[0].importo",
            "voci[1].idVocePendenza",
            "voci[2].descrizione",
        ]

    @pytest.mark.parametrize("body", [None, [], "x", 1])
    def test_that_is_no_object_is_refused(self, body):
        with pytest.raises(Sintassi, match="deve essere un oggetto"):
            nuova_from_json(body)

    def test_the_ids_of_the_path_are_judged_with_the_body(self):
        with pytest.raises(Sintassi) as refusal:
            put_from_json(a_pendenza_json(causale=""), id_a2a="A B", id_pendenza="x" * 36)

        assert {error.campo for error in refusal.value.errors} >= {"idA2A", "idPendenza", "causale"}

    def test_the_ids_alone_are_judged_too(self):
        with pytest.raises(Sintassi, match="idPendenza"):
            check_ids("A2A", "")


class TestVerificata:
    def test_is_read_with_what_the_ente_adds(self):
        body = as_read(
            a_pendenza_json(idA2A="A", idPendenza="P", stato="NON_ESEGUITA", datiAllegati="testo", voci=[di_iban()])
        )

        letta = nuova_from_verificata(body)

        assert letta.dati_allegati == '"testo"'
        assert letta.voci[0].tipo_contabilita is TipoContabilita.CAPITOLO

    def test_that_is_wrong_names_the_field(self):
        with pytest.raises(Sintassi, match=r"soggettoPagatore\.tipo"):
            nuova_from_verificata(as_read(a_pendenza_json(soggettoPagatore={"tipo": "Z", "identificativo": "x"})))


class TestPatch:
    def test_takes_both_cases(self):
        ops = patch_from_json([{"op": "replace", "path": "/ack", "value": True}, {"op": "ADD", "path": "/nota"}])

        assert [op.op for op in ops] == ["REPLACE", "ADD"]

    @pytest.mark.parametrize(
        ("body", "campo"),
        [
            ({}, "corpo"),
            ([], "corpo"),
            ([{"op": "ADD"}], "[0].path"),
            ([{"path": "/ack"}], "[0].op"),
            ([1], "[0]"),
            ([{"op": 1, "path": "/ack"}], "[0].op"),
            ([{"op": "ADD", "path": "/ack"}] * 21, "corpo"),
        ],
    )
    def test_that_cannot_be_read_names_the_place(self, body, campo):
        with pytest.raises(Sintassi) as refusal:
            patch_from_json(body)

        assert [error.campo for error in refusal.value.errors] == [campo]
