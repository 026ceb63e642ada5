"""What a piece of work asks of AWS, call by call; and a process that dies at one of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

_CALL = "_make_api_call"  # through which every call of every client goes


class ProcessKilled(BaseException):
    """Nothing of ours catches it: as if the process were gone."""


@contextmanager
def aws_calls(*, die_before: int | None = None, die_after: int | None = None) -> Iterator[list[str]]:
    """Give the list of the calls made inside, as `dynamodb.Query`; die before or after the one with that number."""
    made: list[str] = []
    original = vars(BaseClient)[_CALL]

    def observed(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
        number = len(made)
        if number == die_before:
            raise ProcessKilled
        made.append(f"{self.meta.service_model.service_name}.{operation_name}")
        answer = original(self, operation_name, api_params)
        if number == die_after:
            raise ProcessKilled
        return answer

    with patch.object(BaseClient, _CALL, observed):
        yield made


@contextmanager
def counted() -> Iterator[list[str]]:
    """Give the list of the calls made inside, in their order, by the name of the operation alone."""
    calls: list[str] = []
    original = vars(BaseClient)[_CALL]

    def recording(self: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
        calls.append(operation_name)
        return original(self, operation_name, api_params)

    with patch.object(BaseClient, _CALL, recording):
        yield calls
