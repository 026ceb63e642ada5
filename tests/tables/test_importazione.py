"""An import is whole or refused, done once, gone on with after a crash; what waits is tried again by itself."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from chalicelib.aws.clients import client
from chalicelib.aws.transactions import commit
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pagamenti.model import TipoRiscossione
from chalicelib.riconciliazione.esiti import EsitoMovimento
from chalicelib.riconciliazione.importazione import operations
from chalicelib.riconciliazione.importazione.operations import elaborazione, lettura
from chalicelib.riconciliazione.importazione.states import StatoGiornale
from chalicelib.riconciliazione.model import Accredito
from chalicelib.riconciliazione.operations import complete_incasso, registra_incasso
from chalicelib.riconciliazione.operations import incassi as claims
from chalicelib.riconciliazione.repository import flussi
from chalicelib.settings import settings
from tests.aws_calls import ProcessKilled, aws_calls, counted
from tests.aws_state import Snapshot, count_of, items_of, messages_of
from tests.builders import an_utenza
from tests.builders_importazione import (
    ENTE,
    NOW,
    comune_with_archive,
    drop,
    giornali,
    imported,
    movimenti_of,
    report_of,
    run_queue,
    seed_flusso,
    seed_pagamento,
    seed_sample,
)
from tests.builders_pagamenti import DOMINIO
from tests.builders_riconciliazione import acquired
from tests.rules.giornale_di_cassa_testi import movimento, opi

E = EsitoMovimento
BUCKET = "riconciliazione"
F1 = "2026-11-20PSPTEST1-0000000001"


@pytest.fixture
def formats(shared) -> Path:
    return shared / "formats"


@pytest.fixture
def fonte(aws):
    with comune_with_archive() as fonte:
        yield fonte


def sample(formats: Path, name: str) -> bytes:
    return (formats / "samples" / name).read_bytes()


def flow(formats: Path, name: str) -> bytes:
    return (formats / "fdr" / name).read_bytes()


def csv_of(*rows: str) -> bytes:
    head = "ESERCIZIO;N.PROVV.;DATA ESEC.;ANAGRAFICA CLIENTE;DESCRIZIONE CAUSALE;IMPORTO PROVVISORIO"
    return "\n".join([head, *rows]).encode()


def credit(provvisorio: int, causale: str, importo: str = "1250,75") -> str:
    return f"2026;{provvisorio};2026-11-20;BANCA;{causale};{importo}"


def keys() -> list[str]:
    found = client("s3").list_objects_v2(Bucket=settings().bucket(BUCKET)).get("Contents", [])
    return sorted(one["Key"] for one in found)


def outcomes(giornale) -> list[E]:
    return [cassa.esito for cassa in movimenti_of(giornale)]


class TestAFile:
    @pytest.mark.parametrize(
        ("name", "codice", "words"),
        [
            ("broken/altro_ente.xml", "GDC_ALTRO_ENTE", "metterlo nella cartella del suo ente"),
            ("broken/xxe_file.xml", "GDC_DOCTYPE", "DOCTYPE"),
            ("broken/radice_diversa.xml", "GDC_NON_GIORNALE", "radice"),
            ("broken/vuoto.xml", "GDC_NON_GIORNALE", "vuoto"),
        ],
    )
    def test_is_refused_whole_and_kept(self, fonte, formats, name, codice, words):
        content = sample(formats, name)

        giornale = imported(content, "giornale del 20.xml")

        assert (giornale.stato, giornale.codice) == (StatoGiornale.RIFIUTATO, codice)
        assert words in giornale.motivo
        assert movimenti_of(giornale) == []
        assert report_of(giornale, "pdf").startswith(b"%PDF-")
        kept = client("s3").get_object(Bucket=settings().bucket(BUCKET), Key=giornale.originale)
        assert kept["Body"].read() == content
        assert not any("/in/" in key for key in keys())

    def test_that_breaks_off_says_the_line_and_applies_nothing(self, fonte, formats):
        seed_sample(fonte, formats)

        giornale = imported(sample(formats, "broken/troncato.xml"))

        assert (giornale.stato, giornale.codice) == (StatoGiornale.RIFIUTATO, "GDC_TRONCATO")
        assert giornale.riga_errore is not None
        assert "ultimo movimento" in giornale.motivo or "movimento" in giornale.motivo
        assert count_of("incassi") == 0

    def test_too_big_is_refused_before_it_is_read(self, fonte):
        operations.handle(_event("in/grande.xml", size=300_000_000), now=NOW)

        (giornale,) = giornali()
        assert (giornale.stato, giornale.codice) == (StatoGiornale.RIFIUTATO, "GDC_TROPPO_GRANDE")

    def test_too_big_is_kept_with_the_others(self, fonte):
        key = f"giornale-di-cassa/{ENTE}/in/grande.xml"
        client("s3").put_object(Bucket=settings().bucket(BUCKET), Key=key, Body=b"x")
        message = _event("in/grande.xml", size=300_000_000)

        operations.handle(message, now=NOW)
        operations.handle(message, now=NOW)

        (giornale,) = giornali()
        assert giornale.originale in keys()
        assert not any("/in/" in key for key in keys())

    def test_may_have_any_name(self, fonte):
        giornale = imported(csv_of(credit(1, "AFFITTO")), "gdc 20+11/però è.csv")

        assert (giornale.stato, giornale.nome) == (StatoGiornale.CONCLUSO, "però è.csv")

    def test_of_an_ente_that_is_not_registered_is_refused_and_reported_beside_it(self, fonte, formats):
        drop(sample(formats, "opi_1_8_base.xml"), id_dominio="12312312312")

        run_queue()

        (giornale,) = giornali("12312312312")
        assert (giornale.stato, giornale.codice) == (StatoGiornale.RIFIUTATO, "GDC_DOMINIO_NON_CENSITO")
        assert "il dominio 12312312312 della cartella non è censito" in giornale.motivo
        folder = "giornale-di-cassa/12312312312"
        assert keys() == [
            *(f"{folder}/esiti/giornale.xml.{formato}" for formato in ("csv", "json", "pdf")),
            f"{folder}/originali/{giornale.id_giornale}/giornale.xml",
        ]
        assert [giornale.lette, count_of("incassi")] == [0, 0]

    @pytest.mark.parametrize(
        "message", [{"Event": "s3:TestEvent", "Bucket": "b"}, {"Records": []}], ids=["test event", "nothing"]
    )
    def test_event_of_s3_without_a_file_is_nothing(self, aws, message):
        operations.handle(message, now=NOW)

        assert count_of("movimenti") == 0

    def test_event_of_a_report_of_ours_is_nothing(self, fonte):
        operations.handle(_event("esiti/x.json"), now=NOW)

        assert giornali() == []

    def test_told_twice_is_imported_once(self, fonte, formats):
        giornale = imported(csv_of(credit(1, "AFFITTO")))
        message = _event("in/giornale.xml")
        operations.handle(message, now=NOW)
        before = items_of()

        operations.handle(message, now=NOW)

        assert items_of() == before
        assert giornale.stato is StatoGiornale.CONCLUSO


def _event(key: str, size: int = 10) -> dict:
    oggetto = {"key": f"giornale-di-cassa/{ENTE}/{key}", "size": size, "sequencer": "0055AED6DCD90281E5"}
    return {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": oggetto}}]}


class TestAMovement:
    def test_of_the_same_key_and_another_amount_is_an_error_of_its_row(self, fonte):
        first = imported(csv_of(credit(7, "AFFITTO", "10,00")))

        again = imported(csv_of(credit(7, "AFFITTO", "11,00"), credit(8, "AFFITTO", "5,00")))

        assert [(t.esito, t.quanti, t.entrate) for t in again.totali] == [
            (E.RIFIUTATO, 1, Importo(1100)),
            (E.NON_PAGOPA, 1, Importo(500)),
        ]
        (cassa,) = movimenti_of(first)
        assert cassa.movimento.importo == Importo(1000)

    def test_twice_in_one_file_is_acquired_once(self, fonte):
        giornale = imported(csv_of(credit(7, "AFFITTO"), credit(7, "AFFITTO")))

        assert [(t.esito, t.quanti) for t in giornale.totali] == [(E.GIA_ACQUISITO, 1), (E.NON_PAGOPA, 1)]

    def test_that_cannot_be_read_is_a_row_of_its_own(self, fonte):
        giornale = imported(csv_of(credit(7, "AFFITTO"), credit(8, "AFFITTO", "1.234"), credit(9, "AFFITTO")))

        assert [(t.esito, t.quanti) for t in giornale.totali] == [(E.ILLEGGIBILE, 1), (E.NON_PAGOPA, 2)]

    def test_of_two_references_waits_for_a_person(self, fonte):
        text = f"/PUR/LGPE-RIVERSAMENTO/URI/{F1} /PUR/LGPE-RIVERSAMENTO/URI/2026-11-20PSPTEST1-0000000002"

        assert outcomes(imported(csv_of(credit(1, text)))) == [E.AMBIGUO]

    def test_with_a_mark_and_nothing_legible_waits_for_a_person(self, fonte):
        assert outcomes(imported(csv_of(credit(1, "/PUR/LGPE-RIVERSAMENTO/URI/")))) == [E.CAUSALE_ILLEGGIBILE]

    def test_with_a_reference_without_its_mark_is_proposed_where_the_amount_agrees(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))

        giornale = imported(csv_of(credit(1, f"BONIFICO {F1}"), credit(2, f"BONIFICO BIS {F1}", "3,00")))

        assert outcomes(giornale) == [E.PROPOSTA, E.NON_PAGOPA]

    def test_with_a_truncated_id_is_proposed_where_one_flow_begins_so(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))

        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1[:-3]}")))

        (cassa,) = movimenti_of(giornale)
        assert (cassa.esito, cassa.id_flusso) == (E.PROPOSTA, F1)

    def test_of_a_flow_with_anomalies_is_not_applied(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"), paid=False)

        assert outcomes(imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))) == [E.FLUSSO_ANOMALO]

    def test_of_a_flow_that_another_ente_has_too_is_for_this_one(self, fonte, formats):
        chiave = seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        acquired(fonte, flow(formats, "flusso_F1.xml"), chiave._replace(id_dominio=DOMINIO))

        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))

        assert outcomes(giornale) == [E.RICONCILIATO]
        assert [flusso.id_incasso for flusso in flussi.revisions(DOMINIO, F1)] == [None]


class TestAReversale:
    SOSPESO = "<sospeso><numero_provvisorio>64001</numero_provvisorio></sospeso>"

    def reversale(self, operazione: str = "REGOLARIZZATO") -> bytes:
        """Of the number of a provvisorio of the same amount, which is another thing."""
        row = movimento(
            tipo_documento="REVERSALE", tipo_operazione=operazione, numero_documento="64002", causale="AFFITTO"
        )
        return opi(row.replace("</movimento_conto_evidenza>", f"{self.SOSPESO}</movimento_conto_evidenza>")).encode()

    def provvisori(self):
        return imported(
            opi(
                movimento(numero_documento="64001", numero_bolletta_quietanza="1"),
                movimento(numero_documento="64002", numero_bolletta_quietanza="2"),
            ).encode(),
            "provvisori.xml",
        )

    def test_marks_its_provvisori_and_its_storno_takes_the_mark_away(self, fonte):
        provvisori = self.provvisori()
        imported(self.reversale(), "reversale.xml")
        first, second = movimenti_of(provvisori)
        assert (first.regolarizzato_da or "").startswith("reversale 64002 ")
        assert second.regolarizzato_da is None

        imported(self.reversale("STORNATO"), "storno.xml")

        assert [m.regolarizzato_da for m in movimenti_of(provvisori)] == [None, None]

    def test_that_is_reversed_undoes_no_credit_of_its_number(self, fonte):
        provvisori = self.provvisori()
        before = outcomes(provvisori)

        storno = imported(self.reversale("STORNATO"), "storno.xml")

        assert outcomes(provvisori) == before
        assert outcomes(storno) == [E.IGNORATO]

    def test_is_told_in_the_report_of_the_provvisorio(self, fonte):
        provvisori = self.provvisori()

        imported(self.reversale(), "reversale.xml")

        (now,) = [g for g in giornali() if g.id_giornale == provvisori.id_giornale]
        assert b"reversale 64002" in report_of(now, "json")


class TestAPerson:
    @pytest.fixture
    def utenza(self):
        return an_utenza()

    def test_confirms_a_proposal(self, fonte, formats, utenza):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        (cassa,) = movimenti_of(imported(csv_of(credit(1, f"BONIFICO {F1}"))))

        after = operations.conferma_movimento(id_dominio=ENTE, id_movimento=cassa.id_movimento, utenza=utenza, now=NOW)

        assert after.esito is E.RICONCILIATO

    def test_confirms_nothing_that_is_not_proposed(self, fonte, utenza):
        (cassa,) = movimenti_of(imported(csv_of(credit(1, "AFFITTO"))))

        with pytest.raises(operations.MovimentoNonModificabile, match="GDC_MOVIMENTO_STATO"):
            operations.conferma_movimento(id_dominio=ENTE, id_movimento=cassa.id_movimento, utenza=utenza, now=NOW)

    def test_notes_that_it_was_seen(self, fonte, utenza):
        (cassa,) = movimenti_of(imported(csv_of(credit(1, "AFFITTO"))))

        after = operations.vedi_movimento(
            id_dominio=ENTE, id_movimento=cassa.id_movimento, nota="affitto", utenza=utenza, now=NOW
        )

        assert (after.esito, after.visto.nota) == (E.NON_PAGOPA, "affitto")


class TestWhatWaits:
    def test_is_reconciled_when_its_flow_comes(self, fonte, formats):
        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))
        assert outcomes(giornale) == [E.FLUSSO_ASSENTE]

        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        run_queue()

        assert outcomes(giornale) == [E.RICONCILIATO]

    def test_is_reconciled_when_its_ricevuta_comes(self, fonte):
        giornale = imported(csv_of(credit(1, "/RFB/01000000000010151/12.34", "12,34")))
        assert outcomes(giornale) == [E.PAGAMENTO_ASSENTE]

        seed_pagamento("01000000000010151", Importo(1234), token="T-1")
        assert len(messages_of("giornale-di-cassa")) == 1
        run_queue()

        assert outcomes(giornale) == [E.RICONCILIATO]

    def test_costs_nothing_to_a_ricevuta_for_which_none_waits(self, fonte):
        seed_pagamento("01000000000010151", Importo(1234), token="T-1")

        assert messages_of("giornale-di-cassa") == []

    def test_is_tried_again_every_day(self, fonte, formats):
        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        client("sqs").purge_queue(QueueUrl=client("sqs").get_queue_url(QueueName=_queue())["QueueUrl"])

        operations.ask_retries()
        run_queue(now=NOW + timedelta(days=1))

        assert outcomes(giornale) == [E.RICONCILIATO]

    def test_after_ten_working_days_is_for_the_psp(self, fonte):
        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))

        operations.ask_retries()
        run_queue(now=NOW + timedelta(days=20))

        (cassa,) = movimenti_of(giornale)
        assert cassa.spiegazione.prossimo_passo == "Chiedere il flusso al PSP che ha disposto l'accredito."


def _queue() -> str:
    return f"{settings().prefix}giornale-di-cassa"


class TestWhatIsOpen:
    def open_at(self, **other):
        later = NOW + timedelta(days=20)
        return operations.find_aperti(id_dominio=ENTE, utenza=an_utenza(), oggi=later.date(), **other)

    def test_is_a_ricevuta_that_no_flow_reports(self, fonte):
        seed_pagamento("01000000000010151", Importo(1234), token="T-1")

        assert [r.iuv for r in self.open_at().ricevute_senza_flusso] == ["01000000000010151"]

    def test_is_not_a_marca_da_bollo_which_no_flow_ever_reports(self, fonte):
        seed_pagamento("01000000000010151", Importo(1600), token="T-1")
        before = pagamenti.load(ENTE, "01000000000010151")
        bollo = replace(before.riscossioni[0], tipo=TipoRiscossione.MBT)
        commit(pagamenti.money_writes(before.posizione, [bollo], None))

        assert self.open_at().ricevute_senza_flusso == ()

    def test_is_a_flow_without_its_money_and_then_a_provvisorio_to_be_regularised(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        assert [f.chiave.id_flusso for f in self.open_at().flussi_senza_accredito] == [F1]

        imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))

        aperti = self.open_at()
        assert aperti.flussi_senza_accredito == ()
        assert [cassa.movimento.provvisorio for cassa in aperti.da_regolarizzare] == ["2026-1"]

    def test_is_a_revision_that_is_not_what_was_credited(self, fonte, formats):
        chiave = seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        giornale = imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}")))
        newer = flow(formats, "flusso_F1.xml").replace(b"Pagamenti>1250.75<", b"Pagamenti>9.00<")

        acquired(fonte, newer, chiave._replace(data_ora=chiave.data_ora + timedelta(hours=3)))
        run_queue()

        aperti = self.open_at()
        assert [f.chiave.id_flusso for f in aperti.revisioni_da_verificare] == [F1]
        assert aperti.flussi_senza_accredito == ()
        (cassa,) = movimenti_of(giornale)
        assert cassa.esito is E.RICONCILIATO
        assert "ha un altro totale: 9,00 € invece di 1.250,75 €" in cassa.spiegazione.evidenza
        assert cassa.spiegazione.prossimo_passo.startswith("Chiedere al PSP quale revisione vale")

    def test_is_a_payment_made_twice_although_it_is_collected(self, fonte):
        seed_pagamento("01000000000010151", Importo(1234), token="T-1")
        seed_pagamento("01000000000010151", Importo(1234), token="T-2", load=False)

        assert [iuv for iuv, _ in self.open_at().pagamenti_doppi] == ["01000000000010151"]


class TestOneClaim:
    def test_is_told_to_the_file_that_comes_after_a_request(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        registra_incasso(
            accredito=Accredito(id_dominio=ENTE, importo=Importo(125075), id_flusso=F1, id_incasso="MIO"), now=NOW
        )

        (cassa,) = movimenti_of(imported(csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}"))))

        assert (cassa.esito, "MIO" in cassa.spiegazione.evidenza) == (E.DUPLICATO, True)

    def test_is_won_by_one_of_two_files_at_once(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        content = csv_of(credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}"))
        for name in ("uno.csv", "due.csv"):
            drop(content, name)
        messages = messages_of("giornale-di-cassa")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda message: operations.handle(message, now=NOW), messages))

        found = sorted(t.esito for giornale in giornali() for t in giornale.totali)
        assert found == [E.GIA_ACQUISITO, E.RICONCILIATO]
        assert len(flussi.revisions(ENTE, F1)) == 1


class TestAnImport:
    def test_goes_on_by_itself_past_what_a_message_may_do(self, fonte):
        rows = [credit(number, "AFFITTO", "1,00") for number in range(1, 131)]
        with (
            patch.object(lettura, "RIGHE_A_MESSAGGIO", 50),
            patch.object(elaborazione, "MOVIMENTI_A_MESSAGGIO", 50),
        ):
            giornale = imported(csv_of(*rows))

        assert (giornale.stato, giornale.lette, giornale.elaborate) == (StatoGiornale.CONCLUSO, 130, 130)
        assert [(t.esito, t.quanti, t.entrate) for t in giornale.totali] == [(E.NON_PAGOPA, 130, Importo(13000))]

    def test_goes_on_by_itself_past_the_time_that_a_message_may_take(self, fonte):
        rows = [credit(number, "AFFITTO", "1,00") for number in range(1, 131)]
        with patch.object(elaborazione, "SECONDI_A_MESSAGGIO", 0.0):
            drop(csv_of(*rows))
            (message,) = messages_of("giornale-di-cassa")
            operations.handle(message, now=NOW)
            (begun,) = giornali()
        run_queue()

        (giornale,) = giornali()
        assert (begun.stato, begun.elaborate) == (StatoGiornale.IN_ELABORAZIONE, 0)
        assert (giornale.stato, giornale.elaborate) == (StatoGiornale.CONCLUSO, 130)

    def test_killed_at_any_call_is_gone_on_with_and_nothing_is_twice(self, fonte, formats):
        expected = seed_sample(fonte, formats)
        run_queue()
        drop(sample(formats, "opi_1_8_misto.xml"))
        (message,) = messages_of("giornale-di-cassa")
        survived, number = 0, 0
        while True:
            try:
                # Before one call, after the next: each time the message comes again.
                with aws_calls(**{("die_before", "die_after")[number % 2]: 3 + number}):
                    operations.handle(message, now=NOW)
                break
            except ProcessKilled:
                survived += 1
                number += 1
        run_queue()

        assert survived > 15
        (giornale,) = giornali()
        assert {t.esito: t.quanti for t in giornale.totali} == expected["conteggi"]
        assert [m.esito for m in movimenti_of(giornale)] == [m["esito"] for m in expected["movimenti"]]

    def test_killed_before_each_of_its_calls_comes_to_the_same_end(self, fonte, formats):
        seed_flusso(fonte, flow(formats, "flusso_F1.xml"))
        seed_pagamento("01000000000010151", Importo(1234), token="T-1")
        run_queue()
        first = Snapshot.take()
        content = csv_of(
            credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}"), credit(2, "/RFB/01000000000010151", "12,34"), credit(3, "X")
        )
        drop(content)
        (message,) = messages_of("giornale-di-cassa")
        with aws_calls() as calls:
            operations.handle(message, now=NOW)
        expected = items_of(but=frozenset({"eventi"}))

        for number in range(len(calls)):
            first.restore()
            drop(content)
            with pytest.raises(ProcessKilled), aws_calls(die_before=number):
                operations.handle(message, now=NOW)
            operations.handle(message, now=NOW)
            for left in messages_of("incassi"):
                complete_incasso(id_dominio=left["idDominio"], id_incasso=left["idIncasso"], now=NOW)

            assert without_versions(items_of(but=frozenset({"eventi"}))) == without_versions(expected), calls[number]

    def test_divides_a_credit_by_capitolo_the_same_whatever_is_read_again(self, fonte, formats):
        seed_sample(fonte, formats)
        run_queue()
        start = Snapshot.take()
        rows = [
            credit(1, f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}", "1250,75"),
            credit(2, "/RFB/01000000000010151", "12,34"),
        ]
        at_once = movimenti_of(imported(csv_of(*rows)))
        start.restore()

        with patch.object(claims, "RIGHE_INSIEME", 0):
            again = movimenti_of(imported(csv_of(*rows)))

        assert [m.quote for m in at_once] == [m.quote for m in again]
        assert [(m.iuv_pagati, m.pagamenti) for m in at_once] == [(m.iuv_pagati, m.pagamenti) for m in again]
        assert all(m.quote for m in at_once)

    def test_asks_so_much_of_aws_a_movement(self, fonte, formats):
        drop(csv_of(*[credit(number, "AFFITTO", "1,00") for number in range(1, 201)]))

        assert len(calls_of_the_message()) == 39, "for two hundred credits that are not of pagoPA"

    @pytest.mark.parametrize(
        ("causale", "importo", "most"),
        [("/RFB/01000000000010151", "12,34", 4), (f"/PUR/LGPE-RIVERSAMENTO/URI/{F1}", "1250,75", 6)],
        ids=["a payment", "a flow of three payments"],
    )
    def test_asks_so_much_more_for_a_credit_that_is_reconciled(self, fonte, formats, causale, importo, most):
        seed_sample(fonte, formats)
        run_queue()
        drop(csv_of(credit(1, "AFFITTO")))
        without = len(calls_of_the_message())
        drop(csv_of(credit(2, causale, importo)), "altro.csv")

        assert len(calls_of_the_message()) - without <= most


def without_versions(items: dict[str, list[str]]) -> dict[str, list[str]]:
    """Give items as they are but for what counts the attempts, and what S3 numbers."""
    volatile = re.compile(r"""'versione', \{'N': '\d+'\}|"(versione|applicato)":("[^"]*"|\d+),?""")
    return {name: [volatile.sub("", item) for item in some] for name, some in items.items()}


def calls_of_the_message() -> list[str]:
    """Handle the one message there is; give the calls to DynamoDB, but for what the report asks."""
    *_, message = messages_of("giornale-di-cassa")
    with counted() as calls:
        operations.handle(message, now=NOW)
    assert giornali()[-1].stato is StatoGiornale.CONCLUSO
    return [call for call in calls if "Item" in call or call == "Query"]
