"""The answers of the embedded AWS, kept and given again: what is measured then is our CPU and botocore's, not moto's."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse

_Stubber: Any = BotocoreStubber  # what is replaced, without the types that say it may not be


class NotRecorded(RuntimeError):
    """A call that was not made while recording: the operation does not take the same way twice."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Any
    body: bytes

    def response(self, url: str) -> Any:
        return AWSResponse(url, self.status, self.headers, MockRawResponse(self.body))


class Wire:
    """The answers of one recording, by event (`before-send.dynamodb.GetItem`), each kind in its order."""

    def __init__(self) -> None:
        self._answers: dict[str, list[_Answer]] = defaultdict(list)
        self._given: dict[str, int] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Let moto answer, and keep what it answers."""
        original = _Stubber.__call__

        def record(stubber: Any, event_name: str, request: Any, **extra: Any) -> Any:
            response = original(stubber, event_name, request, **extra)
            if response is None:
                return None
            answer = _Answer(response.status_code, response.headers, response.content)
            self._answers[event_name].append(answer)
            return answer.response(request.url)

        with _stubbed(record):
            yield

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """Give the kept answers; moto is not asked.

        :raises NotRecorded: inside, at a call of which no answer is left
        """

        def replay(_stubber: Any, event_name: str, request: Any, **_extra: Any) -> Any:
            number = self._given.get(event_name, 0)
            answers = self._answers.get(event_name, ())
            if number >= len(answers):
                raise NotRecorded(event_name)
            self._given[event_name] = number + 1
            return answers[number].response(request.url)

        with _stubbed(replay):
            yield

    def rewind(self) -> None:
        self._given.clear()

    @property
    def is_used_up(self) -> bool:
        """Whether every kept answer has been given since the last rewind."""
        return all(self._given.get(name, 0) == len(answers) for name, answers in self._answers.items())


@contextmanager
def _stubbed(call: Any) -> Iterator[None]:
    original = _Stubber.__call__
    _Stubber.__call__ = call
    try:
        yield
    finally:
        _Stubber.__call__ = original
