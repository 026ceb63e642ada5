"""A flow becomes rows, riscossioni and a head, once, whatever dies in between."""

import json
import resource
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws import documents, queues
from chalicelib.aws.documents import Bucket
from chalicelib.aws.queues import Queue
from chalicelib.aws.transactions import WriteConflict
from chalicelib.kernel.importo import Importo
from chalicelib.pagamenti import operations as pagamenti
from chalicelib.pagamenti.ports import Ports as PagamentiPorts
from chalicelib.pagamenti.states import StatoRiscossione
from chalicelib.pagopa.fdr import FlussiFdr
from chalicelib.pendenze.states import StatoPendenza
from chalicelib.riconciliazione import operations
from chalicelib.riconciliazione.model import Formato
from chalicelib.riconciliazione.operations import acquisizione
from chalicelib.riconciliazione.operations.messaggi import Passo
from chalicelib.riconciliazione.ports import Ports
from chalicelib.riconciliazione.repository import flussi
from chalicelib.riconciliazione.states import Anomalia, StatoFlusso, StatoRendicontazione
from tests.aws_calls import ProcessKilled, aws_calls
from tests.aws_state import Snapshot, items_of, messages_of
from tests.builders_anagrafica import a_dominio, seed_comune, there
from tests.builders_pagamenti import ALTRO_DOMINIO, DOMINIO, NOW, STAZIONE, TOKEN, a_pendenza, a_receipt, two_voci
from tests.builders_riconciliazione import (
    DATA_ORA,
    ID_FLUSSO,
    IUV,
    PSP,
    FonteFinta,
    a_chiave,
    a_flow,
    a_message,
    a_riga,
    acquired,
    iuv,
    loaded,
    paid,
    posizione,
    receiver,
    riscossione,
)
from tests.doubles_pagamenti import EnteFinto, ports, verificata

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def fonte(aws):
    seed_comune(NOW)
    fonte = FonteFinta()
    with ports(), patch.object(Ports, "fonti", {Formato.SOAP: fonte}, create=True):
        yield fonte


def the_flow(chiave=None):
    return flussi.state_of(chiave or a_chiave())[0]


def the_rows(chiave=None):
    return sorted((r for _, r in flussi.rows(chiave or a_chiave())), key=lambda r: r.riga.progressivo)


def codes(rendicontazione):
    return [segnalazione.codice for segnalazione in rendicontazione.segnalazioni]


class TestAFlow:
    def test_of_known_payments_is_accettata(self, fonte):
        paid()

        acquired(fonte, a_flow())

        flusso = the_flow()
        assert flusso.stato is StatoFlusso.ACCETTATA
        assert flusso.testata.importo == flusso.conteggio.somma == Importo(10050)
        (row,) = the_rows()
        assert row.stato is StatoRendicontazione.OK
        assert row.riscossione == riscossione().chiave

    def test_is_in_the_archive_as_it_came(self, fonte):
        paid()
        xml = a_flow()

        acquired(fonte, xml)

        (key,) = the_flow().originale
        assert documents.get(Bucket.ARCHIVIO, key) == xml

    def test_that_comes_again_changes_nothing(self, fonte):
        paid()
        acquired(fonte, a_flow())
        before = items_of()

        with aws_calls() as calls:
            operations.acquire_step(a_message(), now=LATER)

        assert items_of() == before
        assert calls == ["dynamodb.BatchGetItem"]

    def test_that_the_source_no_longer_has_is_passed_over(self, fonte):
        before = items_of()

        operations.acquire_step(a_message(), now=NOW)

        assert items_of() == before

    def test_with_a_row_that_is_unknown_is_anomala(self, fonte):
        acquired(fonte, a_flow())

        assert the_flow().stato is StatoFlusso.ANOMALA
        assert [codes(row) for row in the_rows()] == [[Anomalia.PAGAMENTO_NON_PRESENTE]]

    def test_that_was_anomala_is_accettata_when_its_ricevuta_has_come(self, fonte):
        acquired(fonte, a_flow())
        paid()
        operations.examine_again(now=LATER)
        (message,) = messages_of("flussi")

        operations.acquire_step(message, now=LATER)

        assert message["passo"] == Passo.RIESAME
        assert the_flow().stato is StatoFlusso.ACCETTATA
        assert fonte.asked == [f"flusso {ID_FLUSSO}"]

    def test_of_another_intermediario_is_counted_and_not_an_anomaly(self, fonte):
        paid()
        foreign = a_riga(progressivo=2, iuv="02000000000000999", iur="ALTRO")

        acquired(fonte, a_flow(a_riga(), foreign))

        assert the_flow().stato is StatoFlusso.ACCETTATA
        assert the_flow().conteggio.altri == 1
        assert the_rows()[1].stato is StatoRendicontazione.ALTRO_INTERMEDIARIO

    def test_with_a_row_twice_flags_the_second(self, fonte):
        paid()

        acquired(fonte, a_flow(a_riga(), a_riga(progressivo=2)))

        assert [codes(row) for row in the_rows()] == [[], [Anomalia.RIGA_RIPETUTA]]
        assert the_flow().conteggio.righe == 2

    def test_of_another_dominio_than_the_one_asked_for_is_flagged(self, fonte):
        paid()

        acquired(fonte, a_flow(istituto_ricevente=receiver(ALTRO_DOMINIO)))

        assert [s.codice for s in the_flow().segnalazioni] == [Anomalia.DOMINIO_DIVERSO]

    def test_that_does_not_add_up_is_anomala_with_both_figures(self, fonte):
        paid()

        acquired(fonte, a_flow(numero_totale_pagamenti=2, importo_totale_pagamenti=Importo(20000)))

        totale, numero = the_flow().segnalazioni
        assert (totale.codice, numero.codice) == (Anomalia.TOTALE_DIVERSO, Anomalia.NUMERO_DIVERSO)
        assert "100.50" in totale.dettaglio
        assert "200.00" in totale.dettaglio

    def test_that_cannot_be_read_is_rifiutata_and_moves_no_money(self, fonte):
        loaded()
        xml = a_flow(a_riga(esito="9"), a_riga(progressivo=2, iuv=iuv(7))).replace(
            b"100.50</singoloImporto", b"?</singoloImporto", 2
        )
        fonte.flussi[a_chiave()] = xml

        operations.acquire_step(a_message(), now=NOW)

        assert the_flow().stato is StatoFlusso.RIFIUTATA
        assert "singoloImportoPagato" in the_flow().motivo
        assert posizione().stato is StatoPendenza.NON_ESEGUITO
        assert documents.get(Bucket.ARCHIVIO, the_flow().originale[0]) == xml

    def test_that_cannot_be_read_stops_no_other(self, fonte):
        paid()
        other = a_chiave(id_flusso="2026-11-23BCITITMM-2")
        acquired(fonte, b"<!DOCTYPE x><x/>")

        acquired(fonte, a_flow(identificativo_flusso=other.id_flusso), other)

        assert the_flow().stato is StatoFlusso.RIFIUTATA
        assert the_flow(other).stato is StatoFlusso.ACCETTATA

    def test_of_one_name_in_two_enti_is_two_flows(self, fonte):
        paid()
        altro = a_chiave(id_dominio=ALTRO_DOMINIO)

        acquired(fonte, a_flow())
        acquired(fonte, a_flow(a_riga(iuv="100000000000001"), istituto_ricevente=receiver(ALTRO_DOMINIO)), altro)

        assert the_flow().stato is StatoFlusso.ACCETTATA
        assert the_flow(altro).stato is StatoFlusso.ANOMALA
        assert len(flussi.keys_named(ID_FLUSSO.lower(), most=10)) == 2


class TestAnAnswerThatCannotBeRead:
    """The source gives it once, and what is right before or after: a gateway's page of courtesy, an answer cut short."""

    ILLEGGIBILE = b"<html>Servizio momentaneamente non disponibile</html>"

    def test_is_not_archived_in_the_place_of_what_another_delivery_brought(self, fonte):
        paid()
        fonte.flussi[a_chiave()] = xml = a_flow()
        with pytest.raises(ProcessKilled), aws_calls(die_before=4):
            operations.acquire_step(a_message(), now=NOW)
        before = there(flussi.state_of(a_chiave())[1])
        fonte.flussi[a_chiave()] = self.ILLEGGIBILE

        with patch.object(flussi, "state_of", return_value=(None, None)), pytest.raises(WriteConflict):
            operations.acquire_step(a_message(), now=NOW)

        assert documents.get(Bucket.ARCHIVIO, before.parti[0]) == xml
        assert the_flow() is None
        operations.acquire_step(a_message(), now=LATER)
        assert the_flow().stato is StatoFlusso.ACCETTATA

    def test_costs_nothing_where_the_delivery_that_read_the_flow_ends_last(self, fonte):
        paid()
        acquired(fonte, self.ILLEGGIBILE)
        fonte.flussi[a_chiave()] = a_flow()

        unaware = patch.object(flussi, "state_of", return_value=(None, None))
        with unaware, pytest.raises(ProcessKilled), aws_calls(die_after=2):
            operations.acquire_step(a_message(), now=NOW)
        operations.acquire_step(a_message(), now=LATER)

        assert (the_flow().stato, the_flow().motivo) == (StatoFlusso.ACCETTATA, None)

    def test_is_asked_for_again_until_the_source_gives_the_flow(self, fonte):
        paid()
        acquired(fonte, self.ILLEGGIBILE)
        assert operations.examine_again(now=LATER) == 1
        (again,) = messages_of("flussi")
        operations.acquire_step(again, now=LATER)
        assert (the_flow().stato, the_flow().acquisito) == (StatoFlusso.RIFIUTATA, NOW)
        fonte.flussi[a_chiave()] = a_flow()

        operations.acquire_step(again, now=LATER)

        assert (the_flow().stato, the_flow().motivo) == (StatoFlusso.ACCETTATA, None)
        assert operations.examine_again(now=LATER) == 0


class TestARevision:
    def test_makes_the_older_one_obsolete(self, fonte):
        paid()
        newer = a_chiave(data_ora=DATA_ORA + timedelta(hours=5))
        acquired(fonte, a_flow(importo_totale_pagamenti=Importo(1)))

        acquired(fonte, a_flow(), newer)

        assert (the_flow().obsoleto, the_flow(newer).obsoleto) == (True, False)
        assert the_flow(newer).stato is StatoFlusso.ACCETTATA

    def test_that_comes_late_is_obsolete_itself(self, fonte):
        paid()
        newer = a_chiave(data_ora=DATA_ORA + timedelta(hours=5))
        acquired(fonte, a_flow(), newer)

        acquired(fonte, a_flow())

        assert (the_flow().obsoleto, the_flow(newer).obsoleto) == (True, False)

    def test_that_cannot_be_read_replaces_nothing(self, fonte):
        paid()
        newer = a_chiave(data_ora=DATA_ORA + timedelta(hours=5))
        acquired(fonte, a_flow())

        acquired(fonte, b"non xml", newer)

        assert the_flow().obsoleto is False


class TestMoneyWithoutRicevuta:
    @pytest.mark.parametrize("esito", ["4", "8", "9"])
    def test_pays_its_pendenza(self, fonte, esito):
        loaded()

        acquired(fonte, a_flow(a_riga(esito=esito)))

        assert riscossione().stato is StatoRiscossione.PAGATO_SENZA_RPT
        assert posizione().stato is StatoPendenza.ESEGUITO
        assert "senza RPT" in posizione().descrizione_stato
        assert the_flow().stato is StatoFlusso.ACCETTATA

    def test_is_completed_by_the_ricevuta_that_comes_later_and_not_counted_twice(self, fonte):
        pendenza = loaded()
        acquired(fonte, a_flow(a_riga(esito="4")))

        pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza), now=LATER)

        assert riscossione().stato is StatoRiscossione.RISCOSSA
        assert riscossione().ccp == TOKEN
        assert riscossione().anomalie == ()
        assert posizione().stato is StatoPendenza.ESEGUITO
        assert posizione().importo_pagato == Importo(10050)
        assert not posizione().anomalo
        assert posizione().descrizione_stato is None

    def test_on_a_paid_pendenza_is_a_second_payment_and_flagged(self, fonte):
        paid(token="altro-token")

        acquired(fonte, a_flow(a_riga(esito="9")))

        assert posizione().anomalo
        assert posizione().importo_pagato == Importo(20100)

    def test_of_no_pendenza_is_an_anomaly(self, fonte):
        acquired(fonte, a_flow(a_riga(esito="9")))

        assert [codes(row) for row in the_rows()] == [[Anomalia.PENDENZA_SCONOSCIUTA]]

    def test_of_several_voci_is_an_anomaly(self, fonte):
        from chalicelib.pendenze import repository as pendenze

        pendenze.save(None, replace(two_voci(), versione=0))

        acquired(fonte, a_flow(a_riga(esito="9")))

        assert [codes(row) for row in the_rows()] == [[Anomalia.PENDENZA_CON_PIU_VOCI]]
        assert posizione().stato is StatoPendenza.NON_ESEGUITO


class TestMoneyWithoutRicevutaOfAPendenzaOfTheEnte:
    @pytest.fixture
    def ente(self, fonte):
        ente = EnteFinto()
        with patch.object(PagamentiPorts, "verifica", ente):
            yield ente

    def test_pays_what_the_ente_answers(self, fonte, ente):
        ente.answer = verificata()

        acquired(fonte, a_flow(a_riga(esito="9")))

        assert ente.asked == [f"avviso {DOMINIO} {IUV}"]
        assert (posizione().stato, riscossione().stato) == (
            StatoPendenza.ESEGUITO,
            StatoRiscossione.PAGATO_SENZA_RPT,
        )
        assert the_flow().stato is StatoFlusso.ACCETTATA

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (None, "L'ente creditore non conosce lo iuv"),
            ({"stato": "ANNULLATA", "descrizioneStato": "sgravio"}, "sgravio"),
            ({"idA2A": "ALTRA"}, "idA2A diverso"),
        ],
        ids=["unknown", "cancelled", "another's"],
    )
    def test_is_007111_with_the_cause_that_the_ente_gives(self, fonte, ente, answer, words):
        ente.answer = None if answer is None else verificata(**answer)

        acquired(fonte, a_flow(a_riga(esito="9")))

        ((segnalazione,),) = [row.segnalazioni for row in the_rows()]
        assert segnalazione.codice is Anomalia.PENDENZA_SCONOSCIUTA
        assert words in segnalazione.dettaglio

    def test_is_found_when_the_ente_answers_at_last(self, fonte, ente):
        ente.silence = True
        acquired(fonte, a_flow(a_riga(esito="9")))
        assert the_flow().stato is StatoFlusso.ANOMALA
        ente.silence, ente.answer = False, verificata()

        assert operations.examine_again(now=LATER) == 1
        operations.acquire_step(a_message(passo=Passo.RIESAME), now=LATER)

        assert the_flow().stato is StatoFlusso.ACCETTATA

    def test_is_not_asked_for_again_and_again_of_an_ente_that_is_silent(self, fonte, ente):
        ente.silence = True

        acquired(fonte, a_flow(*(a_riga(progressivo=n, iuv=iuv(n), iur=f"T-{n}", esito="9") for n in range(1, 21))))

        assert len(ente.asked) == 2
        assert "si riprova ogni giorno" in the_rows()[-1].segnalazioni[0].dettaglio

    def test_is_asked_for_a_hundred_times_a_message_and_so_often_a_flow(self, fonte, ente, monkeypatch):
        monkeypatch.setattr(acquisizione, "VERIFICHE_MAX", 150)
        righe = [a_riga(progressivo=n, iuv=iuv(n), iur=f"T-{n}", esito="9") for n in range(1, 301)]

        acquired(fonte, a_flow(*righe))

        assert len(ente.asked) == 100
        ((message,)) = messages_of("flussi")
        while the_flow() is None:
            operations.acquire_step(message, now=NOW)
        assert len(ente.asked) == 150
        assert the_flow().conteggio.anomale == 300

    def test_is_not_asked_for_where_it_is_of_another_intermediario(self, fonte, ente):
        acquired(fonte, a_flow(a_riga(esito="9", iuv="99" + "0" * 15)))

        assert ente.asked == []


class TestASecondaryBeneficiary:
    def test_finds_its_money_under_its_own_dominio(self, fonte):
        from chalicelib.pendenze import repository as pendenze

        anagrafica.put_dominio(dominio=a_dominio(id_dominio=ALTRO_DOMINIO, segregation_code="05"))
        pendenza = pendenze.save(None, replace(two_voci(), versione=0))
        pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza), now=NOW)
        altro = a_chiave(id_dominio=ALTRO_DOMINIO)
        row = a_riga(indice=2, importo=Importo(2000))

        acquired(fonte, a_flow(row, istituto_ricevente=receiver(ALTRO_DOMINIO)), altro)

        assert the_flow(altro).stato is StatoFlusso.ACCETTATA
        assert the_rows(altro)[0].riscossione == (DOMINIO, IUV, TOKEN, 2)


class TestOldFlows:
    def test_without_index_are_matched_by_amount(self, fonte):
        from chalicelib.pendenze import repository as pendenze

        pendenza = pendenze.save(
            None, replace(a_pendenza(voci=(a_pendenza().voci[0], _second(Importo(2000)))), versione=0)
        )
        pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza), now=NOW)

        acquired(fonte, a_flow(a_riga(indice=None, importo=Importo(2000))))

        assert the_rows()[0].riscossione.indice == 2

    def test_without_index_and_with_equal_amounts_are_of_more_than_one_payment(self, fonte):
        from chalicelib.pendenze import repository as pendenze

        pendenza = pendenze.save(
            None, replace(a_pendenza(voci=(a_pendenza().voci[0], _second(Importo(10050)))), versione=0)
        )
        pagamenti.acquire_ricevuta(ricevuta=a_receipt(pendenza), now=NOW)

        acquired(fonte, a_flow(a_riga(indice=None)))

        assert codes(the_rows()[0]) == [Anomalia.PIU_PAGAMENTI]
        assert Anomalia.PIU_PAGAMENTI in [s.codice for s in the_flow().segnalazioni]


def _second(importo):
    return replace(a_pendenza().voci[0], id_voce="voce-2", indice=2, importo=importo)


class TestAnAcquisitionThatDies:
    def test_anywhere_ends_as_if_it_had_lived(self, fonte):
        paid()
        loaded(iuv(2))
        rows = [a_riga(), a_riga(progressivo=2, iuv=iuv(2), iur="IUR-2", esito="9")]
        rows += [a_riga(progressivo=n, iuv="02000000000000999", iur=f"ALTRO-{n}") for n in range(3, 140)]
        fonte.flussi[a_chiave()] = a_flow(*rows)
        for queue in Queue:
            queues._url(queue)
        start = Snapshot.take()
        with aws_calls() as calls:
            operations.acquire_step(a_message(), now=NOW)
        expected = items_of()

        for number in range(len(calls)):
            for moment in ("die_before", "die_after"):
                start.restore()
                with pytest.raises(ProcessKilled), aws_calls(**{moment: number}):
                    operations.acquire_step(a_message(), now=NOW)

                operations.acquire_step(a_message(), now=NOW)

                # What died once has one version more of its progress, which is gone; everything else is the same.
                assert items_of() == expected, (moment, number, calls[number])

    def test_in_the_middle_shows_no_head(self, fonte):
        rows = [a_riga(progressivo=n, iuv="02000000000000999", iur=f"ALTRO-{n}") for n in range(1, 140)]
        fonte.flussi[a_chiave()] = a_flow(*rows)
        with pytest.raises(ProcessKilled), aws_calls(die_before=10):
            operations.acquire_step(a_message(), now=NOW)

        flusso, avanzamento = flussi.state_of(a_chiave())

        assert flusso is None
        assert there(avanzamento).scaricato


class TestALongFlow:
    ROWS = 2000

    def test_costs_few_calls_a_row_and_no_memory(self, fonte, record_property):
        rows = [a_riga(progressivo=n, iuv="02000000000000999", iur=f"ALTRO-{n}") for n in range(1, self.ROWS + 1)]
        fonte.flussi[a_chiave()] = a_flow(*rows)

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with aws_calls() as calls:
            operations.acquire_step(a_message(), now=NOW)

        record_property("aws_calls_per_row", len(calls) / self.ROWS)
        record_property("memory_kb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)
        assert the_flow().conteggio.righe == self.ROWS
        assert len(calls) <= self.ROWS * 0.085 + 10

    def test_is_handed_on_to_the_next_message(self, fonte, monkeypatch):
        monkeypatch.setattr(acquisizione, "RIGHE_A_MESSAGGIO", 150)
        rows = [a_riga(progressivo=n, iuv="02000000000000999", iur=f"ALTRO-{n}") for n in range(1, 402)]
        fonte.flussi[a_chiave()] = a_flow(*rows)
        operations.acquire_step(a_message(), now=NOW)

        for _ in range(2):
            assert the_flow() is None
            operations.acquire_step(messages_of("flussi")[-1], now=NOW)

        assert the_flow().conteggio.righe == 401
        assert len(messages_of("flussi")) == 2

    def test_whose_rows_are_slow_is_handed_on_before_its_time_is_out(self, fonte, monkeypatch):
        monkeypatch.setattr(acquisizione, "SECONDI_A_MESSAGGIO", -1.0)
        rows = [a_riga(progressivo=n, iuv="02000000000000999", iur=f"ALTRO-{n}") for n in range(1, 202)]
        fonte.flussi[a_chiave()] = a_flow(*rows)

        for expected in (100, 200):
            operations.acquire_step(messages_of("flussi")[-1] if expected > 100 else a_message(), now=NOW)
            assert there(flussi.state_of(a_chiave())[1]).conteggio.righe == expected

        for _ in range(2):
            operations.acquire_step(messages_of("flussi")[-1], now=NOW)
        assert the_flow().conteggio.righe == 201


class FdrFinto(FlussiFdr):
    """Reads as FdR does; its answers are at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[Any] = []
        self.asked: list[int] = []

    def scarica(self, chiave: Any, *, id_stazione: str, parte: int, into: Any, now: Any) -> bool:
        self.asked.append(parte)
        into.write(json.dumps(self.answers[parte]).encode())
        return parte == len(self.answers) - 1


def fdr_answers(*pages):
    head = {
        "fdr": ID_FLUSSO,
        "fdrDate": "2026-11-24T05:00:00Z",
        "regulation": "TRN",
        "regulationDate": "2026-11-23",
        "sender": {"pspId": PSP, "pspName": "Banca di Esempio"},
        "receiver": {"organizationId": DOMINIO},
        "totPayments": sum(len(page) for page in pages),
        "sumPayments": sum(row["pay"] for page in pages for row in page),
    }
    return [head, *({"metadata": {"totPage": len(pages)}, "data": page} for page in pages)]


def a_payment(number, **other):
    base = {"iuv": "02000000000000999", "iur": f"ALTRO-{number}", "idTransfer": 1, "payStatus": "EXECUTED"}
    return {**base, "pay": 10, "payDate": "2026-11-23", "index": number, **other}


class TestAFlowOfFdr:
    @pytest.fixture
    def fdr(self, fonte):
        fdr = FdrFinto()
        with patch.object(Ports, "fonti", {Formato.FDR: fdr}):
            yield fdr

    def steps(self, message, *, seconds=2):
        """Do all the steps of a flow, one a turn; give how many there were."""
        done, at = 0, NOW
        while message is not None:
            before = len(messages_of("flussi"))
            operations.acquire_step(message, now=at)
            sent = messages_of("flussi")[before:]
            message, done, at = (sent[0] if sent else None), done + 1, at + timedelta(seconds=seconds)
        return done

    def test_is_brought_a_page_a_message_and_then_acquired_whole(self, fdr):
        fdr.answers = fdr_answers([a_payment(1), a_payment(2)], [a_payment(3)])
        chiave = a_chiave(revisione=1)

        done = self.steps(a_message(chiave, formato=Formato.FDR))

        assert (done, fdr.asked) == (3, [0, 1, 2])
        flusso = there(the_flow(chiave))
        assert (flusso.stato, flusso.conteggio.righe, len(flusso.originale)) == (StatoFlusso.ACCETTATA, 3, 3)
        assert [row.riga.progressivo for row in the_rows(chiave)] == [1, 2, 3]

    def test_has_no_page_brought_again_whose_rows_are_written(self, fdr, monkeypatch):
        monkeypatch.setattr(acquisizione, "RIGHE_A_MESSAGGIO", 2)
        fdr.answers = fdr_answers(*[[a_payment(2 * page), a_payment(2 * page + 1)] for page in range(6)])
        chiave = a_chiave(revisione=1)

        with aws_calls() as calls:
            self.steps(a_message(chiave, formato=Formato.FDR))

        assert the_flow(chiave).conteggio.righe == 12
        assert calls.count("s3.GetObject") == 6

    def test_waits_for_its_turn(self, fdr):
        fdr.answers = fdr_answers([a_payment(1)])
        message = a_message(a_chiave(revisione=1), formato=Formato.FDR)
        operations.acquire_step(message, now=NOW)

        operations.acquire_step(messages_of("flussi")[0], now=NOW + timedelta(milliseconds=500))

        assert fdr.asked == [0]
        assert len(messages_of("flussi")) == 2

    def test_with_a_page_that_cannot_be_read_is_rifiutata_before_any_row_counts(self, fdr):
        loaded()
        fdr.answers = fdr_answers([a_payment(1, iuv=IUV, payStatus="NO_RPT")], [a_payment(2)])
        fdr.answers[2]["data"] = [{"iuv": 1}]
        chiave = a_chiave(revisione=1)

        self.steps(a_message(chiave, formato=Formato.FDR))

        assert there(the_flow(chiave)).stato is StatoFlusso.RIFIUTATA
        assert posizione().stato is StatoPendenza.NON_ESEGUITO

    def test_newer_revision_replaces_what_came_by_soap(self, fonte, fdr):
        paid()
        with patch.object(Ports, "fonti", {Formato.SOAP: fonte}):
            acquired(fonte, a_flow())
        fdr.answers = fdr_answers([a_payment(1)])
        newer = a_chiave(revisione=1)

        self.steps(a_message(newer, formato=Formato.FDR))

        assert (there(the_flow()).obsoleto, there(the_flow(newer)).obsoleto) == (True, False)


class TestTheSchedule:
    def test_asks_for_each_ente_whose_flows_are_taken(self, fonte):
        assert operations.ask_flussi() == 2

        assert {m["idDominio"] for m in messages_of("flussi")} == {DOMINIO, ALTRO_DOMINIO}

    def test_leaves_out_who_takes_its_flows_elsewhere(self, fonte):
        anagrafica.put_dominio(dominio=a_dominio(scarica_fr=False))

        operations.ask_flussi()

        assert {m["idDominio"] for m in messages_of("flussi")} == {ALTRO_DOMINIO}

    def test_leads_to_one_message_for_each_new_flow(self, fonte):
        paid()
        acquired(fonte, a_flow())
        fonte.flussi[a_chiave(id_flusso="2026-11-24BCITITMM-2")] = b""
        message = {"passo": Passo.ELENCO, "idDominio": DOMINIO, "idStazione": STAZIONE, "formato": "SOAP", "pagina": 1}

        operations.acquire_step(message, now=NOW)

        assert [m["idFlusso"] for m in messages_of("flussi")] == ["2026-11-24BCITITMM-2"]

    def test_tells_who_waits_for_a_flow(self, fonte):
        told = []
        paid()
        with patch.object(Ports, "flusso_acquisito", lambda *ids: told.append(ids)):
            acquired(fonte, a_flow())

        assert told == [(DOMINIO, ID_FLUSSO)]
