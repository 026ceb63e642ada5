"""Each command of `govpay`: what it prints, what it changes, how it exits."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.anagrafica import operations as anagrafica
from chalicelib.aws.clients import client
from chalicelib.aws.queues import Queue, queue_name
from chalicelib.notifiche import repository as notifiche
from chalicelib.notifiche.states import StatoSpedizione
from chalicelib.pagamenti.model import DaNotificare, TipoNotifica
from chalicelib.promemoria import repository as promemoria
from chalicelib.promemoria.model import Canale
from chalicelib.promemoria.rules import of_scadenza
from govpay.riga import main
from tests import builders_importazione as cassa
from tests import builders_tracciati as tracciati
from tests.aws_state import messages_of
from tests.builders_anagrafica import a_tipo_pendenza_dominio, seed_comune
from tests.builders_pagamenti import DOMINIO, an_attempt
from tests.builders_riconciliazione import IUV, loaded, paid
from tests.doubles_pagamenti import ports
from tests.govpay.conftest import NESSUNO, Processo

ADESSO = datetime.now(UTC)


@pytest.fixture
def comune(govpay):
    seed_comune(ADESSO)
    with ports():
        yield govpay


def scarta(coda: Queue, *bodies: str) -> None:
    """Put messages among the dead letters of a queue."""
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=f"{queue_name(coda)}-scarti")["QueueUrl"]
    for body in bodies:
        sqs.send_message(QueueUrl=url, MessageBody=body)


def una_fallita() -> str:
    """Store a notifica that was given up, and give its key."""
    from dataclasses import replace

    from chalicelib.notifiche import rules

    fatto = DaNotificare(tipo=TipoNotifica.ATTIVAZIONE, rpp=an_attempt(loaded(), iuv=IUV))
    found = notifiche.save(rules.give_up(replace(rules.plan(fatto, b"{}", now=ADESSO), tentativi=30), now=ADESSO))
    return found.chiave


class TestCronistoria:
    def test_is_a_page_for_a_person(self, comune):
        paid()

        detto = comune("cronistoria", IUV)

        assert detto.codice == 0, detto.errore
        assert f"IUV {IUV} del dominio {DOMINIO}" in detto.testo
        assert "Pagata, non ancora incassata." in detto.testo
        assert "Ricevuta acquisita: ESEGUITO" in detto.testo
        assert "Che cosa manca" in detto.testo
        assert "\033" not in detto.testo

    def test_tells_what_the_debtor_is_told(self, comune):
        avvisatura = {"promemoriaScadenza": {"abilitato": True}}
        anagrafica.put_tipo_pendenza_dominio(tipo=a_tipo_pendenza_dominio(dettagli={"avvisaturaAppIO": avvisatura}))
        scadenza = ADESSO.date() + timedelta(days=9)
        pendenza = loaded(data_scadenza=scadenza, data_validita=None)
        promemoria.save(of_scadenza(pendenza, Canale.APP_IO, scadenza, 5, now=ADESSO))

        detto = comune("cronistoria", IUV)

        assert "Promemoria della scadenza su App IO: previsto" in detto.testo
        assert [fatto["fase"] for fatto in comune("cronistoria", IUV, "--json").json["fatti"]].count("PROMEMORIA") == 1

    def test_is_one_json_document(self, comune):
        paid()

        found = comune("cronistoria", IUV, "--dominio", DOMINIO, "--json").json

        assert (found["iuv"], found["stato"]) == (IUV, "ESEGUITA")
        assert {"FLUSSO", "INCASSO"} <= {one["fase"] for one in found["mancano"]}

    def test_of_an_iuv_nobody_knows_says_so(self, comune):
        detto = comune("cronistoria", "01999999999999999", "--dominio", DOMINIO)

        assert (detto.codice, detto.testo) == (2, "")
        assert "non si sa nulla" in detto.errore

    def test_asks_for_the_dominio_where_none_has_it(self, comune):
        assert "indicare --dominio" in comune("cronistoria", "01999999999999999").errore


class TestNotifiche:
    def test_lists_what_was_given_up(self, comune):
        chiave = una_fallita()

        detto = comune("notifiche", "elenca")

        assert chiave in detto.testo
        assert comune("notifiche", "elenca", "--json").json[0]["chiave"] == chiave

    @pytest.mark.parametrize(("giorni", "codice"), [("1", 0), ("366", 0), ("0", 2), ("367", 2)])
    def test_lists_a_state_for_no_more_days_than_a_list_has(self, comune, giorni, codice):
        detto = comune("notifiche", "elenca", "--stato", "DA_SPEDIRE", "--giorni", giorni)

        assert detto.codice == codice, detto.errore

    def test_sends_anew_what_is_named(self, comune):
        chiave = una_fallita()

        detto = comune("notifiche", "rispedisci", chiave, "--si")

        assert detto.codice == 0, detto.errore
        assert notifiche.get(chiave).stato is StatoSpedizione.DA_SPEDIRE
        assert messages_of("notifiche") == [{"chiave": chiave}]

    def test_sends_nothing_without_a_yes(self, comune):
        chiave = una_fallita()

        detto = comune("notifiche", "rispedisci", "--tutte")

        assert (detto.codice, notifiche.get(chiave).stato) == (2, StatoSpedizione.FALLITA)
        assert "--si" in detto.errore

    def test_says_which_may_not_be_sent(self, comune):
        detto = comune("notifiche", "rispedisci", "non-esiste", "--si", "--json")

        assert detto.codice == 1
        assert detto.json["rispedite"] == 0
        assert "non esiste" in detto.json["rifiutate"][0]["motivo"]

    def test_wants_keys_or_all(self, comune):
        assert comune("notifiche", "rispedisci", "--si").codice == 2


class TestDlq:
    def test_counts_dead_letters_and_names_what_they_are_about(self, comune):
        scarta(Queue.RICEVUTE, '{"chiave":"ricevute/1","iuv":"01","richiesta":"<segreto/>"}')

        detto = comune("dlq", "elenca", "ricevute")

        assert detto.codice == 1
        assert '"chiave": "ricevute/1"' in detto.testo
        assert "segreto" not in detto.testo

    def test_gives_them_back_to_their_queue(self, comune):
        scarta(Queue.RICEVUTE, *(f'{{"n":{number}}}' for number in range(12)))

        detto = comune("dlq", "rispedisci", "ricevute", "--si")

        assert detto.codice == 0, detto.errore
        assert "rimessi in coda 12 messaggi" in detto.testo
        assert sorted(one["n"] for one in messages_of("ricevute")) == list(range(12))
        assert messages_of("ricevute-scarti") == []

    def test_gives_back_no_more_than_is_asked(self, comune):
        scarta(Queue.RICEVUTE, "{}", "{}", "{}")

        assert comune("dlq", "rispedisci", "ricevute", "--limite", "1", "--si", "--json").json == {
            "rimessi": {"ricevute": 1}
        }

    def test_gives_back_those_of_all_queues(self, comune):
        scarta(Queue.RICEVUTE, "{}")
        scarta(Queue.FLUSSI, "{}")

        assert comune("dlq", "rispedisci", "tutte", "--si", "--json").json["rimessi"] == {"flussi": 1, "ricevute": 1}

    def test_moves_nothing_without_a_yes(self, comune):
        scarta(Queue.RICEVUTE, "{}")

        assert comune("dlq", "rispedisci", "ricevute").codice == 2
        assert len(messages_of("ricevute-scarti")) == 1

    def test_names_the_queues_there_are(self, comune):
        assert "notifiche" in comune("dlq", "rispedisci", "boh", "--si").errore


class TestGiornale:
    def test_is_imported_and_its_outcome_told(self, comune, tmp_path):
        path = tmp_path / "giornale.csv"
        path.write_bytes(b"non e' un giornale")

        detto = comune.served(
            lambda: cassa.run_queue(now=ADESSO), "giornale", "importa", str(path), "--dominio", DOMINIO
        )

        assert detto.codice == 1, detto.errore
        assert "Rifiutato, GDC_" in detto.testo

    def test_may_be_left_to_itself(self, comune, tmp_path):
        path = tmp_path / "giornale.csv"
        path.write_bytes(b"a;b")

        detto = comune("giornale", "importa", str(path), "--dominio", DOMINIO, "--senza-attendere", "--json")

        assert detto.json["stato"] == "ATTESO"

    def test_must_be_there(self, comune, tmp_path):
        assert "non si legge" in comune("giornale", "importa", str(tmp_path / "x"), "--dominio", DOMINIO).errore

    def test_is_of_an_ente_that_is_registered(self, comune, tmp_path):
        path = tmp_path / "giornale.csv"
        path.write_bytes(b"a;b")

        detto = comune("giornale", "importa", str(path), "--dominio", "99999999999")

        assert (detto.codice, "non è censito" in detto.errore) == (2, True)


class TestTracciato:
    def test_is_loaded_and_its_outcome_told(self, comune, tmp_path):
        tracciati.seed_ente()
        path = tmp_path / "prova.csv"
        path.write_bytes(tracciati.a_csv(tracciati.a_row("P-1"), tracciati.a_row("P-2", importo="boh")))

        work = lambda: tracciati.run_queue(now=ADESSO)
        detto = comune.served(work, "tracciato", "carica", str(path), "--dominio", tracciati.ENTE)

        assert detto.codice == 1, detto.errore
        assert "eseguite 1, rifiutate 1." in detto.testo
        assert "linea 3:" in detto.testo

    def test_is_a_csv_or_a_json(self, comune, tmp_path):
        path = tmp_path / "prova.txt"
        path.write_bytes(b"x")

        assert "deve finire per .csv o .json" in comune("tracciato", "carica", str(path), "--dominio", DOMINIO).errore

    def test_is_of_an_ente_and_a_tipo_that_are_registered(self, comune, tmp_path):
        path = tmp_path / "prova.csv"
        path.write_bytes(b"x")

        assert "non è censito" in comune("tracciato", "carica", str(path), "--dominio", "9").errore
        boh = comune("tracciato", "carica", str(path), "--dominio", DOMINIO, "--tipo", "boh")
        assert "non è definito" in boh.errore


class TestSalute:
    def test_is_good_where_nothing_waits(self, comune):
        detto = comune("salute")

        assert detto.codice == 0, detto.testo + detto.errore
        assert "transazioni" in detto.testo

    def test_looks_for_all_that_a_schedule_should_have_taken_up(self, comune):
        esami = comune("salute", "--json").json["esami"]

        assert [one["nome"] for one in esami if one["cosa"] == "lavoro"] == [
            "riaccoda_notifiche",
            "riaccoda_promemoria",
            "recupero_pagamenti",
            "riaccoda_incassi",
        ]

    def test_is_bad_where_dead_letters_are(self, comune):
        scarta(Queue.RICEVUTE, "{}")

        found = comune("salute", "--json")

        assert (found.codice, found.json["stato"]) == (1, 2)
        [esame] = [one for one in found.json["esami"] if one["cosa"] == "coda" and one["stato"]]
        assert esame["nome"] == "ricevute"

    def test_of_tables_that_are_not_there_says_so(self, processo):
        found = processo("salute", "--json", stage="altro")

        assert found.codice == 3
        assert "AWS non risponde" in found.errore


class TestTheCommandLine:
    def test_speaks_italian_of_itself(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main(["--help"])

        assert caught.value.code == 0
        out = capsys.readouterr().out
        for nome in ("cronistoria", "notifiche", "dlq", "giornale", "tracciato", "salute", "codici di uscita"):
            assert nome in out

    def test_takes_no_secret(self, capsys):
        for comando in (["salute"], ["dlq", "elenca"], ["tracciato", "carica"]):
            with pytest.raises(SystemExit):
                main([*comando, "--help"])
            assert "password" not in capsys.readouterr().out.lower()

    def test_knows_no_other_command(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main(["boh"])

        assert caught.value.code == 2

    def test_says_when_nothing_answers(self):
        detto = Processo(NESSUNO)("dlq", "elenca")

        assert (detto.codice, detto.testo) == (3, "")
        assert "AWS non risponde" in detto.errore


class TestAProcessOfItsOwn:
    """As it is installed: the environment read once, AWS over HTTP. What each command does is proved above."""

    def test_reads_the_sandbox_it_is_told(self, processo):
        seed_comune(ADESSO)
        with ports():
            paid()

        found = processo("cronistoria", IUV, "--dominio", DOMINIO, "--json")

        assert (found.codice, found.json["iuv"], found.json["stato"]) == (0, IUV, "ESEGUITA"), found.errore

    def test_writes_there_and_says_so(self, processo):
        scarta(Queue.RICEVUTE, '{"n":1}')

        detto = processo("dlq", "rispedisci", "ricevute", "--si", "--json")

        assert (detto.codice, detto.json) == (0, {"rimessi": {"ricevute": 1}}), detto.errore
        assert messages_of("ricevute") == [{"n": 1}]
