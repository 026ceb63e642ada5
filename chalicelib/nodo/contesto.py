"""What is known of one call of the Nodo besides its message, and what becomes known while it is answered."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.anagrafica import queries as anagrafica
from chalicelib.anagrafica.model import Intermediario
from chalicelib.kernel.exchange import About
from chalicelib.kernel.refusals import NotAllowed
from chalicelib.nodo.faults import Fault, Paa, paa


class IntermediarioErrato(NotAllowed):
    codice = "PAA_ID_INTERMEDIARIO_ERRATO"
    codice_pagopa = "PAA_ID_INTERMEDIARIO_ERRATO"


class StazioneErrata(NotAllowed):
    codice = "PAA_STAZIONE_INT_ERRATA"
    codice_pagopa = "PAA_STAZIONE_INT_ERRATA"


class DominioErrato(NotAllowed):
    codice = "PAA_ID_DOMINIO_ERRATO"
    codice_pagopa = "PAA_ID_DOMINIO_ERRATO"


@dataclass(slots=True, kw_only=True)
class Contesto:
    """One call. `about`, `dati_pagopa` and `fault` are for the giornale; `recorded` says that it has them already."""

    principal: str
    id_transazione: str
    now: datetime
    started: float
    body: bytes
    about: About = field(default_factory=About)
    dati_pagopa: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None
    payload_key: str | None = None
    recorded: bool = False

    def is_about(self, **ids: str | None) -> None:
        self.about = replace(self.about, **ids)

    def refuse(self, code: str, description: str) -> Fault:
        """Make the fault of the answer, and keep it for the giornale."""
        self.fault = paa(Paa(code), id_dominio=self.about.id_dominio or "", description=description[:255])
        return self.fault


def require_destination(contesto: Contesto, *, id_intermediario: str, id_stazione: str, id_dominio: str) -> None:
    """Check to whom the message is addressed, in pagoPA's order: intermediario, stazione, dominio.

    :raises IntermediarioErrato: unknown, disabled, or another Nodo than his is calling
    :raises StazioneErrata: not one of his
    :raises DominioErrato: not one of ours
    """
    require_intermediario(contesto, id_intermediario=id_intermediario, id_stazione=id_stazione)
    contesto.is_about(id_dominio=id_dominio)
    stazione = anagrafica.stazione(id_stazione)
    if stazione is None or stazione.id_intermediario != id_intermediario or not stazione.abilitato:
        raise StazioneErrata(f"La stazione {id_stazione} non è censita o non è abilitata.")
    completo = anagrafica.dominio(id_dominio)
    if completo is None or not completo.dominio.abilitato:
        raise DominioErrato(f"Il dominio {id_dominio} non è censito o non è abilitato.")


def require_intermediario(contesto: Contesto, *, id_intermediario: str, id_stazione: str) -> Intermediario:
    """Check the intermediario alone: a ricevuta may reach a stazione that its ente has left.

    :raises IntermediarioErrato: unknown, disabled, or another Nodo than his is calling
    """
    contesto.dati_pagopa |= {"idIntermediario": id_intermediario, "idStazione": id_stazione}
    intermediario = anagrafica.intermediario(id_intermediario)
    known = intermediario is not None and intermediario.abilitato
    if intermediario is None or not known or intermediario.principal_pagopa != contesto.principal:
        raise IntermediarioErrato(f"L'intermediario {id_intermediario} non è censito o non è abilitato.")
    return intermediario
