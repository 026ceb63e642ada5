"""A hundred requests a second at the packaged API, for as long as it takes to see its slowest.

Open loop: when each request comes is drawn before the first, and its latency counts from then, whether or not the ones
before it have been answered. A payment is three requests on one IUV, verify, get and send, a second apart; the
pendenze were loaded before, by the same containers, which are warm after that.
"""

import asyncio
import json
import math
import os
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.bench.lambde.container import BASE_URL, Container, Pacchetto
from sandbox.bench.lambde.nuvola_processo import NOMI, NuvolaProcesso
from sandbox.bench.lambde.runtime_api import Invocazione, RuntimeApi

if TYPE_CHECKING:
    from sandbox.bench.world import World

VERIFY, GET, SEND = "paVerifyPaymentNotice", "paGetPaymentV2", "paSendRTV2"
PER_SECONDO, SECONDI = 100, 30
# Of one call: what cost.py reckons with, and none, which leaves the handler and this machine.
ATTESE_MS = (6.0, 0.0)
_SEME = 2026
_PRESTO = 0.5  # of seconds before the first
_FUNZIONE = "app"
# Payments before the measurement, so that no container meets its first one in it.
_PRIMA = 60


class Sbagliata(RuntimeError):
    """An answer that is not a good one: what was measured is not a payment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prova:
    """One run. `cpu_ms` is the CPU of the containers by invocation; `invocazioni` have all been answered well."""

    per_secondo: int
    attesa_ms: float
    container: int
    secondi: float
    cpu_ms: float
    invocazioni: Sequence[Invocazione]

    @property
    def previsti(self) -> float:
        """Tell the seconds between the first and the last intended arrival; `secondi` are those to the last answer."""
        dovute = [una.dovuta for una in self.invocazioni]
        return max(dovute) - min(dovute)


def arrivi(quanti: int, *, per_secondo: float, seme: int = _SEME) -> Sequence[float]:
    """Draw when each request comes, in seconds from the first: independent callers, so many a second on average."""
    caso = random.Random(seme)  # noqa: S311 - no secret
    momento, found = 0.0, list[float]()
    for _ in range(quanti):
        momento += caso.expovariate(per_secondo)
        found.append(momento)
    return found


def percentile(valori: Sequence[float], quale: float) -> float:
    """Give the smallest value that so many percent of the values do not exceed."""
    in_ordine = sorted(valori)
    return in_ordine[max(math.ceil(quale / 100 * len(in_ordine)) - 1, 0)]


def ordine(quanti: int, *, distanza: int) -> Sequence[tuple[str, int]]:
    """Say which request of which payment comes when: at any time as many of each kind.

    Payments are numbered from 0; the first `2 * distanza` are not verified here, the last not paid.
    """
    return [
        uno
        for numero in range(quanti)
        for uno in ((VERIFY, numero + 2 * distanza), (GET, numero + distanza), (SEND, numero))
    ]


async def misura(
    insieme: Pacchetto,
    aws: NuvolaProcesso,
    *,
    per_secondo: int = PER_SECONDO,
    secondi: int = SECONDI,
    container: int = 0,
) -> Sequence[Prova]:
    """Run the load once for each of ATTESE_MS; `container` 0 takes as many as the rate needs.

    :raises Sbagliata: if a request was not answered well
    """
    prove = []
    for attesa_ms in ATTESE_MS:
        aws.svuota()
        prove.append(
            await _prova(
                insieme, aws, per_secondo=per_secondo, secondi=secondi, container=container, attesa_ms=attesa_ms
            )
        )
    return prove


def mondo(aws: NuvolaProcesso) -> "World":
    """Register the comune in an AWS; the settings of this process are those of the functions from then on."""
    os.environ.update({**NOMI, **aws.ambiente, "GOVPAY_BASE_URL": BASE_URL, "GOVPAY_ALLOW_PRIVATE_URLS": "true"})
    from sandbox.bench.process import load_app
    from sandbox.bench.world import World

    return World(load_app())


@asynccontextmanager
async def containers(
    insieme: Pacchetto, api: RuntimeApi, aws: NuvolaProcesso, quanti: int
) -> AsyncIterator[list[Container]]:
    """Have so many containers of the API, ready."""
    funzione = insieme.funzioni[_FUNZIONE]
    accesi = [insieme.avvia(funzione, runtime_api=api.indirizzo, ambiente=aws.ambiente) for _ in range(quanti)]
    try:
        for uno in accesi:
            await uno.parti()
        await api.tutti(quanti)
        yield accesi
    finally:
        for uno in accesi:
            await uno.ferma()


async def _prova(
    insieme: Pacchetto, aws: NuvolaProcesso, *, per_secondo: int, secondi: int, container: int, attesa_ms: float
) -> Prova:
    world = mondo(aws)
    distanza = max(per_secondo // 3, 1)
    quanti = per_secondo * secondi // 3
    aws.attenda(attesa_ms)
    timeout_s = insieme.funzioni[_FUNZIONE].timeout_s
    accesi = container or _bastano(per_secondo, attesa_ms)
    async with (
        RuntimeApi(timeout_s=timeout_s, funzione="APIHandler") as api,
        containers(insieme, api, aws, accesi) as processi,
    ):
        preparati = await _prepara(world, api, quanti + 2 * distanza, distanza)
        sequenza = ordine(quanti, distanza=distanza)
        eventi = [(nome, preparati[nome][numero]) for nome, numero in sequenza]
        aws.attribuisci(())
        prima = sum(uno.cpu_ms for uno in processi)
        invocazioni = await _aperto(api, eventi, arrivi(len(eventi), per_secondo=per_secondo))
        cpu = sum(uno.cpu_ms for uno in processi) - prima
    aws.attribuisci(invocazioni)
    for una in invocazioni:
        _buona(una)
    durata = max(una.risposta for una in invocazioni) - min(una.dovuta for una in invocazioni)
    return Prova(
        per_secondo=per_secondo, attesa_ms=attesa_ms, container=accesi, secondi=durata,
        cpu_ms=cpu / len(invocazioni), invocazioni=invocazioni,
    )  # fmt: skip


def _bastano(per_secondo: int, attesa_ms: float) -> int:
    """Reckon how many containers a rate needs: busy half of the time, at four calls and ten milliseconds a request."""
    return max(2, math.ceil(per_secondo * (4 * attesa_ms + 10) / 1000 / 0.5))


async def _aperto(
    api: RuntimeApi, eventi: Sequence[tuple[str, bytes]], momenti: Sequence[float]
) -> Sequence[Invocazione]:
    """Send each event at its moment, whatever became of those before; wait for all."""
    loop = asyncio.get_running_loop()
    inizio = loop.time() + _PRESTO
    attese = []
    for (nome, evento), momento in zip(eventi, momenti, strict=True):
        dovuta = inizio + momento
        if (manca := dovuta - loop.time()) > 0:
            await asyncio.sleep(manca)
        attese.append(api.invoca(Invocazione(nome=nome, evento=evento, dovuta=dovuta)))
    return await asyncio.wait_for(asyncio.gather(*attese), 120)


async def _prepara(world: "World", api: RuntimeApi, quanti: int, distanza: int) -> dict[str, Sequence[bytes]]:
    """Load the pendenze, pay for the first ones what `ordine` does not, and write every event."""
    from sandbox.bench.world import Carico

    ids = [world.new_id() for _ in range(quanti + _PRIMA)]
    caricate = await _tutte(api, [(id_pendenza, _bytes(world, world.put_of(id_pendenza))) for id_pendenza in ids])
    carichi = []
    for id_pendenza, una in zip(ids, caricate, strict=True):
        creata = json.loads(_buona(una)["body"])
        carichi.append(
            Carico(id_pendenza=id_pendenza, id_dominio=creata["idDominio"], numero_avviso=creata["numeroAvviso"])
        )
    verifiche = [_bytes(world, world.verify(carico)) for carico in carichi]
    attivazioni = [_bytes(world, world.get_payment(carico)) for carico in carichi]
    ricevute = _ricevute(world, carichi)
    for eventi in (attivazioni[:distanza], attivazioni[quanti:], ricevute[quanti:]):
        for una in await _tutte(api, [(GET, evento) for evento in eventi]):
            _buona(una)
    return {VERIFY: verifiche, GET: attivazioni, SEND: ricevute}


def _ricevute(world: "World", carichi: Sequence[Any]) -> Sequence[bytes]:
    """Write the ricevuta of each, alike but for its numbers: one is made from what an activation answers."""
    modello = world.load()
    testo = _bytes(world, world.receipt(modello, world.activate(modello))).decode()
    token = next(parte for parte in testo.split("receiptId>") if parte[:1].isalnum()).partition("<")[0]
    return [
        testo.replace(modello.numero_avviso, uno.numero_avviso)
        .replace(modello.iuv, uno.iuv)
        .replace(token, f"{numero + 1_000_000:032x}")
        .encode()
        for numero, uno in enumerate(carichi)
    ]


async def _tutte(api: RuntimeApi, eventi: Sequence[tuple[str, bytes]]) -> Sequence[Invocazione]:
    """Have events handled as fast as the containers can."""
    now = asyncio.get_running_loop().time()
    return await asyncio.gather(*(api.invoca(Invocazione(nome=nome, evento=uno, dovuta=now)) for nome, uno in eventi))


def _bytes(world: "World", request: Any) -> bytes:
    return json.dumps(request.event(world.routes)).encode()


def _buona(una: Invocazione) -> dict[str, Any]:
    """Give the answer to a request.

    :raises Sbagliata: if it is not a good one
    """
    from sandbox.bench import events

    if una.fallita:
        raise Sbagliata(f"{una.nome}: {una.corpo.decode('utf-8', 'replace')[:600]}")
    try:
        return events.require_good(una.json())
    except events.Refused as error:
        raise Sbagliata(f"{una.nome}: {error}") from error
