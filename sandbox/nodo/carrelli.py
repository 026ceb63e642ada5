"""Carts that went to the WISP: which RPT, under which idSession, from which stazione (classic, modello 1)."""

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.nodo.archivio import Chiave

# Who the WISP is to the Nodo (SANP 2.x): an RPT to this PSP is paid where the payer chooses.
PSP_WISP = "AGID_01"


class StatoCarrello(StrEnum):
    APERTO = "APERTO"
    PAGATO = "PAGATO"
    NON_PAGATO = "NON_PAGATO"


@dataclass(slots=True, kw_only=True)
class CarrelloRpt:
    """A cart taken in. `id_dominio` comes back with the payer for a single RPT alone, as the Nodo does."""

    id_session: str
    id_carrello: str
    id_stazione: str
    chiavi: tuple[Chiave, ...]
    creato_il: datetime
    id_dominio: str | None = None
    psp: str | None = None
    stato: StatoCarrello = StatoCarrello.APERTO


class Carrelli:
    def __init__(self) -> None:
        self._per_sessione: dict[str, CarrelloRpt] = {}
        self._lock = threading.Lock()

    def apre(
        self,
        *,
        id_carrello: str,
        id_stazione: str,
        chiavi: tuple[Chiave, ...],
        now: datetime,
        id_dominio: str | None = None,
    ) -> CarrelloRpt:
        """Begin a session of the WISP."""
        carrello = CarrelloRpt(
            id_session=str(uuid.uuid4()),
            id_carrello=id_carrello,
            id_stazione=id_stazione,
            chiavi=chiavi,
            creato_il=now,
            id_dominio=id_dominio,
        )
        with self._lock:
            self._per_sessione[carrello.id_session] = carrello
        return carrello

    def uno(self, id_session: str) -> CarrelloRpt | None:
        with self._lock:
            return self._per_sessione.get(id_session)

    def chiude(self, id_session: str, stato: StatoCarrello) -> bool:
        """Close a session once; False when somebody has closed it already."""
        with self._lock:
            carrello = self._per_sessione[id_session]
            if carrello.stato is not StatoCarrello.APERTO:
                return False
            carrello.stato = stato
            return True

    def ha(self, id_carrello: str) -> bool:
        with self._lock:
            return any(one.id_carrello == id_carrello for one in self._per_sessione.values())

    def tutti(self) -> list[CarrelloRpt]:
        with self._lock:
            return list(self._per_sessione.values())
