"""What moto lacks as it comes: atomic transactions under threads, and a cost that does not grow with the table."""

import itertools
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import moto
import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from sandbox.aws import contents, veloce

PENDENZE = "govpay-test-pendenze"
TRANSAZIONI = "govpay-test-transazioni"


def s(**values: str) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in values.items()}


def put(name: str, table: str = PENDENZE, **attributes: str) -> dict[str, Any]:
    return {
        "Put": {"TableName": table, "Item": s(pk=name, **attributes), "ConditionExpression": "attribute_not_exists(pk)"}
    }


class TestVersion:
    def test_is_the_one_the_patches_were_written_for(self) -> None:
        assert moto.__version__ == veloce.MOTO

    def test_another_one_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(moto, "__version__", "5.2.6")

        with pytest.raises(veloce.WrongMoto):
            veloce.install()


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns often enough for a race to show."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.00002)
    yield
    sys.setswitchinterval(usual)


class TestTransactions:
    def test_one_of_four_racing_threads_wins_and_leaves_its_effects_alone(
        self, dynamodb: Any, eager_threads: None
    ) -> None:
        rounds = 60
        start = threading.Barrier(4)

        def race(thread: int) -> int:
            won = 0
            for number in range(rounds):
                start.wait(timeout=20)
                count = {
                    "Update": {
                        "TableName": "govpay-test-contatori",
                        "Key": s(pk="vinte"),
                        "UpdateExpression": "ADD quante :uno",
                        "ExpressionAttributeValues": {":uno": {"N": "1"}},
                    }
                }
                try:
                    dynamodb.transact_write_items(TransactItems=[count, put(f"giro-{number}", chi=str(thread))])
                except ClientError as error:
                    assert error.response["Error"]["Code"] == "TransactionCanceledException"  # noqa: PT017
                    continue
                won += 1
            return won

        with ThreadPoolExecutor(4) as threads:
            won = sum(threads.map(race, range(4)))

        counted = dynamodb.get_item(TableName="govpay-test-contatori", Key=s(pk="vinte"))["Item"]["quante"]["N"]
        assert (won, counted) == (rounds, str(rounds))

    def test_a_refused_one_changes_nothing_and_says_which_condition(self, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=PENDENZE, Item=s(pk="A#1", debitore="RSSMRA", caricata="2026-01-01"))
        move = {
            "Update": {
                "TableName": PENDENZE,
                "Key": s(pk="A#1"),
                "UpdateExpression": "SET debitore = :d",
                "ExpressionAttributeValues": s(**{":d": "VRDLGI"}),
            }
        }
        delete = {"Delete": {"TableName": TRANSAZIONI, "Key": s(pk="non", sk="c'è")}}
        check = {
            "ConditionCheck": {
                "TableName": PENDENZE,
                "Key": s(pk="assente"),
                "ConditionExpression": "attribute_exists(pk)",
            }
        }

        with pytest.raises(ClientError) as refused:
            dynamodb.transact_write_items(TransactItems=[put("A#2"), move, delete, check])

        reasons = [reason["Code"] for reason in refused.value.response["CancellationReasons"]]
        assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]
        assert "Item" not in dynamodb.get_item(TableName=PENDENZE, Key=s(pk="A#2"))
        assert [i["pk"]["S"] for i in by_debitore(dynamodb, "RSSMRA")] == ["A#1"]
        assert by_debitore(dynamodb, "VRDLGI") == []

    def test_the_request_token_has_no_effect(self, dynamodb: Any) -> None:
        for name in ("uno", "due"):
            dynamodb.transact_write_items(ClientRequestToken="stesso", TransactItems=[put(name)])

        assert all("Item" in dynamodb.get_item(TableName=PENDENZE, Key=s(pk=name)) for name in ("uno", "due"))


def by_debitore(dynamodb: Any, debitore: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = dynamodb.query(
        TableName=PENDENZE,
        IndexName="per-debitore",
        KeyConditionExpression="debitore = :d",
        ExpressionAttributeValues=s(**{":d": debitore}),
    )["Items"]
    return items


class TestUpdates:
    def test_an_update_that_fails_midway_leaves_the_item_as_it_was(self, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=PENDENZE, Item=s(pk="A#1", stato="NON_ESEGUITA", debitore="X", caricata="1"))

        with pytest.raises(ClientError, match="ValidationException"):
            dynamodb.update_item(
                TableName=PENDENZE,
                Key=s(pk="A#1"),
                UpdateExpression="SET stato = :s, debitore = :n",
                ExpressionAttributeValues={":s": {"S": "ESEGUITA"}, ":n": {"N": "1"}},
            )

        assert dynamodb.get_item(TableName=PENDENZE, Key=s(pk="A#1"))["Item"]["stato"] == {"S": "NON_ESEGUITA"}
        assert len(by_debitore(dynamodb, "X")) == 1

    def test_an_item_leaves_a_sparse_index_with_its_attribute(self, dynamodb: Any) -> None:
        table = "govpay-test-notifiche"
        dynamodb.put_item(TableName=table, Item=s(pk="n1", daSpedire="0", prossima="2026-01-01"))

        dynamodb.update_item(TableName=table, Key=s(pk="n1"), UpdateExpression="REMOVE daSpedire")

        due = dynamodb.query(
            TableName=table,
            IndexName="da-spedire",
            KeyConditionExpression="daSpedire = :d",
            ExpressionAttributeValues=s(**{":d": "0"}),
        )
        assert due["Count"] == 0

    @pytest.mark.parametrize("value", [{"N": "1"}, {"S": ""}])
    def test_an_index_key_of_the_wrong_type_or_empty_is_refused(self, dynamodb: Any, value: dict[str, str]) -> None:
        with pytest.raises(ClientError, match="ValidationException"):
            dynamodb.put_item(TableName=PENDENZE, Item={"pk": {"S": "A#1"}, "debitore": value, "caricata": {"S": "1"}})


class TestQueries:
    CONDITIONS = (
        (None, ()),
        ("sk = :a", ("b3",)),
        ("sk < :a", ("b3",)),
        ("sk <= :a", ("b3",)),
        ("sk > :a", ("b3",)),
        ("sk >= :a", ("b3",)),
        ("sk BETWEEN :a AND :b", ("a5", "b3")),
        ("begins_with(sk, :a)", ("b",)),
    )

    @pytest.mark.parametrize("index", [None, "per-pendenza", "per-mese"])
    @pytest.mark.parametrize("forward", [True, False])
    @pytest.mark.parametrize("condition", CONDITIONS, ids=str)
    def test_answer_what_moto_answers_looking_at_everything(
        self, dynamodb: Any, index: str | None, forward: bool, condition: tuple[str | None, tuple[str, ...]]
    ) -> None:
        chance = random.Random(7)  # noqa: S311 - the same disorder every time
        table = "govpay-test-eventi"
        for _ in range(120):
            item = s(pk=chance.choice("xyz"), sk=chance.choice("abc") + str(chance.randrange(10)))
            for name in ("pendenza", "categoriaMese"):
                if chance.random() < 0.7:
                    item |= s(**{name: chance.choice("xyz")})
            (stored,) = _tables(table)
            stored.put_item(item)
            if chance.random() < 0.2:
                stored.delete_item(DynamoType(item["pk"]), DynamoType(item["sk"]))
        hash_name = {None: "pk", "per-pendenza": "pendenza", "per-mese": "categoriaMese"}[index]
        ask = {
            "TableName": table,
            "KeyConditionExpression": f"{hash_name} = :h" + (f" AND {condition[0]}" if condition[0] else ""),
            "ExpressionAttributeValues": s(**{":h": "x"}, **dict(zip((":a", ":b"), condition[1], strict=False))),
            "ScanIndexForward": forward,
            "Limit": 4,
            **({"IndexName": index} if index else {}),
        }

        fast = pages(dynamodb, ask)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(veloce, "_candidates", lambda *_args, **_kwargs: None)
            stock = pages(dynamodb, ask)

        assert fast == stock

    def test_survive_a_table_emptied_behind_their_back(self, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=PENDENZE, Item=s(pk="A#1", debitore="X", caricata="1"))
        assert len(by_debitore(dynamodb, "X")) == 1
        for table in _tables(PENDENZE):
            table.items.clear()

        dynamodb.put_item(TableName=PENDENZE, Item=s(pk="A#2", debitore="X", caricata="2"))

        assert [item["pk"]["S"] for item in by_debitore(dynamodb, "X")] == ["A#2"]

    def test_of_an_index_give_what_it_holds_and_change_nothing(self, dynamodb: Any) -> None:
        whole = s(pk="A#1", debitore="X", caricata="1", stato="NON_ESEGUITA", documento="{}")
        dynamodb.put_item(TableName=PENDENZE, Item=whole)

        (found,) = by_debitore(dynamodb, "X")

        assert found == s(pk="A#1", debitore="X", caricata="1", stato="NON_ESEGUITA")
        assert dynamodb.get_item(TableName=PENDENZE, Key=s(pk="A#1"))["Item"] == whole

    def test_a_foreign_starting_key_is_refused(self, dynamodb: Any) -> None:
        with pytest.raises(ClientError, match="starting key"):
            dynamodb.query(
                TableName=PENDENZE,
                IndexName="per-debitore",
                KeyConditionExpression="debitore = :d",
                ExpressionAttributeValues=s(**{":d": "X"}),
                ExclusiveStartKey=s(pk="A#1"),
            )

    def test_a_consistent_read_is_answered(self, dynamodb: Any) -> None:
        dynamodb.put_item(TableName=TRANSAZIONI, Item=s(pk="d#1", sk="a"))

        found = dynamodb.query(
            TableName=TRANSAZIONI,
            ConsistentRead=True,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues=s(**{":p": "d#1"}),
        )

        assert found["Count"] == 1


def pages(dynamodb: Any, ask: dict[str, Any]) -> list[Any]:
    """The pages that hold something: moto announces an empty last one when items beyond the range follow."""
    found = dynamodb.get_paginator("query").paginate(**ask)
    return [([(i["pk"]["S"], i["sk"]["S"]) for i in p["Items"]], p["ScannedCount"]) for p in found if p["Items"]]


def _tables(name: str) -> list[Table]:
    return [backend.tables[name] for backend in contents.backends("dynamodb") if name in backend.tables]


class TestCost:
    """Ratios within one run, with room for a busy machine: moto as it comes costs some hundred times more here."""

    SMALL, LARGE = 50, 10_000

    def cost(self, dynamodb: Any, total: int, operation: Callable[[int], None]) -> float:
        contents.empty_everything()
        items = [s(pk=f"A#{n:06}", debitore=f"d{n % 5}", caricata=f"{n:06}", stato="X") for n in range(total)]
        for table in _tables(PENDENZE):
            for item in items:
                table.put_item(item)
        best = []
        for turn in range(8):
            began = time.process_time()
            operation(turn)
            best.append(time.process_time() - began)
        return min(best)

    def test_of_a_transaction_does_not_grow_with_the_table(self, dynamodb: Any) -> None:
        numbers = itertools.count()

        def transact(_turn: int) -> None:
            dynamodb.transact_write_items(TransactItems=[put(f"nuova-{next(numbers)}"), put(f"altra-{next(numbers)}")])

        small, large = (self.cost(dynamodb, total, transact) for total in (self.SMALL, self.LARGE))

        assert large < 3 * small

    def test_of_a_page_of_an_index_does_not_grow_with_the_table(self, dynamodb: Any) -> None:
        def ask(_turn: int) -> None:
            dynamodb.query(
                TableName=PENDENZE,
                IndexName="per-debitore",
                KeyConditionExpression="debitore = :d AND caricata > :c",
                ExpressionAttributeValues=s(**{":d": "d1", ":c": "000020"}),
                ScanIndexForward=False,
                Limit=5,
            )

        small, large = (self.cost(dynamodb, total, ask) for total in (self.SMALL, self.LARGE))

        assert large < 3 * small
