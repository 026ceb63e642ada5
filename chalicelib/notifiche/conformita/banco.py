"""The calls of a run, as GovPay makes them: the same transport, the same time-outs, the same headers."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chalicelib.connettori import trasporto
from chalicelib.kernel.ids import new_uuid
from chalicelib.kernel.refusals import Sintassi
from chalicelib.notifiche.conformita.model import (
    NOTIFICA_SECONDS,
    VERIFICA_SECONDS,
    Esempio,
    Incarico,
    NonConforme,
    Saltato,
)
from chalicelib.rest import json_text

NON_ESEGUITA = "NON_ESEGUITA"
_PATIENCE = 3.0  # beyond the time of the contract, to say how late an answer is


@dataclass(frozen=True, slots=True, kw_only=True)
class Risposta:
    stato: int
    tipo: str
    corpo: bytes
    secondi: float

    @property
    def is_accolta(self) -> bool:
        return 200 <= self.stato < 300  # noqa: PLR2004

    def oggetto(self) -> dict[str, Any]:
        """Give the JSON object of the answer."""
        try:
            value = json_text.read(self.corpo)
        except Sintassi as error:
            raise NonConforme(f"il corpo della risposta {self.stato} non è JSON UTF-8 leggibile") from error
        if not isinstance(value, dict):
            raise NonConforme("il corpo della risposta non è un oggetto JSON")
        return value


@dataclass(slots=True, kw_only=True)
class Banco:
    """A gestionale under test. The answers of verifica that many cases look at are asked for once."""

    incarico: Incarico
    prova: str = field(default_factory=lambda: new_uuid()[:8])
    _answers: dict[tuple[str, ...], Risposta] = field(default_factory=dict)

    def esempio(self, stato: str = NON_ESEGUITA) -> Esempio:
        found = self.incarico.stati.get(stato)
        if found is None:
            raise Saltato(f"manca un esempio di pendenza {stato}")
        return found

    def segmenti(self, via: str, stato: str = NON_ESEGUITA) -> tuple[str, ...]:
        """Give the path of a verifica, by `avviso` or by `pendenza`."""
        esempio = self.esempio(stato)
        value = esempio.iuv if via == "avviso" else esempio.id_pendenza
        if value is None:
            raise Saltato(f"l'esempio {stato} non ha {'lo iuv' if via == 'avviso' else 'idPendenza'}")
        if via == "avviso":
            return ("avvisi", self.incarico.id_dominio, value)
        return ("pendenze", self.incarico.id_a2a, value)

    def verificata(self, via: str, stato: str = NON_ESEGUITA) -> Risposta:
        segmenti = self.segmenti(via, stato)
        if segmenti not in self._answers:
            self._answers[segmenti] = self.chiedi("GET", segmenti, seconds=VERIFICA_SECONDS + _PATIENCE)
        return self._answers[segmenti]

    def chiedi(
        self,
        metodo: str,
        segmenti: tuple[str, ...],
        *,
        corpo: bytes | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        seconds: float = NOTIFICA_SECONDS,
    ) -> Risposta:
        """Make a call. `headers` take the place of the credentials.

        :raises NonConforme: if no whole answer came
        """
        path = "".join(f"/{quote(segmento, safe='')}" for segmento in segmenti)
        sent = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "X-Govpay-IdTransazione": new_uuid(),
            **({} if corpo is None else {"Content-Type": "application/json"}),
            **(self.incarico.headers if headers is None else headers),
        }
        url = self.incarico.url.rstrip("/") + path + query
        started = time.monotonic()
        try:
            found = trasporto.exchange(
                trasporto.Richiesta(metodo=metodo, url=url, headers=sent, body=corpo), seconds=seconds
            )
        except trasporto.Guasto as guasto:
            raise NonConforme(f"nessuna risposta intera: {guasto.motivo}") from guasto
        tipo = next((value for name, value in found.headers.items() if name.lower() == "content-type"), "")
        return Risposta(stato=found.stato, tipo=tipo, corpo=found.body, secondi=time.monotonic() - started)
