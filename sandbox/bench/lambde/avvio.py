"""The cold start of each function: a fresh container to its first `next`, and on to its first event answered.

The events are of the function's own kind: a request of the gestionale and one of the Nodo, a message that the
application itself put into the queue, the tick of a schedule. Whom a function would call is this machine, where
nobody listens: what that comes to is an answer too, and imports as much.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Any

from sandbox.bench.lambde.carico import mondo
from sandbox.bench.lambde.container import Funzione, Pacchetto
from sandbox.bench.lambde.nuvola_processo import NuvolaProcesso
from sandbox.bench.lambde.runtime_api import Invocazione, RuntimeApi

if TYPE_CHECKING:
    from sandbox.bench.world import World

PROVE = 3
API = "app"
# Nobody there: refused at once, where a name would be looked up.
_NESSUNO = "http://127.0.0.1:9/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Avvio:
    """Medians. `init_ms` to the first `next`, `primo_ms` from then to the first answer; `cpu` of each, by 10 ms.

    `fallita`: the event was answered with an error, which a queue would bring again.
    """

    funzione: str
    evento: str
    memory_mb: int
    init_ms: float
    primo_ms: float
    init_cpu_ms: float
    primo_cpu_ms: float
    fallita: bool


async def misura(insieme: Pacchetto, aws: NuvolaProcesso, prove: int = PROVE) -> Sequence[Avvio]:
    """Start each function so many times, one after the other, in an AWS that is emptied before."""
    aws.svuota()
    aws.attenda(0)
    eventi = eventi_di(mondo(aws), aws, insieme.funzioni)
    await _avvia(insieme, aws, insieme.funzioni[API], eventi[0][2])  # the files of the bundle are in memory after it
    return [
        await _una(insieme, aws, insieme.funzioni[nome], cosa=cosa, evento=evento, prove=prove)
        for nome, cosa, evento in eventi
    ]


async def _una(
    insieme: Pacchetto, aws: NuvolaProcesso, funzione: Funzione, *, cosa: str, evento: Any, prove: int
) -> Avvio:
    found = [await _avvia(insieme, aws, funzione, evento) for _ in range(prove)]
    init, primo, cpu_init, cpu_primo = (median(uno[quale] for uno in found) for quale in range(4))
    return Avvio(
        funzione=funzione.handler, evento=cosa, memory_mb=funzione.memory_mb, init_ms=init, primo_ms=primo,
        init_cpu_ms=cpu_init, primo_cpu_ms=cpu_primo, fallita=any(uno[4] for uno in found),
    )  # fmt: skip


async def _avvia(
    insieme: Pacchetto, aws: NuvolaProcesso, funzione: Funzione, evento: Any
) -> tuple[float, float, float, float, bool]:
    async with RuntimeApi(timeout_s=funzione.timeout_s, funzione=funzione.nome) as api:
        # Private addresses, because the ente and pagoPA are here.
        ambiente = {**aws.ambiente, "GOVPAY_ALLOW_PRIVATE_URLS": "true"}
        container = insieme.avvia(funzione, runtime_api=api.indirizzo, ambiente=ambiente)
        began = await container.parti()
        try:
            pronto = await api.primo_next()
            cpu = container.cpu_ms
            una = Invocazione(nome=funzione.nome, evento=json.dumps(evento).encode(), dovuta=pronto)
            await asyncio.wait_for(api.invoca(una), funzione.timeout_s)
            return (pronto - began) * 1000, una.durata_ms, cpu, container.cpu_ms - cpu, una.fallita
        finally:
            await container.ferma()


def eventi_di(world: "World", aws: NuvolaProcesso, funzioni: Mapping[str, Funzione]) -> Sequence[tuple[str, str, Any]]:
    """Give for each function what its event is, and the event; for the API two."""
    from sandbox.aws.pollers import scheduled_event
    from sandbox.bench import events

    now = datetime.now(UTC)
    code = _messaggi(world, aws, now)
    carico = world.load()
    eventi: list[tuple[str, str, Any]] = [
        (API, "GET pendenza", world.gestionale("GET", carico.url).event(world.routes)),
        (API, "paVerifyPaymentNotice", world.verify(carico).event(world.routes)),
    ]
    for nome, funzione in funzioni.items():
        if funzione.coda:
            event = events.message(code[funzione.coda], queue=f"govpay-prod-{funzione.coda}")
            eventi.append((nome, f"message of {funzione.coda}", event))
        elif funzione.ogni:
            eventi.append((nome, funzione.ogni, scheduled_event(nome, now=now, region="eu-south-1")))
    return eventi


def _messaggi(world: "World", aws: NuvolaProcesso, now: datetime) -> Mapping[str, str]:
    """Have the application put a message into every queue; give the last of each."""
    from chalicelib.anagrafica import operations as anagrafica
    from chalicelib.anagrafica.model import Connettore
    from chalicelib.aws.queues import Queue
    from sandbox.aws.pollers import scheduled_event
    from sandbox.bench.operations import _attiva_of, _ccp
    from tests import builders_anagrafica as comune

    anagrafica.put_intermediario(intermediario=comune.an_intermediario(servizio_pagopa=Connettore(url=_NESSUNO)))
    world.paid()
    classica = world.load(classica=True)
    world.call(_attiva_of(world, classica, _ccp(classica)))
    for schedule in ("acquisizione_flussi", "verifica_conti", "recupero_rpt_pendenti"):
        world.app.handler_map[schedule](scheduled_event(schedule, now=now, region="eu-south-1"), None)
    _files(now)
    messaggi = {coda.value: aws.coda(coda)[-1] for coda in Queue if aws.coda(coda)}
    # None of these came: a promemoria that is no longer there, and a ricevuta whose effect failed the first time.
    return {
        Queue.PROMEMORIA.value: json.dumps({"chiave": "nessuna"}),
        Queue.RICEVUTE.value: _ricevuta(world),
    } | messaggi


def _files(now: datetime) -> None:
    """Drop a giornale di cassa and a tracciato where the bucket tells a queue of them."""
    from chalicelib.anagrafica import queries as anagrafica
    from chalicelib.aws import documents
    from chalicelib.riconciliazione.importazione.archivio import BUCKET
    from chalicelib.tracciati.model import Formato
    from chalicelib.tracciati.operations.ricezione import upload
    from sandbox.bench import giornale_di_cassa as cassa
    from sandbox.bench.tracciati import contenuto
    from tests import builders_anagrafica as comune

    giornale = cassa.HEAD + cassa.ROW.format(n=1, importo="100.50", causale="/PUR/LGPE-RIVERSAMENTO/URI/1") + cassa.TAIL
    key = f"giornale-di-cassa/{comune.DOMINIO}/in/giornale.xml"
    documents.put(BUCKET, key, giornale.encode(), content_type="application/xml")
    utenza = comune.there(anagrafica.by_principal(comune.GPADMIN))
    upload(
        nome="tari.csv", content=contenuto(1), formato=Formato.CSV, utenza=utenza, id_dominio=comune.DOMINIO,
        stampa=False, now=now,
    )  # fmt: skip


def _ricevuta(world: "World") -> str:
    from chalicelib.aws import documents
    from chalicelib.aws.documents import Bucket
    from tests import builders_anagrafica as comune

    carico = world.load()
    body = world.receipt(carico, world.activate(carico)).body
    documents.put(Bucket.ARCHIVIO, "avvio/ricevuta.xml", body, content_type="text/xml")
    message = {"chiave": "avvio/ricevuta.xml", "principal": comune.PRINCIPAL_PAGOPA, "idTransazione": "avvio"}
    return json.dumps({**message, "sha256": hashlib.sha256(body).hexdigest()})
