from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import transactions
from chalicelib.aws.transactions import ABSENT, Write, WriteConflict, absent_or_version, commit, version_is
from chalicelib.pendenze.tables import ContatoreItem, TransazioneItem

pytestmark = pytest.mark.usefixtures("aws")


def an_item(sk="posizione", versione=1, documento="{}"):
    return TransazioneItem("80012000826#01", sk, versione=versione, documento=documento)


def put(item, condition=ABSENT, name="posizione"):
    return Write(item=item, condition=condition, name=name)


def a_check():
    return Write(item=an_item(), condition=ABSENT, name="posizione", check=True)


class Contended:
    """DynamoDB, busy with another transaction of the same items the first times it is asked: moto never is."""

    def __init__(self, client, conflicts):
        self.client, self.conflicts = client, conflicts

    def transact_write_items(self, TransactItems):  # noqa: N803 - boto's name
        if self.conflicts:
            self.conflicts -= 1
            reasons = [{"Code": "TransactionConflict"}, *({"Code": "None"} for _ in TransactItems[1:])]
            answer = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
            raise ClientError(answer, "TransactWriteItems")
        self.client.transact_write_items(TransactItems=TransactItems)

    def put_item(self, **asked):
        if self.conflicts:
            self.conflicts -= 1
            raise ClientError({"Error": {"Code": "TransactionConflictException"}}, "PutItem")
        self.client.put_item(**asked)


class TestCommit:
    def test_writes_all_of_them(self):
        commit([put(an_item()), put(an_item("rpp#1"), name="rpp")])

        assert {item.sk for item in TransazioneItem.query("80012000826#01")} == {"posizione", "rpp#1"}

    def test_writes_none_when_one_condition_fails_and_names_it(self):
        commit([put(an_item())])

        with pytest.raises(WriteConflict) as conflict:
            commit([put(an_item("rpp#1"), name="rpp"), put(an_item(), name="posizione")])

        assert conflict.value.names == ("posizione",)
        assert [item.sk for item in TransazioneItem.query("80012000826#01")] == ["posizione"]

    def test_refuses_a_stale_version(self):
        commit([put(an_item())])
        commit([put(an_item(versione=2), version_is(1))])

        with pytest.raises(WriteConflict):
            commit([put(an_item(versione=2), version_is(1))])

    def test_checks_what_it_does_not_write(self):
        commit([put(an_item("rpp#1"), name="rpp"), a_check()])
        assert [item.sk for item in TransazioneItem.query("80012000826#01")] == ["rpp#1"]
        commit([put(an_item()), put(an_item("rpp#2"), name="rpp")])

        with pytest.raises(WriteConflict) as conflict:
            commit([put(an_item("rpp#3"), name="rpp"), a_check()])

        assert conflict.value.names == ("posizione",)
        assert "rpp#3" not in {item.sk for item in TransazioneItem.query("80012000826#01")}

    def test_refuses_to_check_alone(self):
        with pytest.raises(ValueError, match="soli controlli"):
            commit([a_check()])

    def test_writes_and_deletes_in_different_tables(self):
        commit([put(an_item())])

        commit(
            [
                Write(item=an_item(), condition=version_is(1), name="posizione", delete=True),
                put(ContatoreItem("80012000826#"), absent_or_version(None), "contatore"),
            ]
        )

        assert not list(TransazioneItem.query("80012000826#01"))
        assert ContatoreItem.get("80012000826#").versione == 1

    def test_refuses_more_than_a_transaction_takes(self):
        with pytest.raises(ValueError, match="101"):
            commit([put(an_item(str(i))) for i in range(101)])

    @pytest.mark.parametrize("conflicts", [1, 3])
    def test_tries_again_while_another_transaction_holds_the_items(self, monkeypatch, conflicts):
        client = Contended(transactions.raw_client(TransazioneItem), conflicts)
        monkeypatch.setattr(transactions, "raw_client", lambda _: client)

        commit([put(an_item()), put(an_item("rpp#1"), name="rpp")])

        assert len(list(TransazioneItem.query("80012000826#01"))) == 2

    def test_names_a_conflict_when_another_holds_them_too_long(self, monkeypatch):
        client = Contended(transactions.raw_client(TransazioneItem), 9)
        monkeypatch.setattr(transactions, "raw_client", lambda _: client)

        with pytest.raises(WriteConflict) as conflict:
            commit([put(an_item()), put(an_item("rpp#1"), name="rpp")])

        assert conflict.value.names == ("posizione", "rpp")
        assert not list(TransazioneItem.query("80012000826#01"))

    @pytest.mark.parametrize(("conflicts", "written"), [(3, True), (9, False)])
    def test_waits_with_a_single_write_for_a_transaction_of_its_item(self, monkeypatch, conflicts, written):
        client = Contended(transactions.raw_client(TransazioneItem), conflicts)
        monkeypatch.setattr(transactions, "raw_client", lambda _: client)

        with nullcontext() if written else pytest.raises(WriteConflict):
            commit([put(an_item())])

        assert bool(list(TransazioneItem.query("80012000826#01"))) is written

    def test_lets_one_of_many_win(self):
        def write(number):
            try:
                commit([put(an_item(documento=str(number))), put(an_item(f"rpp#{number}"), name="rpp")])
            except WriteConflict:
                return 0
            return 1

        with ThreadPoolExecutor(8) as pool:
            winners = sum(pool.map(write, range(24)))

        assert winners == 1
        assert len(list(TransazioneItem.query("80012000826#01"))) == 2
