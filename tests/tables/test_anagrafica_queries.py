"""The snapshot: what other contexts ask of the anagrafica, and how long it holds."""

import time
from dataclasses import replace

import pytest

from chalicelib.anagrafica import operations, queries, repository, snapshot
from chalicelib.anagrafica.model import Abilitazioni, CodificaAvvisi, TipoContabilita
from chalicelib.aws.transactions import commit
from tests.builders_anagrafica import (
    A2A_ALTRA,
    A2A_COMUNE,
    ALTRO_DOMINIO,
    DOMINIO,
    IBAN_BANCA,
    IBAN_POSTA,
    INTERMEDIARIO,
    STAZIONE_V1,
    STAZIONE_V2,
    TARI,
    a_dominio,
    a_tipo_pendenza,
    a_tipo_pendenza_dominio,
    an_altra_applicazione,
    an_applicazione,
    an_entrata,
    seed_comune,
    there,
)


@pytest.fixture
def comune(aws, now):
    seed_comune(now)


@pytest.mark.usefixtures("comune")
class TestDominio:
    def test_is_given_with_all_it_has(self):
        ente = queries.dominio(DOMINIO)

        assert ente is not None
        assert ente.dominio.id_stazione == STAZIONE_V2
        assert set(ente.conti) == {IBAN_BANCA, IBAN_POSTA}
        assert set(ente.entrate) == {"TARI", "MULTA", "MENSA", "BOLLOT"}
        assert set(ente.tipi) == {"LIBERO", "BOLLOT", "TARI", "MULTA", "MENSA"}
        assert set(ente.unita) == {"EC", "UFFICIO-TRIBUTI"}

    def test_is_itself_among_its_unita(self):
        ente = queries.dominio(DOMINIO)

        assert ente is not None
        assert ente.unita["EC"].ragione_sociale == ente.dominio.ragione_sociale
        assert ente.unita["EC"].recapiti == ente.dominio.recapiti

    def test_takes_the_contabilita_of_the_catalogue_where_it_says_nothing(self):
        operations.put_entrata(
            entrata=an_entrata(id_entrata="MULTA", tipo_contabilita=TipoContabilita.CAPITOLO, codice_contabilita="3321")
        )

        ente = queries.dominio(DOMINIO)

        assert ente is not None
        tari, multa = ente.entrate["TARI"], ente.entrate["MULTA"]
        assert (tari.tipo_contabilita, tari.codice_contabilita) == (TipoContabilita.ALTRO, "TARI/2026")
        assert (multa.tipo_contabilita, multa.codice_contabilita) == (TipoContabilita.CAPITOLO, "3321")

    def test_takes_of_a_tipo_pendenza_what_the_catalogue_says_where_it_says_nothing(self):
        operations.put_tipo_pendenza(
            tipo_pendenza=a_tipo_pendenza(paga_terzi=True, dettagli={"inoltro": None, "form": {"tipo": "a"}})
        )
        operations.put_tipo_pendenza_dominio(
            tipo=a_tipo_pendenza_dominio(codifica_iuv="77", abilitato=False, dettagli={"form": {"tipo": "b"}})
        )

        tari = there(queries.dominio(DOMINIO)).tipi[TARI]
        altrove = there(queries.dominio(ALTRO_DOMINIO)).tipi[TARI]

        assert (tari.codifica_iuv, tari.paga_terzi, tari.abilitato, tari.abilitato_tipo) == ("77", True, False, True)
        assert tari.dettagli["form"] == {"tipo": "b"}
        assert (altrove.codifica_iuv, altrove.abilitato) == ("1", True)

    def test_is_none_where_it_is_not_registered(self):
        assert queries.dominio("00000000000") is None

    def test_costs_no_call_while_the_snapshot_is_fresh(self, monkeypatch):
        first = queries.dominio(DOMINIO)
        monkeypatch.setattr(repository, "partition", lambda pk: pytest.fail(f"read {pk} again"))

        assert queries.dominio(DOMINIO) is first

    def test_is_read_again_when_the_snapshot_is_stale(self, monkeypatch):
        queries.dominio(DOMINIO)
        _written_by_another_process(replace(a_dominio(), ragione_sociale="Nuovo nome"))
        assert there(queries.dominio(DOMINIO)).dominio.ragione_sociale == "Comune di Esempio"

        clock = time.monotonic()
        monkeypatch.setattr("time.monotonic", lambda: clock + 61)

        assert there(queries.dominio(DOMINIO)).dominio.ragione_sociale == "Nuovo nome"

    def test_shows_a_write_of_this_process_at_once(self):
        queries.dominio(DOMINIO)

        operations.put_dominio(dominio=a_dominio(ragione_sociale="Nuovo nome"))

        assert there(queries.dominio(DOMINIO)).dominio.ragione_sociale == "Nuovo nome"

    def test_follows_the_catalogue(self):
        queries.dominio(DOMINIO)

        operations.put_tipo_pendenza(tipo_pendenza=a_tipo_pendenza(descrizione="Tributo"))

        assert there(queries.dominio(DOMINIO)).tipi[TARI].descrizione == "Tributo"

    def test_does_not_keep_what_was_forgotten_while_it_was_read(self, monkeypatch):
        snapshot.forget()
        read = repository.partition

        def read_and_meanwhile_written(pk):
            things = read(pk)
            if pk == repository.RUOLI:
                snapshot.forget(pk)
            return things

        monkeypatch.setattr(repository, "partition", read_and_meanwhile_written)
        before = queries.ruoli()

        assert queries.ruoli() is not before

    def test_keeps_no_more_partitions_than_it_may(self, monkeypatch):
        monkeypatch.setattr(snapshot, "_MAX_PARTITIONS", 3)
        for n in range(6):
            queries.dominio(f"{n:011d}")

        assert len(snapshot._cache._parts) == 3


@pytest.mark.usefixtures("comune")
class TestOthers:
    def test_are_found_by_id(self):
        assert there(queries.intermediario(INTERMEDIARIO)).principal_pagopa == "pagopa"
        assert there(queries.stazione(STAZIONE_V1)).codice_applicazione == "01"
        assert there(queries.tipo_pendenza(TARI)).codifica_iuv == "1"
        assert there(queries.applicazione(A2A_COMUNE)).principal == "comune"
        assert [a.id_a2a for a in queries.applicazioni()] == [A2A_ALTRA, A2A_COMUNE]
        assert set(queries.intermediari()) == {INTERMEDIARIO}

    def test_are_none_where_they_are_not_registered(self):
        assert queries.intermediario("x") is None
        assert queries.stazione("x") is None
        assert queries.tipo_pendenza("x") is None
        assert queries.applicazione("x") is None
        assert queries.logo(DOMINIO) is None


@pytest.mark.usefixtures("comune")
class TestApplicazioneByIuv:
    def test_is_the_one_whose_pattern_matches_the_whole_iuv(self):
        assert there(queries.applicazione_by_iuv(DOMINIO, "01" + "0" * 15)).id_a2a == A2A_COMUNE
        assert there(queries.applicazione_by_iuv(ALTRO_DOMINIO, "2" + "0" * 14)).id_a2a == A2A_ALTRA
        assert queries.applicazione_by_iuv(DOMINIO, "01" + "0" * 16) is None

    def test_is_authorised_on_the_dominio(self):
        assert queries.applicazione_by_iuv(DOMINIO, "2" + "0" * 14) is None

    def test_is_enabled(self):
        operations.put_applicazione(applicazione=an_altra_applicazione(abilitato=False))

        assert queries.applicazione_by_iuv(ALTRO_DOMINIO, "2" + "0" * 14) is None

    def test_is_the_first_by_id_of_those_that_match(self):
        operations.put_applicazione(
            applicazione=an_applicazione(
                id_a2a="A2A-AAA", principal="aaa", codifica_avvisi=CodificaAvvisi(reg_exp_iuv=".*")
            )
        )

        assert there(queries.applicazione_by_iuv(DOMINIO, "01" + "0" * 15)).id_a2a == "A2A-AAA"


@pytest.mark.usefixtures("comune")
class TestUtenzaOf:
    def test_has_the_acl_of_the_ruoli_registered(self):
        applicazione = an_applicazione(abilitazioni=Abilitazioni(ruoli=("Operatore",)))

        assert "Pendenze" in queries.utenza_of(applicazione).acl


def _written_by_another_process(thing):
    commit([repository.write_of(thing, repository.find_like(thing))])
