"""The figures of the load and of the cold starts as tables."""

from collections.abc import Sequence

from sandbox.bench.lambde.avvio import Avvio
from sandbox.bench.lambde.carico import GET, SEND, VERIFY, Prova, percentile
from sandbox.bench.report import Table

_PERCENTILI = (50, 98, 99)


def carico(prove: Sequence[Prova]) -> Table:
    heading = (
        "AWS call, ms", "containers", "operation", "requests", "p50 ms", "p98 ms", "p99 ms", "own p50", "own p98",
        "own p99", "waiting for AWS", "calls",
    )  # fmt: skip
    prima = prove[0]
    note = (
        f"Open loop, {prima.per_secondo} requests a second on average for {prima.secondi:.0f} s, arrivals drawn in advance: "
        "latency counts from the intended arrival. Own: from the hand-over to a container to its answer, less what AWS "
        "took. AWS is in memory, not moto, and keeps each answer back for the milliseconds "
        "named. CPU of a container, an invocation: "
        + ", ".join(f"{prova.cpu_ms:.1f} ms (AWS {prova.attesa_ms:g} ms)" for prova in prove)
        + "."
        + _tenuta(prove)
    )
    rows = [_riga(prova, nome) for prova in prove for nome in (VERIFY, GET, SEND, "")]
    return Table(f"Load: {prima.per_secondo} requests a second", heading, rows, note)


def _tenuta(prove: Sequence[Prova]) -> str:
    """Say of each run that did not keep the rate; latencies of such a run tell of the machine."""
    return "".join(
        f" MISSED, AWS {prova.attesa_ms:g} ms: the requests of {prova.previsti:.0f} s took {prova.secondi:.0f} s, this machine "
        "had no processor for them; the latencies of that run are those of the queue."
        for prova in prove
        if prova.secondi > prova.previsti + 1
    )


def _riga(prova: Prova, nome: str) -> Sequence[str]:
    sue = [una for una in prova.invocazioni if nome in {una.nome, ""}]
    latenze, proprie = [una.latenza_ms for una in sue], [una.propria_ms for una in sue]
    attesa = sum(una.attesa_ms for una in sue) / sum(una.durata_ms for una in sue)
    return (
        f"{prova.attesa_ms:g}",
        str(prova.container),
        nome or "all",
        str(len(sue)),
        *(f"{percentile(latenze, quale):.1f}" for quale in _PERCENTILI),
        *(f"{percentile(proprie, quale):.1f}" for quale in _PERCENTILI),
        f"{attesa:.0%}",
        f"{sum(una.chiamate for una in sue) / len(sue):.2f}",
    )


def avvii(trovati: Sequence[Avvio]) -> Table:
    heading = ("function", "MB", "first event", "to first next, ms", "CPU", "to first answer, ms", "CPU", "answer")
    note = (
        "Medians of fresh containers of the packaged bundle under awslambdaric, one CPU whatever the memory: Lambda gives "
        "512 MB less than a third of one, and unpacks the bundle besides. To first answer: from the first next."
    )
    rows = [
        (
            uno.funzione.partition(".")[2],
            str(uno.memory_mb),
            uno.evento,
            f"{uno.init_ms:.0f}",
            f"{uno.init_cpu_ms:.0f}",
            f"{uno.primo_ms:.0f}",
            f"{uno.primo_cpu_ms:.0f}",
            "error: to be tried again" if uno.fallita else "ok",
        )
        for uno in trovati
    ]
    return Table("Cold start of each function", heading, rows, note)
