"""Count every AWS call of this process, whichever client makes it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Any, Self

from botocore.client import BaseClient

from sandbox.bench.capacity import Cost, Metered, Store

DYNAMODB = "dynamodb"
_Client: Any = BaseClient  # what is wrapped, without the types that do not know it


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCall:
    """One call, its parameters, what it consumed."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(repr=False)
    cost: Cost = field(default_factory=Cost)

    @property
    def kind(self) -> str:
        return f"{self.service}:{self.operation}"


class Meter:
    """Counts in a `with`. `store` makes it reckon units too; without one it only counts."""

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._lock = Lock()
        self.calls: list[AwsCall] = []

    def __enter__(self) -> Self:
        original = self._original = _Client._make_api_call
        meter = self

        def counted(client: Any, operation_name: str, api_params: Any) -> Any:
            return meter._call(original, client, operation_name, api_params)

        _Client._make_api_call = counted
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        _Client._make_api_call = self._original

    def _call(self, original: Any, client: Any, operation: str, params: Mapping[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        metered = Metered(self._store, operation, params) if self._store and service == DYNAMODB else None
        response = None
        try:
            response = original(client, operation, params)
        finally:
            # A call that is refused is a call, and is paid for.
            cost = Cost()
            if metered is not None:
                cost = metered.cost(response, lambda again: dict(original(client, operation, again)))
            with self._lock:
                self.calls.append(AwsCall(service=service, operation=operation, params=params, cost=cost))
        return response


def total(calls: Sequence[AwsCall]) -> Cost:
    return sum((call.cost for call in calls), Cost())


def by_kind(calls: Sequence[AwsCall]) -> str:
    """Say which calls, in the order in which each kind first comes: `GetItem, SendMessage ×2`."""
    counts = Counter(call.operation for call in calls)
    return ", ".join(name if count == 1 else f"{name} ×{count}" for name, count in counts.items()) or "–"
