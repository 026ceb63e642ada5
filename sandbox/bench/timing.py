"""CPU of a Lambda handler against its floor: the same AWS calls, with the same parameters, by a bare botocore client.

Both are given the same recorded answers, one after the other, so that a noisy machine is noisy for both.
"""

import gc
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.bench.meter import AwsCall
from sandbox.bench.wire import Wire

REPETITIONS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """Median milliseconds of a repetition."""

    handler_ms: float
    floor_ms: float

    @property
    def ratio(self) -> float | None:
        return self.handler_ms / self.floor_ms if self.floor_ms >= 0.05 else None


class Strayed(RuntimeError):
    """A repetition did not make the calls of the recording: its time is of something else."""


def compare(
    handle: Callable[[], object],
    calls: Sequence[AwsCall],
    wire: Wire,
    *,
    before_each: Callable[[], object],
    repetitions: int = REPETITIONS,
) -> Cpu:
    """Replay the handler and its floor in turn.

    :raises Strayed: if the operation does not take the same way again
    """
    handler_ms, floor_ms = list[float](), list[float]()
    bare = [(getattr(bare_client(call.service), xform_name(call.operation)), call.params) for call in calls]
    # The embedded AWS fills this process with objects that a Lambda container does not have: not to be walked.
    gc.collect()
    gc.freeze()
    with wire.replaying():
        for _ in range(repetitions):
            before_each()
            wire.rewind()
            handler_ms.append(_cpu_ms(handle))
            if not wire.is_used_up:
                raise Strayed
            wire.rewind()
            floor_ms.append(_cpu_ms(lambda: _call_all(bare)))
    return Cpu(handler_ms=median(handler_ms), floor_ms=median(floor_ms))


def _call_all(bare: Sequence[tuple[Any, Any]]) -> None:
    for method, params in bare:
        with suppress(ClientError):
            answer = method(**params)
            if "Body" in answer:
                answer["Body"].read()


def _cpu_ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


@lru_cache(maxsize=8)
def bare_client(service: str) -> Any:
    return botocore.session.get_session().create_client(service, config=Config(retries={"total_max_attempts": 1}))
