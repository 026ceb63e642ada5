"""Figures as tables: aligned on the terminal, Markdown in docs/benchmarks.md."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sandbox.bench import chart, elenchi, meter
from sandbox.bench import cold as cold_module
from sandbox.bench.cold import Cold
from sandbox.bench.cost import Bill, lines
from sandbox.bench.flatness import COUNTED, Level, grown
from sandbox.bench.giornale_di_cassa import MOST_OF_BARE, Read
from sandbox.bench.loaders import THREADS, Loaded
from sandbox.bench.measure import Measured
from sandbox.bench.package import RESOURCES_MAX, ZIP_MAX_MB, Bundle
from sandbox.bench.paper import Paper
from sandbox.bench.prices import PRICED_ON, REGION, Price
from sandbox.bench.rendicontazione import Consumo

CPU_TARGET = 2.0
MISSED = "MISSED"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
USUAL = "<!-- figures: written by `python -m sandbox.bench --write` -->"
LARGE = "<!-- large figures: written by `python -m sandbox.bench --large --write` -->"
LONG = "<!-- long figures: written by `make bench-long` -->"
LOAD = "<!-- load figures: written by `python -m sandbox.bench --load --write` -->"
_PARTS = (USUAL, LARGE, LONG, LOAD)  # in the order of the document

Row = Sequence[str]


class Table:
    """Title, heading, rows, and a note below."""

    def __init__(self, title: str, heading: Row, rows: Sequence[Row], note: str = "") -> None:
        self.title, self.heading, self.rows, self.note = title, heading, rows, note

    def aligned(self) -> str:
        widths = [max(len(row[i]) for row in (self.heading, *self.rows)) for i in range(len(self.heading))]
        lines = [
            "  ".join(
                cell.rjust(width) if _is_figure(cell) else cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
            for row in (self.heading, ["-" * width for width in widths], *self.rows)
        ]
        return "\n".join([self.title, "", *lines, *([self.note] if self.note else [])]) + "\n"

    def markdown(self) -> str:
        rule = ["---:" if all(_is_figure(row[i]) for row in self.rows) else "---" for i in range(len(self.heading))]
        lines = ["| " + " | ".join(row) + " |" for row in (self.heading, rule, *self.rows)]
        return "\n".join([f"## {self.title}", "", *lines, *(["", self.note] if self.note else [])]) + "\n"


def _is_figure(cell: str) -> bool:
    return cell[:1].isdigit() or cell == "–"


def operations(measured: Sequence[Measured]) -> Table:
    heading = (
        "operation", "calls", "target", "read", "written", "RRU", "WRU", "of index", "CPU ms", "floor ms", "ratio",
        "verdict", "which calls",
    )  # fmt: skip
    note = (
        "Caches warm. RRU and WRU: request units by item size; `of index` are the WRU of secondary indexes. Ratio: CPU "
        f"of the whole handler over the same calls by bare botocore; target {CPU_TARGET:g}, but for what draws a PDF. GET pendenza: its answer holds "
        "the rpp, which lie in the partition of its IUV; a process that has met the pendenza knows the IUV and reads both at "
        "once, one that has not reads twice, which is above the target of one call (decisions/0002)."
    )
    return Table("Operations", heading, [_operation(one) for one in measured], note)


def _operation(one: Measured) -> Row:
    target = one.operation.calls_max
    if not one.calls:
        return (one.operation.name, "–", _whole(target), *["–"] * 8, MISSED, one.problem or "")
    cost, cpu = one.cost, one.cpu
    return (
        one.operation.name,
        str(len(one.calls)),
        _whole(target),
        str(cost.items_read),
        str(cost.items_written),
        f"{cost.read_units:g}",
        f"{cost.write_units:g}",
        f"{cost.index_units:g}",
        "–" if cpu is None else f"{cpu.handler_ms:.2f}",
        "–" if cpu is None else f"{cpu.floor_ms:.2f}",
        "–" if cpu is None or cpu.ratio is None else f"{cpu.ratio:.2f}",
        verdict(one),
        meter.by_kind(one.calls) + (f" ({one.problem})" if one.problem else ""),
    )


def verdict(one: Measured) -> str:
    """Say which targets an operation misses."""
    ratio = None if one.cpu is None or one.operation.prints else one.cpu.ratio
    slow = ratio is not None and ratio > CPU_TARGET
    missed = ["calls"] * one.misses_calls + ["CPU"] * slow
    return f"{MISSED} {'+'.join(missed)}" if missed else "ok"


def _whole(number: int | None) -> str:
    return "–" if number is None else str(number)


def cold(figures: Cold) -> Table:
    rows = [
        ("app.py, every Lambda entry", f"{figures.entry_ms:.0f}", f"{figures.ratio:.2f}", _within(figures)),
        ("the same without the bytecode of the bundle", f"{figures.uncompiled_ms:.0f}", "–", ""),
        ("floor: chalice, botocore, one client", f"{figures.floor_ms:.0f}", "1.00", ""),
        *(
            (f"app.py, and what the {name} imports", f"{ms:.0f}", f"{ms / figures.floor_ms:.2f}", "")
            for name, ms in figures.first_ms.items()
        ),
    ]
    heaviest = ", ".join(f"{name} {microseconds / 1000:.0f}" for name, microseconds in figures.heaviest)
    note = f"Target {cold_module.TARGET:g}, of what a cold start imports. CPU ms, median of fresh processes."
    if heaviest:
        note += f" Heaviest beyond the floor, own ms: {heaviest}."
    return Table("Cold import", ("entry", "ms", "ratio", "verdict"), rows, note)


def _within(figures: Cold) -> str:
    return "ok" if figures.ratio <= cold_module.TARGET else MISSED


def package(bundle: Bundle | None, resources: int) -> Table:
    rows = [("API Gateway resources", str(resources), str(RESOURCES_MAX), _most(resources, RESOURCES_MAX))]
    if bundle is None:
        rows.append(("zip", "–", f"{ZIP_MAX_MB:g} MB", "not built: make package"))
    else:
        rows.append(("zip, MB", f"{bundle.zip_mb:.1f}", f"{ZIP_MAX_MB:g}", _most(bundle.zip_mb, ZIP_MAX_MB)))
        rows.append(("unzipped, MB", f"{bundle.unzipped_mb:.1f}", "250", _most(bundle.unzipped_mb, 250)))
    return Table("Package", ("what", "figure", "most", "verdict"), rows)


def _most(figure: float, most: float) -> str:
    return "ok" if figure <= most else MISSED


def paper(papers: Sequence[Paper]) -> Table:
    rows = [(one.name, f"{one.ms:.1f}", f"{one.kilobytes:.1f}") for one in papers]
    return Table("PDF", ("document", "CPU ms", "kB"), rows)


def giornale_di_cassa(reads: Sequence[Read]) -> Table:
    rows = [
        (
            str(one.megabytes),
            str(one.rows),
            f"{one.seconds:.2f}",
            f"{one.rate:.0f}",
            f"{one.grown_mb:.1f}",
            f"{one.bare:.2f}",
            f"{one.ratio:.2f}",
            "ok" if one.ratio < MOST_OF_BARE else "MISSED",
        )
        for one in reads
    ]
    note = (
        "OPI; CPU s. Checked whole, then read again row by row. Memory: what the process grew by; it does not follow the "
        "file. Bare: expat alone, once, with handlers that do nothing; ratio: one reading of ours to it, to be below "
        f"{MOST_OF_BARE:g}."
    )
    heading = ("MB", "rows", "s", "rows a second", "memory, MB", "bare s", "ratio", "verdict")
    return Table("Giornale di cassa", heading, rows, note)


def rendicontazione(consumi: Sequence[Consumo], *, large: bool) -> Table:
    heading = (
        "what", "rows", "s", "rows a second", "rows a CPU second", "calls a row", "memory, MB", "messages",
        "longest, s", "most rows a transaction", "which calls",
    )  # fmt: skip
    note = (
        "A process of its own, AWS in another, behind HTTP on the same machine: s and rows a second are of both. Of a row "
        "of a flow the payment is known; of a movement the flow is there, with one payment. Memory: what the process grew "
        "by once at work, its imports included. Longest: one message; Lambda gives it 300 s."
    )
    title = "Rendicontazione, at length" if large else "Rendicontazione"
    return Table(title, heading, [_consumo(one) for one in consumi], note)


def tracciati(consumi: Sequence[Consumo], *, large: bool) -> Table:
    heading = (
        "what", "rows", "s", "rows a second", "rows a CPU second", "calls a row", "memory, MB", "messages",
        "longest, s", "most rows a transaction", "which calls",
    )  # fmt: skip
    note = (
        "From the file in the bucket to its answer, by one consumer; AWS in another process of the same machine. Lambda "
        "works on ten blocks at a time. A row in fifty is refused. Memory and longest as for rendicontazione."
    )
    title = "Tracciati, at length" if large else "Tracciati"
    return Table(title, heading, [_consumo(one) for one in consumi], note)


def _consumo(one: Consumo) -> Row:
    calls = sorted(one.calls.items(), key=lambda call: -call[1])
    return (
        one.cosa,
        str(one.righe),
        f"{one.seconds:.1f}",
        f"{one.rate:.0f}",
        f"{one.righe / one.cpu:.0f}",
        f"{one.calls_a_row:.3f}",
        f"{one.grown_mb:.0f}",
        str(one.messages),
        f"{one.longest:.1f}",
        str(one.most_written),
        ", ".join(f"{name} ×{count}" for name, count in calls),
    )


def bill(of: Bill) -> Table:
    note = "By the prices below, a dollar counted as a euro. Without free tier, storage, logs and traffic."
    return Table(f"EUR for {of.title}", ("what", "quantity", "EUR"), lines(of), note)


def prices(of: Mapping[str, Price]) -> Table:
    rows = [
        (
            name,
            f"{one.usd:.10f}".rstrip("0").rstrip("."),
            one.service,
            one.unit,
            "yes" if one.compared else "not compared",
        )
        for name, one in of.items()
    ]
    note = (
        f"{REGION}, dollars without tax, put down on {PRICED_ON:%Y-%m-%d} in sandbox/bench/prices.py without the list of AWS at "
        "hand. `python -m sandbox.bench --prices FILE.json` takes others."
    )
    return Table("Prices", ("what", "USD", "service", "unit", "compared with the list"), rows, note)


def flatness(levels: Sequence[Level], *, large: bool) -> Table:
    grew = grown(levels)
    rows = [
        (
            level.operation,
            str(level.pendenze),
            str(level.items_read),
            f"{level.read_units:g}",
            f"{level.write_units:g}",
            MISSED if level.operation in grew else "bounded" if level.operation == COUNTED else "flat",
            level.calls,
        )
        for level in sorted(levels, key=lambda level: level.operation)
    ]
    heading = ("operation", "pendenze", "read", "RRU", "WRU", "verdict", "which calls")
    title = "Flatness up to a million" if large else "Flatness"
    return Table(title, heading, rows, "Totals of a list are counted up to 10,000 results, and no further.")


def lists(levels: Sequence[Level], *, large: bool) -> Table:
    grew, counted = elenchi.grown(levels), {one.nome for one in elenchi.ELENCHI if one.most is not None}
    rows = [
        (
            one.operation,
            str(one.pendenze),
            str(one.items_read),
            f"{one.read_units:g}",
            MISSED if one.operation in grew else "bounded" if one.operation in counted else "flat",
            one.calls,
        )
        for one in levels
    ]
    note = (
        f"Of backoffice, a page of {elenchi.PER_PAGINA} without totals. Bounded: it gives totals of all it is asked for, and refuses "
        "to read more than 10,000 riscossioni, or 1,000 flows."
    )
    title = "Lists at length" if large else "Lists"
    return Table(title, ("list", "things", "read", "RRU", "verdict", "which calls"), rows, note)


def loaders(loaded: Loaded) -> Table:
    rows = [
        ("pendenze loaded", str(loaded.pendenze)),
        ("distinct IUV", str(loaded.distinct_iuv)),
        ("pendenze a second, embedded AWS included", f"{loaded.rate:.0f}"),
        ("lease calls a pendenza", f"{loaded.lease_calls / loaded.pendenze:.3f}"),
        ("AWS calls a pendenza", f"{loaded.aws_calls / loaded.pendenze:.2f}"),
        ("updates of one pendenza by all threads", str(loaded.updates)),
        ("refused as conflicts, and made again", str(loaded.conflicts)),
        ("versions it gained", str(loaded.versions)),
        ("verdict", "ok" if loaded.went_well else MISSED),
    ]
    title = f"Loaders: {THREADS} threads, {loaded.pendenze // THREADS} pendenze each"
    return Table(title, ("what", "figure"), rows)


def machine() -> str:
    return f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.machine()}"


def write(tables: Sequence[Table], *, part: str, now: datetime) -> None:
    """Put figures in docs/benchmarks.md, in the place of those of that part, and draw docs/benchmarks.svg from all."""
    head = f"Measured on {now:%Y-%m-%d}: {machine()}."
    block = "\n".join([head, "", *(table.markdown() for table in tables)])
    document = replaced(DOCUMENT.read_text(encoding="utf-8"), part, block)
    DOCUMENT.write_text(document, encoding="utf-8")
    DOCUMENT.with_suffix(".svg").write_text(chart.drawn(document), encoding="utf-8")


def replaced(text: str, part: str, block: str) -> str:
    """Give a document with other figures in one of its parts."""
    rest, found = text, dict[str, str]()
    for marker in reversed(_PARTS):
        rest, there, figures = rest.partition(marker)
        found[marker] = figures.strip() if there else ""
    found[part] = block.strip()
    parts = [rest.strip(), *(one for marker in _PARTS for one in (marker, found[marker]))]
    return "\n\n".join(one for one in parts if one) + "\n"
