"""One operation measured: first what it asks of AWS, then the CPU it takes when AWS costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.bench import events, meter
from sandbox.bench.capacity import Cost
from sandbox.bench.meter import AwsCall, Meter
from sandbox.bench.operations import Leases, Operation
from sandbox.bench.tables import MotoStore
from sandbox.bench.timing import Cpu, Strayed, compare
from sandbox.bench.wire import NotRecorded, Wire
from sandbox.bench.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """`problem` says why an operation has no figures, or no CPU."""

    operation: Operation
    calls: Sequence[AwsCall] = ()
    cpu: Cpu | None = None
    problem: str | None = None

    @property
    def cost(self) -> Cost:
        return meter.total(self.calls)

    @property
    def misses_calls(self) -> bool:
        most = self.operation.calls_max
        return most is not None and (len(self.calls) > most or not self.calls)


def measure(world: World, operation: Operation) -> Measured:
    """Measure one operation, caches warm: once to warm them, once to count, once to record, then replayed."""
    _forget()
    try:
        events.require_good(operation.prepare(world)())
        calls = _count(world, operation)
    except Exception as error:  # noqa: BLE001 - an operation that does not work yet must not hide the others
        return Measured(operation=operation, problem=f"{type(error).__name__}: {str(error)[:300]}")
    try:
        return Measured(operation=operation, calls=calls, cpu=_cpu(world, operation, calls, operation.repetitions))
    except (Strayed, NotRecorded) as error:
        return Measured(operation=operation, calls=calls, problem=f"not replayable ({type(error).__name__}: {error})")


def _forget() -> None:
    """Make this process young again, so that no cache runs out between warming and measuring."""
    from chalicelib.anagrafica import snapshot
    from chalicelib.aws import secrets

    snapshot.forget()
    secrets.forget()


def _count(world: World, operation: Operation) -> Sequence[AwsCall]:
    handle = operation.prepare(world)
    with Meter(MotoStore()) as counted:
        answer = handle()
    events.require_good(answer)
    return counted.calls


def _cpu(world: World, operation: Operation, counted: Sequence[AwsCall], repetitions: int) -> Cpu:
    handle = operation.prepare(world)
    leases, wire = Leases(), Wire()
    with Meter() as recorded, wire.recording():
        events.require_good(handle())
    if meter.by_kind(recorded.calls) != meter.by_kind(counted):
        raise Strayed(f"{meter.by_kind(counted)}; then {meter.by_kind(recorded.calls)}")
    return compare(handle, recorded.calls, wire, before_each=leases.restore, repetitions=repetitions)
