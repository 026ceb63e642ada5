"""Whatever is sent, at every path: refused by name or answered, and never a bug."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clock import NOW
from tests.conftest import _empty
from tests.rest.diritti_app import TUTTO, Mondo, an_utenza, mondo, rotte
from tests.rest.test_diritti import query_of

LUNGO = "x" * 5000
BODIES = [
    b"", b"{", b"null", b"7", b'"x"', b"[]", b"{}", b"[7]", b"[null]", b"[[]]", b'[{"op": "REPLACE"}]', b"\xff\xfe",
    b'[{"op": "MOVE", "path": "/stato", "value": 1}]', b'[{"op": 7, "path": 7, "value": 7}]', b"[" * 3000, b"NaN",
    b'[{"op": "REPLACE", "path": "", "value": null}]', b'[{"op": "ADD", "path": "/acl", "value": {"servizio": []}}]',
    b'[{"op": "ADD", "path": "/domini", "value": {"a": 1}}]', b'[{"op": "REPLACE", "path": "/stato", "value": {}}]',
    b'[{"op": "REPLACE", "path": "/bloccante", "value": "forse"}]', b'[{"op": "ADD", "path": "/note", "value": []}]',
    b'{"importo": 1e400, "voci": "x", "visto": 7, "nome": null}',
    json.dumps([{"op": "REPLACE", "path": "/" + LUNGO, "value": LUNGO}]).encode(),
]  # fmt: skip
QUERIES = [
    "pagina=x", "pagina=0", "pagina=99999999999999999999", "risultatiPerPagina=0", "risultatiPerPagina=x",
    "risPerPagina=-1", "cursore=x", "cursore=e30", "cursore=%00", "dataDa=ieri", "dataA=2026-13-01", "dataDa=9999",
    "dataDa=0001-01-01", "dataA=9999-12-31T23:59:59", "ordinamento=altro", "stato=altro", "metadatiPaginazione=forse",
    "esito=x", "tipo=x", f"iuv={LUNGO}", f"idDominio={LUNGO}", f"idA2A={LUNGO}", f"idPendenza={LUNGO}&idA2A=x",
    f"idDebitore={LUNGO}", f"idPagamento={LUNGO}", "numeroAvviso=x", f"idSessionePortale={LUNGO}", "campi=,,", "iuv=%00",
    "idDominio=%F0%9F%98%80", "abilitato=forse", "associati=forse", f"versante={LUNGO}", f"idFlusso={LUNGO}", "idDominio=%23",
]  # fmt: skip
_ROTTE = [rotta for rotta in rotte() if "n/a" not in rotta.path]


@pytest.fixture(scope="module")
def prova(_aws_session: Any) -> Iterator[Mondo]:
    _empty()
    with mondo(NOW) as joined:
        yield joined
    _empty()


def named(which: Any) -> Any:
    return pytest.mark.parametrize("rotta", [r for r in _ROTTE if which(r)], ids=lambda r: r.label)


class TestABody:
    @named(lambda r: r.method != "GET")
    def test_of_any_kind_is_no_bug(self, prova, rotta):
        bugs = []
        for body in BODIES:
            answer = prova.raw(an_utenza(TUTTO, rotta.api), rotta, prova.ids_of(rotta), body)
            if answer.status_code >= 500:
                bugs.append((body[:60], answer.status_code))
        assert bugs == []


class TestAQuery:
    @named(lambda r: r.method == "GET" and r.operation.name != "getOperazione")
    def test_of_any_kind_is_no_bug(self, prova, rotta):
        bugs = []
        for query in QUERIES:
            answer = prova.raw(an_utenza(TUTTO, rotta.api), rotta, prova.ids_of(rotta), b"", query_of(rotta, query))
            if answer.status_code >= 500:
                bugs.append((query[:60], answer.status_code))
        assert bugs == []

    @named(lambda r: r.method == "GET" and not r.params)
    def test_with_a_name_nobody_knows_is_ignored(self, prova, rotta):
        utenza, ids = an_utenza(TUTTO, rotta.api), prova.ids_of(rotta)

        answer = prova.raw(utenza, rotta, ids, b"", query_of(rotta, "sconosciuto=x"))

        assert answer.status_code == 200


class TestAnId:
    @named(lambda r: r.params and r.operation.name != "getOperazione")
    @pytest.mark.parametrize("bad", ["x" * 900, "%00", "é#/ ", ".."])
    def test_of_any_form_is_no_bug(self, prova, rotta, bad):
        ids = dict.fromkeys(prova.ids_of(rotta), bad)

        answer = prova.raw(an_utenza(TUTTO, rotta.api), rotta, ids, b"[]")

        assert answer.status_code < 500
