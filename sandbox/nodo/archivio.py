"""What the Nodo remembers of RPT and RT: classic requests by (dominio, IUV, ccp)."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.nodo.messages.rpt import Rpt

Chiave = tuple[str, str, str]


@dataclass(slots=True, kw_only=True)
class RptTenuta:
    """An RPT taken in, the RT that answered it, the states it went through; `url` is where its payer goes."""

    rpt: Rpt
    stati: list[tuple[datetime, str]] = field(default_factory=list)
    rt: bytes | None = None
    url: str | None = None

    def segna(self, stato: str, now: datetime) -> None:
        self.stati.append((now, stato))


class ArchivioRpt:
    def __init__(self) -> None:
        self._rpt: dict[Chiave, RptTenuta] = {}
        self._arrivata = threading.Condition()

    def accoglie(self, tenute: Mapping[Chiave, RptTenuta]) -> bool:
        """Keep some RPT, all or none; False when one of them is there already."""
        with self._arrivata:
            if not self._rpt.keys().isdisjoint(tenute):
                return False
            self._rpt.update(tenute)
            self._arrivata.notify_all()
            return True

    def una(self, chiave: Chiave) -> RptTenuta | None:
        with self._arrivata:
            return self._rpt.get(chiave)

    def attendi(self, chiave: Chiave, secondi: float) -> RptTenuta | None:
        """Give the RPT, waiting for it at most so long."""
        with self._arrivata:
            self._arrivata.wait_for(lambda: chiave in self._rpt, timeout=secondi)
            return self._rpt.get(chiave)

    def tutte(self) -> dict[Chiave, RptTenuta]:
        with self._arrivata:
            return dict(self._rpt)
