"""From a file to every row told: the sample files, what is refused, and what a crash or a repetition leaves."""

import copy
import csv
import io
import json
import zipfile
from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.anagrafica import queries
from chalicelib.anagrafica.model import Abilitazioni
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.giornale.configurazioni.schemas import read_patch
from chalicelib.kernel.importo import Importo
from chalicelib.kernel.refusals import NotAllowed, Semantica
from chalicelib.kernel.utenze import Ambito
from chalicelib.pendenze import iuv as numbers
from chalicelib.pendenze import operations as pendenze
from chalicelib.pendenze import repository as archivio_pendenze
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.pendenze.tables import PendenzaItem
from chalicelib.tracciati import archivio, repository
from chalicelib.tracciati.mappa import standard
from chalicelib.tracciati.model import Formato, Operazione, StatoOperazione
from chalicelib.tracciati.operations import consegna, ricezione
from chalicelib.tracciati.states import Fase, StatoTracciato
from chalicelib.tracciati.tables import TracciatoItem
from tests import builders_anagrafica as sample
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, _buckets, _queues, messages_of
from tests.builders_tracciati import (
    A2A,
    ENTE,
    IBAN,
    NOW,
    a_body,
    a_csv,
    a_json,
    a_row,
    answer_rows,
    drop,
    file_of,
    gpadmin,
    loaded,
    put_tipo,
    righe_of,
    run_queue,
    seed_ente,
    stored,
    tracciati,
    uploaded,
)

S = StatoTracciato


@pytest.fixture(autouse=True)
def ente(aws):
    seed_ente()


@pytest.fixture
def files(shared) -> Path:
    return shared / "formats" / "tracciati"


def pendenza(id_pendenza: str, id_a2a: str = A2A):
    found = archivio_pendenze.get(id_a2a, id_pendenza)
    assert found is not None, id_pendenza
    return found


def codici(tracciato) -> list[str]:
    return [json.loads(r.dati or "{}").get("codice", "") if not r.is_done else "" for r in righe_of(tracciato)]


class TestTheSampleInCsv:
    def test_loads_every_row_and_cancels_the_last(self, files):
        tracciato = loaded((files / "tracciato_valido.csv").read_bytes())

        assert (tracciato.stato, tracciato.descrizione) == (S.ESEGUITO, None), [
            r.descrizione for r in righe_of(tracciato)
        ]
        assert (tracciato.righe, tracciato.eseguite, tracciato.fallite) == (17, 17, 0)
        assert pendenza("P-0001").stato is StatoPendenza.ANNULLATO
        assert pendenza("P-0001").importo == Importo(6125)
        assert pendenza("P-ACAPO").causale == "Causale su\ndue righe"
        assert pendenza("P-0004").voci[0].bollo is not None
        assert pendenza("P-RATA-2").documento.rata == 2
        assert pendenza("P-RATA-U").documento.rata is None
        assert str(pendenza("P-CDS-E").documento.vincolo.tipo) == "ENTRO"
        assert pendenza("P-LINGUA").proprieta.lingua_secondaria_causale == "Ortstaxe"
        assert json.loads(pendenza("P-APICI").dati_allegati) == {"nota": "riga con, virgola"}

    def test_answers_row_by_row_in_its_order(self, files):
        tracciato = loaded((files / "tracciato_valido.csv").read_bytes())

        text = file_of(tracciato, archivio.CSV).decode()
        rows = answer_rows(tracciato)
        assert text.splitlines()[0] == (files / "esito_intestazione.csv").read_text().strip()
        asked = list(csv.DictReader(io.StringIO((files / "tracciato_valido.csv").read_text(encoding="utf-8"))))
        assert [row["idPendenza"] for row in rows] == [row["idPendenza"] for row in asked]
        assert rows[0]["numeroAvviso"] == pendenza("P-0001").numero_avviso
        assert rows[1]["pdfAvviso"] == f"{ENTE}_{rows[1]['numeroAvviso']}.pdf"
        assert rows[4]["pdfAvviso"] == f"{ENTE}_DOC_DOC-RATE.pdf"
        assert rows[0]["anagraficaPagatore"] == "Mario Rossi"

    @pytest.mark.parametrize("name", ["tracciato_bom.csv", "tracciato_punto_e_virgola.csv"])
    def test_is_read_with_a_mark_and_with_semicolons(self, files, name):
        assert loaded((files / name).read_bytes()).stato is S.ESEGUITO

    def test_is_read_with_its_columns_in_any_order(self):
        tracciato = loaded(a_csv(a_row(), colonne=tuple(reversed(standard.COLONNE))))

        assert tracciato.stato is S.ESEGUITO

    def test_is_read_in_the_66_columns_of_3_1(self):
        row = a_row(ibanAccreditoVoce1="", tipoContabilitaVoce1="", codiceContabilitaVoce1="", tipoVoce1="SEGRETERIA")
        tracciato = loaded(a_csv(row, colonne=standard.COLONNE_31))

        assert tracciato.stato is S.ESEGUITO
        assert pendenza("P-1").voci[0].cod_entrata == "SEGRETERIA"

    def test_is_read_under_the_heading_of_the_handbook(self):
        handbook = (Path(__file__).parents[2] / "docs/operatori.md").read_text(encoding="utf-8")
        heading = handbook.partition("```csv\n")[2].partition("\n")[0]

        assert heading == ",".join(standard.COLONNE)
        assert loaded(a_csv(a_row(), colonne=tuple(heading.split(",")))).stato is S.ESEGUITO

    def test_is_read_by_position_under_other_names(self):
        content = a_csv(a_row()).decode().partition("\n")[2]
        heading = ",".join(f"Colonna {n}" for n in range(87))

        assert loaded(f"{heading}\n{content}".encode()).stato is S.ESEGUITO


class TestTheSampleInJson:
    def test_tells_of_each_operation(self, files):
        loaded((files / "tracciato_valido.csv").read_bytes())
        tracciato = loaded((files / "tracciato_valido.json").read_bytes(), formato=Formato.JSON)

        expected = json.loads((files / "esito_esempio.json").read_text())
        body = json.loads(file_of(tracciato, archivio.JSON), parse_float=Decimal)
        assert tracciato.stato is S.ESEGUITO_CON_ERRORI
        assert (body["stato"], body["numeroOperazioniFallite"]) == ("ESEGUITO_CON_ERRORI", 1)
        found = {e["idPendenza"]: e for e in (*body["esito"]["inserimenti"], *body["esito"]["annullamenti"])}
        for one in (*expected["inserimenti"], *expected["annullamenti"]):
            names = ("tipoOperazione", "stato", "esito", "numero")
            assert [found[one["idPendenza"]][n] for n in names] == [one[n] for n in names]
        assert found["J-0001"]["dati"]["importo"] == Decimal("61.25")
        assert found["J-0004"]["dati"]["codice"] == "VER_002"
        assert body["esito"]["idTracciato"] == "TR-2026-0001"
        assert pendenza("P-0002").descrizione_stato == "Emessa per errore"

    def test_takes_its_elements_whatever_the_order_of_the_members(self):
        text = json.dumps({"annullamenti": [], "inserimenti": [a_body()], "idDominio": ENTE, "idTracciato": "T"})

        assert loaded(text.encode(), formato=Formato.JSON).stato is S.ESEGUITO

    def test_refuses_an_element_that_is_none(self):
        tracciato = loaded(a_json("x", a_body()), formato=Formato.JSON)

        first, second = righe_of(tracciato)
        assert (first.operazione, first.stato) == (Operazione.NON_VALIDA, StatoOperazione.NON_VALIDO)
        assert codici(tracciato) == ["TRA_RIGA_NON_VALIDA", ""]
        assert second.is_done

    def test_needs_the_reason_of_an_annullamento(self):
        annullamento = {"idA2A": A2A, "idPendenza": "J-1"}
        tracciato = loaded(a_json(a_body(), annullamenti=[annullamento]), formato=Formato.JSON)

        assert codici(tracciato) == ["", "SINTASSI"]
        assert "motivoAnnullamento: è obbligatorio" in righe_of(tracciato)[1].descrizione


class TestAFileRefusedWhole:
    @pytest.mark.parametrize(
        ("name", "word"),
        [
            ("vuoto.csv", "il file è vuoto"),
            ("solo_intestazione.csv", "c'è solo l'intestazione"),
            ("senza_intestazione.csv", "manca la riga di intestazione"),
            ("colonne_in_meno.csv", "mancano le colonne"),
            ("latin1.csv", "non è in UTF-8"),
        ],
    )
    def test_of_the_samples(self, files, name, word):
        tracciato = loaded((files / "broken" / name).read_bytes())

        assert tracciato.stato is S.SCARTATO
        assert word in tracciato.descrizione
        assert not list(PendenzaItem.scan())

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (a_csv(a_row()).decode().encode("utf-16"), "non è in UTF-8"),
            (b"a\0b\n1\n", "caratteri nulli"),
            (a_csv(a_row(causale="x")).replace(b",x,", b',"x,'), "virgolette aperte"),
            (a_csv(a_row(causale="x")).replace(b",x,", b',"x"y,'), "virgolette fuori posto"),
            (a_csv(a_row()).replace(b"idVoce1", b"idA2A"), "ripete le colonne idA2A"),
            (b"alfa,beta\nx,y\n", "ha 2 colonne"),
            (a_csv(a_row()) + "è".encode()[:1], "a metà di un carattere"),
        ],
    )
    def test_that_is_no_csv_of_ours(self, content, word):
        tracciato = loaded(content)

        assert (tracciato.stato, word in str(tracciato.descrizione)) == (S.SCARTATO, True), tracciato.descrizione

    @pytest.mark.parametrize(
        ("content", "word"),
        [
            (b"", "il file è vuoto"),
            (b"[]", "JSON non leggibile"),
            (b'{"idTracciato": "T", "inserimenti": [{]}', "Riga 1: JSON non leggibile"),
            (b'{"idTracciato": "T",\n "inserimenti": [{}', "Riga 2: JSON non leggibile"),
            (b'{"idTracciato": "T"} x', "JSON non leggibile"),
            (b'{"idTracciato": "T", "inserimenti": []}', "non ha inserimenti"),
            (b'{"idTracciato": "\xe8"}', "non è in UTF-8"),
            (b"[" * 100_000, "JSON non leggibile"),
            (a_json(a_body(), idDominio="00000000018"), "usare la sua"),
        ],
    )
    def test_that_is_no_json_of_ours(self, content, word):
        drop(content, f"{ENTE}/in/prova.json")
        run_queue()

        (tracciato,) = tracciati()
        assert (tracciato.stato, word in str(tracciato.descrizione)) == (S.SCARTATO, True), tracciato.descrizione

    def test_that_has_too_many_rows(self, monkeypatch):
        from chalicelib.tracciati.lettura import csv_righe, json_righe

        monkeypatch.setattr(csv_righe, "MAX_RIGHE", 2)
        monkeypatch.setattr(json_righe, "MAX_RIGHE", 2)

        assert "supera 2 righe" in str(loaded(a_csv(*[a_row(f"P-{n}") for n in range(3)])).descrizione)
        tracciato = loaded(a_json(*[a_body(f"J-{n}") for n in range(3)]), formato=Formato.JSON)
        assert "supera 2 operazioni" in str(tracciato.descrizione)

    def test_that_is_too_big_for_the_bucket(self, monkeypatch):
        monkeypatch.setattr(consegna, "MAX_BYTES", 10)

        drop(a_csv(a_row()))
        run_queue()

        (tracciato,) = tracciati()
        assert (tracciato.stato, "supera" in str(tracciato.descrizione)) == (S.SCARTATO, True)

    def test_that_is_too_big_to_be_uploaded(self, monkeypatch):
        monkeypatch.setattr(ricezione, "MAX_BYTES", 10)

        with pytest.raises(ricezione.TracciatoTroppoGrande, match="TRA_TROPPO_GRANDE"):
            uploaded(a_csv(a_row()))


class TestRowsRefused:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("importi_errati.csv", ["SINTASSI"] * 5 + [""] + ["SINTASSI"] * 3),
            ("date_errate.csv", ["SINTASSI"] * 5),
            ("somma_voci_diversa.csv", ["SINTASSI"]),
            ("altro_dominio.csv", ["TRA_ALTRO_DOMINIO"]),
            ("cf_errato.csv", ["", ""]),
            ("duplicati.csv", ["", "TRA_RIGA_DOPPIA"]),
            ("riga_vuota_in_mezzo.csv", ["", ""]),
        ],
    )
    def test_of_the_samples(self, files, name, expected):
        tracciato = loaded((files / "broken" / name).read_bytes())

        assert codici(tracciato) == expected, [r.descrizione for r in righe_of(tracciato)]

    def test_whose_voci_do_not_add_up(self):
        assert codici(loaded(a_csv(a_row(importoVoce1="60.00")))) == ["VER_002"]

    def test_tell_everything_that_is_wrong_at_once(self):
        tracciato = loaded(a_csv(a_row(importo="61,25", dataScadenza="31/12/2026", tipoSoggettoPagatore="X")))

        (row,) = answer_rows(tracciato)
        assert row["errore"].startswith('Riga 2, P-1: importo: "61,25" non valido: due decimali separati dal punto; ')
        assert 'dataScadenza: "31/12/2026" non valida' in row["errore"]
        assert "soggettoPagatore.tipo: deve essere uno fra" in row["errore"]
        assert "voci[0].importo:" in row["errore"]
        assert [name for name, value in row.items() if value] == ["errore"]

    def test_of_too_few_cells(self):
        content = a_csv(a_row("P-1"), a_row("P-2"))
        tracciato = loaded(content + b"A2A-DEMO,P-3\n")

        assert codici(tracciato) == ["", "", "TRA_RIGA_NON_VALIDA"]
        assert "ha 2 colonne, l'intestazione 87" in righe_of(tracciato)[2].descrizione
        assert len(answer_rows(tracciato)) == 3

    def test_of_what_the_file_names_twice_in_different_blocks(self):
        rows = [a_row(f"P-{n}") for n in range(150)]
        tracciato = loaded(a_csv(*rows, a_row("P-3", causale="Altra")))

        assert (tracciato.blocchi, tracciato.eseguite, tracciato.fallite) == (2, 150, 1)
        assert codici(tracciato)[-1] == "TRA_RIGA_DOPPIA"
        assert pendenza("P-3").causale == "TARI 2026"

    def test_do_not_run_what_their_cells_hold(self, files):
        tracciato = loaded((files / "broken" / "iniezione.csv").read_bytes())

        assert pendenza("P-I1").importo == Importo(100)
        assert pendenza("P-I2").causale == "${7*7}<#assign a=1>"
        assert codici(tracciato)[3] == "SINTASSI"

    def test_are_answered_in_cells_that_a_spreadsheet_does_not_run(self):
        row = a_row(anagraficaPagatore='=HYPERLINK("http://x")', cellularePagatore="+39 333-1234567")
        (answer,) = answer_rows(loaded(a_csv(row)))

        assert answer["anagraficaPagatore"] == '\'=HYPERLINK("http://x")'
        assert answer["cellularePagatore"] == "+39 333-1234567"

    def test_cancel_where_the_amount_is_zero_and_not_where_it_is_empty(self):
        loaded(a_csv(a_row("P-1"), a_row("P-2")))
        tracciato = loaded(a_csv({"idA2A": A2A, "idPendenza": "P-1", "importo": "0.00"}, a_row("P-2", importo="")))

        assert [(r.operazione, r.stato) for r in righe_of(tracciato)] == [
            (Operazione.DEL, StatoOperazione.ESEGUITO),
            (Operazione.ADD, StatoOperazione.SCARTATO),
        ]
        assert pendenza("P-1").stato is StatoPendenza.ANNULLATO
        assert pendenza("P-1").descrizione_stato == "Annullata con il tracciato prova.csv"

    def test_of_a_cancellation_of_what_is_not_there_or_of_another_ente(self):
        other = replace(a_nuova(), id_dominio=sample.DOMINIO)
        pendenze.load_pendenza(utenza=None, id_a2a=A2A, id_pendenza="ALTROVE", nuova=other, now=NOW)
        rows = [{"idA2A": A2A, "idPendenza": name, "importo": "0"} for name in ("MAI-VISTA", "ALTROVE")]

        assert codici(loaded(a_csv(*rows))) == ["VER_008", "VER_008"]
        assert pendenza("ALTROVE").stato is StatoPendenza.NON_ESEGUITO

    def test_of_a_cancellation_of_what_is_paid(self):
        loaded(a_csv(a_row()))
        before = pendenza("P-1")
        archivio_pendenze.save(before, replace(before, stato=StatoPendenza.ESEGUITO))

        assert codici(loaded(a_csv({"idA2A": A2A, "idPendenza": "P-1", "importo": "0"}))) == ["VER_009"]


def a_nuova():
    from tests.builders import a_nuova_pendenza

    return a_nuova_pendenza()


class TestRights:
    def an_operatore(self, *, tipi=("TARI",), domini=(ENTE,)):
        from tests.rest.pendenze_app import scrittura_pendenze

        anagrafica.put_operatore(
            operatore=sample.an_operatore(
                abilitazioni=Abilitazioni(domini=domini, tipi_pendenza=tipi, acl=(scrittura_pendenze(),))
            )
        )
        found = queries.by_principal("operatore")
        assert found is not None
        return found

    def test_of_an_operatore_hold_row_by_row(self):
        rows = a_csv(a_row("P-1"), a_row("P-2", tipoPendenza="CDS"))
        tracciato = loaded(rows, utenza=self.an_operatore())

        assert codici(tracciato) == ["", "403000"]
        assert tracciato.mittente == "Operatore di Esempio"

    def test_of_an_applicazione_are_to_its_own_pendenze(self):
        utenza = queries.by_principal("gestionale-demo")
        rows = a_csv(a_row("P-1"), a_row("P-2", idA2A=sample.A2A_COMUNE))
        acl = {**utenza.acl, **gpadmin().acl}
        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(queries, "by_principal", lambda _: replace(utenza, acl=acl))
            tracciato = loaded(rows, utenza=replace(utenza, acl=acl))

        assert codici(tracciato) == ["", "APP_002"]

    def test_of_who_was_disabled_meanwhile_are_gone(self):
        utenza = self.an_operatore()
        tracciato = uploaded(a_csv(a_row()), utenza=utenza)
        anagrafica.put_operatore(operatore=sample.an_operatore(abilitato=False))
        run_queue()

        assert codici(stored(tracciato.id)) == ["403000"]
        assert "non è più abilitata" in righe_of(stored(tracciato.id))[0].descrizione

    def test_are_asked_for_when_the_file_comes(self):
        utenza = self.an_operatore()

        with pytest.raises(NotAllowed):
            uploaded(a_csv(a_row()), utenza=utenza, id_dominio=sample.DOMINIO)
        with pytest.raises(NotAllowed):
            uploaded(a_csv(a_row()), utenza=utenza, id_tipo_pendenza="CDS")
        with pytest.raises(Semantica):
            uploaded(a_csv(a_row()), utenza=gpadmin(), id_dominio="12345678903")
        with pytest.raises(Semantica):
            uploaded(a_csv(a_row()), utenza=gpadmin(), id_tipo_pendenza="MENSA")

    def test_of_a_json_without_dominio_are_those_of_its_rows(self):
        utenza = replace(self.an_operatore(), domini=Ambito(ids=frozenset({ENTE})))
        content = json.dumps(
            {
                "idTracciato": "T",
                "inserimenti": [a_body("J-1", idDominio=ENTE), a_body("J-2", idDominio=sample.DOMINIO), a_body("J-3")],
            }
        ).encode()

        assert codici(loaded(content, formato=Formato.JSON, id_dominio=None, utenza=utenza)) == [
            "",
            "403000",
            "SINTASSI",
        ]


class TestTheLayoutOfATipo:
    CAMPI: ClassVar[dict[str, Any]] = {
        "idA2A": {"costante": A2A},
        "idPendenza": "CODICE",
        "causale": {"colonna": "OGGETTO", "predefinito": "Mensa"},
        "importo": {"colonna": "EURO", "formato": "importo-virgola"},
        "dataScadenza": {"colonna": 3, "formato": "data-gg/mm/aaaa"},
        "soggettoPagatore.tipo": {"costante": "F"},
        "soggettoPagatore.identificativo": "CF",
        "soggettoPagatore.anagrafica": {"colonna": "NOMINATIVO", "separatore": "|", "parte": 1},
        "voci[0].idVocePendenza": {"costante": "1"},
        "voci[0].importo": {"colonna": "EURO", "formato": "importo-virgola"},
        "voci[0].descrizione": {"costante": "Mensa"},
        "voci[0].codEntrata": {"costante": "SEGRETERIA"},
        "voci[1].idVocePendenza": {"costante": "2"},
        "voci[1].importo": {"colonna": "EXTRA", "formato": "centesimi"},
    }
    CONTENT = (
        b"CODICE;OGGETTO;EURO;SCADENZA;CF;NOMINATIVO;EXTRA\n"
        b"M-1;;1.061,25;31/12/2026;RSSMRA80A01H501U;1|Mario Rossi;\n"
        b"M-2;Gita;12;32/12/2026;RSSMRA80A01H501U;2|Mario Rossi;\n"
    )

    def config(self, richiesta, risposta=None, header="CODICE,AVVISO,ERRORE,RIGA"):
        answer = (
            {"colonne": [{"colonna": "CODICE"}, "numeroAvviso", "errore", "riga"]} if risposta is None else risposta
        )
        return {"responseHeader": header, "freemarkerRequest": richiesta, "freemarkerResponse": answer}

    def test_is_declared_in_the_place_of_a_template(self):
        put_tipo("TARI", tracciatoCsv=self.config({"campi": self.CAMPI}))
        tracciato = loaded(self.CONTENT, id_tipo_pendenza="TARI")

        first = pendenza("M-1")
        assert (first.causale, first.importo, str(first.data_scadenza)) == ("Mensa", Importo(106125), "2026-12-31")
        assert (first.soggetto_pagatore.anagrafica, len(first.voci)) == ("Mario Rossi", 1)
        rows = answer_rows(tracciato)
        assert list(rows[0]) == ["CODICE", "AVVISO", "ERRORE", "RIGA"]
        assert (rows[0]["AVVISO"], rows[1]["RIGA"]) == (first.numero_avviso, "3")
        assert "dataScadenza" in rows[1]["ERRORE"]

    def test_is_that_of_the_installation_where_the_tipo_declares_none(self):
        op = {"op": "REPLACE", "path": "/tracciatoCsv", "value": self.config({"campi": self.CAMPI})}
        anagrafica.change_configurazione(read_patch([op]), beside=lambda *_: [])
        of_the_tipo = self.config({"campi": {**self.CAMPI, "causale": {"costante": "Del tipo"}}})

        tracciato = loaded(self.CONTENT, id_tipo_pendenza="TARI")

        assert (tracciato.eseguite, pendenza("M-1").causale) == (1, "Mensa")
        assert [row["AVVISO"] for row in answer_rows(tracciato)] == [pendenza("M-1").numero_avviso, ""]
        put_tipo("TARI", tracciatoCsv=of_the_tipo)
        loaded(self.CONTENT.replace(b"M-1", b"M-3"), id_tipo_pendenza="TARI")
        assert pendenza("M-3").causale == "Del tipo"

    @pytest.mark.parametrize("as_text", [json.dumps, lambda value: b64encode(json.dumps(value).encode()).decode()])
    def test_may_come_as_text_in_base64_or_not(self, as_text):
        put_tipo("TARI", tracciatoCsv=self.config(as_text({"campi": self.CAMPI})))

        assert loaded(self.CONTENT, id_tipo_pendenza="TARI").eseguite == 1

    @pytest.mark.parametrize(
        ("richiesta", "word"),
        [
            ("PCNhc3NpZ24geD0xPg==", "Freemarker"),
            ({"campi": {}}, "manca l'oggetto campi"),
            ({"campi": {"a.b.c.d": "X"}}, "non previsto"),
            ({"campi": {"causale": {"colonna": "X", "costante": "Y"}}}, "colonna o costante"),
            ({"campi": {"causale": {"colonna": "X", "formato": "python"}}}, "formato fra"),
            ({"campi": {"causale": {"colonna": "X", "esegui": "x"}}}, "ammessi"),
            ({"campi": {"causale": {"colonna": "X", "parte": -1}}}, "parte"),
            ({"campi": {"causale": {"colonna": True}}}, "colonna è un nome"),
            ({"campi": {"causale": {"colonna": "X", "se": "Y"}}}, "se ha colonna"),
            ({"campi": {"causale": {"colonna": "X", "predefinito": 1}}}, "testi"),
            ({"campi": {"causale": "MAI"}}, "mancano le colonne MAI"),
            ({"campi": {"causale": 99}}, "fino alla 100"),
        ],
    )
    def test_that_makes_no_sense_refuses_the_file_and_says_why(self, richiesta, word):
        put_tipo("TARI", tracciatoCsv=self.config(richiesta, {"colonne": ["errore"]}, "errore"))
        tracciato = loaded(self.CONTENT, id_tipo_pendenza="TARI")

        assert (tracciato.stato, word in str(tracciato.descrizione)) == (S.SCARTATO, True), tracciato.descrizione

    def test_whose_answer_makes_no_sense_is_refused_too(self):
        for risposta, header, word in (
            ({"colonne": []}, "", "lista colonne"),
            ({"colonne": ["password"]}, "", "colonne fra"),
            ({"colonne": ["errore"]}, "a,b", "ha 2 colonne"),
        ):
            put_tipo("TARI", tracciatoCsv=self.config({"campi": self.CAMPI}, risposta, header))
            assert word in str(loaded(self.CONTENT + header.encode(), id_tipo_pendenza="TARI").descrizione)

    def test_leaves_a_field_out_where_its_condition_does_not_hold(self):
        campi = {**self.CAMPI, "direzione": {"colonna": "OGGETTO", "se": {"colonna": "CODICE", "uguale": "M-9"}}}
        put_tipo(
            "TARI",
            tracciatoCsv=self.config({"campi": {**campi, "divisione": {"costante": "D", "se": {"colonna": "CF"}}}}),
        )
        loaded(self.CONTENT, id_tipo_pendenza="TARI")

        assert (pendenza("M-1").direzione, pendenza("M-1").divisione) == (None, "D")


class TestADroppedFile:
    def test_is_loaded_for_its_ente_and_moved(self):
        drop(a_csv(a_row(), a_row("P-2", idDominio=sample.DOMINIO)), f"{ENTE}/in/TARI/del mese.csv")
        run_queue()

        (tracciato,) = tracciati()
        assert (tracciato.nome, tracciato.id_tipo_pendenza, tracciato.principal) == ("del mese.csv", "TARI", None)
        assert codici(tracciato) == ["", "TRA_ALTRO_DOMINIO"]
        keys = [o["Key"] for o in client("s3").list_objects_v2(Bucket=bucket())["Contents"]]
        assert not [key for key in keys if "/in/" in key]
        assert tracciato.originale in keys

    def test_of_an_unknown_ente_stays_where_it_is(self):
        drop(a_csv(a_row()), "12345678903/in/x.csv")
        run_queue()

        assert tracciati() == []

    def test_told_twice_is_one_tracciato(self):
        drop(a_csv(a_row()))
        url = client("sqs").get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
        body = client("sqs").receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]["Body"]
        run_queue()
        consegna.handle(json.loads(body), now=NOW)
        run_queue()

        assert [t.stato for t in tracciati()] == [S.ESEGUITO]


def bucket() -> str:
    from chalicelib.settings import settings

    return settings().bucket(archivio.BUCKET)


class TestTheSameAgain:
    def test_is_the_same_tracciato(self):
        first = loaded(a_csv(a_row()))
        again = loaded(a_csv(a_row()))

        assert (again.id, len(tracciati())) == (first.id, 1)
        assert pendenza("P-1").versione == 1

    def test_before_it_is_worked_on_is_the_same_too(self):
        first, again = uploaded(a_csv(a_row())), uploaded(a_csv(a_row()))
        run_queue()

        assert (again.id, stored(first.id).stato, stored(first.id).eseguite) == (first.id, S.ESEGUITO, 1)

    def test_after_errors_is_tried_anew(self):
        content = a_csv(a_row(tipoPendenza="MENSA"))
        first = loaded(content)
        put_tipo("MENSA")
        again = loaded(content)

        assert (first.stato, again.stato, again.id != first.id) == (S.ESEGUITO_CON_ERRORI, S.ESEGUITO, True)

    def test_is_not_tried_for_ever(self, monkeypatch):
        monkeypatch.setattr(ricezione, "MAX_TENTATIVI", 2)
        for _ in range(2):
            loaded(a_csv(a_row(tipoPendenza="MENSA")))

        with pytest.raises(ricezione.TracciatoRipetuto, match="TRA_RIPETUTO"):
            uploaded(a_csv(a_row(tipoPendenza="MENSA")))

    def test_by_another_is_another(self):
        utenza = replace(gpadmin(), principal="altro")

        assert uploaded(a_csv(a_row()), utenza=utenza).id != uploaded(a_csv(a_row())).id


class TestTheNotices:
    def test_are_in_one_zip_once_each(self, files):
        tracciato = loaded((files / "tracciato_valido.csv").read_bytes(), stampa=True)

        names = zipfile.ZipFile(io.BytesIO(file_of(tracciato, archivio.AVVISI))).namelist()
        # P-0001 is cancelled by the last row, and has nothing to be paid by.
        assert (tracciato.avvisi, tracciato.stampati, tracciato.non_stampati) == (16, 15, 1)
        assert names.count(f"{ENTE}_DOC_DOC-RATE.pdf") == 1
        assert f"{ENTE}_{pendenza('P-0002').numero_avviso}.pdf" in names
        assert len(names) == len(set(names)) == 15 - 3 - 1 - 1

    def test_of_several_blocks_are_joined(self, monkeypatch):
        from chalicelib.aws import upload
        from chalicelib.tracciati import model
        from chalicelib.tracciati.operations import righe, suddivisione

        for module in (model, righe, suddivisione):
            monkeypatch.setattr(module, "RIGHE_A_BLOCCO", 2)
        # S3 wants parts of 5 MB, and so does what stands for it.
        monkeypatch.setattr(upload, "PART_BYTES", 5_242_880)
        monkeypatch.setattr("chalicelib.avvisi.operations.print_avviso", lambda *_, **__: b"%PDF-" + b"x" * 2_000_000)
        tracciato = loaded(a_csv(*[a_row(f"P-{n}") for n in range(5)]), stampa=True)

        archive = zipfile.ZipFile(io.BytesIO(file_of(tracciato, archivio.AVVISI)))
        assert (tracciato.blocchi, tracciato.stampati, len(archive.namelist())) == (3, 5, 5)
        assert archive.testzip() is None

    def test_are_waited_for_in_a_state_of_their_own(self):
        tracciato = uploaded(a_csv(a_row()), stampa=True, stampa_chiesta=True)
        states = set()
        while run_one():
            states.add((stored(tracciato.id).stato_esposto, stored(tracciato.id).fase))

        assert (S.ELABORAZIONE_STAMPA, Fase.STAMPA) in states
        assert stored(tracciato.id).stato is S.ESEGUITO

    def test_are_waited_for_as_3_1_says_by_who_asked_for_none(self):
        tracciato = uploaded(a_csv(a_row()), stampa=True)
        states = set()
        while run_one():
            states.add(stored(tracciato.id).stato_esposto)

        assert S.ELABORAZIONE_STAMPA not in states

    def test_that_were_not_wanted_are_not_printed(self):
        tracciato = loaded(a_csv(a_row()))

        assert (tracciato.avvisi, tracciato.stampati) == (1, 0)


def clear_tracciati() -> None:
    run_queue()
    for item in TracciatoItem.scan():
        item.delete()


def run_one() -> bool:
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ()):
        consegna.handle(json.loads(message["Body"]), now=NOW)
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return True
    return False


def run_with_deaths(**where: int) -> bool:
    """Run the queue; the process dies once, at the call of that number; its message comes again. Tell whether it died."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
    [(when, left)], died = where.items(), False
    for _ in range(200):
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ())
        if not messages:
            return died
        body, receipt = json.loads(messages[0]["Body"]), messages[0]["ReceiptHandle"]
        try:
            with aws_calls(**({} if died else {when: left})) as made:
                consegna.handle(body, now=NOW)
            left -= len(made)
        except ProcessKilled:
            died = True
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
            continue
        sqs.delete_message(QueueUrl=url, ReceiptHandle=receipt)
    raise AssertionError("the queue does not end")


def files_stored() -> dict[str, Any]:
    return {name: copy.copy(one.keys) for name, one in _buckets().items()}


def put_back(files: dict[str, Any], asked: list[Any]) -> None:
    """Put files back, and the messages of the tracciati as if nobody had received them."""
    for name, one in _buckets().items():
        one.keys = copy.copy(files[name])
    for queue in _queues().values():
        queue._messages.clear()
    url = client("sqs").get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
    for body in asked:
        client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(body))


class TestACrash:
    CONTENT = a_csv(
        a_row("P-1"), a_row("P-2", importo="x"), a_row("P-3"), {"idA2A": A2A, "idPendenza": "P-3", "importo": "0"}
    )

    def end_state(self):
        (tracciato,) = tracciati()
        return (
            (tracciato.stato, tracciato.righe, tracciato.eseguite, tracciato.fallite),
            (tracciato.avvisi, tracciato.stampati, tracciato.non_stampati),
            [(r.numero, r.stato, r.numero_avviso is None) for r in righe_of(tracciato)],
            [(p.id_pendenza, p.stato, p.versione) for p in (pendenza("P-1"), pendenza("P-3"))],
            len(answer_rows(tracciato)),
            len(zipfile.ZipFile(io.BytesIO(file_of(tracciato, archivio.AVVISI))).namelist()),
        )

    def test_at_any_call_loses_and_repeats_nothing(self):
        uploaded(self.CONTENT, stampa=True)
        before, files, asked = Snapshot.take(), files_stored(), messages_of("tracciati")
        with aws_calls() as made:
            run_queue()
        expected, deaths = self.end_state(), 0
        # Nothing is done between two calls: to die after one is to die before the next.
        for where in (
            {"die_before": 0},
            *({"die_after": n} for n in range(sum(not c.startswith("sqs.") for c in made))),
        ):
            before.restore()
            put_back(files, asked)
            numbers.forget()
            # One call is answered with an error, after which nothing can die: of the first look for a notice.
            deaths += run_with_deaths(**where)
            assert self.end_state() == expected, where

        assert deaths >= 30

    def test_after_a_row_does_not_undo_what_others_did_since(self):
        uploaded(a_csv(a_row("P-1"), a_row("P-2")))
        assert run_one()
        original, done = repository.riga_write, []

        def dying(*args):
            done.append(args)
            if len(done) > 1:
                raise ProcessKilled
            return original(*args)

        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(repository, "riga_write", dying)
            with pytest.raises(ProcessKilled):
                run_one()
        before = pendenza("P-1")
        archivio_pendenze.save(before, replace(before, causale="cambiata dall'ente"))
        (tracciato,) = tracciati()
        consegna.handle({"id": tracciato.id, "fase": "INSERIMENTI", "blocco": 1}, now=NOW)
        run_queue()

        assert pendenza("P-1").causale == "cambiata dall'ente"
        assert stored(tracciato.id).eseguite == 2

    def test_of_the_upload_is_mended_by_the_same_upload(self):
        uploaded(a_csv(a_row("P-0")))
        with aws_calls() as made:
            uploaded(a_csv(a_row("P-00")))
        clear_tracciati()
        with pytest.raises(ProcessKilled), aws_calls(die_before=made.index("s3.PutObject")):
            uploaded(a_csv(a_row()))
        assert [t.stato for t in tracciati()] == [S.IN_ATTESA]

        assert loaded(a_csv(a_row())).stato is S.ESEGUITO
        assert len(tracciati()) == 1


class TestRepetition:
    def test_of_every_message_changes_nothing(self):
        content = a_csv(a_row("P-1"), a_row("P-2"), {"idA2A": A2A, "idPendenza": "P-2", "importo": "0"})
        uploaded(content, stampa=True)
        sqs = client("sqs")
        url = sqs.get_queue_url(QueueName=queue_name(Queue.TRACCIATI))["QueueUrl"]
        seen = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", ()):
            seen.extend(m for m in [json.loads(messages[0]["Body"])] if m not in seen)
            for body in seen:
                consegna.handle(body, now=NOW)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])

        (tracciato,) = tracciati()
        assert (tracciato.stato, tracciato.eseguite, tracciato.stampati) == (S.ESEGUITO, 3, 1)
        assert (pendenza("P-1").versione, pendenza("P-2").versione) == (1, 2)
        assert {m["fase"] for m in seen if "fase" in m} == {str(f) for f in Fase if f is not Fase.LETTURA}

    def test_of_a_block_by_two_at_once_counts_it_once(self):
        uploaded(a_csv(a_row("P-1"), a_row("P-2")))
        run_one()
        (tracciato,) = tracciati()
        message = {"id": tracciato.id, "fase": "INSERIMENTI", "blocco": 1}
        original, nested = repository.save, []

        def save(*args, **kwargs):
            if not nested:
                nested.append(True)
                consegna.handle(message, now=NOW)
            return original(*args, **kwargs)

        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(repository, "save", save)
            consegna.handle(message, now=NOW)
        run_queue()

        assert (stored(tracciato.id).stato, stored(tracciato.id).eseguite) == (S.ESEGUITO, 2)

    def test_of_a_row_by_two_at_once_gives_it_one_outcome(self):
        uploaded(a_csv(a_row("P-1"), a_row("P-2", importo="x")))
        run_one()
        (tracciato,) = tracciati()
        message = {"id": tracciato.id, "fase": "INSERIMENTI", "blocco": 1}
        original, nested = repository.riga_write, []

        def riga_write(*args):
            if not nested:
                nested.append(True)
                consegna.handle(message, now=NOW)
            return original(*args)

        with pytest.MonkeyPatch.context() as patching:
            patching.setattr(repository, "riga_write", riga_write)
            consegna.handle(message, now=NOW)
        run_queue()

        assert (stored(tracciato.id).eseguite, stored(tracciato.id).fallite, pendenza("P-1").versione) == (1, 1, 1)


def test_the_iban_of_the_samples_is_the_one_registered():
    assert IBAN in queries.dominio(ENTE).conti
