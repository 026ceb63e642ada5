"""Several conditional writes as one; the conflict named.

Effects that belong together are one list of `Write`s given to `commit`. A single write goes as PutItem or DeleteItem,
which cost half of a transaction.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.base_table import BaseTable, raw_client
from chalicelib.kernel import clock
from chalicelib.kernel.refusals import Conflict

MAX_WRITES = 100  # DynamoDB's own limit of a transaction
_CONFLICT_RETRIES = 4


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold of the stored item for the write to happen."""

    expression: str
    values: tuple[tuple[str, int], ...] = ()


ABSENT = Condition("attribute_not_exists(pk)")
PRESENT = Condition("attribute_exists(pk)")


def version_is(versione: int) -> Condition:
    return Condition("versione = :versione", ((":versione", versione),))


def absent_or_version(versione: int | None) -> Condition:
    """Hold if nothing is stored (None), or if what was read is still what is stored."""
    return ABSENT if versione is None else version_is(versione)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write of a transaction. `name` says in the conflict which of them could not be.

    A `check` writes nothing: its condition must hold of the stored item for the others to be written.
    """

    item: BaseTable
    condition: Condition
    name: str
    delete: bool = False
    check: bool = False


class WriteConflict(Conflict):
    """The stored items are not what the writer had read. `names` are the writes whose condition failed."""

    codice = "409"

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        super().__init__(
            f"La risorsa è stata modificata nel frattempo ({', '.join(self.names)}): rileggerla e ripetere la richiesta."
        )


def commit(writes: Sequence[Write]) -> None:
    """Apply all of them or none.

    :raises WriteConflict: naming the writes whose condition did not hold
    """
    if len(writes) > MAX_WRITES:
        msg = f"{len(writes)} scritture in una transazione"
        raise ValueError(msg)
    if writes and all(write.check for write in writes):
        msg = "una transazione di soli controlli non scrive niente"
        raise ValueError(msg)
    if len(writes) == 1:
        _single(writes[0])
    else:
        _transaction(writes)


def _single(write: Write) -> None:
    client = raw_client(type(write.item))
    for attempt in range(_CONFLICT_RETRIES):
        try:
            if write.delete:
                client.delete_item(**_keyed(write))
            else:
                client.put_item(**_put(write))
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in {"ConditionalCheckFailedException", "TransactionConflictException"}:
                raise
            if code == "ConditionalCheckFailedException" or attempt == _CONFLICT_RETRIES - 1:
                raise WriteConflict([write.name]) from error
            # A transaction was touching the item: its condition was not looked at yet.
            _wait(attempt)
        else:
            return


def _transaction(writes: Sequence[Write]) -> None:
    client = raw_client(type(writes[0].item))
    items = [_action(write) for write in writes]
    for attempt in range(_CONFLICT_RETRIES):
        try:
            client.transact_write_items(TransactItems=items)
        except ClientError as error:
            # By its code: client.exceptions is made at first use, and two threads may make it twice, unlike each other.
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
            failed = [w.name for w, code in zip(writes, reasons, strict=True) if code == "ConditionalCheckFailed"]
            if failed:
                raise WriteConflict(failed) from error
            if "TransactionConflict" not in reasons:
                raise
            if attempt == _CONFLICT_RETRIES - 1:
                raise WriteConflict([write.name for write in writes]) from error
            # Another transaction was touching the same items: nothing was written, so the same may be tried again.
            _wait(attempt)
        else:
            return


def _wait(attempt: int) -> None:
    """Let the other transaction end: some milliseconds, more each time, never the same for two of us."""
    clock.pause(secrets.randbelow(10 << attempt) / 1000)


def _action(write: Write) -> dict[str, Any]:
    if write.check:
        return {"ConditionCheck": _keyed(write)}
    return {"Delete": _keyed(write)} if write.delete else {"Put": _put(write)}


def _put(write: Write) -> dict[str, Any]:
    return {"TableName": write.item.Meta.table_name, "Item": write.item.to_dynamodb_dict(), **_condition(write)}


def _keyed(write: Write) -> dict[str, Any]:
    item = write.item.to_dynamodb_dict()
    key = {name: item[name] for name in ("pk", "sk") if name in item}
    return {"TableName": write.item.Meta.table_name, "Key": key, **_condition(write)}


def _condition(write: Write) -> dict[str, Any]:
    condition: dict[str, Any] = {"ConditionExpression": write.condition.expression}
    if write.condition.values:
        condition["ExpressionAttributeValues"] = {name: {"N": str(value)} for name, value in write.condition.values}
    return condition
