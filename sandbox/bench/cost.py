"""What AWS bills: for a payment, and for a month in which nothing happens. From counted calls and the table of prices.

Left out: what is stored, logs, traffic out of AWS, the free tier. A function takes its CPU, and as long again as its
AWS calls keep it waiting.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chalice.app import ScheduledEventConfig, SQSEventConfig

from infra import templates
from sandbox.aws.pollers import Pollers, period
from sandbox.bench.measure import Measured
from sandbox.bench.meter import AwsCall, Meter, total
from sandbox.bench.prices import PRICES, Price
from sandbox.bench.tables import MotoStore
from sandbox.bench.world import World

_API_GB, _CONSUMER_GB = 1769 / 1024, 512 / 1024
_FULL_CPU_GB = 1769 / 1024  # Lambda gives one CPU at that size, and a part of it below
_WAIT_MS = 6.0  # of one AWS call, within the region
_MONTH_SECONDS = 30 * 24 * 3600
# Lambda keeps at least two long polls of twenty seconds at each queue; five is what it begins with.
_POLLS_A_MONTH = 5 * _MONTH_SECONDS // 20
_IDLE_MS = 20.0  # of a schedule that finds nothing to do
_REQUESTS = ("PUT pendenza, new", "paVerifyPaymentNotice", "paGetPaymentV2", "paSendRTV2")
_CONSUMERS = ("notifica delivery", "giornale store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Quantities, by the names of the prices."""

    title: str
    quantities: Mapping[str, float]
    prices: Mapping[str, Price] = field(default_factory=lambda: PRICES)

    @property
    def eur(self) -> float:
        return sum(self.prices[name].usd * quantity for name, quantity in self.quantities.items())


def of_payment(measured: Sequence[Measured], prices: Mapping[str, Price] = PRICES) -> Bill | None:
    """Bill a pendenza loaded, verified, activated, paid and notified; None if one of these was not measured.

    The giornale stores an evento for each exchange but the ricevuta's, which is written with its cause.
    """
    by_name = {one.operation.name: one for one in measured if one.cpu is not None}
    if not {*_REQUESTS, *_CONSUMERS} <= by_name.keys():
        return None
    bill = Counter[str]()
    for name in _REQUESTS:
        bill.update(_function(by_name[name], gigabytes=_API_GB))
        bill["API request"] += 1
    notifica, stored = by_name[_CONSUMERS[0]], by_name[_CONSUMERS[1]]
    bill.update(_function(notifica, gigabytes=_CONSUMER_GB))
    for _ in range(len(_REQUESTS)):  # those of the requests without the ricevuta's, and that of the notifica
        bill.update(_function(stored, gigabytes=_CONSUMER_GB))
    return Bill(title="a payment", quantities=bill, prices=prices)


def of_idle_month(world: World, prices: Mapping[str, Price] = PRICES) -> Bill:
    """Bill thirty days in which nobody calls: schedules, polls of queues, alarms, keys."""
    resources = [entry for entry in templates.whole()["Resources"].values() if "Condition" not in entry]
    kinds = Counter(entry["Type"] for entry in resources)
    bill = Counter[str]({"alarm metric": _watched(resources), "key": kinds["AWS::KMS::Key"]})
    sources = world.app.event_sources
    bill["SQS request"] += _POLLS_A_MONTH * sum(isinstance(source, SQSEventConfig) for source in sources)
    for source in sources:
        if isinstance(source, ScheduledEventConfig):
            runs = _MONTH_SECONDS / period(source)
            bill.update({name: runs * quantity for name, quantity in _schedule(world, source.name).items()})
    return Bill(title="a month without a payment", quantities=bill, prices=prices)


def _watched(resources: Iterable[Mapping[str, Any]]) -> int:
    """Count what alarms are billed for: each metric that one watches, not each alarm."""
    alarms = [one["Properties"] for one in resources if one["Type"] == "AWS::CloudWatch::Alarm"]
    return sum(sum("MetricStat" in metric for metric in alarm.get("Metrics", [])) or 1 for alarm in alarms)


def _function(one: Measured, *, gigabytes: float) -> Mapping[str, float]:
    cpu = one.cpu.handler_ms if one.cpu else 0.0
    took = cpu * max(1.0, _FULL_CPU_GB / gigabytes) + _WAIT_MS * len(one.calls)
    return {**_calls(one.calls), "Lambda request": 1, "Lambda GB-second": took / 1000 * gigabytes}


def _schedule(world: World, name: str) -> Mapping[str, float]:
    with Meter(MotoStore()) as counted:
        Pollers(world.app).run_schedule(name, now=datetime.now(UTC))
    took = _IDLE_MS + _WAIT_MS * len(counted.calls)
    return {**_calls(counted.calls), "Lambda request": 1, "Lambda GB-second": took / 1000 * _CONSUMER_GB}


def _calls(calls: Sequence[AwsCall]) -> Mapping[str, float]:
    cost, kinds = total(calls), Counter(call.operation for call in calls)
    return {
        "write unit": cost.write_units,
        "read unit": cost.read_units,
        "SQS request": 3 * kinds["SendMessage"],  # sent, received, deleted
        "S3 put": kinds["PutObject"],
        "S3 get": kinds["GetObject"],
    }


def lines(bill: Bill) -> Sequence[tuple[str, str, str]]:
    """Give what is billed, its quantity, its euros; and the sum."""
    rows: list[tuple[str, str, str]] = [
        (name, _quantity(quantity), _eur(bill.prices[name].usd * quantity))
        for name, quantity in bill.quantities.items()
        if quantity
    ]
    return [*rows, ("in all", "", _eur(bill.eur))]


def _quantity(quantity: float) -> str:
    return f"{quantity:,.0f}" if quantity >= 1000 else f"{quantity:.4g}"


def _eur(amount: float) -> str:
    return f"{amount:.2f}" if amount >= 0.01 else f"{amount:.7f}"
