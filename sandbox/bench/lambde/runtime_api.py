"""The Runtime API of Lambda (2018-06-01), for containers that are processes of this machine.

A container asks for the next invocation and waits; an invocation waits for a container. The protocol is AWS's, so that
what runs is AWS's own runtime client (awslambdaric) with the packaged function.
"""

import asyncio
import json
import time
import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Self

from sandbox.bench.lambde.http_locale import Richiesta, Risponde, Risposta, server

_BASE = "/2018-06-01/runtime"
ACCOUNT = "123456789012"


class ContainerMorto(RuntimeError):
    """A container said that it could not start, with what it said."""


@dataclass(slots=True, kw_only=True)
class Invocazione:
    """One event and what became of it. Times are of the loop; `attesa_ms` is what AWS took, told by it afterwards.

    `dovuta` is when it was meant to come, `consegnata` when a container took it, `risposta` when that had answered.
    """

    nome: str
    evento: bytes
    dovuta: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    consegnata: float = 0.0
    risposta: float = 0.0
    corpo: bytes = b""
    fallita: bool = False
    attesa_ms: float = 0.0
    chiamate: int = 0

    @property
    def traccia(self) -> str:
        """Give the trace id, which botocore repeats to AWS in every call that this invocation makes."""
        return f"Root=1-00000000-{self.id.replace('-', '')[:24]};Sampled=0"

    @property
    def latenza_ms(self) -> float:
        """Tell how long a caller waited since the moment at which it meant to call."""
        return (self.risposta - self.dovuta) * 1000

    @property
    def durata_ms(self) -> float:
        return (self.risposta - self.consegnata) * 1000

    @property
    def propria_ms(self) -> float:
        """Tell what is left of it without the time that AWS took: the handler, botocore, the runtime client."""
        return max(self.durata_ms - self.attesa_ms, 0.0)

    def json(self) -> Any:
        return json.loads(self.corpo)


class RuntimeApi:
    """`async with`: gives invocations to whichever container asks. `pronti` counts the containers that ever asked."""

    def __init__(self, *, timeout_s: int, funzione: str) -> None:
        self._timeout_s, self._funzione = timeout_s, funzione
        self._attendono: deque[Invocazione] = deque()
        self._liberi: deque[Risponde] = deque()
        self._in_corso: dict[str, tuple[Invocazione, asyncio.Future[Invocazione]]] = {}
        self._primo = asyncio.Event()
        self.errore: str | None = None
        self.primo_alle = 0.0

    async def __aenter__(self) -> Self:
        self._server, self.indirizzo = await server(self._serve)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def primo_next(self) -> float:
        """Wait until a container is ready; give when it was.

        :raises ContainerMorto: if it says that it cannot start
        """
        await asyncio.wait_for(self._primo.wait(), 60)
        if self.errore is not None:
            raise ContainerMorto(self.errore)
        return self.primo_alle

    async def tutti(self, quanti: int) -> None:
        """Wait until so many containers are ready.

        :raises ContainerMorto: if one says that it cannot start
        """
        while len(self._liberi) < quanti:
            self._primo.clear()
            await self.primo_next()

    def invoca(self, invocazione: Invocazione) -> "asyncio.Future[Invocazione]":
        """Hand an invocation to a container, now or when one is free; the future is it, answered."""
        future: asyncio.Future[Invocazione] = asyncio.get_running_loop().create_future()
        self._in_corso[invocazione.id] = (invocazione, future)
        self._attendono.append(invocazione)
        self._consegna()
        return future

    def _consegna(self) -> None:
        while self._attendono and self._liberi:
            una, risponde = self._attendono.popleft(), self._liberi.popleft()
            una.consegnata = asyncio.get_running_loop().time()
            headers = {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": una.id,
                "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout_s) * 1000)),
                "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:eu-south-1:{ACCOUNT}:function:{self._funzione}",
                "Lambda-Runtime-Trace-Id": una.traccia,
            }
            risponde(Risposta(body=una.evento, headers=headers))

    def _serve(self, richiesta: Richiesta, risponde: Risponde) -> None:
        """Answer a container: next, response and error of an invocation, init/error."""
        passo = richiesta.path.removeprefix(_BASE)
        if passo == "/invocation/next":
            self._next(risponde)
        elif passo == "/init/error":
            self.errore = richiesta.body.decode("utf-8", "replace")
            self._primo.set()
            risponde(Risposta(status=202))
        else:
            risponde(Risposta(status=202 if self._finita(passo, richiesta.body) else 404))

    def _next(self, risponde: Risponde) -> None:
        if not self._primo.is_set():
            self.primo_alle = asyncio.get_running_loop().time()
            self._primo.set()
        self._liberi.append(risponde)
        self._consegna()

    def _finita(self, passo: str, corpo: bytes) -> bool:
        """Take the outcome of an invocation; False if there is none of that id."""
        _, _, resto = passo.partition("/invocation/")
        id_, _, esito = resto.partition("/")
        if id_ not in self._in_corso or esito not in {"response", "error"}:
            return False
        una, future = self._in_corso.pop(id_)
        una.risposta, una.corpo, una.fallita = asyncio.get_running_loop().time(), corpo, esito == "error"
        if not future.done():
            future.set_result(una)
        return True
