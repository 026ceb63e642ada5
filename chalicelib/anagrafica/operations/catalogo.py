"""The catalogue: tipi entrata and tipi pendenza, common to all domini."""

from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.anagrafica import repository
from chalicelib.anagrafica.model import Applicazione, TipoEntrata, TipoPendenza
from chalicelib.anagrafica.operations.registration import refuse_if, register
from chalicelib.kernel.precondition import NESSUNA, Precondition
from chalicelib.kernel.refusals import FieldError


def put_tipo_entrata(*, tipo_entrata: TipoEntrata, se: Precondition = NESSUNA) -> bool:
    """Register a tipo entrata."""
    return register(tipo_entrata, partitions=[repository.CATALOGO], se=se)


def put_tipo_pendenza(*, tipo_pendenza: TipoPendenza, se: Precondition = NESSUNA) -> bool:
    """Register a tipo pendenza.

    :raises SemanticaAnagrafica: SEMANTICA, if it is to be forwarded to an applicazione that is not registered
    """
    refuse_if(inoltro_errors(tipo_pendenza.dettagli))
    return register(tipo_pendenza, partitions=[repository.CATALOGO], se=se)


def inoltro_errors(dettagli: Mapping[str, Any] | None) -> Iterator[FieldError]:
    """Give the applicazioni that a tipo pendenza names and nobody knows."""
    of_39 = ((name, (dettagli or {}).get(name) or {}) for name in ("portaleBackoffice", "portalePagamento"))
    named = [("inoltro", (dettagli or {}).get("inoltro"))]
    named += [(f"{name}.inoltro", portale.get("inoltro")) for name, portale in of_39]
    for campo, id_a2a in named:
        if id_a2a and repository.find(Applicazione, id_a2a) is None:
            yield FieldError(campo, f"l'applicazione {id_a2a} non è censita")
