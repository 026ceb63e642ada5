"""`make bench`: print the figures; with --write keep them in docs/benchmarks.md. 1 if an operation makes too many calls."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.bench.process import embedded_aws, load_app

if TYPE_CHECKING:
    from sandbox.bench.measure import Measured
    from sandbox.bench.report import Table


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the figures in docs/benchmarks.md")
    parser.add_argument(
        "--large",
        action="store_true",
        help="only flatness and lists up to 10⁶ and loaders of 500 each: minutes, over 12 GB",
    )
    parser.add_argument("--most", type=int, default=10**6, help="the largest size of --large")
    parser.add_argument(
        "--long",
        action="store_true",
        help="only flows and a tracciato of 100,000 rows, and a giornale of 10,000 movements: half an hour",
    )
    parser.add_argument("--solo", choices=("flussi", "giornale", "tracciati"), help="this part of --long alone")
    parser.add_argument(
        "--load",
        action="store_true",
        help="only the packaged functions under load and their cold starts: make package first",
    )
    parser.add_argument(
        "--prices", type=Path, help="JSON with prices of the day, by the names of sandbox/bench/prices.py"
    )
    parser.add_argument("--rate", type=int, default=100, help="requests a second of --load")
    parser.add_argument("--seconds", type=int, default=30, help="how long --load lasts")
    parser.add_argument("--containers", type=int, default=0, help="of --load; as many as the rate needs if not said")
    parser.add_argument("--only", help="operations whose name contains this, and nothing else")
    options = parser.parse_args(arguments)
    if options.solo and (options.write or not options.long):
        parser.error("--solo goes with --long, and its figures are not kept: the document has all the parts")
    started = time.perf_counter()
    if options.load:
        code = _load(options)
    else:
        with embedded_aws():
            code = _run(options)
    print(f"{time.perf_counter() - started:.0f} s")
    return code


def _run(options: argparse.Namespace) -> int:
    # Only now: the settings of this process are those of the embedded AWS.
    from sandbox.bench import measure, report
    from sandbox.bench.operations import OPERATIONS
    from sandbox.bench.report import Table
    from sandbox.bench.world import World, ente_that_accepts

    app, only = load_app(), (options.only or "").lower()
    if options.long:
        return _long(options.solo, write=options.write)
    tables, measured = list[Table](), list[measure.Measured]()
    with ente_that_accepts():
        if not options.large:
            world = World(app)
            measured = [measure.measure(world, one) for one in OPERATIONS if only in one.name.lower()]
            tables.append(report.operations(measured))
            print(tables[0].aligned(), flush=True)
        for table in (
            () if only else _others(app, measured, large=options.large, most=options.most, price_file=options.prices)
        ):
            print(table.aligned(), flush=True)
            tables.append(table)
    if options.write and not only:
        report.write(tables, part=report.LARGE if options.large else report.USUAL, now=datetime.now(UTC))
    return 1 if any(one.misses_calls for one in measured) else 0


def _load(options: argparse.Namespace) -> int:
    from sandbox.bench.lambde import prove as insieme

    prove, avvii = insieme.misura(per_secondo=options.rate, secondi=options.seconds, container=options.containers)
    # Only now: what tells of tables reads the settings, which the load sets.
    from sandbox.bench import report
    from sandbox.bench.lambde import tabelle

    tables = [tabelle.carico(prove), tabelle.avvii(avvii)]
    for table in tables:
        print(table.aligned(), flush=True)
    if options.write:
        report.write(tables, part=report.LOAD, now=datetime.now(UTC))
    return 0


def _long(solo: str | None, *, write: bool) -> int:
    from sandbox.bench import rendicontazione, report, tracciati

    found: dict[Any, list[Any]] = {report.rendicontazione: [], report.tracciati: []}
    for part, measured, shape in (
        ("flussi", rendicontazione.flussi, report.rendicontazione),
        ("giornale", rendicontazione.giornale, report.rendicontazione),
        ("tracciati", tracciati.measure, report.tracciati),
    ):
        for consumo in measured(large=True) if solo in (None, part) else ():
            found[shape].append(consumo)
            print(shape([consumo], large=True).aligned(), flush=True)
    if write:
        tables = [shape(consumi, large=True) for shape, consumi in found.items()]
        report.write(tables, part=report.LONG, now=datetime.now(UTC))
    return 0


def _up_to(most: int, sizes: Sequence[int]) -> Sequence[int]:
    return [size for size in sizes if size <= most]


def _others(
    app: Any, measured: Sequence["Measured"], *, large: bool, most: int, price_file: Path | None
) -> Iterator["Table"]:
    from sandbox.bench import (
        cold,
        cost,
        elenchi,
        flatness,
        giornale_di_cassa,
        loaders,
        package,
        paper,
        prices,
        rendicontazione,
        report,
        tracciati,
    )
    from sandbox.bench.world import World

    if not large:
        yield report.cold(cold.measure())
        yield report.package(package.bundle(), package.gateway_resources(app))
        yield report.paper(paper.measure())
        yield report.giornale_di_cassa(giornale_di_cassa.measure())
        yield report.rendicontazione([*rendicontazione.flussi(), *rendicontazione.giornale()], large=False)
        yield report.tracciati(list(tracciati.measure()), large=False)
        listed = prices.PRICES if price_file is None else prices.overridden(price_file)
        of_payment = cost.of_payment(measured, listed)
        if of_payment is not None:
            yield report.bill(of_payment)
        yield report.bill(cost.of_idle_month(World(app), listed))
        yield report.prices(listed)
    sizes, each = (flatness.LARGE_SIZES, loaders.LARGE_EACH) if large else (flatness.SIZES, loaders.DEFAULT_EACH)
    of_lists = elenchi.LARGE_SIZES if large else elenchi.SIZES
    yield report.lists(list(elenchi.measure(World(app), _up_to(most, of_lists))), large=large)
    yield report.flatness(flatness.measure(World(app), _up_to(most, sizes)), large=large)
    yield report.loaders(loaders.measure(World(app), each=each))


if __name__ == "__main__":
    sys.exit(main())
