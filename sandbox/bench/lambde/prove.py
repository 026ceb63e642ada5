"""Both measurements of the packaged functions, in one AWS: clients keep the address of the first they have met."""

import asyncio
from collections.abc import Sequence

from sandbox.bench.lambde import avvio, carico
from sandbox.bench.lambde.container import pacchetto
from sandbox.bench.lambde.nuvola_processo import nuvola


def misura(*, per_secondo: int, secondi: int, container: int) -> tuple[Sequence[carico.Prova], Sequence[avvio.Avvio]]:
    """Load the API, then start each function cold.

    :raises NonPacchettizzato: if there is no bundle
    """
    return asyncio.run(_misura(per_secondo=per_secondo, secondi=secondi, container=container))


async def _misura(
    *, per_secondo: int, secondi: int, container: int
) -> tuple[Sequence[carico.Prova], Sequence[avvio.Avvio]]:
    with pacchetto() as insieme:
        async with nuvola() as aws:
            prove = await carico.misura(insieme, aws, per_secondo=per_secondo, secondi=secondi, container=container)
            return prove, await avvio.misura(insieme, aws)
