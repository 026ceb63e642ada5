"""Many loaders at once: no IUV given twice, no update lost, and what it costs to number."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sandbox.aws.gateway import _one_request_a_thread
from sandbox.bench import events
from sandbox.bench.meter import Meter
from sandbox.bench.world import World

THREADS, DEFAULT_EACH, LARGE_EACH = 8, 50, 500
_UPDATES_EACH = 10
_CONFLICT = 409
_ATTEMPTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of it. `updates` were made by all threads on one pendenza; `versions` is how many it had of them."""

    pendenze: int
    seconds: float
    distinct_iuv: int
    lease_calls: int
    aws_calls: int
    updates: int
    conflicts: int
    versions: int

    @property
    def rate(self) -> float:
        return self.pendenze / self.seconds

    @property
    def went_well(self) -> bool:
        return self.distinct_iuv == self.pendenze and self.versions == self.updates


def measure(world: World, *, each: int) -> Loaded:
    """Have 8 threads load `each` new pendenze, then update one pendenza together."""
    from chalicelib.pendenze import iuv, repository
    from tests import builders_anagrafica as comune

    _one_request_a_thread(world.app)
    iuv.forget()
    shared = world.load()
    barrier = threading.Barrier(THREADS)

    def load(_number: int) -> list[str]:
        barrier.wait(timeout=60)
        return [world.load().numero_avviso for _ in range(each)]

    def update(number: int) -> tuple[int, int]:
        barrier.wait(timeout=60)
        return _update(world, shared.id_pendenza, number)

    with ThreadPoolExecutor(THREADS) as pool:
        started = time.perf_counter()
        with Meter() as counted:
            numbers = [one for found in pool.map(load, range(THREADS)) for one in found]
        seconds = time.perf_counter() - started
        updated = list(pool.map(update, range(THREADS)))
    after = repository.get(comune.A2A_COMUNE, shared.id_pendenza)
    return Loaded(
        pendenze=THREADS * each,
        seconds=seconds,
        distinct_iuv=len(set(numbers)),
        lease_calls=sum(call.kind == "dynamodb:UpdateItem" for call in counted.calls),
        aws_calls=len(counted.calls),
        updates=sum(done for done, _ in updated),
        conflicts=sum(conflicts for _, conflicts in updated),
        versions=after.versione - 1 if after else 0,
    )


def _update(world: World, id_pendenza: str, number: int) -> tuple[int, int]:
    """Update the same pendenza some times; give how many were taken, and how many were refused and made again."""
    taken = conflicts = 0
    for attempt in range(_ATTEMPTS):
        if taken == _UPDATES_EACH:
            break
        request = world.put_of(id_pendenza, causale=f"Rettifica {number}, prova {attempt}")
        answer = world.handle(request)()
        if answer["statusCode"] == _CONFLICT:
            conflicts += 1
            continue
        events.require_good(answer)
        taken += 1
    return taken, conflicts
