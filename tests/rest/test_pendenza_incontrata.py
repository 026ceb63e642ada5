"""GET of a pendenza whose IUV this process knows: pendenza and attempts in one call, and never those of another."""

from dataclasses import replace

import pytest

from chalicelib.aws.transactions import commit
from chalicelib.pagamenti import queries
from chalicelib.pagamenti import repository as pagamenti
from chalicelib.pendenze import incontrate, repository
from chalicelib.pendenze.ports import Ports
from tests.aws_calls import counted
from tests.builders import a_pendenza_json
from tests.builders_anagrafica import A2A_ALTRA, A2A_COMUNE
from tests.builders_pagamenti import a_pendenza, an_attempt
from tests.rest.pendenze_app import BACKOFFICE, pendenza_url, prova


@pytest.fixture
def p(aws, now, monkeypatch):
    with prova(now) as joined:
        monkeypatch.setattr(Ports, "rpp_of", staticmethod(queries.rpp_of))
        monkeypatch.setattr(Ports, "read_with_rpp", staticmethod(queries.read_with_rpp))
        incontrate.forget()
        yield joined
        incontrate.forget()


def stored():
    pendenza = repository.get(A2A_COMUNE, "P-1")
    assert pendenza is not None
    return pendenza


def tried():
    commit(pagamenti.rpp_writes(before=None, after=replace(an_attempt(stored()), versione=0)))


class TestGet:
    def test_reads_once_after_a_put(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        with counted() as calls:
            answer = p.comune.get(pendenza_url())

        assert (answer.status, answer.json["rpp"], calls) == (200, [], ["Query"])

    def test_reads_once_after_it_was_listed(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        incontrate.forget()
        p.gpadmin.get(f"{BACKOFFICE}/pendenze")

        with counted() as calls:
            p.gpadmin.get(pendenza_url(BACKOFFICE))

        assert calls == ["Query"]

    def test_reads_twice_in_a_process_that_has_not_met_it(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        incontrate.forget()

        with counted() as first:
            p.comune.get(pendenza_url())
        with counted() as then:
            p.comune.get(pendenza_url())

        assert (first, then) == (["GetItem", "Query"], ["Query"])

    def test_tells_the_same_whichever_way_it_was_read(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        tried()
        known = p.comune.get(pendenza_url()).json
        incontrate.forget()

        assert p.comune.get(pendenza_url()).json == known
        assert len(known["rpp"]) == 1

    def test_shows_the_attempt_that_was_made_a_moment_ago(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        assert p.comune.get(pendenza_url()).json["rpp"] == []

        tried()

        assert len(p.comune.get(pendenza_url()).json["rpp"]) == 1

    def test_does_not_believe_an_iuv_that_was_never_its_own(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())
        p.comune.put(pendenza_url(id_pendenza="P-2"), a_pendenza_json())
        other = repository.get(A2A_COMUNE, "P-2")
        assert other is not None
        incontrate.meet(replace(stored(), iuv=other.iuv))

        assert p.comune.get(pendenza_url()).json["idPendenza"] == "P-1"

    def test_does_not_believe_a_write_that_was_not_committed(self, p):
        incontrate.meet(replace(a_pendenza(), id_a2a=A2A_COMUNE, id_pendenza="P-1"))

        assert p.comune.get(pendenza_url()).status == 404

    def test_gives_it_to_nobody_who_may_not_see_it(self, p):
        p.comune.put(pendenza_url(), a_pendenza_json())

        assert p.altra.get(pendenza_url()).status == 403
        assert p.altra.get(pendenza_url(id_a2a=A2A_ALTRA)).status == 404


class TestMemory:
    def test_forgets_the_oldest_when_it_is_full(self, monkeypatch):
        monkeypatch.setattr(incontrate, "MAX_MET", 2)
        incontrate.forget()
        pendenza = a_pendenza()
        for name in ("P-1", "P-2", "P-1", "P-3"):
            incontrate.meet(replace(pendenza, id_pendenza=name))

        assert incontrate.iuv_of(pendenza.id_a2a, "P-2") is None
        assert incontrate.iuv_of(pendenza.id_a2a, "P-1") == (pendenza.id_dominio, pendenza.iuv)
        incontrate.forget()

    def test_has_no_place_for_a_pendenza_without_iuv(self):
        incontrate.forget()
        incontrate.meet(replace(a_pendenza(), iuv=None))

        assert incontrate.iuv_of(a_pendenza().id_a2a, a_pendenza().id_pendenza) is None
