"""ETag, If-Match and If-None-Match on pendenze: nobody overwrites what they have not read."""

import json

import pytest

from chalicelib.kernel.precondition import Precondition, PreconditionFailed
from chalicelib.pendenze import operations, repository
from tests.aws_calls import counted
from tests.builders import a_pendenza_json
from tests.builders_anagrafica import A2A_COMUNE
from tests.rest.pendenze_app import BACKOFFICE, PAGAMENTO, PENDENZE, pendenza_url, prova

ANNULLA = [{"op": "REPLACE", "path": "/stato", "value": "ANNULLATA"}]


@pytest.fixture
def p(aws, now):
    with prova(now) as joined:
        yield joined


def stored():
    return repository.get(A2A_COMUNE, "P-1")


def call(p, method, body=None, url=None, **headers):
    caller = p.comune
    sent = {**caller._headers, "Content-Type": "application/json", **headers}
    content = b"" if body is None else json.dumps(body).encode()
    return p.client.http.request(method, url or pendenza_url(), headers=sent, body=content)


def etag(p, url=None):
    return str(call(p, "GET", url=url).headers["ETag"])


@pytest.fixture
def loaded(p):
    assert p.comune.put(pendenza_url(), a_pendenza_json()).status == 201
    return etag(p)


class TestAGet:
    def test_is_tagged_and_the_same_is_not_sent_again(self, p, loaded):
        again = call(p, "GET", **{"If-None-Match": f'"altro", W/{loaded}'})

        assert (again.status_code, again.body) == (304, b"")
        assert again.headers["ETag"] == loaded
        assert again.headers["X-Govpay-IdTransazione"]

    def test_is_sent_when_something_has_changed(self, p, loaded):
        p.comune.patch(pendenza_url(), ANNULLA)

        again = call(p, "GET", **{"If-None-Match": loaded})

        assert again.status_code == 200
        assert again.headers["ETag"] != loaded

    def test_has_a_tag_of_its_contract(self, p, loaded):
        assert etag(p, pendenza_url(PAGAMENTO)) != loaded

    def test_costs_no_more(self, p, loaded):
        with counted() as calls:
            call(p, "GET")
        plain = len(calls)
        with counted() as calls:
            call(p, "GET", **{"If-None-Match": loaded})

        assert len(calls) == plain


class TestAWriteThatHasRead:
    @pytest.mark.parametrize(("method", "body"), [("PUT", a_pendenza_json(causale="Altra")), ("PATCH", ANNULLA)])
    def test_what_is_stored_is_done(self, p, loaded, method, body):
        answer = call(p, method, body, **{"If-Match": loaded})

        assert answer.status_code == 200
        assert call(p, "PATCH", ANNULLA, **{"If-Match": str(answer.headers["ETag"])}).status_code == 200

    @pytest.mark.parametrize(("method", "body"), [("PUT", a_pendenza_json(causale="Altra")), ("PATCH", ANNULLA)])
    def test_what_has_changed_since_writes_nothing(self, p, loaded, method, body):
        p.comune.put(pendenza_url(), a_pendenza_json(causale="Nel frattempo"))
        before = stored()

        answer = call(p, method, body, **{"If-Match": loaded})

        assert answer.status_code == 412
        assert (json.loads(answer.body)["codice"], json.loads(answer.body)["categoria"]) == ("412", "RICHIESTA")
        assert stored() == before

    @pytest.mark.parametrize("header", ['W/"1"', "1", '"', "", '"altro"', '"2-abc"'])
    def test_no_version_that_is_stored_writes_nothing(self, p, loaded, header):
        assert call(p, "PATCH", ANNULLA, **{"If-Match": header}).status_code == 412
        assert stored().versione == 1

    def test_any_version_needs_one(self, p):
        assert call(p, "PUT", a_pendenza_json(), **{"If-Match": "*"}).status_code == 412
        assert stored() is None
        p.comune.put(pendenza_url(), a_pendenza_json())
        assert call(p, "PUT", a_pendenza_json(causale="Altra"), **{"If-Match": "*"}).status_code == 200

    def test_costs_no_more(self, p, loaded):
        with counted() as calls:
            call(p, "PUT", a_pendenza_json(causale="Prima"))
        plain = len(calls)
        with counted() as calls:
            call(p, "PUT", a_pendenza_json(causale="Seconda"), **{"If-Match": etag(p)})

        assert len(calls) <= plain + 2  # the GET that gives the tag


class TestAWriteOfWhatMustBeNew:
    def test_is_done_once(self, p):
        first = call(p, "PUT", a_pendenza_json(), **{"If-None-Match": "*"})
        second = call(p, "PUT", a_pendenza_json(causale="Altra"), **{"If-None-Match": "*"})

        assert (first.status_code, second.status_code) == (201, 412)
        assert stored().causale != "Altra"


class TestARace:
    def test_is_lost_by_who_wrote_on_what_they_had_read(self, p, loaded, now, monkeypatch):
        """Between the read and the write somebody else writes: the database says so, and the tag is looked at again."""
        save, raced = repository.save, []

        def faster(before, after):
            if not raced:
                raced.append(True)
                save(before, operations.apply_patch(before, _ops(ANNULLA), principal="altri", now=now))
            return save(before, after)

        monkeypatch.setattr(repository, "save", faster)

        answer = call(p, "PUT", a_pendenza_json(causale="Altra"), **{"If-Match": loaded})

        assert answer.status_code == 412
        assert (stored().stato, stored().versione) == ("ANNULLATO", 2)


def _ops(ops):
    from chalicelib.pendenze.schemas.requests import patch_from_json

    return patch_from_json(ops)


class TestWhoSendsNoTag:
    def test_writes_as_ever(self, p, loaded):
        assert p.comune.put(pendenza_url(), a_pendenza_json(causale="Altra")).status == 200
        assert p.comune.call("POST", pendenza_url(PENDENZE), ANNULLA).status == 200
        assert p.operatore.patch(pendenza_url(BACKOFFICE), ANNULLA).status == 200


class TestAPrecondition:
    def test_asks_nothing_by_default(self):
        Precondition().check(None)
        Precondition().check(7)

    def test_knows_a_list(self):
        asked = Precondition.of(if_match='"3-aa", "7-bb"', if_none_match=None)

        asked.check(7)
        with pytest.raises(PreconditionFailed):
            asked.check(8)
