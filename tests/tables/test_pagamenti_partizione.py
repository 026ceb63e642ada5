"""A partition that DynamoDB gives in several pages is read whole."""

from dataclasses import replace

from chalicelib.aws.base_table import raw_client
from chalicelib.aws.transactions import commit
from chalicelib.pagamenti import repository
from chalicelib.pendenze import repository as pendenze
from tests.aws_calls import counted
from tests.builders_pagamenti import DOMINIO, IUV, a_pendenza, an_attempt


class PagesOfOne:
    """The client of DynamoDB, where a page is full with one item, as a real one is with 1 MB."""

    def __init__(self, table):
        self._client = raw_client(table)

    def query(self, **request):
        return self._client.query(**request, Limit=1)


class TestLoad:
    def test_goes_on_from_page_to_page(self, aws, monkeypatch):
        pendenze.save(None, replace(a_pendenza(), versione=0))
        for ccp in ("CCP-1", "CCP-2", "CCP-3"):
            attempt = replace(an_attempt(), ccp=ccp, versione=0)
            commit(repository.rpp_writes(before=None, after=attempt))
        whole = repository.load(DOMINIO, IUV)
        monkeypatch.setattr(repository, "raw_client", PagesOfOne)

        with counted() as calls:
            paged = repository.load(DOMINIO, IUV)

        assert paged == whole
        assert [rpp.ccp for rpp in paged.rpp] == ["CCP-1", "CCP-2", "CCP-3"]
        assert paged.posizione is not None
        assert set(calls) == {"Query"}
        assert len(calls) >= 4
