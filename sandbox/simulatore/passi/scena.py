"""What all steps of a history share: who is there, and what was done so far."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox import sample
from sandbox.api_client import BACKOFFICE, PENDENZE
from sandbox.nodo.model import Ricevuta, Rifiuto
from sandbox.simulatore.aws.nuvola import Nuvola
from sandbox.simulatore.mondo import Api, Mondo, Processo


@dataclass(slots=True)
class Caricata:
    """A pendenza as the gestionale knows it; `certa` once GovPay has answered that it has it.

    `toccata`: something besides its first load was done to it, or tried.
    """

    id_pendenza: str
    dati: dict[str, Any]
    certa: bool = False
    numero_avviso: str | None = None
    annullata: bool = False
    toccata: bool = False


@dataclass(slots=True)
class Consegnato:
    """A tracciato that the ente made; `righe` are what must become of its rows, None where that is not known.

    `nome` names it among all of the history: it is in every causale, and in the name of its file.
    """

    nome: str
    id_dominio: str
    righe: list[bool | None]
    nuove: list[Caricata]
    manda: Callable[[], bool]
    accolto: bool = False
    quante: int = 1  # how often it was dropped: a file dropped again is another tracciato


@dataclass(kw_only=True)
class Scena:
    """One history. `passo` counts its steps; `controlla` is called after each."""

    processo: Processo
    nuvola: Nuvola
    mondo: Mondo
    caso: random.Random
    seme: str = ""
    controlla: Callable[[], None] = lambda: None
    pendenze: list[Caricata] = field(default_factory=list)
    da_consegnare: list[Ricevuta] = field(default_factory=list)
    perse: set[int] = field(default_factory=set)
    giornali: list[tuple[str, bytes]] = field(default_factory=list)
    tracciati: list[Consegnato] = field(default_factory=list)
    dimenticati: set[str] = field(default_factory=set)
    passo: int = 0
    numero: int = 0

    def api(self) -> Api:
        return Api(self.processo, PENDENZE, sample.GESTIONALE_PRINCIPAL, sample.GESTIONALE_PASSWORD)

    def backoffice(self) -> Api:
        return Api(self.processo, BACKOFFICE, sample.ADMIN, sample.ADMIN_PASSWORD)

    def una(self) -> Caricata | None:
        """Give a pendenza whose notice is known, by chance."""
        note = [una for una in self.pendenze if una.numero_avviso is not None]
        return self.caso.choice(note) if note else None

    def prova(self, chiede: Callable[[], Any]) -> Any:
        """Ask the Nodo something, as a PSP does; None if it is refused."""
        try:
            return chiede()
        except Rifiuto as rifiuto:
            self.nuvola.annota(f"    il PSP si sente dire {rifiuto.codice} {rifiuto.originale or ''}")
            return None

    def code(self) -> None:
        """Let some messages be received, in any order; what fails comes back."""
        for _ in range(self.caso.randint(1, 12)):
            visibili = self.nuvola.sqs.visibili()
            if not visibili:
                return
            self.uno(*self.caso.choice(visibili))

    def uno(self, coda: Any, messaggio: Any) -> None:
        """Let one message be received."""
        if not self.nuvola.sqs.ricevuto(coda, messaggio):
            self.nuvola.annota(f"  {coda.nome}: agli scarti {messaggio.corpo[:160]}")
            return
        if self.processo.consuma(coda, messaggio) and not self.nuvola.guasti.tocca("doppio"):
            coda.messaggi.remove(messaggio)

    def deposita(self, bucket: str, chiave: str, dati: bytes) -> None:
        """Put a file where an ente drops those that are for GovPay."""
        from chalicelib.aws.documents import Bucket
        from chalicelib.settings import settings

        parametri = {"Bucket": settings().bucket(Bucket(bucket)), "Key": chiave, "Body": dati}
        self.nuvola.s3.chiama("PutObject", parametri)
